//! Points put right by hand: by one person within a limit, by two above it, by nobody for himself.

use bonafide_domain::ledger::{Direction, NotPosted};
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::ShortNote;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::corrections::{
    self, Correction, Decision, NotCorrected, NotDecided, POINTS_ALONE_USUAL, State, WAITS_US, Wanted, ask,
    between, decide, waiting,
};
use bonafide_store::id::Id;
use bonafide_store::purchases::set_own_member;
use bonafide_store::staff::{self, Employee, Role, SignInName};
use bonafide_store::store::Store;

use crate::club::{acting, done, id, member, traced, wrote};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches, points, programme, stands};

const DAY_US: i64 = 24 * 3_600_000_000;

/// A member in a programme, and three who may put points right.
struct Office<'a> {
    store: &'a Store,
    programme: Id,
    anna: Id,
    wallet: Id,
    staff: [Id; 3],
}

impl Office<'_> {
    fn open(store: &Store) -> Office<'_> {
        let (programme, anna) = (programme(store), member(store, "Anna"));
        let wallet = enrolled(store, anna, programme);
        let staff = ["irina", "oleg", "pavel"].map(|name| {
            let employee = Employee {
                sign_in: SignInName::parse(name).unwrap(),
                name: Title::parse(name).unwrap(),
                role: Role::Manager,
                branch: None,
                language: "en".to_owned(),
            };
            done(store, move |work| staff::add(work, &acting(), &employee, "$argon2id$"))
        });
        Office { store, programme, anna, wallet, staff }
    }

    fn wanted(&self, direction: Direction, number: u64) -> Wanted {
        let reason = ShortNote::parse("the till was out of order").unwrap();
        Wanted { member: self.anna, programme: self.programme, direction, points: points(number), reason }
    }

    fn asks(&self, who: usize, number: u8, now_us: i64, wanted: Wanted) -> Result<Correction, NotCorrected> {
        let acting = self.acting(who, now_us);
        self.store.write(move |work| ask(work, &acting, id(number), &wanted)).unwrap()
    }

    fn decides(
        &self,
        who: usize,
        number: u8,
        now_us: i64,
        decision: Decision,
    ) -> Result<Correction, NotDecided> {
        let acting = self.acting(who, now_us);
        self.store.write(move |work| decide(work, &acting, id(number), decision)).unwrap()
    }

    fn acting(&self, who: usize, now_us: i64) -> Acting {
        Acting { actor: Actor::Staff(self.staff[who]), now_us, ..acting() }
    }

    fn is(&self, who: usize, member: Id) {
        let employee = self.staff[who];
        wrote(self.store, move |work| set_own_member(work, &acting(), employee, Some(member)));
    }

    fn spendable(&self, now_us: i64) -> u64 {
        stands(self.store, self.wallet, now_us).spendable
    }

    fn waiting(&self, now_us: i64) -> Vec<Id> {
        let all = self.store.read(|tx| waiting(tx, self.store.vault(), now_us)).unwrap();
        all.iter().map(|correction| correction.id).collect()
    }
}

#[test]
fn t15_within_the_limit_one_person_corrects_with_a_reason_and_the_report_has_it() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        let up = office.wanted(Direction::Up, 600);
        let first = office.asks(0, 1, NOW_US, up.clone()).unwrap();
        assert_eq!((first.state, first.until_us, first.decided), (State::Alone, None, None));
        assert_eq!(office.spendable(NOW_US), 600, "{}", engine.name);
        assert_eq!(office.asks(0, 1, NOW_US + DAY_US, up.clone()), Ok(first.clone()), "asked twice");
        assert_eq!(office.spendable(NOW_US), 600);
        for other in [
            office.wanted(Direction::Up, 601),
            office.wanted(Direction::Down, 600),
            Wanted {
                reason: ShortNote::parse("something else").unwrap(),
                ..office.wanted(Direction::Up, 600)
            },
        ] {
            assert_eq!(office.asks(0, 1, NOW_US, other), Err(NotCorrected::OtherContents));
        }
        assert_eq!(office.asks(1, 1, NOW_US, up), Err(NotCorrected::OtherContents), "somebody else");
        let too_many = office.asks(0, 2, NOW_US, office.wanted(Direction::Down, 601));
        assert_eq!(too_many, Err(NotCorrected::Points(NotPosted::NotEnough { free: 600 })));
        let down = office.asks(1, 3, NOW_US + 1, office.wanted(Direction::Down, 100)).unwrap();
        assert_eq!(office.spendable(NOW_US + 1), 500);
        let found = store.read(|tx| between(tx, store.vault(), NOW_US, NOW_US + 2)).unwrap();
        assert_eq!(found, [down, first]);
        assert_eq!(found[1].reason.as_str(), "the till was out of order");
        assert_eq!(store.read(|tx| between(tx, store.vault(), NOW_US + 2, NOW_US + DAY_US)).unwrap(), []);
        assert_eq!(traced(&store, "points_corrected"), 2);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t15_above_the_limit_a_second_person_must_confirm() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        let much = office.wanted(Direction::Up, POINTS_ALONE_USUAL + 1);
        let asked = office.asks(0, 1, NOW_US, much.clone()).unwrap();
        assert_eq!((asked.state, asked.until_us), (State::Waiting, Some(NOW_US + WAITS_US)));
        assert_eq!((office.spendable(NOW_US), office.waiting(NOW_US)), (0, vec![id(1)]), "{}", engine.name);
        assert_eq!(office.decides(0, 1, NOW_US, Decision::Confirm), Err(NotDecided::SamePerson));
        assert_eq!(office.decides(1, 9, NOW_US, Decision::Confirm), Err(NotDecided::NoRequest));
        let later_us = NOW_US + 3 * DAY_US;
        let confirmed = office.decides(1, 1, later_us, Decision::Confirm).unwrap();
        assert_eq!(confirmed.decided, Some((office.staff[1], later_us)));
        assert_eq!(office.spendable(later_us), POINTS_ALONE_USUAL + 1);
        assert_eq!(office.decides(1, 1, later_us + 1, Decision::Confirm), Ok(confirmed.clone()), "twice");
        assert_eq!(office.decides(2, 1, later_us, Decision::Confirm), Err(NotDecided::NotWaiting));
        assert_eq!(office.decides(1, 1, later_us, Decision::Decline), Err(NotDecided::NotWaiting));
        assert_eq!(office.asks(0, 1, later_us, much.clone()), Ok(confirmed.clone()), "what became of it");
        assert_eq!((office.spendable(later_us), office.waiting(later_us)), (1_001, vec![]));
        // It stands in the report of the day on which it was asked, and of the day on which it was confirmed.
        for from_us in [NOW_US, later_us] {
            let found = store.read(|tx| between(tx, store.vault(), from_us, from_us + 1)).unwrap();
            assert_eq!(found, std::slice::from_ref(&confirmed));
        }
        office.asks(0, 2, later_us, much.clone()).unwrap();
        let declined = office.decides(2, 2, later_us, Decision::Decline).unwrap();
        assert_eq!((declined.state, office.spendable(later_us)), (State::Declined, 1_001));
        office.asks(0, 3, later_us, much).unwrap();
        let lapsed = office.decides(1, 3, later_us + WAITS_US, Decision::Confirm);
        assert_eq!(lapsed, Err(NotDecided::Lapsed));
        assert_eq!(office.waiting(later_us + WAITS_US), []);
        let counts =
            ["correction_asked", "points_corrected", "correction_declined"].map(|a| traced(&store, a));
        assert_eq!(counts, [3, 1, 1]);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t15_a_large_correction_in_small_parts_is_a_large_one() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        let states = |who: usize, number, now_us, count| {
            office.asks(who, number, now_us, office.wanted(Direction::Up, count)).unwrap().state
        };
        assert_eq!(states(0, 1, NOW_US, 700), State::Alone, "{}", engine.name);
        assert_eq!(states(1, 2, NOW_US + 1, 300), State::Alone, "up to the limit, whoever asks");
        assert_eq!(states(0, 3, NOW_US + 2, 1), State::Waiting);
        assert_eq!(states(0, 4, NOW_US + DAY_US, 700), State::Alone, "another day");
        let (programme, owner) = (office.programme, office.acting(2, NOW_US));
        let set = |points_max| {
            let owner = owner.clone();
            wrote(&store, move |work| corrections::set_limit(work, &owner, programme, points_max))
        };
        assert_eq!((set(0), set(0)), (Some(true), Some(false)));
        assert_eq!(states(0, 5, NOW_US + 9 * DAY_US, 1), State::Waiting, "nobody does anything alone");
        assert_eq!(traced(&store, "correction_limit_set"), 1);
        let unknown = wrote(&store, |work| corrections::set_limit(work, &acting(), id(99), 5));
        assert_eq!(unknown, None);
    });
}

#[test]
fn t15_a_request_whose_points_are_gone_meanwhile_waits_on() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        office.asks(0, 1, NOW_US, office.wanted(Direction::Up, 900)).unwrap();
        office.asks(0, 2, NOW_US, office.wanted(Direction::Down, 500)).unwrap();
        assert_eq!(office.waiting(NOW_US), [id(2)], "{}", engine.name);
        let cause = Decision::Confirm;
        office.asks(1, 3, NOW_US + 2 * DAY_US, office.wanted(Direction::Down, 450)).unwrap();
        let refused = office.decides(1, 2, NOW_US + 2 * DAY_US, cause);
        assert_eq!(refused, Err(NotDecided::Points(NotPosted::NotEnough { free: 450 })));
        assert_eq!(office.waiting(NOW_US + 2 * DAY_US), [id(2)]);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t14_s16_nobody_corrects_his_own_points_nor_confirms_for_himself_by_another_account() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        let (some, much) = (office.wanted(Direction::Up, 10), office.wanted(Direction::Up, 5_000));
        office.is(0, office.anna);
        assert_eq!(office.asks(0, 1, NOW_US, some.clone()), Err(NotCorrected::Own), "{}", engine.name);
        assert_eq!(office.asks(0, 1, NOW_US, much.clone()), Err(NotCorrected::Own));
        office.asks(1, 2, NOW_US, much.clone()).unwrap();
        assert_eq!(office.decides(0, 2, NOW_US, Decision::Confirm), Err(NotDecided::Own));
        // Two accounts of one person.
        let boris = member(&store, "Boris");
        office.is(1, boris);
        office.is(2, boris);
        assert_eq!(office.decides(2, 2, NOW_US, Decision::Confirm), Err(NotDecided::SamePerson));
        // Another profile of the same person is he as well.
        let second = member(&store, "Anna");
        let anna = office.anna;
        done(&store, move |work| bonafide_store::members::merging::merge(work, &acting(), anna, second));
        office.is(0, second);
        assert_eq!(office.asks(0, 3, NOW_US, some.clone()), Err(NotCorrected::Own));
        assert_eq!(office.spendable(NOW_US), 0);
        let device = Acting { actor: Actor::Device(id(7)), ..acting() };
        let asked = store.write(move |work| ask(work, &device, id(4), &some)).unwrap();
        assert_eq!(asked, Err(NotCorrected::NotStaff));
        let nobody = Wanted { member: boris, ..much };
        assert_eq!(office.asks(0, 5, NOW_US, nobody), Err(NotCorrected::NotInProgramme));
    });
}

#[test]
fn what_was_written_about_a_person_goes_with_him_and_he_may_know_it() {
    on_both(|engine| {
        let store = engine.open();
        let office = Office::open(&store);
        let reason = ShortNote::parse("a planted reason").unwrap();
        office.asks(0, 1, NOW_US, Wanted { reason, ..office.wanted(Direction::Up, 10) }).unwrap();
        let sealed =
            store.read(|tx| tx.query_one("SELECT reason_sealed FROM corrections", &[])?.blob(0)).unwrap();
        assert!(memchr::memmem::find(&sealed, b"planted").is_none(), "{}: it lies open", engine.name);
        let anna = office.anna;
        let told = store
            .write(move |work| Ok(Ok::<_, ()>(bonafide_store::person_export::export(work, &acting(), anna)?)))
            .unwrap()
            .unwrap()
            .unwrap();
        assert!(told.profiles[0].to_string().contains("a planted reason"));
        let cause = bonafide_store::erasure::Cause::PersonsWish;
        done(&store, move |work| bonafide_store::erasure::erase(work, &acting(), id(7), anna, cause));
        assert_eq!(store.read(|tx| between(tx, store.vault(), 0, i64::MAX)).unwrap(), []);
        assert_eq!(mismatches(&store), []);
    });
}
