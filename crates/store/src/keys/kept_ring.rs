//! The ring in its table, sealed under the root key.

use crate::db::Tx;
use crate::fault::{Fault, FaultKind};
use crate::keys::ring::Ring;
use crate::keys::seal::{Key32, Secret, random};
use crate::values;

/// The ring and its root key; `None` when there is none yet.
pub(super) fn read_ring(tx: &mut Tx<'_>, secret: &Secret) -> Result<Option<(Ring, Key32)>, Fault> {
    let Some(mut row) = tx.query_opt("SELECT salt FROM ring WHERE id = 1", &[])? else {
        return Ok(None);
    };
    let root = secret.root_key(&row.bytes(0)?)?;
    Ok(Some((reopened(tx, &root)?, root)))
}

/// The ring as it is kept now, opened with the root key.
pub(super) fn reopened(tx: &mut Tx<'_>, root: &Key32) -> Result<Ring, Fault> {
    let sealed = tx.query_one("SELECT sealed FROM ring WHERE id = 1", &[])?.blob(0)?;
    Ring::open(root, &sealed).ok_or_else(|| Fault::new(FaultKind::WrongKey, "the ring does not open"))
}

/// Keeps the first ring of an installation, unless another process was faster.
pub(super) fn write_first_ring(tx: &mut Tx<'_>, ring: &Ring, secret: &Secret) -> Result<(), Fault> {
    write(tx, ring, secret, "ON CONFLICT (id) DO NOTHING").map(drop)
}

/// Keeps the ring under another secret; the answer is the new root key.
pub(super) fn write_ring_under(tx: &mut Tx<'_>, ring: &Ring, secret: &Secret) -> Result<Key32, Fault> {
    let instead = "ON CONFLICT (id) DO UPDATE
        SET secret_kind = excluded.secret_kind, salt = excluded.salt, sealed = excluded.sealed";
    write(tx, ring, secret, instead)
}

/// Keeps a changed ring under the same root key, with which the other processes of a chain read it again.
pub(super) fn write_ring_again(tx: &mut Tx<'_>, ring: &Ring, root: &Key32) -> Result<(), Fault> {
    tx.execute("UPDATE ring SET sealed = $1 WHERE id = 1", values![ring.seal(root)?]).map(drop)
}

fn write(
    tx: &mut Tx<'_>,
    ring: &Ring,
    secret: &Secret,
    when_there_is_one: &'static str,
) -> Result<Key32, Fault> {
    let salt = random::<16>()?;
    let root = secret.root_key(&salt)?;
    let sql = format!(
        "INSERT INTO ring (id, secret_kind, salt, sealed) VALUES (1, $1, $2, $3) {when_there_is_one}"
    );
    tx.execute(&sql, values![secret.kind(), *salt, ring.seal(&root)?])?;
    Ok(root)
}
