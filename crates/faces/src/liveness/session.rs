//! One try: the person looks at the camera, does what he is asked, one thing after the other, and looks at it again.

use crate::detect::{DetectedFace, LANDMARKS, Point};
use crate::liveness::challenge::{Challenge, Challenges};
use crate::liveness::parallax::{Parallax, ReferenceFace, nose_aside_of};

/// Another face of at least this share of the main one's width is a second person before the camera.
pub const RIVAL_WIDTH_SHARE: f32 = 0.5;

/// The numbers of a session. Distances are in distances between the eyes, see [`Parallax`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivenessLimits {
    /// A try lasts at most so long, in milliseconds.
    pub session_ms_max: u64,
    /// A face that was not seen for longer begins anew, in milliseconds: something may have been exchanged meanwhile.
    pub gap_ms_max: u64,
    /// The face's middle moves at most so many of its widths between two frames, or it is another one.
    pub jump_widths_max: f32,
    /// How often a try begins anew before it fails.
    pub restarts_max: u32,
    /// Frames from the front that make the reference.
    pub front_views: usize,
    /// The nose's greatest distance from the middle in those.
    pub front_nose_aside_max: f64,
    /// The parallax that is a turn. Noses stand out by 0.3 to 0.5, so it takes a turn of some 20° to 30°; what the detector
    /// errs by is about 0.03.
    pub turn_min: f64,
    /// Frames with it, one after the other.
    pub turn_frames: u32,
    /// The parallax on the way, from…
    pub middle_min: f64,
    /// …to: a head passes it, an exchanged picture does not.
    pub middle_max: f64,
    /// The parallax that is none: the person looks at the camera again.
    pub centre_max: f64,
    /// How many times wider than in the reference the face gets by a step closer.
    pub closer_min: f32,
    /// The same half-way.
    pub closer_middle_min: f32,
    /// Narrower than this, or lower than its inverse, with no parallax: a flat thing was turned. An open mouth comes to 0.8.
    pub flat_narrowing_max: f64,
    /// Frames with it, one after the other.
    pub flat_frames: u32,
}

impl LivenessLimits {
    /// Those of a kiosk.
    pub const KIOSK: LivenessLimits = LivenessLimits {
        session_ms_max: 20_000,
        gap_ms_max: 900,
        jump_widths_max: 0.7,
        restarts_max: 3,
        front_views: 3,
        front_nose_aside_max: 0.15,
        turn_min: 0.16,
        turn_frames: 2,
        middle_min: 0.05,
        middle_max: 0.14,
        centre_max: 0.06,
        closer_min: 1.3,
        closer_middle_min: 1.1,
        flat_narrowing_max: 0.75,
        flat_frames: 3,
    };
}

/// What one frame showed.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// When it was taken, by one clock that does not go back, in milliseconds.
    pub at_ms: u64,
    /// All faces, the main one first.
    pub faces: &'a [DetectedFace],
    /// Whether the main face is the person of the session's first frames; nothing when that was not compared, as for a head
    /// that is turned. Without a yes no challenge ends.
    pub same_person: Option<bool>,
}

/// The answer to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A living head did what was asked for.
    Live,
    /// It is not finished.
    NotYet {
        /// What the person can do.
        advice: LivenessAdvice,
    },
    /// This try is over; another one needs challenges that are drawn anew.
    Failed {
        /// Why.
        reason: Failure,
    },
}

/// What a person can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivenessAdvice {
    /// "Look at the camera."
    LookAtCamera,
    /// "Only one person."
    OnlyOnePerson,
    /// What is asked for at this moment.
    Do(Challenge),
    /// "Slower."
    Slower,
}

impl LivenessAdvice {
    /// Stable key for programs and translations.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            LivenessAdvice::LookAtCamera => "look_at_the_camera",
            LivenessAdvice::OnlyOnePerson => "only_one_person",
            LivenessAdvice::Do(challenge) => challenge.key(),
            LivenessAdvice::Slower => "slower",
        }
    }
}

/// Why a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It took too long; so does every picture that is only held or moved.
    TimedOut,
    /// Another person than at the beginning.
    AnotherPerson,
    /// The face was lost, exchanged or joined by a second one too often.
    FaceLost,
    /// It was turned as a flat thing is.
    Flat,
    /// The head was turned to the other side than asked for: what a film does.
    OtherSide,
}

impl Failure {
    /// Stable key for programs and translations.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Failure::TimedOut => "timed_out",
            Failure::AnotherPerson => "another_person",
            Failure::FaceLost => "face_lost",
            Failure::Flat => "flat",
            Failure::OtherSide => "other_side",
        }
    }
}

/// What the session remembers of the frame before.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at_ms: u64,
    centre: Point,
    width_px: f32,
}

/// How far it is.
#[derive(Debug)]
enum Phase {
    /// Gathering views from the front.
    Front { views: Vec<[Point; LANDMARKS]> },
    /// At the challenge of this index.
    Asking { reference: ReferenceFace, width_px: f32, at: usize, step: Step },
    /// Over: nothing changes it.
    Over(Verdict),
}

/// Where in a challenge.
#[derive(Debug, Clone, Copy, Default)]
struct Step {
    /// The way was passed.
    middle: bool,
    /// Frames with what is asked for, one after the other.
    held: u32,
    /// Frames with the contrary.
    contrary: u32,
    /// Frames of a flat thing.
    flat: u32,
    /// It was done; the person is to look at the camera again.
    done: bool,
}

/// One try.
#[derive(Debug)]
pub struct Session {
    challenges: Challenges,
    limits: LivenessLimits,
    began_ms: u64,
    before: Option<Seen>,
    restarts: u32,
    phase: Phase,
}

impl Session {
    /// Begins a try. The challenges are drawn by the caller, for this try alone.
    #[must_use]
    pub fn begin(challenges: Challenges, limits: LivenessLimits, began_ms: u64) -> Session {
        let phase = Phase::Front { views: Vec::new() };
        Session { challenges, limits, began_ms, before: None, restarts: 0, phase }
    }

    /// What is asked for at this moment; nothing while the person is only to look at the camera.
    #[must_use]
    pub fn asked(&self) -> Option<Challenge> {
        match &self.phase {
            Phase::Asking { at, step, .. } if !step.done => self.challenges.order().get(*at).copied(),
            _ => None,
        }
    }

    /// How many views from the front there are while they are gathered for the reference; nothing later. One: they begin
    /// with the frame that was observed last.
    #[must_use]
    pub fn front_views(&self) -> Option<usize> {
        match &self.phase {
            Phase::Front { views } => Some(views.len()),
            _ => None,
        }
    }

    /// Judges the next frame. A frame that is not later than the one before changes nothing. The checks: time, faces, one
    /// person only, the same person, no gap and no jump; then what the landmarks did.
    pub fn observe(&mut self, observation: &Observation<'_>) -> Verdict {
        if let Phase::Over(verdict) = self.phase {
            return verdict;
        }
        let &Observation { at_ms, faces, same_person } = observation;
        if at_ms.saturating_sub(self.began_ms) > self.limits.session_ms_max {
            return self.fail(Failure::TimedOut);
        }
        if self.before.is_some_and(|before| at_ms <= before.at_ms) {
            return self.not_yet();
        }
        let Some(face) = faces.first() else { return look_at_camera() };
        let is_rival = |other: &DetectedFace| other.width_px >= RIVAL_WIDTH_SHARE * face.width_px;
        if faces[1..].iter().any(is_rival) {
            return self.restart().unwrap_or(Verdict::NotYet { advice: LivenessAdvice::OnlyOnePerson });
        }
        if same_person == Some(false) {
            return self.fail(Failure::AnotherPerson);
        }
        let seen = Seen { at_ms, centre: face.centre(), width_px: face.width_px };
        let is_broken = self.before.is_some_and(|before| self.is_broken(before, seen));
        self.before = Some(seen);
        if is_broken && let Some(failed) = self.restart() {
            return failed;
        }
        self.judge(face, same_person)
    }

    /// Whether between two frames something else may have been put before the camera.
    fn is_broken(&self, before: Seen, now: Seen) -> bool {
        let moved = (now.centre.x_px - before.centre.x_px).hypot(now.centre.y_px - before.centre.y_px);
        let stayed = moved <= self.limits.jump_widths_max * before.width_px.max(now.width_px);
        now.at_ms - before.at_ms > self.limits.gap_ms_max || !stayed
    }

    /// Begins anew; answers a failure when that happened too often. Before the first challenge there is nothing to lose.
    fn restart(&mut self) -> Option<Verdict> {
        let was_asking = matches!(self.phase, Phase::Asking { .. });
        self.phase = Phase::Front { views: Vec::new() };
        self.restarts += u32::from(was_asking);
        (self.restarts > self.limits.restarts_max).then(|| self.fail(Failure::FaceLost))
    }

    fn fail(&mut self, reason: Failure) -> Verdict {
        self.end(Verdict::Failed { reason })
    }

    fn end(&mut self, verdict: Verdict) -> Verdict {
        self.phase = Phase::Over(verdict);
        verdict
    }

    fn not_yet(&self) -> Verdict {
        let advice = self.asked().map_or(LivenessAdvice::LookAtCamera, LivenessAdvice::Do);
        Verdict::NotYet { advice }
    }

    fn judge(&mut self, face: &DetectedFace, same_person: Option<bool>) -> Verdict {
        let limits = self.limits;
        match &mut self.phase {
            Phase::Over(verdict) => *verdict,
            Phase::Front { views } => {
                let is_front = nose_aside_of(&face.landmarks)
                    .is_some_and(|aside| aside.abs() <= limits.front_nose_aside_max);
                if !is_front {
                    views.clear();
                    return look_at_camera();
                }
                views.push(face.landmarks);
                if views.len() >= limits.front_views {
                    let Some(reference) = ReferenceFace::of(views) else {
                        views.clear();
                        return look_at_camera();
                    };
                    let width_px = face.width_px;
                    self.phase = Phase::Asking { reference, width_px, at: 0, step: Step::default() };
                }
                self.not_yet()
            }
            Phase::Asking { reference, width_px, at, step } => {
                let Some(parallax) = reference.parallax(&face.landmarks) else { return self.not_yet() };
                let narrowing = reference.narrowing(&face.landmarks).unwrap_or(1.0);
                let Some(&challenge) = self.challenges.order().get(*at) else { return look_at_camera() };
                if step.is_flat(&limits, parallax, narrowing) {
                    return self.fail(Failure::Flat);
                }
                let progress = match challenge {
                    Challenge::TurnLeft => step.turned(&limits, parallax.aside),
                    Challenge::TurnRight => step.turned(&limits, -parallax.aside),
                    Challenge::ComeCloser => step.closer(&limits, face.width_px / *width_px, parallax.aside),
                };
                match progress {
                    Progress::Going => self.not_yet(),
                    Progress::TooFast => Verdict::NotYet { advice: LivenessAdvice::Slower },
                    Progress::OtherSide => self.fail(Failure::OtherSide),
                    Progress::Back if same_person != Some(true) => look_at_camera(),
                    Progress::Back => {
                        (*at, *step) = (*at + 1, Step::default());
                        let is_last = *at == self.challenges.order().len();
                        if is_last { self.end(Verdict::Live) } else { self.not_yet() }
                    }
                }
            }
        }
    }
}

const fn look_at_camera() -> Verdict {
    Verdict::NotYet { advice: LivenessAdvice::LookAtCamera }
}

enum Progress {
    Going,
    TooFast,
    OtherSide,
    /// It was done, and the person looks at the camera again.
    Back,
}

impl Step {
    /// Counts the frames in which a flat thing is turned; whether they are enough.
    fn is_flat(&mut self, limits: &LivenessLimits, parallax: Parallax, narrowing: f64) -> bool {
        let narrow = narrowing < limits.flat_narrowing_max || narrowing > 1.0 / limits.flat_narrowing_max;
        let none = parallax.aside.hypot(parallax.down) < limits.middle_max;
        self.flat = if narrow && none { self.flat + 1 } else { 0 };
        self.flat >= limits.flat_frames
    }

    /// A turn; `aside` is positive to the side that was asked for.
    fn turned(&mut self, limits: &LivenessLimits, aside: f64) -> Progress {
        if self.done {
            return if aside.abs() <= limits.centre_max { Progress::Back } else { Progress::Going };
        }
        self.contrary = if aside <= -limits.turn_min { self.contrary + 1 } else { 0 };
        if self.contrary >= limits.turn_frames {
            return Progress::OtherSide;
        }
        if aside < limits.turn_min {
            self.middle |= (limits.middle_min..=limits.middle_max).contains(&aside);
            self.held = 0;
            return Progress::Going;
        }
        if !self.middle {
            return Progress::TooFast;
        }
        self.hold(limits)
    }

    /// A step closer; `wider` is how many times wider the face is.
    fn closer(&mut self, limits: &LivenessLimits, wider: f32, aside: f64) -> Progress {
        if self.done {
            return if aside.abs() <= limits.centre_max { Progress::Back } else { Progress::Going };
        }
        // What is no number is not closer.
        let is_close = wider >= limits.closer_min;
        if !is_close {
            self.middle |= wider >= limits.closer_middle_min;
            self.held = 0;
            return Progress::Going;
        }
        if !self.middle {
            return Progress::TooFast;
        }
        self.hold(limits)
    }

    fn hold(&mut self, limits: &LivenessLimits) -> Progress {
        self.held += 1;
        self.done = self.held >= limits.turn_frames;
        Progress::Going
    }
}
