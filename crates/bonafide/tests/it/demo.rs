//! The demo: made once, sound, with each refusal; and its live traffic with a clock of the test.

use std::collections::BTreeSet;
use std::sync::Arc;

use bonafide::demo::doors::Doors;
use bonafide::demo::faces::enrol;
use bonafide::demo::traffic::Player;
use bonafide::demo::{Made, Plan, make};
use bonafide_store::check::{Against, check};
use bonafide_store::keys::seal::Secret;
use bonafide_store::organisation::branch;
use bonafide_store::passages::feed::feed;
use bonafide_store::store::{Places, Store};
use bonafide_store::templates;
use tempfile::TempDir;

/// 2026-11-26 18:20 in UTC: a weekday's evening in Limassol, night in Yekaterinburg and Shanghai.
const NOW_US: i64 = 1_795_717_200_000_000;

const PLAN: Plan = Plan { now_us: NOW_US, seed: 7, members: 200 };

fn open(folder: &TempDir) -> Store {
    Store::open(&Places::in_folder(folder.path()), &Secret::KeyFile(vec![7; 32].into()), NOW_US).unwrap()
}

/// The words of what doors have said, of all branches: outcomes, reasons and marks.
fn said(store: &Store) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for branch in store.read(|tx| branch::list(tx, true)).unwrap() {
        let mut before = None;
        loop {
            let (items, next) = store.read(|tx| feed(tx, branch.id, before, 200)).unwrap();
            for item in items {
                said.extend([item.outcome].into_iter().chain(item.reason).chain(item.marks));
            }
            before = next;
            if before.is_none() {
                break;
            }
        }
    }
    said
}

#[test]
fn a_demo_is_made_once_is_sound_and_shows_each_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    let mut steps = (0, 0);
    let made = make(&store, &PLAN, |done, total| steps = (done, total)).unwrap();
    assert_eq!((made.before, made.members), (false, 200));
    assert!(made.memberships > 150 && made.passages > 500 && made.inside > 0, "{made:?}");
    assert_eq!(steps.0, steps.1, "all steps are told");
    let again = make(&store, &PLAN, |_, _| panic!("nothing is to be done")).unwrap();
    assert_eq!(again, Made { before: true, memberships: 0, passages: 0, ..made });
    let said = said(&store);
    for word in [
        "admitted",
        "second_factor",
        "out_of_use",
        "no_entrance",
        "unknown",
        "ambiguous",
        "contradictory",
        "lost",
        "blocked",
        "expired",
        "consent_missing",
        "not_admissible",
        "suspended",
        "guest_without_host",
        "already_inside",
        "too_soon",
        "no_membership",
        "not_started",
        "ended",
        "cancelled",
        "frozen",
        "visits_used_up",
        "outside_hours",
        "other_branch",
        "other_zone",
        "no_guest_pass",
        "profile_to_be_renewed",
        "zone_full",
    ] {
        assert!(said.contains(word), "no door has said {word}: {said:?}");
    }
    let report = check(&store, Against::default(), |_, _| {});
    assert_eq!(report.findings, [], "{report:?}");
    assert_eq!(report.audit.unwrap().broken, None);
}

#[test]
fn the_same_seed_makes_the_same_demo_and_the_traffic_goes_on_from_it() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let plan = Plan { members: 90, ..PLAN };
    let made = folders.each_ref().map(|folder| make(&open(folder), &plan, |_, _| {}).unwrap());
    assert_eq!(made[0], made[1]);
    let store = Arc::new(open(&folders[0]));
    let before = said_count(&store);
    let doors = Doors::Here(Arc::clone(&store));
    let mut player = Player::new(Arc::clone(&store), doors, 3, NOW_US).unwrap();
    let mut now_us = NOW_US;
    for _ in 0..300 {
        let pause = player.act(now_us).unwrap();
        assert!(pause.as_micros() <= 3_000_000, "{pause:?}");
        now_us += i64::try_from(pause.as_micros()).unwrap();
    }
    assert!(said_count(&store) > before + 100);
    let made = make(&store, &Plan { now_us, ..plan }, |_, _| {}).unwrap();
    assert!((1..90).contains(&made.inside), "{made:?}");
    let report = check(&store, Against::default(), |_, _| {});
    assert_eq!(report.findings, [], "{report:?}");
}

fn said_count(store: &Store) -> usize {
    let branches = store.read(|tx| branch::list(tx, true)).unwrap();
    let of = |branch: bonafide_store::id::Id| {
        let (mut count, mut before) = (0, None);
        loop {
            let (items, next) = store.read(|tx| feed(tx, branch, before, 200)).unwrap();
            count += items.len();
            before = next;
            if before.is_none() {
                return count;
            }
        }
    };
    branches.iter().map(|branch| of(branch.id)).sum()
}

#[test]
fn the_people_of_the_photos_are_enrolled_with_their_consent() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder);
    make(&store, &Plan { members: 30, ..PLAN }, |_, _| {}).unwrap();
    let photos = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos");
    assert_eq!(enrol(&store, &photos, NOW_US, PLAN.seed).unwrap(), 2);
    let models = store.read(templates::models).unwrap();
    assert_eq!(models.iter().map(|(_, members)| *members).collect::<Vec<_>>(), [2]);
    let report = check(&store, Against::default(), |_, _| {});
    assert_eq!(report.findings, [], "{report:?}");
}
