//! The exact texts that people consent to.

use bonafide_domain::consent::{ConsentText, Jurisdiction, Modality, Purpose, TextHash};
use bonafide_domain::profile::Language;
use sha2::{Digest, Sha256};

use crate::audit::entry::{Acting, Subject, record};
use crate::consents::{jurisdiction_word, modality_of_word, modality_word, purpose_of_word, purpose_word};
use crate::db::Tx;
use crate::fault::Fault;
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// The longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 100_000;

const IN_FORCE: &str = "consent_text_in_force";

const RETIRED: &str = "consent_text_retired";

/// What the audit calls the things that can be done to a text.
pub(crate) const ACTIONS: [&str; 2] = [IN_FORCE, RETIRED];

/// A text to be put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText {
    /// Under which law.
    pub jurisdiction: Jurisdiction,
    /// For what of the person.
    pub modality: Modality,
    /// For which one purpose.
    pub purpose: Purpose,
    /// In which language.
    pub language: Language,
    /// Whether it is a document of its own.
    pub separate_document: bool,
    /// The text, to the letter.
    pub content: String,
}

/// Why a text is not put in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextRefusal {
    /// Empty, longer than [`TEXT_BYTES_MAX`], or with a zero character, which a database does not keep.
    Content,
    /// The modality does not serve the purpose.
    PurposeDoesNotFit,
    /// The same letters are in the book for another law, modality, purpose or language.
    ForSomethingElse,
}

/// The hash of a text.
#[must_use]
pub fn text_hash(content: &str) -> TextHash {
    TextHash(Sha256::digest(content.as_bytes()).into())
}

/// Puts a text in force; one that was retired comes back. What is in force beside it stays so: retire the older one.
///
/// # Errors
/// When it cannot be written; the inner error when it does not fit.
pub fn put_in_force(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    new: &NewText,
) -> Result<Result<TextHash, TextRefusal>, Fault> {
    let size = 1..=TEXT_BYTES_MAX;
    if !size.contains(&new.content.len()) || new.content.contains('\0') {
        return Ok(Err(TextRefusal::Content));
    }
    if !new.modality.fits(new.purpose) {
        return Ok(Err(TextRefusal::PurposeDoesNotFit));
    }
    let hash = text_hash(&new.content);
    let changed = work.tx.execute(
        "INSERT INTO consent_texts (hash, jurisdiction, modality, purpose, language, separate_document, content, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (hash) DO UPDATE SET retired_us = NULL
             WHERE consent_texts.jurisdiction = excluded.jurisdiction AND consent_texts.modality = excluded.modality
                 AND consent_texts.purpose = excluded.purpose AND consent_texts.language = excluded.language
                 AND consent_texts.separate_document = excluded.separate_document",
        values![
            hash.0,
            jurisdiction_word(new.jurisdiction),
            modality_word(new.modality),
            purpose_word(new.purpose),
            new.language.code(),
            new.separate_document,
            new.content.as_str(),
            acting.now_us
        ],
    )?;
    if changed == 0 {
        return Ok(Err(TextRefusal::ForSomethingElse));
    }
    record(work.tx, acting, IN_FORCE, Subject::installation(), None)?;
    Ok(Ok(hash))
}

/// Takes a text out of force: consents to it do not count from now on. Tells whether it was in force.
///
/// # Errors
/// When it cannot be written.
pub fn retire(work: &mut Work<'_, '_>, acting: &Acting, hash: TextHash) -> Result<bool, Fault> {
    let changed = work.tx.execute(
        "UPDATE consent_texts SET retired_us = $1 WHERE hash = $2 AND retired_us IS NULL",
        values![acting.now_us, hash.0],
    )?;
    if changed > 0 {
        record(work.tx, acting, RETIRED, Subject::installation(), None)?;
    }
    Ok(changed > 0)
}

/// The texts in force for a question, one for each language.
///
/// # Errors
/// When the book cannot be read.
pub fn in_force(
    tx: &mut Tx<'_>,
    jurisdiction: Jurisdiction,
    modality: Modality,
    purpose: Purpose,
) -> Result<Vec<ConsentText>, Fault> {
    let rows = tx.query(
        "SELECT hash, language, separate_document FROM consent_texts
         WHERE jurisdiction = $1 AND modality = $2 AND purpose = $3 AND retired_us IS NULL ORDER BY added_us, hash",
        values![jurisdiction_word(jurisdiction), modality_word(modality), purpose_word(purpose)],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let hash = TextHash(row.bytes(0)?);
            Ok(ConsentText { hash, language: language(&row.text(1)?)?, separate_document: row.boolean(2)? })
        })
        .collect()
}

pub(super) fn language(code: &str) -> Result<Language, Fault> {
    Language::of_code(code).ok_or_else(|| Fault::damaged(format!("a text's language is {code}")))
}

/// Texts that one list shows at most: some languages, some laws, and their versions over the years.
pub const LIST_MAX: u32 = 2_000;

/// A text as a list shows it, without its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptText {
    /// Which one, its language, and whether it is a document of its own.
    pub text: ConsentText,
    /// The word of the law: see [`jurisdiction_word`].
    pub law: String,
    /// For what of the person.
    pub modality: Modality,
    /// For which purpose.
    pub purpose: Purpose,
    /// Counted from one among the texts of this law, modality, purpose and language, in the order in which they came.
    pub version: u32,
    /// When it was first put in force, in microseconds since 1970.
    pub added_us: i64,
    /// Since when it is out of force.
    pub retired_us: Option<i64>,
}

/// The columns of a [`KeptText`], with its version among those for the same.
const KEPT: &str = "SELECT hash, language, separate_document, jurisdiction, modality, purpose, added_us, retired_us,
     ROW_NUMBER() OVER (PARTITION BY jurisdiction, modality, purpose, language ORDER BY added_us, hash) AS version
     FROM consent_texts";

fn kept_text(mut row: Row) -> Result<KeptText, Fault> {
    let damaged = || Fault::damaged("a consent's text is for something else");
    Ok(KeptText {
        text: ConsentText {
            hash: TextHash(row.bytes(0)?),
            language: language(&row.text(1)?)?,
            separate_document: row.boolean(2)?,
        },
        law: row.text(3)?,
        modality: modality_of_word(&row.text(4)?).ok_or_else(damaged)?,
        purpose: purpose_of_word(&row.text(5)?).ok_or_else(damaged)?,
        added_us: row.integer(6)?,
        retired_us: row.integer_or_null(7)?,
        version: row.number(8)?,
    })
}

/// All texts, the retired ones too, by law, modality, purpose, language and version.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<KeptText>, Fault> {
    let sql = format!("{KEPT} ORDER BY jurisdiction, modality, purpose, language, version LIMIT $1");
    let rows = tx.query(&sql, values![LIST_MAX])?;
    rows.into_iter().map(kept_text).collect()
}

/// The texts that are put before somebody now: of those in force for a question, the newest of each language, in the order of
/// their languages' codes.
///
/// # Errors
/// When the book cannot be read.
pub fn newest_in_force(
    tx: &mut Tx<'_>,
    jurisdiction: Jurisdiction,
    modality: Modality,
    purpose: Purpose,
) -> Result<Vec<KeptText>, Fault> {
    // The versions are counted before those out of force are left out.
    let sql = format!(
        "SELECT * FROM ({KEPT} WHERE jurisdiction = $1 AND modality = $2 AND purpose = $3) kept
         WHERE retired_us IS NULL ORDER BY language, version DESC LIMIT $4"
    );
    let question =
        values![jurisdiction_word(jurisdiction), modality_word(modality), purpose_word(purpose), LIST_MAX];
    let mut all = tx.query(&sql, question)?.into_iter().map(kept_text).collect::<Result<Vec<_>, _>>()?;
    all.dedup_by_key(|kept| kept.text.language);
    Ok(all)
}

/// What became of a further version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its hash.
    pub hash: TextHash,
    /// The other texts for the same that were in force until then, the oldest first: out of force now, or in force beside it.
    pub older: Vec<TextHash>,
}

/// Puts a further version in force, which is the one that is asked for from now on. With `replaces`, those for the same law,
/// modality, purpose and language that are in force go out of it, and consents to them count no more; without it they stay, and what
/// was agreed to holds.
///
/// # Errors
/// As [`put_in_force`].
pub fn publish(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    new: &NewText,
    replaces: bool,
) -> Result<Result<Published, TextRefusal>, Fault> {
    let hash = match put_in_force(work, acting, new)? {
        Ok(hash) => hash,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let all = in_force(work.tx, new.jurisdiction, new.modality, new.purpose)?;
    let others = all.into_iter().filter(|text| text.language == new.language && text.hash != hash);
    let older: Vec<TextHash> = others.map(|text| text.hash).collect();
    for other in older.iter().filter(|_| replaces) {
        retire(work, acting, *other)?;
    }
    Ok(Ok(Published { hash, older }))
}

/// A text to the letter, in force or not; `None` for a hash that is not known.
///
/// # Errors
/// When the book cannot be read; [`crate::fault::FaultKind::Damaged`] when a letter was changed.
pub fn content(tx: &mut Tx<'_>, hash: TextHash) -> Result<Option<String>, Fault> {
    let row = tx.query_opt("SELECT content FROM consent_texts WHERE hash = $1", values![hash.0])?;
    let Some(mut row) = row else { return Ok(None) };
    let content = row.text(0)?;
    if text_hash(&content) == hash {
        Ok(Some(content))
    } else {
        Err(Fault::damaged("a consent's text was changed"))
    }
}
