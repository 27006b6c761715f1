# The member's card on the phone, and the link that makes it.
pairing-link = Card on the phone
pairing-link-words = The member opens the phone's camera and holds it to this picture. The phone becomes the card; the one before stops working.
pairing-link-picture = Link as a QR code
pairing-link-text = Or send this link
pairing-link-once = { $minutes ->
    [one] The link works once, for { $minutes } minute. Show it to nobody but the member.
   *[other] The link works once, for { $minutes } minutes. Show it to nobody but the member.
 }
pairing-link-back = Back to the member
pairing-link-this-machine = The desk has opened this server under an address of this computer only. Open it by the address that phones reach, then make the link again.
pairing-link-not-secure = This server is reached without https, and phones make no card then. Start it with a certificate.
card-title = Your card
card-no-script = The card makes its codes with a script. Allow scripts for this page.
card-insecure = This browser cannot make a card here: the address must begin with https. Ask at the desk.
card-clock = The clock of this phone is wrong, and the door will refuse its codes. Set the time to automatic.
card-gone = This phone is your card no more. Ask at the desk for a new link: it takes one step.
card-pair = Put the card on this phone
card-pair-words = Do it in the browser that you always use. A card on another phone stops working.
card-pair-do = Make this phone my card
card-link-used = This link has been used already. Ask at the desk for a new one.
card-link-expired = This link is too old. Ask at the desk for a new one.
card-no-link = This link is not right. Open it again, or ask at the desk for a new one.
card-too-many = Too many wrong links from this network. Try again in a quarter of an hour.
card-device-stays = The card that you have now was stopped. The desk can help.
card-offline = There is no network right now. Try again in a moment.
card-not-paired = The card could not be made. Try again, or ask at the desk.
card-none = There is no card on this phone
card-none-words = Ask at the desk for a link and hold the phone's camera to it. If there was a card here, that brings it back in one step.
card-code = Code for the door
card-tap = Tap the code for an inner door:
card-keep-open = Keep this page open: without a network this browser cannot open it again.
card-kept = This page opens without a network.
card-not-transferable = Not transferable: the card is yours alone.
card-guest = A guest comes along through the desk: tell them before you go in.
card-guests-left = { $count ->
    [one] { $count } guest visit left.
   *[other] { $count } guest visits left.
 }
card-visits-left = { $count ->
    [one] { $count } visit left
   *[other] { $count } visits left
 }
card-no-membership = no membership
