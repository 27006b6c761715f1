//! What a customer adds at a till who is known there already: his PIN or a code that was sent to him, so that he may spend. And who
//! is known by nothing else than a code to his phone.

use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::purchases::Recognition;
use bonafide_store::store::Store;

use crate::failure::Failure;
use crate::flows::phone_codes::Whose;
use crate::flows::recognition::Presented;
use crate::flows::secrets::{PinSaid, Secrets};
use crate::flows::till::{NotKnown, recognise_at_till};

/// What a till works with.
pub struct AtTill<'a> {
    /// The book.
    pub store: &'a Store,
    /// What members type.
    pub secrets: &'a Secrets,
    /// Who acts at the till, now.
    pub acting: &'a Acting,
    /// Which till.
    pub till: Id,
}

/// Why nothing is proved by it. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProved {
    /// A PIN counts only beside a card or bracelet that he has shown.
    CardFirst,
    /// It was typed wrongly too often.
    TooManyTries,
    /// It is not right. Who has no PIN, or was sent no code, hears the same.
    Wrong,
    /// What it belongs to is not usable, or it is somebody else's.
    NotKnown(NotKnown),
}

impl AtTill<'_> {
    /// A PIN besides the card.
    ///
    /// # Errors
    /// The keys of faults; the inner error when it proves nothing.
    pub fn pin(&self, known: &Recognition, digits: &str) -> Result<Result<Recognition, NotProved>, Failure> {
        if !known.pin_spends {
            return Ok(Err(NotProved::CardFirst));
        }
        Ok(match self.secrets.pin(self.store, self.acting, known.member, digits)? {
            PinSaid::Right(_) => Ok(Recognition { may_spend: true, ..*known }),
            PinSaid::Wrong => Err(NotProved::Wrong),
            PinSaid::TooManyTries(_) => Err(NotProved::TooManyTries),
        })
    }

    /// A code that was sent to whoever is known.
    ///
    /// # Errors
    /// The keys of faults; the inner error when it proves nothing.
    pub fn code(&self, known: &Recognition, digits: &str) -> Result<Result<Recognition, NotProved>, Failure> {
        let proved = match self.by_code(Whose::Member(known.member), digits)? {
            Ok(proved) => proved,
            Err(why) => return Ok(Err(why)),
        };
        if proved.member != known.member {
            return Ok(Err(NotProved::NotKnown(NotKnown::Several)));
        }
        // The figures ask by what he was recognised first.
        Ok(Ok(Recognition { way: known.way, ..proved }))
    }

    /// A code that was sent to the number that he tells: it says who he is, and he may spend.
    ///
    /// # Errors
    /// The keys of faults; the inner error when it proves nothing.
    pub fn phone(&self, number: &str, digits: &str) -> Result<Result<Recognition, NotProved>, Failure> {
        self.by_code(Whose::Phone(number), digits)
    }

    fn by_code(&self, whose: Whose<'_>, digits: &str) -> Result<Result<Recognition, NotProved>, Failure> {
        let Some(presented) = self.secrets.phone_code(self.store, self.acting, whose, digits) else {
            return Ok(Err(NotProved::Wrong));
        };
        Ok(self.recognise(&[presented])?.map_err(NotProved::NotKnown))
    }

    /// Recognises somebody by what he shows.
    ///
    /// # Errors
    /// As [`recognise_at_till`].
    pub fn recognise(&self, presented: &[Presented]) -> Result<Result<Recognition, NotKnown>, Failure> {
        recognise_at_till(self.store, self.acting, self.till, presented)
    }
}
