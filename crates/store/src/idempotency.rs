//! Requests that a caller may send twice: the header `Idempotency-Key`, kept with the answer.
//!
//! A request is claimed in a write of its own, done, and completed. Who asks again gets the answer of then; who asks meanwhile is
//! told that it runs. A claim whose program died expires after [`CLAIM_US`], and the same request may be done again: its
//! [`Claim::operation`] is the same as then, so that what moves a door or money is still done once.
//!
//! An answer may hold personal data. It is sealed under a key of the installation, for it may be about several members or none, and
//! it goes after [`KEPT_US`]: far within the bound of an erasure. Of the key and the request only keyed hashes are kept, because
//! clients put receipts and phones into both.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Actor};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::{Aside, LOOKUP_BYTES, Lookup, Ring};
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// The most characters of a key.
pub const KEY_CHARS_MAX: usize = 200;

/// How long a claim holds without an answer, in microseconds.
pub const CLAIM_US: i64 = 300_000_000;

/// How long an answer is kept, in microseconds: a day, and an hour for clocks and queues.
pub const KEPT_US: i64 = 25 * 3_600_000_000;

/// The largest body of an answer that is kept, in bytes.
pub const BODY_BYTES_MAX: usize = 65_536;

/// Requests that one call of [`sweep`] forgets at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

/// What a caller names his request by: 1 to [`KEY_CHARS_MAX`] visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// Why a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// There is nothing in it.
    Empty,
    /// It has more than [`KEY_CHARS_MAX`] characters.
    TooLong,
    /// It has something other than visible ASCII characters.
    Character,
}

impl Key {
    /// Checks a key. The checks stand in the order of [`KeyRefusal`].
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Key, KeyRefusal> {
        if text.is_empty() {
            return Err(KeyRefusal::Empty);
        }
        if text.len() > KEY_CHARS_MAX {
            return Err(KeyRefusal::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyRefusal::Character);
        }
        Ok(Key(text.to_owned()))
    }
}

/// What a request asks for, as a hash: of another one under the same key nothing is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// That of a method, a path with its query, and a body. Each part stands behind its length, so that no two requests make the
    /// same bytes.
    #[must_use]
    pub fn of(method: &str, path: &str, body: &[u8]) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Fingerprint(hash.finalize().into())
    }
}

/// An answer to be given again. No `Debug`: it may be about a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status, as HTTP has it.
    pub status: u16,
    /// The type of the body; nothing when there is none.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request that is this caller's to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    key: [u8; LOOKUP_BYTES],
    claim: Id,
    operation: Id,
}

impl Claim {
    /// The id of what is to be done: the same for the same caller and key, also when the claim is another one.
    #[must_use]
    pub const fn operation(&self) -> Id {
        self.operation
    }
}

/// What became of asking for a claim.
pub enum Claimed {
    /// Do it, then [`complete`] or [`release`].
    New(Claim),
    /// It is being done.
    Running,
    /// It was done, with this answer.
    Done(Answer),
    /// The key was used for another request.
    OtherRequest,
}

/// Claims a request for whoever acts. Another request under a key is refused before anything else, also when the first one died.
///
/// # Errors
/// When it cannot be written: then nothing may be done.
pub fn claim(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    key: &Key,
    request: &Fingerprint,
) -> Result<Claimed, Fault> {
    let ring = work.vault.ring();
    let hash = key_hash(&ring, acting.actor, key);
    let request = ring.lookup(Lookup::RequestContent, &request.0);
    let new = Claim { key: hash, claim: Id::new(acting.now_us)?, operation: operation(&hash) };
    let added = work.tx.execute(
        "INSERT INTO idempotency_keys (key_hash, caller_kind, caller_id, request_hash, claim_id, claimed_us)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key_hash) DO NOTHING",
        values![hash, acting.actor.kind(), acting.actor.id(), request, new.claim, acting.now_us],
    )?;
    if added == 1 {
        return Ok(Claimed::New(new));
    }
    let sql =
        "SELECT request_hash, claimed_us, answer_sealed, status FROM idempotency_keys WHERE key_hash = $1";
    let mut row = work.tx.query_one(sql, values![hash])?;
    if row.bytes(0)? != request {
        return Ok(Claimed::OtherRequest);
    }
    if !row.is_null(3) {
        return answer(&ring, hash, &mut row).map(Claimed::Done);
    }
    if row.integer(1)? > acting.now_us.saturating_sub(CLAIM_US) {
        return Ok(Claimed::Running);
    }
    let sql = "UPDATE idempotency_keys SET claim_id = $1, claimed_us = $2 WHERE key_hash = $3";
    work.tx.execute(sql, values![new.claim, acting.now_us, hash])?;
    Ok(Claimed::New(new))
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKept {
    /// The body has more than [`BODY_BYTES_MAX`] bytes.
    TooLarge,
    /// The claim expired meanwhile, and somebody else may do the request: give the answer all the same, what was done is done.
    Lost,
}

/// Keeps the answer of a request that was claimed, once it is known.
///
/// # Errors
/// When it cannot be written: the claim expires by itself; the inner error when it must not be.
pub fn complete(
    work: &mut Work<'_, '_>,
    claim: &Claim,
    answer: &Answer,
) -> Result<Result<(), NotKept>, Fault> {
    if answer.body.len() > BODY_BYTES_MAX {
        return Ok(Err(NotKept::TooLarge));
    }
    let content_type = answer.content_type.as_deref().unwrap_or("");
    let length = u8::try_from(content_type.len()).map_err(|_| Fault::broken("a content type is too long"))?;
    let record = Zeroizing::new([&[length], content_type.as_bytes(), &answer.body].concat());
    let row = Id::from_bytes(claim.key);
    let sealed = work.vault.ring().seal_aside(Aside::RequestAnswer, row, &record)?;
    let kept = work.tx.execute(
        "UPDATE idempotency_keys SET status = $1, answer_sealed = $2
         WHERE key_hash = $3 AND claim_id = $4 AND status IS NULL",
        values![i64::from(answer.status), sealed, claim.key, claim.claim],
    )?;
    Ok(if kept == 1 { Ok(()) } else { Err(NotKept::Lost) })
}

/// Gives a claim back whose request came to nothing, as when the book could not be written: the next one may try at once.
///
/// # Errors
/// When it cannot be written: the claim expires by itself.
pub fn release(tx: &mut Tx<'_>, claim: &Claim) -> Result<(), Fault> {
    let sql = "DELETE FROM idempotency_keys WHERE key_hash = $1 AND claim_id = $2 AND status IS NULL";
    tx.execute(sql, values![claim.key, claim.claim]).map(drop)
}

/// Forgets requests that are older than [`KEPT_US`], and tells how many; [`SWEPT_AT_ONCE_MAX`] when there are more.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(tx: &mut Tx<'_>, now_us: i64) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM idempotency_keys WHERE key_hash IN
             (SELECT key_hash FROM idempotency_keys WHERE claimed_us <= $1 ORDER BY claimed_us LIMIT $2)",
        values![now_us.saturating_sub(KEPT_US), SWEPT_AT_ONCE_MAX],
    )
}

/// What was sealed of an answer: the length of the content type, the content type, the body.
fn answer(ring: &Ring, hash: [u8; LOOKUP_BYTES], row: &mut Row) -> Result<Answer, Fault> {
    let damaged = || Fault::damaged("an answer that was kept does not open");
    let row_id = Id::from_bytes(hash);
    let opened = ring.open_aside(Aside::RequestAnswer, row_id, &row.blob(2)?).ok_or_else(damaged)?;
    let (&length, rest) = opened.split_first().ok_or_else(damaged)?;
    let (content_type, body) = rest.split_at_checked(usize::from(length)).ok_or_else(damaged)?;
    let content_type = std::str::from_utf8(content_type).map_err(|_| damaged())?.to_owned();
    Ok(Answer {
        status: u16::try_from(row.integer(3)?).map_err(|_| damaged())?,
        content_type: Some(content_type).filter(|kind| !kind.is_empty()),
        body: body.to_vec(),
    })
}

/// The same key of two callers is two keys.
fn key_hash(ring: &Ring, caller: Actor, key: &Key) -> [u8; LOOKUP_BYTES] {
    let id = caller.id().map_or_else(Vec::new, |id| id.bytes().to_vec());
    let value = [caller.kind().as_bytes(), &[0], &id, &[0], key.0.as_bytes()].concat();
    ring.lookup(Lookup::RequestKey, &value)
}

fn operation(hash: &[u8; LOOKUP_BYTES]) -> Id {
    let hash = Sha256::new().chain_update(b"bonafide/operation/1").chain_update(hash).finalize();
    Id::from_bytes(std::array::from_fn(|at| hash[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_to_two_hundred_visible_characters() {
        let long = "k".repeat(KEY_CHARS_MAX);
        for good in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted\"", "~", long.as_str()] {
            assert!(Key::parse(good).is_ok(), "{good}");
        }
        let longer = format!("{long}k");
        for (bad, refusal) in [
            ("", KeyRefusal::Empty),
            (longer.as_str(), KeyRefusal::TooLong),
            ("a b", KeyRefusal::Character),
            ("a\n", KeyRefusal::Character),
            ("ключ", KeyRefusal::Character),
        ] {
            assert_eq!(Key::parse(bad).err(), Some(refusal), "{bad}");
        }
    }

    #[test]
    fn no_two_requests_have_one_fingerprint() {
        let all = [
            Fingerprint::of("POST", "/a", b"b"),
            Fingerprint::of("PUT", "/a", b"b"),
            Fingerprint::of("POST", "/ab", b""),
            Fingerprint::of("POST", "/", b"ab"),
            Fingerprint::of("POST", "/a", b"B"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| other.0 != one.0), "{at}");
        }
    }
}
