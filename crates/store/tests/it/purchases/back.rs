//! Goods come back.

use bonafide_domain::programme::ReturnRefusal;
use bonafide_store::purchases::{BackLine, Buying, NotBack, bring_back};

use super::{Shop, rules};
use crate::club::{acting, done, id, title};
use crate::engines::{NOW_US, on_both};
use crate::ledger::{mismatches, stands};
use bonafide_store::organisation::till::{self, Till};

#[test]
fn t10_t11_lines_come_back_in_parts_at_another_till_and_never_more_than_there_was() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        shop.has(100);
        let buying = shop.buying(&[("coffee", 3000, 10_000), ("cake", 1000, 10_000)], 100);
        shop.begins(1, NOW_US, &buying).unwrap();
        let sold = shop.completes(1, NOW_US, &buying).unwrap();
        assert_eq!((sold.spent_points, sold.earned_points, shop.spendable()), (100, 10, 10));
        let other = Till { branch: shop.club.branch, name: title("Till 2") };
        let other = done(&store, move |work| till::add(work, &acting(), &other));
        let brings = |number: u8, purchase: u8, lines: &[(usize, u64)]| {
            let line = |&(index, quantity_milli): &(usize, u64)| BackLine { index, quantity_milli };
            let lines: Vec<BackLine> = lines.iter().map(line).collect();
            store
                .write(move |work| bring_back(work, &acting(), id(number), (id(purchase), other), &lines))
                .unwrap()
        };
        let one = brings(50, 1, &[(0, 1000)]).unwrap();
        assert_eq!((one.money_minor, one.spent_points, one.earned_points), (1_666, 16, 1), "{}", engine.name);
        assert_eq!(brings(50, 1, &[(0, 1000)]).unwrap(), one, "asked twice");
        assert_eq!(brings(50, 1, &[(0, 2000)]), Err(NotBack::OtherContents));
        let why = ReturnRefusal::MoreThanLeft { left_milli: 2000 };
        assert_eq!(brings(51, 1, &[(0, 2001)]), Err(NotBack::Line { index: 0, why }));
        assert_eq!(brings(51, 1, &[(0, 1), (0, 1)]), Err(NotBack::Lines));
        assert_eq!(brings(51, 1, &[]), Err(NotBack::Lines));
        let why = ReturnRefusal::NoSuchLine;
        assert_eq!(brings(51, 1, &[(2, 1)]), Err(NotBack::Line { index: 2, why }));
        assert_eq!(brings(51, 9, &[(0, 1)]), Err(NotBack::NoPurchase));
        let rest = brings(52, 1, &[(0, 2000), (1, 1000)]).unwrap();
        assert_eq!(one.money_minor + rest.money_minor, sold.to_pay_minor, "all the money");
        assert_eq!(one.spent_points + rest.spent_points, 100);
        assert_eq!(one.earned_points + rest.earned_points, 10);
        assert_eq!(shop.spendable(), 100, "as if nothing had been bought");
        assert_eq!(stands(&store, shop.anna, NOW_US).owed, 0);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn t10_points_that_were_spent_meanwhile_are_owed() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let first = shop.buying(&[("machine", 1000, 100_000)], 0);
        assert_eq!(shop.completes(1, NOW_US, &first).unwrap().earned_points, 100);
        let second = shop.buying(&[("coffee", 1000, 20_000)], 100);
        shop.begins(2, NOW_US, &second).unwrap();
        shop.completes(2, NOW_US, &second).unwrap();
        assert_eq!(shop.spendable(), 10);
        let till = shop.till;
        let line = BackLine { index: 0, quantity_milli: 1000 };
        done(&store, move |work| bring_back(work, &acting(), id(50), (id(1), till), &[line]));
        let standing = stands(&store, shop.anna, NOW_US);
        assert_eq!((standing.spendable, standing.owed), (0, 90), "{}", engine.name);
        assert_eq!(mismatches(&store), []);
    });
}

#[test]
fn what_nobody_bought_comes_back_to_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let shop = Shop::open(&store, rules());
        let buying = Buying { buyer: None, ..shop.buying(&[("coffee", 1000, 10_000)], 0) };
        shop.completes(1, NOW_US, &buying).unwrap();
        let till = shop.till;
        let line = BackLine { index: 0, quantity_milli: 500 };
        let back = done(&store, move |work| bring_back(work, &acting(), id(50), (id(1), till), &[line]));
        assert_eq!(
            (back.money_minor, back.spent_points, back.earned_points),
            (5_000, 0, 0),
            "{}",
            engine.name
        );
        assert_eq!(mismatches(&store), []);
    });
}
