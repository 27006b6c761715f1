//! A sentence for each refusal of a credential: what is wrong, and what to do.

use bonafide_domain::credential::{ChangeRefusal, IssueRefusal};
use bonafide_store::credentials::{Differing, NotChanged, NotIssued};

use crate::commands::credentials::answer::told_block;
use crate::failure::Failure;

/// The operation's id was used for something else.
fn other_operation(differing: Differing) -> Failure {
    let what = match differing {
        Differing::Credential => "another credential",
        Differing::Change => "something else",
        Differing::Member => "another member",
        Differing::Content => "another number",
        Differing::End => "another end",
        Differing::Limit => "another limit",
    };
    let words = format!("this --operation was used before for {what}: give a new id, or leave it out");
    Failure::new("other_operation", words)
}

/// Why nothing was issued.
pub(crate) fn not_issued(refusal: NotIssued) -> Failure {
    match refusal {
        NotIssued::OtherOperation(differing) => other_operation(differing),
        NotIssued::NoMember => {
            Failure::new("no_member", "the member is gone: look with `bonafide members search`")
        }
        NotIssued::Refused(IssueRefusal::PermitMissing | IssueRefusal::PermitOfAnother) => Failure::new(
            "permit_missing",
            "what a machine recognises a person by is issued with a consent only: see `bonafide consents show MEMBER`",
        ),
        NotIssued::KeptElsewhere => Failure::new(
            "kept_elsewhere",
            "the consent does not let it be kept in this way: see `bonafide consents show MEMBER`",
        ),
        NotIssued::EndsBeforeItBegins => {
            Failure::new("ends_before_it_begins", "its end is over already: give a later --until, or none")
        }
        NotIssued::InUse { credential } => in_use(credential),
    }
}

fn in_use(credential: bonafide_store::id::Id) -> Failure {
    let words = format!(
        "the number, or the member's place for one of this kind, is taken by the credential {credential}: end that one \
         with `bonafide credentials expire`, or put this one in its place with `bonafide credentials replace`"
    );
    Failure::new("in_use", words)
}

/// Why nothing was changed.
pub(crate) fn not_changed(refusal: NotChanged) -> Failure {
    match refusal {
        NotChanged::OtherOperation(differing) => other_operation(differing),
        NotChanged::NotFound => Failure::new(
            "no_credential",
            "there is no such credential: `bonafide credentials list MEMBER` shows the ids",
        ),
        NotChanged::Refused(refusal) => refused(refusal),
        NotChanged::BeyondConsent => Failure::new(
            "beyond_consent",
            "it would outlast the consent that it rests on: give an earlier --until, or take a new consent",
        ),
        NotChanged::OtherKind => Failure::new(
            "other_kind",
            "only a thing of the same kind takes its place: issue this one beside it",
        ),
        NotChanged::InUse { credential } => in_use(credential),
    }
}

fn refused(refusal: ChangeRefusal) -> Failure {
    let (key, words) = match refusal {
        ChangeRefusal::NotIssued => ("no_credential", "it was never issued"),
        ChangeRefusal::AlreadyIssued => ("already_issued", "it is issued already"),
        ChangeRefusal::AlreadyReplaced { by } => {
            let by = bonafide_store::id::Id::from(by);
            return Failure::new(
                "already_replaced",
                format!("the credential {by} has taken its place: use that one"),
            );
        }
        ChangeRefusal::AlreadyLimited => ("already_limited", "it is limited already"),
        ChangeRefusal::NotLimited => ("not_limited", "it is not limited: it may spend already"),
        ChangeRefusal::AlreadyBlocked => ("already_blocked", "it is blocked already"),
        ChangeRefusal::NotBlocked => ("not_blocked", "it is not blocked"),
        ChangeRefusal::ConsentWithdrawn => (
            "consent_withdrawn",
            "the consent was withdrawn or its time is over, and what rested on it is destroyed: take a new consent and enrol anew",
        ),
        ChangeRefusal::Lost => (
            "lost",
            "it is lost: report it found first with `bonafide credentials report-found`, or replace it",
        ),
        ChangeRefusal::AlreadyLost => ("already_lost", "it is reported lost already and opens nothing"),
        ChangeRefusal::NotLost => ("not_lost", "it is not lost"),
        ChangeRefusal::CannotBeLost => {
            ("cannot_be_lost", "nobody can lose this: block it instead, with `bonafide credentials block`")
        }
        ChangeRefusal::EndsBeforeItBegins => {
            ("ends_before_it_begins", "its end is over already: give a later --until")
        }
        ChangeRefusal::Expired => (
            "expired",
            "it has expired: renew it first with `bonafide credentials renew`, or a new one would bring back a right that is over",
        ),
        ChangeRefusal::StaysBlocked(reason) => {
            let words = format!(
                "it is blocked ({}), and a new one must not undo that: settle it and unblock it first",
                told_block(reason)
            );
            return Failure::new("stays_blocked", words);
        }
        ChangeRefusal::EnrolAnew => {
            ("enrol_anew", "what a machine recognises a person by is not replaced but enrolled anew")
        }
        ChangeRefusal::ReplacesItself => ("replaces_itself", "it cannot take its own place"),
    };
    Failure::new(key, words)
}
