//! One person before a kiosk: what the camera sees and what is held to a reader, until there is one answer.
//!
//! The face and a code are looked for in the same pictures. Whatever comes first is decided by; when the door asks for something
//! else as well, the try goes on with what it has, and a face is then compared with the one member whom the other thing names.
//! Nothing of a picture outlives it.

use std::time::{Duration, Instant};

use bonafide_domain::access_method::Method;
use bonafide_faces::liveness::Failure as NotLive;
use bonafide_faces::quality::QualityLimits;
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::passages::door::Door;
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::store::Store;

use crate::faces_at_work::{Codes, FacesAtWork, NotLooked};
use crate::failure::Failure;
use crate::finding::{Sought, understood};
use crate::flows::code::examine;
use crate::flows::entry::{AtDoor, enter};
use crate::flows::face::{self, Asking, FaceRefusal, FaceTry, Step};
use crate::flows::recognition::{FaceAnswer, Presented};

/// Things beside the face that one person shows at most.
const THINGS_MAX: usize = 4;

/// How long what was shown waits for something else besides: whoever comes later must not complete it.
const ASKED_MAX: Duration = Duration::from_secs(20);

/// How long a try lasts of which nothing is heard: what was seen in it is not kept for longer.
const SILENT_MAX: Duration = Duration::from_secs(60);

/// What a kiosk works with.
pub struct Kiosk<'a> {
    /// The faces.
    pub faces: &'a FacesAtWork,
    /// The book.
    pub store: &'a Store,
    /// The kiosk as the one who acts, now.
    pub acting: Acting,
}

/// One person.
pub struct KioskTry {
    access_point: Id,
    liveness: bool,
    codes: Codes,
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
}

/// What the screen is to show.
pub enum Shown {
    /// The camera goes on looking; what the person can do, when it is known.
    Looking(Option<Asking>),
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
            codes: if methods.contains(&Method::DeviceKey) { Codes::Read } else { Codes::Ignored },
            face: None,
            said: None,
            things: Vec::new(),
            claimed: None,
            begun: Instant::now(),
            heard: Instant::now(),
            asked: None,
        };
        if methods.contains(&Method::Face) {
            begun.face = Some(begun.look_anew()?);
        }
        Ok(begun)
    }

    /// Whether it has lasted too long: the next one begins with nothing.
    #[must_use]
    pub fn is_over(&self) -> bool {
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
                let Kiosk { faces, store, acting } = kiosk;
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
        let code = examine(kiosk.store, kiosk.acting.now_us, text)?;
        let thing =
            if matches!(code.shown_by(), Err(None)) { card(text) } else { Some(Presented::Code(code)) };
        let Some(thing) = thing else { return Ok(Held::Nothing) };
        self.things.push((text.to_owned(), thing));
        Ok(Held::New)
    }

    /// Asks the door with all that there is.
    fn decide(&mut self, kiosk: &Kiosk<'_>) -> Result<Shown, Failure> {
        let face = self.said.map(Presented::Face);
        let presented = self.things.iter().map(|(_, thing)| thing.clone()).chain(face).collect();
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
            self.face = Some(self.look_anew()?);
        }
        Ok(Shown::Asked(methods.clone()))
    }

    /// Whoever has come in by something else that is his may try his face again.
    fn admitted_by_another(&self, kiosk: &Kiosk<'_>, answer: &Answer) -> Result<(), Failure> {
        match answer.member {
            Some(member) if answer.outcome.opens() && !self.things.is_empty() => {
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

/// A card in any of its spellings, or a number of the club's own.
fn card(text: &str) -> Option<Presented> {
    let all = understood(text).ok()?;
    all.into_iter().find_map(|sought| match sought {
        Sought::Card(_, number) => Some(Presented::Card(number)),
        Sought::ClubNumber(number) => Some(Presented::ClubNumber(number)),
        _ => None,
    })
}
