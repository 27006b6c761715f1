//! Consents and withdrawals as rows.

use bonafide_domain::consent::{
    Channel, ConsentEvent, ConsentGiven, ConsentRecord, ConsentText, Evidence, Giver, Term, TextHash,
    Withdrawal,
};
use bonafide_domain::profile::GuardianKind;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::consents::texts::language;
use crate::consents::{modality_of_word, modality_word, purpose_of_word, purpose_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field};
use crate::members::profile::{guardian_kind, guardian_kind_of};
use crate::members::{date_of, day_number};
use crate::value::Row;
use crate::values;
use crate::words::words;

words! {
    /// The word that stands for the way in which a consent was given.
    channel_word, channel_of_word: Channel {
        Paper = "paper", QualifiedSignature = "qualified_signature", ElectronicSignature = "electronic_signature",
        OwnScreen = "own_screen",
    }
}

/// The sealed part: who, by which right, and where the proof lies.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    representative: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
}

fn giver_field(event: Id, member: Id) -> Field {
    Field { table: "consent_events", column: "giver_sealed", row: event, member }
}

fn seal(key: &DataKey, field: &Field, giver: &Giver, evidence: Option<&Evidence>) -> Result<Vec<u8>, Fault> {
    let representative = match giver {
        Giver::Subject => None,
        Giver::Representative { kind, proof } => {
            Some((guardian_kind(*kind).to_owned(), proof.as_str().to_owned()))
        }
    };
    let sealed = Sealed { representative, evidence: evidence.map(|evidence| evidence.as_str().to_owned()) };
    let json = serde_json::to_vec(&sealed).map(Zeroizing::new);
    key.seal(field, &json.map_err(|_| Fault::broken("a consent is no JSON"))?)
}

/// Adds a consent.
pub(super) fn add_given(tx: &mut Tx<'_>, key: &DataKey, record: &ConsentRecord) -> Result<(), Fault> {
    let (id, member) = (Id::from(record.id), Id::from(record.member));
    let until_us = match record.term {
        Term::WhilePurposeLasts => None,
        Term::Until { until_us } => Some(until_us),
    };
    let sealed = seal(key, &giver_field(id, member), &record.giver, Some(&record.evidence))?;
    tx.execute(
        "INSERT INTO consent_events (id, member_id, what, modality, purpose, at_us, given_day, text_hash, until_us, channel,
             operator_id, giver_sealed)
         VALUES ($1, $2, 'given', $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            id,
            member,
            modality_word(record.modality),
            purpose_word(record.purpose),
            record.given_at_us,
            day_number(record.given_on),
            record.text.hash.0,
            until_us,
            channel_word(record.channel),
            record.operator.map(Id::from),
            sealed
        ],
    )
    .map(drop)
}

/// Adds a withdrawal.
pub(super) fn add_withdrawn(
    tx: &mut Tx<'_>,
    key: &DataKey,
    id: Id,
    withdrawal: &Withdrawal,
) -> Result<(), Fault> {
    let member = Id::from(withdrawal.member);
    let sealed = seal(key, &giver_field(id, member), &withdrawal.by, None)?;
    tx.execute(
        "INSERT INTO consent_events (id, member_id, what, modality, purpose, at_us, operator_id, giver_sealed)
         VALUES ($1, $2, 'withdrawn', $3, $4, $5, $6, $7)",
        values![
            id,
            member,
            modality_word(withdrawal.modality),
            purpose_word(withdrawal.purpose),
            withdrawal.withdrawn_at_us,
            withdrawal.operator.map(Id::from),
            sealed
        ],
    )
    .map(drop)
}

/// An event with its id.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptEvent {
    /// The row.
    pub id: Id,
    /// What happened.
    pub event: ConsentEvent,
}

const COLUMNS: &str =
    "e.id, e.member_id, e.what, e.modality, e.purpose, e.at_us, e.given_day, e.text_hash, e.until_us,
    e.channel, e.operator_id, e.giver_sealed, t.language, t.separate_document";

const FROM: &str = "consent_events e LEFT JOIN consent_texts t ON t.hash = e.text_hash";

/// The events of one profile in the order in which they happened.
pub(super) fn of_profile(tx: &mut Tx<'_>, key: &DataKey, member: Id) -> Result<Vec<KeptEvent>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE e.member_id = $1 ORDER BY e.at_us, e.id");
    tx.query(&sql, values![member])?.into_iter().map(|mut row| from_row(&mut row, key)).collect()
}

/// Whose event this is; `None` when there is none with this id.
pub(super) fn member_of(tx: &mut Tx<'_>, id: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT member_id FROM consent_events WHERE id = $1", values![id])?;
    row.map(|mut row| row.id(0)).transpose()
}

/// An event that is there.
pub(super) fn get(tx: &mut Tx<'_>, key: &DataKey, id: Id) -> Result<ConsentEvent, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE e.id = $1");
    from_row(&mut tx.query_one(&sql, values![id])?, key).map(|kept| kept.event)
}

fn from_row(row: &mut Row, key: &DataKey) -> Result<KeptEvent, Fault> {
    let (id, member) = (row.id(0)?, row.id(1)?);
    let damaged = || Fault::damaged(format!("the consent {id} has another form"));
    let opened = key.open(&giver_field(id, member), &row.blob(11)?)?;
    let sealed: Sealed = serde_json::from_slice(&opened).map_err(|_| damaged())?;
    let (giver, evidence) = giver_of(&sealed).ok_or_else(damaged)?;
    let modality = modality_of_word(&row.text(3)?).ok_or_else(damaged)?;
    let purpose = purpose_of_word(&row.text(4)?).ok_or_else(damaged)?;
    let (at_us, operator) = (row.integer(5)?, row.id_or_null(10)?.map(Into::into));
    let event = match row.text(2)?.as_str() {
        "withdrawn" => ConsentEvent::Withdrawn(Withdrawal {
            member: member.into(),
            by: giver,
            modality,
            purpose,
            operator,
            withdrawn_at_us: at_us,
        }),
        _ => {
            let until_us = row.integer_or_null(8)?;
            let record = ConsentRecord {
                id: id.into(),
                member: member.into(),
                giver,
                text: ConsentText {
                    hash: TextHash(row.bytes(7)?),
                    language: language(&row.text(12)?)?,
                    separate_document: row.boolean(13)?,
                },
                modality,
                purpose,
                term: until_us.map_or(Term::WhilePurposeLasts, |until_us| Term::Until { until_us }),
                channel: channel_of_word(&row.text(9)?).ok_or_else(damaged)?,
                evidence: evidence.ok_or_else(damaged)?,
                operator,
                given_at_us: at_us,
                given_on: date_of(row.integer(6)?)?,
            };
            ConsentEvent::Given(ConsentGiven::new(record).map_err(|_| damaged())?)
        }
    };
    Ok(KeptEvent { id, event })
}

fn giver_of(sealed: &Sealed) -> Option<(Giver, Option<Evidence>)> {
    let giver = match &sealed.representative {
        None => Giver::Subject,
        Some((kind, proof)) => {
            let kind: GuardianKind = guardian_kind_of(kind)?;
            Giver::Representative { kind, proof: Evidence::parse(proof).ok()? }
        }
    };
    let evidence = match &sealed.evidence {
        None => None,
        Some(text) => Some(Evidence::parse(text).ok()?),
    };
    Some((giver, evidence))
}
