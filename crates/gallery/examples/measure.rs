//! Times of the gallery beside the floor: `cargo run --release --example measure [members] [dim]`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Instant;

use bonafide_gallery::{
    Filter, Gallery, GalleryOptions, GroupId, InstructionSet, Query, SearchOptions, measure,
};

const SEED: u64 = 1;
const RUNS: usize = 21;

/// Median and fastest time of several runs, in milliseconds.
fn time_ms(mut work: impl FnMut()) -> (f64, f64) {
    summary((0..RUNS).map(|_| once_ms(&mut work)).collect())
}

fn once_ms(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

fn summary(mut times_ms: Vec<f64>) -> (f64, f64) {
    times_ms.sort_by(f64::total_cmp);
    (times_ms[times_ms.len() / 2], times_ms[0])
}

/// Group 1: one member in ten; 2: in a hundred; 3: in a thousand; 4: in ten thousand.
fn groups(member: u32) -> Vec<GroupId> {
    (1..=4)
        .filter(|power| member.is_multiple_of(10_u32.pow(*power)))
        .map(|power| GroupId(power as u16))
        .collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u32>());
    let members = numbers.next().transpose()?.unwrap_or(1_000_000);
    let dim = numbers.next().transpose()?.unwrap_or(128) as usize;
    let vectors: Vec<_> = (0..8).map(|n| measure::random_vector(SEED + 1, n, dim)).collect();
    let queries = vectors.iter().map(|vector| Query::new(vector)).collect::<Result<Vec<_>, _>>()?;

    for set in InstructionSet::available() {
        let options = GalleryOptions { instruction_set: Some(set), ..GalleryOptions::default() };
        let gallery = Gallery::with_options(dim, options)?;
        let start = Instant::now();
        measure::fill_random(&gallery, members, SEED, groups)?;
        println!("\n{set}: {members} x {dim}, filled in {:.2} s", start.elapsed().as_secs_f64());
        let per_template = gallery.heap_bytes() as f64 / gallery.templates() as f64;
        println!(
            "  {per_template:.2} bytes per template ({:.4} of the components)",
            per_template / dim as f64
        );
        println!("  {:?}", gallery.huge_pages());
        report(&gallery, &queries)?;
        if set == InstructionSet::available()[0] {
            changes(&gallery, &vectors)?;
            println!("  {:?}", measure::compare_with_exact(&gallery, members, SEED, &vectors));
        }
    }
    Ok(())
}

fn report(gallery: &Gallery, queries: &[Query]) -> Result<(), Box<dyn Error>> {
    let search = |queries: &[Query], filter: &Filter, threads| {
        let options = SearchOptions { threads: NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN) };
        time_ms(|| _ = black_box(gallery.search_batch(queries, filter, options)))
    };
    // In turns, so that other work on the machine disturbs both alike.
    let [mut floors, mut singles] = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        floors.push(once_ms(|| _ = black_box(measure::read_floor(gallery))));
        let options = SearchOptions::default();
        singles.push(once_ms(|| _ = black_box(gallery.search(&queries[0], &Filter::All, options))));
    }
    let ((floor, floor_min), (single, single_min)) = (summary(floors), summary(singles));
    println!(
        "  floor       {floor:7.3} ms (min {floor_min:.3}), {:.1} MB",
        measure::bytes_to_read(gallery) as f64 / 1e6
    );
    let ratios = (single / floor, single_min / floor_min);
    println!(
        "  one query   {single:7.3} ms (min {single_min:.3}), {:.2} of the floor (min {:.2})",
        ratios.0, ratios.1
    );
    for count in [2, 4, 8] {
        let each = search(&queries[..count], &Filter::All, 1).0 / count as f64;
        println!("  batch of {count}  {each:7.3} ms each, {:.2} of one query", each / single);
    }
    println!("  two threads {:7.3} ms", search(&queries[..1], &Filter::All, 2).0);
    for group in 1..=4 {
        let filter = Filter::AnyOf(vec![GroupId(group)]);
        let found = gallery.search(&queries[0], &filter, SearchOptions::default())?;
        println!("  group of {:6} {:7.3} ms", found.searched_members, search(&queries[..1], &filter, 1).0);
    }
    Ok(())
}

fn changes(gallery: &Gallery, vectors: &[Vec<f32>]) -> Result<(), Box<dyn Error>> {
    let member = gallery.members() / 2;
    let original = measure::random_vector(SEED, member, gallery.dim());
    let replace = time_ms(|| _ = black_box(gallery.upsert(member, &[&vectors[0]], &[])));
    let remove_add = time_ms(|| {
        gallery.remove(member);
        _ = black_box(gallery.upsert(member, &[&original], &groups(member)));
    });
    println!("  replacing a member {:.3} ms, removing and adding {:.3} ms", replace.0, remove_add.0);
    waits(gallery, member, &original);
    Ok(())
}

/// How long it takes to take and to release the published state while another thread keeps publishing new ones. That is
/// all that a search ever waits for; the longest times show how the system shares its processors.
fn waits(gallery: &Gallery, member: u32, original: &[f32]) {
    let mut waits_us = Vec::new();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..1_000 {
                _ = black_box(gallery.upsert(member, &[original], &groups(member)));
            }
        });
        while !writer.is_finished() {
            let start = Instant::now();
            black_box(gallery.members());
            waits_us.push(start.elapsed().as_secs_f64() * 1e6);
        }
    });
    waits_us.sort_by(f64::total_cmp);
    let rank = |share: f64| waits_us[((waits_us.len() - 1) as f64 * share) as usize];
    println!("  {} readers waited during 1000 changes: median {:.2} us,", waits_us.len(), rank(0.5));
    println!("  99.9 % below {:.2} us, longest {:.1} us", rank(0.999), rank(1.0));
}
