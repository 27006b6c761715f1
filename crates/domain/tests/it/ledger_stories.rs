//! Single stories of a wallet, in a small language of tables.
//!
//! Each line is a moment, a request and its answer. A moment is days and hours, `3d` or `3d4h`. Requests have names, by which
//! others speak of them.
//!
//! ```text
//! 0d   e1  give 100 expires 30d            => ok
//! 1d   h1  hold 60 for 2h                  => ok
//! 1d   h2  hold 50 for 2h                  => NotEnough { free: 40 }
//! 1d1h .   capture h1 45                   => ok
//! 1d1h .   shows                           => free 55 held 0 waiting 0 owed 0
//! ```

use std::collections::BTreeMap;

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::{OperationId, PlaceId};
use bonafide_domain::ledger::{
    Approval, Asked, Command, Direction, Expiry, Grant, Points, Request, Status, Transfer, Wallet,
};

const BEGIN_US: i64 = 1_800_000_000_000_000;
const HOUR_US: i64 = 3_600_000_000;

struct Story {
    wallet: Wallet,
    status: Status,
    transfers: Vec<Transfer>,
    names: BTreeMap<String, Asked>,
    requests: u64,
}

/// Days and hours as microseconds.
fn span_us(text: &str) -> i64 {
    let (days, hours) = text.split_once('d').unwrap_or(("0", text));
    let hours = hours.strip_suffix('h').unwrap_or("0");
    (days.parse::<i64>().unwrap() * 24 + hours.parse::<i64>().unwrap()) * HOUR_US
}

fn instant(text: &str) -> UtcMicros {
    UtcMicros::parse(BEGIN_US + span_us(text)).unwrap()
}

fn points(text: &str) -> Points {
    Points::parse(text.parse().unwrap()).unwrap()
}

/// What stands after a word of the line.
fn after<'a>(words: &[&'a str], word: &str) -> Option<&'a str> {
    words.iter().position(|known| *known == word).map(|at| words[at + 1])
}

fn expiry(words: &[&str]) -> Expiry {
    match after(words, "expires") {
        None => Expiry::Never,
        Some("idle") => Expiry::WithWallet,
        Some(at) => Expiry::At(instant(at)),
    }
}

impl Story {
    fn asked(&mut self, name: &str) -> Asked {
        if let Some(asked) = self.names.get(name) {
            return *asked;
        }
        self.requests += 1;
        let asked = Asked { operation: OperationId(u128::from(self.requests).to_be_bytes()), step: 0 };
        if name != "." {
            self.names.insert(name.to_owned(), asked);
        }
        asked
    }

    fn command(&mut self, at: UtcMicros, words: &[&str]) -> Command {
        let grant = |grant| Command::Give {
            grant,
            points: points(words[1]),
            matures: after(words, "matures").map(instant),
            expiry: expiry(words),
        };
        let correct = |direction| {
            let approval = match after(words, "alone") {
                Some(most) => Approval::Alone { points_max: most.parse().unwrap() },
                None => Approval::Second,
            };
            Command::Correct { direction, points: points(words[1]), expiry: expiry(words), approval }
        };
        match words[0] {
            "give" => grant(Grant::Earn),
            "gift" => grant(Grant::Gift),
            "open" => grant(Grant::Opening),
            "hold" => {
                let until = at.plus(span_us(after(words, "for").unwrap())).unwrap();
                Command::Hold { points: points(words[1]), until }
            }
            "capture" => Command::Capture { hold: self.asked(words[1]), points: points(words[2]) },
            "void" => Command::Void { hold: self.asked(words[1]) },
            "give-back" => Command::GiveBack { hold: self.asked(words[1]), points: points(words[2]) },
            "take-back" => Command::TakeBack { earning: self.asked(words[1]), points: points(words[2]) },
            "up" => correct(Direction::Up),
            "down" => correct(Direction::Down),
            "move-out" => Command::MoveOut { lot: words.get(1).map(|lot| lot.parse().unwrap()) },
            "close" => Command::Close,
            "settle" => Command::Settle,
            other => panic!("no request: {other}"),
        }
    }

    fn line(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (at, name, words) = (instant(words[0]), words[1], &words[2..]);
        match words[0] {
            "shows" => return self.shows(at),
            "lots" => return self.lots(),
            "status" => {
                self.status = match words[1] {
                    "active" => Status::Active,
                    "limited" => Status::Limited,
                    _ => Status::Blocked,
                };
                return "ok".to_owned();
            }
            "comes" => {
                self.wallet.idle_until = Some(instant(words[1]));
                return "ok".to_owned();
            }
            _ => {}
        }
        let (asked, command) = (self.asked(name), self.command(at, words));
        let request = Request { asked, at, place: PlaceId([1; 16]) };
        let before: Vec<Transfer> =
            self.transfers.iter().filter(|transfer| transfer.asked == Some(asked)).cloned().collect();
        match self.wallet.run(self.status, &before, &request, &command) {
            Ok(answer) if !before.is_empty() => {
                assert_eq!(answer.transfers(), before, "{line}");
                "as before".to_owned()
            }
            Ok(answer) => {
                for transfer in answer.transfers() {
                    self.wallet = self.wallet.with(transfer).unwrap();
                    self.transfers.push(transfer.clone());
                }
                "ok".to_owned()
            }
            Err(refusal) => format!("{refusal:?}"),
        }
    }

    fn shows(&self, at: UtcMicros) -> String {
        let wallet = &self.wallet;
        let (held, waiting) = (wallet.balance.debits_pending, wallet.balance.credits_pending);
        format!("free {} held {held} waiting {waiting} owed {}", wallet.spendable(at), wallet.owed())
    }

    /// The lots with points in them, each with the hours from the beginning at which it ends.
    fn lots(&self) -> String {
        let ends = |expiry| {
            self.wallet.ends(expiry).map_or("never".to_owned(), |ends| {
                let hours = (ends.get() - BEGIN_US) / HOUR_US;
                format!("{}d{}h", hours / 24, hours % 24)
            })
        };
        let lots = self.wallet.lots.iter().filter(|lot| lot.left > 0);
        lots.map(|lot| format!("{} until {}", lot.left, ends(lot.expiry))).collect::<Vec<_>>().join(", ")
    }
}

fn check(name: &str, story: &str) {
    let (wallet, status, names) = (Wallet::default(), Status::Active, BTreeMap::new());
    let mut told = Story { wallet, status, transfers: Vec::new(), names, requests: 0 };
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (request, expected) = line.split_once("=>").unwrap();
        assert_eq!(told.line(request), expected.trim(), "{name}: {line}");
    }
    assert_eq!(Wallet::replay(&told.transfers).unwrap().balance, told.wallet.balance, "{name}");
}

#[test]
fn t01_t02_the_same_request_is_done_once_and_other_contents_are_named() {
    check(
        "asked twice",
        "0d e1 give 100 expires 30d         => ok
         0d e1 give 100 expires 30d         => as before
         0d e1 give 101 expires 30d         => OtherContents(Points)
         0d e1 give 100 expires 31d         => OtherContents(Expiry)
         0d e1 gift 100 expires 30d         => OtherContents(Command)
         0d h1 hold 60 for 2h               => ok
         1d h1 hold 60 for 2h               => OtherContents(Until)
         0d . shows                         => free 40 held 60 waiting 0 owed 0",
    );
}

#[test]
fn t08_a_hold_of_a_till_that_died_lapses_and_a_late_capture_is_told() {
    check(
        "a dead till",
        "0d e1 give 100                     => ok
         0d h1 hold 60 for 2h               => ok
         0d1h . shows                       => free 40 held 60 waiting 0 owed 0
         0d2h . capture h1 60               => HoldLapsed
         0d2h . settle                      => ok
         0d2h . shows                       => free 100 held 0 waiting 0 owed 0
         0d3h . void h1                     => HoldLapsed",
    );
}

#[test]
fn t09_what_does_not_follow_a_hold_is_refused() {
    check(
        "holds",
        "0d e1 give 100                     => ok
         0d h1 hold 60 for 2h               => ok
         0d h2 hold 50 for 2h               => NotEnough { free: 40 }
         0d h2 hold 40 for 0h               => HoldTime
         0d h2 hold 40 for 1d1h             => HoldTime
         0d . capture h1 61                 => MoreThanHeld { held: 60 }
         0d . capture h9 1                  => NoHold
         0d . give-back h1 1                => NotCaptured
         0d c1 capture h1 45                => ok
         0d c1 capture h1 45                => as before
         0d . capture h1 45                 => HoldCaptured
         0d . void h1                       => HoldCaptured
         0d . shows                         => free 55 held 0 waiting 0 owed 0
         0d h3 hold 55 for 2h               => ok
         0d . void h3                       => ok
         0d . capture h3 1                  => HoldVoided
         0d . shows                         => free 55 held 0 waiting 0 owed 0",
    );
}

#[test]
fn t10_points_come_back_into_their_lots_or_for_a_week() {
    check(
        "back",
        "0d e1 give 30 expires 10d          => ok
         0d e2 give 30 expires 60d          => ok
         0d h1 hold 50 for 2h               => ok
         0d . capture h1 50                 => ok
         0d . lots                          => 10 until 60d0h
         2d . give-back h1 5                => ok
         2d . lots                          => 15 until 60d0h
         5d . give-back h1 25               => ok
         5d . lots                          => 30 until 60d0h, 10 until 12d0h
         5d . give-back h1 21               => MoreThanCaptured { left: 20 }
         11d . give-back h1 20              => ok
         11d . lots                         => 30 until 60d0h, 10 until 12d0h, 20 until 18d0h
         12d . shows                        => free 50 held 0 waiting 0 owed 0
         18d . shows                        => free 30 held 0 waiting 0 owed 0",
    );
}

#[test]
fn t10_t11_earned_points_are_taken_back_and_what_is_not_there_is_owed() {
    check(
        "owed",
        "0d e1 give 100                     => ok
         0d h1 hold 80 for 2h               => ok
         0d . capture h1 80                 => ok
         1d . take-back e1 101              => MoreThanEarned { left: 100 }
         1d . take-back e1 60               => ok
         1d . shows                         => free 0 held 0 waiting 0 owed 40
         1d . take-back e1 41               => MoreThanEarned { left: 40 }
         1d . take-back e9 1                => NoEarning
         2d e2 give 30 matures 5d           => ok
         2d . shows                         => free 0 held 0 waiting 30 owed 40
         5d . settle                        => ok
         5d . shows                         => free 0 held 0 waiting 0 owed 10
         6d . give-back h1 25               => ok
         6d . shows                         => free 15 held 0 waiting 0 owed 0",
    );
    check(
        "announced points vanish without a trace in the balance",
        "0d e1 give 100 matures 14d         => ok
         1d . take-back e1 30               => ok
         1d . shows                         => free 0 held 0 waiting 70 owed 0
         14d . shows                        => free 70 held 0 waiting 70 owed 0
         14d . settle                       => ok
         14d . take-back e1 71              => MoreThanEarned { left: 70 }
         14d . take-back e1 70              => ok
         14d . shows                        => free 0 held 0 waiting 0 owed 0",
    );
    check(
        "its own lot before the others",
        "0d e1 give 10 expires 20d          => ok
         0d e2 give 10 expires 90d          => ok
         1d . take-back e2 6                => ok
         1d . lots                          => 10 until 20d0h, 4 until 90d0h",
    );
}

#[test]
fn t15_a_correction_needs_a_second_person_above_the_bound_and_takes_no_more_than_there_is() {
    check(
        "corrections",
        "0d . up 500 alone 100              => NeedsSecondPerson { points_max: 100 }
         0d . up 100 alone 100              => ok
         0d . up 500                        => ok
         0d . down 601                      => NotEnough { free: 600 }
         0d . down 600                      => ok
         0d . shows                         => free 0 held 0 waiting 0 owed 0",
    );
}

#[test]
fn t19_a_lot_comes_to_nothing_once_however_often_it_is_settled() {
    check(
        "expiry",
        "0d e1 give 50 expires 10d          => ok
         0d e2 give 50 expires 20d          => ok
         9d23h h1 hold 70 for 4h            => ok
         10d . settle                       => ok
         10d . settle                       => ok
         10d . shows                        => free 30 held 70 waiting 0 owed 0
         10d2h . void h1                    => ok
         10d2h . settle                     => ok
         10d2h . shows                      => free 50 held 0 waiting 0 owed 0
         19d . comes 40d                    => ok
         20d . lots                         => 50 until 20d0h
         20d . shows                        => free 0 held 0 waiting 0 owed 0",
    );
    check(
        "points that last as long as the member comes",
        "0d . comes 10d                     => ok
         0d e1 give 50 expires idle         => ok
         9d . comes 19d                     => ok
         15d . shows                        => free 50 held 0 waiting 0 owed 0
         19d . shows                        => free 0 held 0 waiting 0 owed 0",
    );
}

#[test]
fn a_limited_member_earns_and_a_blocked_one_only_ends_what_was_begun() {
    check(
        "statuses",
        "0d e1 give 100                     => ok
         0d h1 hold 10 for 2h               => ok
         0d . status limited                => ok
         0d h2 hold 10 for 2h               => EarnsOnly
         0d e2 give 10                      => ok
         0d . status blocked                => ok
         0d h2 hold 10 for 2h               => Blocked
         0d e3 give 10                      => Blocked
         0d . capture h1 10                 => ok
         0d . give-back h1 10               => ok
         0d . take-back e1 10               => ok
         0d . shows                         => free 100 held 0 waiting 0 owed 0",
    );
}

#[test]
fn what_goes_first_is_what_comes_to_nothing_first_and_then_the_oldest() {
    check(
        "order",
        "0d e1 give 10                      => ok
         0d e2 give 10 expires 90d          => ok
         1d e3 give 10 expires 30d          => ok
         2d e4 give 10 expires 90d          => ok
         3d h1 hold 15 for 2h               => ok
         3d . capture h1 15                 => ok
         3d . lots                          => 10 until never, 5 until 90d0h, 10 until 90d0h
         3d h2 hold 7 for 2h                => ok
         3d . capture h2 7                  => ok
         3d . lots                          => 10 until never, 8 until 90d0h",
    );
}

#[test]
fn t23_a_merge_with_an_open_hold_takes_what_is_free_and_leaves_what_is_held() {
    check(
        "moving out",
        "0d e1 give 100                     => ok
         0d h1 hold 30 for 2h               => ok
         0d . move-out                      => ok
         0d . shows                         => free 0 held 30 waiting 0 owed 0
         0d1h . capture h1 20               => ok
         0d1h . shows                       => free 10 held 0 waiting 0 owed 0
         0d2h . move-out                    => ok
         0d2h . shows                       => free 0 held 0 waiting 0 owed 0",
    );
}

#[test]
fn a_member_who_leaves_leaves_nothing() {
    check(
        "closing",
        "0d e1 give 100                     => ok
         0d e2 give 50 matures 14d          => ok
         0d h1 hold 30 for 2h               => ok
         0d c1 close                        => ok
         0d c1 close                        => as before
         0d . shows                         => free 0 held 0 waiting 0 owed 0
         1d . capture h1 30                 => HoldVoided",
    );
}
