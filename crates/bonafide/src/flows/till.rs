//! Who stands at a till, by what he shows there, and whether it is enough to spend.
//!
//! Recognising is one request and buying is another: between them lies the basket. What was recognised is sealed and given to the till
//! ([`Recognition`]), so that nobody shows his card twice, and a code that is good once is used up here.

use bonafide_domain::access_method::{AccessMethods, Assurance, Judgement, Method, Place};
use bonafide_domain::credential::CredentialState;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::face_alone;
use bonafide_store::passages::{Recognised, Shown, Who};
use bonafide_store::purchases::{RecognisedBy, Recognition};
use bonafide_store::qr::used;
use bonafide_store::store::{Store, Work};

use crate::failure::Failure;
use crate::flows::recognition::{Presented, recognise};

/// What earns at a till.
const EARNING: [Method; 7] = [
    Method::ClubNumber,
    Method::CardNumber,
    Method::CardProof,
    Method::DeviceKey,
    Method::PhoneCode,
    Method::Pin,
    Method::Face,
];

/// What spends. A face never does.
const SPENDING: [Method; 5] =
    [Method::CardNumber, Method::CardProof, Method::DeviceKey, Method::PhoneCode, Method::Pin];

/// Why nobody was recognised. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKnown {
    /// Nobody is known by it.
    Nobody,
    /// The things belong to several people, or one thing to several.
    Several,
    /// The code is too old, was used, or is none of ours.
    BadCode,
    /// The card is lost, blocked or over.
    NotUsable,
    /// One thing more is asked for.
    AskAnother,
}

/// Recognises somebody at a till.
///
/// # Errors
/// The keys of faults; the inner error when nobody is recognised.
pub fn recognise_at_till(
    store: &Store,
    acting: &Acting,
    till: Id,
    presented: &[Presented],
) -> Result<Result<Recognition, NotKnown>, Failure> {
    let known = recognise_and(store, acting, till, presented, |_, _| Ok(()))?;
    Ok(known.map(|(known, ())| known))
}

/// Recognises somebody at a till, and reads something of him: at the same moment, unless a code is used up by it.
///
/// # Errors
/// As [`recognise_at_till`].
pub fn recognise_and<T>(
    store: &Store,
    acting: &Acting,
    till: Id,
    presented: &[Presented],
    read: impl FnOnce(&mut Tx<'_>, &Recognition) -> Result<T, Fault>,
) -> Result<Result<(Recognition, T), NotKnown>, Failure> {
    if presented.iter().any(|one| matches!(one, Presented::Code(_))) {
        let (acting, presented) = (acting.clone(), presented.to_vec());
        let known = store.write(move |work| recognised(work, &acting, till, &presented))?;
        return Ok(match known {
            Ok(known) => Ok((known, store.read(|tx| read(tx, &known))?)),
            Err(why) => Err(why),
        });
    }
    // Nothing is used up, so that no till waits for those that write.
    let answer = |tx: &mut Tx<'_>| {
        let known = recognised(&mut Work { tx, vault: store.vault() }, acting, till, presented)?;
        known.map_or_else(|why| Ok(Err(why)), |known| read(tx, &known).map(|found| Ok((known, found))))
    };
    Ok(store.read(answer)?)
}

fn recognised(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    till: Id,
    presented: &[Presented],
) -> Result<Result<Recognition, NotKnown>, Fault> {
    let who = match recognise(work, acting.now_us, presented)? {
        Who::Member(who) => who,
        Who::BadCode(_) => return Ok(Err(NotKnown::BadCode)),
        Who::Several | Who::Contradictory => return Ok(Err(NotKnown::Several)),
        Who::Nobody => return Ok(Err(NotKnown::Nobody)),
    };
    let biometric = who.shown.iter().any(|shown| shown.method.is_biometric());
    let never_alone = biometric && face_alone::is_never_alone(work.tx, who.member)?;
    let usable: Vec<&Shown> = who.shown.iter().filter(|shown| is_usable(shown.state)).collect();
    if usable.len() < who.shown.len() {
        return Ok(Err(NotKnown::NotUsable));
    }
    let earns: Vec<(Method, Assurance)> =
        usable.iter().map(|shown| (shown.method, Assurance { never_alone, ..shown.assurance })).collect();
    if earning()?.judge(&earns) != Judgement::Enough {
        return Ok(Err(NotKnown::AskAnother));
    }
    if !take_codes(work, &who)? {
        return Ok(Err(NotKnown::BadCode));
    }
    let active = usable.iter().copied().filter(|shown| shown.state == CredentialState::Active);
    let mut spends: Vec<(Method, Assurance)> = active.map(|shown| (shown.method, shown.assurance)).collect();
    let may_spend = judged(Place::TillSpending, &SPENDING, &spends)?;
    spends.push((Method::Pin, Assurance::NONE));
    let pin_spends = judged(Place::TillSpending, &SPENDING, &spends)?;
    let (member, way, at_us) = (who.member, way(&usable), acting.now_us);
    Ok(Ok(Recognition { till, member, way, may_spend, pin_spends, at_us }))
}

/// A limited one earns, and spends nothing.
const fn is_usable(state: CredentialState) -> bool {
    matches!(state, CredentialState::Active | CredentialState::Limited(_))
}

fn judged(place: Place, methods: &[Method], shown: &[(Method, Assurance)]) -> Result<bool, Fault> {
    Ok(methods_of(place, methods)?.judge(shown) == Judgement::Enough)
}

fn methods_of(place: Place, methods: &[Method]) -> Result<AccessMethods, Fault> {
    AccessMethods::new(place, methods).map_err(|why| Fault::broken(format!("the methods of a till: {why:?}")))
}

/// What earns at a till.
pub(super) fn earning() -> Result<AccessMethods, Fault> {
    methods_of(Place::TillEarning, &EARNING)
}

/// Uses up the codes; whether all were good.
fn take_codes(work: &mut Work<'_, '_>, who: &Recognised) -> Result<bool, Fault> {
    for code in &who.codes {
        if code.refused.is_some() || !used::take(work, &code.id)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// By what he was recognised: the strongest thing, for the figures.
fn way(shown: &[&Shown]) -> RecognisedBy {
    let of = |shown: &&Shown| match shown.method {
        Method::DeviceKey => RecognisedBy::Code,
        Method::PhoneCode => RecognisedBy::Phone,
        Method::Face | Method::Voice | Method::FingerprintOrPalm => RecognisedBy::Face,
        Method::CardNumber | Method::CardProof | Method::ClubNumber | Method::Pin => RecognisedBy::Card,
    };
    let ways: Vec<RecognisedBy> = shown.iter().map(of).collect();
    let order = [RecognisedBy::Code, RecognisedBy::Phone, RecognisedBy::Card];
    order.into_iter().find(|way| ways.contains(way)).unwrap_or(RecognisedBy::Face)
}
