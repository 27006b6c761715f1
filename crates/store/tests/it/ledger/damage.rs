//! Somebody edits the book behind the program.

use bonafide_domain::ledger::{Account, Command, Contradiction};
use bonafide_store::ledger::verify::{Mismatch, Part};

use super::{HOUR_US, asked, give, hold, mismatches, points, posted, wallet};
use crate::club::id;
use crate::engines::{NOW_US, on_both};

/// What is done, and what is found.
const EDITS: [(&str, &str, Found); 9] = [
    ("more was given", "UPDATE transfers SET points = 9999 WHERE sequence = 0", Found::Chain(0)),
    (
        "less was spent",
        "UPDATE transfers SET points = 1, parts = '[[0,1]]' WHERE sequence = 2",
        Found::Chain(2),
    ),
    ("it was earlier", "UPDATE transfers SET at_us = at_us - 1 WHERE sequence = 0", Found::Chain(0)),
    ("a spending is gone", "DELETE FROM transfers WHERE sequence = 2", Found::Gap(3)),
    ("the last one is gone", "DELETE FROM transfers WHERE sequence = 3", Found::Part(Part::Sums)),
    ("a larger balance", "UPDATE wallets SET credits_posted = 9999", Found::Part(Part::Sums)),
    ("a larger lot", "UPDATE lots SET points_left = 9999", Found::Part(Part::Lots)),
    ("a hold is open again", "UPDATE holds SET state = 'open'", Found::Part(Part::Holds)),
    (
        "the house gave less",
        "UPDATE house_accounts SET debits_posted = 1 WHERE account = 'issued'",
        Found::House(Account::Issued),
    ),
];

#[derive(Debug, Clone, Copy)]
enum Found {
    Chain(u32),
    Gap(u32),
    Part(Part),
    House(Account),
}

#[test]
fn t26_whoever_edits_the_book_to_have_more_points_is_found_and_the_row_is_named() {
    on_both(|engine| {
        let store = engine.open();
        let wallet = wallet(&store);
        posted(&store, wallet, 1, NOW_US, give(100)).unwrap();
        posted(&store, wallet, 2, NOW_US, hold(60, NOW_US + HOUR_US)).unwrap();
        let capture = Command::Capture { hold: asked(2), points: points(45) };
        posted(&store, wallet, 3, NOW_US, capture).unwrap();
        let programme = store.read(bonafide_store::ledger::programmes::list).unwrap()[0].0;
        assert_eq!(mismatches(&store), []);
        drop(store);
        for (name, sql, expected) in EDITS {
            let edited = engine.backup();
            edited.batch(sql);
            let expected = match expected {
                Found::Chain(sequence) => Mismatch::Chain { wallet, sequence },
                Found::Gap(sequence) => Mismatch::Transfer { wallet, sequence, why: Contradiction::Sequence },
                Found::Part(part) => Mismatch::Wallet { wallet, part },
                Found::House(account) => Mismatch::House { programme, place: id(40), account },
            };
            let found = mismatches(&edited.open());
            assert!(found.contains(&expected), "{}: {name}: {found:?}", engine.name);
        }
    });
}
