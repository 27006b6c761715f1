//! `bonafide memberships sell`: a membership for a member.

use bonafide_domain::membership::{Change, MembershipEvent};
use bonafide_store::memberships::sale::{Order, sell};

use crate::book::Book;
use crate::commands::memberships::operation::{AskedArgs, Operation, print_done};
use crate::commands::memberships::refusals::not_sold;
use crate::commands::memberships::target::{Target, today};
use crate::commands::{named, typed};
use crate::failure::Failure;

/// Sell a membership to a member: the version of the plan that is sold now, for the price that the branch asks.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide memberships sell 17 Month --branch Arbat\n  \
    bonafide memberships sell 17 Month --paid '3000 RUB' --on 2027-02-01 \
    --operation 01890f3e-7b2a-7c11-9d4e-2f6a5b3c1d00")]
pub(crate) struct SellArgs {
    /// The member, by number or id.
    member: String,
    /// The plan, by name or id.
    plan: String,
    /// The branch, by name or id. Not needed where there is only one.
    #[arg(long)]
    branch: Option<String>,
    /// What is paid, where that is not what the branch asks: a discount, a gift.
    #[arg(long, value_name = "AMOUNT")]
    paid: Option<String>,
    /// The version that the buyer was shown; within an hour it may be the one that was just replaced.
    #[arg(long, value_name = "NUMBER")]
    plan_version: Option<u32>,
    #[command(flatten)]
    operation: AskedArgs,
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `no_plan`, `no_branch` and `ambiguous` for what is not found and `bad_amount` for what is typed
/// wrong, each refusal by its key, and the keys of faults.
pub(super) fn run(args: &SellArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let operation = args.operation.look_up(book)?;
    let (member, plan) = (named::member(book, &args.member)?, named::plan(book, &args.plan)?);
    let paid = args.paid.as_deref().map(typed::money).transpose()?;
    // What a repetition leaves out is as it was the first time, also when another version is sold by now.
    let before = sold_before(book, &operation)?;
    let branch = match (&args.branch, &before) {
        (None, Some((sold, _))) => sold.branch.clone(),
        (text, _) => named::branch_or_only(book, text.as_deref())?,
    };
    let asked = operation.asked(today(&branch)?);
    let version = args.plan_version.or(before.map(|(_, version)| version)).unwrap_or(plan.version);
    let order = Order { asked, member: member.id, branch: branch.id, plan: plan.id, version, paid };
    let acting = book.acting();
    let sold = book.store.write(move |work| sell(work, &acting, &order))?.map_err(not_sold)?;
    print_done(book, json, sold.membership, asked, &sold.answer)
}

/// What this operation sold before, and which version of its plan.
fn sold_before(book: &Book, operation: &Operation) -> Result<Option<(Target, u32)>, Failure> {
    match operation.before() {
        Some((id, MembershipEvent { change: Change::Sold { version, .. }, .. })) => {
            Ok(Some((Target::of(book, *id)?, *version)))
        }
        _ => Ok(None),
    }
}
