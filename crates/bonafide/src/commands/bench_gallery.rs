//! `bonafide bench gallery`: what a search takes, beside the floor below it.
//!
//! The floor is a plain read of the same bytes. It is measured in turn with the searches, so that whatever else the
//! machine does hits both, and the ratio means something on a busy machine too.

use std::hint::black_box;
use std::num::NonZeroUsize;

use bonafide_gallery::measure::{self, Differences};
use bonafide_gallery::{DIM_MAX, Filter, Gallery, HugePages, MEMBERS_MAX, Query, SearchOptions, THREADS_MAX};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;
use crate::timing::{Spread, Spreads, Times, rounded, timed};

/// The members and the queries are random directions, the same in every run of the program.
const MEMBERS_SEED: u64 = 1;
const QUERIES_SEED: u64 = 2;

/// Queries that share one pass over the gallery.
const BATCH_QUERIES: usize = 8;

/// The exact search makes every member's vector again for the comparison, so it sees only some of the queries.
const COMPARED_QUERIES_MAX: usize = 16;

/// Members that are removed and put back to time a change.
const CHANGES_MAX: usize = 50;

/// Rounds before the first time counts.
const WARM_UP_ROUNDS: usize = 2;

/// Measure the search among many members, beside a plain read of the same bytes
///
/// Fills a gallery with random templates, one for each member, and repeats: the plain read (the floor), one query, a batch
/// of 8 queries. Then it removes members and puts them back, and compares answers with the exact search in f64. The limit on
/// the size of a group that may be searched for a decision does not apply: nothing is decided here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide bench gallery --members 1000000 --dim 128 --queries 100\n  \
                        bonafide --json bench gallery --members 5000 --queries 1000 --threads 2")]
pub struct BenchGalleryArgs {
    /// How many members the gallery has.
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(MEMBERS_MAX)))]
    members: u32,
    /// Components of a template.
    #[arg(long, value_name = "N", default_value_t = 128,
          value_parser = clap::value_parser!(u32).range(1..=DIM_MAX as i64))]
    dim: u32,
    /// How many queries are measured, each alone and as the first of a batch.
    #[arg(long, value_name = "Q", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    queries: u32,
    /// Threads for each search (the floor always has one).
    #[arg(long, value_name = "T", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=THREADS_MAX as i64))]
    threads: u32,
}

/// The answer of `bench gallery`.
#[derive(Debug, Serialize)]
struct BenchGalleryAnswer {
    members: u32,
    dim: u32,
    queries: u32,
    threads: u32,
    instruction_set: String,
    /// All memory of the gallery at rest.
    bytes: usize,
    bytes_per_template: f64,
    /// What the floor and each search read.
    bytes_read: usize,
    huge_pages: HugePagesAnswer,
    #[serde(flatten)]
    steps: Spreads,
    query_to_floor: f64,
    batch8_to_query: f64,
    exact: ExactAnswer,
}

/// Template memory on huge pages.
#[derive(Debug, Serialize)]
struct HugePagesAnswer {
    bytes: usize,
    asked_segments: usize,
    segments: usize,
    /// `null` where the system does not tell.
    obtained_bytes: Option<usize>,
}

/// How the answers compare with the exact search in f64 over the vectors before they were quantised.
#[derive(Debug, Serialize)]
struct ExactAnswer {
    queries: usize,
    other_best: usize,
    /// Other best members that quantisation cannot explain: must be zero.
    unexplained: usize,
    lost_score_max: f64,
    score_error_max: f64,
}

impl Answer for BenchGalleryAnswer {
    fn text(&self) -> String {
        const MB: f64 = 1e6;
        let huge = &self.huge_pages;
        let obtained = huge
            .obtained_bytes
            .map_or_else(|| "unknown".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / MB));
        let mut lines = vec![
            format!(
                "{} members × {}, {}, threads: {}",
                self.members, self.dim, self.instruction_set, self.threads
            ),
            format!(
                "memory {:.1} MB, {:.1} bytes a template",
                self.bytes as f64 / MB,
                self.bytes_per_template
            ),
            format!("huge pages: {obtained} of {:.1} MB", huge.bytes as f64 / MB),
            format!("{:<26}{:>10}{:>10}{:>10}", "milliseconds", "p50", "p95", "min"),
        ];
        for (name, Spread { p50_ms, p95_ms, min_ms }) in &self.steps.0 {
            let name = name.replacen("_ms", "", 1).replace('_', " ");
            lines.push(format!("{name:<26}{p50_ms:>10.4}{p95_ms:>10.4}{min_ms:>10.4}"));
        }
        lines.push(format!(
            "query / floor {:.2}, batch of 8 / query {:.2}",
            self.query_to_floor, self.batch8_to_query
        ));
        lines.push(format!(
            "exact search: {} of {} queries with another best member, {} unexplained; largest loss {:.1e}, largest \
             error of a score {:.1e}",
            self.exact.other_best,
            self.exact.queries,
            self.exact.unexplained,
            self.exact.lost_score_max,
            self.exact.score_error_max
        ));
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the gallery refuses the members or the queries, which the limits of the arguments rule out.
pub fn run(args: &BenchGalleryArgs, json: bool) -> Result<(), Failure> {
    let bar = progress::bar("filling the gallery, then searching", args.queries as usize);
    let gallery = Gallery::new(args.dim as usize).map_err(refused)?;
    measure::fill_random(&gallery, args.members, MEMBERS_SEED, |_| Vec::new()).map_err(refused)?;
    // The pages as they were while the searches ran: changes move segments.
    let huge_pages = HugePagesAnswer::of(gallery.huge_pages());
    let mut times = StepTimes::default();
    let queries: Vec<Vec<f32>> = (0..args.queries)
        .map(|query| measure::random_vector(QUERIES_SEED, query, args.dim as usize))
        .collect();
    let threads = NonZeroUsize::new(args.threads as usize).unwrap_or(NonZeroUsize::MIN);
    for round in 0..WARM_UP_ROUNDS + queries.len() {
        if round == WARM_UP_ROUNDS {
            times = StepTimes::default();
        }
        search(&gallery, &queries, round % queries.len(), SearchOptions { threads }, &mut times)?;
        bar.inc(u64::from(round >= WARM_UP_ROUNDS));
    }
    bar.finish_and_clear();
    change(&gallery, args, &mut times)?;
    let compared = &queries[..queries.len().min(COMPARED_QUERIES_MAX)];
    let differences = measure::compare_with_exact(&gallery, args.members, MEMBERS_SEED, compared);
    let steps = times.spreads();
    let ratio = |over: &str, under: &str| match (steps.get(over), steps.get(under)) {
        (Some(over), Some(under)) => rounded(over.p50_ms / under.p50_ms),
        _ => f64::NAN,
    };
    let answer = BenchGalleryAnswer {
        members: args.members,
        dim: args.dim,
        queries: args.queries,
        threads: args.threads,
        instruction_set: gallery.instruction_set().to_string(),
        bytes: gallery.heap_bytes(),
        bytes_per_template: rounded(gallery.heap_bytes() as f64 / gallery.templates() as f64),
        bytes_read: measure::bytes_to_read(&gallery),
        huge_pages,
        query_to_floor: ratio(QUERY, FLOOR),
        batch8_to_query: ratio(BATCH, QUERY),
        steps,
        exact: ExactAnswer::of(differences),
    };
    output::print(&answer, json)
}

const FLOOR: &str = "floor_ms";
const QUERY: &str = "query_ms";
const BATCH: &str = "batch8_ms_per_query";

#[derive(Default)]
struct StepTimes {
    floor: Times,
    query: Times,
    batch: Times,
    upsert: Times,
    remove: Times,
    /// Both kinds of change together.
    publish: Times,
}

impl StepTimes {
    fn spreads(&self) -> Spreads {
        let steps = [
            (FLOOR, &self.floor),
            (QUERY, &self.query),
            (BATCH, &self.batch),
            ("upsert_ms", &self.upsert),
            ("remove_ms", &self.remove),
            ("publish_ms", &self.publish),
        ];
        Spreads(steps.into_iter().filter_map(|(name, times)| Some((name, times.spread()?))).collect())
    }
}

/// One round: the floor, one query, and a batch that begins with it. The check and rounding of a query is part of it.
fn search(
    gallery: &Gallery,
    queries: &[Vec<f32>],
    first: usize,
    options: SearchOptions,
    times: &mut StepTimes,
) -> Result<(), Failure> {
    times.floor.measure(|| black_box(measure::read_floor(gallery)));
    let batch = |count: usize| {
        let batch = (first..first + count).map(|at| Query::new(&queries[at % queries.len()]));
        let batch: Vec<Query> = batch.collect::<Result<_, _>>().map_err(refused)?;
        gallery.search_batch(&batch, &Filter::All, options).map_err(refused)
    };
    black_box(times.query.measure(|| batch(1))?);
    let (found, ms) = timed(|| batch(BATCH_QUERIES));
    black_box(found?);
    times.batch.push_ms(ms / BATCH_QUERIES as f64);
    Ok(())
}

/// Takes members out and puts them back as they were, spread over the gallery.
fn change(gallery: &Gallery, args: &BenchGalleryArgs, times: &mut StepTimes) -> Result<(), Failure> {
    let changes = CHANGES_MAX.min(args.members as usize);
    for member in (0..args.members).step_by(args.members as usize / changes).take(changes) {
        let vector = measure::random_vector(MEMBERS_SEED, member, args.dim as usize);
        let (_, remove_ms) = timed(|| gallery.remove(member));
        let (upserted, upsert_ms) = timed(|| gallery.upsert(member, &[&vector], &[]));
        upserted.map_err(refused)?;
        times.remove.push_ms(remove_ms);
        times.upsert.push_ms(upsert_ms);
        times.publish.push_ms(remove_ms);
        times.publish.push_ms(upsert_ms);
    }
    Ok(())
}

/// Our own random vectors are refused only by a fault of the program.
fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::new("gallery", error.to_string())
}

impl HugePagesAnswer {
    fn of(pages: HugePages) -> HugePagesAnswer {
        let HugePages { segments, asked_segments, bytes, obtained_bytes } = pages;
        HugePagesAnswer { bytes, asked_segments, segments, obtained_bytes }
    }
}

impl ExactAnswer {
    fn of(differences: Differences) -> ExactAnswer {
        let Differences { queries, other_best, unexplained, lost_score_max, score_error_max } = differences;
        ExactAnswer { queries, other_best, unexplained, lost_score_max, score_error_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_gallery_is_measured_and_left_as_it_was() {
        let args = BenchGalleryArgs { members: 300, dim: 16, queries: 3, threads: 1 };
        let gallery = Gallery::new(16).unwrap();
        measure::fill_random(&gallery, 300, MEMBERS_SEED, |_| Vec::new()).unwrap();
        let queries: Vec<Vec<f32>> = (0..3).map(|n| measure::random_vector(QUERIES_SEED, n, 16)).collect();
        let mut times = StepTimes::default();
        search(&gallery, &queries, 2, SearchOptions::default(), &mut times).unwrap();
        change(&gallery, &args, &mut times).unwrap();
        let names: Vec<&str> = times.spreads().0.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["floor_ms", "query_ms", "batch8_ms_per_query", "upsert_ms", "remove_ms", "publish_ms"]
        );
        let differences = measure::compare_with_exact(&gallery, 300, MEMBERS_SEED, &queries);
        assert_eq!((gallery.members(), differences.unexplained), (300, 0));
    }
}
