//! Offers as they are saved: what is refused, what is kept, and whom they would fit.

use std::collections::BTreeSet;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::programme::{Fitting, NotOfRules, PersonalOfferSpec, RuleId, Tier};
use bonafide_store::audit::entry::Acting;
use bonafide_store::personal_offers::walking::{Counted, count};
use bonafide_store::personal_offers::{OFFERS_OPEN_MAX, OfferNotSaved, add, change, get, list, set_on};

use super::{added, draft, for_all, later, today, with_personal_rule};
use crate::club::{acting, done, id, told, traced};
use crate::engines::{NOW_US, on_both};
use crate::ledger::enrolled;
use crate::purchases::{Shop, put, rules};

#[test]
fn an_offer_is_saved_changed_and_stopped_and_each_version_stays() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let programme = shop.programme;
        let first = added(&store, programme, PersonalOfferSpec { uses_max: Some(3), ..for_all() });
        let saved = store.read(|tx| get(tx, first)).unwrap().unwrap();
        assert_eq!(
            saved.content,
            draft(PersonalOfferSpec { uses_max: Some(3), ..for_all() }),
            "{}",
            engine.name
        );
        assert_eq!((saved.version, saved.programme, saved.added_us), (1, programme, NOW_US));
        let changes = |seen, spec| {
            let draft = draft(spec);
            store.write(move |work| change(work, &acting(), first, seen, &draft)).unwrap()
        };
        let wide = PersonalOfferSpec { dates: DateSpan::parse(today(), later(20)).unwrap(), ..for_all() };
        assert_eq!(changes(1, wide.clone()), Ok(2));
        assert_eq!(changes(1, wide.clone()), Err(OfferNotSaved::AsBefore { version: 2 }), "asked again");
        assert_eq!(changes(1, for_all()), Err(OfferNotSaved::ChangedMeanwhile { version: 2 }));
        let other = PersonalOfferSpec { rule: RuleId(1), ..wide.clone() };
        assert_eq!(changes(2, other), Err(OfferNotSaved::OtherRule));
        let other = PersonalOfferSpec { held_out_percent: 20, ..wide };
        assert_eq!(changes(2, other), Err(OfferNotSaved::OtherShare));
        let stops = |on| done(&store, move |work| set_on(work, &acting(), first, on));
        assert_eq!((stops(false), stops(false), stops(true)), (true, false, true));
        assert_eq!(store.read(|tx| get(tx, first)).unwrap().unwrap().version, 4);
        for (action, times) in [
            ("personal_offer_added", 1),
            ("personal_offer_changed", 1),
            ("personal_offer_stopped", 1),
            ("personal_offer_resumed", 1),
        ] {
            assert_eq!(traced(&store, action), times, "{}: {action}", engine.name);
        }
        assert_eq!(told(&store, "personal_offer_changed")["after"]["until"], later(20).to_string());
        assert_eq!(store.read(|tx| get(tx, id(1))).unwrap(), None);
    });
}

#[test]
fn what_does_not_fit_the_rules_or_the_other_offers_is_refused() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        let programme = shop.programme;
        let adds = |programme, spec| {
            let draft = draft(spec);
            store.write(move |work| add(work, &acting(), programme, &draft)).unwrap()
        };
        let from_tier = Fitting { from_tier: Some(Tier(0)), ..Fitting::default() };
        let cases = [
            (id(1), for_all(), OfferNotSaved::NoProgramme),
            (
                programme,
                PersonalOfferSpec { rule: RuleId(8), ..for_all() },
                OfferNotSaved::Rules(NotOfRules::NoRule),
            ),
            (
                programme,
                PersonalOfferSpec { rule: RuleId(1), ..for_all() },
                OfferNotSaved::Rules(NotOfRules::ForEverybody),
            ),
            (
                programme,
                PersonalOfferSpec { fitting: from_tier, ..for_all() },
                OfferNotSaved::Rules(NotOfRules::NoSuchTier),
            ),
        ];
        for (programme, spec, refusal) in cases {
            assert_eq!(adds(programme, spec), Err(refusal), "{}", engine.name);
        }
        // One rule belongs to one offer on one date.
        let first = adds(programme, for_all()).unwrap();
        let taken = OfferNotSaved::RuleTaken { offer: first };
        let on = |from, until| PersonalOfferSpec {
            dates: DateSpan::parse(later(from), later(until)).unwrap(),
            ..for_all()
        };
        assert_eq!(adds(programme, on(9, 12)), Err(taken), "{}", engine.name);
        let second = adds(programme, on(10, 12)).unwrap();
        // Stopped it leaves the dates to others, and does not get them back.
        assert!(done(&store, move |work| set_on(work, &acting(), first, false)));
        let third = adds(programme, on(9, 10)).unwrap();
        let resumed = store.write(move |work| set_on(work, &acting(), first, true)).unwrap();
        assert_eq!(resumed, Err(OfferNotSaved::RuleTaken { offer: third }), "{}", engine.name);
        let all = store.read(|tx| list(tx, programme)).unwrap();
        let ids: BTreeSet<_> = all.iter().map(|one| one.id).collect();
        assert_eq!(ids, BTreeSet::from([first, second, third]));
        // So many at once are enough; those that are over do not count.
        for number in 2..OFFERS_OPEN_MAX as i64 {
            adds(programme, on(10 + number * 2, 12 + number * 2)).unwrap();
        }
        assert_eq!(adds(programme, on(300, 301)), Err(OfferNotSaved::TooMany), "{}", engine.name);
        let much_later = Acting { now_us: NOW_US + 12 * 24 * 3_600_000_000, ..acting() };
        let one_more = draft(on(300, 301));
        done(&store, move |work| add(work, &much_later, programme, &one_more));
        // Without rules there is nothing to offer; what holds can be stopped nevertheless.
        put(&store, programme, bonafide_domain::programme::RulesSpec { version: 2, ..rules() });
        assert_eq!(adds(programme, on(400, 401)), Err(OfferNotSaved::Rules(NotOfRules::NoRule)));
        assert!(done(&store, move |work| set_on(work, &acting(), third, false)));
    });
}

#[test]
fn it_is_told_beforehand_how_many_an_offer_would_fit() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, with_personal_rule());
        enrolled(&store, shop.club.boris, shop.programme);
        shop.has(40);
        let counted = |fitting| {
            let spec = PersonalOfferSpec { fitting, ..for_all() };
            count(&store, &acting(), shop.programme, &draft(spec).offer).unwrap()
        };
        let both = Counted { members: 2, looked_at: 2, fit: 2, not_agreed: 0 };
        assert_eq!(counted(Fitting::default()), both, "{}", engine.name);
        let rich = Fitting { points_min: Some(40), ..Fitting::default() };
        assert_eq!(counted(rich), Counted { fit: 1, ..both }, "{}", engine.name);
        // Nobody has agreed that anything is concluded from his habits.
        let away = Fitting { away_days_max: Some(10), ..Fitting::default() };
        assert_eq!(counted(away), Counted { fit: 0, not_agreed: 2, ..both }, "{}", engine.name);
        assert_eq!(Counted { members: 9, looked_at: 3, fit: 2, not_agreed: 1 }.of_all(2), 6);
    });
}
