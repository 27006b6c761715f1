//! Credentials: what a member carries, is or knows to be recognised by.
//!
//! The history counts and is only added to; the state in a credential's row is what the history makes of it, for a quick
//! look. Numbers are sealed, and found by keyed hashes. Each change is asked for under an operation's id that the caller
//! brings: asked again, it is answered as before.

pub mod content;
pub mod find;
pub mod history;
pub mod pin;

use bonafide_domain::consent::EnrolmentPermit;
use bonafide_domain::credential::{
    BlockReason, Change, ChangeRefusal, Credential, CredentialEvent, CredentialState, Issue, IssueRefusal,
    LimitReason, may_issue,
};

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::consents::{consent_end, purpose_word};
use crate::credentials::content::{Content, Shown, to_record};
use crate::credentials::find::Kept;
use crate::credentials::history::{append, by, kind_word, made_by, recorded, state_words};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field, Vault};
use crate::keys::ring::{Lookup, Ring};
use crate::members;
use crate::store::Work;
use crate::values;

/// The table, as the audit names it.
pub const TABLE: &str = "credentials";

/// What is to be issued.
#[derive(Clone)]
pub struct NewCredential {
    /// To whom.
    pub member: Id,
    /// What it is made of.
    pub content: Content,
    /// The first moment at which it has expired; nothing when it does not expire. A biometric one ends with its consent.
    pub until_us: Option<i64>,
    /// Whether it begins limited.
    pub limited: Option<LimitReason>,
}

/// A credential after something was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Which one; after a replacement the new one.
    pub credential: Id,
    /// What it allowed right afterwards.
    pub state: CredentialState,
    /// Whether it was done before, under the same operation id: then nothing was written now, no trace either.
    pub repeated: bool,
}

/// In what an operation differs from what was done under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// It was about another credential.
    Credential,
    /// Something else was done.
    Change,
    /// It was for another member.
    Member,
    /// The content was another.
    Content,
    /// The end was another.
    End,
    /// The limit was another.
    Limit,
}

/// Why nothing was issued. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotIssued {
    /// The operation's id was used for something else.
    OtherOperation(Differing),
    /// There is no such member.
    NoMember,
    /// The rules refuse it.
    Refused(IssueRefusal),
    /// The permit is for keeping it elsewhere.
    KeptElsewhere,
    /// It would be over before it begins.
    EndsBeforeItBegins,
    /// Another credential has this number, or this place with the member, and is not over.
    InUse {
        /// Which one.
        credential: Id,
    },
}

/// Why nothing was changed. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotChanged {
    /// The operation's id was used for something else.
    OtherOperation(Differing),
    /// There is no such credential.
    NotFound,
    /// The rules refuse it.
    Refused(ChangeRefusal),
    /// The new end is later than that of the consent that it rests on.
    BeyondConsent,
    /// What is to take its place is of another kind.
    OtherKind,
    /// Another credential has the new number and is not over.
    InUse {
        /// Which one.
        credential: Id,
    },
}

pub(super) fn content_field(row: Id, member: Id) -> Field {
    Field { table: TABLE, column: "content_sealed", row, member }
}

/// Issues a credential. A biometric one takes the permit of its member and modality, which only
/// [`crate::consents::may_enrol`] can have brought; for the others it is left aside.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn issue(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    new: &NewCredential,
    permit: Option<EnrolmentPermit>,
) -> Result<Result<Done, NotIssued>, Fault> {
    let permit = permit.filter(|_| new.content.keeping().is_some());
    let ends = [new.until_us, permit.as_ref().and_then(EnrolmentPermit::until_us)];
    let until_us = ends.into_iter().flatten().min();
    if let Some(before) = recorded(work.tx, operation)? {
        let differing = differs_from_issue(work, acting, &before, new, until_us)?;
        let done = Done { credential: before.credential, state: before.state, repeated: true };
        return Ok(differing.map_or(Ok(done), |differing| Err(NotIssued::OtherOperation(differing))));
    }
    let Some(member_key) = members::data_key(work.tx, work.vault, new.member)? else {
        return Ok(Err(NotIssued::NoMember));
    };
    let id = Id::new(acting.now_us)?;
    let (member, kind, limited) = (new.member.into(), new.content.kind(), new.limited);
    let issue = Issue { id: id.into(), member, kind, until_us, limited, replaces: None };
    if let Err(refusal) = may_issue(&issue, permit.as_ref()) {
        return Ok(Err(NotIssued::Refused(refusal)));
    }
    if permit.as_ref().is_some_and(|permit| Some(permit.keeping()) != new.content.keeping()) {
        return Ok(Err(NotIssued::KeptElsewhere));
    }
    if until_us.is_some_and(|until_us| until_us <= acting.now_us) {
        return Ok(Err(NotIssued::EndsBeforeItBegins));
    }
    if let Some(credential) = in_use(work, acting, new.member, &new.content, permit.as_ref(), None)? {
        return Ok(Err(NotIssued::InUse { credential }));
    }
    // From here on it succeeds.
    let writing = Writing { issue, content: &new.content, permit: permit.as_ref(), key: &member_key };
    write(work, acting, Some(operation), &writing).map(Ok)
}

fn differs_from_issue(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    before: &history::Recorded,
    new: &NewCredential,
    until_us: Option<i64>,
) -> Result<Option<Differing>, Fault> {
    let Change::Issued(issue) = before.event.change else { return Ok(Some(Differing::Change)) };
    if issue.member != new.member.into() {
        return Ok(Some(Differing::Member));
    }
    let kept = find::get(work.tx, work.vault, before.credential, acting.now_us)?;
    // What was destroyed since cannot be compared any more; its kind can.
    let content = kept.and_then(|kept| kept.content);
    let same_content = content.map_or(issue.kind == new.content.kind(), |content| content.is(&new.content));
    Ok(if !same_content {
        Some(Differing::Content)
    } else if issue.until_us != until_us {
        Some(Differing::End)
    } else if issue.limited != new.limited {
        Some(Differing::Limit)
    } else {
        None
    })
}

/// The credential that stands in the way: one with the same number, or the member's own of a kind that he has once. A phone
/// may be a family's.
fn in_use(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    content: &Content,
    permit: Option<&EnrolmentPermit>,
    besides: Option<Id>,
) -> Result<Option<Id>, Fault> {
    let (tx, now_us) = (&mut *work.tx, acting.now_us);
    let stands = |kept: &Kept| !kept.is_over() && Some(kept.id) != besides;
    if matches!(content, Content::Pin(_)) || permit.is_some() {
        let purpose = permit.map(EnrolmentPermit::purpose);
        let own = find::of_profile(tx, work.vault, member, now_us)?;
        let same = |kept: &&Kept| stands(kept) && kept.kind == content.kind() && kept.purpose == purpose;
        if let Some(kept) = own.iter().find(same) {
            return Ok(Some(kept.id));
        }
    }
    let Some(shown) = content.shown().filter(|shown| !matches!(shown, Shown::Phone(_))) else {
        return Ok(None);
    };
    let found = find::candidates(tx, work.vault, shown, now_us)?;
    let whole = bonafide_domain::card::Agreement::Whole;
    let same = |(kept, agreement): &&(Kept, _)| {
        // One reference of a provider may serve two purposes of its own member, each with its consent.
        let for_another_purpose = permit.is_some() && kept.member == member;
        stands(kept) && *agreement == whole && !for_another_purpose
    };
    Ok(found.iter().find(same).map(|(kept, _)| kept.id))
}

/// A credential that is about to be written.
struct Writing<'a> {
    issue: Issue,
    content: &'a Content,
    permit: Option<&'a EnrolmentPermit>,
    key: &'a DataKey,
}

fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Option<Id>,
    writing: &Writing<'_>,
) -> Result<Done, Fault> {
    let Writing { issue, content, permit, key: member_key } = writing;
    let (id, member) = (Id::from(issue.id), Id::from(issue.member));
    // Of what a consent was needed for, the key can be destroyed alone.
    let own_key = if permit.is_some() { Some(work.vault.allot(acting.now_us)?) } else { None };
    let key = own_key.as_ref().map_or(*member_key, |(_, key)| key);
    work.tx.execute(
        "INSERT INTO credentials (id, member_id, kind, state, replaces_id, purpose, consent_id, key_id, content_sealed,
             issued_us)
         VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $9)",
        values![
            id,
            member,
            kind_word(issue.kind),
            issue.replaces.map(Id::from),
            permit.map(|permit| purpose_word(permit.purpose())),
            permit.map(|permit| Id::from(permit.consent())),
            own_key.as_ref().map(|(id, _)| *id),
            key.seal(&content_field(id, member), &to_record(content)?)?,
            acting.now_us
        ],
    )?;
    write_lookups(work.tx, &work.vault.ring(), id, content)?;
    let event = CredentialEvent { at_us: acting.now_us, by: by(acting), change: Change::Issued(*issue) };
    let made = Credential::issued(issue);
    append(work.tx, id, operation, &event, &made)?;
    let state = made.state(acting.now_us);
    trace(work.tx, acting, &event.change, &made, member_key)?;
    Ok(Done { credential: id, state, repeated: false })
}

fn write_lookups(tx: &mut Tx<'_>, ring: &Ring, id: Id, content: &Content) -> Result<(), Fault> {
    let Some(shown) = content.shown() else { return Ok(()) };
    for key in shown.keys() {
        tx.execute(
            "INSERT INTO credential_lookups (hash, credential_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            values![ring.lookup(Lookup::Credential, &key), id],
        )?;
    }
    Ok(())
}

/// The entry of a change. It is about the member, so that his page shows all that happened to him; what exactly is sealed.
fn trace(
    tx: &mut Tx<'_>,
    acting: &Acting,
    change: &Change,
    made: &Credential,
    member_key: &DataKey,
) -> Result<(), Fault> {
    let (state, reason) = state_words(made.state(acting.now_us));
    let member = Id::from(made.issue().member);
    let json = serde_json::json!({
        "credential": Id::from(made.issue().id), "kind": kind_word(made.issue().kind), "state": state,
        "reason": reason, "until_us": made.until_us(), "replaced_by": made.replaced_by().map(Id::from),
    })
    .to_string();
    let detail = Detail { member, key: member_key, json: &json };
    record(tx, acting, history::action(change), Subject::row(members::TABLE, member), Some(detail)).map(drop)
}

/// Does one change that the rules allow.
pub(crate) fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Option<Id>,
    id: Id,
    change: Change,
) -> Result<Result<Done, NotChanged>, Fault> {
    if let Some(operation) = operation
        && let Some(before) = recorded(work.tx, operation)?
    {
        let differing = if before.credential != id {
            Err(NotChanged::OtherOperation(Differing::Credential))
        } else if before.event.change != change {
            Err(NotChanged::OtherOperation(Differing::Change))
        } else {
            Ok(Done { credential: id, state: before.state, repeated: true })
        };
        return Ok(differing);
    }
    let events = history::history(work.tx, id)?;
    let Some(credential) = made_by(&events, id)? else { return Ok(Err(NotChanged::NotFound)) };
    let event = CredentialEvent { at_us: acting.now_us, by: by(acting), change };
    let made = match credential.after(&event) {
        Ok(made) => made,
        Err(refusal) => return Ok(Err(NotChanged::Refused(refusal))),
    };
    let key = key_of(work.tx, work.vault, &made)?;
    append(work.tx, id, operation, &event, &made)?;
    trace(work.tx, acting, &change, &made, &key)?;
    Ok(Ok(Done { credential: id, state: made.state(acting.now_us), repeated: false }))
}

fn key_of(tx: &mut Tx<'_>, vault: &Vault, credential: &Credential) -> Result<DataKey, Fault> {
    let member = Id::from(credential.issue().member);
    members::data_key(tx, vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the holder {member} of a credential is missing")))
}

macro_rules! changes {
    ($($(#[$doc:meta])+ $name:ident ($($more:ident: $kind:ty)?) = $change:expr;)+) => {$(
        $(#[$doc])+
        ///
        /// # Errors
        /// When it cannot be written; the inner error when the rules refuse it.
        pub fn $name(
            work: &mut Work<'_, '_>,
            acting: &Acting,
            operation: Id,
            credential: Id,
            $($more: $kind,)?
        ) -> Result<Result<Done, NotChanged>, Fault> {
            change(work, acting, Some(operation), credential, $change)
        }
    )+};
}

changes! {
    /// Reports a loss: from the commit on the credential opens nothing.
    report_loss() = Change::LossReported;
    /// Reports a lost one found. It stays blocked, until somebody has looked at it.
    report_found() = Change::FoundReported;
    /// Stops a credential.
    block(reason: BlockReason) = Change::Blocked(reason);
    /// Releases a blocked one.
    unblock() = Change::Unblocked;
    /// Lets it enter and earn, not spend.
    limit(reason: LimitReason) = Change::Limited(reason);
    /// Lets it spend again.
    lift_limit() = Change::LimitLifted;
}

/// Sets another end. One that rests on a consent does not outlast it.
///
/// # Errors
/// When it cannot be written; the inner error when the rules refuse it.
pub fn renew(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    credential: Id,
    until_us: Option<i64>,
) -> Result<Result<Done, NotChanged>, Fault> {
    if let Some(consent_end_us) = consent_end(work.tx, credential)?
        && until_us.is_none_or(|until_us| until_us > consent_end_us)
    {
        return Ok(Err(NotChanged::BeyondConsent));
    }
    change(work, acting, Some(operation), credential, Change::Renewed { until_us })
}

/// Ends a credential now: it was given back, and its number may go to somebody else. Ends come by the clock, and so this one
/// comes with the next microsecond.
///
/// # Errors
/// When it cannot be written; the inner error when the rules refuse it.
pub fn expire(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    credential: Id,
) -> Result<Result<Done, NotChanged>, Fault> {
    // Asked again, it is later: the end is the one that was set then.
    let before = recorded(work.tx, operation)?;
    let ended_us = before.map_or(acting.now_us, |before| before.event.at_us);
    change(work, acting, Some(operation), credential, Change::Renewed { until_us: Some(ended_us + 1) })
}

/// Puts another thing of the same kind in the place of one that was lost or is worn: same member, same end, same limit. The
/// old one and the new one name each other.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn replace(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    old: Id,
    content: &Content,
) -> Result<Result<Done, NotChanged>, Fault> {
    if let Some(before) = recorded(work.tx, operation)? {
        return replaced_before(work, acting, &before, old, content);
    }
    let events = history::history(work.tx, old)?;
    let Some(credential) = made_by(&events, old)? else { return Ok(Err(NotChanged::NotFound)) };
    let new = Id::new(acting.now_us)?;
    let issue = match credential.replacement(new.into(), acting.now_us) {
        Ok(issue) => issue,
        Err(refusal) => return Ok(Err(NotChanged::Refused(refusal))),
    };
    if content.kind() != issue.kind {
        return Ok(Err(NotChanged::OtherKind));
    }
    let member = Id::from(issue.member);
    if let Some(credential) = in_use(work, acting, member, content, None, Some(old))? {
        return Ok(Err(NotChanged::InUse { credential }));
    }
    // The new one first: the old one's row names it.
    let key = key_of(work.tx, work.vault, &credential)?;
    let done = write(work, acting, None, &Writing { issue, content, permit: None, key: &key })?;
    let replaced = change(work, acting, Some(operation), old, Change::Replaced { by: new.into() })?;
    Ok(replaced.map(|_| done))
}

fn replaced_before(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    before: &history::Recorded,
    old: Id,
    content: &Content,
) -> Result<Result<Done, NotChanged>, Fault> {
    let other = |differing| Ok(Err(NotChanged::OtherOperation(differing)));
    if before.credential != old {
        return other(Differing::Credential);
    }
    let Change::Replaced { by } = before.event.change else { return other(Differing::Change) };
    let new = Id::from(by);
    let kept = find::get(work.tx, work.vault, new, acting.now_us)?;
    if kept.and_then(|kept| kept.content).is_none_or(|kept| !kept.is(content)) {
        return other(Differing::Content);
    }
    let first = history::history(work.tx, new)?;
    let made = made_by(first.get(..1).unwrap_or(&[]), new)?;
    let made = made.ok_or_else(|| Fault::damaged(format!("the credential {new} has no history")))?;
    Ok(Ok(Done { credential: new, state: made.state(before.event.at_us), repeated: true }))
}
