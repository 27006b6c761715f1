//! One person before a kiosk: what the camera sees and what is held to a reader, until there is one answer.
//!
//! The face and a code are looked for in the same pictures. Whatever comes first is decided by; when the door asks for something
//! else as well, the try goes on with what it has, and a face is then compared with the one member whom the other thing names.
//! Nothing of a picture outlives it.
//!
//! Where the law permits no faces here, none is compared and no template is made. A provider is asked with one good picture, after
//! the person has pressed for it, or after a member with a consent was named and the door asks for his face: whoever only walks by
//! is sent nowhere.

use std::time::{Duration, Instant};

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::{Answer as Law, Jurisdiction, Keeping, Modality, Purpose, answer as law};
use bonafide_domain::profile::AgeBand;
use bonafide_faces::liveness::LivenessAdvice;
use bonafide_faces::quality::QualityLimits;
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::Trait;
use bonafide_store::id::Id;
use bonafide_store::passages::door::Door;
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::store::Store;

use crate::faces_at_work::{Codes, FacesAtWork, NotLooked};
use crate::failure::Failure;
use crate::flows::entry::{AtDoor, enter};
use crate::flows::face::{self, Asking, FaceRefusal, FaceTry, NotLive, Step};
use crate::flows::phone_codes::Whose;
use crate::flows::provider::{self, NotAsked, ToAsk};
use crate::flows::recognition::{FaceAnswer, Presented};
use crate::flows::secrets::{PinSaid, Secrets};
use crate::flows::sending_codes::NotSent;
use crate::providers::Provider;

/// Things beside the face that one person shows at most.
const THINGS_MAX: usize = 4;

/// How long what was shown waits for something else besides: whoever comes later must not complete it.
const ASKED_MAX: Duration = Duration::from_secs(30);

/// How long a try lasts of which nothing is heard: what was seen in it is not kept for longer.
const SILENT_MAX: Duration = Duration::from_secs(60);

/// How long a try waits for the code that was sent in it: an SMS takes up to minutes. Nobody else completes it meanwhile, since the code
/// is not his.
const SENT_MAX: Duration = Duration::from_secs(150);

/// What a kiosk works with.
pub struct Kiosk<'a> {
    /// The faces.
    pub faces: &'a FacesAtWork,
    /// The book.
    pub store: &'a Store,
    /// The outside provider, where one is set.
    pub provider: Option<&'a Provider>,
    /// What members type.
    pub secrets: &'a Secrets,
    /// The kiosk as the one who acts, now.
    pub acting: Acting,
}

/// Where faces are compared at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faces {
    /// Here.
    Here,
    /// At the provider.
    AtProvider,
    /// Nowhere that a kiosk reaches: the door takes none, or under its law they stay in a device of their own.
    Nowhere,
}

impl Faces {
    /// What holds at a door.
    #[must_use]
    pub fn at(door: &Door) -> Faces {
        if !door.point.methods.methods().contains(&Method::Face) {
            return Faces::Nowhere;
        }
        match kept_at(door.branch.jurisdiction, Modality::Face) {
            Some(Keeping::Here) => Faces::Here,
            Some(Keeping::AtProvider) => Faces::AtProvider,
            Some(Keeping::InDevice) | None => Faces::Nowhere,
        }
    }
}

/// Where the law of a place permits something of the body to be compared, of whoever is old enough.
fn kept_at(jurisdiction: Jurisdiction, modality: Modality) -> Option<Keeping> {
    match law(jurisdiction, modality, Purpose::Entry, AgeBand::Adult) {
        Law::Permitted(permission) => Some(permission.keeping),
        Law::Forbidden(_) => None,
    }
}

/// A way that the member presses for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// His face is to be recognised by the provider.
    Face,
    /// His voice, by the provider's terminal at the door.
    Voice,
}

/// Which keys the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keypad {
    /// For a PIN.
    Pin,
    /// For a code to the phone.
    PhoneCode,
}

/// One person.
pub struct KioskTry {
    access_point: Id,
    liveness: bool,
    faces: Faces,
    codes: Codes,
    /// The next good picture goes to the provider.
    sends: bool,
    /// The provider's answers, the last one of each kind.
    provided: Vec<Presented>,
    /// PINs and codes that were right.
    typed: Vec<Presented>,
    /// The face that is being looked at; nothing at a door that takes none, or once it was compared or refused.
    face: Option<FaceTry>,
    said: Option<FaceAnswer>,
    things: Vec<(String, Presented)>,
    /// The member whom something else has named.
    claimed: Option<Id>,
    begun: Instant,
    heard: Instant,
    /// Since when something else is asked for.
    asked: Option<Instant>,
    /// Since when a code is on its way.
    sent: Option<Instant>,
}

/// What the screen is to show.
pub enum Shown {
    /// The camera goes on looking; what the person can do, when it is known.
    Looking(Option<Asking>),
    /// No face is looked at; codes are, where they are read.
    Waiting(Codes),
    /// One of these besides.
    Asked(Vec<Method>),
    /// The answer. The try is over.
    Decided(Answer),
    /// No living face was seen; the camera begins anew.
    NotLive(NotLive),
    /// The face is not compared; the other ways are open.
    FaceRefused(FaceRefusal),
    /// What was held to the reader is no card and no code.
    NotUnderstood,
    /// The provider was not asked, or has not decided; the other ways are open.
    NotAsked(NotAsked),
    /// A PIN belongs to somebody: a card or something else first.
    NamedFirst,
    /// What was typed is not right.
    NotRight(Keypad),
    /// It was typed wrongly too often.
    TypedTooOften,
    /// A code is on its way to the member who is named.
    CodeSent,
    /// A code is on its way if the number that was typed is that of one member.
    CodeComing,
    /// No code is sent.
    CodeNotSent(NotSent),
}

/// Why a picture brought nothing.
pub enum NotSeen {
    /// It was not looked at.
    Looking(NotLooked),
    /// A fault of the book.
    Failed(Failure),
}

impl From<Failure> for NotSeen {
    fn from(failure: Failure) -> Self {
        NotSeen::Failed(failure)
    }
}

impl KioskTry {
    /// Begins with the next person.
    ///
    /// # Errors
    /// The key of the fault without randomness.
    pub fn begin(door: &Door) -> Result<KioskTry, Failure> {
        let methods = door.point.methods.methods();
        let mut begun = KioskTry {
            access_point: door.id,
            liveness: door.liveness,
            faces: Faces::at(door),
            sends: false,
            provided: Vec::new(),
            typed: Vec::new(),
            codes: if methods.contains(&Method::DeviceKey) { Codes::Read } else { Codes::Ignored },
            face: None,
            said: None,
            things: Vec::new(),
            claimed: None,
            begun: Instant::now(),
            heard: Instant::now(),
            asked: None,
            sent: None,
        };
        if begun.faces == Faces::Here {
            begun.face = Some(begun.look_anew()?);
        }
        Ok(begun)
    }

    /// Whether it has lasted too long: the next one begins with nothing.
    #[must_use]
    pub fn is_over(&self) -> bool {
        if self.sent.is_some_and(|since| since.elapsed() <= SENT_MAX) {
            return false;
        }
        self.asked.is_some_and(|since| since.elapsed() > ASKED_MAX) || self.heard.elapsed() > SILENT_MAX
    }

    fn look_anew(&self) -> Result<FaceTry, Failure> {
        if self.liveness { FaceTry::live(dice()?, self.now_ms()) } else { FaceTry::without_liveness() }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Takes in the next picture of the camera.
    ///
    /// # Errors
    /// As [`NotSeen`] says.
    pub fn see(&mut self, kiosk: &Kiosk<'_>, frame: &[u8]) -> Result<Shown, NotSeen> {
        if self.faces != Faces::Here {
            return self.find(kiosk, frame);
        }
        let look = kiosk.faces.looking.look(frame, &QualityLimits::RECOGNITION, self.codes);
        let look = look.map_err(NotSeen::Looking)?;
        let mut is_new = false;
        for text in &look.codes {
            is_new |= self.hold(kiosk, text)? == Held::New;
        }
        self.heard = Instant::now();
        let now_ms = self.now_ms();
        if let Some(face) = self.face.as_mut().filter(|_| look.faces.is_empty()) {
            face.wait(dice()?, now_ms);
        }
        let step = self.face.as_mut().map(|face| face.step(look, now_ms)).transpose()?;
        match step {
            None => {}
            Some(Step::Asking(_)) if is_new => {}
            Some(Step::Asking(asking)) => return Ok(Shown::Looking(Some(asking))),
            Some(Step::Failed(_)) if is_new => self.face = Some(self.look_anew()?),
            Some(Step::Failed(why)) => {
                self.face = Some(self.look_anew()?);
                return Ok(Shown::NotLive(why));
            }
            Some(Step::Ready(proven)) => {
                self.face = None;
                let Kiosk { faces, store, acting, .. } = kiosk;
                let compared = match self.claimed {
                    Some(member) => face::claimed(faces, store, acting, (self.access_point, member), proven)?,
                    None => face::among(faces, store, acting, self.access_point, proven)?,
                };
                match compared {
                    Ok(answer) => self.said = Some(answer),
                    Err(_) if is_new => {}
                    Err(refusal) => return Ok(Shown::FaceRefused(refusal)),
                }
                is_new = true;
            }
        }
        if is_new { Ok(self.decide(kiosk)?) } else { Ok(Shown::Looking(None)) }
    }

    /// The same where no face is compared here.
    fn find(&mut self, kiosk: &Kiosk<'_>, frame: &[u8]) -> Result<Shown, NotSeen> {
        self.heard = Instant::now();
        if !self.sends && self.codes == Codes::Ignored {
            return Ok(Shown::Waiting(self.codes));
        }
        let found = kiosk.faces.looking.find(frame, &provider::LIMITS, self.codes);
        let found = found.map_err(NotSeen::Looking)?;
        let mut is_new = false;
        for text in &found.codes {
            is_new |= self.hold(kiosk, text)? == Held::New;
        }
        if is_new {
            return Ok(self.decide(kiosk)?);
        }
        match found.face {
            _ if !self.sends => Ok(Shown::Waiting(self.codes)),
            Err(refusal) => Ok(Shown::Looking(Some(Asking::Picture(refusal)))),
            Ok(()) => {
                self.sends = false;
                Ok(self.ask(kiosk, Trait::Face, Some(frame))?)
            }
        }
    }

    /// The member wants to be recognised by the provider.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn press(&mut self, kiosk: &Kiosk<'_>, pressed: Pressed) -> Result<Shown, Failure> {
        self.heard = Instant::now();
        match pressed {
            Pressed::Voice => self.ask(kiosk, Trait::Voice, None),
            Pressed::Face if self.faces != Faces::AtProvider => Ok(Shown::NotAsked(NotAsked::NoProvider)),
            Pressed::Face if kiosk.provider.is_none_or(|provider| !provider.decides(Trait::Face)) => {
                Ok(Shown::NotAsked(NotAsked::NoProvider))
            }
            Pressed::Face => {
                self.sends = true;
                Ok(Shown::Looking(Some(Asking::Liveness(LivenessAdvice::LookAtCamera))))
            }
        }
    }

    fn ask(&mut self, kiosk: &Kiosk<'_>, of: Trait, picture: Option<&[u8]>) -> Result<Shown, Failure> {
        let to_ask = ToAsk { access_point: self.access_point, claimed: self.claimed, of, picture };
        let answer = match provider::ask(kiosk, &to_ask)? {
            Ok(answer) => answer,
            Err(why) => return Ok(Shown::NotAsked(why)),
        };
        self.provided.retain(|known| !matches!(known, Presented::Provider(known, ..) if *known == of));
        self.provided.push(answer);
        let shown = self.decide(kiosk)?;
        let found = match &shown {
            Shown::Decided(answer) => answer.member.is_some(),
            Shown::Asked(_) => self.claimed.is_some(),
            _ => false,
        };
        // A search that has found a member of this house is none of somebody who tries many faces.
        if let Some(provider) = kiosk.provider.filter(|_| found) {
            provider.searches.forget(self.access_point);
        }
        Ok(shown)
    }

    /// Takes in a PIN.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn pin(&mut self, kiosk: &Kiosk<'_>, digits: &str) -> Result<Shown, Failure> {
        self.heard = Instant::now();
        let Some(member) = self.claimed else { return Ok(Shown::NamedFirst) };
        match kiosk.secrets.pin(kiosk.store, &kiosk.acting, member, digits)? {
            PinSaid::Right(credential) => {
                self.typed.push(Presented::Pin(credential));
                self.decide(kiosk)
            }
            PinSaid::Wrong => Ok(Shown::NotRight(Keypad::Pin)),
            PinSaid::TooManyTries(_) => Ok(Shown::TypedTooOften),
        }
    }

    /// Somebody asks that a code be sent: the member whom something else has named, if it has.
    pub fn asks_for_code(&mut self) -> Option<Id> {
        self.heard = Instant::now();
        self.claimed
    }

    /// A code is on its way: the try waits for it.
    pub fn code_is_sent(&mut self) {
        self.sent = Some(Instant::now());
    }

    /// Takes in a code for a phone: that of the member who is named, or of the phone with this number.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn phone_code(
        &mut self,
        kiosk: &Kiosk<'_>,
        phone: Option<&str>,
        digits: &str,
    ) -> Result<Shown, Failure> {
        self.heard = Instant::now();
        let whose = match (self.claimed, phone) {
            (Some(member), _) => Whose::Member(member),
            (None, Some(phone)) => Whose::Phone(phone),
            (None, None) => return Ok(Shown::NamedFirst),
        };
        match kiosk.secrets.phone_code(kiosk.store, &kiosk.acting, whose, digits) {
            Some(presented) => {
                self.typed.push(presented);
                self.decide(kiosk)
            }
            None => Ok(Shown::NotRight(Keypad::PhoneCode)),
        }
    }

    /// Takes in what a reader has typed: the number of a card or bracelet, or a code.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn read(&mut self, kiosk: &Kiosk<'_>, text: &str) -> Result<Shown, Failure> {
        self.heard = Instant::now();
        match self.hold(kiosk, text)? {
            Held::New => self.decide(kiosk),
            Held::Before => Ok(Shown::Looking(None)),
            Held::Nothing => Ok(Shown::NotUnderstood),
        }
    }

    fn hold(&mut self, kiosk: &Kiosk<'_>, text: &str) -> Result<Held, Failure> {
        let text = text.trim();
        if self.things.len() >= THINGS_MAX || self.things.iter().any(|(known, _)| known == text) {
            return Ok(Held::Before);
        }
        let thing = Presented::of_reader(kiosk.store, kiosk.acting.now_us, text)?;
        let Some(thing) = thing else { return Ok(Held::Nothing) };
        self.things.push((text.to_owned(), thing));
        Ok(Held::New)
    }

    /// Asks the door with all that there is.
    fn decide(&mut self, kiosk: &Kiosk<'_>) -> Result<Shown, Failure> {
        let face = self.said.map(Presented::Face);
        let things = self.things.iter().map(|(_, thing)| thing).chain(&self.provided).chain(&self.typed);
        let presented = things.cloned().chain(face).collect();
        let operation = Id::new(kiosk.acting.now_us)?;
        let at_door = AtDoor { operation, access_point: self.access_point, presented, host: None };
        let answer = enter(kiosk.store, &kiosk.acting, &at_door)?;
        let Outcome::SecondFactor(methods) = &answer.outcome else {
            self.admitted_by_another(kiosk, &answer)?;
            return Ok(Shown::Decided(answer));
        };
        self.asked = Some(Instant::now());
        self.claimed = self.claimed.or(answer.member);
        if methods.contains(&Method::Face) {
            // Now there is somebody to compare with: a search that found nobody is no answer to that.
            self.said = None;
            match self.faces {
                Faces::Here => self.face = Some(self.look_anew()?),
                // Asked once by itself; after that he presses, since each question is one to the provider.
                Faces::AtProvider => self.sends = self.provided.is_empty() && self.claimed.is_some(),
                Faces::Nowhere => {}
            }
        }
        Ok(Shown::Asked(methods.clone()))
    }

    /// Whoever has come in by something else that is his may try his face again.
    fn admitted_by_another(&self, kiosk: &Kiosk<'_>, answer: &Answer) -> Result<(), Failure> {
        match answer.member {
            Some(member) if answer.outcome.opens() && (!self.things.is_empty() || !self.typed.is_empty()) => {
                face::another_factor(kiosk.faces, kiosk.store, &kiosk.acting, member)
            }
            _ => Ok(()),
        }
    }
}

fn dice() -> Result<u64, Failure> {
    getrandom::u64().map_err(|error| Failure::new("no_randomness", error.to_string()))
}

/// What became of a text.
#[derive(PartialEq, Eq)]
enum Held {
    /// It is something that was not shown before.
    New,
    /// It was shown before, or too much was.
    Before,
    /// It is nothing that a door takes.
    Nothing,
}
