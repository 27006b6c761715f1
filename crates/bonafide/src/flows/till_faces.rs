//! A face before the camera of a till: who it may be, for the cashier to say whether it is he. Only then he is recognised, and by a face
//! he earns and never spends.
//!
//! One good picture is searched once: the bound on false matches is that of one search, and a till that goes on until somebody is found
//! searches many times. Nothing of a picture is kept.

use bonafide_domain::consent::{Answer as Law, Keeping, Modality, Purpose, answer as law};
use bonafide_domain::identify::{Decision, Purpose as Recognises};
use bonafide_domain::profile::AgeBand;
use bonafide_faces::quality::{QualityLimits, QualityRefusal};
use bonafide_store::members;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::purchases::{RecognisedBy, Recognition};

use crate::faces_at_work::{Codes, FacesAtWork, NotLooked};
use crate::failure::Failure;
use crate::flows::face::{Site, search};
use crate::flows::recognition::{FaceAnswer, FaceSays, Presented};
use crate::flows::till::{NotKnown, earning};
use crate::flows::till_proofs::AtTill;

/// What a picture brought.
pub enum SeenAtTill {
    /// The person can do something about the picture; nothing was searched.
    Unclear(QualityRefusal),
    /// It has the marks of a print or a screen, by the operator's own network.
    LooksFalse,
    /// Nobody who may be recognised here.
    Unknown,
    /// Perhaps he: the cashier looks.
    Candidate(Recognition),
}

/// Why no face is looked at here; the other ways are open. Checks stand in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAtTill {
    /// There is no such till.
    NoTill,
    /// The law of this place has faces nowhere, or elsewhere than here.
    Law,
    /// The picture was not looked at.
    Looking(NotLooked),
    /// The branch has so many members with a face that a likeness would say too little.
    TooMany,
}

/// Whether the law of a branch permits faces to be compared by this program at a till, of whoever is old enough and agrees.
#[must_use]
pub fn knows_faces(branch: &Branch) -> bool {
    let asked = law(branch.jurisdiction, Modality::Face, Purpose::TillRecognition, AgeBand::Adult);
    matches!(asked, Law::Permitted(permission) if permission.keeping == Keeping::Here)
}

impl AtTill<'_> {
    /// Looks who it may be.
    ///
    /// # Errors
    /// The keys of faults; the inner error when no face is looked at.
    pub fn look(&self, faces: &FacesAtWork, frame: &[u8]) -> Result<Result<SeenAtTill, NotAtTill>, Failure> {
        let place = self.store.read(|tx| till::with_branch(tx, self.till))?;
        let Some(TillPlace { branch: place, .. }) = place else { return Ok(Err(NotAtTill::NoTill)) };
        if !knows_faces(&place.content) {
            return Ok(Err(NotAtTill::Law));
        }
        let look = match faces.looking.look(frame, &QualityLimits::RECOGNITION, Codes::Ignored) {
            Ok(look) => look,
            Err(why) => return Ok(Err(NotAtTill::Looking(why))),
        };
        let face = match look.main {
            Ok(face) if face.looks_false => return Ok(Ok(SeenAtTill::LooksFalse)),
            Ok(face) => face,
            Err(refusal) => return Ok(Ok(SeenAtTill::Unclear(refusal))),
        };
        let methods = earning()?;
        let site = Site {
            branch_id: place.id,
            branch: &place.content,
            methods: &methods,
            purpose: Purpose::TillRecognition,
        };
        let about = (Recognises::TillEarning, &face);
        Ok(match search(faces, self.store, self.acting.now_us, &site, about)? {
            Err(_) => Err(NotAtTill::TooMany),
            Ok(found) => Ok(self.candidate(found)?.map_or(SeenAtTill::Unknown, SeenAtTill::Candidate)),
        })
    }

    /// Only of whom the search is sure: a name that is only like is one that a hurried cashier confirms.
    fn candidate(&self, found: FaceAnswer) -> Result<Option<Recognition>, Failure> {
        let FaceSays::Search(Decision::Identified { member: number, .. }) = found.says else {
            return Ok(None);
        };
        let vault = self.store.vault();
        let member = self.store.read(|tx| members::of_numbers(tx, vault, &[number]))?.pop();
        Ok(member.map(|member| Recognition {
            till: self.till,
            member: member.id,
            way: RecognisedBy::Face,
            may_spend: false,
            pin_spends: false,
            at_us: self.acting.now_us,
        }))
    }

    /// The cashier has looked, and says that it is he: a living person stands there.
    ///
    /// # Errors
    /// The keys of faults; the inner error when his face is not enough, or counts no more.
    pub fn confirm(&self, candidate: &Recognition) -> Result<Result<Recognition, NotKnown>, Failure> {
        let vault = self.store.vault();
        let Some(member) = self.store.read(|tx| members::get(tx, vault, candidate.member))? else {
            return Ok(Err(NotKnown::Nobody));
        };
        let says = FaceSays::Search(Decision::Identified { member: member.number, margin: None });
        let answer = FaceAnswer { says, live: true, bound_held: true, purpose: Purpose::TillRecognition };
        self.recognise(&[Presented::Face(answer)])
    }
}
