//! What a cashier reads of a refusal: what is wrong, and what to do.

use bonafide_domain::ledger::NotPosted;
use bonafide_domain::programme::{Guard, QuoteRefusal, ReturnRefusal, SpendBound};
use bonafide_store::purchases::{NoOffer, NotBack, NotBought, NotClaimed};

use crate::flows::sending_codes::NotSent;
use crate::flows::till::NotKnown;
use crate::flows::till_proofs::NotProved;

pub(super) const fn not_known(why: NotKnown) -> &'static str {
    match why {
        NotKnown::Nobody => "till-nobody",
        NotKnown::Several => "till-several",
        NotKnown::BadCode => "till-bad-code",
        NotKnown::NotUsable => "till-card-not-usable",
        NotKnown::AskAnother => "till-ask-another",
    }
}

pub(super) const fn not_proved(why: NotProved) -> &'static str {
    match why {
        NotProved::CardFirst => "till-card-first",
        NotProved::TooManyTries => "till-too-many-tries",
        NotProved::Wrong => "till-wrong",
        NotProved::NotKnown(why) => not_known(why),
    }
}

pub(super) const fn not_sent(why: NotSent) -> &'static str {
    match why {
        NotSent::NoSender => "till-no-sender",
        NotSent::NoNumber => "till-no-number",
        NotSent::TooMany(_) | NotSent::TooManyCodes => "till-too-many-codes",
        NotSent::NoAddress => "till-no-address",
        NotSent::Stopped => "till-code-stopped",
        NotSent::NotTaken(_) => "till-code-not-taken",
    }
}

pub(super) const fn no_offer(why: NoOffer) -> &'static str {
    match why {
        NoOffer::NoTill | NoOffer::TillClosed => "till-closed",
        NoOffer::NoProgramme => "till-no-programme",
        NoOffer::NotInProgramme => "till-not-in-programme",
        NoOffer::OwnPurchase => "till-own-purchase",
        NoOffer::Quote(QuoteRefusal::CurrenciesDiffer { .. }) => "till-other-currency",
        NoOffer::Quote(
            QuoteRefusal::TooManyPoints { .. }
            | QuoteRefusal::TooFewPoints { .. }
            | QuoteRefusal::NotInSteps { .. },
        ) => "till-bad-points",
    }
}

pub(super) const fn not_bought(why: &NotBought) -> &'static str {
    match why {
        NotBought::NoOffer(why) => no_offer(*why),
        NotBought::Done => "till-done-before",
        NotBought::OtherContents(_) | NotBought::GivenUp => "till-begin-anew",
        NotBought::NobodySpends | NotBought::NotHeld | NotBought::MoreThanHeld { .. } => "till-hold-first",
        NotBought::ReceiptTaken { .. } => "till-receipt-taken",
        NotBought::Points(why) => not_posted(*why),
    }
}

const fn not_posted(why: NotPosted) -> &'static str {
    match why {
        NotPosted::Blocked | NotPosted::EarnsOnly => "till-may-not-spend",
        NotPosted::HoldLapsed => "till-hold-lapsed",
        NotPosted::NotEnough { .. } => "till-not-enough",
        NotPosted::TooManyHolds => "till-too-many-holds",
        _ => "till-begin-anew",
    }
}

pub(super) const fn not_claimed(why: NotClaimed) -> &'static str {
    match why {
        NotClaimed::NoPurchase | NotClaimed::NotDone => "receipt-none",
        NotClaimed::Taken => "receipt-taken",
        NotClaimed::TooLate => "receipt-too-late",
        NotClaimed::CameBack => "receipt-came-back",
        NotClaimed::NotInProgramme => "till-not-in-programme",
        NotClaimed::OwnPurchase => "till-own-purchase",
        NotClaimed::TooOften(_) => "receipt-too-often",
        NotClaimed::PaidByAllowance => "receipt-paid-by-allowance",
        NotClaimed::Points(why) => not_posted(why),
    }
}

pub(super) const fn not_back(why: NotBack) -> &'static str {
    match why {
        NotBack::OtherContents => "till-begin-anew",
        NotBack::NoTill => "till-closed",
        NotBack::NoPurchase | NotBack::NotDone => "receipt-none",
        NotBack::LinesErased => "receipt-erased",
        NotBack::Lines | NotBack::Line { why: ReturnRefusal::Nothing | ReturnRefusal::NoSuchLine, .. } => {
            "receipt-nothing-back"
        }
        NotBack::Line { why: ReturnRefusal::MoreThanLeft { .. }, .. } => "receipt-more-than-left",
        NotBack::Points(why) => not_posted(why),
    }
}

/// Why a customer earns nothing by what he buys.
pub(super) const fn stopped(guard: Guard) -> &'static str {
    match guard {
        Guard::PurchasesHour => "till-guard-hour",
        Guard::PurchasesDay => "till-guard-day",
        Guard::ClaimsDay | Guard::ClaimsMonth => "receipt-too-often",
    }
}

/// Why no more points may pay; nothing where that needs no words.
pub(super) const fn bound(bound: SpendBound) -> &'static str {
    match bound {
        SpendBound::NotOffered => "till-bound-not-offered",
        SpendBound::Blocked => "till-bound-blocked",
        SpendBound::EarnsOnly => "till-bound-earns-only",
        SpendBound::SmallReceipt { .. } => "till-bound-small-receipt",
        SpendBound::NoGoods => "till-bound-no-goods",
        SpendBound::FewPoints { .. } => "till-bound-few-points",
        SpendBound::SmallShare { .. } => "till-bound-small-share",
        SpendBound::Balance => "till-bound-balance",
        SpendBound::Share => "till-bound-share",
    }
}
