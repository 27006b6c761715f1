//! Decisions that rest on the answer of an outside provider.

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::{ProviderDecision, ProviderResult};
use bonafide_store::audit::read::{EntryFilter, Words, entries};
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::passages::provided::{decisions, note, was_used};
use bonafide_store::passages::{Answer, Outcome};
use bonafide_store::store::Store;

use super::{House, at, by, entered, request};
use crate::audit::wait_until_ordered;
use crate::club::{done, traced, wrote};
use crate::engines::on_both;

fn result(transaction: &str) -> ProviderResult {
    ProviderResult::parse("urn:person:7", ProviderDecision::Confirmed, transaction).unwrap()
}

fn noted(store: &Store, answer: &Answer, transaction: &str) {
    let (answer, result) = (answer.clone(), result(transaction));
    done(store, move |work| note(work, &at(1), &answer, &result).map(Ok::<_, ()>));
}

fn used(store: &Store, number: u32, transaction: &str) -> bool {
    let result = result(transaction);
    wrote(store, move |work| was_used(work, request(number), &result))
}

fn resting_on(store: &Store, transaction: &str) -> Vec<Id> {
    store.read(|tx| decisions(tx, &store.vault().ring(), transaction)).unwrap()
}

#[test]
fn d01_a_transaction_opens_under_one_request_and_a_repetition_writes_nothing() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        let refused = entered(&store, 1, 0, house.gym_door, by(anna, Method::CardNumber));
        noted(&store, &refused, "tr-1");
        assert!(!used(&store, 2, "tr-1"), "{}: what did not open is not used up", engine.name);
        house.sell_month(&store, 1, anna);
        let admitted = entered(&store, 2, 5, house.gym_door, by(anna, Method::CardNumber));
        assert!(matches!(admitted.outcome, Outcome::Admitted { .. }), "{admitted:?}");
        noted(&store, &admitted, "tr-1");
        let again = entered(&store, 2, 6, house.gym_door, by(anna, Method::CardNumber));
        assert!(again.repeated);
        noted(&store, &again, "tr-1");
        assert_eq!(resting_on(&store, "tr-1"), [refused.passage, admitted.passage]);
        assert!(used(&store, 3, "tr-1") && !used(&store, 2, "tr-1") && !used(&store, 3, "tr-2"));
        assert_eq!(traced(&store, "provider_answered"), 2);
    });
}

#[test]
fn what_a_provider_said_of_somebody_goes_with_him() {
    on_both(|engine| {
        let store = engine.open();
        let house = House::open(&store, None);
        let anna = house.club.anna;
        house.sell_month(&store, 1, anna);
        let admitted = entered(&store, 1, 0, house.gym_door, by(anna, Method::CardNumber));
        noted(&store, &admitted, "tr-1");
        let told = || {
            wait_until_ordered(&store);
            let page =
                store.read(|tx| entries(tx, store.vault(), &EntryFilter::default(), None, 50)).unwrap();
            let of_provider = page.entries.iter().find(|entry| entry.action == "provider_answered").unwrap();
            match &of_provider.words {
                Words::Opened(json) => json.to_string(),
                _ => String::new(),
            }
        };
        assert!(told().contains("tr-1"), "{}: {}", engine.name, told());
        let nobody = entered(&store, 2, 1, house.gym_door, bonafide_store::passages::Who::Nobody);
        noted(&store, &nobody, "tr-2");
        assert_eq!(traced(&store, "provider_answered"), 1, "of nobody there is the hash only");
        assert_eq!(resting_on(&store, "tr-2"), [nobody.passage]);
        done(&store, move |work| erase(work, &at(9), request(9), anna, Cause::PersonsWish));
        assert!(resting_on(&store, "tr-1").is_empty() && !told().contains("tr-1"), "{}", told());
        assert_eq!(resting_on(&store, "tr-2"), [nobody.passage]);
    });
}
