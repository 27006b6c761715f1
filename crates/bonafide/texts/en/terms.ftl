# The terms of a bonus programme, made from its rules.
terms-title = How “{ $name }” works
terms-version = Version { $version } of the rules
terms-since = in force since { $since }
terms-of-points = What a point is worth
terms-of-earning = Earning points
terms-of-gifts = Points as a gift
terms-of-spending = Paying with points
terms-of-returns = When goods come back
terms-of-expiry = How long points last
terms-of-tiers = Tiers
terms-of-rewards = What you have besides
terms-named = { $name }: { $words }
terms-comma = {", "}
terms-point-pays = One point pays { $money }.
terms-earns-percent = { $percent } of what you pay with money comes back as points.
terms-earns-by-tier = A part of what you pay with money comes back as points, by tier: { $rates }.
terms-rate = { $tier } { $percent }
terms-earns-multiplied = { $times } times as many points as the percentages give.
terms-earns-unit = { $count ->
    [one] { $shown } point for each piece or unit.
   *[other] { $shown } points for each piece or unit.
 }
terms-only-products = Only for these goods: { $codes }.
terms-only-categories = Only for these kinds of goods: { $codes }.
terms-only-both = Only for these goods: { $products }; and for these kinds of goods: { $categories }.
terms-not-products = Not for these goods: { $codes }.
terms-not-categories = Not for these kinds of goods: { $codes }.
terms-hours = At these hours: { $hours }.
terms-dates = From { $from } to { $until }, both days included.
terms-days = { $count ->
    [one] { $shown } day
   *[other] { $shown } days
 }
terms-birthday = On your birthday.
terms-birthday-before = From { $before } before your birthday, and on the day itself.
terms-birthday-after = On your birthday and for { $after } after it.
terms-birthday-around = From { $before } before your birthday to { $after } after it.
terms-newcomer = { $count ->
    [one] On the day on which you join and on the day after it.
   *[other] On the day on which you join and for { $shown } days after it.
 }
terms-from-tier = For members from the tier “{ $tier }” up.
terms-offered = For members to whom it was offered in person.
terms-largest-multiplier = Where several multipliers fit, the largest one counts.
terms-on-money-only = What you pay with points earns nothing. The points of a receipt are rounded down to whole ones.
terms-cap-receipt = { $count ->
    [one] One receipt earns at most { $shown } point.
   *[other] One receipt earns at most { $shown } points.
 }
terms-cap-day = { $count ->
    [one] All receipts of a day together earn at most { $shown } point.
   *[other] All receipts of a day together earn at most { $shown } points.
 }
terms-cap-month = { $count ->
    [one] All receipts of a calendar month together earn at most { $shown } point.
   *[other] All receipts of a calendar month together earn at most { $shown } points.
 }
terms-wait = { $count ->
    [one] You may spend earned points once a whole day has passed after the day of the purchase.
   *[other] You may spend earned points once { $shown } whole days have passed after the day of the purchase.
 }
terms-no-waiting = You may spend earned points at once.
terms-gift-welcome = { $count ->
    [one] { $shown } point when you join.
   *[other] { $shown } points when you join.
 }
terms-gift-birthday = { $count ->
    [one] { $shown } point for your birthday.
   *[other] { $shown } points for your birthday.
 }
terms-gift-brought = { $count ->
    [one] { $shown } point when somebody joins whom you have brought.
   *[other] { $shown } points when somebody joins whom you have brought.
 }
terms-gift-was-brought = { $count ->
    [one] { $shown } point when a member has brought you.
   *[other] { $shown } points when a member has brought you.
 }
terms-gift-visit = { $count ->
    [one] { $shown } point for each visit.
   *[other] { $shown } points for each visit.
 }
terms-gift-class = { $count ->
    [one] { $shown } point for each class that you attend.
   *[other] { $shown } points for each class that you attend.
 }
terms-gift-lasts = { $count ->
    [one] They last for { $shown } day after the day on which you get them.
   *[other] They last for { $shown } days after the day on which you get them.
 }
terms-no-spending = Points do not pay at the till.
terms-spend-share = Points pay up to { $percent } of what your goods cost.
terms-spend-goods = Not everything may be paid with points.
terms-spend-step = { $count ->
    [one] Points are spent one by one.
   *[other] Points are spent in multiples of { $shown }.
 }
terms-spend-at-least = { $count ->
    [one] You spend at least { $shown } point at once.
   *[other] You spend at least { $shown } points at once.
 }
terms-spend-from = The receipt must come to { $money } or more.
terms-returns = When you bring goods back, the points that they earned go back with them, and the points that you paid with are yours again.
terms-last-never = Points last for ever.
terms-last-days = { $count ->
    [one] Points last for { $shown } day after the day on which they become yours.
   *[other] Points last for { $shown } days after the day on which they become yours.
 }
terms-last-months = { $count ->
    [one] Points last for a month from the day on which they become yours.
   *[other] Points last for { $shown } months from the day on which they become yours.
 }
terms-last-month = Points last until the end of the calendar month in which they become yours.
terms-last-month-and = { $count ->
    [one] Points last until the end of the calendar month after the one in which they become yours.
   *[other] Points last until the end of the calendar month in which they become yours, and for { $shown } months more.
 }
terms-last-quarter = Points last until the end of the quarter in which they become yours.
terms-last-quarter-and = { $count ->
    [one] Points last until the end of the quarter after the one in which they become yours.
   *[other] Points last until the end of the quarter in which they become yours, and for { $shown } quarters more.
 }
terms-last-half = Points last until the end of the half-year in which they become yours.
terms-last-half-and = { $count ->
    [one] Points last until the end of the half-year after the one in which they become yours.
   *[other] Points last until the end of the half-year in which they become yours, and for { $shown } half-years more.
 }
terms-last-year = Points last until the end of the calendar year in which they become yours.
terms-last-year-and = { $count ->
    [one] Points last until the end of the calendar year after the one in which they become yours.
   *[other] Points last until the end of the calendar year in which they become yours, and for { $shown } years more.
 }
terms-last-active = { $count ->
    [one] Points last as long as you come: after a month without a purchase all of them come to nothing.
   *[other] Points last as long as you come: after { $shown } months without a purchase all of them come to nothing.
 }
terms-warned = { $count ->
    [one] We tell you a day before points come to nothing, by e-mail where we have your address.
   *[other] We tell you { $shown } days before points come to nothing, by e-mail where we have your address.
 }
terms-visits = { $count ->
    [one] { $shown } visit
   *[other] { $shown } visits
 }
terms-tier-everyone = { $tier }: for every member.
terms-tier-spend = { $tier }: from { $money } paid with money.
terms-tier-visits = { $tier }: from { $visits }.
terms-tier-either = { $tier }: from { $money } paid with money or { $visits }, whichever comes first.
terms-tier-window = { $count ->
    [one] The last month counts.
   *[other] The last { $shown } months count.
 }
terms-fall-step = Who no longer has what his tier asks for falls by one tier.
terms-fall-reached = Who no longer has what his tier asks for falls to the tier that he has reached.
terms-fall-step-after = { $count ->
    [one] Who no longer has what his tier asks for keeps it for { $shown } day more and then falls by one tier.
   *[other] Who no longer has what his tier asks for keeps it for { $shown } days more and then falls by one tier.
 }
terms-fall-reached-after = { $count ->
    [one] Who no longer has what his tier asks for keeps it for { $shown } day more and then falls to the tier that he has reached.
   *[other] Who no longer has what his tier asks for keeps it for { $shown } days more and then falls to the tier that he has reached.
 }
terms-has-discount = { $percent } off the price.
terms-has-gift = A gift, as long as there is one.
terms-has-gift-for = { $count ->
    [one] A gift for { $shown } point, as long as there is one.
   *[other] A gift for { $shown } points, as long as there is one.
 }
terms-has-early-access = You may buy what is new or on sale before others may.
