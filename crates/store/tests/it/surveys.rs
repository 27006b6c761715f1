//! One question about a purchase.

use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_store::audit::entry::Acting;
use bonafide_store::figures::{Question, calendar_of};
use bonafide_store::surveys::{
    ANSWER_US_MAX, NotAnswered, Satisfaction, Stars, answer, link, of_link, satisfaction, unanswered,
};

use crate::club::{acting, id, traced};
use crate::engines::{NOW_US, on_both};
use crate::ledger::at;
use crate::purchases::{Shop, rules};

fn stars(number: u8) -> Stars {
    Stars::parse(number).unwrap()
}

#[test]
fn a_purchase_is_judged_once_in_time_and_counts_where_it_was_made() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let buying = shop.buying(&[("coffee", 1_000, 10_000)], 0);
        for purchase in 1..=4 {
            shop.completes(purchase, NOW_US, &buying).unwrap();
        }
        let half = shop.buying(&[("coffee", 1_000, 10_000)], 10);
        shop.has(100);
        shop.begins(9, NOW_US, &half).unwrap();
        let answers = |purchase: u8, number, later_us| {
            let acting = Acting { now_us: NOW_US + later_us, ..acting() };
            store.write(move |work| answer(work, &acting, id(purchase), stars(number))).unwrap()
        };
        assert_eq!(answers(1, 5, 1), Ok(()), "{}", engine.name);
        assert_eq!(answers(1, 5, ANSWER_US_MAX + 1), Ok(()), "the same again");
        assert_eq!(answers(1, 1, 2), Err(NotAnswered::Answered(stars(5))));
        assert_eq!(answers(2, 2, ANSWER_US_MAX), Ok(()));
        assert_eq!(answers(3, 2, ANSWER_US_MAX + 1), Err(NotAnswered::TooLate));
        assert_eq!(answers(7, 2, 1), Err(NotAnswered::NoPurchase));
        assert_eq!(answers(9, 2, 1), Err(NotAnswered::NoPurchase), "it was not paid");
        assert_eq!(traced(&store, "survey_answered"), 2);
        let calendar = store.read(|tx| calendar_of(tx, shop.programme)).unwrap();
        let day = calendar.date_of(at(NOW_US));
        let counted = |branch, from: i64| {
            let [from, until] = [from, from + 1].map(|days| days_after(day, days).unwrap());
            let span = DateSpan::parse(from, until).unwrap();
            let question = Question { programme: shop.programme, branch, span };
            store.read(|tx| satisfaction(tx, &question)).unwrap()
        };
        assert_eq!(counted(None, 0), Satisfaction([0, 1, 0, 0, 1]));
        assert_eq!(counted(Some(shop.club.branch), 0), Satisfaction([0, 1, 0, 0, 1]));
        assert_eq!(counted(Some(id(77)), 0), Satisfaction::default());
        assert_eq!(counted(None, 1), Satisfaction::default(), "by the day of the purchase");
    });
}

#[test]
fn the_newest_purchase_alone_is_asked_about_while_it_may_be_answered() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let buying = shop.buying(&[("coffee", 1_000, 10_000)], 0);
        let asked = |now_us| store.read(|tx| unanswered(tx, shop.anna, now_us)).unwrap();
        assert_eq!(asked(NOW_US), None, "{}", engine.name);
        for (purchase, at_us) in [(1, NOW_US), (2, NOW_US + 5)] {
            shop.completes(purchase, at_us, &buying).unwrap();
        }
        let half = shop.buying(&[("coffee", 1_000, 10_000)], 10);
        shop.has(100);
        shop.begins(3, NOW_US + 6, &half).unwrap();
        assert_eq!(asked(NOW_US + 7), Some((id(2), NOW_US + 5)), "{}: not what was not paid", engine.name);
        assert_eq!(asked(NOW_US + 5 + ANSWER_US_MAX), Some((id(2), NOW_US + 5)));
        assert_eq!(asked(NOW_US + 6 + ANSWER_US_MAX), None);
        let acting = Acting { now_us: NOW_US + 8, ..acting() };
        store.write(move |work| answer(work, &acting, id(2), stars(3))).unwrap().unwrap();
        assert_eq!(asked(NOW_US + 9), None, "{}: nor the one before it", engine.name);
    });
}

#[test]
fn t25_a_link_is_of_this_house_alone_and_tells_nothing() {
    on_both(|engine| {
        let (store, elsewhere) = (engine.open(), crate::engines::sqlite());
        let elsewhere = elsewhere.open();
        let text = link(store.vault(), id(1)).unwrap();
        assert_eq!(of_link(store.vault(), &text), Some(id(1)), "{}", engine.name);
        assert_ne!(text, link(store.vault(), id(1)).unwrap(), "two links of one purchase are not alike");
        assert_eq!(of_link(elsewhere.vault(), &text), None);
        let mut forged = text.clone().into_bytes();
        forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        for wrong in [forged.as_str(), "", "x", &text[..40], &"A".repeat(10_000)] {
            assert_eq!(of_link(store.vault(), wrong), None, "{wrong:.50}");
        }
    });
}
