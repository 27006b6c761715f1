//! A frame becomes what was seen in it. Engines are few, because each takes a processor for itself: who finds none waits, and
//! who finds too many waiting is sent away at once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use bonafide_faces::detect::DetectedFace;
use bonafide_faces::engine::{CaptureRefusal, Engine};
use bonafide_faces::network::NetworkFault;
use bonafide_faces::photo::{self, DecodeGate, Photo, PhotoLimits, PhotoRefusal};
use bonafide_faces::quality::{Quality, QualityLimits, QualityRefusal};
use bonafide_faces::template::Template;

use crate::faces_at_work::{PassiveLiveness, codes};
use crate::failure::Failure;

/// Frames that wait for one engine at most.
const WAITING_PER_ENGINE: usize = 8;

/// A camera's frame: no photo of a phone.
pub const FRAME_LIMITS: PhotoLimits = PhotoLimits {
    max_bytes: 2 << 20,
    max_side_px: 2_560,
    max_pixels: 4_000_000,
    max_memory_bytes: 64 << 20,
    max_jpeg_scans: 16,
    max_jpeg_segments: 64,
};

/// Engines that are ready.
pub struct Looking {
    /// As many run at a time as there are engines.
    gate: DecodeGate,
    idle: Mutex<Vec<Engine>>,
    passive: Option<Arc<PassiveLiveness>>,
}

/// A face that is good enough to be compared. It has no `Debug`, and is wiped when it is dropped.
pub struct SeenFace {
    template: Template,
    /// A camera's picture has the marks of a print or a screen, by the network that the operator set; never without one.
    pub(crate) looks_false: bool,
}

impl SeenFace {
    /// The template, for the gallery and for enrolling.
    pub(crate) fn template(&self) -> &Template {
        &self.template
    }
}

/// What was seen in a frame.
pub struct Look {
    /// All faces, the main one first.
    pub faces: Vec<DetectedFace>,
    /// The measures of the main one.
    pub quality: Option<Quality>,
    /// The main face, or what it lacks; the refusal has the advice.
    pub main: Result<SeenFace, QualityRefusal>,
    /// What stands in the QR codes of the picture, when they were looked for.
    pub codes: Vec<String>,
}

/// What was found in a frame of which no template is made.
pub struct Found {
    /// Whether it shows one face that is good enough, or what it lacks.
    pub face: Result<(), QualityRefusal>,
    /// What stands in the QR codes of the picture, when they were looked for.
    pub codes: Vec<String>,
}

/// What is looked for in a frame besides faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// QR codes.
    Read,
    /// Nothing.
    Ignored,
}

/// Why a frame was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotLooked {
    /// Too many frames wait already: send the next one a moment later.
    Busy,
    /// It is no picture, or a larger one than a camera's.
    Photo(PhotoRefusal),
    /// The network failed.
    Fault(NetworkFault),
}

impl From<NetworkFault> for NotLooked {
    fn from(fault: NetworkFault) -> Self {
        NotLooked::Fault(fault)
    }
}

impl Looking {
    /// Loads the engines, each with one thread.
    ///
    /// # Errors
    /// `weights_refused` when the program was changed.
    pub fn start(engines: NonZeroUsize) -> Result<Looking, Failure> {
        let idle: Vec<Engine> =
            (0..engines.get()).map(|_| Engine::shipped(NonZeroUsize::MIN)).collect::<Result<_, _>>()?;
        let gate = DecodeGate::new(idle.len(), WAITING_PER_ENGINE * idle.len());
        Ok(Looking { gate, idle: Mutex::new(idle), passive: None })
    }

    /// The same with a check of a camera's frames, if there is one.
    #[must_use]
    pub fn with_passive_liveness(self, passive: Option<Arc<PassiveLiveness>>) -> Looking {
        Looking { passive, ..self }
    }

    /// Looks at a frame: JPEG, PNG or WebP within [`FRAME_LIMITS`]. This takes some tens of milliseconds of a processor: not
    /// for a thread that others wait for.
    ///
    /// # Errors
    /// As [`NotLooked`] says, in this order.
    pub fn look(&self, frame: &[u8], limits: &QualityLimits, codes: Codes) -> Result<Look, NotLooked> {
        self.look_within(frame, &FRAME_LIMITS, (limits, self.passive.as_deref()), codes)
    }

    /// The same with a photo of any size that may be uploaded. It is one of a print, for all that the passive check knows: that
    /// is left out.
    ///
    /// # Errors
    /// As [`Looking::look`].
    pub fn look_at_photo(&self, file: &[u8], limits: &QualityLimits) -> Result<Look, NotLooked> {
        self.look_within(file, &PhotoLimits::default(), (limits, None), Codes::Ignored)
    }

    /// Looks whether a frame shows one good face, and recognises nobody: no template is made of it.
    ///
    /// # Errors
    /// As [`Looking::look`].
    pub fn find(&self, frame: &[u8], limits: &QualityLimits, codes: Codes) -> Result<Found, NotLooked> {
        let _place = self.gate.enter().map_err(|_| NotLooked::Busy)?;
        let photo = photo::decode(frame, &FRAME_LIMITS).map_err(NotLooked::Photo)?;
        let engine = self.lend()?;
        let face = engine.with(|engine| {
            let findings = engine.inspect(&photo)?;
            match engine.judge(&photo, &findings, limits) {
                Ok(()) if findings.main.is_some() => Ok(Ok(())),
                Ok(()) => Ok(Err(QualityRefusal::NoFace)),
                Err(CaptureRefusal::Quality(refusal)) => Ok(Err(refusal)),
                Err(CaptureRefusal::Fault(fault)) => Err(fault.into()),
            }
        })?;
        let codes = if codes == Codes::Read { codes::read(&photo) } else { Vec::new() };
        Ok(Found { face, codes })
    }

    fn look_within(
        &self,
        file: &[u8],
        photo_limits: &PhotoLimits,
        checks: (&QualityLimits, Option<&PassiveLiveness>),
        codes: Codes,
    ) -> Result<Look, NotLooked> {
        let _place = self.gate.enter().map_err(|_| NotLooked::Busy)?;
        let photo = photo::decode(file, photo_limits).map_err(NotLooked::Photo)?;
        let engine = self.lend()?;
        let look = engine.with(|engine| look(engine, &photo, checks))?;
        let codes = if codes == Codes::Read { codes::read(&photo) } else { Vec::new() };
        Ok(Look { codes, ..look })
    }

    fn lend(&self) -> Result<Lent<'_>, NotLooked> {
        let engine = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // The gate lets in no more than there are; one that was lost in a panic is made anew.
        let engine = match engine {
            Some(engine) => engine,
            None => {
                Engine::shipped(NonZeroUsize::MIN).map_err(|refusal| NetworkFault(refusal.to_string()))?
            }
        };
        Ok(Lent { looking: self, engine: Some(engine) })
    }
}

/// An engine in use, given back however it ends.
struct Lent<'a> {
    looking: &'a Looking,
    /// `None` only while being dropped.
    engine: Option<Engine>,
}

impl Lent<'_> {
    fn with<T>(&self, work: impl FnOnce(&Engine) -> Result<T, NotLooked>) -> Result<T, NotLooked> {
        let engine = self.engine.as_ref().ok_or_else(|| NetworkFault("an engine was lost".to_owned()))?;
        work(engine)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let engine = self.engine.take();
        self.looking.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(engine);
    }
}

fn look(
    engine: &Engine,
    photo: &Photo,
    (limits, passive): (&QualityLimits, Option<&PassiveLiveness>),
) -> Result<Look, NotLooked> {
    let findings = engine.inspect(photo)?;
    let judged = engine.judge(photo, &findings, limits);
    let quality = findings.main.as_ref().map(|(_, quality)| *quality);
    let main = match (judged, findings.main) {
        (Ok(()), Some((aligned, _))) => {
            let looks_false = match passive.zip(findings.faces.first()) {
                Some((passive, face)) => passive.looks_false(photo, face)?,
                None => false,
            };
            Ok(SeenFace { template: engine.embed(&aligned)?, looks_false })
        }
        (Ok(()), None) => Err(QualityRefusal::NoFace),
        (Err(CaptureRefusal::Quality(refusal)), _) => Err(refusal),
        (Err(CaptureRefusal::Fault(fault)), _) => return Err(fault.into()),
    };
    Ok(Look { faces: findings.faces, quality, main, codes: Vec::new() })
}
