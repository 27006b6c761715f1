//! The command line: what can be asked, with examples in each `--help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::book::BookArgs;
use crate::commands;
use crate::failure::Failure;

/// Knows the members: who they are, what they may do, and that it is really them.
#[derive(Debug, Parser)]
#[command(name = "bonafide", version, about, propagate_version = true)]
pub struct Cli {
    /// Answer with one JSON document instead of text (errors too).
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Recognise members from photos.
    #[command(subcommand)]
    Faces(FacesCommand),
    /// Make the book of an installation; asks nothing, and changes nothing that is there.
    Init(BookCommand<Nothing>),
    Serve(BookCommand<commands::serve::ServeArgs>),
    Demo(WithJson<commands::demo::DemoArgs>),
    /// Members: who they are, sealed.
    Members(BookCommand<Then<commands::members::MembersCommand>>),
    /// The organisation: branches with their zones, access points, tills and lockers.
    Organisation(BookCommand<Then<commands::organisation::OrganisationCommand>>),
    /// Plans: what is sold, on which terms, for how much.
    Plans(BookCommand<Then<commands::plans::PlansCommand>>),
    /// Memberships: sold, used, frozen, renewed, cancelled.
    Memberships(BookCommand<Then<commands::memberships::MembershipsCommand>>),
    /// What members carry, are or know to be recognised by.
    Credentials(BookCommand<Then<commands::credentials::CredentialsCommand>>),
    /// What members agreed to, and what the law asks.
    Consents(BookCommand<Then<commands::consents::ConsentsCommand>>),
    Erase(BookCommand<commands::erase::EraseArgs>),
    /// Members out of the book, into a file.
    Export(BookCommand<Then<commands::export::ExportCommand>>),
    /// The trace of everything that was done.
    Audit(BookCommand<Then<commands::audit::AuditCommand>>),
    /// Check that the key opens the book, and say which book and which key.
    #[command(after_help = "Example:\n  bonafide unseal --data club --key-file club.key")]
    Unseal(BookCommand<Nothing>),
    /// The keys of the book.
    Keys(BookCommand<Then<commands::keys::KeysCommand>>),
    /// The database under the book.
    Store(BookCommand<Then<commands::store::StoreCommand>>),
    /// Take members over from a spreadsheet.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(BenchCommand),
}

// A command's arguments and its own `--json`. The flag is not global, because `faces evaluate --json` names a file. No
// doc comment: it would take the place of the command's own in `--help`.
#[derive(Debug, clap::Args)]
struct WithJson<A: clap::Args> {
    #[command(flatten)]
    args: A,
    /// Answer with one JSON document instead of text (errors too).
    #[arg(long)]
    json: bool,
}

// A command on the book: where it is, what opens it, and `--json`, before or after the words of the command.
#[derive(Debug, clap::Args)]
struct BookCommand<A: clap::Args> {
    /// Answer with one JSON document instead of text (errors too).
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    book: BookArgs,
    #[command(flatten)]
    args: A,
}

#[derive(Debug, clap::Args)]
struct Nothing {}

#[derive(Debug, clap::Args)]
struct Then<C: Subcommand> {
    #[command(subcommand)]
    command: C,
}

#[derive(Debug, Subcommand)]
enum FacesCommand {
    Enrol(WithJson<commands::enrol::EnrolArgs>),
    Identify(WithJson<commands::identify::IdentifyArgs>),
    Verify(WithJson<commands::verify::VerifyArgs>),
    Inspect(WithJson<commands::inspect::InspectArgs>),
    Evaluate(commands::evaluate::EvaluateArgs),
    Centre(WithJson<commands::centre::CentreArgs>),
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    Preview(WithJson<commands::import_preview::ImportPreviewArgs>),
    Members(BookCommand<commands::import_members::ImportMembersArgs>),
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    Door(WithJson<commands::bench_door::BenchDoorArgs>),
    Till(WithJson<commands::bench_till::BenchTillArgs>),
    TillFaces(WithJson<commands::bench_till_faces::BenchTillFacesArgs>),
    Faces(WithJson<commands::bench_faces::BenchFacesArgs>),
    Gallery(WithJson<commands::bench_gallery::BenchGalleryArgs>),
    Kiosk(WithJson<commands::bench_kiosk::BenchKioskArgs>),
}

/// Parses the arguments, runs the command and prints its failure, if any.
///
/// Exit codes: 0 the question was answered (whatever the answer), 1 it was refused or failed, 2 the arguments are wrong.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure, cli.json());
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    /// Whether the answer is a JSON document on standard output.
    fn json(&self) -> bool {
        self.json
            || match &self.command {
                Command::Init(command) => command.json,
                Command::Serve(command) => command.json,
                Command::Demo(command) => command.json,
                Command::Members(command) => command.json,
                Command::Organisation(command) => command.json,
                Command::Plans(command) => command.json,
                Command::Memberships(command) => command.json,
                Command::Credentials(command) => command.json,
                Command::Consents(command) => command.json,
                Command::Erase(command) => command.json,
                Command::Export(command) => command.json,
                Command::Audit(command) => command.json,
                Command::Unseal(command) => command.json,
                Command::Keys(command) => command.json,
                Command::Store(command) => command.json,
                Command::Bench(BenchCommand::Till(command)) => command.json,
                Command::Faces(FacesCommand::Enrol(command)) => command.json,
                Command::Faces(FacesCommand::Identify(command)) => command.json,
                Command::Faces(FacesCommand::Verify(command)) => command.json,
                Command::Faces(FacesCommand::Inspect(command)) => command.json,
                Command::Faces(FacesCommand::Evaluate(args)) => args.json_on_stdout(),
                Command::Faces(FacesCommand::Centre(command)) => command.json,
                Command::Import(ImportCommand::Preview(command)) => command.json,
                Command::Import(ImportCommand::Members(command)) => command.json,
                Command::Bench(BenchCommand::Door(command)) => command.json,
                Command::Bench(BenchCommand::TillFaces(command)) => command.json,
                Command::Bench(BenchCommand::Kiosk(command)) => command.json,
                Command::Bench(BenchCommand::Faces(command)) => command.json,
                Command::Bench(BenchCommand::Gallery(command)) => command.json,
            }
    }

    fn run(&self) -> Result<(), Failure> {
        let json = self.json();
        match &self.command {
            Command::Init(command) => commands::init::run(&command.book, json),
            Command::Serve(command) => commands::serve::run(&command.args, &command.book, json),
            Command::Demo(command) => commands::demo::run(&command.args, json),
            Command::Members(command) => commands::members::run(&command.args.command, &command.book, json),
            Command::Organisation(command) => {
                commands::organisation::run(&command.args.command, &command.book, json)
            }
            Command::Plans(command) => commands::plans::run(&command.args.command, &command.book, json),
            Command::Memberships(command) => {
                commands::memberships::run(&command.args.command, &command.book, json)
            }
            Command::Credentials(command) => {
                commands::credentials::run(&command.args.command, &command.book, json)
            }
            Command::Consents(command) => commands::consents::run(&command.args.command, &command.book, json),
            Command::Erase(command) => commands::erase::run(&command.args, &command.book, json),
            Command::Export(command) => commands::export::run(&command.args.command, &command.book, json),
            Command::Audit(command) => commands::audit::run(&command.args.command, &command.book, json),
            Command::Store(command) => commands::store::run(&command.args.command, &command.book, json),
            Command::Unseal(command) => commands::unseal::run(&command.book, json),
            Command::Keys(command) => commands::keys::run(&command.args.command, &command.book, json),
            Command::Faces(FacesCommand::Enrol(command)) => commands::enrol::run(&command.args, json),
            Command::Faces(FacesCommand::Identify(command)) => commands::identify::run(&command.args, json),
            Command::Faces(FacesCommand::Verify(command)) => commands::verify::run(&command.args, json),
            Command::Faces(FacesCommand::Inspect(command)) => commands::inspect::run(&command.args, json),
            Command::Faces(FacesCommand::Evaluate(args)) => commands::evaluate::run(args, json),
            Command::Faces(FacesCommand::Centre(command)) => commands::centre::run(&command.args, json),
            Command::Import(ImportCommand::Preview(command)) => {
                commands::import_preview::run(&command.args, json)
            }
            Command::Import(ImportCommand::Members(command)) => {
                commands::import_members::run(&command.args, &command.book, json)
            }
            Command::Bench(BenchCommand::Door(command)) => commands::bench_door::run(&command.args, json),
            Command::Bench(BenchCommand::Till(command)) => commands::bench_till::run(&command.args, json),
            Command::Bench(BenchCommand::TillFaces(command)) => {
                commands::bench_till_faces::run(&command.args, json)
            }
            Command::Bench(BenchCommand::Kiosk(command)) => commands::bench_kiosk::run(&command.args, json),
            Command::Bench(BenchCommand::Faces(command)) => commands::bench_faces::run(&command.args, json),
            Command::Bench(BenchCommand::Gallery(command)) => {
                commands::bench_gallery::run(&command.args, json)
            }
        }
    }
}

#[derive(serde::Serialize)]
struct FailureDocument<'a> {
    error: &'a Failure,
}

fn report(failure: &Failure, json: bool) {
    use std::io::Write;
    let line = if json {
        crate::output::to_json(&FailureDocument { error: failure }).unwrap_or_else(|_| failure.to_string())
    } else {
        crate::output::harmless(&format!("bonafide: {failure}"))
    };
    // Nobody is left to tell when standard error is closed.
    let written =
        if json { writeln!(std::io::stdout(), "{line}") } else { writeln!(std::io::stderr(), "{line}") };
    drop(written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_told_by_its_own_words() {
        use clap::CommandFactory;
        for group in Cli::command().get_subcommands().filter(|group| group.has_subcommands()) {
            let mut told: Vec<String> = group
                .get_subcommands()
                .map(|command| command.get_about().map(ToString::to_string).unwrap_or_default())
                .collect();
            let commands = told.len();
            told.sort();
            told.dedup();
            assert!(told.len() == commands && told.iter().all(|words| !words.is_empty()), "{told:?}");
        }
    }

    #[test]
    fn json_is_asked_for_before_or_after_the_command() {
        let cases = [
            ("bonafide faces verify a b", false),
            ("bonafide faces verify a b --json", true),
            ("bonafide --json faces verify a b", true),
            ("bonafide bench gallery --json", true),
            ("bonafide faces evaluate --members m --enrol 1 --json figures.json", false),
            ("bonafide faces evaluate --members m --enrol 1 --json -", true),
            ("bonafide --json faces evaluate --members m --enrol 1", true),
            ("bonafide members search anna --data club --json", true),
            ("bonafide members --json search anna", true),
            ("bonafide init --data club", false),
        ];
        for (line, json) in cases {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(cli.json(), json, "{line}");
        }
    }
}
