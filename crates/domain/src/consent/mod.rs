//! Consent and the law: what may be kept of a person, with whose consent, and until when.
//!
//! An engineer's reading of the laws, not legal advice. The way of one question through the files:
//!
//! 1. `jurisdiction`: whose law holds at the branch, and from which age a person consents alone.
//! 2. `policy`: the matrix. It answers for a modality, a purpose and an age: forbidden, or where it may be kept, in which
//!    form and by whom consent is given, whether there must be another way, how long at the most.
//! 3. `event`: consents and withdrawals as they happened, never changed.
//! 4. `standing`: whether they amount to a consent now.
//! 5. `enrolment`: the one place where all of it comes together and a permit is made. Permits have no other constructor.
//! 6. `retention`: the day on which it must be gone, and why.
//! 7. `provider`: all that is kept of somebody whom an outside provider recognises.

mod enrolment;
mod event;
mod jurisdiction;
mod policy;
mod provider;
mod retention;
mod standing;

pub use enrolment::{
    EnrolmentPermit, EnrolmentRefusal, MatchPermit, MatchRefusal, TemplatePermit, may_enrol, may_match,
};
pub use event::{
    Channel, ConsentEvent, ConsentGiven, ConsentRecord, ConsentText, EVIDENCE_CHARS_MAX, Evidence, Giver,
    RecordRefusal, Term, TextHash, Withdrawal,
};
pub use jurisdiction::{CONSENT_AGES_EU, Jurisdiction, MemberState};
pub use policy::{
    Alternative, Answer, ConsentForm, Keeping, Law, LongestTerm, Modality, Permission, Purpose, Signer,
    WhyForbidden, answer,
};
pub use provider::{
    PROVIDER_TEXT_BYTES_MAX, ProviderDecision, ProviderRefusal, ProviderResult, VendorReference,
};
pub use retention::{Cause, Destruction, Held, Matter, destruction};
pub use standing::{Asked, ConsentGap, InForce, standing};
