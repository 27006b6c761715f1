//! Refusals of purchases and returns as problems: a stable key, and in the detail what is wrong and what to do.

use axum::http::StatusCode;
use bonafide_domain::ledger::NotPosted;
use bonafide_domain::programme::{NotAllowed, QuoteRefusal, ReturnRefusal};
use bonafide_store::allowances::{NotAllowance, NotGiven};
use bonafide_store::purchases::{Field, NoOffer, NotBack, NotBought, NotClaimed, NotTakenIn};

use crate::api::body::unprocessable;
use crate::server::trouble::Trouble;

/// Why a purchase is not begun or completed.
pub(super) fn not_bought(refusal: NotBought) -> Trouble {
    match refusal {
        NotBought::OtherContents(field) => {
            let field = match field {
                Field::Till => "till",
                Field::Buyer => "customer",
                Field::Points => "points",
                Field::Basket => "basket",
                Field::Receipt => "receipt",
            };
            conflict("other_request", format!("this id was used before, with another {field}"))
        }
        NotBought::Done => conflict("purchase_done", "this purchase was completed"),
        NotBought::GivenUp => conflict("purchase_cancelled", "this purchase was given up: begin another one"),
        NotBought::NoOffer(refusal) => no_offer(refusal),
        NotBought::NobodySpends => {
            unprocessable("not_recognised", "points pay only for a customer who was recognised")
        }
        NotBought::NotHeld => unprocessable("not_held", "points pay only after a hold: ask for one first"),
        NotBought::MoreThanHeld { held } => {
            unprocessable("not_held", format!("{held} points are held for this purchase"))
        }
        NotBought::ReceiptTaken { purchase } => {
            conflict("receipt_taken", format!("this receipt belongs to the purchase {purchase}"))
        }
        NotBought::Points(refusal) => not_posted(refusal),
    }
}

/// Why there is no offer.
pub(super) fn no_offer(refusal: NoOffer) -> Trouble {
    match refusal {
        NoOffer::NoTill => unprocessable("no_till", "there is no such till"),
        NoOffer::TillClosed => unprocessable("no_till", "the till or its branch is closed"),
        NoOffer::NoProgramme => {
            unprocessable("no_programme", "the branch takes part in no programme with rules")
        }
        NoOffer::NotInProgramme => unprocessable("not_in_programme", "the customer is not in the programme"),
        NoOffer::OwnPurchase => own_purchase(),
        NoOffer::Quote(refusal) => match refusal {
            QuoteRefusal::CurrenciesDiffer { programme } => {
                unprocessable("other_currency", format!("the programme counts in {}", programme.code()))
            }
            QuoteRefusal::TooManyPoints { max_points, .. } => {
                unprocessable("too_many_points", format!("at most {max_points} points may pay"))
            }
            QuoteRefusal::TooFewPoints { min_points } => {
                unprocessable("too_few_points", format!("at least {min_points} points pay at once"))
            }
            QuoteRefusal::NotInSteps { step_points } => {
                unprocessable("not_in_steps", format!("points pay in steps of {step_points}"))
            }
        },
    }
}

pub(super) fn own_purchase() -> Trouble {
    Trouble::new(StatusCode::FORBIDDEN, "own_purchase")
        .because("nobody earns or spends at his own till: let a colleague do it")
}

/// Why the ledger does not do it.
pub(super) fn not_posted(refusal: NotPosted) -> Trouble {
    match refusal {
        NotPosted::Blocked | NotPosted::EarnsOnly => {
            unprocessable("may_not_spend", "the customer may not spend points now: ask at the desk")
        }
        NotPosted::HoldLapsed => {
            conflict("hold_expired", "the hold has expired, and its points are free again")
        }
        NotPosted::NotEnough { free } => unprocessable("too_many_points", format!("{free} points are free")),
        NotPosted::TooManyHolds => {
            conflict("too_many_holds", "too many purchases of this customer wait: cancel some")
        }
        NotPosted::HoldVoided => {
            conflict("purchase_cancelled", "this purchase was given up: begin another one")
        }
        NotPosted::HoldCaptured => conflict("purchase_done", "this purchase was completed"),
        other => unprocessable("points_refused", format!("the points do not stand so: {other:?}")),
    }
}

/// Why a purchase is not claimed.
pub(super) fn not_claimed(refusal: NotClaimed) -> Trouble {
    match refusal {
        NotClaimed::NoPurchase => Trouble::not_found(),
        NotClaimed::NotDone => conflict("purchase_not_done", "this purchase was not completed"),
        NotClaimed::Taken => conflict("purchase_taken", "this purchase belongs to somebody"),
        NotClaimed::TooLate => unprocessable("too_late", "a purchase is claimed within two weeks"),
        NotClaimed::CameBack => conflict("purchase_returned", "something of this purchase came back already"),
        NotClaimed::NotInProgramme => {
            unprocessable("not_in_programme", "the customer is not in the programme")
        }
        NotClaimed::OwnPurchase => own_purchase(),
        NotClaimed::TooOften(_) => unprocessable(
            "too_often",
            "the customer has claimed as many receipts as the programme allows for now: it stays nobody's",
        ),
        NotClaimed::PaidByAllowance => {
            conflict("purchase_taken", "points that could be charged to nobody paid for this purchase")
        }
        NotClaimed::Points(refusal) => not_posted(refusal),
    }
}

/// Why a till is allowed nothing without a network.
pub(super) fn not_given(refusal: NotGiven) -> Trouble {
    match refusal {
        NotGiven::NoTill => unprocessable("no_till", "the till or its branch is closed"),
        NotGiven::NoProgramme => {
            unprocessable("no_programme", "the branch takes part in no programme with rules")
        }
        NotGiven::NothingAllowed => unprocessable(
            "nothing_allowed",
            "without a network this till takes no points: the owner says how much it may, in the set-up of tills",
        ),
        NotGiven::NothingPays => unprocessable("nothing_allowed", "the programme lets no points pay"),
        NotGiven::UsedUp => unprocessable(
            "nothing_allowed",
            "what this till may take within 24 hours is taken: ask again later, or sell without points",
        ),
    }
}

/// Why a sale that points paid without a network is not taken in.
pub(super) fn not_taken_in(refusal: NotTakenIn) -> Trouble {
    match refusal {
        NotTakenIn::NoPoints => unprocessable("bad_value", "an allowance is for sales that points paid"),
        NotTakenIn::NotAllowance(why) => unprocessable(
            "not_allowance",
            match why {
                NotAllowance::NotOurs => {
                    "the allowance is none of this server, or was changed: deliver the sale without points"
                }
                NotAllowance::OtherTill => {
                    "the allowance is another till's: deliver the sale with the till's own, or without points"
                }
                NotAllowance::SpentTooLate => {
                    "the sale was made after the allowance was over: deliver it without points"
                }
                NotAllowance::DeliveredTooLate => {
                    "the allowance was over more than seven days ago: deliver the sale without points"
                }
            },
        ),
        NotTakenIn::NotAllowed(NotAllowed::AtOnce { max_points }) => unprocessable(
            "allowance_used_up",
            format!("one purchase may take {max_points} points: deliver the sale without points"),
        ),
        NotTakenIn::NotAllowed(NotAllowed::Left { left_points }) => unprocessable(
            "allowance_used_up",
            format!("{left_points} points are left of the allowance: deliver the sale without points"),
        ),
        NotTakenIn::NotBought(refusal) => not_bought(refusal),
    }
}

/// Why nothing comes back.
pub(super) fn not_back(refusal: NotBack) -> Trouble {
    match refusal {
        NotBack::OtherContents => conflict("other_request", "this id was used for another return"),
        NotBack::NoTill => unprocessable("no_till", "there is no such till"),
        NotBack::NoPurchase => unprocessable("no_purchase", "there is no such purchase"),
        NotBack::NotDone => conflict("purchase_not_done", "this purchase was not completed"),
        NotBack::LinesErased => {
            unprocessable("lines_erased", "the customer was erased, and what he bought with him")
        }
        NotBack::Lines => unprocessable("bad_value", "lines: one at least, and each once"),
        NotBack::Line { index, why } => match why {
            ReturnRefusal::NoSuchLine => {
                unprocessable("bad_value", format!("the purchase has no line {index}"))
            }
            ReturnRefusal::Nothing => {
                unprocessable("bad_value", format!("of line {index} nothing comes back"))
            }
            ReturnRefusal::MoreThanLeft { left_milli } => {
                unprocessable("more_than_left", format!("of line {index} {left_milli} thousandths are left"))
            }
        },
        NotBack::Points(refusal) => not_posted(refusal),
    }
}

pub(super) fn conflict(key: &'static str, words: impl Into<String>) -> Trouble {
    Trouble::new(StatusCode::CONFLICT, key).because(words)
}
