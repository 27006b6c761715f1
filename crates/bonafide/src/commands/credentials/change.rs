//! `bonafide credentials limit`, `block`, `report-lost` and the other changes of one credential.

use bonafide_domain::credential::{BlockReason, CredentialState, LimitReason};
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::find::{self, Kept};
use bonafide_store::credentials::history::{kind_word, state_words};
use bonafide_store::credentials::{self, Done, NotChanged};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::{self, Member, note_view};
use bonafide_store::store::Work;
use jiff::civil::Date;
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::BranchArgs;
use crate::commands::credentials::answer::{number_end, told_kind, told_state};
use crate::commands::credentials::refusals::not_changed;
use crate::commands::operation::{self, OperationArgs};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Which credential.
#[derive(Debug, clap::Args)]
struct WhichArgs {
    /// The credential's id, as `credentials list` shows it.
    #[arg(value_name = "CREDENTIAL", value_parser = operation::id)]
    credential: Id,
    #[command(flatten)]
    operation: OperationArgs,
}

/// Let a credential enter and earn, and not spend.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials limit 019… --reason points-in-dispute")]
pub(crate) struct LimitArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Why.
    #[arg(long, value_enum)]
    reason: LimitArg,
}

/// Why a credential may not spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LimitArg {
    /// Nobody has confirmed yet that it belongs to the member.
    NotConfirmed,
    /// It was enrolled a short while ago.
    NewlyEnrolled,
    /// The member's points are in dispute.
    PointsInDispute,
}

impl LimitArg {
    pub(crate) const fn reason(self) -> LimitReason {
        match self {
            LimitArg::NotConfirmed => LimitReason::NotConfirmed,
            LimitArg::NewlyEnrolled => LimitReason::NewlyEnrolled,
            LimitArg::PointsInDispute => LimitReason::PointsInDispute,
        }
    }
}

/// Let a limited credential spend again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials lift-limit 019…")]
pub(crate) struct LiftLimitArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// Stop a credential: from now on it opens nothing, earns nothing and spends nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials block 019… --reason suspected-copy")]
pub(crate) struct BlockArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// Why.
    #[arg(long, value_enum)]
    reason: BlockArg,
}

/// Why a person stops a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BlockArg {
    /// It was seen in two places.
    SuspectedCopy,
    /// It was used by somebody else or against the rules.
    Misuse,
    /// The member owes something.
    Debt,
    /// The member asked for it.
    MembersWish,
    /// The holder does not work here any more.
    HolderLeft,
}

/// Release a blocked credential. One that lost its consent does not come back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials unblock 019…")]
pub(crate) struct UnblockArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// Report a card, bracelet or phone lost: it is stopped at once, whatever its state.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials report-lost 019…")]
pub(crate) struct ReportLostArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// Report a lost one found. It stays blocked until somebody has looked at it and unblocks it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials report-found 019…")]
pub(crate) struct ReportFoundArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// Give a credential another end.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide credentials renew 019… --until 2027-12-31\n  bonafide credentials renew 019…"
)]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// The last day on which it counts. Without it there is no end.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    #[command(flatten)]
    branch: BranchArgs,
}

/// End a credential now, because it was given back: its number is free for somebody else.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide credentials expire 019…")]
pub(crate) struct ExpireArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// What a change brought about.
#[derive(Serialize)]
pub(crate) struct ChangedAnswer {
    credential: String,
    kind: &'static str,
    number_end: Option<String>,
    member: String,
    member_number: u32,
    /// `active`, `limited`, `blocked`, `lost` or `expired`.
    state: &'static str,
    reason: Option<&'static str>,
    #[serde(skip)]
    told_kind: &'static str,
    #[serde(skip)]
    told: String,
}

impl Answer for ChangedAnswer {
    fn text(&self) -> String {
        let end = self.number_end.as_ref().map_or_else(String::new, |end| format!(" …{end}"));
        format!(
            "{}{end} of {} (number {}): {}\n  id {}",
            self.told_kind, self.member, self.member_number, self.told, self.credential
        )
    }
}

/// A credential and whose it is.
///
/// # Errors
/// `no_credential`, and the keys of faults.
pub(crate) fn kept_with_member(book: &Book, id: Id, now_us: i64) -> Result<(Kept, Member), Failure> {
    let vault = book.store.vault();
    let kept = book.store.read(|tx| find::get(tx, vault, id, now_us))?;
    let kept = kept.ok_or_else(|| not_changed(NotChanged::NotFound))?;
    let member = book.store.read(|tx| members::get(tx, vault, kept.member))?;
    let member = member.ok_or_else(|| Failure::new("no_member", "the holder is gone"))?;
    Ok((kept, member))
}

/// The answer about a credential as it is after a change. One that was done before leaves no trace of its own: then that
/// the name is shown is written down first.
///
/// # Errors
/// As [`kept_with_member`].
pub(crate) fn changed(book: &Book, done: Done, now_us: i64) -> Result<ChangedAnswer, Failure> {
    let (kept, member) = kept_with_member(book, done.credential, now_us)?;
    if done.repeated {
        let (acting, id) = (book.acting(), member.id);
        book.write(move |work| note_view(work, &acting, id))?;
    }
    // What was answered then, but for an end, which comes with the next microsecond.
    let now = if kept.state == CredentialState::Expired { kept.state } else { done.state };
    let (state, reason) = state_words(now);
    Ok(ChangedAnswer {
        credential: done.credential.to_string(),
        kind: kind_word(kept.kind),
        told_kind: told_kind(kept.kind),
        number_end: kept.content.as_ref().and_then(number_end),
        member: member.profile.name.full(),
        member_number: member.number,
        state,
        reason,
        told: told_state(now),
    })
}

/// Does one change and tells what it brought about.
fn run(
    which: &WhichArgs,
    (book, json): (&Book, bool),
    change: impl Fn(&mut Work<'_, '_>, &Acting, Id, Id) -> Result<Result<Done, NotChanged>, Fault>
    + Send
    + 'static,
) -> Result<(), Failure> {
    let acting = book.acting();
    let (operation, credential, now_us) =
        (which.operation.id(acting.now_us)?, which.credential, acting.now_us);
    let done =
        book.store.write(move |work| change(work, &acting, operation, credential))?.map_err(not_changed)?;
    output::print(&changed(book, done, now_us + 1)?, json)
}

macro_rules! commands {
    ($($(#[$doc:meta])+ $name:ident($args:ty) = $change:path $(, $more:ident)?;)+) => {$(
        $(#[$doc])+
        ///
        /// # Errors
        /// `no_credential`, the key of the refusal, and the keys of faults.
        pub(super) fn $name(args: &$args, book: &Book, json: bool) -> Result<(), Failure> {
            $(let $more = $more(args);)?
            run(&args.which, (book, json), move |work, acting, operation, credential| {
                $change(work, acting, operation, credential $(, $more)?)
            })
        }
    )+};
}

commands! {
    /// Runs `limit`.
    limit(LimitArgs) = credentials::limit, limit_reason;
    /// Runs `lift-limit`.
    lift_limit(LiftLimitArgs) = credentials::lift_limit;
    /// Runs `block`.
    block(BlockArgs) = credentials::block, block_reason;
    /// Runs `unblock`.
    unblock(UnblockArgs) = credentials::unblock;
    /// Runs `report-lost`.
    report_lost(ReportLostArgs) = credentials::report_loss;
    /// Runs `report-found`.
    report_found(ReportFoundArgs) = credentials::report_found;
    /// Runs `expire`.
    expire(ExpireArgs) = credentials::expire;
}

const fn limit_reason(args: &LimitArgs) -> LimitReason {
    args.reason.reason()
}

const fn block_reason(args: &BlockArgs) -> BlockReason {
    match args.reason {
        BlockArg::SuspectedCopy => BlockReason::SuspectedCopy,
        BlockArg::Misuse => BlockReason::Misuse,
        BlockArg::Debt => BlockReason::Debt,
        BlockArg::MembersWish => BlockReason::MembersWish,
        BlockArg::HolderLeft => BlockReason::HolderLeft,
    }
}

/// Runs `renew`.
///
/// # Errors
/// As the others; `bad_value` for a date beyond the calendar, `branch_needed` when nobody knows whose midnight it is.
pub(super) fn renew(args: &RenewArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let until_us = match args.until {
        None => None,
        Some(date) => {
            let (_, member) = kept_with_member(book, args.which.credential, book.acting().now_us)?;
            Some(args.branch.place(book, &member)?.end_of(date)?)
        }
    };
    run(&args.which, (book, json), move |work, acting, operation, credential| {
        credentials::renew(work, acting, operation, credential, until_us)
    })
}
