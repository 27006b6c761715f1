//! `bonafide consents show`: what a member agreed to, what is missing, and what the law asks.

use bonafide_domain::consent::{Answer as PolicyAnswer, answer};
use bonafide_domain::profile::AgeBand;
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::consents::{consent_word, jurisdiction_word, standing};
use bonafide_store::members;
use serde::Serialize;

use crate::book::Book;
use crate::commands::consents::BranchArgs;
use crate::commands::consents::place::Place;
use crate::commands::consents::words::{
    About, about, all_about, forbidden, gap, told_about, told_law, told_permission,
};
use crate::commands::credentials::moments::moment;
use crate::commands::named::member;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show what a member agreed to and until when, what is missing, and what the law of the branch asks at the member's age.
/// Looking is traced.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide consents show 17\n  bonafide consents show 17 face/entry --branch Arbat"
)]
pub(crate) struct ShowArgs {
    /// The member's number or id.
    member: String,
    /// Only this, as face/entry.
    #[arg(value_parser = about)]
    about: Option<About>,
    #[command(flatten)]
    branch: BranchArgs,
}

#[derive(Serialize)]
struct ShowAnswer {
    member: String,
    member_number: u32,
    branch: Option<String>,
    law: &'static str,
    age: &'static str,
    consents: Vec<StandingAnswer>,
    #[serde(skip)]
    told_law: String,
}

#[derive(Serialize)]
struct StandingAnswer {
    about: String,
    /// Whether a consent holds now.
    in_force: bool,
    until_us: Option<i64>,
    /// What is missing, by its key.
    missing: Option<&'static str>,
    words: String,
    /// Whether any consent makes it lawful.
    permitted: bool,
    /// What the law asks, or why it forbids it.
    law_asks: Vec<String>,
    #[serde(skip)]
    told: &'static str,
}

impl Answer for ShowAnswer {
    fn text(&self) -> String {
        let branch = self.branch.as_ref().map_or_else(String::new, |branch| format!(" at {branch}"));
        let mut lines = vec![
            format!("{} · number {} · {}", self.member, self.member_number, self.age),
            format!("under {}{branch}", self.told_law),
        ];
        for one in &self.consents {
            lines.push(String::new());
            let mark = if one.in_force { "yes" } else { "no" };
            lines.push(format!("{:<4}{}  ({})", mark, one.told, one.about));
            if one.permitted {
                lines.push(format!("    {}", one.words));
                lines.push(format!("    the law: {}", one.law_asks.join("; ")));
            } else {
                lines.push(format!("    not permitted: {}", one.law_asks.join("; ")));
            }
        }
        lines.join("\n")
    }
}

const fn told_age(age: AgeBand) -> &'static str {
    match age {
        AgeBand::Unknown => "age not recorded",
        AgeBand::UnderThirteen => "under 13",
        AgeBand::Thirteen => "13 years",
        AgeBand::Fourteen => "14 years",
        AgeBand::Fifteen => "15 years",
        AgeBand::SixteenOrSeventeen => "16 or 17 years",
        AgeBand::Adult => "18 or older",
    }
}

/// Runs the command.
///
/// # Errors
/// `no_member`, `no_branch`, `branch_needed`, and the keys of faults.
pub(super) fn run(args: &ShowArgs, book: &Book, json: bool) -> Result<(), Failure> {
    let holder = member(book, &args.member)?;
    let place = args.branch.place(book, &holder)?;
    let (acting, id) = (book.acting(), holder.id);
    let now_us = acting.now_us;
    // First the trace, then the page.
    book.write(move |work| {
        record(work.tx, &acting, "consents_viewed", Subject::row(members::TABLE, id), None).map(drop)
    })?;
    let age = AgeBand::on(holder.profile.birth, place.today(now_us)?);
    let mut consents = Vec::new();
    for about in args.about.map_or_else(|| all_about().collect(), |one| vec![one]) {
        consents.push(standing_of(book, &place, about, age, (id, now_us))?);
    }
    let answer = ShowAnswer {
        member: holder.profile.name.full(),
        member_number: holder.number,
        branch: place.branch.clone(),
        law: jurisdiction_word(place.jurisdiction),
        age: told_age(age),
        consents,
        told_law: told_law(place.jurisdiction),
    };
    output::print(&answer, json)
}

fn standing_of(
    book: &Book,
    place: &Place,
    about: About,
    age: AgeBand,
    (id, now_us): (bonafide_store::id::Id, i64),
) -> Result<StandingAnswer, Failure> {
    let question = place.question(id, about, now_us)?;
    let holds = book.store.read(|tx| standing(tx, book.store.vault(), &question))?;
    let (missing, until_us, words) = match holds {
        Ok(in_force) => {
            let end = in_force.until_us;
            let words = end.map_or_else(
                || "given, as long as the purpose".to_owned(),
                |us| format!("given, until {}", moment(us)),
            );
            (None, end, words)
        }
        Err(missing) => {
            let (key, words) = gap(missing, about);
            (Some(key), None, words)
        }
    };
    let (permitted, law_asks) = match answer(place.jurisdiction, about.0, about.1, age) {
        PolicyAnswer::Permitted(permission) => (true, told_permission(&permission)),
        PolicyAnswer::Forbidden(why) => (false, vec![forbidden(why).1.to_owned()]),
    };
    Ok(StandingAnswer {
        about: consent_word(about.0, about.1),
        // A consent that was given when it was lawful helps nobody where it is forbidden now.
        in_force: permitted && missing.is_none(),
        until_us,
        missing,
        words,
        permitted,
        law_asks,
        told: told_about(about),
    })
}
