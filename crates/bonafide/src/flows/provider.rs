//! An outside provider is asked who stands at a door, or whether it is the one whom something else has named.
//!
//! Of a member who was named, consent, tries and the provider's reference are looked at before anything is asked: without them no
//! picture goes anywhere. Of somebody who asks to be found, they are looked at when the door decides about whom the answer names.
//! No answer opens by itself: it is one of the things that the door decides by.

use bonafide_domain::consent::{Keeping, MatchRefusal, Modality, ProviderDecision, Purpose};
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_faces::quality::QualityLimits;
use bonafide_store::credentials::content::{Content, Trait};
use bonafide_store::credentials::find;
use bonafide_store::id::Id;
use bonafide_store::passages::door;

use crate::faces_at_work::attempts::AfterFail;
use crate::faces_at_work::{Pad, TooManyTries};
use crate::failure::Failure;
use crate::flows::face::{Site, permitted, turn_off};
use crate::flows::kiosk::Kiosk;
use crate::flows::recognition::Presented;
use crate::providers::{NoDecision, ProviderQuestion};

/// What a picture must be like before it is sent: a good one, because each question costs.
pub(super) const LIMITS: QualityLimits = QualityLimits::RECOGNITION;

/// Who is asked about, and how.
pub struct ToAsk<'a> {
    /// At which door.
    pub access_point: Id,
    /// The member whom something else has named; nothing when he is to be found.
    pub claimed: Option<Id>,
    /// By what.
    pub of: Trait,
    /// What the camera sees; nothing where the provider's own terminal looks or listens.
    pub picture: Option<&'a [u8]>,
}

/// Why nothing came of it; the answer is to use another way. The checks stand in this order; a search asks all but the law and the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// There is no such door.
    NoDoor,
    /// No provider is set, or it decides by something else.
    NoProvider,
    /// Somebody tried too often.
    TooManyTries(TooManyTries),
    /// The law, the place or the member's consent does not permit it.
    NotPermitted(MatchRefusal),
    /// The provider's reference of the member is not known here.
    NotEnrolled,
    /// The provider was asked, and there is no decision.
    NoDecision(NoDecision),
}

const fn about(of: Trait) -> (Modality, CredentialKind) {
    match of {
        Trait::Face => (Modality::Face, CredentialKind::Face),
        Trait::Voice => (Modality::Voice, CredentialKind::Voice),
        Trait::Fingerprint => (Modality::FingerprintOrPalm, CredentialKind::Fingerprint),
        Trait::Palm => (Modality::FingerprintOrPalm, CredentialKind::Palm),
    }
}

/// Asks. This waits for the network as long as the settings permit.
///
/// # Errors
/// The keys of faults; the inner error says why nothing came of it.
pub fn ask(kiosk: &Kiosk<'_>, to_ask: &ToAsk<'_>) -> Result<Result<Presented, NotAsked>, Failure> {
    let Kiosk { faces, store, acting, .. } = kiosk;
    let ToAsk { access_point, claimed, of, picture } = *to_ask;
    let Some(door) = store.read(|tx| door::get(tx, access_point))? else {
        return Ok(Err(NotAsked::NoDoor));
    };
    let Some(provider) = kiosk.provider.filter(|provider| provider.decides(of)) else {
        return Ok(Err(NotAsked::NoProvider));
    };
    let (modality, kind) = about(of);
    // Of somebody who is to be found, the door's tries are counted.
    let (tries, tried) = match claimed {
        Some(member) => (&faces.attempts, member),
        None => (&provider.searches, access_point),
    };
    if let Err(refusal) = tries.may_try(tried, acting.now_us) {
        return Ok(Err(NotAsked::TooManyTries(refusal)));
    }
    let mut reference = None;
    if let Some(member) = claimed {
        let there = (modality, Keeping::AtProvider);
        if let Err(refusal) = permitted(store, &Site::of_door(&door), member, there, acting.now_us)? {
            return Ok(Err(NotAsked::NotPermitted(refusal)));
        }
        reference = reference_of(kiosk, member, of)?;
        if reference.is_none() {
            return Ok(Err(NotAsked::NotEnrolled));
        }
    }
    let operation = Id::new(acting.now_us)?;
    let terminal = access_point.to_string();
    let result = match provider.ask(&ProviderQuestion { operation, terminal, of, reference, picture }) {
        Ok(result) => result,
        Err(why) => {
            tracing::warn!(?why, "the provider has not decided");
            return Ok(Err(NotAsked::NoDecision(why)));
        }
    };
    match (result.decision(), claimed) {
        // Until the door knows whom it has found: see [`crate::flows::kiosk`].
        (_, None) => {
            tries.failed(tried, Pad::Off, acting.now_us);
        }
        (ProviderDecision::Confirmed, Some(member)) => tries.forget(member),
        (ProviderDecision::NotConfirmed, Some(member)) => {
            let pad = if provider.is_enough_alone() { Pad::On } else { Pad::Off };
            if tries.failed(member, pad, acting.now_us) == AfterFail::TurnedOff {
                turn_off(store, acting, member, kind)?;
            }
        }
        // Nobody could be made out before the camera: that is no try at a member.
        (ProviderDecision::Undecided, Some(_)) => {}
    }
    Ok(Ok(Presented::Provider(of, result, provider.assurance())))
}

/// What the provider calls a member, by the newest credential for doors that counts.
fn reference_of(kiosk: &Kiosk<'_>, member: Id, of: Trait) -> Result<Option<String>, Failure> {
    let (store, now_us) = (kiosk.store, kiosk.acting.now_us);
    let all = store.read(|tx| find::of_member(tx, store.vault(), member, now_us))?;
    let reference = |kept: find::Kept| match kept.content {
        Some(Content::AtProvider(known, result)) if known == of => Some(result.reference().to_owned()),
        _ => None,
    };
    let counts = |kept: &find::Kept| {
        kept.purpose == Some(Purpose::Entry)
            && matches!(kept.state, CredentialState::Active | CredentialState::Limited(_))
    };
    Ok(all.into_iter().rev().filter(counts).find_map(reference))
}
