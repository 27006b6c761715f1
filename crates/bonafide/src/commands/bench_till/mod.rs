//! `bonafide bench till`: how many purchases tills get through in a second, and how long each takes, over HTTP.
//!
//! The server is the one of `serve`, on a book that is made for this and thrown away. A purchase is a card that is recognised, an offer
//! for five lines, and the receipt, which is durable with what it earned before it is answered. The client runs on this machine too
//! and takes its share of it.

mod club;
mod grown;
mod load;

pub(super) use self::club::{new_till, programme_at};

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use bonafide_store::dialect::Place;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use serde::Serialize;
use zeroize::Zeroizing;

use self::club::Shop;
use self::grown::Grown;
use self::load::Run;
use crate::clock;
use crate::commands::bench_door::single_rows_per_s;
use crate::commands::bench_server::{BenchServer, folder};
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::timing::rounded;

/// Clients of each run: a shop, a large one, a chain.
const CLIENTS: [NonZeroUsize; 3] =
    [NonZeroUsize::new(1).unwrap(), NonZeroUsize::new(16).unwrap(), NonZeroUsize::new(64).unwrap()];

/// Purchases before the first one that counts.
const WARM_UP: usize = 200;

/// Measure purchases at tills over HTTP: with 1, 16 and 64 clients
///
/// Makes a book of made-up members in a folder that is deleted afterwards; beside it, with their addresses, one on PostgreSQL. Prints
/// the ratio to single rows with a commit each on the same disk.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide bench till\n  bonafide --json bench till --members 50000\n  \
                        bonafide bench till --postgres-book postgres://localhost/book --postgres-keys postgres://localhost/keys")]
pub struct BenchTillArgs {
    /// Members of the book, each with a card and points.
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    members: u32,
    /// Purchases of each run.
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    purchases: u32,
    /// The folder in which the book is made: choose the disk by it.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// An empty PostgreSQL database for the book of further runs. It is left as the measurement made it.
    #[arg(long, value_name = "URL", requires = "postgres_keys")]
    postgres_book: Option<String>,
    /// An empty PostgreSQL database for their keys.
    #[arg(long, value_name = "URL", requires = "postgres_book")]
    postgres_keys: Option<String>,
    /// Measure again on SQLite with 64 clients when the ledger has grown to so many transfers, the smallest first, in turns with a
    /// book that has not grown. Members who are not measured buy until then: there must be some. Ten million transfers need
    /// 50,000 members or more, some 20 GB of disk and most of an hour.
    #[arg(long, value_name = "N,…", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    transfers: Vec<u64>,
}

/// The answer of `bench till`.
#[derive(Debug, Serialize)]
struct BenchTillAnswer {
    members: u32,
    runs: Vec<Run>,
    /// Of SQLite, after the ledger has grown; empty unless it was asked for.
    grown: Vec<Grown>,
    /// Of the same disk.
    sqlite_single_row_per_s: f64,
    /// Purchases of the last run on SQLite for each of them.
    to_single_row: f64,
}

impl Answer for BenchTillAnswer {
    fn text(&self) -> String {
        let mut lines = vec![
            format!("{} members; a purchase is a card, an offer for 5 lines, and the receipt", self.members),
            format!(
                "{:<12}{:>10}{:>14}{:>10}{:>10}{:>8}",
                "", "clients", "purchases/s", "p50 ms", "p99 ms", "errors"
            ),
        ];
        lines.extend(self.runs.iter().map(|run| {
            let Run { engine, clients, purchases_per_s, p50_ms, p99_ms, errors } = run;
            format!("{engine:<12}{clients:>10}{purchases_per_s:>14.0}{p50_ms:>10.2}{p99_ms:>10.2}{errors:>8}")
        }));
        lines.extend(grown::text(&self.grown));
        lines.push(format!("{:<26}{:>10.0}", "SQLite, single rows per s", self.sqlite_single_row_per_s));
        lines.push(format!("{:<26}{:>10.3}", "ratio to single rows", self.to_single_row));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the book cannot be made, or the server cannot be reached.
pub fn run(args: &BenchTillArgs, json: bool) -> Result<(), Failure> {
    if !args.transfers.is_empty() && args.members <= args.purchases {
        let why =
            "the ledger is grown by members who are not measured: --members must be more than --purchases";
        return Err(Failure::new("too_few_members", why));
    }
    let (within, purchases) = (args.folder.as_deref(), args.purchases as usize);
    let folder = folder(within)?;
    let places = Places::in_folder(folder.path());
    let (mut runs, grown) = Book::with("sqlite", &places, args.members, |book| {
        Ok((book.runs(purchases)?, grown::measured(book, purchases, &args.transfers, within)?))
    })?;
    if let Some((book, keys)) = args.postgres_book.as_ref().zip(args.postgres_keys.as_ref()) {
        let (book, keys) = (Place::Server(book.clone()), Place::Server(keys.clone()));
        let places = Places { book, keys, ..places };
        runs.extend(Book::with("postgres", &places, args.members, |book| book.runs(purchases))?);
    }
    let sqlite_single_row_per_s = single_rows_per_s(&Place::File(folder.path().join("floor.db")))?;
    let fastest = runs.iter().filter(|run| run.engine == "sqlite").map(|run| run.purchases_per_s);
    let to_single_row = rounded(fastest.fold(0.0, f64::max) / sqlite_single_row_per_s);
    output::print(
        &BenchTillAnswer { members: args.members, runs, grown, sqlite_single_row_per_s, to_single_row },
        json,
    )
}

/// A book with its server.
struct Book {
    engine: &'static str,
    store: Arc<Store>,
    shop: Arc<Shop>,
    server: BenchServer,
}

impl Book {
    /// Measures with a book at an empty place, filled with so many members, and warm.
    fn with<T>(
        engine: &'static str,
        places: &Places,
        members: u32,
        measure: impl FnOnce(&Book) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let key = Secret::KeyFile(Zeroizing::new(vec![7; 32]));
        let store = Arc::new(Store::open(places, &key, clock::now_us())?);
        let tills = CLIENTS.iter().map(|clients| clients.get()).max().unwrap_or(1);
        let shop = Arc::new(club::fill(&store, members, tills)?);
        let server = BenchServer::start(Arc::clone(&store))?;
        let book = Book { engine, store, shop, server };
        let measured = book.buy(CLIENTS[2], WARM_UP).and_then(|_| measure(&book));
        // A server's connections must not be closed by its threads: here the last one to hold the store is this one.
        book.server.stop();
        measured
    }

    /// So many purchases by so many clients.
    fn buy(&self, clients: NonZeroUsize, purchases: usize) -> Result<Run, Failure> {
        load::buy(self.engine, self.server.address, &self.shop, (clients, purchases))
    }

    /// Those of a shop, a large one and a chain.
    fn runs(&self, purchases: usize) -> Result<Vec<Run>, Failure> {
        // One client alone takes as long for a fifth.
        let few = |clients: NonZeroUsize| purchases / if clients.get() == 1 { 5 } else { 1 };
        CLIENTS.iter().map(|&clients| self.buy(clients, few(clients))).collect()
    }
}
