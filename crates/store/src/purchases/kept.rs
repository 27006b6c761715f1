//! Purchases as they are kept: plain sums, sealed lines.

use bonafide_domain::money::Currency;
use bonafide_domain::programme::{
    Basket, Discount, Earned, Guard, LineOffer, LineSpec, Offer, RuleId, SoldLine,
};
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field, Vault};
use crate::keys::ring::{LOOKUP_BYTES, Lookup};
use crate::ledger::guards::{guard_of_word, guard_word};
use crate::purchases::{Buying, RecognisedBy, State, TABLE, state_of_word, way_of_word};
use crate::value::Row;
use crate::values;
use crate::written::{damaged, from_text, to_text};

const WHAT: &str = "a purchase";

/// Purchases of one page at most.
const PAGE_MAX: u32 = 200;

/// A line that was bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLine {
    /// The product's code.
    pub product: String,
    /// Its categories.
    pub categories: Vec<String>,
    /// What the shop asked for it, in minor units.
    pub price_minor: i64,
    /// What the member's tier took off.
    pub discount: Option<Discount>,
    /// What was paid, and what it earned.
    pub sold: SoldLine,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The till's own id.
    pub id: Id,
    /// Of which programme.
    pub programme: Id,
    /// The version of the rules.
    pub version: u32,
    /// Where.
    pub branch: Id,
    /// At which till.
    pub till: Id,
    /// Whose points; nothing when nobody was recognised.
    pub wallet: Option<Id>,
    /// By what he was recognised.
    pub way: Option<RecognisedBy>,
    /// What became of it.
    pub state: State,
    /// When, by the server, in microseconds since 1970.
    pub at_us: i64,
    /// What the till's clock said.
    pub till_at_us: Option<i64>,
    /// The day on which it counts, in days since 1970.
    pub(super) day: i64,
    /// The shop's own number.
    pub receipt: Option<String>,
    /// What the shop asked for, in minor units.
    pub total_minor: i64,
    /// What the tier took off.
    pub discount_minor: i64,
    /// What points paid, in minor units.
    pub points_minor: i64,
    /// What was left to pay.
    pub to_pay_minor: i64,
    /// The points that paid.
    pub spent_points: u64,
    /// The points that it earned.
    pub earned_points: u64,
    /// Until when its points are or were held.
    pub hold_until_us: Option<i64>,
    /// The guard by which it earned nothing.
    pub guard: Option<Guard>,
    pub(super) basket_hash: [u8; LOOKUP_BYTES],
    /// What was bought; nothing once the member is erased.
    pub lines: Option<Vec<KeptLine>>,
}

/// A line as it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineRecord {
    product: String,
    categories: Vec<String>,
    quantity_milli: u64,
    price_minor: i64,
    /// By which reward, and how much.
    discount: Option<(u16, i64)>,
    points_minor: i64,
    spent_points: u64,
    money_minor: i64,
    /// By which rule, and how many.
    earned: Vec<(u16, u64)>,
}

/// The lines of an offer that is taken.
pub(super) fn lines(basket: &Basket, offer: &Offer) -> Vec<KeptLine> {
    let line = |(line, offer): (&bonafide_domain::programme::Line, &LineOffer)| KeptLine {
        product: line.product().as_str().to_owned(),
        categories: line.categories().iter().map(|code| code.as_str().to_owned()).collect(),
        price_minor: line.price_minor(),
        discount: offer.discount,
        sold: offer.sold(),
    };
    basket.lines().iter().zip(&offer.lines).map(line).collect()
}

fn record(line: &KeptLine) -> LineRecord {
    LineRecord {
        product: line.product.clone(),
        categories: line.categories.clone(),
        quantity_milli: line.sold.quantity_milli,
        price_minor: line.price_minor,
        discount: line.discount.map(|discount| (discount.rule.0, discount.minor)),
        points_minor: line.sold.discount_minor,
        spent_points: line.sold.spent_points,
        money_minor: line.sold.money_minor,
        earned: line.sold.earned.iter().map(|earned| (earned.rule.0, earned.points)).collect(),
    }
}

fn of_record(line: LineRecord) -> KeptLine {
    let earned = |(rule, points)| Earned { rule: RuleId(rule), points };
    KeptLine {
        product: line.product,
        categories: line.categories,
        price_minor: line.price_minor,
        discount: line.discount.map(|(rule, minor)| Discount { rule: RuleId(rule), minor }),
        sold: SoldLine {
            quantity_milli: line.quantity_milli,
            money_minor: line.money_minor,
            discount_minor: line.points_minor,
            spent_points: line.spent_points,
            earned: line.earned.into_iter().map(earned).collect(),
        },
    }
}

/// What lies in a basket, as a keyed hash: the same basket again is known by it, and nothing can be read from it.
pub(super) fn basket_hash(vault: &Vault, buying: &Buying) -> Result<[u8; LOOKUP_BYTES], Fault> {
    let lines: Vec<_> = buying
        .basket
        .lines()
        .iter()
        .map(|line| {
            let categories: Vec<&str> = line.categories().iter().map(|code| code.as_str()).collect();
            (line.product().as_str(), categories, line.quantity_milli(), line.price_minor())
        })
        .collect();
    let text = to_text(&(buying.basket.currency().code(), lines))?;
    Ok(vault.ring().lookup(Lookup::Basket, text.as_bytes()))
}

/// Seals the lines of a purchase: under the member's key, or the installation's as long as nobody is known.
pub(super) fn sealed(
    tx: &mut Tx<'_>,
    vault: &Vault,
    purchase: Id,
    wallet: Option<Id>,
    lines: &[KeptLine],
) -> Result<Vec<u8>, Fault> {
    let text = to_text(&lines.iter().map(record).collect::<Vec<_>>())?;
    match member_of(tx, vault, wallet)? {
        Some((member, key)) => key.seal(&field(purchase, member), text.as_bytes()),
        None => vault.ring().seal_for_house(&house_place(purchase), text.as_bytes()),
    }
}

/// Whose a wallet is, with his key; nobody's after an erasure.
fn member_of(tx: &mut Tx<'_>, vault: &Vault, wallet: Option<Id>) -> Result<Option<(Id, DataKey)>, Fault> {
    let Some(wallet) = wallet else { return Ok(None) };
    let mut row = tx.query_one(
        "SELECT w.member_id, m.key_id FROM wallets w LEFT JOIN members m ON m.id = w.member_id WHERE w.id = $1",
        values![wallet],
    )?;
    let Some(member) = row.id_or_null(0)? else { return Ok(None) };
    Ok(Some((member, vault.key_of_member(row.id(1)?)?)))
}

const fn field(purchase: Id, member: Id) -> Field {
    Field { table: TABLE, column: "lines_sealed", row: purchase, member }
}

fn house_place(purchase: Id) -> String {
    format!("{TABLE}/lines_sealed/{purchase}")
}

/// Opens them; nothing once the member is erased.
fn opened(
    tx: &mut Tx<'_>,
    vault: &Vault,
    purchase: Id,
    wallet: Option<Id>,
    sealed: &[u8],
) -> Result<Option<Vec<KeptLine>>, Fault> {
    match (wallet, member_of(tx, vault, wallet)?) {
        (None, _) => {
            let text = vault.ring().open_for_house(&house_place(purchase), sealed);
            lines_of(&text.ok_or_else(|| damaged(WHAT))?).map(Some)
        }
        (Some(_), None) => Ok(None),
        (Some(_), Some((member, key))) => lines_of_member(&key, purchase, member, sealed).map(Some),
    }
}

/// Opens the lines of a member's purchase, with his key.
pub(super) fn lines_of_member(
    key: &DataKey,
    purchase: Id,
    member: Id,
    sealed: &[u8],
) -> Result<Vec<KeptLine>, Fault> {
    lines_of(&key.open(&field(purchase, member), sealed)?)
}

fn lines_of(text: &[u8]) -> Result<Vec<KeptLine>, Fault> {
    let text = str::from_utf8(text).map_err(|_| damaged(WHAT))?;
    let records: Vec<LineRecord> = from_text(text, WHAT)?;
    Ok(records.into_iter().map(of_record).collect())
}

const COLUMNS: &str = "id, programme_id, version, branch_id, till_id, wallet_id, way, state, at_us, till_at_us, day, receipt, \
     total_minor, discount_minor, points_minor, to_pay_minor, spent_points, earned_points, hold_until_us, basket_hash, \
     lines_sealed, guard";

fn purchase(tx: &mut Tx<'_>, vault: &Vault, mut row: Row) -> Result<Purchase, Fault> {
    let (id, wallet) = (row.id(0)?, row.id_or_null(5)?);
    let way = row.text_or_null(6)?;
    let way = way.map(|word| way_of_word(&word).ok_or_else(|| damaged(WHAT))).transpose()?;
    let guard = row.text_or_null(21)?;
    let guard = guard.map(|word| guard_of_word(&word).ok_or_else(|| damaged(WHAT))).transpose()?;
    let points = |number: i64| u64::try_from(number).map_err(|_| damaged(WHAT));
    let lines = opened(tx, vault, id, wallet, &row.blob(20)?)?;
    Ok(Purchase {
        id,
        programme: row.id(1)?,
        version: row.number(2)?,
        branch: row.id(3)?,
        till: row.id(4)?,
        wallet,
        way,
        state: state_of_word(&row.text(7)?).ok_or_else(|| damaged(WHAT))?,
        at_us: row.integer(8)?,
        till_at_us: row.integer_or_null(9)?,
        day: row.integer(10)?,
        receipt: row.text_or_null(11)?,
        total_minor: row.integer(12)?,
        discount_minor: row.integer(13)?,
        points_minor: row.integer(14)?,
        to_pay_minor: row.integer(15)?,
        spent_points: points(row.integer(16)?)?,
        earned_points: points(row.integer(17)?)?,
        hold_until_us: row.integer_or_null(18)?,
        guard,
        basket_hash: row.bytes(19)?,
        lines,
    })
}

/// A purchase by the till's id.
///
/// # Errors
/// When the book cannot be read.
pub fn read(tx: &mut Tx<'_>, vault: &Vault, id: Id) -> Result<Option<Purchase>, Fault> {
    let row = tx.query_opt(&format!("SELECT {COLUMNS} FROM purchases WHERE id = $1"), values![id])?;
    row.map(|row| purchase(tx, vault, row)).transpose()
}

/// A purchase by the shop's number of its receipt.
///
/// # Errors
/// When the book cannot be read.
pub fn of_receipt(
    tx: &mut Tx<'_>,
    vault: &Vault,
    branch: Id,
    receipt: &str,
) -> Result<Option<Purchase>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM purchases WHERE branch_id = $1 AND receipt = $2");
    let row = tx.query_opt(&sql, values![branch, receipt])?;
    row.map(|row| purchase(tx, vault, row)).transpose()
}

/// Purchases of a wallet before one of them, by its moment and id (or the last ones), the newest first, at most two hundred.
///
/// # Errors
/// When the book cannot be read.
pub fn of_wallet(
    tx: &mut Tx<'_>,
    vault: &Vault,
    wallet: Id,
    before: Option<(i64, Id)>,
) -> Result<Vec<Purchase>, Fault> {
    let (at_us, id) = before.unwrap_or((i64::MAX, Id::from_bytes([0xFF; 16])));
    let sql = format!(
        "SELECT {COLUMNS} FROM purchases WHERE wallet_id = $1 AND (at_us < $2 OR (at_us = $2 AND id < $3))
         ORDER BY at_us DESC, id DESC LIMIT $4"
    );
    let rows = tx.query(&sql, values![wallet, at_us, id, PAGE_MAX])?;
    rows.into_iter().map(|row| purchase(tx, vault, row)).collect()
}

/// The basket of lines that were bought.
pub(super) fn basket_of(currency: Currency, lines: &[KeptLine]) -> Result<Basket, Fault> {
    let spec = |line: &KeptLine| LineSpec {
        product: line.product.clone(),
        categories: line.categories.clone(),
        quantity_milli: line.sold.quantity_milli,
        price_minor: line.price_minor,
    };
    Basket::parse(currency, &lines.iter().map(spec).collect::<Vec<_>>()).map_err(|_| damaged(WHAT))
}

/// What a purchase commits to in the audit.
pub(super) fn told(purchase: &Purchase) -> serde_json::Value {
    serde_json::json!({
        "purchase": purchase.id, "till": purchase.till, "version": purchase.version, "receipt": purchase.receipt,
        "total_minor": purchase.total_minor, "discount_minor": purchase.discount_minor,
        "points_minor": purchase.points_minor, "to_pay_minor": purchase.to_pay_minor,
        "spent_points": purchase.spent_points, "earned_points": purchase.earned_points,
        "guard": purchase.guard.map(guard_word),
    })
}
