//! The way out: what rested on a consent, or a whole person, is destroyed; a certificate stays.
//!
//! Keys go before rows: the last thing that a transaction does before its commit is to destroy the keys. When the commit
//! fails after that, [`repair`] finishes it at the next start: what is without a key was meant to go.

pub mod certificate;
pub mod repair;
pub mod retention;
pub mod telling;
pub(crate) mod withdrawal;

use bonafide_domain::consent::{Modality, ProviderResult, Purpose, VendorReference};

use crate::audit::entry::{Acting, Subject, record};
use crate::credentials::content::{Content, Trait};
use crate::db::Tx;
use crate::erasure::certificate::{Destroyed, NewCertificate};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::ledger;
use crate::members::{self, merging::profiles_of_person};
use crate::store::Work;
use crate::values;
use crate::words::words;

/// Why something was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The consent was withdrawn.
    ConsentWithdrawn,
    /// The person asked to be erased.
    PersonsWish,
    /// Nothing is left to keep it for, or the law's term is over.
    RetentionEnded,
    /// It should not have been entered.
    EnteredByMistake,
    /// An erasure was cut off, or an old backup brought the rows back: start-up repair finished it.
    Interrupted,
}

words! {
    /// The word that stands for why something was destroyed.
    cause_word, cause_of_word: Cause {
        ConsentWithdrawn = "consent_withdrawn", PersonsWish = "persons_wish", RetentionEnded = "retention_ended",
        EnteredByMistake = "entered_by_mistake", Interrupted = "interrupted",
    }
}

/// Who outside of the book must be told, so that what is kept there goes too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tell {
    /// Doors and tills that hold copies.
    Edges {
        /// Of whom.
        member: Id,
        /// His number, by which a gallery knows him.
        number: u32,
        /// Of what; of everything when the person was erased.
        modality: Option<Modality>,
    },
    /// An outside provider that holds an enrolment.
    Provider(Trait, ProviderResult),
    /// A vendor's device that holds a template.
    Device(Trait, VendorReference),
}

/// A person who is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The certificate.
    pub certificate: Id,
    /// Who outside must be told. It is noted beside the destroyed keys; [`telling::queue`] makes jobs of it.
    pub tell: Vec<Tell>,
}

/// Why nobody was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotErased {
    /// There is no such member.
    NotFound,
    /// The operation's id was used for another member.
    OtherOperation,
}

/// What holds a person, in an order in which it can be deleted: `$1` is the profile. The deletion test lists every table of the
/// book and fails when one is neither here nor known to hold nobody.
const ROWS: &[(&str, &str)] = &[
    ("source_images", "DELETE FROM source_images WHERE member_id = $1"),
    ("face_templates", "DELETE FROM face_templates WHERE member_id = $1"),
    (
        "credential_lookups",
        "DELETE FROM credential_lookups WHERE credential_id IN (SELECT id FROM credentials WHERE member_id = $1)",
    ),
    (
        "credential_events",
        "DELETE FROM credential_events WHERE credential_id IN (SELECT id FROM credentials WHERE member_id = $1)",
    ),
    (
        "used_codes",
        "DELETE FROM used_codes WHERE key_id IN (SELECT key_id FROM device_keys WHERE member_id = $1)",
    ),
    ("pairing_links", "DELETE FROM pairing_links WHERE member_id = $1"),
    ("device_keys", "DELETE FROM device_keys WHERE member_id = $1"),
    ("credentials", "DELETE FROM credentials WHERE member_id = $1"),
    ("sigur_quarantine", "DELETE FROM sigur_quarantine WHERE member_id = $1"),
    ("idempotency_keys", "DELETE FROM idempotency_keys WHERE caller_id = $1"),
    ("sends", "DELETE FROM sends WHERE member_id = $1"),
    ("open_grants", "DELETE FROM open_grants WHERE member_id = $1"),
    ("presence", "DELETE FROM presence WHERE member_id = $1"),
    ("presence_corrections", "DELETE FROM presence_corrections WHERE member_id = $1"),
    ("attention", "DELETE FROM attention WHERE member_id = $1"),
    ("attention_settled", "DELETE FROM attention_settled WHERE member_id = $1"),
    ("hand_admissions", "DELETE FROM hand_admissions WHERE member_id = $1"),
    ("locker_holders", "DELETE FROM locker_holders WHERE member_id = $1"),
    ("locker_events", "DELETE FROM locker_events WHERE member_id = $1"),
    ("trial_observations", "DELETE FROM trial_observations WHERE member_id = $1"),
    ("suspensions", "DELETE FROM suspensions WHERE member_id = $1"),
    (
        "passage_events",
        "DELETE FROM passage_events WHERE member_id = $1 OR grant_id IN (SELECT id FROM passages WHERE member_id = $1)",
    ),
    (
        "provider_answers",
        "DELETE FROM provider_answers WHERE passage_id IN (SELECT id FROM passages WHERE member_id = $1)",
    ),
    ("passages", "DELETE FROM passages WHERE member_id = $1"),
    ("consent_events", "DELETE FROM consent_events WHERE member_id = $1"),
    (
        "membership_freezes",
        "DELETE FROM membership_freezes WHERE membership_id IN (SELECT id FROM memberships WHERE holder_id = $1)",
    ),
    (
        "membership_events",
        "DELETE FROM membership_events WHERE membership_id IN (SELECT id FROM memberships WHERE holder_id = $1)",
    ),
    ("memberships", "DELETE FROM memberships WHERE holder_id = $1"),
    (
        "corrections",
        "DELETE FROM corrections WHERE wallet_id IN (SELECT id FROM wallets WHERE member_id = $1)",
    ),
    (
        "member_offers",
        "DELETE FROM member_offers WHERE wallet_id IN (SELECT id FROM wallets WHERE member_id = $1)",
    ),
    ("offer_uses", "DELETE FROM offer_uses WHERE wallet_id IN (SELECT id FROM wallets WHERE member_id = $1)"),
    (
        "gift_reasons",
        "DELETE FROM gift_reasons WHERE wallet_id IN (SELECT id FROM wallets WHERE member_id = $1)",
    ),
    // The wallet is closed and stays, of nobody: without it the accounts of the house would not add up.
    ("wallets", "UPDATE wallets SET member_id = NULL WHERE member_id = $1"),
    ("employee_members", "DELETE FROM employee_members WHERE member_id = $1"),
    ("referrals", "DELETE FROM referrals WHERE newcomer_id = $1 OR by_id = $1"),
    ("import_rows", "DELETE FROM import_rows WHERE member_id = $1"),
    ("member_photos", "DELETE FROM member_photos WHERE member_id = $1"),
    ("member_tags", "DELETE FROM member_tags WHERE member_id = $1"),
    ("member_lookups", "DELETE FROM member_lookups WHERE member_id = $1"),
    ("family_links", "DELETE FROM family_links WHERE member_id = $1 OR relative_id = $1"),
    // What tells doors and providers of an erasure must outlive the person.
    ("jobs", "DELETE FROM jobs WHERE subject_id = $1 AND kind NOT LIKE 'erasure%'"),
    ("members", "DELETE FROM members WHERE id = $1"),
];

/// The tables that an erasure empties of the person.
pub fn tables() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(table, _)| *table)
}

/// Erases a person: all his profiles, their keys first. The operation's id becomes that of the certificate; asked again, it is
/// answered with it. Audit entries stay, and what they sealed about him can be read by nobody any more.
///
/// # Errors
/// When it cannot be written; the inner error when there is nobody to erase.
pub fn erase(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    member: Id,
    cause: Cause,
) -> Result<Result<Erased, NotErased>, Fault> {
    if let Some(before) = certificate::get(work.tx, &work.vault.ring(), operation)? {
        let erased = Erased { certificate: operation, tell: Vec::new() };
        return Ok(if before.member == member { Ok(erased) } else { Err(NotErased::OtherOperation) });
    }
    let profiles = profiles_of_person(work.tx, member)?;
    if profiles.is_empty() {
        return Ok(Err(NotErased::NotFound));
    }
    let tell = withdrawal::to_be_told(work.tx, work.vault, &profiles, None)?;
    let told = telling::told(work.vault, operation, member, &tell)?;
    let keys = erase_rows(work, acting, operation, (member, &profiles), cause)?;
    work.vault.destroy_and_tell(&keys, &told, acting.now_us)?;
    Ok(Ok(Erased { certificate: operation, tell }))
}

/// Deletes the rows of these profiles and writes the certificate. The answer is the keys that are to be destroyed before the
/// commit.
fn erase_rows(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    certificate: Id,
    (member, profiles): (Id, &[Id]),
    cause: Cause,
) -> Result<Vec<Id>, Fault> {
    let mut destroyed = Destroyed::default();
    for profile in profiles {
        ledger::close_all(work, acting, *profile)?;
        destroyed.keys.extend(keys_of(work.tx, *profile)?);
        // Those who pointed here and are not erased themselves point nowhere.
        work.tx.execute(
            "UPDATE members SET merged_into = NULL, merged_us = NULL WHERE merged_into = $1 OR id = $1",
            values![*profile],
        )?;
    }
    for profile in profiles {
        for (table, sql) in ROWS {
            destroyed.count(table, work.tx.execute(sql, values![*profile])?);
        }
        record(work.tx, acting, "member_erased", Subject::row(members::TABLE, *profile), None)?;
    }
    let new = NewCertificate { id: certificate, member, cause, scope: None, destroyed: &destroyed };
    certificate::write(work, acting, &new)?;
    Ok(destroyed.keys)
}

fn keys_of(tx: &mut Tx<'_>, profile: Id) -> Result<Vec<Id>, Fault> {
    let rows = tx.query(
        "SELECT key_id FROM members WHERE id = $1
         UNION ALL SELECT key_id FROM credentials WHERE member_id = $1 AND key_id IS NOT NULL
         UNION ALL SELECT key_id FROM member_photos WHERE member_id = $1",
        values![profile],
    )?;
    rows.into_iter().map(|mut row| row.id(0)).collect()
}

/// Who outside holds something of a person, of one modality and purpose or of everything: what a withdrawal or an erasure would
/// have to tell, for whoever wants to show it beforehand.
///
/// # Errors
/// When the book cannot be read.
pub fn to_be_told(
    tx: &mut Tx<'_>,
    vault: &Vault,
    member: Id,
    about: Option<(Modality, Purpose)>,
) -> Result<Vec<Tell>, Fault> {
    let profiles = profiles_of_person(tx, member)?;
    let scope = about.map(|(modality, purpose)| withdrawal::Scope { modality, purpose });
    withdrawal::to_be_told(tx, vault, &profiles, scope)
}

/// Who outside holds the rest of a credential.
fn kept_outside(content: Content) -> Option<Tell> {
    match content {
        Content::AtProvider(of, result) => Some(Tell::Provider(of, result)),
        Content::InDevice(of, reference) => Some(Tell::Device(of, reference)),
        _ => None,
    }
}
