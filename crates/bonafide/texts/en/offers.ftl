# Personal offers: a rule of earning that holds for some members, at the till, on the phone, and in the set-up.
offers = Offers
offers-for-you = Offered in person
offer-held = { $name } through { $date }
offer-uses-left = { $count ->
    [one] counts once more
   *[other] counts { $count } more times
 }
offer-counts-here = counts here
offers-of = Offers: { $programme }
offers-words = A rule that is marked “only for members to whom it was offered” holds for nobody by itself. An offer says for whom it does, and when. Who fits is looked for every hour.
offers-need-rule = First add a rule of earning and tick that it holds only for members to whom it was offered.
offers-empty = No offers yet. Begin with one for those who have not come for a month.
offer-add = Add an offer
offer-new-of = New offer: { $programme }
offer-one = Offer: { $name }
offer-holds = holds
offer-coming = begins later
offer-over = over
offer-stopped = stopped
offer-without-rule = its rule is no more
offer-stop = Stop
offer-resume = Let it hold again
offer-uptake = What came of it
offer-dates = { $from } – { $through }
offer-uses-of-each = { $count ->
    [one] once for each member
   *[other] { $count } times for each member
 }
offer-meant-for = For: { $whom }
offer-for-everybody = every member
offer-from-tier = from { $tier } up
offer-through-tier = up to { $tier }
offer-away-least = { $days ->
    [one] last purchase at least { $days } day ago
   *[other] last purchase at least { $days } days ago
 }
offer-away-most = { $days ->
    [one] last purchase at most { $days } day ago
   *[other] last purchase at most { $days } days ago
 }
offer-in-days = { $days ->
    [one] today
   *[other] in the last { $days } days
 }
offer-spent-least = spent at least { $sum } { $days }
offer-spent-most = spent at most { $sum } { $days }
offer-spent-between = spent { $min } to { $max } { $days }
offer-has-bought = bought { $goods } { $days }
offer-has-not-bought = bought none of { $goods } { $days }
offer-birthday-within = { $days ->
    [0] birthday today
    [one] birthday within { $days } day
   *[other] birthday within { $days } days
 }
offer-joined-within = { $days ->
    [0] joined today
    [one] joined at most { $days } day ago
   *[other] joined at most { $days } days ago
 }
offer-points-least = { $count ->
    [one] has at least { $count } point
   *[other] has at least { $count } points
 }
offer-name-hint = Members and cashiers read it. Short: “Tea ×2”.
offer-rule = Rule
offer-rule-hint = Later it stays as it is: another rule is another offer.
offer-from = From
offer-through = Through
offer-through-hint = The last day on which it holds; a year at most.
offer-uses = How many purchases of a member it counts for
offer-uses-hint = Empty: any number.
offer-held-out = How many of a hundred are left without it
offer-held-out-hint = By lot, so that you see what the offer changes: from 0 to 50. Later it stays as it is.
offer-share-stays = Left without it, to compare: { $percent } of 100
offer-for-whom = For whom
offer-away-min = Last purchase at least so many days ago
offer-away-hint = What is empty is not asked for; all that is filled in must hold.
offer-away-max = Last purchase at most so many days ago
offer-spent-min = Spent at least
offer-spent-max = Spent at most
offer-spent-days = … in the last so many days
offer-bought = What was bought
offer-bought-any = does not matter
offer-bought-some = bought some of these goods
offer-bought-none = bought none of these goods
offer-bought-days = … in the last so many days
offer-tier-from = From tier
offer-tier-through = Up to tier
offer-any-tier = any
offer-birthday = Birthday within so many days
offer-birthday-hint = 0: on the birthday itself; 60 at most.
offer-joined = Joined at most so many days ago
offer-points-min = Has at least so many points
offer-agreed-words = Last purchases, sums and goods are conclusions about a person’s habits: such an offer goes only to members who have agreed to that.
offer-count = How many fit now?
offer-fits-now = It fits { $fit } of { $members } members now.
offer-about-held-out = { $count ->
    [one] About { $count } of them is left without it, to compare.
   *[other] About { $count } of them are left without it, to compare.
 }
offer-not-agreed = { $count ->
    [one] { $count } more would fit and has not agreed to conclusions about habits.
   *[other] { $count } more would fit and have not agreed to conclusions about habits.
 }
offer-looked-at = { $count ->
    [one] Counted from { $count } member, taken evenly.
   *[other] Counted from { $count } members, taken evenly.
 }
offer-bad-days = A whole number of days, 366 at most
offer-bad-order = The largest is below the smallest
offer-bad-sum = Type a sum, at least or at most
offer-bad-goods = Name products or categories, each once
offer-bad-birthday = From 0 to 60 days
offer-bad-uses = From 1 to 1,000, or empty
offer-bad-share = From 0 to 50
offer-too-long = An offer lasts a year at most
offer-no-rule = Choose a rule that holds only for members to whom it was offered
offer-no-tier = There is no such tier
offer-other = The rule and the part that is left without it stay as they are. Add another offer.
offer-as-before = Nothing was changed.
offer-changed-meanwhile = Somebody changed this offer meanwhile. Saving again puts yours over it.
offer-rule-taken = Another offer has this rule on some of these days: nobody could tell what came of which
offer-too-many = There are 50 offers that are not over. Stop one first.
offer-uptake-of = What came of it: { $name }
offer-nobody-yet = Nobody has it yet. Who fits is looked for every hour.
offer-offered = Have it
offer-offered-means = Members who fitted and were given it.
offer-shown = Were shown it
offer-shown-means = Recognised at a till while they had it.
offer-users = Used it
offer-users-means = Members with a purchase for which it counted.
offer-users-share = Uptake
offer-users-share-means = Of those who have it, so many used it.
offer-used = Purchases
offer-used-means = Those for which it counted, without those that came back altogether.
offer-points-given = Points given
offer-points-given-means = By the offer alone, less what was taken back.
offer-cost = Cost
offer-cost-means = What these points pay.
offer-money = Money of these purchases
offer-money-means = Less what was given back. It is not what the offer brought: see below.
offer-compared = What it changed
offer-group = Members
offer-group-offered = With the offer
offer-group-held-out = Left without, by lot
offer-group-members = How many
offer-group-purchases = Purchases
offer-group-per-hundred = Purchases of a hundred
offer-group-money = Money
offer-group-money-of-one = Money of one
offer-too-few = { $count ->
    [one] Too few to say: each group needs { $count } member.
   *[other] Too few to say: each group needs { $count } members.
 }
offer-within-chance = The groups differ no more than by chance.
offer-more = A hundred members with the offer made { $number } purchases more.
offer-less = A hundred members with the offer made { $number } purchases fewer.
offer-compared-words = Each member counts from the day on which the lot was drawn, whether the offer was used or not. A difference counts when it is larger than two standard errors: chance makes one like that in twenty.
