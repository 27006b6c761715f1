//! Telling those outside that something was destroyed here: doors, providers, devices.
//!
//! Once the keys are gone nobody can find out any more whom to tell. So it is noted in the keys' own database, in the
//! transaction that destroys the keys, and moved from there into the book's jobs: after each withdrawal and erasure, and at each
//! start for those that were cut off. A job's id is made of what it says, so that moving twice changes nothing.

use bonafide_domain::consent::Modality;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::consents::{modality_of_word, modality_word};
use crate::credentials::content::{Content, from_record, to_record};
use crate::erasure::{Tell, kept_outside};
use crate::fault::Fault;
use crate::id::Id;
use crate::jobs::{self, NewJob};
use crate::keys::destruction::Told;
use crate::keys::member::Vault;
use crate::keys::ring::Aside;
use crate::store::{Store, Work};

/// The kind of these jobs. An erasure leaves jobs alone whose kind begins so.
pub const KIND: &str = "erasure_tell";

/// Jobs that one transaction moves.
const MOVED_AT_ONCE: u32 = 500;

/// What a job says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Payload {
    /// To doors and tills.
    Edges { member: String, number: u32, modality: Option<String> },
    /// To a provider or a device: the sealed record of its reference, in hexadecimal digits.
    Outside { sealed: String },
}

/// What is noted beside the destroyed keys.
pub(super) fn told(vault: &Vault, certificate: Id, member: Id, tell: &[Tell]) -> Result<Vec<Told>, Fault> {
    tell.iter().map(|one| note(vault, certificate, member, one)).collect()
}

fn note(vault: &Vault, certificate: Id, member: Id, tell: &Tell) -> Result<Told, Fault> {
    let (id, payload) = match tell {
        Tell::Edges { member, number, modality } => {
            let modality = modality.map(|modality| modality_word(modality).to_owned());
            let payload = Payload::Edges { member: member.to_string(), number: *number, modality };
            (job_id(certificate, &as_json(&payload)?), payload)
        }
        Tell::Provider(of, result) => outside(vault, certificate, &Content::AtProvider(*of, result.clone()))?,
        Tell::Device(of, reference) => {
            outside(vault, certificate, &Content::InDevice(*of, reference.clone()))?
        }
    };
    Ok(Told { id, subject: member, payload: as_json(&payload)? })
}

fn outside(vault: &Vault, certificate: Id, content: &Content) -> Result<(Id, Payload), Fault> {
    let record = to_record(content)?;
    let id = job_id(certificate, &record);
    let sealed = vault.ring().seal_aside(Aside::Job, id, &record)?;
    Ok((id, Payload::Outside { sealed: sealed.iter().map(|byte| format!("{byte:02x}")).collect() }))
}

fn as_json(payload: &Payload) -> Result<String, Fault> {
    serde_json::to_string(payload).map_err(|_| Fault::broken("a job's payload is no JSON"))
}

/// The same words after the same certificate are the same job: a transaction may run twice.
fn job_id(certificate: Id, says: impl AsRef<[u8]>) -> Id {
    let hash = Sha256::new().chain_update(certificate.bytes()).chain_update(says).finalize();
    Id::from_bytes(std::array::from_fn(|at| hash[at]))
}

/// Moves what was noted into the book's jobs, and tells how many they were.
///
/// # Errors
/// When the book or the keys cannot be read or written: what is not moved stays noted.
pub fn queue(store: &Store, now_us: i64) -> Result<usize, Fault> {
    let mut moved = 0;
    loop {
        let told = store.vault().to_be_told(MOVED_AT_ONCE)?;
        if told.is_empty() {
            return Ok(moved);
        }
        let ids: Vec<Id> = told.iter().map(|one| one.id).collect();
        let done: Result<(), std::convert::Infallible> =
            store.write(move |work| add_jobs(work, &told, now_us).map(Ok))?;
        match done {
            Ok(()) => {}
            Err(never) => match never {},
        }
        store.vault().forget_told(&ids)?;
        moved += ids.len();
    }
}

fn add_jobs(work: &mut Work<'_, '_>, told: &[Told], now_us: i64) -> Result<(), Fault> {
    told.iter().try_for_each(|Told { id, subject, payload }| {
        let job = NewJob { id: *id, kind: KIND, subject: Some(*subject), payload, due_us: now_us };
        jobs::add(work.tx, &job, now_us).map(drop)
    })
}

/// Whom a job of this kind is to tell.
///
/// # Errors
/// [`crate::fault::FaultKind::Damaged`] when the payload was changed.
pub fn read(vault: &Vault, job: Id, payload: &str) -> Result<Tell, Fault> {
    let damaged = || Fault::damaged(format!("the job {job} says nothing that can be read"));
    match serde_json::from_str(payload).map_err(|_| damaged())? {
        Payload::Edges { member, number, modality } => {
            let modality: Option<Modality> =
                modality.map(|word| modality_of_word(&word).ok_or_else(damaged)).transpose()?;
            Ok(Tell::Edges { member: Id::parse(&member).ok_or_else(damaged)?, number, modality })
        }
        Payload::Outside { sealed } => {
            let sealed = bytes_of_hex(&sealed).ok_or_else(damaged)?;
            let opened = vault.ring().open_aside(Aside::Job, job, &sealed).ok_or_else(damaged)?;
            kept_outside(from_record(&opened)?).ok_or_else(damaged)
        }
    }
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    (0..digits.len() / 2).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}
