//! Bonus programmes, the versions of their rules, and which one the tills of a branch work for.
//!
//! Rules are never changed: a programme gets a further version, and what was bought under an older one keeps it (case T-21).
//! Nothing is deleted: a programme that is over is closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_domain::money::Currency;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{RuleId, Rules, RulesRefusal, RulesSpec, Tier};

use crate::audit::entry::{Acting, Author, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::{Closing, Kept, NotFound, branch, write_closing};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, to_text};

use super::rules::{NamesRefusal, check_names, rules_text};

const TABLE: &str = "programmes";

/// What the trace says of rules that were put.
const RULES_PUT: &str = "programme_rules_put";

/// The longest kept form of rules, in bytes. Two hundred rules may name a thousand goods each, and each version stands twice
/// in the trace.
pub const RULES_BYTES_MAX: usize = 512 * 1024;

/// The most versions of one list.
pub const VERSIONS_LIST_MAX: u32 = 100;

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// What members call it.
    pub name: Title,
    /// The currency of its receipts. It never changes: the points of two currencies never meet (case T-22).
    pub currency: Currency,
}

/// Rules as they are typed in, with what the operator calls their parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesDraft {
    /// The rules. The number of the version in them does not count.
    pub rules: RulesSpec,
    /// The names that tiers bear, each by its place. A name that is out of use may stay, so that others keep their place.
    pub tier_names: Vec<Title>,
    /// What rules are called; a rule may have no name.
    pub rule_names: BTreeMap<RuleId, Title>,
}

/// One version of a programme's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeVersion {
    /// Counts from one; the rules say the same.
    pub version: u32,
    /// The rules.
    pub rules: Rules,
    /// The names that tiers bear, each by its place: every tier has one.
    pub tier_names: Vec<Title>,
    /// What rules are called; a rule may have no name.
    pub rule_names: BTreeMap<RuleId, Title>,
    /// When it was added, in microseconds since 1970.
    pub added_us: i64,
}

impl ProgrammeVersion {
    /// What a tier is called; nothing when there is no such tier.
    #[must_use]
    pub fn tier_name(&self, tier: Tier) -> Option<&Title> {
        let tiers = self.rules.spec().tiers.as_ref()?;
        let named = tiers.spec().tiers.get(usize::from(tier.0))?;
        self.tier_names.get(usize::from(named.name))
    }

    fn says(&self, draft: &RulesDraft) -> bool {
        let rules = RulesSpec { version: self.version, ..draft.rules.clone() };
        *self.rules.spec() == rules
            && self.tier_names == draft.tier_names
            && self.rule_names == draft.rule_names
    }
}

/// Why rules are not put. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesNotPut {
    /// There is no such programme, or it is closed.
    NoProgramme,
    /// They are for baskets of another currency than the programme's (case T-22).
    OtherCurrency,
    /// They do not fit together.
    Rules(RulesRefusal),
    /// The names do not fit them.
    Names(NamesRefusal),
    /// They are in force already. So an answer that was lost is found by asking again.
    AsInForce {
        /// As this version.
        version: u32,
    },
    /// Others were put since whoever puts these looked: he has not seen what he would replace.
    PutMeanwhile {
        /// As this version.
        version: u32,
    },
    /// They are longer than [`RULES_BYTES_MAX`].
    TooLong,
}

/// Why a branch does not get a programme. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchNotSet {
    /// There is no such branch.
    NoBranch,
    /// There is no such programme, or it is closed.
    NoProgramme,
    /// The branch sells in another currency than the programme's: nothing is converted (case T-22).
    OtherCurrency,
}

/// Adds a programme. It has no rules yet.
///
/// # Errors
/// When it cannot be written.
pub fn add(work: &mut Work<'_, '_>, acting: &Acting, programme: &Programme) -> Result<Id, Fault> {
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO programmes (id, name, currency) VALUES ($1, $2, $3)",
        values![id, programme.name.as_str(), programme.currency.code()],
    )?;
    let words = words_of(programme)?;
    record_change(work.tx, acting, "programme_added", Subject::row(TABLE, id), None, Some(&words))?;
    Ok(id)
}

/// Calls a programme otherwise. Tells whether it was called otherwise before; not found when it is closed.
///
/// # Errors
/// When it cannot be written.
pub fn rename(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    name: &Title,
) -> Result<Result<bool, NotFound>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(NotFound)) };
    if before.name == *name {
        return Ok(Ok(false));
    }
    work.tx.execute("UPDATE programmes SET name = $1 WHERE id = $2", values![name.as_str(), id])?;
    let after = words_of(&Programme { name: name.clone(), ..before })?;
    let before = words_of(&before)?;
    record_change(
        work.tx,
        acting,
        "programme_renamed",
        Subject::row(TABLE, id),
        Some(&before),
        Some(&after),
    )?;
    Ok(Ok(true))
}

/// Closes a programme: nobody is taken in any more, and no branch has it. Points stay, and may come back. Tells whether it was
/// open before.
///
/// # Errors
/// When it cannot be written.
pub fn close(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<Result<bool, NotFound>, Fault> {
    set_closed(work, acting, id, true)
}

/// Opens a programme again that was closed, at the branches that had it. Tells whether it was closed before.
///
/// # Errors
/// When it cannot be written.
pub fn reopen(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<Result<bool, NotFound>, Fault> {
    set_closed(work, acting, id, false)
}

fn set_closed(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    closed: bool,
) -> Result<Result<bool, NotFound>, Fault> {
    let row = work.tx.query_opt("SELECT closed_us FROM programmes WHERE id = $1", values![id])?;
    let before = row.map(|mut row| row.integer_or_null(0)).transpose()?;
    let sql = "UPDATE programmes SET closed_us = $1 WHERE id = $2";
    let action = if closed { "programme_closed" } else { "programme_reopened" };
    write_closing(work, acting, Subject::row(TABLE, id), before, &Closing { closed, sql, action })
}

/// Puts rules in force, and tells the number of their version. What was bought before keeps its own. `seen` is the version that was in
/// force when somebody began to change it, zero when there was none.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn put_rules(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    programme: Id,
    seen: u32,
    draft: &RulesDraft,
) -> Result<Result<u32, RulesNotPut>, Fault> {
    let Some(of) = get(work.tx, programme)? else { return Ok(Err(RulesNotPut::NoProgramme)) };
    let before = rules_in_force(work.tx, programme)?;
    let last = before.as_ref().map_or(0, |before| before.version);
    let version = last + 1;
    let next = match next(of.currency, draft, version, acting.now_us) {
        Ok(next) => next,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(before) = before.as_ref().filter(|before| before.says(draft)) {
        return Ok(Err(RulesNotPut::AsInForce { version: before.version }));
    }
    if seen != last {
        return Ok(Err(RulesNotPut::PutMeanwhile { version: last }));
    }
    let text = rules_text(&next)?;
    if text.len() > RULES_BYTES_MAX {
        return Ok(Err(RulesNotPut::TooLong));
    }
    work.tx.execute(
        "INSERT INTO programme_versions (programme_id, version, rules, added_us) VALUES ($1, $2, $3, $4)",
        values![programme, version, text.as_str(), acting.now_us],
    )?;
    let before = before.as_deref().map(rules_text).transpose()?;
    let subject = Subject::row(TABLE, programme);
    record_change(work.tx, acting, RULES_PUT, subject, before.as_deref(), Some(&text))?;
    Ok(Ok(version))
}

/// The version that a draft becomes.
fn next(
    currency: Currency,
    draft: &RulesDraft,
    version: u32,
    added_us: i64,
) -> Result<ProgrammeVersion, RulesNotPut> {
    if draft.rules.currency != currency {
        return Err(RulesNotPut::OtherCurrency);
    }
    let rules = RulesSpec { version, ..draft.rules.clone() };
    let rules = Rules::parse(rules).map_err(RulesNotPut::Rules)?;
    check_names(rules.spec(), &draft.tier_names, &draft.rule_names).map_err(RulesNotPut::Names)?;
    let (tier_names, rule_names) = (draft.tier_names.clone(), draft.rule_names.clone());
    Ok(ProgrammeVersion { version, rules, tier_names, rule_names, added_us })
}

/// The rules by which a programme's purchases begin, those that were put last, also when it is closed; nothing when it has none.
///
/// # Errors
/// When the book cannot be read.
pub fn rules_in_force(tx: &mut Tx<'_>, programme: Id) -> Result<Option<Arc<ProgrammeVersion>>, Fault> {
    let sql = "SELECT version, rules, added_us FROM programme_versions
         WHERE programme_id = $1 ORDER BY version DESC LIMIT 1";
    let row = tx.query_opt(sql, values![programme])?;
    row.map(|row| version_from_row(tx, row)).transpose()
}

/// One version of a programme's rules.
///
/// # Errors
/// When the book cannot be read.
pub fn version(tx: &mut Tx<'_>, programme: Id, version: u32) -> Result<Option<Arc<ProgrammeVersion>>, Fault> {
    let sql =
        "SELECT version, rules, added_us FROM programme_versions WHERE programme_id = $1 AND version = $2";
    let row = tx.query_opt(sql, values![programme, version])?;
    row.map(|row| version_from_row(tx, row)).transpose()
}

/// The versions of a programme's rules, the newest first, at most [`VERSIONS_LIST_MAX`].
///
/// # Errors
/// When the book cannot be read.
pub fn versions(tx: &mut Tx<'_>, programme: Id) -> Result<Vec<Arc<ProgrammeVersion>>, Fault> {
    let sql = "SELECT version, rules, added_us FROM programme_versions
         WHERE programme_id = $1 ORDER BY version DESC LIMIT $2";
    let rows = tx.query(sql, values![programme, VERSIONS_LIST_MAX])?;
    rows.into_iter().map(|row| version_from_row(tx, row)).collect()
}

/// Who put the rules of a programme, by the moment at which he did, in microseconds since 1970.
///
/// # Errors
/// When the book cannot be read.
pub fn authors(tx: &mut Tx<'_>, programme: Id) -> Result<BTreeMap<i64, Author>, Fault> {
    let sql = "SELECT at_us, actor_kind, actor_id FROM audit_entries WHERE subject_id = $1 AND action = $2";
    let author = |mut row: Row| Ok((row.integer(0)?, Author { kind: row.text(1)?, id: row.id_or_null(2)? }));
    tx.query(sql, values![programme, RULES_PUT])?.into_iter().map(author).collect()
}

/// Lets the tills of a branch work for a programme, or for none. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set_branch(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    branch: Id,
    programme: Option<Id>,
) -> Result<Result<bool, BranchNotSet>, Fault> {
    let Some(place) = branch::get(work.tx, branch)? else { return Ok(Err(BranchNotSet::NoBranch)) };
    if let Some(id) = programme {
        let Some(wanted) = get(work.tx, id)? else { return Ok(Err(BranchNotSet::NoProgramme)) };
        if wanted.currency != place.content.currency {
            return Ok(Err(BranchNotSet::OtherCurrency));
        }
    }
    let sql = "SELECT programme_id FROM branch_programmes WHERE branch_id = $1";
    let before = work.tx.query_opt(sql, values![branch])?.map(|mut row| row.id(0)).transpose()?;
    if before == programme {
        return Ok(Ok(false));
    }
    match programme {
        Some(id) => work.tx.execute(
            "INSERT INTO branch_programmes (branch_id, programme_id) VALUES ($1, $2)
             ON CONFLICT (branch_id) DO UPDATE SET programme_id = excluded.programme_id",
            values![branch, id],
        )?,
        None => work.tx.execute("DELETE FROM branch_programmes WHERE branch_id = $1", values![branch])?,
    };
    trace_branch(work.tx, acting, branch, before, programme)?;
    Ok(Ok(true))
}

/// An entry for the branch, and one for each programme: whoever asks about one of them finds it.
fn trace_branch(
    tx: &mut Tx<'_>,
    acting: &Acting,
    branch: Id,
    before: Option<Id>,
    after: Option<Id>,
) -> Result<(), Fault> {
    let words = |programme: Id| serde_json::json!({ "branch": branch, "programme": programme }).to_string();
    let [words_before, words_after] = [before, after].map(|programme| programme.map(words));
    let programmes = before.into_iter().chain(after).map(|programme| Subject::row(TABLE, programme));
    for subject in std::iter::once(Subject::row(branch::TABLE, branch)).chain(programmes) {
        let (before, after) = (words_before.as_deref(), words_after.as_deref());
        record_change(tx, acting, "branch_programme_set", subject, before, after)?;
    }
    Ok(())
}

/// The programme that the tills of a branch work for; nothing when it has none, or when that is closed. Nor when the branch
/// sells in another currency since: then points would be worth something that nobody said (case T-22).
///
/// # Errors
/// When the book cannot be read.
pub fn of_branch(tx: &mut Tx<'_>, branch: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id FROM branch_programmes w
         JOIN programmes p ON p.id = w.programme_id JOIN branches b ON b.id = w.branch_id
         WHERE w.branch_id = $1 AND p.closed_us IS NULL AND p.currency = b.currency",
        values![branch],
    )?;
    row.map(|mut row| row.id(0)).transpose()
}

/// The programme of a branch, with the rules by which its purchases begin.
#[derive(Debug, Clone)]
pub struct AtBranch {
    /// Which.
    pub programme: Id,
    /// Nothing when it has none yet.
    pub rules: Option<Arc<ProgrammeVersion>>,
}

/// [`of_branch`] with [`rules_in_force`], in one statement: each purchase asks for both, several times.
///
/// # Errors
/// When the book cannot be read.
pub fn at_branch(tx: &mut Tx<'_>, branch: Id) -> Result<Option<AtBranch>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, v.version, v.rules, v.added_us FROM branch_programmes w
         JOIN programmes p ON p.id = w.programme_id JOIN branches b ON b.id = w.branch_id
         LEFT JOIN programme_versions v ON v.programme_id = p.id AND v.version =
             (SELECT MAX(n.version) FROM programme_versions n WHERE n.programme_id = p.id)
         WHERE w.branch_id = $1 AND p.closed_us IS NULL AND p.currency = b.currency",
        values![branch],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (programme, version) = (row.id(0)?, row.split_off(1));
    let rules = if version.is_null(0) { None } else { Some(version_from_row(tx, version)?) };
    Ok(Some(AtBranch { programme, rules }))
}

/// The branches that have a programme, by their ids: also those where it does not count because it is closed, or because they sell in
/// another currency since.
///
/// # Errors
/// When the book cannot be read.
pub fn branches(tx: &mut Tx<'_>, programme: Id) -> Result<Vec<Id>, Fault> {
    let sql = "SELECT branch_id FROM branch_programmes WHERE programme_id = $1 ORDER BY branch_id";
    tx.query(sql, values![programme])?.into_iter().map(|mut row| row.id(0)).collect()
}

/// A programme that is not closed.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Programme>, Fault> {
    let sql = "SELECT id, name, currency FROM programmes WHERE id = $1 AND closed_us IS NULL";
    tx.query_opt(sql, values![id])?.map(|row| programme(row).map(|(_, found)| found)).transpose()
}

/// All that are not closed, in the order in which they were added.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<(Id, Programme)>, Fault> {
    let sql = "SELECT id, name, currency FROM programmes WHERE closed_us IS NULL ORDER BY id";
    tx.query(sql, &[])?.into_iter().map(programme).collect()
}

/// A programme, closed or not.
///
/// # Errors
/// When the book cannot be read.
pub fn find(tx: &mut Tx<'_>, id: Id) -> Result<Option<Kept<Programme>>, Fault> {
    let sql = "SELECT id, name, currency, closed_us FROM programmes WHERE id = $1";
    tx.query_opt(sql, values![id])?.map(kept).transpose()
}

/// All of them, closed or not, in the order in which they were added.
///
/// # Errors
/// When the book cannot be read.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Kept<Programme>>, Fault> {
    let sql = "SELECT id, name, currency, closed_us FROM programmes ORDER BY id";
    tx.query(sql, &[])?.into_iter().map(kept).collect()
}

/// What the trace says of a programme.
fn words_of(programme: &Programme) -> Result<String, Fault> {
    to_text(&(programme.name.as_str(), programme.currency.code()))
}

fn version_from_row(tx: &mut Tx<'_>, mut row: Row) -> Result<Arc<ProgrammeVersion>, Fault> {
    let found = tx.parsed_rules().of(row.text(1)?, row.integer(2)?)?;
    if found.version == row.number(0)? { Ok(found) } else { Err(damaged("the rules of a programme")) }
}

fn programme(mut row: Row) -> Result<(Id, Programme), Fault> {
    let what = "a bonus programme";
    let name = Title::parse(&row.text(1)?).map_err(|_| damaged(what))?;
    let currency = Currency::parse(&row.text(2)?).map_err(|_| damaged(what))?;
    Ok((row.id(0)?, Programme { name, currency }))
}

fn kept(mut row: Row) -> Result<Kept<Programme>, Fault> {
    let closed_us = row.integer_or_null(3)?;
    let (id, content) = programme(row)?;
    Ok(Kept { id, content, closed_us })
}
