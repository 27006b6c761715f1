# The frame of every page, signing in, and what went wrong.
skip-to-content = Skip to the content
menu = Menu
menu-desk = Desk
menu-figures = Figures
menu-corrections = Points by hand
menu-set-up = Set-up
language = Language
demo-notice = A made-up club to look at: nobody here exists.
back-to-start = Back to the start
sign-in = Sign in
sign-out = Sign out
sign-in-name = Name to sign in with
password = Password
new-password = New password
password-again = The same password again
sign-in-wrong = Name or password is wrong.
sign-in-busy = Many people are signing in right now. Try again in a moment.
sign-in-pause = { $seconds ->
    [one] Too many wrong passwords. Try again in { $seconds } second.
   *[other] Too many wrong passwords. Try again in { $seconds } seconds.
 }
trouble-not-found = There is nothing here
trouble-not-found-advice = The address is wrong, or what was here is gone.
trouble-forbidden = This is not open to you
trouble-forbidden-advice = Ask a manager if you need it for your work.
trouble-old-page = This page is too old
trouble-old-page-advice = Go back, load the page anew and try again. Nothing was changed.
trouble-not-signed-in = You are not signed in
trouble-not-signed-in-advice = Sign in and try again. Nothing was changed.
trouble-busy = Too much at once
trouble-busy-advice = Wait a moment and try again.
trouble-too-large = This is too large
trouble-too-large-advice = Choose a smaller file and try again.
trouble-bad-request = This was not understood
trouble-bad-request-advice = Go back and try again. Nothing was changed.
trouble-fault = Something went wrong here
trouble-fault-advice = It is our fault, not yours. Try again; if it stays, tell whoever runs the server the number below.
trouble-number = Number { $number }
