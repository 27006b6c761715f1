# What the desk shows.
search = Search
search-hint = Name, phone, card …
search-too-short = Type at least two letters, or four digits.
search-nobody = Nobody found. Try the family name, the last digits of the phone, or scan the card.
search-found = Found members
desk-branch = Branch
desk-go = Show
desk-lost = The connection is lost. The page shows what it knew last and catches up by itself.
desk-live = Live
desk-live-empty = Nobody has come yet. Passages appear here as they happen.
desk-needs-you = Needs you
desk-needs-empty = Nothing waits for you.
desk-corrections = { $count ->
    [one] { $count } correction of points waits for a second person
   *[other] { $count } corrections of points wait for a second person
}
desk-inside = Inside now
desk-people = People
desk-no-zones = No zones yet.
zone = Zone
desk-unknown = Unknown
desk-somebody = Somebody let in by hand
desk-trial = trial
desk-admit = Admit …
desk-admit-now = Admit now
desk-nothing-yet = There is no branch yet: set one up first, with a zone and a door.
admit-reason = Why
admit-known = Known to the staff
admit-paid = Has paid or promised to
admit-guest = Guest
admit-service = Supplier or craftsman
admit-emergency = Emergency
admit-reader-fault = Reader at fault
admit-other = Something else (say what)
note = Note
settle-spoken = Spoken to
settle-document = Document seen
settle-card-taken = Card taken
settle-dismissed = Dismiss
state-admitted = admitted
state-by-hand = admitted by hand
state-left = left
state-not-passed = did not pass
state-refused = refused
state-second-factor = something more asked
need-refused = Refused
need-lost-card = A lost card was used
need-second-factor = Something more was asked for, and nothing came
need-look = Something to look at
need-unattributed = Somebody passed without a grant
mark-tailgate = somebody more behind
card-active = active
card-limited = limited
card-lost = lost
card-expired = expired
card-blocked = blocked
keys = Keys
keys-search = go to the search
keys-help = show these keys
close = Close
new-member = New member
desk-back = Back to the desk
desk-who-is-inside = Who is inside
inside-nobody = Nobody is in these zones
inside-since = since { $time }
inside-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
inside-locker = locker { $name }
inside-more = { $count ->
    [one] { $count } more
   *[other] { $count } more
 }
stay-end = Has left
stay-left-unread = Left by a way that is not read
stay-another-person = Somebody else went in with this card
stay-evacuation = The house was cleared
stay-over = This member is not in that zone any more.
stay-sent-already = This was sent before with something else: look who is inside now.
trial-title = Trial: where the two systems differ
trial-differences = Trial: differences
trial-since = On trial since { $when }.
trial-words = Bonafide decides and opens nothing; the older system still opens the doors.
trial-none = No difference so far.
trial-off = No door of this branch is on trial. A manager begins one under Set-up, at a branch or an access point.
trial-what = What differs
trial-times = How often
trial-newest = The newest first
trial-only-they = they let in, we would not
trial-only-we = we would let in, they did not
trial-not-asked = they decided, we were not asked
trial-not-told = we were asked, they told nothing
trial-our-reason = Our reason: { $reason }
locker-of = Locker { $name }
locker-opens = opens locker { $name }
locker-open = Open the locker
locker-open-words = It is free from then on, for anybody. It is written down who opened it and why.
locker-credential-gone = The card or bracelet is lost or does not work
locker-closing = The house closes
locker-inspection = Something must be looked into
locker-free = Nobody has this locker any more.
locker-others = Somebody else has taken this locker meanwhile. Load the page anew.
locker-gone = There is no such locker here.
trial-same = { $count ->
    [one] Both decided the same { $count } time.
   *[other] Both decided the same { $count } times.
 }
trial-list-send = Send the older system's list
trial-list-words = A CSV file with one line for each event and names above the columns: time, door, card or member number, and result. Times are those of this branch's clock. A line that is sent twice counts once.
trial-list-file = The file
trial-list-door = Lines that name no door are of
trial-list-door-named = no door: leave them out
trial-list-go = Compare
trial-list-none = Choose the file first.
trial-list-no-table = This file cannot be read as a table: save it as CSV, with up to 5,000 lines and 2 MiB.
trial-list-no-columns = The names of the columns are not found. There must be one for the time, one for the result, and one for the card or the member's number.
trial-list-noted = { $count ->
    [one] { $count } line is compared.
   *[other] { $count } lines are compared.
 }
trial-list-repeated = { $count ->
    [one] { $count } was there already.
   *[other] { $count } were there already.
 }
trial-list-unknown = { $count ->
    [one] { $count } is about a card or member that is unknown here.
   *[other] { $count } are about cards or members that are unknown here.
 }
trial-list-not-compared = { $count ->
    [one] { $count } is not compared: somebody left, or it was before the trial.
   *[other] { $count } are not compared: somebody left, or it was before the trial.
 }
trial-list-left-out = These lines are left out:
trial-list-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
 }
trial-line = Line { $number }:
trial-line-time = its time is not understood.
trial-line-result = its result is neither yes nor no.
trial-line-nobody = it names nobody.
trial-line-ahead = it lies ahead of now.
trial-line-door = no door of this branch is called so.
