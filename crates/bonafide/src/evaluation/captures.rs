//! All photos of an evaluation to templates, on several threads.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use bonafide_faces::engine::Engine;
use bonafide_faces::photo::DecodeGate;
use bonafide_faces::quality::{QualityLimits, QualityRefusal, measure};
use bonafide_faces::template::Template;
use indicatif::ProgressBar;

use crate::capture;
use crate::failure::Failure;
use crate::timing::{Times, timed};

/// How many photos are decoded at a time.
const DECODES_AT_ONCE: usize = 2;

/// What became of a photo.
pub struct Captured {
    /// The template, or why there is none.
    pub template: Result<Template, Failure>,
    ms: StageMs,
}

/// Milliseconds of the stages that the photo reached.
#[derive(Debug, Default, Clone, Copy)]
struct StageMs {
    decode: Option<f64>,
    detect: Option<f64>,
    align: Option<f64>,
    quality: Option<f64>,
    embed: Option<f64>,
}

/// Times of each stage over all photos that reached it.
#[derive(Debug, Default, Clone)]
pub struct StageTimes {
    /// Reading and decoding the file.
    pub decode: Times,
    /// Finding faces.
    pub detect: Times,
    /// Cutting out the main face.
    pub align: Times,
    /// Measuring it.
    pub quality: Times,
    /// Making the template.
    pub embed: Times,
}

impl StageTimes {
    /// Gathers the times of all photos.
    #[must_use]
    pub fn of(captured: &[Captured]) -> StageTimes {
        let mut times = StageTimes::default();
        for Captured { ms, .. } in captured {
            ms.decode.into_iter().for_each(|ms| times.decode.push_ms(ms));
            ms.detect.into_iter().for_each(|ms| times.detect.push_ms(ms));
            ms.align.into_iter().for_each(|ms| times.align.push_ms(ms));
            ms.quality.into_iter().for_each(|ms| times.quality.push_ms(ms));
            ms.embed.into_iter().for_each(|ms| times.embed.push_ms(ms));
        }
        times
    }
}

/// Makes a template of each photo's main face. The answers are in the order of `photos`, whatever the threads do.
///
/// # Errors
/// When the built-in weights were changed or a network cannot be run; never because of a photo.
pub fn capture_all(
    photos: &[&Path],
    threads: NonZeroUsize,
    bar: &ProgressBar,
) -> Result<Vec<Captured>, Failure> {
    let next = AtomicUsize::new(0);
    // However many workers there are, two photos are decoded at a time: each may take 256 MiB.
    let gate = DecodeGate::new(DECODES_AT_ONCE, threads.get());
    let work = || -> Result<Vec<(usize, Captured)>, Failure> {
        // One engine of one thread for each worker: photos are many, so whole photos are the best thing to share out.
        let engine = capture::engine(NonZeroUsize::MIN)?;
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = photos.get(index) else { return Ok(done) };
            done.push((index, capture_one(&engine, &gate, path)?));
            bar.inc(1);
        }
    };
    let done: Result<Vec<Vec<(usize, Captured)>>, Failure> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get().min(photos.len())).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    });
    let in_order: BTreeMap<usize, Captured> = done?.into_iter().flatten().collect();
    Ok(in_order.into_values().collect())
}

fn capture_one(engine: &Engine, gate: &DecodeGate, path: &Path) -> Result<Captured, Failure> {
    let mut ms = StageMs::default();
    let template = template_of(engine, gate, path, &mut ms)?;
    Ok(Captured { template, ms })
}

/// The outer failure is the program's, the inner one the photo's.
fn template_of(
    engine: &Engine,
    gate: &DecodeGate,
    path: &Path,
    ms: &mut StageMs,
) -> Result<Result<Template, Failure>, Failure> {
    let refused = |refusal: QualityRefusal| Ok(Err(Failure::new(refusal.key(), refusal.to_string())));
    let permit = gate.enter().map_err(|full| Failure::new("busy", full.to_string()))?;
    let (photo, decode_ms) = timed(|| capture::read_photo(path));
    drop(permit);
    let photo = match photo {
        Ok(photo) => photo,
        Err(failure) => return Ok(Err(failure)),
    };
    ms.decode = Some(decode_ms);
    let (faces, detect_ms) = timed(|| engine.detect(&photo));
    let faces = faces?;
    ms.detect = Some(detect_ms);
    let Some(main) = faces.first() else { return refused(QualityRefusal::NoFace) };
    let (aligned, align_ms) = timed(|| engine.align(&photo, main));
    ms.align = Some(align_ms);
    let (accepted, quality_ms) = timed(|| {
        let quality = measure(&photo, &faces, &aligned).ok_or(QualityRefusal::NoFace)?;
        QualityLimits::RECOGNITION.check(&quality)
    });
    ms.quality = Some(quality_ms);
    if let Err(refusal) = accepted {
        return refused(refusal);
    }
    let (template, embed_ms) = timed(|| engine.embed(&aligned));
    ms.embed = Some(embed_ms);
    Ok(Ok(template?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_photo_is_an_answer_and_order_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("text.jpg"), b"not a photo").unwrap();
        std::fs::write(path("empty.jpg"), b"").unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos");
        let paths = [
            path("text.jpg"),
            fixtures.join("president/obama.jpg"),
            path("missing.jpg"),
            path("empty.jpg"),
            fixtures.join("vice_president/biden.jpg"),
        ];
        let paths: Vec<&Path> = paths.iter().map(|path| path.as_path()).collect();
        let run = |threads: usize| {
            capture_all(&paths, NonZeroUsize::new(threads).unwrap(), &ProgressBar::hidden()).unwrap()
        };
        let (one, three) = (run(1), run(3));
        let reasons = |captured: &[Captured]| {
            captured
                .iter()
                .map(|one| one.template.as_ref().err().map(|failure| failure.key))
                .collect::<Vec<_>>()
        };
        assert_eq!(reasons(&one), [Some("unknown_format"), None, Some("io"), Some("empty"), None]);
        assert_eq!(reasons(&one), reasons(&three));
        for (a, b) in one.iter().zip(&three) {
            if let (Ok(a), Ok(b)) = (&a.template, &b.template) {
                assert!(a.expose() == b.expose(), "the same bits on any number of threads");
            }
        }
        let times = StageTimes::of(&one);
        assert!(times.decode.spread().is_some() && times.embed.spread().is_some());
    }
}
