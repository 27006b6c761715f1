//! Face templates and the pictures they were made from, sealed. A template is bytes of a model here; nothing compares them.
//!
//! Each is sealed with the key of its credential for one purpose and one model, so that a template of another row, member,
//! purpose or model does not open. The key is destroyed when the consent is withdrawn: no backup brings a face back.

use bonafide_domain::consent::{Keeping, Modality, Purpose, TemplatePermit};
use bonafide_domain::credential::{CredentialKind, CredentialState};
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::consents::{purpose_of_word, purpose_word};
use crate::credentials::find::of_profile;
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field, Vault};
use crate::members;
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// The longest name of a model.
pub const MODEL_BYTES_MAX: usize = 64;

/// Templates of one credential and model.
pub const TEMPLATES_MAX: u32 = 20;

/// The longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 64 * 1024;

/// The largest source image, in bytes.
pub const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Which model made a template, with its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Model(String);

impl Model {
    /// Checks a name: 1 to [`MODEL_BYTES_MAX`] visible ASCII characters.
    #[must_use]
    pub fn parse(name: &str) -> Option<Model> {
        let fits =
            (1..=MODEL_BYTES_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Model(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A template to be kept. No `Debug`.
pub struct NewTemplate {
    /// Its id, which the caller brings: asked again, it is answered as before.
    pub id: Id,
    /// Which model made it.
    pub model: Model,
    /// Its bytes.
    pub template: Zeroizing<Vec<u8>>,
    /// The picture it was made from, if that is kept.
    pub image: Option<Zeroizing<Vec<u8>>>,
}

/// Why a template was not kept. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// The permit is not for a face that is kept here.
    PermitOfAnother,
    /// It is empty or too large.
    Size,
    /// The id was used for another template.
    OtherOperation,
    /// The member has no face credential for this purpose that counts: issue one first.
    NoCredential,
    /// There are [`TEMPLATES_MAX`] of this model.
    TooMany,
}

fn template_field(row: Id, member: Id) -> Field {
    Field { table: "face_templates", column: "template_sealed", row, member }
}

fn image_field(template: Id, member: Id) -> Field {
    Field { table: "source_images", column: "image_sealed", row: template, member }
}

fn context(purpose: Purpose, model: &str) -> String {
    format!("{}/{model}", purpose_word(purpose))
}

/// Keeps a template. It takes the permit, which only the rules can have made, and is good for this one template.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
#[expect(clippy::needless_pass_by_value, reason = "a permit is used up by what it permits")]
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    new: &NewTemplate,
    permit: TemplatePermit,
) -> Result<Result<(), NotKept>, Fault> {
    let (member, purpose) = (Id::from(permit.member()), permit.purpose());
    if permit.modality() != Modality::Face || permit.keeping() != Keeping::Here {
        return Ok(Err(NotKept::PermitOfAnother));
    }
    let image_fits = new.image.as_ref().is_none_or(|image| (1..=IMAGE_BYTES_MAX).contains(&image.len()));
    if !(1..=TEMPLATE_BYTES_MAX).contains(&new.template.len()) || !image_fits {
        return Ok(Err(NotKept::Size));
    }
    if let Some(same) = is_kept(work, new, (member, purpose))? {
        return Ok(if same { Ok(()) } else { Err(NotKept::OtherOperation) });
    }
    let Some(credential) = credential_of(work, acting, member, purpose)? else {
        return Ok(Err(NotKept::NoCredential));
    };
    if count(work.tx, credential, &new.model)? >= i64::from(TEMPLATES_MAX) {
        return Ok(Err(NotKept::TooMany));
    }
    // From here on it succeeds.
    write(work, acting, new, &permit, credential)?;
    Ok(Ok(()))
}

/// Whether the id was used for this very template, or for another one; `None` when it is new.
fn is_kept(work: &mut Work<'_, '_>, new: &NewTemplate, about: (Id, Purpose)) -> Result<Option<bool>, Fault> {
    let row = work.tx.query_opt(&format!("SELECT {COLUMNS} FROM {FROM} WHERE t.id = $1"), values![new.id])?;
    let Some(mut row) = row else { return Ok(None) };
    let kept = from_row(&mut row, work.vault)?;
    let same_place = (kept.member, kept.purpose, &kept.model) == (about.0, about.1, &new.model);
    Ok(Some(same_place && kept.template? == new.template))
}

fn credential_of(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    purpose: Purpose,
) -> Result<Option<Id>, Fault> {
    let all = of_profile(work.tx, work.vault, member, acting.now_us)?;
    let counts = |state| matches!(state, CredentialState::Active | CredentialState::Limited(_));
    let fits = all.into_iter().find(|credential| {
        let here = credential.content.as_ref().and_then(|content| content.keeping()) == Some(Keeping::Here);
        here && credential.kind == CredentialKind::Face
            && credential.purpose == Some(purpose)
            && counts(credential.state)
    });
    Ok(fits.map(|credential| credential.id))
}

fn count(tx: &mut Tx<'_>, credential: Id, model: &Model) -> Result<i64, Fault> {
    tx.query_one(
        "SELECT COUNT(*) FROM face_templates WHERE credential_id = $1 AND model = $2",
        values![credential, model.as_str()],
    )?
    .integer(0)
}

fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    new: &NewTemplate,
    permit: &TemplatePermit,
    credential: Id,
) -> Result<(), Fault> {
    let (member, purpose) = (Id::from(permit.member()), permit.purpose());
    let key_id =
        work.tx.query_one("SELECT key_id FROM credentials WHERE id = $1", values![credential])?.id(0)?;
    let key = work.vault.key_of_member(key_id)?;
    let context = context(purpose, new.model.as_str());
    work.tx.execute(
        "INSERT INTO face_templates (id, member_id, credential_id, consent_id, purpose, model, until_us, template_sealed,
             added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            new.id,
            member,
            credential,
            Id::from(permit.consent()),
            purpose_word(purpose),
            new.model.as_str(),
            permit.until_us(),
            key.seal_for(&template_field(new.id, member), &context, &new.template)?,
            acting.now_us
        ],
    )?;
    if let Some(image) = &new.image {
        work.tx.execute(
            "INSERT INTO source_images (template_id, member_id, image_sealed, added_us) VALUES ($1, $2, $3, $4)",
            values![
                new.id,
                member,
                key.seal_for(&image_field(new.id, member), &context, image)?,
                acting.now_us
            ],
        )?;
    }
    trace(work, acting, new, member)
}

fn trace(work: &mut Work<'_, '_>, acting: &Acting, new: &NewTemplate, member: Id) -> Result<(), Fault> {
    let key = members::data_key(work.tx, work.vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the member {member} of a template is missing")))?;
    let json = serde_json::json!({ "template": new.id, "model": new.model.as_str() }).to_string();
    let detail = Detail { member, key: &key, json: &json };
    record(work.tx, acting, "face_enrolled", Subject::row(members::TABLE, member), Some(detail)).map(drop)
}

/// A template for the gallery. No `Debug`.
pub struct Entry {
    /// The row.
    pub id: Id,
    /// Whose it is.
    pub member: Id,
    /// His dense number, by which the gallery knows him.
    pub number: u32,
    /// The branch that he belongs to; nothing when he belongs to none.
    pub home_branch: Option<Id>,
    /// What it was given for.
    pub purpose: Purpose,
    /// Which model made it.
    pub model: Model,
    /// Its bytes. One that does not open was moved or changed: leave it out, and raise an alarm; the others are good.
    pub template: Result<Zeroizing<Vec<u8>>, Fault>,
}

const COLUMNS: &str =
    "t.id, t.member_id, m.number, t.purpose, t.model, t.template_sealed, c.key_id, m.home_branch_id";

const FROM: &str =
    "face_templates t JOIN members m ON m.id = t.member_id JOIN credentials c ON c.id = t.credential_id";

/// The condition that a template counts at a moment.
const COUNTS: &str =
    "t.model = $1 AND t.purpose = $2 AND m.merged_into IS NULL AND c.state IN ('active', 'limited')
     AND (c.until_us IS NULL OR c.until_us > $3) AND (t.until_us IS NULL OR t.until_us > $3)";

fn from_row(row: &mut Row, vault: &Vault) -> Result<Entry, Fault> {
    let (id, member, number) = (row.id(0)?, row.id(1)?, row.number(2)?);
    let (purpose, model) = (row.text(3)?, row.text(4)?);
    let damaged = || Fault::damaged(format!("the template {id} has another form"));
    let purpose = purpose_of_word(&purpose).ok_or_else(damaged)?;
    let (sealed, key, home_branch) = (row.blob(5)?, row.id_or_null(6)?, row.id_or_null(7)?);
    let open = |key: Option<DataKey>| {
        let key = key.ok_or_else(|| Fault::damaged(format!("the key of the template {id} is missing")))?;
        key.open_for(&template_field(id, member), &context(purpose, &model), &sealed)
    };
    let template = key.map_or(Ok(None), |key| vault.key(key)).and_then(open);
    let model = Model::parse(&model).ok_or_else(damaged)?;
    Ok(Entry { id, member, number, home_branch, purpose, model, template })
}

/// Hands over the templates of one model and purpose, member by member, without keeping them: for the start of a gallery. Left
/// out are absorbed profiles, and what is blocked, lost or over at this moment. Whether each member may be searched here is
/// asked of [`crate::consents::may_match`].
///
/// # Errors
/// When the book cannot be read, and whatever `each` fails with.
pub fn for_each(
    tx: &mut Tx<'_>,
    vault: &Vault,
    model: &Model,
    purpose: Purpose,
    now_us: i64,
    mut each: impl FnMut(Entry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {COUNTS} ORDER BY m.number, t.id");
    tx.for_each(&sql, values![model.as_str(), purpose_word(purpose), now_us], |mut row| {
        each(from_row(&mut row, vault)?)
    })
}

/// The same of one member: for a gallery that follows his changes.
///
/// # Errors
/// When the book cannot be read.
pub fn counting(
    tx: &mut Tx<'_>,
    vault: &Vault,
    model: &Model,
    purpose: Purpose,
    now_us: i64,
    member: Id,
) -> Result<Vec<Entry>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {COUNTS} AND t.member_id = $4 ORDER BY t.id");
    let rows = tx.query(&sql, values![model.as_str(), purpose_word(purpose), now_us, member])?;
    rows.into_iter().map(|mut row| from_row(&mut row, vault)).collect()
}

/// How many members have templates of which model: after a change of model, who is to be enrolled anew.
///
/// # Errors
/// When the book cannot be read.
pub fn models(tx: &mut Tx<'_>) -> Result<Vec<(Model, u32)>, Fault> {
    let rows = tx.query(
        "SELECT model, COUNT(DISTINCT member_id) FROM face_templates GROUP BY model ORDER BY model",
        &[],
    )?;
    let model = |name: String| Model::parse(&name).ok_or_else(|| Fault::damaged("a model has another name"));
    rows.into_iter().map(|mut row| Ok((model(row.text(0)?)?, row.number(1)?))).collect()
}

/// What is known about the templates of one profile, without them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The row.
    pub id: Id,
    /// Which model made it.
    pub model: Model,
    /// What it was given for.
    pub purpose: Purpose,
    /// The consent.
    pub consent: Id,
    /// When it was added.
    pub added_us: i64,
    /// Whether the picture that it was made from is kept.
    pub has_image: bool,
}

/// The templates of one profile, without their bytes.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Listed>, Fault> {
    let rows = tx.query(
        "SELECT t.id, t.model, t.purpose, t.consent_id, t.added_us, i.template_id
         FROM face_templates t LEFT JOIN source_images i ON i.template_id = t.id WHERE t.member_id = $1 ORDER BY t.id",
        values![member],
    )?;
    let damaged = || Fault::damaged("a template has another form");
    rows.into_iter()
        .map(|mut row| {
            Ok(Listed {
                id: row.id(0)?,
                model: Model::parse(&row.text(1)?).ok_or_else(damaged)?,
                purpose: purpose_of_word(&row.text(2)?).ok_or_else(damaged)?,
                consent: row.id(3)?,
                added_us: row.integer(4)?,
                has_image: row.id_or_null(5)?.is_some(),
            })
        })
        .collect()
}

/// The picture that a template was made from; `None` when there is none.
///
/// # Errors
/// When the book cannot be read, or the picture does not open.
pub fn source_image(
    tx: &mut Tx<'_>,
    vault: &Vault,
    template: Id,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let row = tx.query_opt(
        "SELECT t.member_id, t.purpose, t.model, i.image_sealed, c.key_id FROM source_images i
         JOIN face_templates t ON t.id = i.template_id JOIN credentials c ON c.id = t.credential_id
         WHERE i.template_id = $1",
        values![template],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let member = row.id(0)?;
    let purpose =
        purpose_of_word(&row.text(1)?).ok_or_else(|| Fault::damaged("a template has another purpose"))?;
    let (context, sealed) = (context(purpose, &row.text(2)?), row.blob(3)?);
    let key = vault.key_of_member(row.id(4)?)?;
    key.open_for(&image_field(template, member), &context, &sealed).map(Some)
}
