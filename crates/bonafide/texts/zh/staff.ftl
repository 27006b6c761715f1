# 员工。
first-run = 全新安装
first-run-words = 服务器启动时显示了一个设置码。持有设置码的人创建第一个账户:店主账户。
first-run-code = 设置码
first-run-begin = 开始
first-run-wrong-code = 设置码不正确。它显示在启动服务器的窗口中。
first-run-done = 本安装已有店主,请登录。
staff-name = 您的姓名
staff-bad-name = 请输入姓名,最多 100 个字符。
staff-bad-sign-in = 登录名为 1 到 60 个字符,不含空格。
staff-bad-password = 密码至少 8 个字符。
staff-passwords-differ = 两次输入的密码不一致。
