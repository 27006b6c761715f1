//! A member's face into the book, under the permit of the law and the consent: for the command line, the desk and the demo.

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::{EnrolmentRefusal, Keeping};
use bonafide_faces::engine::SHIPPED_MODEL;
use bonafide_faces::template::Template;
use bonafide_store::audit::entry::Acting;
use bonafide_store::consents::{Question, may_enrol};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, NewCredential, NotIssued};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::store::Work;
use bonafide_store::templates::{self, Model, NewTemplate, NotKept};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::template_bytes;

/// What is to be kept, and what is asked before.
#[derive(Clone)]
pub struct Enrolment {
    /// Of whom, for what, under which law.
    pub question: Question,
    /// The way without biometrics that the member was offered.
    pub alternative: Option<Method>,
    /// The id of the request.
    pub operation: Id,
    model: Model,
    templates: Vec<(Id, Zeroizing<Vec<u8>>)>,
}

/// Why a face is not kept. The checks stand in this order; nothing of it is kept then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotEnrolled {
    /// The law or the consent does not permit it.
    NotPermitted(EnrolmentRefusal),
    /// No credential could be issued.
    NotIssued(NotIssued),
    /// A template could not be kept.
    NotKept(NotKept),
}

/// The recogniser's name in the book.
///
/// # Errors
/// `other_model`, never with the one that is built in.
pub fn model() -> Result<Model, Failure> {
    let words = "the recogniser's name is too long for the book";
    Model::parse(SHIPPED_MODEL).ok_or_else(|| Failure::new("other_model", words))
}

impl Enrolment {
    /// What is to be kept of these templates.
    ///
    /// # Errors
    /// `other_model`, never with the recogniser that is built in; the key of the fault without randomness.
    pub fn of(
        question: Question,
        alternative: Option<Method>,
        operation: Id,
        templates: &[Template],
    ) -> Result<Enrolment, Failure> {
        let sealed = |template| Ok((Id::new(question.now_us)?, template_bytes::to_bytes(template)));
        let templates = templates.iter().map(sealed).collect::<Result<_, Fault>>()?;
        Ok(Enrolment { question, alternative, operation, model: model()?, templates })
    }

    /// Keeps the templates with a face credential for the purpose, which is issued if there is none, and tells which. Each takes
    /// its own permit.
    ///
    /// # Errors
    /// When it cannot be written; the inner error is the refusal.
    pub fn keep(&self, work: &mut Work<'_, '_>, acting: &Acting) -> Result<Result<Id, NotEnrolled>, Fault> {
        let (question, alternative) = (&self.question, self.alternative);
        let credential = match may_enrol(work.tx, work.vault, question, Keeping::Here, alternative)? {
            Err(refusal) => return Ok(Err(NotEnrolled::NotPermitted(refusal))),
            Ok(permit) => {
                let content = Content::FaceHere;
                let face = NewCredential { member: question.member, content, until_us: None, limited: None };
                match credentials::issue(work, acting, self.operation, &face, Some(permit))? {
                    Ok(done) => done.credential,
                    // Further photos go to the face that is enrolled already.
                    Err(NotIssued::InUse { credential }) => credential,
                    Err(refusal) => return Ok(Err(NotEnrolled::NotIssued(refusal))),
                }
            }
        };
        for (id, template) in &self.templates {
            let permit = match may_enrol(work.tx, work.vault, question, Keeping::Here, alternative)? {
                Ok(permit) => permit.for_template(),
                Err(refusal) => return Ok(Err(NotEnrolled::NotPermitted(refusal))),
            };
            let Some(permit) = permit else {
                return Ok(Err(NotEnrolled::NotKept(NotKept::PermitOfAnother)));
            };
            let (model, template) = (self.model.clone(), template.clone());
            let new = NewTemplate { id: *id, model, template, image: None };
            if let Err(refusal) = templates::add(work, acting, &new, permit)? {
                return Ok(Err(NotEnrolled::NotKept(refusal)));
            }
        }
        Ok(Ok(credential))
    }
}
