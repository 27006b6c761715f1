# 前台显示的内容。
search = 搜索
search-hint = 姓名、电话、卡号……
search-too-short = 请至少输入两个字母或四位数字。
search-nobody = 没有找到。请试试姓氏、电话末几位，或刷卡。
search-found = 找到的会员
desk-branch = 门店
desk-go = 显示
desk-lost = 连接已断开。页面显示的是最后的内容，恢复后会自动更新。
desk-live = 实时
desk-live-empty = 还没有人来。通行记录会即时显示在这里。
desk-needs-you = 需要您处理
desk-needs-empty = 没有待处理的事项。
desk-corrections = { $count } 笔积分更正等待第二人确认
desk-inside = 当前场内
desk-people = 人数
desk-no-zones = 还没有区域。
zone = 区域
desk-unknown = 未知
desk-somebody = 人工放行者
desk-trial = 试运行
desk-admit = 放行……
desk-admit-now = 立即放行
desk-nothing-yet = 还没有门店：请先设置门店、区域和门。
admit-reason = 原因
admit-known = 员工认识
admit-paid = 已付款或承诺付款
admit-guest = 宾客
admit-service = 供应商或维修人员
admit-emergency = 紧急情况
admit-reader-fault = 读卡器故障
admit-other = 其他（请说明）
note = 备注
settle-spoken = 已沟通
settle-document = 已查证件
settle-card-taken = 已收回卡
settle-dismissed = 忽略
state-admitted = 已放行
state-by-hand = 人工放行
state-left = 已离开
state-not-passed = 未通过
state-refused = 已拒绝
state-second-factor = 需第二凭证
need-refused = 已拒绝
need-lost-card = 有人使用挂失卡
need-second-factor = 要求第二凭证但未出示
need-look = 请查看
need-unattributed = 有人未获许可通过
mark-tailgate = 有人尾随
card-active = 有效
card-limited = 受限
card-lost = 已挂失
card-expired = 已到期
card-blocked = 已停用
keys = 快捷键
keys-search = 转到搜索
keys-help = 显示快捷键
close = 关闭
new-member = 新会员
desk-back = 返回前台
desk-who-is-inside = 谁在场内
inside-nobody = 以下区域无人
inside-since = { $time } 起
inside-minutes = { $count } 分钟
inside-locker = 储物柜 { $name }
inside-more = 还有 { $count } 人
stay-end = 已离开
stay-left-unread = 从没有读卡器的出口离开
stay-another-person = 他人持此卡进入
stay-evacuation = 已清场
stay-over = 该会员已不在此区域。
stay-sent-already = 已用其他内容提交过：请查看当前在场人员。
trial-title = 试运行：两套系统的差异
trial-differences = 试运行：差异
trial-since = { $when } 起试运行。
trial-words = Bonafide 只判断、不开门；门仍由原系统控制。
trial-none = 目前没有差异。
trial-off = 此门店没有试运行的门。经理可在“设置”中对门店或通行点开始试运行。
trial-what = 差异
trial-times = 次数
trial-newest = 最新在前
trial-only-they = 对方放行，我方会拒绝
trial-only-we = 我方会放行，对方拒绝
trial-not-asked = 对方已判断，我方未被询问
trial-not-told = 我方被询问，对方未告知
trial-our-reason = 我方原因：{ $reason }
locker-of = 储物柜 { $name }
locker-opens = 可开储物柜 { $name }
locker-open = 打开储物柜
locker-open-words = 此后该柜对所有人空闲。系统会记录由谁、因何打开。
locker-credential-gone = 卡或手环丢失或无法使用
locker-closing = 场馆即将关闭
locker-inspection = 需要检查
locker-free = 此储物柜已无人使用。
locker-others = 此储物柜已被他人占用。请刷新页面。
locker-gone = 这里没有这个储物柜。
trial-same = { $count ->
   *[other] 两个系统判断一致 { $count } 次。
 }
trial-list-send = 上传旧系统的记录
trial-list-words = CSV 文件，每个事件一行，首行为列名：时间、门、卡号或会员编号、结果。时间以本门店时钟为准。重复上传的行只计一次。
trial-list-file = 文件
trial-list-door = 未注明门的行属于
trial-list-door-named = 不属于任何门：忽略
trial-list-go = 比较
trial-list-none = 请先选择文件。
trial-list-no-table = 无法将此文件读作表格：请另存为 CSV，最多 5000 行、2 MiB。
trial-list-no-columns = 找不到列名。须有时间、结果，以及卡号或会员编号。
trial-list-noted = { $count ->
   *[other] 已比较 { $count } 行。
 }
trial-list-repeated = { $count ->
   *[other] { $count } 行此前已有。
 }
trial-list-unknown = { $count ->
   *[other] { $count } 行的卡或会员在此未知。
 }
trial-list-not-compared = { $count ->
   *[other] { $count } 行不比较：属于离开，或早于试运行。
 }
trial-list-left-out = 以下各行被忽略：
trial-list-more = { $count ->
   *[other] 另有 { $count } 行
 }
trial-line = 第 { $number } 行：
trial-line-time = 无法识别时间。
trial-line-result = 结果既非“是”也非“否”。
trial-line-nobody = 未注明任何人。
trial-line-ahead = 时间晚于现在。
trial-line-door = 本门店没有这个名称的门。
