//! Do all instruction sets of this CPU give the answers of the f64 reference, and the same to the last bit?
//! `cargo run --example agree`. One thread and no test harness, so that it also runs in a plain emulator.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;

use bonafide_gallery::{
    DIM_MAX, Filter, Gallery, GalleryOptions, InstructionSet, Query, Search, SearchOptions, measure,
    reference,
};

/// More than one block and a last one that is not full.
const MEMBERS: u32 = 1_003;

/// f32 carries 24 bits; a score is the product of three rounded numbers.
const SCORE_TOLERANCE: f64 = 1e-6;

/// A gallery of random members, and one whose components are all at their limits.
fn fill(set: InstructionSet, dim: usize) -> Result<Gallery, Box<dyn Error>> {
    let options = GalleryOptions { instruction_set: Some(set), ..GalleryOptions::default() };
    let gallery = Gallery::with_options(dim, options)?;
    measure::fill_random(&gallery, MEMBERS, 1, |_| Vec::new())?;
    gallery.upsert(MEMBERS, &[&vec![f32::MAX; dim], &vec![-f32::MAX; dim]], &[])?;
    Ok(gallery)
}

/// The answers to batches of one to nine queries, each judged by the reference, and the sum of all bytes.
fn answers(gallery: &Gallery) -> Result<(Vec<Search>, u64), Box<dyn Error>> {
    let dim = gallery.dim();
    let mut vectors: Vec<_> = (0..8).map(|n| measure::random_vector(2, n, dim)).collect();
    vectors.push(vec![1.0; dim]);
    let queries = vectors.iter().map(|vector| Query::new(vector)).collect::<Result<Vec<_>, _>>()?;
    let mut answers = Vec::new();
    for size in 1..=queries.len() {
        answers.extend(gallery.search_batch(&queries[..size], &Filter::All, SearchOptions::default())?);
    }
    let all = &answers[answers.len() - queries.len()..];
    for (query, found) in queries.iter().zip(all) {
        let exact = reference::search_stored(gallery, query, &Filter::All);
        for (hit, exact) in [found.best, found.second].into_iter().zip(&exact) {
            let error = hit.map_or(f64::INFINITY, |hit| (f64::from(hit.score) - exact.score).abs());
            if error > SCORE_TOLERANCE {
                return Err(format!("{hit:?} instead of {exact:?}").into());
            }
        }
    }
    Ok((answers, measure::read_floor(gallery)))
}

fn main() -> Result<(), Box<dyn Error>> {
    for dim in [1, 3, 4, 5, 31, 127, 128, 130, 256, DIM_MAX] {
        let expected = answers(&fill(InstructionSet::Portable, dim)?)?;
        for set in InstructionSet::available() {
            if answers(&fill(set, dim)?)? != expected {
                return Err(format!("{set} and portable differ for {dim} components").into());
            }
            println!("{set}: {dim} components agree");
        }
    }
    Ok(())
}
