//! Who is signed in. A session has a token of 256 random bits that only the browser knows; the book has its hash.
//!
//! A plain hash is enough: nobody can try out 2^256 tokens. Signing in makes a new token each time (case W-09).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::seal::random;
use crate::staff::{KeptEmployee, TABLE, get};
use crate::store::Work;
use crate::values;

/// Bytes of a token.
pub const TOKEN_BYTES: usize = 32;

/// How long a session lasts, in microseconds: a long shift.
pub const SESSION_US: i64 = 14 * 60 * 60 * 1_000_000;

/// Sessions of one employee at once; the oldest go.
pub const SESSIONS_MAX: u32 = 20;

/// Sessions that one call of [`sweep`] forgets at most.
pub const SWEPT_AT_ONCE_MAX: u32 = 1_000;

/// What a browser shows to be let in again.
#[derive(Clone)]
pub struct Token(Zeroizing<[u8; TOKEN_BYTES]>);

impl Token {
    /// Of the bytes that the browser brought.
    #[must_use]
    pub fn of(bytes: [u8; TOKEN_BYTES]) -> Token {
        Token(Zeroizing::new(bytes))
    }

    /// The secret itself, for the browser that it is made for.
    #[must_use]
    pub fn expose(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_slice()).to_vec()
    }
}

/// Signs an employee in. The session ends by itself after [`SESSION_US`].
///
/// # Errors
/// When it cannot be written.
pub fn begin(work: &mut Work<'_, '_>, acting: &Acting, employee: Id) -> Result<Token, Fault> {
    let token = Token(random()?);
    work.tx.execute("DELETE FROM sessions WHERE expires_us <= $1", values![acting.now_us])?;
    work.tx.execute(
        "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE employee_id = $1
             ORDER BY made_us DESC LIMIT 1000 OFFSET $2)",
        values![employee, SESSIONS_MAX - 1],
    )?;
    work.tx.execute(
        "INSERT INTO sessions (token_hash, employee_id, made_us, expires_us) VALUES ($1, $2, $3, $4)",
        values![token.hash(), employee, acting.now_us, acting.now_us.saturating_add(SESSION_US)],
    )?;
    record(work.tx, acting, "signed_in", Subject::row(TABLE, employee), None)?;
    Ok(token)
}

/// Who shows this token; nobody when it is unknown or over, or he has left.
///
/// # Errors
/// When the book cannot be read.
pub fn holder(tx: &mut Tx<'_>, token: &Token, now_us: i64) -> Result<Option<KeptEmployee>, Fault> {
    let row = tx.query_opt(
        "SELECT employee_id FROM sessions WHERE token_hash = $1 AND expires_us > $2",
        values![token.hash(), now_us],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    Ok(get(tx, row.id(0)?)?.filter(|employee| employee.left_us.is_none()))
}

/// Ends a session.
///
/// # Errors
/// When it cannot be written.
pub fn end(work: &mut Work<'_, '_>, token: &Token) -> Result<(), Fault> {
    work.tx.execute("DELETE FROM sessions WHERE token_hash = $1", values![token.hash()])?;
    Ok(())
}

/// Forgets sessions that are over, and tells how many; [`SWEPT_AT_ONCE_MAX`] when there are more. They open nothing before either.
///
/// # Errors
/// When it cannot be written.
pub fn sweep(tx: &mut Tx<'_>, now_us: i64) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM sessions WHERE token_hash IN
             (SELECT token_hash FROM sessions WHERE expires_us <= $1 ORDER BY expires_us LIMIT $2)",
        values![now_us, SWEPT_AT_ONCE_MAX],
    )
}

/// Ends all sessions of an employee.
pub(super) fn end_all(tx: &mut Tx<'_>, employee: Id) -> Result<(), Fault> {
    tx.execute("DELETE FROM sessions WHERE employee_id = $1", values![employee])?;
    Ok(())
}
