//! `bonafide plans add`: a plan with its first version.

use bonafide_store::plans::{self, Plan};

use crate::book::Book;
use crate::commands::plans::terms_args::TermsArgs;
use crate::commands::plans::{answer, not_published};
use crate::commands::typed;
use crate::failure::Failure;

/// Add a plan with its first version. What is not named is not given: no freeze, no guest, no extra, no renewal; it is valid at
/// all hours, in all zones and branches.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide plans add Month --price '3500 RUB' --months 1 --renews yes --freezes 2 \
    --freeze-days 30 --freeze-shortest 7 --guests 1 --extra 'minute of solarium=30' --cancellation by-unused-days\n  \
    bonafide plans add 'Ten visits' --price '5000 RUB' --visits 10 --transferable yes\n  \
    bonafide plans add 'Pool mornings' --price '1900 RUB' --months 1 --hours 'mon-fri 07:00-12:00' --zone Arbat/Pool \
    --start first-visit:30"
)]
pub(crate) struct AddArgs {
    /// What it is called, on receipts too.
    name: String,
    /// What one period costs, as '3500 RUB' or '49.90 EUR'. A trial costs '0 RUB'.
    #[arg(long)]
    price: String,
    /// What the staff should know.
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    terms: TermsArgs,
}

/// Runs the command.
///
/// # Errors
/// `bad_value`, `bad_amount` and the keys of [`TermsArgs::found`] for what is typed wrong, `bad_terms` for terms that do not fit,
/// and the keys of faults.
pub(super) fn run(args: &AddArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let note = args.note.as_deref().map(typed::note).transpose()?;
    let plan = Plan { name: typed::title(&args.name)?, note };
    let spec = args.terms.found(book)?.of_new(typed::money(&args.price)?)?;
    let acting = book.acting();
    let added = book.store.write(move |work| plans::add(work, &acting, &plan, spec.clone()))?;
    answer::print("added", added.map_err(not_published)?, book, json)
}
