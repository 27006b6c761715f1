//! Kinds of gifts. Nothing is deleted: a gift that is given no more is stopped.

use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{GiftId, RewardKind, RulesSpec};

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes::RulesDraft;
use crate::organisation::{Closing, Kept, NotFound, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, to_text};

/// The table, as the audit names it.
pub const TABLE: &str = "gift_kinds";

/// The most kinds of one programme.
pub const KINDS_MAX: u32 = 200;

/// A kind of gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftKind {
    /// Of which programme.
    pub programme: Id,
    /// What members call it.
    pub name: Title,
}

/// Why there is no further kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindNotAdded {
    /// There are [`KINDS_MAX`].
    TooMany,
    /// The id is that of another programme's gift.
    OtherProgramme,
}

/// Adds a kind under an id; one that is there already stays as it is.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    kind: &GiftKind,
) -> Result<Result<(), KindNotAdded>, Fault> {
    if let Some(known) = get(work.tx, id)? {
        let same = known.content.programme == kind.programme;
        return Ok(if same { Ok(()) } else { Err(KindNotAdded::OtherProgramme) });
    }
    let sql = "SELECT COUNT(*) FROM gift_kinds WHERE programme_id = $1";
    if work.tx.query_one(sql, values![kind.programme])?.integer(0)? >= i64::from(KINDS_MAX) {
        return Ok(Err(KindNotAdded::TooMany));
    }
    work.tx.execute(
        "INSERT INTO gift_kinds (id, programme_id, name) VALUES ($1, $2, $3)",
        values![id, kind.programme, kind.name.as_str()],
    )?;
    let words = to_text(&kind.name.as_str())?;
    record_change(work.tx, acting, "gift_kind_added", Subject::row(TABLE, id), None, Some(&words))?;
    Ok(Ok(()))
}

/// Adds the gifts of rules that are not kept yet, called as their rules are.
///
/// # Errors
/// As [`add`].
pub fn add_those_of(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    programme: Id,
    draft: &RulesDraft,
) -> Result<Result<(), KindNotAdded>, Fault> {
    for (gift, name) in named_in(&draft.rules, |rule| draft.rule_names.get(&rule).cloned()) {
        if let Err(refusal) = add(work, acting, gift, &GiftKind { programme, name })? {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(()))
}

/// The gifts of rules with what the rules are called.
pub fn named_in(
    rules: &RulesSpec,
    called: impl Fn(bonafide_domain::programme::RuleId) -> Option<Title>,
) -> Vec<(Id, Title)> {
    let gift = |reward: &bonafide_domain::programme::Reward| match reward.kind {
        RewardKind::Gift { gift, .. } => called(reward.id).map(|name| (id_of(gift), name)),
        _ => None,
    };
    rules.rewards.iter().filter_map(gift).collect()
}

/// The id of a gift in the book.
#[must_use]
pub const fn id_of(gift: GiftId) -> Id {
    Id::from_bytes(gift.0)
}

/// Stops giving a kind, or goes on. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_stopped(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    stopped: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let before = get(work.tx, id)?.map(|kind| kind.closed_us);
    let sql = "UPDATE gift_kinds SET stopped_us = $1 WHERE id = $2";
    let action = if stopped { "gift_kind_stopped" } else { "gift_kind_given_again" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed: stopped, sql, action })
}

/// A kind, stopped or not.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<GiftKind>>, Fault> {
    let sql = "SELECT id, programme_id, name, stopped_us FROM gift_kinds WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(kind).transpose()
}

/// The kinds of a programme, stopped or not, in the order in which they were added.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, programme: Id) -> Result<Vec<Kept<GiftKind>>, Fault> {
    let sql = "SELECT id, programme_id, name, stopped_us FROM gift_kinds WHERE programme_id = $1 ORDER BY id";
    tx.query(sql, values![programme])?.into_iter().map(kind).collect()
}

fn kind(mut row: Row) -> Result<Kept<GiftKind>, Fault> {
    let name = Title::parse(&row.text(2)?).map_err(|_| damaged("the name of a gift"))?;
    let content = GiftKind { programme: row.id(1)?, name };
    Ok(Kept { id: row.id(0)?, content, closed_us: row.integer_or_null(3)? })
}
