//! Whether somebody may pass a door inwards now, and what is noted when he leaves.
//!
//! [`decide`] is asked at entrances only. Its checks stand in this order, and the first that fails is the answer:
//!
//! | | check | refusals |
//! | --- | --- | --- |
//! | 1 | the door lets in | out of use, no entrance |
//! | 2 | one member was recognised, and no code was shown that opens nothing | a code's own ([`CodeRefusal`]), unknown, ambiguous, contradictory |
//! | 3 | every credential that was shown may enter | lost, blocked, expired |
//! | 4 | what is biometric rests on a consent | consent missing |
//! | 5 | what was shown is enough here | not admissible, or a second factor is asked for |
//! | 6 | the club has not decided otherwise | suspended |
//! | 7 | a guest has a host | guest without host |
//! | 8 | it is another passage than the one granted a moment ago | (the same passage) |
//! | 9 | he is not inside already | already inside, where the door is strict |
//! | 10 | the time between two entries is over | too soon |
//! | 11 | a membership opens | none, not begun, ended, cancelled, frozen, used up, hours, branch, zone, no guest pass |
//! | 12 | his profile need not be looked at | profile to be renewed, where the door says so |
//! | 13 | there is room | zone full |
//!
//! Until 5 has passed, nothing is said about the member: whoever holds a found card or resembles somebody learns neither a
//! name nor the end of a membership. The double tap (8) comes before all that a first tap may have changed: it may have taken
//! the last visit or the last place. Being inside (9) comes before the membership, so that the copy of a card is found out
//! also when the visits are used up. Room (13) comes last, because it is the only thing that waiting cures.
//!
//! Leaving is another question with another type of answer, which has no "no": [`exit`].
//!
//! - [`facts`]: what is known. [`rules`]: how a door decides. [`stay`]: who is taken to be inside.

pub mod exit;
pub mod facts;
pub mod rules;
pub mod stay;

use jiff::civil::Date;

use crate::access_method::{Assurance, Judgement, Method, Tier};
use crate::admission::facts::{
    EntryFacts, Guest, NoTicket, Person, Shown, StillOpens, Ticket, UseOfDoor, Who,
};
use crate::admission::rules::{AntiPassback, WhenCheckDue};
use crate::calendar::UtcMicros;
use crate::consent::Modality;
use crate::credential::{BlockReason, CredentialState, Use};
use crate::entitlement::NotEntitled;
use crate::qr::CodeRefusal;

/// The answer at an entrance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Whether he may pass.
    pub decision: Decision,
    /// What somebody should look at, whatever the decision.
    pub marks: Vec<Mark>,
}

/// Whether somebody may pass inwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// He may, once what the ticket says is written.
    Admit(Ticket),
    /// It is the passage of the grant before: nothing is taken and nothing counted.
    SamePassage(StillOpens),
    /// He may not.
    Refuse(Refusal),
    /// Not yet: one of these besides would do.
    AskSecondFactor(Vec<Method>),
}

/// Why somebody may not pass inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The door, its zone or its branch is closed.
    OutOfUse,
    /// The door is to leave by.
    NoEntrance,
    /// Nobody that the club knows.
    Unknown,
    /// What was shown fits several members.
    Ambiguous,
    /// Two things that were shown name two members.
    Contradictory,
    /// The code on the member's screen opens nothing (cases D-01, D-04, D-05).
    Code(CodeRefusal),
    /// The credential is lost.
    Lost,
    /// The credential is blocked.
    Blocked(BlockReason),
    /// The credential's time is over.
    Expired,
    /// He may not be recognised in this way: show something else.
    ConsentMissing {
        /// What of him.
        modality: Modality,
    },
    /// None of what was shown counts at this door (case D-07).
    NotAdmissible,
    /// The club has decided to keep him out.
    Suspended {
        /// The first moment at which it is over; nothing when it has no end.
        until: Option<UtcMicros>,
    },
    /// Whoever brings the guest is not inside.
    GuestWithoutHost,
    /// He has come in and not left.
    AlreadyInside {
        /// Since when.
        since: UtcMicros,
    },
    /// He came in a short while ago.
    TooSoon {
        /// From when on he may.
        again_at: UtcMicros,
    },
    /// He has none.
    NoMembership,
    /// His membership is not valid yet.
    NotStarted {
        /// Its first day.
        first_day: Date,
    },
    /// It is over.
    Ended {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It was cancelled.
    Cancelled {
        /// The first date on which it was no longer valid.
        on: Date,
    },
    /// It rests.
    Frozen {
        /// The first date on which it does not.
        until: Date,
    },
    /// All its visits are used.
    VisitsUsedUp,
    /// It is not valid at these hours.
    OutsideHours {
        /// When they begin next; nothing when it is not valid then.
        opens: Option<UtcMicros>,
    },
    /// It is not valid in this branch.
    OtherBranch,
    /// It is not valid in this zone.
    OtherZone,
    /// The host may bring nobody (any more).
    NoGuestPass,
    /// Somebody must look at his profile first.
    ProfileToBeRenewed,
    /// There is no room.
    ZoneFull,
}

/// What somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// He has come in and not left.
    AlreadyInside,
    /// He is inside and a number that can be copied asks to be let in: there may be two cards (case D-06).
    SuspectedCopy,
    /// He came in so long ago that he must have left without being seen.
    LeftUnseen,
    /// His profile is to be looked at.
    CheckDue,
    /// The credential may not spend.
    LimitedCredential,
    /// His face was compared and did not fit.
    FaceDoesNotFit,
    /// He was let in while the book could not be written, and it was noted later.
    NotedLater,
}

/// Decides an entry; see the top of the file for the order. Nothing is changed: what is admitted is to be written first.
pub fn decide(facts: &EntryFacts<'_>) -> Decided {
    let marks = marks(facts);
    let decision = ticket(facts).map_or_else(|decision| decision, Decision::Admit);
    Decided { decision, marks }
}

/// The checks. What ends them early is the decision.
fn ticket(facts: &EntryFacts<'_>) -> Result<Ticket, Decision> {
    let refuse = |refusal| Err(Decision::Refuse(refusal));
    match facts.use_of_door {
        UseOfDoor::OutOfUse => return refuse(Refusal::OutOfUse),
        UseOfDoor::ExitOnly => return refuse(Refusal::NoEntrance),
        UseOfDoor::Entrance => {}
    }
    let person = match &facts.who {
        Who::Nobody => return refuse(Refusal::Unknown),
        Who::Several => return refuse(Refusal::Ambiguous),
        Who::Contradictory => return refuse(Refusal::Contradictory),
        Who::BadCode(why) => return refuse(Refusal::Code(*why)),
        Who::Member(person) => person,
    };
    recognised(facts, person)?;
    if let Some(suspended) = person.suspended.filter(|one| one.until.is_none_or(|until| facts.at < until)) {
        return refuse(Refusal::Suspended { until: suspended.until });
    }
    if person.guest == Guest::WithoutHost {
        return refuse(Refusal::GuestWithoutHost);
    }
    if let Some(opens) = person.before.and_then(|grant| grant.covers(&facts.rules.times, facts.at)) {
        return Err(Decision::SamePassage(opens));
    }
    if let Some(since) = inside(facts, person)
        && facts.rules.anti_passback == AntiPassback::Hard
    {
        return refuse(Refusal::AlreadyInside { since });
    }
    if let Some(again_at) = again_at(facts, person) {
        return refuse(Refusal::TooSoon { again_at });
    }
    let ticket = person.ticket.map_err(|why| Decision::Refuse(no_ticket(why)))?;
    if person.check_due && facts.rules.when_check_due == WhenCheckDue::Refuse {
        return refuse(Refusal::ProfileToBeRenewed);
    }
    if facts.room.capacity.is_some_and(|capacity| facts.room.taken >= capacity) {
        return refuse(Refusal::ZoneFull);
    }
    Ok(ticket)
}

/// Checks 3 to 5: whether it is certain enough who it is.
fn recognised(facts: &EntryFacts<'_>, person: &Person<'_>) -> Result<(), Decision> {
    let stopped = |state| match state {
        CredentialState::Lost => Some(Refusal::Lost),
        CredentialState::Blocked(reason) => Some(Refusal::Blocked(reason)),
        CredentialState::Expired => Some(Refusal::Expired),
        CredentialState::Active | CredentialState::Limited(_) => None,
    };
    // The worst first: a lost card is kept, also when the other thing has only expired.
    let worst = |state: &CredentialState| match state {
        CredentialState::Lost => 0,
        CredentialState::Blocked(_) => 1,
        _ => 2,
    };
    let states = person.shown.iter().map(|shown| shown.state).filter(|state| !state.allows(Use::Enter));
    if let Some(refusal) = states.min_by_key(worst).and_then(stopped) {
        return Err(Decision::Refuse(refusal));
    }
    let counted: Vec<&Shown> = person.shown.iter().filter(|shown| shown.may_count()).collect();
    let judged = judge(facts, &counted, None);
    if judged == Judgement::Enough {
        return Ok(());
    }
    let without_consent = person.shown.iter().find(|shown| !shown.may_count());
    if let Some(modality) = without_consent.and_then(|shown| shown.method.modality()) {
        return Err(Decision::Refuse(Refusal::ConsentMissing { modality }));
    }
    if judged == Judgement::NotAdmissible {
        return Err(Decision::Refuse(Refusal::NotAdmissible));
    }
    Err(Decision::AskSecondFactor(would_do(facts, &counted)))
}

/// Whether this, and perhaps one thing more, is enough for the kind of place and for what the door demands.
fn judge(facts: &EntryFacts<'_>, shown: &[&Shown], further: Option<Method>) -> Judgement {
    let of = shown.iter().map(|shown| (shown.method, shown.assurance));
    let all: Vec<_> = of.chain(further.map(|method| (method, Assurance::NONE))).collect();
    let has = |method| all.iter().any(|&(shown, _)| shown == method);
    match facts.methods.judge(&all) {
        Judgement::Enough if !facts.rules.demands.are_met_by(has) => Judgement::AskAnother,
        judgement => judgement,
    }
}

/// The methods of the door that would be enough besides. Where one alone is not, all that are still missing from a combination
/// of the door; and where it demands none, all that it takes.
fn would_do(facts: &EntryFacts<'_>, shown: &[&Shown]) -> Vec<Method> {
    let missing = |method: &Method| shown.iter().all(|shown| shown.method != *method);
    let others = facts.methods.methods().iter().copied().filter(missing);
    let enough: Vec<Method> =
        others.clone().filter(|&method| judge(facts, shown, Some(method)) == Judgement::Enough).collect();
    if !enough.is_empty() {
        return enough;
    }
    let combinations = facts.rules.demands.combinations();
    let demanded = |method: &Method| combinations.iter().any(|combination| combination.contains(method));
    others.filter(|method| combinations.is_empty() || demanded(method)).collect()
}

/// Since when the member is taken to be in the zone.
fn inside(facts: &EntryFacts<'_>, person: &Person<'_>) -> Option<UtcMicros> {
    person.inside_since.filter(|&since| stay::goes_on(since, facts.at))
}

/// From when on the member may enter again, when that is later. An entry in the future is none: a clock that was set back keeps
/// nobody out for an hour.
fn again_at(facts: &EntryFacts<'_>, person: &Person<'_>) -> Option<UtcMicros> {
    let last = person.last_entry.filter(|&last| last <= facts.at)?;
    last.plus(facts.rules.times.again_after_us()).filter(|&again_at| facts.at < again_at)
}

const fn no_ticket(why: NoTicket) -> Refusal {
    match why {
        NoTicket::NoMembership => Refusal::NoMembership,
        NoTicket::NoGuestPass => Refusal::NoGuestPass,
        NoTicket::NotEntitled(why) => match why {
            NotEntitled::Cancelled { on } => Refusal::Cancelled { on },
            NotEntitled::NotStarted { first_day } => Refusal::NotStarted { first_day },
            NotEntitled::Ended { on } => Refusal::Ended { on },
            NotEntitled::Frozen { until } => Refusal::Frozen { until },
            NotEntitled::UsedUp => Refusal::VisitsUsedUp,
            NotEntitled::OtherBranch => Refusal::OtherBranch,
            NotEntitled::OtherZone => Refusal::OtherZone,
            NotEntitled::OtherHours { opens } => Refusal::OutsideHours { opens },
        },
    }
}

/// What somebody should look at. A repeated tap is not a second card.
fn marks(facts: &EntryFacts<'_>) -> Vec<Mark> {
    let Who::Member(person) = &facts.who else { return Vec::new() };
    let again = person.before.is_some_and(|grant| grant.covers(&facts.rules.times, facts.at).is_some());
    let watched = facts.rules.anti_passback != AntiPassback::Off && !again;
    let already_inside = watched && inside(facts, person).is_some();
    let copied = person.shown.iter().all(|shown| shown.method.tier() == Tier::Identifier);
    let limited = |shown: &Shown| matches!(shown.state, CredentialState::Limited(_));
    [
        (already_inside, Mark::AlreadyInside),
        (already_inside && copied, Mark::SuspectedCopy),
        (watched && person.inside_since.is_some() && !already_inside, Mark::LeftUnseen),
        (person.check_due, Mark::CheckDue),
        (person.shown.iter().any(limited), Mark::LimitedCredential),
        (person.face_does_not_fit, Mark::FaceDoesNotFit),
    ]
    .into_iter()
    .filter_map(|(holds, mark)| holds.then_some(mark))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::facts::{Consent, Grant, Room, Suspended, Takes};
    use super::rules::{Demands, DoorRules, Passing, Times};
    use super::*;
    use crate::access_method::{AccessMethods, Place};
    use crate::credential::LimitReason;
    use crate::id::MembershipId;
    use crate::membership::story::day;
    use Decision::{AskSecondFactor, Refuse, SamePassage};
    use Method::{CardNumber, CardProof, ClubNumber, DeviceKey, Face, Pin};

    const ACTIVE: CredentialState = CredentialState::Active;
    const ASSURED: Assurance = Assurance { live: true, bound_held: true, never_alone: false };

    fn at(seconds: i64) -> UtcMicros {
        UtcMicros::parse(1_800_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    /// Somebody at a door with everything in order, to be spoiled by a row of a table.
    #[derive(Clone)]
    struct Scene {
        place: Place,
        methods: Vec<Method>,
        combinations: Vec<Vec<Method>>,
        rules: DoorRules,
        use_of_door: UseOfDoor,
        room: Room,
        shown: Vec<Shown>,
        person: Person<'static>,
    }

    fn card() -> Shown {
        Shown::plain(CardNumber, ACTIVE)
    }

    fn face(assurance: Assurance, consent: Consent) -> Shown {
        Shown { method: Face, state: ACTIVE, assurance, consent }
    }

    fn ticket() -> Ticket {
        Ticket { membership: MembershipId([1; 16]), on: day(0), starts: false, takes: Takes::Nothing }
    }

    fn scene() -> Scene {
        Scene {
            place: Place::MemberDoor,
            methods: vec![ClubNumber, CardNumber, DeviceKey, Face, Pin],
            combinations: Vec::new(),
            rules: DoorRules { anti_passback: AntiPassback::Hard, ..DoorRules::standard() },
            use_of_door: UseOfDoor::Entrance,
            room: Room { capacity: Some(2), taken: 1 },
            shown: vec![card()],
            person: Person {
                shown: &[],
                face_does_not_fit: false,
                suspended: None,
                guest: Guest::No,
                before: None,
                inside_since: None,
                last_entry: None,
                ticket: Ok(ticket()),
                check_due: false,
            },
        }
    }

    impl Scene {
        fn decides(&self) -> Decided {
            let methods = AccessMethods::new(self.place, &self.methods).unwrap();
            let demands = Demands::new(&methods, &self.combinations).unwrap();
            let rules = DoorRules { demands, ..self.rules.clone() };
            let who = Who::Member(Person { shown: &self.shown, ..self.person.clone() });
            let (use_of_door, room) = (self.use_of_door, self.room);
            decide(&EntryFacts { at: at(0), methods: &methods, rules: &rules, use_of_door, room, who })
        }
    }

    type Case = (&'static str, fn(&mut Scene), Decision);

    fn check(cases: &[Case]) {
        for (name, spoil, expected) in cases {
            let mut scene = scene();
            spoil(&mut scene);
            assert_eq!(scene.decides().decision, *expected, "{name}");
        }
    }

    /// Each row spoils one thing more, from the last check to the first: the earlier one is the answer.
    #[test]
    fn the_first_check_that_fails_is_the_answer() {
        let steps: [Case; 15] = [
            ("in order", |_| {}, Decision::Admit(ticket())),
            ("full", |s| s.room.taken = 2, Refuse(Refusal::ZoneFull)),
            (
                "check due",
                |s| {
                    s.person.check_due = true;
                    s.rules.when_check_due = WhenCheckDue::Refuse;
                },
                Refuse(Refusal::ProfileToBeRenewed),
            ),
            (
                "no membership",
                |s| s.person.ticket = Err(NoTicket::NoMembership),
                Refuse(Refusal::NoMembership),
            ),
            (
                "too soon",
                |s| {
                    s.rules.times = Times::new(3_000_000, 10_000_000, 60_000_000).unwrap();
                    s.person.last_entry = Some(at(-59));
                },
                Refuse(Refusal::TooSoon { again_at: at(1) }),
            ),
            (
                "inside",
                |s| s.person.inside_since = Some(at(-59)),
                Refuse(Refusal::AlreadyInside { since: at(-59) }),
            ),
            (
                "granted a moment ago",
                |s| s.person.before = Some(Grant { at: at(-9), lapses_at: at(1), passed: false }),
                SamePassage(StillOpens::Yes),
            ),
            ("no host", |s| s.person.guest = Guest::WithoutHost, Refuse(Refusal::GuestWithoutHost)),
            (
                "suspended",
                |s| s.person.suspended = Some(Suspended { until: None }),
                Refuse(Refusal::Suspended { until: None }),
            ),
            (
                "one more needed",
                |s| s.shown[0].method = ClubNumber,
                AskSecondFactor(vec![CardNumber, DeviceKey, Face, Pin]),
            ),
            (
                "a method that the door does not take",
                |s| s.shown[0].method = Method::PhoneCode,
                Refuse(Refusal::NotAdmissible),
            ),
            (
                "no consent",
                |s| s.shown.push(face(ASSURED, Consent::Missing)),
                Refuse(Refusal::ConsentMissing { modality: Modality::Face }),
            ),
            ("expired", |s| s.shown[1].state = CredentialState::Expired, Refuse(Refusal::Expired)),
            ("exit only", |s| s.use_of_door = UseOfDoor::ExitOnly, Refuse(Refusal::NoEntrance)),
            ("closed", |s| s.use_of_door = UseOfDoor::OutOfUse, Refuse(Refusal::OutOfUse)),
        ];
        let mut scene = scene();
        for (name, spoil, expected) in steps {
            spoil(&mut scene);
            assert_eq!(scene.decides().decision, expected, "{name}");
        }
    }

    #[test]
    fn who_is_not_one_member_is_refused_without_a_word_about_anybody() {
        let (methods, rules) =
            (AccessMethods::new(Place::MemberDoor, &[CardNumber]).unwrap(), DoorRules::standard());
        for (who, refusal) in [
            (Who::Nobody, Refusal::Unknown),
            (Who::Several, Refusal::Ambiguous),
            (Who::Contradictory, Refusal::Contradictory),
            (Who::BadCode(CodeRefusal::Replay), Refusal::Code(CodeRefusal::Replay)),
        ] {
            let room = Room { capacity: None, taken: 0 };
            let use_of_door = UseOfDoor::Entrance;
            let decided =
                decide(&EntryFacts { at: at(0), methods: &methods, rules: &rules, use_of_door, room, who });
            assert_eq!(decided, Decided { decision: Refuse(refusal), marks: Vec::new() });
        }
    }

    #[test]
    fn a_credential_that_may_not_enter_is_named_and_a_limited_one_enters_with_a_mark() {
        let blocked = CredentialState::Blocked(BlockReason::Debt);
        let limited = CredentialState::Limited(LimitReason::NotConfirmed);
        let cases: [(&[CredentialState], Decision); 6] = [
            (&[CredentialState::Lost], Refuse(Refusal::Lost)),
            (&[blocked], Refuse(Refusal::Blocked(BlockReason::Debt))),
            (&[CredentialState::Expired], Refuse(Refusal::Expired)),
            (&[CredentialState::Expired, blocked], Refuse(Refusal::Blocked(BlockReason::Debt))),
            (&[ACTIVE, blocked, CredentialState::Lost], Refuse(Refusal::Lost)),
            (&[limited], Decision::Admit(ticket())),
        ];
        for (states, expected) in cases {
            let shown = states.iter().map(|&state| Shown::plain(CardNumber, state)).collect();
            let decided = Scene { shown, ..scene() }.decides();
            assert_eq!(decided.decision, expected, "{states:?}");
            assert_eq!(decided.marks.contains(&Mark::LimitedCredential), states == [limited]);
        }
    }

    #[test]
    fn d07_the_number_of_a_card_opens_no_staff_zone_and_no_safe() {
        for place in [Place::StaffZone, Place::Safe] {
            let methods = vec![CardProof, Pin];
            let with = |shown: &[Method]| {
                let shown = shown.iter().map(|&method| Shown::plain(method, ACTIVE)).collect();
                Scene { place, methods: methods.clone(), shown, ..scene() }.decides().decision
            };
            assert_eq!(with(&[CardNumber]), Refuse(Refusal::NotAdmissible));
            assert_eq!(with(&[CardNumber, ClubNumber]), Refuse(Refusal::NotAdmissible));
            assert_eq!(with(&[CardNumber, Pin]), AskSecondFactor(vec![CardProof]));
            assert_eq!(with(&[CardProof]), Decision::Admit(ticket()));
        }
    }

    #[test]
    fn b13_a_face_alone_admits_only_alive_within_the_bound_and_with_consent() {
        let others = vec![ClubNumber, CardNumber, DeviceKey, Pin];
        let unsure = Assurance { bound_held: false, ..ASSURED };
        let no_liveness = Assurance { live: false, ..ASSURED };
        let never_alone = Assurance { never_alone: true, ..ASSURED };
        let missing = Refuse(Refusal::ConsentMissing { modality: Modality::Face });
        for (shown, expected) in [
            (vec![face(ASSURED, Consent::InForce)], Decision::Admit(ticket())),
            (vec![face(unsure, Consent::InForce)], AskSecondFactor(others.clone())),
            (vec![face(no_liveness, Consent::InForce)], AskSecondFactor(others.clone())),
            (vec![face(never_alone, Consent::InForce)], AskSecondFactor(others)),
            (vec![face(no_liveness, Consent::InForce), Shown::plain(Pin, ACTIVE)], Decision::Admit(ticket())),
            (vec![face(ASSURED, Consent::Missing)], missing.clone()),
            // A caller that forgets to ask has no consent.
            (vec![face(ASSURED, Consent::NotNeeded)], missing),
            // The card is enough, whatever became of the face.
            (vec![face(ASSURED, Consent::Missing), card()], Decision::Admit(ticket())),
        ] {
            assert_eq!(Scene { shown: shown.clone(), ..scene() }.decides().decision, expected, "{shown:?}");
        }
    }

    #[test]
    fn a_door_may_demand_several_things_together() {
        let vip = |shown: Vec<Shown>| Scene {
            combinations: vec![vec![CardNumber, Face], vec![CardNumber, Pin]],
            shown,
            ..scene()
        };
        for (shown, expected) in [
            (vec![card()], AskSecondFactor(vec![Face, Pin])),
            (vec![face(ASSURED, Consent::InForce)], AskSecondFactor(vec![CardNumber])),
            (vec![Shown::plain(DeviceKey, ACTIVE)], AskSecondFactor(vec![CardNumber, Face, Pin])),
            (vec![card(), face(ASSURED, Consent::InForce)], Decision::Admit(ticket())),
            (vec![card(), Shown::plain(Pin, ACTIVE)], Decision::Admit(ticket())),
            (
                vec![card(), face(ASSURED, Consent::Missing)],
                Refuse(Refusal::ConsentMissing { modality: Modality::Face }),
            ),
        ] {
            assert_eq!(vip(shown.clone()).decides().decision, expected, "{shown:?}");
        }
    }

    #[test]
    fn two_taps_are_one_passage_and_a_card_that_is_handed_back_opens_nothing() {
        let grant = |granted, lapses, passed| Grant { at: at(granted), lapses_at: at(lapses), passed };
        for (name, before, same) in [
            ("the grant still holds", grant(-9, 1, false), Some(StillOpens::Yes)),
            ("it has lapsed", grant(-10, 0, false), None),
            ("passed two seconds after", grant(-2, 8, true), Some(StillOpens::No)),
            ("passed, and the window is over", grant(-3, 7, true), None),
            ("passed in the future", grant(1, 11, true), None),
        ] {
            let mut scene = scene();
            // All that the first tap took is gone, and he may be inside.
            scene.room.taken = 2;
            scene.person.ticket = Err(NoTicket::NotEntitled(NotEntitled::UsedUp));
            scene.person.inside_since = before.passed.then_some(before.at);
            scene.person.before = Some(before);
            let decided = scene.decides();
            match same {
                Some(opens) => {
                    assert_eq!(
                        decided,
                        Decided { decision: SamePassage(opens), marks: Vec::new() },
                        "{name}"
                    );
                }
                None => assert!(matches!(decided.decision, Refuse(_)), "{name}"),
            }
        }
    }

    #[test]
    fn d06_a_number_that_asks_while_its_member_is_inside_is_marked() {
        let of = |anti_passback, shown: Vec<Shown>, since: i64| {
            let mut scene = Scene { shown, ..scene() };
            scene.rules.anti_passback = anti_passback;
            scene.person.inside_since = Some(at(since));
            let decided = scene.decides();
            (matches!(decided.decision, Decision::Admit(_)), decided.marks)
        };
        let proof = || vec![Shown::plain(DeviceKey, ACTIVE)];
        let both = vec![Mark::AlreadyInside, Mark::SuspectedCopy];
        let day_s = 24 * 3600;
        assert_eq!(of(AntiPassback::Hard, vec![card()], -60), (false, both.clone()));
        assert_eq!(of(AntiPassback::Soft, vec![card()], -60), (true, both));
        assert_eq!(of(AntiPassback::Hard, proof(), -60), (false, vec![Mark::AlreadyInside]));
        assert_eq!(of(AntiPassback::Off, vec![card()], -60), (true, vec![]));
        assert_eq!(of(AntiPassback::Hard, vec![card()], -day_s), (true, vec![Mark::LeftUnseen]));
        // A clock that was set back lets nobody in twice.
        assert!(!of(AntiPassback::Hard, vec![card()], 60).0);
    }

    #[test]
    fn each_reason_of_a_membership_has_its_refusal() {
        let not = |why| Err(NoTicket::NotEntitled(why));
        for (ticket, refusal) in [
            (Err(NoTicket::NoMembership), Refusal::NoMembership),
            (Err(NoTicket::NoGuestPass), Refusal::NoGuestPass),
            (not(NotEntitled::Cancelled { on: day(1) }), Refusal::Cancelled { on: day(1) }),
            (not(NotEntitled::NotStarted { first_day: day(1) }), Refusal::NotStarted { first_day: day(1) }),
            (not(NotEntitled::Ended { on: day(1) }), Refusal::Ended { on: day(1) }),
            (not(NotEntitled::Frozen { until: day(1) }), Refusal::Frozen { until: day(1) }),
            (not(NotEntitled::UsedUp), Refusal::VisitsUsedUp),
            (not(NotEntitled::OtherBranch), Refusal::OtherBranch),
            (not(NotEntitled::OtherZone), Refusal::OtherZone),
            (
                not(NotEntitled::OtherHours { opens: Some(at(60)) }),
                Refusal::OutsideHours { opens: Some(at(60)) },
            ),
        ] {
            let mut scene = scene();
            scene.person.ticket = ticket;
            assert_eq!(scene.decides().decision, Refuse(refusal));
        }
    }

    #[test]
    fn what_ends_ends_at_its_first_moment() {
        check(&[
            (
                "suspended until now",
                |s| s.person.suspended = Some(Suspended { until: Some(at(0)) }),
                Decision::Admit(ticket()),
            ),
            (
                "suspended for a second more",
                |s| s.person.suspended = Some(Suspended { until: Some(at(1)) }),
                Refuse(Refusal::Suspended { until: Some(at(1)) }),
            ),
            (
                "may enter again now",
                |s| {
                    s.rules.times = Times::new(0, 10_000_000, 60_000_000).unwrap();
                    s.person.last_entry = Some(at(-60));
                },
                Decision::Admit(ticket()),
            ),
            (
                "an entry in the future",
                |s| {
                    s.rules.times = Times::new(0, 10_000_000, 60_000_000).unwrap();
                    s.person.last_entry = Some(at(1));
                },
                Decision::Admit(ticket()),
            ),
            ("no limit", |s| s.room = Room { capacity: None, taken: 1_000 }, Decision::Admit(ticket())),
            (
                "a zone that is shut",
                |s| s.room = Room { capacity: Some(0), taken: 0 },
                Refuse(Refusal::ZoneFull),
            ),
        ]);
    }

    #[test]
    fn a_mark_keeps_nobody_out() {
        let mut scene = scene();
        scene.rules.passing = Passing::Assumed;
        scene.person.check_due = true;
        scene.person.face_does_not_fit = true;
        let decided = scene.decides();
        assert_eq!(decided.decision, Decision::Admit(ticket()));
        assert_eq!(decided.marks, [Mark::CheckDue, Mark::FaceDoesNotFit]);
    }
}
