//! What an older system did, joined to what we would have done: whom it means is looked up here, by what both systems know of him.

use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};
use bonafide_store::credentials::content::Shown;
use bonafide_store::credentials::find::{self, Holders};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::members;

/// How an older system names somebody.
#[derive(Clone)]
pub enum Whom {
    /// By a card, whose number may have been read in one of several ways.
    Card(Vec<CardNumber>),
    /// By a number of the club's own.
    ClubNumber(ClubNumber),
    /// By the member's number.
    Number(u32),
}

impl Whom {
    /// A card as it stands in a list: `FFF,NNNNN`, hexadecimal or decimal, in the card's order of bytes or the other one.
    #[must_use]
    pub fn listed_card(text: &str) -> Whom {
        let of_order = |order| [CardNumber::from_hex(text, order), CardNumber::from_decimal(text, order)];
        let numbers = [of_order(ByteOrder::AsOnCard), of_order(ByteOrder::Reversed)].into_iter().flatten();
        let facility = CardNumber::from_facility_number(text);
        Whom::Card(std::iter::once(facility).chain(numbers).filter_map(Result::ok).collect())
    }
}

/// Whom an older system means; nobody where that is not one member.
///
/// # Errors
/// When the book cannot be read.
pub fn member(tx: &mut Tx<'_>, vault: &Vault, now_us: i64, whom: &Whom) -> Result<Option<Id>, Fault> {
    let shown: Vec<Shown<'_>> = match whom {
        Whom::Card(numbers) => numbers.iter().map(Shown::Card).collect(),
        Whom::ClubNumber(number) => vec![Shown::ClubNumber(number)],
        Whom::Number(number) => {
            let found = members::of_numbers(tx, vault, &[*number])?;
            return Ok(found.first().map(|member| member.id));
        }
    };
    for one in shown {
        match find::find(tx, vault, one, now_us)? {
            Holders::One(holder) => return Ok(Some(holder.member)),
            Holders::Several(_) => return Ok(None),
            Holders::Nobody => {}
        }
    }
    Ok(None)
}
