//! `bonafide bench till-faces`: how long a picture of a till's camera takes to the customer's profile, over HTTP, and how many pictures
//! a second all tills of a chain get answered together.
//!
//! The server is the one of `serve`, on a book that is made for this and thrown away; the client runs on this machine too and takes its
//! share of it. On one processor: `taskset -c 0 bonafide bench till-faces ...`, which holds for both.

mod chain;
mod load;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use bonafide_faces::photo::to_jpeg;
use bonafide_faces::quality::QualityLimits;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use serde::Serialize;
use zeroize::Zeroizing;

use self::load::{Alone, Together, alone, together};
use crate::capture::{capture_file, engine, read_photo};
use crate::clock;
use crate::commands::bench_server::{BenchServer, folder};
use crate::failure::Failure;
use crate::output::{self, Answer};

/// The longer side of a picture of a till's camera.
const FRAME_SIDE_PX: u32 = 640;

/// Pictures a second that all tills send together, one step after the other, until one is not carried.
const RATES_PER_S: [u32; 10] = [5, 10, 20, 30, 40, 60, 80, 120, 160, 240];

/// How long a customer may wait for an answer, in milliseconds, at the 95th of a hundred.
const P95_MAX_MS: f64 = 1_000.0;

/// Measure how long a picture of a till's camera takes to the customer's profile, and how many all tills get answered
///
/// Makes a chain of made-up shops and customers with a face each in a folder that is deleted afterwards; the customer on the photo buys
/// in all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide bench till-faces fixtures/photos/president/obama.jpg\n  \
                        taskset -c 0 bonafide --json bench till-faces photo.jpg --customers 50000")]
pub struct BenchTillFacesArgs {
    /// A photo with one face. It becomes a picture as a till's camera makes it.
    photo: PathBuf,
    /// Customers with a face in the book, spread over the shops.
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    customers: u32,
    /// Shops, with three tills each. More customers of one shop than the bound on false matches admits are not searched.
    #[arg(long, value_name = "N", default_value_t = 18, value_parser = clap::value_parser!(u32).range(1..=200))]
    shops: u32,
    /// Pictures of one till alone.
    #[arg(long, value_name = "R", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Seconds of each step with all tills.
    #[arg(long, value_name = "S", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// The folder in which the book is made: choose the disk by it.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// The answer of `bench till-faces`.
#[derive(Debug, Serialize)]
struct BenchTillFacesAnswer {
    customers: u32,
    tills: u32,
    processors: usize,
    alone: Alone,
    together: Vec<Together>,
    /// The most pictures a second that were sent and answered within a second, 95 of a hundred.
    carried_per_s: Option<u32>,
}

impl Answer for BenchTillFacesAnswer {
    fn text(&self) -> String {
        let Alone { p50_ms, p99_ms, not_found } = &self.alone;
        let mut lines = vec![
            format!(
                "{} customers with a face, {} tills, {} processors",
                self.customers, self.tills, self.processors
            ),
            format!(
                "one till, picture to profile: p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, not found {not_found}"
            ),
            format!(
                "{:>14}{:>14}{:>10}{:>10}{:>12}",
                "sent a second", "answered", "p50 ms", "p95 ms", "sent again"
            ),
        ];
        lines.extend(self.together.iter().map(|step| {
            let Together { sent_per_s, answered_per_s, p50_ms, p95_ms, sent_again } = step;
            format!("{sent_per_s:>14}{answered_per_s:>14.1}{p50_ms:>10.0}{p95_ms:>10.0}{sent_again:>12}")
        }));
        lines.push(match self.carried_per_s {
            Some(rate) => format!("carried with p95 within {P95_MAX_MS:.0} ms: {rate} a second"),
            None => format!("carried with p95 within {P95_MAX_MS:.0} ms: none of them"),
        });
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the photo has no face to enrol, the book cannot be made, or the server cannot be reached.
pub fn run(args: &BenchTillFacesArgs, json: bool) -> Result<(), Failure> {
    let own = capture_file(&engine(NonZeroUsize::MIN)?, &args.photo, &QualityLimits::RECOGNITION)?.template;
    let frame = to_jpeg(&read_photo(&args.photo)?, FRAME_SIDE_PX)
        .map_err(|why| Failure::new("photo_not_written", why.to_string()))?
        .to_vec();
    let folder = folder(args.folder.as_deref())?;
    let key = Secret::KeyFile(Zeroizing::new(vec![7; 32]));
    let store = Arc::new(Store::open(&Places::in_folder(folder.path()), &key, clock::now_us())?);
    let tokens = chain::fill(&store, (args.customers, args.shops), &own)?;
    let server = BenchServer::start(store)?;
    let measured = (|| {
        let alone = alone(server.address, &tokens[0], &frame, args.runs)?;
        let mut steps: Vec<Together> = Vec::new();
        for rate in RATES_PER_S {
            if steps.last().is_some_and(|step| !step.is_carried()) {
                break;
            }
            steps.push(together(server.address, &tokens, &frame, (rate, rate * args.seconds))?);
        }
        Ok::<_, Failure>((alone, steps))
    })();
    server.stop();
    let (alone, together) = measured?;
    let carried_per_s =
        together.iter().take_while(|step| step.is_carried()).last().map(|step| step.sent_per_s);
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    let tills = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    output::print(
        &BenchTillFacesAnswer {
            customers: args.customers,
            tills,
            processors,
            alone,
            together,
            carried_per_s,
        },
        json,
    )
}
