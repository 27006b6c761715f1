//! Who it is by the face: one try before a camera, and one answer for it.
//!
//! A try ends in one [`ProvenFace`], which is used up by one comparison: with the member whom a card or a code names (the
//! default), or with those whom the branch may search. Several frames that are searched until one succeeds would be several
//! searches, and the bound holds for one. No answer has a score (case B-20).

use bonafide_domain::access_method::AccessMethods;
use bonafide_domain::consent::{Keeping, MatchRefusal, Modality, Purpose};
use bonafide_domain::credential::{BlockReason, CredentialKind, CredentialState};
use bonafide_domain::identify::{
    Claim, ClaimThreshold, Decision, GalleryTooLarge, Policy, Purpose as Recognition, WhyUnsure, admissible,
    admissible_claim, decide, is_like_too_many, verify,
};
use bonafide_faces::liveness::{
    Challenges, Failure as HeadFailure, LivenessAdvice, LivenessLimits, Observation, Session, Verdict,
};
use bonafide_faces::quality::QualityRefusal;
use bonafide_faces::template::Template;
use bonafide_store::audit::entry::Acting;
use bonafide_store::consents::{Question, may_match};
use bonafide_store::credentials::{self, find};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::passages::door::{self, Door};
use bonafide_store::store::Store;

use bonafide_domain::calendar::UtcMicros;

use crate::faces_at_work::attempts::AfterFail;
use crate::faces_at_work::{FacesAtWork, Look, Pad, SeenFace, TooManyTries};
use crate::failure::Failure;
use crate::flows::recognition::{FaceAnswer, FaceSays};
use crate::likeness::Likeness;
use crate::shipped;

/// A face that may be compared once, and whether it was found to be alive.
pub struct ProvenFace {
    face: SeenFace,
    live: bool,
}

/// What a frame brought.
pub enum Step {
    /// The person can do something.
    Asking(Asking),
    /// The try has ended well. Later frames of the same try bring nothing more.
    Ready(ProvenFace),
    /// The try has failed: begin another one.
    Failed(NotLive),
}

/// Why no living face was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotLive {
    /// By how the head moved.
    Head(HeadFailure),
    /// The picture has the marks of a print or a screen, by the operator's own network.
    LooksFalse,
}

/// What the person can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// About the picture.
    Picture(QualityRefusal),
    /// About the head.
    Liveness(LivenessAdvice),
}

/// One try before a camera.
pub struct FaceTry {
    session: Option<Session>,
    likeness: Likeness,
    /// The face of the first view of the reference, which is compared in the end.
    first: Option<SeenFace>,
    over: bool,
}

impl FaceTry {
    /// With liveness: the challenges are drawn by `dice`, which the caller throws for this try alone. Times are of one clock
    /// that does not go back, in milliseconds.
    ///
    /// # Errors
    /// Never with the tables that are built in.
    pub fn live(dice: u64, now_ms: u64) -> Result<FaceTry, Failure> {
        let session = Session::begin(Challenges::drawn(dice), LivenessLimits::KIOSK, now_ms);
        Ok(FaceTry { session: Some(session), likeness: Likeness::shipped()?, first: None, over: false })
    }

    /// Without: the first good picture is the answer, and it is never enough alone (case B-01).
    ///
    /// # Errors
    /// Never with the tables that are built in.
    pub fn without_liveness() -> Result<FaceTry, Failure> {
        Ok(FaceTry { session: None, likeness: Likeness::shipped()?, first: None, over: false })
    }

    /// Nobody is there yet: the time of a try that has seen nothing does not run. What is asked for is drawn anew.
    pub fn wait(&mut self, dice: u64, now_ms: u64) {
        if let Some(session) = self.session.as_mut().filter(|session| session.front_views() == Some(0)) {
            *session = Session::begin(Challenges::drawn(dice), LivenessLimits::KIOSK, now_ms);
        }
    }

    /// Takes in the next frame.
    ///
    /// # Errors
    /// `other_model`, never within one program.
    pub fn step(&mut self, look: Look, now_ms: u64) -> Result<Step, Failure> {
        let refusal = look.main.as_ref().err().copied();
        if self.over {
            return Ok(Step::Asking(Asking::Liveness(LivenessAdvice::LookAtCamera)));
        }
        // Only what looks at the camera is compared, and the network knows no other view.
        let is_front = self.session.as_ref().is_none_or(|session| session.asked().is_none());
        if is_front && look.main.as_ref().is_ok_and(|face| face.looks_false) {
            self.over = true;
            return Ok(Step::Failed(NotLive::LooksFalse));
        }
        let Some(session) = &mut self.session else {
            return Ok(match look.main {
                Err(refusal) => Step::Asking(Asking::Picture(refusal)),
                Ok(face) => {
                    self.over = true;
                    Step::Ready(ProvenFace { face, live: false })
                }
            });
        };
        // What the landmarks prove belongs to a face that can be compared, so both begin together.
        if let (Some(_), Some(refusal)) = (session.front_views(), refusal) {
            return Ok(Step::Asking(Asking::Picture(refusal)));
        }
        let same_person = match (&self.first, &look.main) {
            (Some(first), Ok(face)) if is_front => {
                Some(self.likeness.same(first.template(), face.template())?)
            }
            _ => None,
        };
        let verdict = session.observe(&Observation { at_ms: now_ms, faces: &look.faces, same_person });
        match session.front_views() {
            // The reference is taken anew, and so is the face that goes with it.
            Some(0) => self.first = None,
            Some(1) => self.first = look.main.ok(),
            _ => {}
        }
        Ok(match (verdict, refusal) {
            (Verdict::Failed { reason }, _) => {
                self.over = true;
                Step::Failed(NotLive::Head(reason))
            }
            (Verdict::Live, _) => match self.first.take() {
                Some(face) => {
                    self.over = true;
                    Step::Ready(ProvenFace { face, live: true })
                }
                None => Step::Asking(Asking::Liveness(LivenessAdvice::LookAtCamera)),
            },
            (Verdict::NotYet { advice: LivenessAdvice::LookAtCamera }, Some(refusal)) => {
                Step::Asking(Asking::Picture(refusal))
            }
            (Verdict::NotYet { advice }, _) => Step::Asking(Asking::Liveness(advice)),
        })
    }
}

/// Why a face is not compared; the answer is to use another way. The checks stand in this order: a claim asks all but the last,
/// a search the first and the last, before it searches, and whoever it finds without a permit is unknown to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceRefusal {
    /// There is no such door.
    NoDoor,
    /// Somebody tried too often.
    TooManyTries(TooManyTries),
    /// The law, the place or the member's consent does not permit it.
    NotPermitted(MatchRefusal),
    /// The member has no face here.
    NotEnrolled,
    /// So many may not be searched here; as many as `largest` may.
    GroupTooLarge(GalleryTooLarge),
}

/// Compares with the one member whom something else has named: the default.
///
/// # Errors
/// The keys of faults; the inner error is the refusal.
pub fn claimed(
    faces: &FacesAtWork,
    store: &Store,
    acting: &Acting,
    (access_point, member): (Id, Id),
    proven: ProvenFace,
) -> Result<Result<FaceAnswer, FaceRefusal>, Failure> {
    let (ProvenFace { face, live }, now_us) = (proven, acting.now_us);
    let Some(door) = store.read(|tx| door::get(tx, access_point))? else {
        return Ok(Err(FaceRefusal::NoDoor));
    };
    if let Err(refusal) = faces.attempts.may_try(member, now_us) {
        return Ok(Err(FaceRefusal::TooManyTries(refusal)));
    }
    let here = (Modality::Face, Keeping::Here);
    if let Err(refusal) = permitted(store, &Site::of_door(&door), member, here, now_us)? {
        return Ok(Err(FaceRefusal::NotPermitted(refusal)));
    }
    let Some(score) = faces.gallery.score(member, face.template())? else {
        return Ok(Err(FaceRefusal::NotEnrolled));
    };
    let claim = verify(&claim_threshold()?, score);
    match claim {
        Claim::Confirmed => faces.attempts.forget(member),
        Claim::NotConfirmed => {
            let pad = if live { Pad::On } else { Pad::Off };
            if faces.attempts.failed(member, pad, now_us) == AfterFail::TurnedOff {
                turn_off(store, acting, member, CredentialKind::Face)?;
            }
        }
    }
    Ok(Ok(FaceAnswer { says: FaceSays::Claim(claim), live, bound_held: true, purpose: Purpose::Entry }))
}

/// Searches among those of the door's branch, if the bound on false matches admits so many.
///
/// # Errors
/// The keys of faults; the inner error is the refusal.
pub fn among(
    faces: &FacesAtWork,
    store: &Store,
    acting: &Acting,
    access_point: Id,
    proven: ProvenFace,
) -> Result<Result<FaceAnswer, FaceRefusal>, Failure> {
    let ProvenFace { face, live } = proven;
    let Some(door) = store.read(|tx| door::get(tx, access_point))? else {
        return Ok(Err(FaceRefusal::NoDoor));
    };
    let found = search(faces, store, acting.now_us, &Site::of_door(&door), (Recognition::Door, &face))?;
    Ok(found.map(|found| FaceAnswer { live, ..found }).map_err(FaceRefusal::GroupTooLarge))
}

/// Searches among those of a branch. Whoever may not be compared there is unknown to it. Liveness is the caller's.
///
/// # Errors
/// The keys of faults; the inner error when so many may not be searched.
pub(super) fn search(
    faces: &FacesAtWork,
    store: &Store,
    now_us: i64,
    site: &Site<'_>,
    (recognition, face): (Recognition, &SeenFace),
) -> Result<Result<FaceAnswer, GalleryTooLarge>, Failure> {
    let (policy, calibration) = (Policy::standard(recognition), shipped::calibration()?);
    let admit = |searched| admissible(&policy, &calibration, searched);
    let (thresholds, scores) = match faces.gallery.among(site.branch_id, face.template(), admit)? {
        Ok(found) => found,
        Err(too_large) => return Ok(Err(too_large)),
    };
    let decision = decide(&thresholds, &scores);
    let number = match decision {
        Decision::Unknown => None,
        Decision::Identified { member, .. } | Decision::Unsure { member, .. } => Some(member),
    };
    let says = match number {
        Some(number) if !is_permitted(store, site, number, now_us)? => Decision::Unknown,
        _ => decision,
    };
    let (bound_held, purpose) = (thresholds.bound_held(), site.purpose);
    Ok(Ok(FaceAnswer { says: FaceSays::Search(says), live: false, bound_held, purpose }))
}

/// Whether a picture shows the face that is enrolled for a member, as sure as a claim at a door; nothing when none is (case B-07).
///
/// # Errors
/// `calibration_too_small` and `other_model`, never within one program.
pub fn is_own(faces: &FacesAtWork, member: Id, template: &Template) -> Result<Option<bool>, Failure> {
    let Some(score) = faces.gallery.score(member, template)? else { return Ok(None) };
    Ok(Some(verify(&claim_threshold()?, score) == Claim::Confirmed))
}

/// Another member of a branch whose face is like this one (case B-12): a warning to whoever enrols, who looks too, and nothing
/// more. Nothing also when there are so many members that a likeness would say nothing.
///
/// # Errors
/// The keys of faults.
pub fn like(
    faces: &FacesAtWork,
    store: &Store,
    (branch, member): (Id, Id),
    template: &Template,
) -> Result<Option<Id>, Failure> {
    let (policy, calibration) = (Policy::standard(Recognition::TillEarning), shipped::calibration()?);
    let admit = |searched| admissible(&policy, &calibration, searched);
    let Ok((thresholds, scores)) = faces.gallery.among(branch, template, admit)? else { return Ok(None) };
    let number = match decide(&thresholds, &scores) {
        Decision::Identified { member, .. } | Decision::Unsure { member, why: WhyUnsure::SmallMargin } => {
            member
        }
        Decision::Unsure { why: WhyUnsure::BelowThreshold, .. } | Decision::Unknown => return Ok(None),
    };
    let found = store.read(|tx| members::of_numbers(tx, store.vault(), &[number]))?.pop();
    Ok(found.map(|found| found.id).filter(|found| *found != member))
}

/// Whether a picture is like so many of a branch that it would open in their names (case B-10): a poor one, or one of somebody
/// who was enrolled as several members. It is measured by what a claim at a door asks for.
///
/// # Errors
/// `calibration_too_small` and `other_model`, never within one program.
pub fn is_like_many(
    faces: &FacesAtWork,
    (branch, member): (Id, Id),
    template: &Template,
) -> Result<bool, Failure> {
    let threshold = claim_threshold()?;
    let (like, of) = faces
        .gallery
        .like(branch, member, template, |score| verify(&threshold, score) == Claim::Confirmed)?;
    Ok(is_like_too_many(like, of))
}

/// What a claim at a door asks for.
///
/// # Errors
/// `calibration_too_small`, never with the table that is built in.
pub(crate) fn claim_threshold() -> Result<ClaimThreshold, Failure> {
    let words = "the built-in calibration is too small: evaluate with more photos";
    admissible_claim(&Policy::standard(Recognition::Door), &shipped::calibration()?)
        .map_err(|_| Failure::new("calibration_too_small", words))
}

/// The member has shown something else that is his: what was counted against his face is forgotten, and a face or voice that was
/// turned off for it is released.
///
/// # Errors
/// The keys of faults.
pub fn another_factor(
    faces: &FacesAtWork,
    store: &Store,
    acting: &Acting,
    member: Id,
) -> Result<(), Failure> {
    faces.attempts.forget(member);
    let off = store.read(|tx| {
        let kinds = [CredentialKind::Face, CredentialKind::Voice].into_iter();
        kinds
            .filter_map(|kind| find::turned_off(tx, member, kind).transpose())
            .collect::<Result<Vec<Id>, _>>()
    })?;
    for credential in off {
        let (now, operation) = (acting.clone(), Id::new(acting.now_us)?);
        // Somebody else may have changed it meanwhile: then there is nothing to do.
        let _done_or_not =
            store.write(move |work| credentials::unblock(work, &now, operation, credential))?;
    }
    Ok(())
}

/// Stops what a member is recognised by, after too many tries.
pub(super) fn turn_off(
    store: &Store,
    acting: &Acting,
    member: Id,
    kind: CredentialKind,
) -> Result<(), Failure> {
    let counts = |state| matches!(state, CredentialState::Active | CredentialState::Limited(_));
    let all = store.read(|tx| find::of_member(tx, store.vault(), member, acting.now_us))?;
    for credential in all.into_iter().filter(|kept| kept.kind == kind && counts(kept.state)) {
        let (now, operation) = (acting.clone(), Id::new(acting.now_us)?);
        let (id, reason) = (credential.id, BlockReason::TooManyTries);
        let _done_or_not = store.write(move |work| credentials::block(work, &now, operation, id, reason))?;
    }
    Ok(())
}

/// Where a face is compared, and for what.
pub(super) struct Site<'a> {
    /// Whose members are searched.
    pub(super) branch_id: Id,
    /// Its law and its days.
    pub(super) branch: &'a Branch,
    /// What is taken there.
    pub(super) methods: &'a AccessMethods,
    /// For what.
    pub(super) purpose: Purpose,
}

impl<'a> Site<'a> {
    /// A door, to be opened.
    pub(super) const fn of_door(door: &'a Door) -> Site<'a> {
        let Door { zone, branch, point, .. } = door;
        Site { branch_id: zone.branch, branch, methods: &point.methods, purpose: Purpose::Entry }
    }
}

/// Asks the rules for the permit of one comparison.
pub(super) fn permitted(
    store: &Store,
    site: &Site<'_>,
    member: Id,
    (modality, keeping): (Modality, Keeping),
    now_us: i64,
) -> Result<Result<(), MatchRefusal>, Failure> {
    let vault = store.vault();
    let asked = |tx: &mut Tx<'_>| {
        let Ok(now) = UtcMicros::parse(now_us) else {
            return Err(Fault::broken("the clock is out of the calendar"));
        };
        let today = site.branch.time_zone.calendar().date_of(now);
        let (jurisdiction, purpose) = (site.branch.jurisdiction, site.purpose);
        let question = Question { jurisdiction, member, modality, purpose, now_us, today };
        Ok(may_match(tx, vault, &question, keeping, site.methods)?.map(drop))
    };
    Ok(store.read(asked)?)
}

fn is_permitted(store: &Store, site: &Site<'_>, number: u32, now_us: i64) -> Result<bool, Failure> {
    let vault = store.vault();
    let found = store.read(|tx| members::of_numbers(tx, vault, &[number]))?.pop();
    match found {
        Some(found) => {
            let here = (Modality::Face, Keeping::Here);
            Ok(permitted(store, site, found.id, here, now_us)?.is_ok())
        }
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::Path;

    use super::*;
    use crate::faces_at_work::{Codes, Looking};
    use bonafide_faces::quality::QualityLimits;

    #[test]
    fn b02_what_the_operators_network_takes_for_a_print_ends_every_kind_of_try() {
        let looking = Looking::start(NonZeroUsize::MIN).unwrap();
        let photo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos/president/obama.jpg");
        let frame = std::fs::read(photo).unwrap();
        let look = |looks_false| {
            let mut look = looking.look(&frame, &QualityLimits::RECOGNITION, Codes::Ignored).unwrap();
            let face = look.main.as_mut().ok().unwrap();
            assert!(!face.looks_false, "nothing is false without a network");
            face.looks_false = looks_false;
            look
        };
        for begin in [|| FaceTry::live(7, 0), FaceTry::without_liveness] {
            let denied = begin().unwrap().step(look(true), 10).unwrap();
            assert!(matches!(denied, Step::Failed(NotLive::LooksFalse)));
            let mut other = begin().unwrap();
            assert!(
                !matches!(other.step(look(false), 10).unwrap(), Step::Failed(_)),
                "another picture goes on"
            );
        }
        let mut over = FaceTry::without_liveness().unwrap();
        over.step(look(true), 10).unwrap();
        assert!(matches!(over.step(look(false), 20).unwrap(), Step::Asking(_)), "the try is over");
    }
}
