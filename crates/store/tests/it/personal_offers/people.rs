//! Whom an offer finds, and what becomes of it when somebody is merged, withdraws, asks what is stored about him, or is erased.

use bonafide_domain::consent::{Jurisdiction, Modality, Purpose};
use bonafide_domain::profile::Language;
use bonafide_domain::programme::{
    Bought, Chosen, Fitting, Goods, GoodsCode, PersonalOfferSpec, Selection, Spent,
};
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::erasure::{self, Cause};
use bonafide_store::id::Id;
use bonafide_store::members::merging::{merge, undo};
use bonafide_store::person_export::export;
use bonafide_store::store::Store;
use bonafide_store::values;

use super::{DAY_US, added, for_all, later, today, walk, with_personal_rule};
use crate::club::{acting, done, id, member, wrote};
use crate::consents::{consent, give, withdraw, withdrawal};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{enrolled, mismatches};
use crate::purchases::Shop;

const HABITS: (Modality, Purpose) = (Modality::Profiling, Purpose::Marketing);

/// Lets a member agree that conclusions are drawn from his habits.
fn agrees(store: &Store, number: u8, member: Id) {
    let (modality, purpose) = HABITS;
    let new = NewText {
        jurisdiction: Jurisdiction::Russia,
        modality,
        purpose,
        language: Language::English,
        separate_document: true,
        content: format!("habits {number}"),
    };
    let hash = store.write(move |work| put_in_force(work, &acting(), &new)).unwrap().unwrap();
    give(store, &consent(number, member, HABITS, hash)).unwrap();
}

/// Who bought goods of the category, or none, in the last week.
fn bought(category: &str, is_none: bool) -> Fitting {
    let categories = vec![GoodsCode::parse(category).unwrap()];
    let goods = Goods { products: Vec::new(), categories };
    let goods = Selection::parse(Chosen::Only(goods), Goods::default()).unwrap();
    Fitting { bought: Some(Bought { goods, days: 7, is_none }), ..Fitting::default() }
}

#[test]
fn what_is_concluded_from_purchases_needs_the_members_word_and_goes_with_it() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        shop.buys(1, NOW_US);
        let spent = Spent { days: 1, min_minor: Some(10_000), max_minor: None };
        let fitting = Fitting { spent: Some(spent), ..bought("goods", false) };
        let offer = added(&store, shop.programme, PersonalOfferSpec { fitting, ..for_all() });
        assert_eq!(walk(&store, NOW_US), (0, 0), "{}: nobody has agreed", engine.name);
        agrees(&store, 1, shop.club.anna);
        assert_eq!(walk(&store, NOW_US + 100), (1, 0), "{}", engine.name);
        assert_eq!(shop.offers(NOW_US + 100).len(), 1);
        withdraw(&store, 2, &withdrawal(shop.club.anna, HABITS, 200)).unwrap();
        assert_eq!(shop.offers(NOW_US + 300), [], "{}: it went with the consent", engine.name);
        assert_eq!(walk(&store, NOW_US + 300), (0, 0), "{}", engine.name);
        assert_eq!(shop.came(offer).offered.members, 0);
    });
}

#[test]
fn goods_are_looked_for_in_what_the_member_himself_has_bought() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        agrees(&store, 1, shop.club.anna);
        shop.buys(1, NOW_US);
        let found = |offer: Fitting, now_us| {
            let id = added(&store, shop.programme, PersonalOfferSpec { fitting: offer, ..for_all() });
            let walked = walk(&store, now_us);
            super::stopped(&store, id, now_us);
            walked
        };
        let week = NOW_US + 7 * DAY_US;
        for (fitting, now_us, expected) in [
            (bought("goods", false), NOW_US + 1, (1, 0)),
            (bought("other", false), NOW_US + 1, (0, 0)),
            (bought("goods", true), NOW_US + 1, (0, 0)),
            (bought("other", true), NOW_US + 1, (1, 0)),
            (bought("goods", false), week - DAY_US, (1, 0)),
            (bought("goods", false), week, (0, 0)),
            (bought("goods", true), week, (1, 0)),
        ] {
            assert_eq!(found(fitting.clone(), now_us), expected, "{}: {fitting:?}", engine.name);
        }
    });
}

#[test]
fn t23_offers_of_merged_profiles_are_the_persons_and_so_are_their_uses() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let double = member(&store, "Anya");
        let offer = added(&store, shop.programme, PersonalOfferSpec { uses_max: Some(2), ..for_all() });
        let absorbed = enrolled(&store, double, shop.programme);
        assert_eq!(walk(&store, NOW_US), (2, 0), "{}", engine.name);
        // The other profile has used it once, and begun a purchase with it, when both turn out to be one person.
        let club = crate::club::Club { anna: double, ..shop.club };
        let other = Shop { store: &store, club, anna: absorbed, ..shop };
        assert_eq!(other.buys(1, NOW_US), 60);
        other.has(100);
        let buying = other.buying(&[("tea", 1000, 10_000)], 10);
        other.begins(2, NOW_US, &buying).unwrap();
        let anna = shop.club.anna;
        done(&store, move |work| merge(work, &acting(), anna, double));
        assert_eq!(shop.offers(NOW_US), [], "{}: one use is done, the other one begun", engine.name);
        assert_eq!(other.completes(2, NOW_US, &buying).unwrap().earned_points, 54, "{}", engine.name);
        assert_eq!(shop.buys(3, NOW_US), 10, "{}: it is used up for the person", engine.name);
        // The merging is taken back: each has his own again.
        done(&store, move |work| undo(work, &acting(), double));
        assert_eq!(shop.offers(NOW_US)[0].uses_left, Some(2), "{}", engine.name);
        assert_eq!(shop.came(offer).uses, 2);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t23_what_only_the_absorbed_profile_was_offered_is_not_lost() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let double = member(&store, "Anya");
        let absorbed = enrolled(&store, double, shop.programme);
        crate::ledger::posted(&store, absorbed, 5, NOW_US, crate::ledger::give(40)).unwrap();
        let rich = Fitting { points_min: Some(40), ..Fitting::default() };
        added(&store, shop.programme, PersonalOfferSpec { fitting: rich, ..for_all() });
        assert_eq!(walk(&store, NOW_US), (1, 0), "{}", engine.name);
        assert_eq!(shop.offers(NOW_US), []);
        let anna = shop.club.anna;
        done(&store, move |work| merge(work, &acting(), anna, double));
        assert_eq!(shop.offers(NOW_US).len(), 1, "{}", engine.name);
        assert_eq!(shop.buys(1, NOW_US), 60, "{}", engine.name);
    });
}

#[test]
fn a_person_is_told_which_offers_he_has_and_why_and_an_erasure_takes_them() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        shop.has(40);
        let rich = Fitting { points_min: Some(40), ..Fitting::default() };
        let offer = added(
            &store,
            shop.programme,
            PersonalOfferSpec { fitting: rich, uses_max: Some(5), ..for_all() },
        );
        walk(&store, NOW_US);
        shop.buys(1, NOW_US);
        let anna = shop.club.anna;
        let told = wrote(&store, move |work| export(work, &acting(), anna)).unwrap();
        let offers = &told.profiles[0]["points"][0]["offers"];
        assert_eq!(offers.as_array().unwrap().len(), 1, "{}", engine.name);
        let one = &offers[0];
        assert_eq!(
            (&one["name"], &one["because"]),
            (&"Fifty each".into(), &serde_json::json!({ "points_min": 40 }))
        );
        assert_eq!(
            (&one["from"], &one["until"]),
            (&today().to_string().into(), &later(10).to_string().into())
        );
        assert_eq!((&one["left_without_it_to_compare"], &one["uses_at_most"]), (&false.into(), &5.into()));
        assert_eq!(one["uses"][0]["points"], 50);
        let rows = |table: &str| {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE offer_id = $1");
            store.read(|tx| tx.query_one(&sql, values![offer])?.integer(0)).unwrap()
        };
        assert_eq!((rows("member_offers"), rows("offer_uses")), (1, 1), "{}", engine.name);
        done(&store, move |work| erasure::erase(work, &acting(), id(7), anna, Cause::PersonsWish));
        assert_eq!((rows("member_offers"), rows("offer_uses")), (0, 0), "{}", engine.name);
        assert_eq!(walk(&store, NOW_US), (0, 0), "{}: nobody's wallet is offered nothing", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}
