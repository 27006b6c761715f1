//! Entries: what they take, what they are refused for, and what a repetition gets.

use bonafide_domain::access_method::{Assurance, Method, Place};
use bonafide_domain::admission::facts::{StillOpens, Takes};
use bonafide_domain::admission::rules::{AntiPassback, DemandsRefusal, Times, WhenCheckDue};
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::consent::{Keeping, Modality};
use bonafide_domain::credential::CredentialState;
use bonafide_domain::plan::{PlanSpec, Reach, Start};
use bonafide_domain::schedule::{Schedule, WindowSpec};
use bonafide_store::members::profile::Profile;
use bonafide_store::organisation::access_point::{self, AccessPointRefusal, Direction};
use bonafide_store::organisation::branch;
use bonafide_store::organisation::zone::ZoneKind;
use bonafide_store::passages::decide::enter;
use bonafide_store::passages::door::{NotSet, Setting, set_rules};
use bonafide_store::passages::passing::End;
use bonafide_store::passages::suspension::{NotInForce, NotSuspended, Reason, lift, of_person, suspend};
use bonafide_store::passages::{Asked, Differing, NotDecided, Outcome, Recognised, Shown, Who};
use bonafide_store::store::Store;
use jiff::civil::{Weekday, date};

use super::{
    House, NOON_US, SECOND_US, add_door, add_zone, at, by, card, entered, grant, lapsed, refused, report,
    request, set, setting, tried, visits, visits_left, walk_in,
};
use crate::club::{TODAY, berlin, done, id, member, monthly, three_visits, traced, wrote};
use crate::engines::on_both;
use crate::members::{add, change, named};

fn utc(us: i64) -> UtcMicros {
    UtcMicros::parse(us).unwrap()
}

#[test]
fn an_entry_takes_a_visit_and_the_passing_counts_it() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let membership = house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        let answer = entered(&store, 1, 0, house.gym_door, card(anna));
        let Outcome::Admitted { ticket, lapses_us } = answer.outcome else { panic!("{answer:?}") };
        assert_eq!((ticket.membership, ticket.takes), (membership.into(), Takes::Visit), "{}", engine.name);
        assert_eq!((ticket.on, lapses_us), (TODAY, NOON_US + 10 * SECOND_US));
        assert_eq!((visits_left(&store, membership), visits(&store, anna)), (Some(2), 0));
        assert_eq!(house.taken(&store, house.gym, NOON_US), (0, 1), "a grant is no passage");
        let through = report(&store, 2, 4, house.gym_door, Some(answer.passage)).unwrap();
        assert_eq!((through.member, through.repeated), (Some(anna), false));
        assert_eq!((visits(&store, anna), house.inside(&store, house.gym, NOON_US)), (1, vec![anna]));
        // The report again moves nothing.
        assert!(report(&store, 2, 5, house.gym_door, Some(answer.passage)).unwrap().repeated);
        assert_eq!(visits(&store, anna), 1);
        // The pool lies in the club: the visit goes on.
        let inner = walk_in(&store, 3, 60, house.pool_door, card(anna));
        let Outcome::Admitted { ticket, .. } = inner.outcome else { panic!("{inner:?}") };
        assert_eq!((ticket.takes, visits(&store, anna)), (Takes::Nothing, 1));
        assert_eq!(visits_left(&store, membership), Some(2));
        for (action, times) in [("passage_decided", 2), ("passage_passed", 2), ("membership_visit_used", 1)] {
            assert_eq!(traced(&store, action), times, "{action}");
        }
    });
}

#[test]
fn a_request_that_is_repeated_gets_the_same_answer_and_takes_nothing_more() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris) = (house.club.anna, house.club.boris);
        let membership = house.sell(&store, 1, anna, &three_visits(house.club.solarium));
        let first = entered(&store, 1, 0, house.gym_door, card(anna));
        // Also a day later, when another answer would be right.
        for seconds in [1, 86_400] {
            let again = entered(&store, 1, seconds, house.gym_door, card(anna));
            assert_eq!((again.passage, &again.outcome), (first.passage, &first.outcome), "{}", engine.name);
            assert!(again.repeated);
        }
        assert_eq!((visits_left(&store, membership), traced(&store, "passage_decided")), (Some(2), 1));
        for (door, who, differing) in [
            (house.pool_door, card(anna), Differing::AccessPoint),
            (house.gym_door, card(boris), Differing::Member),
            (house.gym_door, Who::Nobody, Differing::Member),
            (house.gym_door, by(anna, Method::DeviceKey), Differing::Shown),
        ] {
            let answer = tried(&store, 1, 2, door, who);
            assert_eq!(answer, Err(NotDecided::OtherOperation(differing)));
        }
        // Refusals and questions are repeated as well.
        let unknown = entered(&store, 2, 0, house.gym_door, Who::Nobody);
        let again = entered(&store, 2, 9, house.gym_door, Who::Nobody);
        assert_eq!((unknown.refusal(), again.passage), (Some(Refusal::Unknown), unknown.passage));
        let second = entered(&store, 3, 0, house.gym_door, by(anna, Method::ClubNumber));
        let methods = vec![Method::CardNumber, Method::DeviceKey, Method::Face, Method::Pin];
        assert_eq!(second.outcome, Outcome::SecondFactor(methods));
        let again = entered(&store, 3, 9, house.gym_door, by(anna, Method::ClubNumber));
        assert_eq!(again.outcome, second.outcome);
        assert_eq!(tried(&store, 4, 0, id(9), card(anna)), Err(NotDecided::NoAccessPoint));
    });
}

#[test]
fn two_taps_are_one_passage() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let membership =
            house.sell(&store, 1, anna, &PlanSpec { visits: Some(1), ..three_visits(house.club.solarium) });
        let first = entered(&store, 1, 0, house.gym_door, card(anna));
        let same = |opens| Outcome::SamePassage { grant: first.passage, opens };
        assert_eq!(
            entered(&store, 2, 1, house.gym_door, card(anna)).outcome,
            same(StillOpens::Yes),
            "{}",
            engine.name
        );
        report(&store, 3, 2, house.gym_door, Some(grant(&first))).unwrap();
        let after = entered(&store, 4, 2, house.gym_door, card(anna));
        assert_eq!((after.outcome, after.marks), (same(StillOpens::No), vec![]), "passed: it opens no more");
        assert_eq!(
            entered(&store, 2, 900, house.gym_door, card(anna)).outcome,
            same(StillOpens::Yes),
            "repeated"
        );
        assert_eq!((visits_left(&store, membership), visits(&store, anna)), (Some(0), 1));
        // Three seconds after the first tap it is another one.
        let since = utc(NOON_US + 2 * SECOND_US);
        assert_eq!(refused(&store, 5, 3, house.gym_door, card(anna)), Some(Refusal::AlreadyInside { since }));
    });
}

#[test]
fn a_grant_that_nobody_uses_lapses_and_gives_its_visit_back() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let one = PlanSpec { visits: Some(1), ..three_visits(house.club.solarium) };
        let membership = house.sell(&store, 1, anna, &one);
        let first = entered(&store, 1, 0, house.gym_door, card(anna));
        assert_eq!(visits_left(&store, membership), Some(0));
        // She comes back before anybody has cleaned up.
        let second = entered(&store, 2, 10, house.gym_door, card(anna));
        assert!(matches!(second.outcome, Outcome::Admitted { .. }), "{}: {second:?}", engine.name);
        assert_eq!((visits_left(&store, membership), traced(&store, "passage_lapsed")), (Some(0), 1));
        assert_eq!(lapsed(&store, 79), 0, "a report may still be on its way");
        assert_eq!((lapsed(&store, 80), lapsed(&store, 80)), (1, 0));
        assert_eq!((visits_left(&store, membership), visits(&store, anna)), (Some(1), 0));
        assert_eq!(traced(&store, "membership_visit_given_back"), 2);
        // A body on a lapsed grant is nobody's.
        let late = report(&store, 3, 81, house.gym_door, Some(first.passage)).unwrap();
        assert_eq!((late.end, late.member), (End::Unattributed, None));
        assert!(house.inside(&store, house.gym, NOON_US).is_empty());
    });
}

#[test]
fn the_first_visit_begins_the_membership() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let waiting =
            PlanSpec { start: Start::OnFirstVisit { within_days: 10 }, ..monthly(house.club.solarium) };
        let membership = house.sell(&store, 1, anna, &waiting);
        let answer = entered(&store, 1, 0, house.gym_door, card(anna));
        let Outcome::Admitted { ticket, .. } = answer.outcome else { panic!("{}: {answer:?}", engine.name) };
        assert!(ticket.starts);
        let held = store.read(|tx| bonafide_store::memberships::get(tx, membership)).unwrap().unwrap();
        assert_eq!(held.membership.until(), Some(date(2026, 11, 1)));
    });
}

#[test]
fn each_reason_comes_from_the_book() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let door = house.gym_door;
        let stranger = member(&store, "Stranger");
        assert_eq!(refused(&store, 1, 0, door, Who::Nobody), Some(Refusal::Unknown), "{}", engine.name);
        assert_eq!(refused(&store, 2, 0, door, card(id(9))), Some(Refusal::Unknown), "erased meanwhile");
        assert_eq!(refused(&store, 3, 0, door, Who::Several), Some(Refusal::Ambiguous));
        assert_eq!(refused(&store, 4, 0, door, Who::Contradictory), Some(Refusal::Contradictory));
        assert_eq!(refused(&store, 5, 0, door, card(stranger)), Some(Refusal::NoMembership));
        let lost = |state| {
            let shown = Shown { state, ..shown_card() };
            Who::Member(Recognised {
                member: house.club.anna,
                shown: vec![shown],
                face_does_not_fit: false,
                codes: Vec::new(),
            })
        };
        assert_eq!(refused(&store, 6, 0, door, lost(CredentialState::Lost)), Some(Refusal::Lost));
        assert_eq!(refused(&store, 7, 0, door, lost(CredentialState::Expired)), Some(Refusal::Expired));
        let mornings = WindowSpec { weekdays: vec![Weekday::Friday], from_minute: 540, until_minute: 720 };
        let terms = PlanSpec {
            schedule: Schedule::parse(&[mornings]).unwrap(),
            zones: Reach::Only(vec![house.gym.into()]),
            ..monthly(house.club.solarium)
        };
        house.sell(&store, 1, stranger, &terms);
        // The first of October 2026 is a Thursday; nine in Moscow is six in UTC.
        let opens = Some(utc(NOON_US + 21 * 3600 * SECOND_US));
        assert_eq!(refused(&store, 8, 0, door, card(stranger)), Some(Refusal::OutsideHours { opens }));
        assert_eq!(refused(&store, 9, 0, house.pool_door, card(stranger)), Some(Refusal::OtherZone));
        done(&store, move |work| access_point::set_closed(work, &at(0), door, true));
        assert_eq!(refused(&store, 10, 0, door, card(stranger)), Some(Refusal::OutOfUse));
    });
}

fn shown_card() -> Shown {
    let (state, assurance) = (CredentialState::Active, Assurance::NONE);
    Shown { method: Method::CardNumber, credential: None, state, assurance, biometric: None }
}

#[test]
fn d07_the_number_of_a_card_opens_no_staff_zone_and_no_plan_for_all_zones_does() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, boris) = (house.club.anna, house.club.boris);
        let staff = add_zone(&store, house.club.branch, ZoneKind::Staff, None);
        let methods = [Method::CardProof, Method::DeviceKey];
        let door = add_door(&store, staff, Place::StaffZone, &methods, Direction::Both);
        house.sell_month(&store, 1, anna);
        assert_eq!(refused(&store, 1, 0, door, card(anna)), Some(Refusal::NotAdmissible), "{}", engine.name);
        let proof = || by(anna, Method::CardProof);
        assert_eq!(refused(&store, 2, 0, door, proof()), Some(Refusal::NoMembership));
        let named = PlanSpec { zones: Reach::Only(vec![staff.into()]), ..monthly(house.club.solarium) };
        house.sell(&store, 2, boris, &named);
        grant(&entered(&store, 3, 0, door, by(boris, Method::CardProof)));
        // Neither from inside: the membership of the outer door is one for members.
        walk_in(&store, 4, 60, house.gym_door, card(anna));
        assert_eq!(refused(&store, 6, 90, door, proof()), Some(Refusal::NoMembership));
    });
}

#[test]
fn d11_hours_are_those_of_the_branch_on_the_night_when_the_clock_is_set_back() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let branch = wrote(&store, |work| branch::add(work, &at(0), &berlin()));
        let zone = add_zone(&store, branch, ZoneKind::Gym, None);
        let door = add_door(&store, zone, Place::MemberDoor, &[Method::CardNumber], Direction::Both);
        // Sundays from two to three: on 25 October 2026 that hour comes twice in Berlin, and lasts 120 minutes.
        let night = WindowSpec { weekdays: vec![Weekday::Sunday], from_minute: 120, until_minute: 180 };
        let terms = PlanSpec { schedule: Schedule::parse(&[night]).unwrap(), ..monthly(house.club.solarium) };
        house.sell(&store, 1, house.club.anna, &terms);
        // 2026-10-25T00:00Z is two o'clock for the first time.
        let two_us = 1_792_886_400_000_000;
        for (minute, open) in [(-1, false), (0, true), (59, true), (60, true), (119, true), (120, false)] {
            let seconds = (two_us - NOON_US) / SECOND_US + minute * 60;
            let number = u32::try_from(minute + 2).unwrap();
            let answer = entered(&store, number, seconds, door, card(house.club.anna));
            assert_eq!(
                matches!(answer.outcome, Outcome::Admitted { .. }),
                open,
                "{} {minute}: {answer:?}",
                engine.name
            );
        }
    });
}

#[test]
fn d26_a_membership_ends_with_the_last_second_of_its_last_day_in_the_branch() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        house.sell_month(&store, 1, anna);
        // The first of November begins in Moscow at 21:00 UTC of the day before.
        let midnight = (1_793_480_400_000_000 - NOON_US) / SECOND_US;
        grant(&entered(&store, 1, midnight - 1, house.gym_door, card(anna)));
        let ended = Refusal::Ended { on: date(2026, 11, 1) };
        assert_eq!(refused(&store, 2, midnight, house.pool_door, card(anna)), Some(ended), "{}", engine.name);
    });
}

#[test]
fn a_face_rests_on_a_consent_and_may_be_demanded_beside_the_card() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        house.sell_month(&store, 1, anna);
        let assured = Assurance { live: true, bound_held: true, never_alone: false };
        let face = Shown {
            method: Method::Face,
            assurance: assured,
            biometric: Some((anna, Keeping::Here)),
            ..shown_card()
        };
        let shows = |shown: &[Shown]| {
            Who::Member(Recognised {
                member: anna,
                shown: shown.to_vec(),
                face_does_not_fit: false,
                codes: Vec::new(),
            })
        };
        let missing = Refusal::ConsentMissing { modality: Modality::Face };
        let door = house.gym_door;
        assert_eq!(refused(&store, 1, 0, door, shows(&[face])), Some(missing), "{}", engine.name);
        let vip = Setting {
            combinations: vec![vec![Method::CardNumber, Method::Face], vec![Method::CardNumber, Method::Pin]],
            ..setting()
        };
        set(&store, door, vip.clone());
        let answer = entered(&store, 2, 0, door, card(anna));
        assert_eq!(answer.outcome, Outcome::SecondFactor(vec![Method::Face, Method::Pin]));
        let pin = Shown { method: Method::Pin, ..shown_card() };
        grant(&entered(&store, 3, 0, door, shows(&[shown_card(), pin])));
        let only_faces = Setting { combinations: vec![vec![Method::Face]], ..setting() };
        let refusal = store.write(move |work| set_rules(work, &at(0), door, &only_faces)).unwrap();
        assert!(matches!(refusal, Err(NotSet::Refused(_))), "{refusal:?}");
        assert_eq!(
            store.write(move |work| set_rules(work, &at(0), id(9), &vip)).unwrap(),
            Err(NotSet::NotFound)
        );
        // A door cannot lose a method that it demands. One that has by another way is shut until it is set again: it must not ask
        // for less.
        let mut point = store.read(|tx| access_point::get(tx, door)).unwrap().unwrap().content;
        point.methods =
            bonafide_domain::access_method::AccessMethods::new(Place::MemberDoor, &[Method::CardNumber])
                .unwrap();
        let refused_change =
            store.write(move |work| access_point::change(work, &at(0), door, &point)).unwrap();
        let not_taken = DemandsRefusal::NotTaken { method: Method::Face };
        assert_eq!(refused_change, Err(AccessPointRefusal::Demanded(not_taken)));
        wrote(&store, move |work| {
            let sql = "UPDATE access_points SET methods = $1 WHERE id = $2";
            work.tx.execute(sql, bonafide_store::values![r#"["card_number"]"#, door])
        });
        assert_eq!(refused(&store, 4, 60, door, card(anna)), Some(Refusal::OutOfUse));
        set(&store, door, setting());
        grant(&entered(&store, 5, 60, door, card(anna)));
    });
}

#[test]
fn a_member_may_have_to_wait_before_entering_again() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let times = Times::new(0, 10 * SECOND_US, 300 * SECOND_US).unwrap();
        set(&store, door, Setting { anti_passback: AntiPassback::Off, times, ..setting() });
        let unused = entered(&store, 1, 0, door, card(anna));
        grant(&unused);
        walk_in(&store, 2, 20, door, card(anna));
        let again_at = utc(NOON_US + 321 * SECOND_US);
        let answer = refused(&store, 4, 320, door, card(anna));
        assert_eq!(answer, Some(Refusal::TooSoon { again_at }), "{}", engine.name);
        grant(&entered(&store, 5, 321, door, card(anna)));
    });
}

#[test]
fn the_club_may_keep_somebody_out_and_let_him_in_again() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let until_us = NOON_US + 60 * SECOND_US;
        let suspended = |number: u8, until_us| {
            store
                .write(move |work| suspend(work, &at(0), id(number), (anna, Reason::Conduct), until_us))
                .unwrap()
        };
        assert_eq!(suspended(71, Some(NOON_US)), Err(NotSuspended::EndsBeforeItBegins));
        assert_eq!((suspended(71, Some(until_us)), suspended(71, Some(until_us))), (Ok(()), Ok(())));
        assert_eq!(suspended(71, None), Err(NotSuspended::OtherOperation));
        let until = Some(utc(until_us));
        assert_eq!(
            refused(&store, 1, 59, door, card(anna)),
            Some(Refusal::Suspended { until }),
            "{}",
            engine.name
        );
        assert_eq!(suspended(72, None), Ok(()));
        // It is of the person: another profile, merged with this one, does not help.
        let other = member(&store, "Hanna");
        done(&store, move |work| bonafide_store::members::merging::merge(work, &at(0), other, anna));
        assert_eq!(refused(&store, 2, 61, door, card(anna)), Some(Refusal::Suspended { until: None }));
        done(&store, move |work| lift(work, &at(61), id(72)));
        let lifted = store.write(move |work| lift(work, &at(61), id(72))).unwrap();
        assert_eq!(lifted, Err(NotInForce));
        let told = store.read(|tx| of_person(tx, other)).unwrap();
        let (ends, holds): (Vec<_>, Vec<_>) =
            told.iter().map(|one| ((one.until_us, one.lifted_us), one.holds(until_us - 1))).unzip();
        let lifted_us = Some(NOON_US + 61 * SECOND_US);
        assert_eq!(ends, [(None, lifted_us), (Some(until_us), None)], "{}: of the person", engine.name);
        assert_eq!((holds, told[1].holds(until_us)), (vec![false, true], false));
        let answer = entered(&store, 3, 61, door, card(anna));
        assert_eq!(answer.member, Some(other), "the profile that remains");
        grant(&answer);
        let nobody = store.write(|work| suspend(work, &at(0), id(73), (id(9), Reason::Debt), None)).unwrap();
        assert_eq!(nobody, Err(NotSuspended::NotFound));
    });
}

#[test]
fn a_profile_that_is_to_be_looked_at_is_marked_or_kept_out() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        house.sell_month(&store, 1, anna);
        let due = Profile { check_due: Some(TODAY), ..named("Anna", "Smith") };
        change(&store, anna, 1, due).unwrap();
        let answer = entered(&store, 1, 0, door, card(anna));
        assert_eq!(
            (grant(&answer), &answer.marks[..]),
            (answer.passage, &[Mark::CheckDue][..]),
            "{}",
            engine.name
        );
        set(&store, door, Setting { when_check_due: WhenCheckDue::Refuse, ..setting() });
        assert_eq!(refused(&store, 2, 11, door, card(anna)), Some(Refusal::ProfileToBeRenewed));
    });
}

#[test]
fn a_guest_comes_with_a_host_who_is_inside() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let (anna, door) = (house.club.anna, house.gym_door);
        let guests = [
            add(&store, named("Guest", "One")),
            add(&store, named("Guest", "Two")),
            add(&store, named("Guest", "Three")),
        ];
        let membership = house.sell_month(&store, 1, anna);
        let brought = |store: &Store, number: u32, guest, host| {
            let asked =
                Asked { operation: request(number), access_point: door, who: card(guest), host: Some(host) };
            store.write(move |work| enter(work, &at(60), &asked)).unwrap().unwrap()
        };
        let alone = brought(&store, 1, guests[0], anna);
        assert_eq!(alone.refusal(), Some(Refusal::GuestWithoutHost), "{}", engine.name);
        walk_in(&store, 2, 0, door, card(anna));
        assert_eq!(brought(&store, 4, guests[0], guests[0]).refusal(), Some(Refusal::GuestWithoutHost));
        for (number, guest) in [(5, guests[0]), (6, guests[1])] {
            let answer = brought(&store, number, guest, anna);
            let Outcome::Admitted { ticket, .. } = answer.outcome else { panic!("{answer:?}") };
            assert_eq!((ticket.membership, ticket.takes), (membership.into(), Takes::GuestPass));
        }
        assert_eq!(brought(&store, 7, guests[2], anna).refusal(), Some(Refusal::NoGuestPass), "two a month");
    });
}
