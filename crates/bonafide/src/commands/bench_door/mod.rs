//! `bonafide bench door`: how many decisions a door gets in a second, and how long each takes, over HTTP.
//!
//! The server is the one of `serve`, on a book that is made for this and thrown away. Each decision admits another member and is
//! durable, with its entry in the trace, before it is answered. The client runs on this machine too and takes its share of it.

mod club;
mod desk;
mod floor;
mod load;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bonafide_store::dialect::Place;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use serde::Serialize;
use zeroize::Zeroizing;

use self::club::Club;
use self::desk::{Desk, Shown};
pub(super) use self::floor::single_rows_per_s;
use self::load::{Pace, Served, Target};
use crate::clock;
use crate::commands::bench_server::{BenchServer, folder};
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::timing::rounded;

/// Decisions in a second of the paced measurement.
const PACED_PER_S: u32 = 500;

/// Connections that ask at once.
const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// The bare route answers this often.
const BARE_REQUESTS: usize = 20_000;

/// Decisions before the first one that counts: caches and connections are warm in a club that is open.
const WARM_UP: usize = 500;

/// Decisions while a desk is open.
const WHILE_DESK_IS_OPEN: usize = 500;

/// Measure decisions at a door over HTTP: 500 in a second, and as many as 64 connections get
///
/// Makes a book of made-up members in a folder that is deleted afterwards. Beside it: a bare route of the same web framework,
/// and single rows with a commit each on the same disk.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide bench door\n  bonafide --json bench door --folder /mnt/disk\n  \
                        bonafide bench door --postgres-book postgres://localhost/book --postgres-keys postgres://localhost/keys"
)]
pub struct BenchDoorArgs {
    /// Members of the book: half of them come in the paced measurement, half in the other.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(2_000..=1_000_000))]
    members: u32,
    /// The folder in which the book is made: choose the disk by it.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// An empty PostgreSQL database for the book, instead of a file. It is left as the measurement made it.
    #[arg(long, value_name = "URL", requires = "postgres_keys")]
    postgres_book: Option<String>,
    /// An empty PostgreSQL database for the keys.
    #[arg(long, value_name = "URL", requires = "postgres_book")]
    postgres_keys: Option<String>,
}

/// The answer of `bench door`.
#[derive(Debug, Serialize)]
struct BenchDoorAnswer {
    database: &'static str,
    members: u32,
    /// The moving part of an open desk while 50 people pass in a second.
    desk_50: Shown,
    paced_500: Served,
    conns_64: Served,
    bare_route_per_s: f64,
    /// Of the same disk, also when the book is on a server.
    sqlite_single_row_per_s: f64,
    /// Of the server, when the book is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres_single_row_per_s: Option<f64>,
    /// Decisions for each answer of the bare route.
    to_bare_route: f64,
    /// Decisions for each single row of the database that holds the book.
    to_single_row: f64,
}

impl Answer for BenchDoorAnswer {
    fn text(&self) -> String {
        let served = |name: &str, served: &Served| {
            let Served { decisions_per_s, p50_ms, p99_ms, errors } = served;
            format!("{name:<22}{decisions_per_s:>10.0}{p50_ms:>10.2}{p99_ms:>10.2}{errors:>8}")
        };
        let rate = |name: &str, per_s: f64| format!("{name:<22}{per_s:>10.0}");
        let mut lines = vec![
            format!("{} members, {}", self.members, self.database),
            format!("{:<22}{:>10}{:>10}{:>10}{:>8}", "", "per s", "p50 ms", "p99 ms", "errors"),
            served("500 in a second", &self.paced_500),
            served("64 connections", &self.conns_64),
            format!(
                "{:<22}{:>10}{:>10.2}{:>10.2}{:>8}",
                "desk, 50 in a second", "", self.desk_50.p50_ms, self.desk_50.p99_ms, self.desk_50.errors
            ),
            rate("bare route", self.bare_route_per_s),
            rate("SQLite, single rows", self.sqlite_single_row_per_s),
        ];
        lines.extend(self.postgres_single_row_per_s.map(|per_s| rate("PostgreSQL, single rows", per_s)));
        lines.push(format!("{:<22}{:>10.3}", "ratio to bare route", self.to_bare_route));
        lines.push(format!("{:<22}{:>10.3}", "ratio to single rows", self.to_single_row));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the book cannot be made, or the server cannot be reached.
pub fn run(args: &BenchDoorArgs, json: bool) -> Result<(), Failure> {
    let folder = folder(args.folder.as_deref())?;
    let places = args.places(folder.path());
    let key = Secret::KeyFile(Zeroizing::new(vec![7; 32]));
    let store = Arc::new(Store::open(&places, &key, clock::now_us())?);
    let club = club::fill(&store, args.members)?;
    let sqlite_single_row_per_s = single_rows_per_s(&Place::File(folder.path().join("floor.db")))?;
    let postgres_single_row_per_s = match &places.book {
        Place::File(_) => None,
        server => Some(single_rows_per_s(server)?),
    };
    let bare_route_per_s = floor::bare_route_per_s(BARE_REQUESTS, CONNECTIONS)?;
    let (desk_50, paced_500, conns_64) = measured(store, &club)?;
    let answer = BenchDoorAnswer {
        database: if postgres_single_row_per_s.is_some() { "postgres" } else { "sqlite" },
        members: args.members,
        to_bare_route: rounded(conns_64.decisions_per_s / bare_route_per_s),
        to_single_row: rounded(
            conns_64.decisions_per_s / postgres_single_row_per_s.unwrap_or(sqlite_single_row_per_s),
        ),
        desk_50,
        paced_500,
        conns_64,
        bare_route_per_s,
        sqlite_single_row_per_s,
        postgres_single_row_per_s,
    };
    output::print(&answer, json)
}

impl BenchDoorArgs {
    fn places(&self, folder: &Path) -> Places {
        let mut places = Places::in_folder(folder);
        if let Some((book, keys)) = self.postgres_book.as_ref().zip(self.postgres_keys.as_ref()) {
            (places.book, places.keys) = (Place::Server(book.clone()), Place::Server(keys.clone()));
        }
        places
    }
}

/// All measurements, one after the other, on a server that runs for them.
fn measured(store: Arc<Store>, club: &Club) -> Result<(Shown, Served, Served), Failure> {
    let server = BenchServer::start(store)?;
    let target = Target::door(server.address, &club.token);
    let (warm_up, rest) = club.cards.split_at(WARM_UP);
    let (passing, rest) = rest.split_at(WHILE_DESK_IS_OPEN);
    let (paced, at_once) = rest.split_at(rest.len() / 2);
    load::ask(&target, warm_up, CONNECTIONS, Pace::AtOnce)?;
    let open = Desk { address: server.address, path: &club.desk, cookie: &club.cookie };
    let desk = desk::while_people_pass(&open, &target, passing, CONNECTIONS)?;
    let paced = load::ask(&target, paced, CONNECTIONS, Pace::PerSecond(PACED_PER_S))?;
    let at_once = load::ask(&target, at_once, CONNECTIONS, Pace::AtOnce)?;
    server.stop();
    Ok((desk, paced, at_once))
}
