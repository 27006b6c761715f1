//! What rested on a consent that was withdrawn: templates, source images, references. The rest of the member stays.

use bonafide_domain::consent::{Modality, Purpose};
use bonafide_domain::credential::{BlockReason, Change, CredentialKind};

use crate::audit::entry::Acting;
use crate::consents::{Withdrawn, purpose_of_word};
use crate::credentials::content::from_record;
use crate::credentials::history::kind;
use crate::credentials::{self, NotChanged, content_field};
use crate::db::Tx;
use crate::erasure::certificate::{self, Destroyed, NewCertificate};
use crate::erasure::{Cause, Tell, kept_outside, telling};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::photo;
use crate::personal_offers::holding::forget_concluded;
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// Of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) modality: Modality,
    pub(crate) purpose: Purpose,
}

/// A biometric credential that is not destroyed yet.
pub(super) struct Biometric {
    pub(super) id: Id,
    pub(super) member: Id,
    kind: CredentialKind,
    purpose: Purpose,
    key: Id,
    content_sealed: Option<Vec<u8>>,
}

impl Biometric {
    pub(super) fn scope(&self) -> Option<Scope> {
        self.kind.modality().map(|modality| Scope { modality, purpose: self.purpose })
    }
}

const COLUMNS: &str = "id, member_id, kind, purpose, key_id, content_sealed";

fn from_row(row: &mut Row) -> Result<Biometric, Fault> {
    let id = row.id(0)?;
    let purpose = purpose_of_word(&row.text(3)?)
        .ok_or_else(|| Fault::damaged(format!("the credential {id} has another purpose")))?;
    Ok(Biometric {
        id,
        member: row.id(1)?,
        kind: kind(&row.text(2)?)?,
        purpose,
        key: row.id(4)?,
        content_sealed: row.blob_or_null(5)?,
    })
}

/// The credential that has this key; `None` once it was destroyed.
pub(super) fn with_key(tx: &mut Tx<'_>, key: Id) -> Result<Option<Biometric>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM credentials WHERE key_id = $1");
    tx.query_opt(&sql, values![key])?.map(|mut row| from_row(&mut row)).transpose()
}

/// Those of a profile that rest on one consent, or on any.
fn of_profile(tx: &mut Tx<'_>, profile: Id, scope: Option<Scope>) -> Result<Vec<Biometric>, Fault> {
    let sql =
        format!("SELECT {COLUMNS} FROM credentials WHERE member_id = $1 AND key_id IS NOT NULL ORDER BY id");
    let rows = tx.query(&sql, values![profile])?;
    let all: Vec<Biometric> =
        rows.into_iter().map(|mut row| from_row(&mut row)).collect::<Result<_, Fault>>()?;
    Ok(all.into_iter().filter(|biometric| scope.is_none() || biometric.scope() == scope).collect())
}

/// Who outside holds something of these profiles.
pub(super) fn to_be_told(
    tx: &mut Tx<'_>,
    vault: &Vault,
    profiles: &[Id],
    scope: Option<Scope>,
) -> Result<Vec<Tell>, Fault> {
    let modality = scope.map(|scope| scope.modality);
    let mut tell = Vec::new();
    for profile in profiles {
        if matches!(modality, None | Some(Modality::Face | Modality::ProfilePhoto)) {
            let mut row = tx.query_one("SELECT number FROM members WHERE id = $1", values![*profile])?;
            tell.push(Tell::Edges { member: *profile, number: row.number(0)?, modality });
        }
        for biometric in of_profile(tx, *profile, scope)? {
            tell.extend(told_of(vault, &biometric)?);
        }
    }
    Ok(tell)
}

/// Destroys what rested on a consent in these profiles, and writes a certificate if there was anything. The cause is
/// [`Cause::ConsentWithdrawn`] or [`Cause::RetentionEnded`].
pub(crate) fn destroy(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (certificate, cause): (Id, Cause),
    member: Id,
    profiles: &[Id],
    scope: Scope,
) -> Result<Withdrawn, Fault> {
    let reason = match cause {
        Cause::RetentionEnded => BlockReason::RetentionEnded,
        _ => BlockReason::ConsentWithdrawn,
    };
    let mut destroyed = Destroyed::default();
    let tell = to_be_told(work.tx, work.vault, profiles, Some(scope))?;
    for profile in profiles {
        if scope.modality == Modality::ProfilePhoto {
            remove_photo(work.tx, *profile, &mut destroyed)?;
        }
        if scope.modality == Modality::Profiling {
            destroyed.count("member_offers", forget_concluded(work.tx, *profile)?);
        }
        for biometric in of_profile(work.tx, *profile, Some(scope))? {
            remove(work, acting, &biometric, reason, &mut destroyed)?;
        }
    }
    let is_known = certificate::get(work.tx, &work.vault.ring(), certificate)?.is_some();
    if is_known || destroyed.is_nothing() {
        return Ok(Withdrawn { certificate: is_known.then_some(certificate), tell });
    }
    let new = NewCertificate { id: certificate, member, cause, scope: Some(scope), destroyed: &destroyed };
    certificate::write(work, acting, &new)?;
    let told = telling::told(work.vault, certificate, member, &tell)?;
    work.vault.destroy_and_tell(&destroyed.keys, &told, acting.now_us)?;
    Ok(Withdrawn { certificate: Some(certificate), tell })
}

/// Takes away the photo of a profile, if there is one.
pub(super) fn remove_photo(tx: &mut Tx<'_>, profile: Id, destroyed: &mut Destroyed) -> Result<(), Fault> {
    if let Some(key) = photo::remove(tx, profile)? {
        destroyed.count("member_photos", 1);
        destroyed.keys.push(key);
    }
    Ok(())
}

/// Who outside holds the rest of it; nobody when its key is gone, and its reference with it.
fn told_of(vault: &Vault, biometric: &Biometric) -> Result<Option<Tell>, Fault> {
    let (Some(key), Some(sealed)) = (vault.key(biometric.key)?, &biometric.content_sealed) else {
        return Ok(None);
    };
    let opened = key.open(&content_field(biometric.id, biometric.member), sealed)?;
    Ok(kept_outside(from_record(&opened)?))
}

/// Takes away the rows of a credential and what it is made of; it stays, blocked, with its history.
pub(super) fn remove(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    biometric: &Biometric,
    reason: BlockReason,
    destroyed: &mut Destroyed,
) -> Result<(), Fault> {
    let statements = [
        (
            "source_images",
            "DELETE FROM source_images WHERE template_id IN (SELECT id FROM face_templates WHERE credential_id = $1)",
        ),
        ("face_templates", "DELETE FROM face_templates WHERE credential_id = $1"),
        ("credential_lookups", "DELETE FROM credential_lookups WHERE credential_id = $1"),
    ];
    for (table, sql) in statements {
        destroyed.count(table, work.tx.execute(sql, values![biometric.id])?);
    }
    let change = Change::Blocked(reason);
    match credentials::change(work, acting, None, biometric.id, change)? {
        // It may be blocked for this reason already.
        Ok(_) | Err(NotChanged::Refused(_)) => {}
        Err(other) => return Err(Fault::broken(format!("a credential cannot be blocked: {other:?}"))),
    }
    work.tx.execute(
        "UPDATE credentials SET key_id = NULL, content_sealed = NULL WHERE id = $1",
        values![biometric.id],
    )?;
    destroyed.keys.push(biometric.key);
    Ok(())
}
