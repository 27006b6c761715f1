//! Everything that is stored about one person, for the person: a structure for JSON, flat rows for a spreadsheet.
//!
//! Face templates are not in it, only that they are there: they leave the book for the gallery and for nothing else.

mod memberships;
mod points;

use bonafide_domain::consent::{ConsentEvent, ConsentRecord, Giver, Term, Withdrawal};
use bonafide_domain::credential::{Actor, Change, CredentialEvent, Issue};
use bonafide_domain::profile::PersonName;
use serde::Serialize;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Subject, record};
use crate::audit::read::detail;
use crate::consents::events::channel_word;
use crate::consents::{self, modality_word, purpose_word};
use crate::credentials::content::{Content, decision_word, trait_word};
use crate::credentials::find::{self, Kept};
use crate::credentials::history::{block_word, history, kind_word, limit_word, state_words};
use crate::db::Tx;
use crate::devices::sigur::quarantine;
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::member::{DataKey, Vault};
use crate::members::merging::profiles_of_person;
use crate::members::photo;
use crate::members::profile::{Profile, category_word, document_kind, guardian_kind, messenger_kind};
use crate::members::{self, Member};
use crate::memberships::TABLE as MEMBERSHIPS;
use crate::passages::feed;
use crate::qr;
use crate::store::Work;
use crate::templates;
use crate::values;

/// Audit entries about one person in one export; the newest. Whoever has more asks the club for the rest.
pub const ENTRIES_MAX: u32 = 100_000;

/// A person. It serialises to the JSON of the export; [`PersonExport::rows`] are those of a spreadsheet. No `Debug`.
#[derive(Serialize)]
pub struct PersonExport {
    /// When it was made, in microseconds since 1970.
    pub made_us: i64,
    /// All profiles, the one that remained first.
    pub profiles: Vec<Json>,
    /// Photos by the names of their files; their bytes come from [`photos`].
    pub photos: Vec<String>,
    /// Who did or looked at what, the newest first.
    pub audit: Vec<Json>,
}

/// Reads everything about a person, and leaves a trace of having done so. `None` when there is no such member.
///
/// # Errors
/// When the book cannot be read or the trace cannot be written: then nothing may be handed out.
pub fn export(work: &mut Work<'_, '_>, acting: &Acting, member: Id) -> Result<Option<PersonExport>, Fault> {
    let ids = profiles_of_person(work.tx, member)?;
    if ids.is_empty() {
        return Ok(None);
    }
    let (mut profiles, mut audit) = (Vec::new(), Vec::new());
    for id in &ids {
        let Some(member) = members::get(work.tx, work.vault, *id)? else { continue };
        let key = members::data_key(work.tx, work.vault, *id)?
            .ok_or_else(|| Fault::damaged(format!("the member {id} is missing")))?;
        profiles.push(profile(work.tx, work.vault, &member, &ids, acting.now_us)?);
        audit.extend(entries(work.tx, *id, &key)?);
    }
    audit.sort_by_key(|(at_us, _)| std::cmp::Reverse(*at_us));
    let mut photos = Vec::new();
    for id in &ids {
        photos.extend(photo_ids(work.tx, *id)?.into_iter().map(|photo| photo.file_name()));
        record(work.tx, acting, "person_exported", Subject::row(members::TABLE, *id), None)?;
    }
    let audit = audit.into_iter().map(|(_, entry)| entry).collect();
    Ok(Some(PersonExport { made_us: acting.now_us, profiles, photos, audit }))
}

fn profile(
    tx: &mut Tx<'_>,
    vault: &Vault,
    member: &Member,
    person: &[Id],
    now_us: i64,
) -> Result<Json, Fault> {
    let mut credentials = Vec::new();
    for kept in find::of_profile(tx, vault, member.id, now_us)? {
        let events: Vec<Json> = history(tx, kept.id)?.iter().map(credential_event).collect();
        credentials.push(credential(&kept, &events));
    }
    let events = consents::of_member(tx, vault, member.id)?;
    let mut consents = Vec::new();
    for kept in &events {
        consents.push(consent(tx, kept.id, &kept.event)?);
    }
    let templates: Vec<Json> = templates::of_member(tx, member.id)?
        .into_iter()
        .map(|listed| {
            serde_json::json!({
                "id": listed.id, "model": listed.model.as_str(), "purpose": purpose_word(listed.purpose),
                "consent": listed.consent, "added_us": listed.added_us, "picture_kept": listed.has_image,
            })
        })
        .collect();
    let (suspensions, corrections) = feed::decisions_about(tx, member.id)?;
    let (devices, pairing_links) = qr::of_profile(tx, member.id)?;
    let figures = &member.figures;
    Ok(serde_json::json!({
        "id": member.id, "number": member.number, "added_us": member.added_us, "merged_into": member.merged_into,
        "membership_ends": member.membership_ends.map(|date| date.to_string()),
        "particulars": particulars(&member.profile),
        "family": family(tx, member.id)?,
        "figures": {
            "first_visit_us": figures.first_visit_us, "last_visit_us": figures.last_visit_us,
            "visits": figures.visits, "bookings": figures.bookings, "receipts": figures.receipts,
            "spent_minor": figures.spent_minor,
        },
        "memberships": memberships::of_profile(tx, member.id, person)?, "points": points::of_profile(tx, vault, member.id, now_us)?,
        "referrals": points::referrals(tx, member.id)?,
        "credentials": credentials, "devices": devices, "pairing_links": pairing_links, "consents": consents, "face_templates": templates,
        "passages": feed::of_profile(tx, member.id)?, "suspensions": suspensions, "stays_ended_by_hand": corrections,
        "at_the_desk": feed::of_the_desk(tx, vault, member.id)?,
        "controller_entries_held": quarantine::of_profile(tx, vault, member.id)?,
    }))
}

fn name(name: &PersonName) -> Json {
    serde_json::json!({ "given": name.given(), "family": name.family(), "middle": name.middle() })
}

fn particulars(profile: &Profile) -> Json {
    let guardian = profile.guardian.as_ref().map(|guardian| {
        serde_json::json!({
            "kind": guardian_kind(guardian.kind), "name": name(&guardian.name),
            "phone": guardian.phone.as_ref().map(|phone| phone.as_str()),
        })
    });
    let messengers: Vec<Json> = profile
        .messengers
        .iter()
        .map(|one| serde_json::json!({ "kind": messenger_kind(one.kind()), "handle": one.handle() }))
        .collect();
    let documents: Vec<Json> = profile
        .documents
        .iter()
        .map(|one| serde_json::json!({ "kind": document_kind(one.kind()), "number": one.number() }))
        .collect();
    serde_json::json!({
        "name": name(&profile.name),
        "birth": profile.birth.map(|birth| birth.date().to_string()),
        "phones": profile.phones.iter().map(|phone| phone.as_str()).collect::<Vec<_>>(),
        "emails": profile.emails.iter().map(|email| email.as_written()).collect::<Vec<_>>(),
        "messengers": messengers,
        "documents": documents,
        "address": profile.address,
        "note": profile.note.as_ref().map(|note| note.as_str()),
        "guardian": guardian,
        "category": category_word(&profile.category),
        "tags": profile.tags.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        "language": profile.language.map(|language| language.code()),
        "source": profile.source,
        "home_branch": profile.home_branch,
        "check_due": profile.check_due.map(|date| date.to_string()),
    })
}

/// Ties without names: the other's particulars are the other's.
fn family(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Json>, Fault> {
    let rows = tx.query(
        "SELECT member_id, relative_id, tie FROM family_links WHERE member_id = $1 OR relative_id = $1
         ORDER BY member_id, relative_id",
        values![member],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let (one, other, tie) = (row.id(0)?, row.id(1)?, row.text(2)?);
            Ok(serde_json::json!({ "member": one, "is": tie, "to": other }))
        })
        .collect()
}

fn credential(kept: &Kept, events: &[Json]) -> Json {
    let (state, reason) = state_words(kept.state);
    serde_json::json!({
        "id": kept.id, "kind": kind_word(kept.kind), "state": state, "reason": reason, "until_us": kept.until_us,
        "issued_us": kept.issued_us, "replaces": kept.replaces, "replaced_by": kept.replaced_by,
        "purpose": kept.purpose.map(purpose_word), "consent": kept.consent,
        "content": kept.content.as_ref().map(content), "history": events,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What a credential is made of. A PIN's hash is of no use to anybody but who would guess it.
fn content(content: &Content) -> Json {
    match content {
        Content::ClubNumber(number) => number.as_str().into(),
        Content::Card(number) | Content::Bracelet(number) => hex(number.bytes()).into(),
        Content::VirtualCard(key) => hex(key.bytes()).into(),
        Content::Phone(phone) => phone.as_str().into(),
        Content::Pin(_) | Content::FaceHere => Json::Null,
        Content::AtProvider(of, result) => serde_json::json!({
            "of": trait_word(*of), "reference": result.reference(), "decision": decision_word(result.decision()),
            "transaction": result.transaction_id(),
        }),
        Content::InDevice(of, reference) => {
            serde_json::json!({ "of": trait_word(*of), "reference": reference.as_str() })
        }
    }
}

fn credential_event(event: &CredentialEvent) -> Json {
    let by = match event.by {
        Actor::Staff(_) => "staff",
        Actor::Member => "member",
        Actor::System => "system",
    };
    let (change, reason, until_us) = match event.change {
        Change::Issued(Issue { until_us, limited, .. }) => ("issued", limited.map(limit_word), until_us),
        Change::Limited(reason) => ("limited", Some(limit_word(reason)), None),
        Change::LimitLifted => ("limit_lifted", None, None),
        Change::Blocked(reason) => ("blocked", Some(block_word(reason)), None),
        Change::Unblocked => ("unblocked", None, None),
        Change::LossReported => ("loss_reported", None, None),
        Change::FoundReported => ("found_reported", None, None),
        Change::Renewed { until_us } => ("renewed", None, until_us),
        Change::Replaced { .. } => ("replaced", None, None),
    };
    serde_json::json!({ "at_us": event.at_us, "by": by, "change": change, "reason": reason, "until_us": until_us })
}

fn giver(giver: &Giver) -> Json {
    match giver {
        Giver::Subject => "subject".into(),
        Giver::Representative { kind, proof } => {
            serde_json::json!({ "representative": guardian_kind(*kind), "proof": proof.as_str() })
        }
    }
}

fn consent(tx: &mut Tx<'_>, id: Id, event: &ConsentEvent) -> Result<Json, Fault> {
    match event {
        ConsentEvent::Given(given) => {
            let ConsentRecord { text, modality, purpose, term, channel, evidence, .. } = given.record();
            let until_us = match term {
                Term::WhilePurposeLasts => None,
                Term::Until { until_us } => Some(*until_us),
            };
            Ok(serde_json::json!({
                "id": id, "what": "given", "modality": modality_word(*modality), "purpose": purpose_word(*purpose),
                "by": giver(&given.record().giver), "at_us": given.record().given_at_us, "until_us": until_us,
                "channel": channel_word(*channel), "evidence": evidence.as_str(), "language": text.language.code(),
                "text_sha256": hex(&text.hash.0), "text": consents::texts::content(tx, text.hash)?,
            }))
        }
        ConsentEvent::Withdrawn(Withdrawal { by, modality, purpose, withdrawn_at_us, .. }) => {
            Ok(serde_json::json!({
                "id": id, "what": "withdrawn", "modality": modality_word(*modality),
                "purpose": purpose_word(*purpose), "by": giver(by), "at_us": withdrawn_at_us,
            }))
        }
    }
}

/// Entries about the person, his memberships, and of his own doing. The address is told only of the latter: the others' is theirs.
fn entries(tx: &mut Tx<'_>, member: Id, key: &DataKey) -> Result<Vec<(i64, Json)>, Fault> {
    let rows = tx.query(
        "SELECT id, at_us, actor_kind, actor_id, origin, action, subject_kind, detail_sealed, subject_id
         FROM audit_entries WHERE subject_id = $1 OR actor_id = $1
             OR subject_id IN (SELECT id FROM memberships WHERE holder_id = $1)
         ORDER BY at_us DESC, id DESC LIMIT $2",
        values![member, ENTRIES_MAX],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let (id, at_us) = (row.id(0)?, row.integer(1)?);
            let (actor, origin) = (row.id_or_null(3)?, row.text(4)?);
            let sealed = row.blob_or_null(7)?;
            let (on, subject) = (row.text(6)?, row.id_or_null(8)?);
            let opened = match sealed {
                Some(sealed) if subject == Some(member) => Some(detail(key, id, member, &sealed)?),
                Some(sealed) if on == MEMBERSHIPS => own_detail(key, id, member, &sealed)?,
                _ => None,
            };
            let entry = serde_json::json!({
                "at_us": at_us, "by": row.text(2)?, "who": actor, "from": (actor == Some(member)).then_some(origin),
                "action": row.text(5)?, "on": on, "detail": opened,
            });
            Ok((at_us, entry))
        })
        .collect()
}

/// The detail of an entry about a membership; nothing when it is sealed for somebody else, who had it then.
fn own_detail(key: &DataKey, entry: Id, member: Id, sealed: &[u8]) -> Result<Option<Json>, Fault> {
    match detail(key, entry, member, sealed) {
        Ok(detail) => Ok(Some(detail)),
        Err(fault) if fault.kind == FaultKind::Damaged => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// A photo of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PhotoId {
    Profile { row: Id, member: Id },
    Source { template: Id },
}

impl PhotoId {
    fn file_name(self) -> String {
        match self {
            PhotoId::Profile { row, .. } => format!("profile-{row}"),
            PhotoId::Source { template } => format!("face-{template}"),
        }
    }
}

fn photo_ids(tx: &mut Tx<'_>, member: Id) -> Result<Vec<PhotoId>, Fault> {
    let rows = tx.query("SELECT id FROM member_photos WHERE member_id = $1 ORDER BY id", values![member])?;
    let mut photos = Vec::new();
    for mut row in rows {
        photos.push(PhotoId::Profile { row: row.id(0)?, member });
    }
    let listed = templates::of_member(tx, member)?.into_iter().filter(|listed| listed.has_image);
    photos.extend(listed.map(|listed| PhotoId::Source { template: listed.id }));
    Ok(photos)
}

/// The photos of a person, one after the other: the name of the file, as the export has it, and the picture.
///
/// # Errors
/// When the book cannot be read, a picture does not open, and whatever `each` fails with.
pub fn photos(
    tx: &mut Tx<'_>,
    vault: &Vault,
    member: Id,
    mut each: impl FnMut(String, Zeroizing<Vec<u8>>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for profile in profiles_of_person(tx, member)? {
        for photo in photo_ids(tx, profile)? {
            let picture = match photo {
                PhotoId::Profile { row, member } => photo::of_row(tx, vault, row, member)?,
                PhotoId::Source { template } => templates::source_image(tx, vault, template)?,
            };
            if let Some(picture) = picture {
                each(photo.file_name(), picture)?;
            }
        }
    }
    Ok(())
}

impl PersonExport {
    /// The export as rows of a path and a value: `profiles.0.particulars.name.given`, `Anna`.
    ///
    /// # Errors
    /// Never in practice: everything in it is JSON.
    pub fn rows(&self) -> Result<Vec<(String, String)>, Fault> {
        let json = serde_json::to_value(self).map_err(|_| Fault::broken("an export is no JSON"))?;
        let mut rows = Vec::new();
        flatten(String::new(), &json, &mut rows);
        Ok(rows)
    }
}

fn flatten(path: String, json: &Json, rows: &mut Vec<(String, String)>) {
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match json {
        Json::Null => {}
        Json::Array(all) => {
            all.iter().enumerate().for_each(|(index, one)| flatten(under(&index.to_string()), one, rows));
        }
        Json::Object(fields) => fields.iter().for_each(|(name, one)| flatten(under(name), one, rows)),
        Json::String(text) => rows.push((path, text.clone())),
        other => rows.push((path, other.to_string())),
    }
}
