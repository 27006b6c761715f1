//! Changing what the keys hang on: the operator's secret, and the personal data key over the members' own.

use crate::fault::{Fault, FaultKind};
use crate::keys::kept_ring::{read_ring, reopened, write_ring_again, write_ring_under};
use crate::keys::member::{Vault, key_place, open_key};
use crate::keys::ring::Ring;
use crate::keys::seal::{self, Secret};
use crate::values;

/// Members whose keys are sealed anew in one commit of a rotation.
pub const ROTATION_BATCH: u32 = 1_000;

impl Vault {
    /// Seals the ring, as it is kept now, under another secret. Killed at any moment, either the old secret or the new one opens
    /// the keys, and never both. Tells whether what was sealed under the old one has left the log too: a backup that is at
    /// work holds it there, until a rotation or a destroyed key cuts the log back.
    ///
    /// # Errors
    /// When the keys cannot be written: then the old secret is still the right one.
    pub fn change_secret(&self, secret: &Secret) -> Result<bool, Fault> {
        let root = self.root();
        let root = self.in_transaction(|tx| {
            let ring = reopened(tx, &root)?;
            let root = write_ring_under(tx, &ring, secret)?;
            // Before the old one is let go: the new one must open what was just written.
            reopened(tx, &root).map(|_| root)
        })?;
        self.set_root(root);
        self.cut_log()
    }

    /// Begins a rotation of the personal data key, or finds one under way; `secret` must open the ring, for the ring changes.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::WrongKey`] for another secret, and when the keys cannot be written.
    pub fn begin_rotation(&self, secret: &Secret) -> Result<(), Fault> {
        self.change_ring(secret, |ring| ring.begin_rotation().map(drop))
    }

    /// How many keys a rotation has still to seal anew.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn left_to_rotate(&self) -> Result<u64, Fault> {
        let newest = self.ring().personal_version();
        let mut connection = self.connection();
        let mut left = connection
            .tx()
            .query_one("SELECT COUNT(*) FROM member_keys WHERE ring_version < $1", values![newest])?;
        Ok(left.integer(0)?.unsigned_abs())
    }

    /// Seals the next members' keys under the newest version; the answer is how many are left. Kill it when you like: it
    /// goes on where it was.
    ///
    /// # Errors
    /// When the keys cannot be written.
    pub fn rotate_batch(&self) -> Result<u64, Fault> {
        let root = self.root();
        self.in_transaction(|tx| {
            let ring = reopened(tx, &root)?;
            let newest = ring.personal_version();
            let personal = ring.personal_key(newest).ok_or_else(|| Fault::broken("a ring without a key"))?;
            let rows = tx.query(
                "SELECT id, ring_version, sealed FROM member_keys WHERE ring_version < $1 LIMIT $2",
                values![newest, ROTATION_BATCH],
            )?;
            for mut row in rows {
                let id = row.id(0)?;
                let key = open_key(&ring, id, row.number(1)?, &row.blob(2)?)?;
                let sealed = seal::seal(personal, &key_place(id, newest), key.bytes())?;
                tx.execute(
                    "UPDATE member_keys SET ring_version = $1, sealed = $2 WHERE id = $3",
                    values![newest, sealed, id],
                )?;
            }
            let mut left =
                tx.query_one("SELECT COUNT(*) FROM member_keys WHERE ring_version < $1", values![newest])?;
            Ok(left.integer(0)?.unsigned_abs())
        })
    }

    /// Forgets the old version, once no key is sealed under it. Tells whether it has left the log too: a backup that is at
    /// work holds it there, until the next rotation or a destroyed key cuts the log back.
    ///
    /// # Errors
    /// [`crate::fault::FaultKind::Broken`] while keys are left, [`crate::fault::FaultKind::WrongKey`] for another secret.
    pub fn end_rotation(&self, secret: &Secret) -> Result<bool, Fault> {
        if self.rotate_batch()? > 0 {
            return Err(Fault::broken("keys are left under the old version"));
        }
        self.change_ring(secret, |ring| {
            ring.end_rotation();
            Ok(())
        })?;
        self.cut_log()
    }

    /// Cuts the log, so that nothing overwritten is left in it; `false` while somebody holds it.
    fn cut_log(&self) -> Result<bool, Fault> {
        match self.forget_overwritten() {
            Ok(()) => Ok(true),
            Err(fault) if fault.kind == FaultKind::Busy => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    fn change_ring(
        &self,
        secret: &Secret,
        mut change: impl FnMut(&mut Ring) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let changed = self.in_transaction(|tx| {
            let (mut ring, root) = read_ring(tx, secret)?.ok_or_else(|| Fault::broken("the ring is gone"))?;
            change(&mut ring)?;
            write_ring_again(tx, &ring, &root)?;
            Ok(ring)
        })?;
        self.set_ring(changed);
        Ok(())
    }
}
