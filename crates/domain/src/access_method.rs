//! How somebody shows who he is at a door or a till, and what is enough where.
//!
//! | | member door | changing room | staff zone, safe | earning | spending |
//! | --- | --- | --- | --- | --- | --- |
//! | club number (a printed barcode) | with another | with another | nothing | alone | nothing |
//! | card number (a UID) | alone | alone | nothing | alone | with another |
//! | card that proves itself, device key | alone | alone | alone | alone | alone |
//! | code to the phone | alone | alone | with another | alone | alone |
//! | face, voice, finger, palm, assured | alone | nothing | with another | alone | nothing |
//! | the same, not assured | with another | nothing | with another | with another | nothing |
//! | PIN | with another | with another | with another | with another | with another |
//!
//! Two ways "with another" are enough together if they are of different tiers. The reasons:
//!
//! - A UID is an identifier, not a credential: it is copied in minutes, so that it counts for nothing at a staff zone or a
//!   safe (case D-07). A static barcode is less still: it may earn, never spend, and never opens alone.
//! - A number can be taken over (case W-04), so that a code to the phone alone does not open a safe.
//! - Biometrics count alone only while liveness is checked and the bound on false matches is held, and never spend.
//! - No camera and no microphone at a changing room.
//! - A place that takes biometrics has a way without them: [`AccessMethods`] has no other value (case B-23).

use crate::consent::{Modality, Purpose};

/// What a method proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// A name: whoever knows it can say it.
    Identifier,
    /// That something is in the hand that cannot be copied by reading it.
    PossessionProof,
    /// What somebody is.
    Biometric,
    /// What somebody knows.
    Knowledge,
}

/// A way to show who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A number of the club's own, printed or in a wallet.
    ClubNumber,
    /// The number of a card or bracelet, which any reader can read and any copier copy.
    CardNumber,
    /// A card or bracelet that answers a challenge with a key.
    CardProof,
    /// The key in a member's device: a rotating QR code or a virtual card.
    DeviceKey,
    /// A one-time code to the member's phone.
    PhoneCode,
    /// The face.
    Face,
    /// The voice.
    Voice,
    /// Fingerprint or palm.
    FingerprintOrPalm,
    /// A PIN.
    Pin,
}

/// Where one shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A door for members.
    MemberDoor,
    /// The door of a changing room or toilet.
    ChangingRoom,
    /// A door for the staff.
    StaffZone,
    /// A safe or cash office.
    Safe,
    /// A till, to earn points.
    TillEarning,
    /// A till, to spend points.
    TillSpending,
}

impl Method {
    /// What it proves.
    pub const fn tier(self) -> Tier {
        match self {
            Self::ClubNumber | Self::CardNumber => Tier::Identifier,
            Self::CardProof | Self::DeviceKey | Self::PhoneCode => Tier::PossessionProof,
            Self::Face | Self::Voice | Self::FingerprintOrPalm => Tier::Biometric,
            Self::Pin => Tier::Knowledge,
        }
    }

    /// What of the person it uses, for the law; nothing of one that is no biometric method.
    pub const fn modality(self) -> Option<Modality> {
        match self {
            Self::Face => Some(Modality::Face),
            Self::Voice => Some(Modality::Voice),
            Self::FingerprintOrPalm => Some(Modality::FingerprintOrPalm),
            _ => None,
        }
    }

    /// Whether a machine recognises the person by it.
    pub fn is_biometric(self) -> bool {
        self.tier() == Tier::Biometric
    }
}

impl Place {
    /// What biometrics are used for here; nothing where they are not used at all.
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::MemberDoor | Self::StaffZone | Self::Safe => Some(Purpose::Entry),
            Self::TillEarning => Some(Purpose::TillRecognition),
            Self::ChangingRoom | Self::TillSpending => None,
        }
    }
}

/// What is known about one biometric answer. A vendor's device that does not tell has neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assurance {
    /// A living person was there, and no picture: liveness was checked, or the cashier saw the person and confirmed.
    pub live: bool,
    /// The bound on false matches is held: [`crate::identify::Thresholds::bound_held`].
    pub bound_held: bool,
    /// The member has asked never to be let in by biometrics alone (case B-13).
    pub never_alone: bool,
}

impl Assurance {
    /// Of methods that are not biometric, and of devices that do not tell.
    pub const NONE: Self = Self { live: false, bound_held: false, never_alone: false };

    const fn is_enough_alone(self) -> bool {
        self.live && self.bound_held && !self.never_alone
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Nothing,
    WithAnother,
    Alone,
}

/// The table above.
fn weight(method: Method, place: Place, assurance: Assurance) -> Weight {
    use Place::{ChangingRoom, MemberDoor, Safe, StaffZone, TillEarning, TillSpending};
    match (method, place) {
        (Method::ClubNumber, TillEarning) => Weight::Alone,
        (Method::ClubNumber, MemberDoor | ChangingRoom) => Weight::WithAnother,
        (Method::ClubNumber, StaffZone | Safe | TillSpending) => Weight::Nothing,
        (Method::CardNumber, MemberDoor | ChangingRoom | TillEarning) => Weight::Alone,
        (Method::CardNumber, TillSpending) => Weight::WithAnother,
        (Method::CardNumber, StaffZone | Safe) => Weight::Nothing,
        (Method::CardProof | Method::DeviceKey, _) => Weight::Alone,
        (Method::PhoneCode, StaffZone | Safe) => Weight::WithAnother,
        (Method::PhoneCode, MemberDoor | ChangingRoom | TillEarning | TillSpending) => Weight::Alone,
        (Method::Pin, _) => Weight::WithAnother,
        (Method::Face | Method::Voice | Method::FingerprintOrPalm, place) => match place {
            ChangingRoom | TillSpending => Weight::Nothing,
            StaffZone | Safe => Weight::WithAnother,
            MemberDoor | TillEarning if assurance.is_enough_alone() => Weight::Alone,
            MemberDoor | TillEarning => Weight::WithAnother,
        },
    }
}

fn enough(weights: impl Iterator<Item = (Method, Weight)> + Clone) -> bool {
    let counted = weights.clone().filter(|&(_, weight)| weight != Weight::Nothing);
    let first = counted.clone().next().map(|(method, _)| method.tier());
    let mut all = weights;
    all.any(|(_, weight)| weight == Weight::Alone)
        || first.is_some_and(|tier| counted.map(|(method, _)| method.tier()).any(|other| other != tier))
}

/// The methods of one place: there is always a way without biometrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMethods {
    place: Place,
    methods: Vec<Method>,
}

/// Why a place cannot have these methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodsRefusal {
    /// There is none.
    Empty,
    /// This one counts for nothing here: a card number at a staff zone (case D-07), a face at a changing room.
    NotAdmissible {
        /// Which one.
        method: Method,
    },
    /// Without biometrics nobody could show enough (case B-23).
    BiometricsOnly,
    /// Nobody could show enough at all: a PIN without a card.
    NeverEnough,
}

/// Whether somebody has shown enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is enough.
    Enough,
    /// Something is missing: ask for another method.
    AskAnother,
    /// None of it counts here.
    NotAdmissible,
}

impl AccessMethods {
    /// Checks a list; the same method twice is one. The checks stand in the order of [`MethodsRefusal`].
    pub fn new(place: Place, methods: &[Method]) -> Result<Self, MethodsRefusal> {
        if methods.is_empty() {
            return Err(MethodsRefusal::Empty);
        }
        let weigh = |&method: &Method| (method, weight(method, place, Assurance::NONE));
        let weights = methods.iter().map(weigh);
        if let Some((method, _)) = weights.clone().find(|&(_, weight)| weight == Weight::Nothing) {
            return Err(MethodsRefusal::NotAdmissible { method });
        }
        if !enough(weights.filter(|(method, _)| !method.is_biometric())) {
            let biometric = methods.iter().any(|method| method.is_biometric());
            return Err(if biometric { MethodsRefusal::BiometricsOnly } else { MethodsRefusal::NeverEnough });
        }
        let mut distinct: Vec<Method> = Vec::with_capacity(methods.len());
        for &method in methods {
            if !distinct.contains(&method) {
                distinct.push(method);
            }
        }
        Ok(Self { place, methods: distinct })
    }

    /// Where they hold.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The methods, each once.
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    /// Judges what somebody has shown, each with what is known about it ([`Assurance::NONE`] if it is not biometric).
    /// Methods that the place does not have count for nothing.
    pub fn judge(&self, shown: &[(Method, Assurance)]) -> Judgement {
        let taken = shown.iter().filter(|(method, _)| self.methods.contains(method));
        let weights = taken.map(|&(method, assurance)| (method, weight(method, self.place, assurance)));
        if enough(weights.clone()) {
            Judgement::Enough
        } else if shown.is_empty() || weights.clone().any(|(_, weight)| weight != Weight::Nothing) {
            Judgement::AskAnother
        } else {
            Judgement::NotAdmissible
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Judgement::{AskAnother, Enough, NotAdmissible};
    use Method::*;
    use Place::*;

    const ASSURED: Assurance = Assurance { live: true, bound_held: true, never_alone: false };
    const METHODS: [Method; 9] =
        [ClubNumber, CardNumber, CardProof, DeviceKey, PhoneCode, Face, Voice, FingerprintOrPalm, Pin];
    const PLACES: [Place; 6] = [MemberDoor, ChangingRoom, StaffZone, Safe, TillEarning, TillSpending];

    /// A place with all methods that it can have.
    fn open(place: Place) -> AccessMethods {
        let admissible = METHODS.iter().copied();
        let admissible =
            admissible.filter(|&method| weight(method, place, Assurance::NONE) != Weight::Nothing);
        AccessMethods::new(place, &admissible.collect::<Vec<_>>()).unwrap()
    }

    fn check(place: Place, cases: &[(&[(Method, Assurance)], Judgement)]) {
        for (shown, expected) in cases {
            assert_eq!(open(place).judge(shown), *expected, "{place:?} {shown:?}");
        }
    }

    const fn plain(method: Method) -> (Method, Assurance) {
        (method, Assurance::NONE)
    }

    #[test]
    fn d07_an_identifier_counts_for_nothing_at_a_staff_zone_or_a_safe() {
        for place in [StaffZone, Safe] {
            for method in [CardNumber, ClubNumber] {
                let listed = AccessMethods::new(place, &[CardProof, method]);
                assert_eq!(listed, Err(MethodsRefusal::NotAdmissible { method }));
            }
            check(
                place,
                &[
                    (&[plain(CardNumber)], NotAdmissible),
                    (&[plain(CardNumber), plain(ClubNumber)], NotAdmissible),
                    (&[plain(CardNumber), plain(Pin)], AskAnother),
                    (&[plain(CardNumber), (Face, ASSURED)], AskAnother),
                    (&[(Face, ASSURED)], AskAnother),
                    (&[(Face, ASSURED), plain(Pin)], Enough),
                    (&[plain(CardProof)], Enough),
                    (&[plain(PhoneCode)], AskAnother),
                    (&[plain(PhoneCode), plain(Pin)], Enough),
                    (&[plain(CardNumber), plain(DeviceKey)], Enough),
                ],
            );
        }
    }

    #[test]
    fn b23_no_place_can_have_biometrics_only() {
        use MethodsRefusal::*;
        let cases: [(Place, &[Method], MethodsRefusal); 9] = [
            (MemberDoor, &[], Empty),
            (MemberDoor, &[Face], BiometricsOnly),
            (MemberDoor, &[Face, Voice, FingerprintOrPalm], BiometricsOnly),
            (MemberDoor, &[Face, Pin], BiometricsOnly),
            (TillEarning, &[Face], BiometricsOnly),
            (MemberDoor, &[Face, ClubNumber], BiometricsOnly),
            (MemberDoor, &[Pin], NeverEnough),
            (ChangingRoom, &[CardNumber, Face], NotAdmissible { method: Face }),
            (TillSpending, &[CardProof, Face], NotAdmissible { method: Face }),
        ];
        for (place, methods, refusal) in cases {
            assert_eq!(AccessMethods::new(place, methods), Err(refusal), "{place:?} {methods:?}");
        }
        let door = AccessMethods::new(MemberDoor, &[Face, CardNumber, Face]).unwrap();
        assert_eq!((door.methods(), door.place()), (&[Face, CardNumber][..], MemberDoor));
        // All lists that there can be: whoever refuses biometrics can always show enough.
        for place in PLACES {
            for list in 0..1_usize << METHODS.len() {
                let of =
                    |bits: usize| (0..METHODS.len()).filter(move |i| bits >> i & 1 == 1).map(|i| METHODS[i]);
                let Ok(methods) = AccessMethods::new(place, &of(list).collect::<Vec<_>>()) else { continue };
                let others = methods.methods().iter().filter(|method| !method.is_biometric());
                let shown: Vec<_> = others.map(|&method| plain(method)).collect();
                assert_eq!(methods.judge(&shown), Enough, "{methods:?}");
            }
        }
    }

    #[test]
    fn b13_a_face_is_enough_alone_only_if_assured_and_not_refused_by_the_member() {
        for (assurance, expected) in [
            (ASSURED, Enough),
            (Assurance { live: false, ..ASSURED }, AskAnother),
            (Assurance { bound_held: false, ..ASSURED }, AskAnother),
            (Assurance { never_alone: true, ..ASSURED }, AskAnother),
            (Assurance::NONE, AskAnother),
        ] {
            for place in [MemberDoor, TillEarning] {
                for method in [Face, Voice, FingerprintOrPalm] {
                    check(
                        place,
                        &[(&[(method, assurance)], expected), (&[(method, assurance), plain(Pin)], Enough)],
                    );
                }
            }
        }
        // Two of one tier are no second factor.
        check(
            MemberDoor,
            &[(&[plain(Face), plain(Voice)], AskAnother), (&[plain(Face), plain(Face)], AskAnother)],
        );
    }

    #[test]
    fn what_is_enough_at_a_member_door_and_at_the_till() {
        check(
            MemberDoor,
            &[
                (&[], AskAnother),
                (&[plain(CardNumber)], Enough),
                (&[plain(ClubNumber)], AskAnother),
                (&[plain(ClubNumber), plain(Pin)], Enough),
                (&[plain(Pin)], AskAnother),
            ],
        );
        check(TillEarning, &[(&[plain(ClubNumber)], Enough), (&[plain(CardNumber)], Enough)]);
        check(
            TillSpending,
            &[
                (&[plain(ClubNumber)], NotAdmissible),
                (&[plain(ClubNumber), plain(Pin)], AskAnother),
                (&[(Face, ASSURED)], NotAdmissible),
                (&[(Face, ASSURED), plain(CardNumber)], AskAnother),
                (&[plain(CardNumber)], AskAnother),
                (&[plain(CardNumber), plain(Pin)], Enough),
                (&[plain(PhoneCode)], Enough),
            ],
        );
        let cards_only = AccessMethods::new(MemberDoor, &[CardNumber]).unwrap();
        assert_eq!(cards_only.judge(&[(Face, ASSURED)]), NotAdmissible, "the door has no camera");
    }

    #[test]
    fn biometrics_have_a_purpose_where_they_are_admissible() {
        for place in PLACES {
            let takes_faces = weight(Face, place, ASSURED) != Weight::Nothing;
            assert_eq!(place.purpose().is_some(), takes_faces, "{place:?}");
        }
        for method in METHODS {
            assert_eq!(method.modality().is_some(), method.is_biometric(), "{method:?}");
        }
    }
}
