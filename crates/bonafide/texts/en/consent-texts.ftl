# The texts that members consent to, and drafts of them.
set-up-texts = Consent texts
texts-empty = No text yet. Without one nobody can agree to anything, and no face is taken.
guide-texts-words = What members agree to, to the letter, in each language and version.
law-eu = European Union
text-add = Add a consent text
text-add-words = A text is for one matter, one law and one language. Once added it is never changed: a correction is a further version.
text-about = What members agree to
text-language = Language of the text
text-from-draft = Begin with a draft
text-from-nothing = Begin with an empty page
text-draft-words = This is a draft and no legal advice. Fill in what stands in [brackets], and have a lawyer look at it before members sign it.
text-as-it-is = The [brackets] belong to the text: add it as it is
text-left-open = Something in [brackets] is not filled in yet. Fill it in, or tick that it belongs to the text.
text-content = The text, to the letter
text-separate = It is a document of its own, not a part of the contract
text-part-of-another = Part of another document: some laws do not accept that
text-older = { $count ->
    [one] { $count } older text for the same is in force
   *[other] { $count } older texts for the same are in force
 }
text-older-words = It stays in force unless you tick this, and consents to it go on to hold. From now on members are asked the new text in any case.
text-replaces = Take it out of force: everybody who agreed to it is asked anew, and no face opens a door until then
text-publish = Put in force
text-bad-content = Type a text of up to 100,000 bytes.
text-for-something-else = The same letters are there for another matter, law or language, or in another form: name in the text what it is for.
text-version = Version { $number }
text-since = added { $when }
text-retired-since = out of force since { $when }
text-asked = members are asked this one
text-holds = older: what was agreed to holds
text-retired = out of force
text-read = Read
text-new-version = New version
text-retire = Take out of force
text-retire-question = Consents to this text count no more from that moment: whoever agreed to it is asked anew, and his face opens no door until then.
text-return = Put in force again
text-hash = Fingerprint of the text:
draft-title = Consent: { $what }
draft-who = [Name of the club, address, register number, contact] asks me, [full name, date of birth], for this consent. It concerns this one matter and nothing else.
draft-face-here = From photos that are taken for this purpose, the club computes a numerical template of my face. The photos are not kept; the template is kept encrypted in the club's own book.
draft-face-device = From photos that are taken for this purpose, the device at the door computes a numerical template of my face. It stays in the device; the club keeps a reference number only.
draft-face-provider = My face is compared by [name and address of the accredited provider]. The club keeps no photo and no template for it, only the provider's reference number and answer.
draft-voice-provider = My voice is compared by [name and address of the provider]. The club keeps no recording and no template, only the provider's reference number and answer.
draft-finger-device = The reader computes a numerical template of my finger or palm. It stays in the reader; the club keeps a reference number only.
draft-photo = A photo of me is kept in my profile.
draft-contact = My phone number, e-mail address and messenger [cross out what is not wanted] are used.
draft-profiling = My visits and purchases are evaluated.
draft-for-entry = Purpose: to recognise me at the doors of the club. It serves nothing else and is not passed on.
draft-for-till = Purpose: to find my profile at the till. Nothing is paid with it, and no points are spent by it.
draft-for-staff = Purpose: the staff at the door and at the desk see that it is me. It is shown to nobody else.
draft-for-offers = Purpose: offers and news of the club.
draft-for-fitting-offers = Purpose: offers that fit me. Nothing else is decided by it.
draft-freely-way = I need not agree. Without this consent I come in and am found by card, bracelet or the code on my phone: at the same hours, the same price and as quickly.
draft-freely = I need not agree. Without this consent everything else of my membership stays as it is.
draft-term = It holds as long as its purpose, at most until my membership has ended, or until I withdraw it.
draft-term-years = { $years ->
    [one] It holds as long as its purpose, at most { $years } year after my last visit, or until I withdraw it.
   *[other] It holds as long as its purpose, at most { $years } years after my last visit, or until I withdraw it.
 }
draft-withdrawal = I may withdraw it at any time, as easily as I gave it: at the desk, or by writing to [address]. What rests on it is then destroyed; in backups at the latest after 30 days. What was done before stays lawful.
draft-law-russia = Operator: [name, address, INN]. The data is collected, recorded, stored, used and destroyed, by automated means, under Federal Law 152-FZ, Article 9. [Whoever processes it on the operator's behalf: name and address.]
draft-law-russia-biometrics = Operator: [name, address, INN]. My identity document: [kind, number, issued by and when]. The data is collected, recorded, stored, used and destroyed, by automated means, under Federal Law 152-FZ, Articles 9 and 11; a face or a voice is compared under Federal Law 572-FZ only by an accredited organisation. [Whoever processes it on the operator's behalf: name and address.]
draft-law-eu = Controller: [name, contact; data protection officer, if there is one]. Legal ground: my consent, Article 6(1)(a) GDPR. I may ask for access, correction, erasure, restriction and a copy of my data, and complain to [supervisory authority].
draft-law-eu-biometrics = Controller: [name, contact; data protection officer, if there is one]. Legal ground: my explicit consent to the use of biometric data, Article 9(2)(a) GDPR. I may ask for access, correction, erasure, restriction and a copy of my data, and complain to [supervisory authority].
draft-law-illinois = Responsible: [name, contact]. I may ask what is kept of me, and have it corrected or destroyed.
draft-law-illinois-biometrics = Under the Illinois Biometric Information Privacy Act (740 ILCS 14) I was told in writing that a biometric identifier is collected and stored, for which purpose and for how long. It is not sold, leased or traded. By signing I give the written release that the Act asks for. The retention schedule is published at [address].
draft-law-china = Handler of the information: [name, contact]. I may look at my information, copy, correct and delete it at [contact] (Personal Information Protection Law, Articles 44 to 47).
draft-law-china-biometrics = Handler of the information: [name, contact]. This is my separate consent to the handling of sensitive personal information (Personal Information Protection Law, Article 29). I was told why it is necessary and what it means for my rights. I may look at my information, copy, correct and delete it at [contact].
draft-law-other = Responsible: [name, contact]. I may ask what is kept of me, have it corrected or destroyed, and complain to [authority].
draft-sign = [Place, date, signature. Of a minor: name and signature of the representative, and the proof of the right to represent.]
