# Who works here.
first-run = A new installation
first-run-words = The server printed a set-up code when it started. Whoever has it makes the first account: the owner's.
first-run-code = Set-up code
first-run-begin = Begin
first-run-wrong-code = This is not the set-up code. It stands in the window where the server was started.
first-run-done = This installation has an owner already. Sign in.
staff-name = Your name
staff-bad-name = Type your name, up to 100 characters.
staff-bad-sign-in = The name to sign in with has 1 to 60 characters and no spaces.
staff-bad-password = A password has at least 8 characters.
staff-passwords-differ = The two passwords differ.
