//! What stands on the screen of a kiosk: one large answer, and nothing about anybody else (case B-20).

use bonafide_domain::access_method::Method;
use bonafide_domain::profile::Language;
use bonafide_faces::liveness::{Challenge, Failure, LivenessAdvice};
use bonafide_faces::quality::QualityRefusal;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::sends::TooMany;
use serde::Serialize;

use crate::faces_at_work::Codes;
use crate::flows::face::{Asking, FaceRefusal, NotLive};
use crate::flows::kiosk::{Keypad, Shown};
use crate::flows::provider::NotAsked;
use crate::flows::sending_codes::NotSent;
use crate::pages::reasons;
use crate::server::app::App;
use crate::server::trouble::Trouble;
use crate::texts::{Values, Words};

/// The screen.
#[derive(Serialize)]
pub(super) struct Screen {
    /// `looking`, `asked`, `welcome` or `sorry`.
    state: &'static str,
    /// What stands there.
    words: String,
    /// Which ways are open, when something is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ask: Vec<String>,
    /// The keys that are to be shown by themselves: `pin` or `phone`; `stay` when those that are shown stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    keypad: Option<&'static str>,
    /// The words are about what the person has just done, and stay for a moment.
    tell: bool,
    /// The door is to open.
    open: bool,
    /// Begin with the next person.
    over: bool,
    /// For the counts of the server.
    #[serde(skip)]
    pub(super) outcome: Option<&'static str>,
}

impl Screen {
    fn looking(words: String) -> Screen {
        Screen {
            state: "looking",
            words,
            ask: Vec::new(),
            keypad: None,
            tell: false,
            open: false,
            over: false,
            outcome: None,
        }
    }

    fn told(words: String) -> Screen {
        Screen { tell: true, ..Screen::looking(words) }
    }
}

/// What the screen shows.
///
/// # Errors
/// When the first name of a member who is let in cannot be read.
pub(super) fn screen(app: &App, language: Language, shown: &Shown) -> Result<Screen, Trouble> {
    let words = app.texts.of(language);
    let say = |key: &str| words.say(key);
    Ok(match shown {
        Shown::Looking(None) => Screen::looking(say("kiosk-look")),
        Shown::Looking(Some(asking)) => Screen::looking(say(advice_key(*asking))),
        Shown::NotLive(why) => Screen::looking(say(not_live_key(*why))),
        Shown::Waiting(Codes::Read) => Screen::looking(say("kiosk-show-code")),
        Shown::Waiting(Codes::Ignored) => Screen::looking(say("kiosk-show-card")),
        Shown::FaceRefused(why) => Screen::told(say(face_refused_key(why))),
        Shown::NotAsked(why) => Screen::told(say(not_asked_key(why))),
        Shown::NotUnderstood => Screen::told(say("kiosk-not-understood")),
        Shown::NamedFirst => Screen::told(say("kiosk-named-first")),
        Shown::TypedTooOften => Screen::told(say("kiosk-typed-too-often")),
        Shown::CodeSent => Screen { keypad: Some("stay"), ..Screen::told(say("kiosk-code-sent")) },
        Shown::CodeComing => Screen { keypad: Some("stay"), ..Screen::told(say("kiosk-code-coming")) },
        Shown::CodeNotSent(why) => Screen { keypad: Some("stay"), ..Screen::told(say(not_sent_key(*why))) },
        Shown::NotRight(keypad) => {
            let words = match keypad {
                Keypad::Pin => say("kiosk-pin-not-right"),
                Keypad::PhoneCode => say("kiosk-code-not-right"),
            };
            Screen { state: "asked", keypad: Some(keypad_word(*keypad)), ..Screen::told(words) }
        }
        Shown::Asked(methods) => Screen {
            state: "asked",
            words: say("door-show-something-else"),
            ask: methods.iter().map(|&method| reasons::method(words, method)).collect(),
            keypad: keypad_for(methods).map(keypad_word),
            outcome: Some("second_factor"),
            ..Screen::looking(String::new())
        },
        Shown::Decided(answer) => decided(app, words, answer)?,
    })
}

fn decided(app: &App, words: &Words, answer: &Answer) -> Result<Screen, Trouble> {
    let open = answer.outcome.opens() && !answer.shadow;
    let bare = |state, said, outcome| Screen {
        open,
        over: true,
        outcome: Some(outcome),
        state,
        ..Screen::looking(said)
    };
    Ok(match (&answer.outcome, answer.member) {
        (Outcome::Refused(refusal), _) => bare("sorry", reasons::for_member(words, refusal), "refused"),
        (_, Some(member)) if answer.outcome.opens() => {
            let values = Values::of("name", first_name(app, member)?);
            bare("welcome", words.say_with("kiosk-welcome", &values), "admitted")
        }
        _ if answer.outcome.opens() => bare("welcome", words.say("door-welcome"), "admitted"),
        _ => bare("sorry", words.say("door-wait"), "same_passage"),
    })
}

/// Of the one who is let in, and his first name only.
fn first_name(app: &App, member: Id) -> Result<String, Trouble> {
    let member = app.store.read(|tx| members::get(tx, app.store.vault(), member))?;
    Ok(member.map_or_else(String::new, |member| member.profile.name.given().to_owned()))
}

const fn advice_key(asking: Asking) -> &'static str {
    match asking {
        Asking::Picture(refusal) => quality_key(refusal),
        Asking::Liveness(LivenessAdvice::LookAtCamera) => "kiosk-look",
        Asking::Liveness(LivenessAdvice::OnlyOnePerson) => "face-several",
        Asking::Liveness(LivenessAdvice::Slower) => "kiosk-slower",
        Asking::Liveness(LivenessAdvice::Do(challenge)) => match challenge {
            Challenge::TurnLeft => "kiosk-turn-left",
            Challenge::TurnRight => "kiosk-turn-right",
            Challenge::ComeCloser => "kiosk-come-closer",
        },
    }
}

/// The key of the advice about a picture, for the kiosk and the desk.
pub(crate) const fn quality_key(refusal: QualityRefusal) -> &'static str {
    match refusal {
        QualityRefusal::NoFace => "face-none",
        QualityRefusal::SeveralFaces => "face-several",
        QualityRefusal::Cut => "face-cut",
        QualityRefusal::TooSmall => "face-closer",
        QualityRefusal::TooDark => "face-dark",
        QualityRefusal::TooBright => "face-bright",
        QualityRefusal::TurnedAway | QualityRefusal::UpsideDown => "face-straight",
        QualityRefusal::Blurred => "face-still",
        QualityRefusal::Unclear => "face-covered",
    }
}

const fn not_live_key(why: NotLive) -> &'static str {
    match why {
        NotLive::Head(Failure::TimedOut) => "kiosk-again",
        NotLive::Head(Failure::AnotherPerson | Failure::FaceLost) => "kiosk-lost",
        NotLive::Head(Failure::Flat | Failure::OtherSide) | NotLive::LooksFalse => "kiosk-use-another",
    }
}

/// The keys, when nothing else but them and the camera would do: whoever has a card is not asked to type.
fn keypad_for(methods: &[Method]) -> Option<Keypad> {
    let mut others = methods.iter().filter(|method| !method.is_biometric());
    if methods.is_empty() || !others.all(|method| matches!(method, Method::Pin | Method::PhoneCode)) {
        return None;
    }
    [(Method::Pin, Keypad::Pin), (Method::PhoneCode, Keypad::PhoneCode)]
        .into_iter()
        .find(|(method, _)| methods.contains(method))
        .map(|(_, keypad)| keypad)
}

const fn keypad_word(keypad: Keypad) -> &'static str {
    match keypad {
        Keypad::Pin => "pin",
        Keypad::PhoneCode => "phone",
    }
}

const fn not_asked_key(why: &NotAsked) -> &'static str {
    match why {
        NotAsked::TooManyTries(_) => "kiosk-pause",
        NotAsked::NoDecision(_) => "kiosk-provider-silent",
        NotAsked::NoDoor | NotAsked::NoProvider | NotAsked::NotPermitted(_) | NotAsked::NotEnrolled => {
            "kiosk-use-another"
        }
    }
}

const fn not_sent_key(why: NotSent) -> &'static str {
    match why {
        NotSent::NoNumber => "kiosk-send-no-number",
        NotSent::TooMany(TooMany::TooSoon) => "kiosk-send-too-soon",
        NotSent::TooMany(TooMany::ForAddress) | NotSent::TooManyCodes => "kiosk-send-too-many",
        NotSent::TooMany(TooMany::AtPlace | TooMany::OfHouse | TooMany::NotUsed) => "kiosk-send-not-here",
        NotSent::NoAddress => "kiosk-send-no-address",
        NotSent::NoSender | NotSent::Stopped | NotSent::NotTaken(_) => "kiosk-send-failed",
    }
}

const fn face_refused_key(why: &FaceRefusal) -> &'static str {
    match why {
        FaceRefusal::TooManyTries(_) => "kiosk-pause",
        FaceRefusal::NoDoor
        | FaceRefusal::NotPermitted(_)
        | FaceRefusal::NotEnrolled
        | FaceRefusal::GroupTooLarge(_) => "kiosk-use-another",
    }
}
