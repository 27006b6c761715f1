//! Points without a purchase: for joining, at once; for birthdays, by whoever walks through the wallets once a day. Those for visits are
//! in [`visits`](crate::ledger::visits).
//!
//! A gift has an id that is made of what it is for: the wallet, the rule and the year of the birthday. So it is given once, whoever runs
//! when, twice or on two servers; and a day later it is refused as asked before, since it would end a day later.

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_domain::calendar::Calendar;
use bonafide_domain::ledger::{Asked, Code, Command, Grant, Request, Transfer};
use bonafide_domain::programme::{Gift, Happened, Occasion};
use sha2::{Digest, Sha256};

use crate::audit::entry::Acting;
use crate::db::Tx;
use crate::fault::Fault;
use crate::figures::calendar_of;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::ledger::programmes::{self, ProgrammeVersion};
use crate::ledger::{OFFICE, now, post};
use crate::members;
use crate::store::{Store, Work};
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// Wallets that one call of [`birthdays`] looks at.
pub const LOOKED_AT_ONCE: u32 = 500;

/// A programme that gives something, with the days of its first branch.
struct Giving {
    version: Arc<ProgrammeVersion>,
    calendar: Calendar,
}

/// What the looking has found.
struct Near {
    /// Wallets with the gift that is due there.
    due: Vec<(Id, Gift)>,
    /// The wallet to go on after; nothing when the walk is over.
    after: Option<Id>,
}

/// What a walk through the wallets has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// Gifts that were given by this call.
    pub given: u32,
    /// The wallet to go on after; nothing when the walk is over.
    pub after: Option<Id>,
}

/// Whoever has just joined is welcomed, if the programme does that.
pub(super) fn welcome(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    wallet: Id,
    programme: Id,
) -> Result<(), Fault> {
    let Some(Giving { version, calendar }) = giving(work.tx, programme)? else { return Ok(()) };
    match version.rules.gift(Happened::Joined, now(acting)?, &calendar) {
        Some(gift) => give(work, acting, wallet, operation(wallet, &gift), &gift).map(drop),
        None => Ok(()),
    }
}

/// Gives for the birthdays that are near, in the next wallets after one. Nobody at a till waits for the looking: it only reads.
///
/// # Errors
/// When it cannot be read or written.
pub fn birthdays(store: &Store, acting: &Acting, after: Option<Id>) -> Result<Walked, Fault> {
    let Near { due, after } = store.read(|tx| near(tx, store.vault(), acting, after))?;
    if due.is_empty() {
        return Ok(Walked { given: 0, after });
    }
    let acting = acting.clone();
    let given = store.write(move |work| {
        let mut given = 0;
        for (wallet, gift) in &due {
            given += u32::from(give(work, &acting, *wallet, operation(*wallet, gift), gift)?);
        }
        Ok(Ok::<u32, ()>(given))
    })?;
    let given = given.map_err(|()| Fault::broken("gifts were refused"))?;
    Ok(Walked { given, after })
}

/// The gifts that are due in the next wallets.
fn near(tx: &mut Tx<'_>, vault: &Vault, acting: &Acting, after: Option<Id>) -> Result<Near, Fault> {
    let programmes = with_birthdays(tx)?;
    if programmes.is_empty() {
        return Ok(Near { due: Vec::new(), after: None });
    }
    let rows = tx.query(
        "SELECT id, programme_id, member_id FROM wallets WHERE id > $1 AND member_id IS NOT NULL ORDER BY id LIMIT $2",
        values![after.unwrap_or(OFFICE), LOOKED_AT_ONCE],
    )?;
    let is_last = rows.len() < LOOKED_AT_ONCE as usize;
    let (mut due, mut last) = (Vec::new(), after);
    for mut row in rows {
        let (wallet, programme, member) = (row.id(0)?, row.id(1)?, row.id(2)?);
        last = Some(wallet);
        let Some(giving) = programmes.get(&programme) else { continue };
        let member = members::get(tx, vault, member)?.filter(|member| member.merged_into.is_none());
        let Some(birth) = member.and_then(|member| member.profile.birth) else { continue };
        let gift = giving.version.rules.gift(Happened::DayOf(birth), now(acting)?, &giving.calendar);
        if let Some(gift) = gift
            && !is_given(tx, wallet, operation(wallet, &gift))?
        {
            due.push((wallet, gift));
        }
    }
    Ok(Near { due, after: last.filter(|_| !is_last) })
}

/// The programmes that give for birthdays.
fn with_birthdays(tx: &mut Tx<'_>) -> Result<BTreeMap<Id, Giving>, Fault> {
    let gives = |giving: &Giving| {
        let gifts = &giving.version.rules.spec().gifts;
        gifts.iter().any(|gift| matches!(gift.occasion, Occasion::Birthday(_)))
    };
    let mut found = BTreeMap::new();
    for (programme, _) in programmes::list(tx)? {
        if let Some(giving) = giving(tx, programme)?.filter(gives) {
            found.insert(programme, giving);
        }
    }
    Ok(found)
}

/// The rules in force of a programme; nothing when it has none.
fn giving(tx: &mut Tx<'_>, programme: Id) -> Result<Option<Giving>, Fault> {
    let Some(version) = programmes::rules_in_force(tx, programme)? else { return Ok(None) };
    Ok(Some(Giving { version, calendar: calendar_of(tx, programme)? }))
}

fn is_given(tx: &mut Tx<'_>, wallet: Id, operation: Id) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM transfers WHERE wallet_id = $1 AND operation_id = $2";
    Ok(tx.query_opt(sql, values![wallet, operation])?.is_some())
}

/// Gives it under an id of what it is for, unless it was given before or nothing may be given; tells whether it was.
pub(crate) fn give(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    wallet: Id,
    operation: Id,
    gift: &Gift,
) -> Result<bool, Fault> {
    if is_given(work.tx, wallet, operation)? {
        return Ok(false);
    }
    let asked = Asked { operation: operation.into(), step: 0 };
    let request = Request { asked, at: now(acting)?, place: OFFICE.into() };
    let command =
        Command::Give { grant: Grant::Gift, points: gift.points, matures: None, expiry: gift.expiry };
    // Somebody who is blocked gets nothing; when that ends within the days of his birthday, he still does.
    if post(work, acting, wallet, &request, &command)?.is_err() {
        return Ok(false);
    }
    work.tx.execute(
        "INSERT INTO gift_reasons (operation_id, wallet_id, given_for) VALUES ($1, $2, $3)",
        values![operation, wallet, given_for_word(gift.occasion.into())],
    )?;
    Ok(true)
}

/// What a gift was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenFor {
    /// Joining.
    Welcome,
    /// A birthday.
    Birthday,
    /// Bringing somebody.
    BroughtSomebody,
    /// Being brought by somebody.
    WasBrought,
    /// A visit.
    Visit,
    /// A class that was attended.
    Class,
}

words! {
    /// The word that stands for what a gift was for.
    given_for_word, given_for_of_word: GivenFor {
        Welcome = "welcome", Birthday = "birthday", BroughtSomebody = "brought_somebody",
        WasBrought = "was_brought", Visit = "visit", Class = "class",
    }
}

impl From<Occasion> for GivenFor {
    fn from(occasion: Occasion) -> Self {
        match occasion {
            Occasion::Welcome => GivenFor::Welcome,
            Occasion::Birthday(_) => GivenFor::Birthday,
            Occasion::BroughtSomebody => GivenFor::BroughtSomebody,
            Occasion::WasBrought => GivenFor::WasBrought,
            Occasion::Visit => GivenFor::Visit,
            Occasion::Class => GivenFor::Class,
        }
    }
}

/// What a gift was for; nothing of one that was given before this was written down, and of what is no gift.
///
/// # Errors
/// When the book cannot be read.
pub fn given_for(tx: &mut Tx<'_>, transfer: &Transfer) -> Result<Option<GivenFor>, Fault> {
    let Some(asked) = transfer.asked.filter(|_| transfer.code == Code::Gift) else { return Ok(None) };
    let operation = Id::from(asked.operation);
    let row =
        tx.query_opt("SELECT given_for FROM gift_reasons WHERE operation_id = $1", values![operation])?;
    let of_word = |word: String| given_for_of_word(&word).ok_or_else(|| damaged("what a gift was for"));
    row.map(|mut row| row.text(0).and_then(of_word)).transpose()
}

/// The id of a gift, of what it is for.
fn operation(wallet: Id, gift: &Gift) -> Id {
    let year = gift.birthday_year.unwrap_or(0).to_be_bytes();
    made_of("bonafide/gift/1", wallet, &[gift.rule.0.to_be_bytes(), year].concat())
}

/// An id that is the same for the same wallet and the same thing of a kind. The kind's name has a version, and none begins with another.
pub(crate) fn made_of(kind: &str, wallet: Id, what: &[u8]) -> Id {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update(wallet.bytes());
    hash.update(what);
    let hash: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    Id::from_bytes(id)
}
