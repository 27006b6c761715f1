//! Who is told ahead of points that come to nothing: once for each day of the rules, whoever looks when.

use bonafide_domain::calendar::{UtcMicros, days_after};
use bonafide_domain::ledger::{Command, Expiry, Grant, Status};
use bonafide_domain::profile::PersonName;
use bonafide_domain::programme::{ExpiryRule, Rules, RulesSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes as kept;
use bonafide_store::ledger::set_status;
use bonafide_store::ledger::warnings::{Due, due, forget, note};
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::organisation::branch;
use bonafide_store::store::Store;

use super::{DAY_US, at, enrolled, points, posted, programme, put_rules};
use crate::club::{acting, done, moscow, wrote};
use crate::engines::{NOW_US, on_both};

/// A programme at a branch, with warnings 30 and 7 days ahead.
fn warns(store: &Store) -> Id {
    let (branch, programme) = (moscow(), programme(store));
    let branch = wrote(store, move |work| branch::add(work, &acting(), &branch));
    let percent = super::programmes::percent(500).rules;
    let spec = RulesSpec { version: 1, expiry: ExpiryRule::Months(12), warning_days: vec![30, 7], ..percent };
    put_rules(store, programme, &Rules::parse(spec).unwrap());
    done(store, move |work| kept::set_branch(work, &acting(), branch, Some(programme)));
    programme
}

/// A wallet with points that end at the beginning of the day after so many days.
fn ending(store: &Store, programme: Id, name: &str, days: i64) -> (Id, UtcMicros) {
    let profile = Profile::named(PersonName::parse(name, "Test", "").unwrap());
    let member = wrote(store, move |work| Ok(members::add(work, &acting(), &profile)?.0));
    let wallet = enrolled(store, member, programme);
    let calendar = moscow().time_zone.calendar();
    let ends = calendar.first_instant(days_after(calendar.date_of(at(NOW_US)), days).unwrap()).unwrap();
    let give = |expiry| Command::Give { grant: Grant::Gift, points: points(40), matures: None, expiry };
    // A request of its own for each.
    let number = days.unsigned_abs() * 10;
    posted(store, wallet, number, NOW_US, give(Expiry::At(ends))).unwrap();
    posted(store, wallet, number + 1, NOW_US, give(Expiry::Never)).unwrap();
    (wallet, ends)
}

fn found(store: &Store, now_us: i64) -> Vec<Due> {
    let walked = store.read(|tx| due(tx, &Acting { now_us, ..acting() }, None)).unwrap();
    assert_eq!(walked.after, None);
    walked.due
}

fn noted(store: &Store, due: &Due) -> bool {
    let due = due.clone();
    done(store, move |work| Ok(Ok::<_, ()>(note(work, &acting(), &due)?)))
}

#[test]
fn t19_each_warning_is_due_on_its_day_and_noted_once() {
    on_both(|engine| {
        let store = engine.open();
        let programme = warns(&store);
        let (near, near_ends) = ending(&store, programme, "Anna", 20);
        let (far, far_ends) = ending(&store, programme, "Boris", 45);
        let told = |now_us| {
            let told = found(&store, now_us);
            let told =
                told.iter().map(|due| (due.wallet, due.ends, due.days_ahead, due.points, due.spendable));
            told.collect::<Vec<_>>()
        };
        let first = (near, near_ends, 30, 40, 80);
        assert_eq!(told(NOW_US), [first], "{}: 45 days ahead is too early", engine.name);
        let due = found(&store, NOW_US).remove(0);
        assert!(noted(&store, &due), "{}", engine.name);
        assert!(!noted(&store, &due), "{}: two servers, one letter", engine.name);
        assert_eq!(told(NOW_US + DAY_US), [], "{}", engine.name);
        // A letter that was not taken is due again.
        let again = due.clone();
        done(&store, move |work| Ok(Ok::<_, ()>(forget(work, &acting(), &again)?)));
        assert_eq!(told(NOW_US + DAY_US), [first], "{}", engine.name);
        assert!(noted(&store, &due));
        // A fortnight later the second warning of the one and the first of the other.
        let mut later = vec![(near, near_ends, 7, 40, 80), (far, far_ends, 30, 40, 80)];
        later.sort_unstable();
        let mut both = told(NOW_US + 16 * DAY_US);
        both.sort_unstable();
        assert_eq!(both, later, "{}", engine.name);
        assert_eq!(
            told(NOW_US + 21 * DAY_US),
            [(far, far_ends, 30, 40, 80)],
            "{}: what is over",
            engine.name
        );
        let blocked = far;
        done(&store, move |work| Ok(Ok::<_, ()>(set_status(work, &acting(), blocked, Status::Blocked)?)));
        assert_eq!(told(NOW_US + 21 * DAY_US), [], "{}: who may not spend", engine.name);
    });
}
