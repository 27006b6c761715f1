//! The members' own keys: made before the member, destroyed before his rows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::db::{Connection, Tx};
use crate::dialect::{self, Place, Use};
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::ring::Ring;
use crate::keys::seal::{self, Key32, Secret, random};
use crate::migration::{self, KEYS};
use crate::values;

/// Keys that are made at once: an import pays one sync for so many members.
const SPARE_KEYS: usize = 256;

/// Spare keys older than this are left alone: start-up repair destroys keys that nobody uses after a day, and another
/// process may be the one that starts.
const SPARE_AGE_US_MAX: i64 = 12 * 60 * 60 * 1_000_000;

/// Opened keys that are kept in memory: the members of a busy day.
const OPENED_MAX: usize = 16_384;

/// Members whose keys are sealed anew in one commit of a rotation.
pub const ROTATION_BATCH: u32 = 1_000;

/// A member's data key: it seals and opens his fields. No `Debug`; wiped on drop.
#[derive(Clone)]
pub struct DataKey(Arc<Key32>);

/// Where a field stands. A sealed field opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Id,
    /// Whose it is.
    pub member: Id,
}

impl Field {
    /// The associated data of the seal, with the version of this form.
    fn place(&self) -> Vec<u8> {
        format!("1/{}/{}/{}/{}", self.table, self.column, self.row, self.member).into_bytes()
    }

    /// The context comes last, behind ids of a fixed length, so that no two places make the same bytes.
    fn place_for(&self, context: &str) -> Vec<u8> {
        [self.place(), vec![b'/'], context.as_bytes().to_vec()].concat()
    }

    fn does_not_open(&self) -> Fault {
        Fault::damaged(format!("{}.{} of row {} does not open", self.table, self.column, self.row))
    }
}

impl DataKey {
    /// Seals a value into its field.
    ///
    /// # Errors
    /// [`FaultKind::NoRandomness`].
    pub fn seal(&self, field: &Field, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.0, &field.place(), plain)
    }

    /// Seals a value into its field for one context only: a purpose, a model.
    ///
    /// # Errors
    /// [`FaultKind::NoRandomness`].
    pub fn seal_for(&self, field: &Field, context: &str, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        seal::seal(&self.0, &field.place_for(context), plain)
    }

    /// Opens what was sealed for this context.
    ///
    /// # Errors
    /// As [`DataKey::open`].
    pub fn open_for(&self, field: &Field, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        seal::open(&self.0, &field.place_for(context), sealed).ok_or_else(|| field.does_not_open())
    }

    /// Opens a field.
    ///
    /// # Errors
    /// [`FaultKind::Damaged`] when a bit was changed, or the value was moved from another field.
    pub fn open(&self, field: &Field, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        seal::open(&self.0, &field.place(), sealed).ok_or_else(|| field.does_not_open())
    }
}

/// The keys of an installation, opened.
pub struct Vault {
    connection: Mutex<Connection>,
    place: Place,
    /// A sync has failed, of the keys or of the book: nothing is written any more.
    halted: Arc<AtomicBool>,
    ring: RwLock<Arc<Ring>>,
    opened: Mutex<HashMap<Id, DataKey>>,
    spare: Mutex<Spare>,
}

/// Keys that were made beforehand, all at one moment.
#[derive(Default)]
struct Spare {
    keys: Vec<(Id, DataKey)>,
    made_us: i64,
}

/// What a sealed installation tells about itself before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealNote {
    /// `key_file` or `passphrase`: what to ask for.
    pub secret_kind: String,
}

impl Vault {
    /// Reads what the secret must be, without one.
    ///
    /// # Errors
    /// When the keys cannot be read. `None` when there are none yet.
    pub fn note(place: &Place) -> Result<Option<SealNote>, Fault> {
        if let Place::File(path) = place
            && !path.exists()
        {
            return Ok(None);
        }
        let mut connection = dialect::connect(place, Use::Write)?;
        migration::migrate(&mut connection, place, &KEYS, 0, |_| Ok(()))?;
        let row = connection.tx().query_opt("SELECT secret_kind FROM ring WHERE id = 1", &[])?;
        row.map(|mut row| Ok(SealNote { secret_kind: row.text(0)? })).transpose()
    }

    /// Opens the keys, or makes a new ring where there is none.
    ///
    /// # Errors
    /// [`FaultKind::WrongKey`] when the secret does not open the ring.
    pub(crate) fn open(place: &Place, secret: &Secret, now_us: i64) -> Result<Vault, Fault> {
        let mut connection = dialect::connect(place, Use::Write)?;
        migration::migrate(&mut connection, place, &KEYS, now_us, |_| Ok(()))?;
        let ring = match read_ring(&mut connection.tx(), secret)? {
            Some(ring) => ring,
            None => {
                // Two processes of a chain may start at the same moment. The ring of one of them stays, and both read it.
                write_ring(&mut connection.tx(), &Ring::generate()?, secret, "ON CONFLICT (id) DO NOTHING")?;
                read_ring(&mut connection.tx(), secret)?.ok_or_else(|| Fault::broken("the ring is gone"))?
            }
        };
        Ok(Vault {
            connection: Mutex::new(connection),
            place: place.clone(),
            halted: Arc::default(),
            ring: RwLock::new(Arc::new(ring)),
            opened: Mutex::default(),
            spare: Mutex::default(),
        })
    }

    /// The ring as it is now.
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Id, DataKey>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key for a new member, durable already.
    ///
    /// # Errors
    /// When the keys cannot be written.
    pub fn allot(&self, now_us: i64) -> Result<(Id, DataKey), Fault> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.keys.is_empty() || now_us.saturating_sub(spare.made_us) > SPARE_AGE_US_MAX {
            *spare = Spare { keys: self.make(SPARE_KEYS, now_us)?, made_us: now_us };
        }
        let (id, key) = spare.keys.pop().ok_or_else(|| Fault::broken("no key was made"))?;
        self.remember(id, key.clone());
        Ok((id, key))
    }

    fn make(&self, count: usize, now_us: i64) -> Result<Vec<(Id, DataKey)>, Fault> {
        let ring = self.ring();
        let version = ring.personal_version();
        let personal = ring.personal_key(version).ok_or_else(|| Fault::broken("a ring without a key"))?;
        let mut made = Vec::with_capacity(count);
        self.in_transaction(|tx| {
            made.clear();
            for _ in 0..count {
                let (id, key) = (Id::new(now_us)?, random::<32>()?);
                let sealed = seal::seal(personal, &key_place(id, version), key.as_slice())?;
                tx.execute(
                    "INSERT INTO member_keys (id, ring_version, sealed, made_us) VALUES ($1, $2, $3, $4)",
                    values![id, version, sealed, now_us],
                )?;
                made.push((id, DataKey(Arc::new(key))));
            }
            Ok(())
        })?;
        Ok(made)
    }

    /// Whether a sync has failed; one answer for the keys and the book.
    pub(crate) fn halted(&self) -> &Arc<AtomicBool> {
        &self.halted
    }

    /// Runs `work` in a transaction of the keys' own database, unless an earlier one did not reach the disk.
    fn in_transaction<T>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.halted.load(Ordering::Acquire) {
            return Err(Fault::new(FaultKind::Halted, "an earlier write failed"));
        }
        let done = self.transaction(work);
        let written_back = dialect::write_back(&mut self.connection(), &self.place);
        self.note_halt(written_back).and(self.note_halt(done))
    }

    fn note_halt<T>(&self, done: Result<T, Fault>) -> Result<T, Fault> {
        done.inspect_err(|fault| {
            if fault.kind == FaultKind::Halted {
                self.halted.store(true, Ordering::Release);
            }
        })
    }

    /// Drops what was overwritten from the log as well.
    fn forget_overwritten(&self) -> Result<(), Fault> {
        let forgotten = dialect::forget_overwritten(&mut self.connection());
        self.note_halt(forgotten)
    }

    fn transaction<T>(&self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut connection = self.connection();
        if let Err(fault) = dialect::begin_write(&mut connection) {
            self.reconnect(&mut connection, fault)?;
            dialect::begin_write(&mut connection)?;
        }
        let done = work(&mut connection.tx()).and_then(|value| connection.batch("COMMIT").map(|()| value));
        if done.is_err() {
            // Whatever failed has often taken back by itself; the first fault is the one to tell.
            drop(connection.batch("ROLLBACK"));
        }
        done
    }

    fn remember(&self, id: Id, key: DataKey) {
        let mut opened = self.opened();
        if opened.len() >= OPENED_MAX {
            // Any of them may go: it is opened again when it is asked for.
            opened.clear();
        }
        opened.insert(id, key);
    }

    /// A member's key; `None` when it was destroyed.
    ///
    /// # Errors
    /// When the keys cannot be read, or the key does not open.
    pub fn key(&self, id: Id) -> Result<Option<DataKey>, Fault> {
        if let Some(key) = self.opened().get(&id) {
            return Ok(Some(key.clone()));
        }
        let row = self.ask(|tx| {
            tx.query_opt("SELECT ring_version, sealed FROM member_keys WHERE id = $1", values![id])
        })?;
        let Some(mut row) = row else { return Ok(None) };
        let key = open_key(&self.ring(), id, row.number(0)?, &row.blob(1)?)?;
        self.remember(id, key.clone());
        Ok(Some(key))
    }

    /// A member's key that must be there: his rows are.
    ///
    /// # Errors
    /// As [`Vault::key`]; [`FaultKind::Damaged`] when there is none.
    pub fn key_of_member(&self, id: Id) -> Result<DataKey, Fault> {
        self.key(id)?.ok_or_else(|| Fault::damaged(format!("the key {id} is missing")))
    }

    /// All keys, for the start: without keeping them.
    ///
    /// # Errors
    /// As [`Vault::key`], and whatever `each` fails with.
    pub fn for_each(&self, mut each: impl FnMut(Id, i64, DataKey) -> Result<(), Fault>) -> Result<(), Fault> {
        let ring = self.ring();
        self.connect_again()?;
        self.connection().tx().for_each(
            "SELECT id, ring_version, sealed, made_us FROM member_keys",
            &[],
            |mut row| {
                let id = row.id(0)?;
                let key = open_key(&ring, id, row.number(1)?, &row.blob(2)?)?;
                each(id, row.integer(3)?, key)
            },
        )
    }

    /// Whether there ever was a member.
    pub(crate) fn has_members(&self) -> Result<bool, Fault> {
        self.ask(|tx| {
            let made = "SELECT 1 FROM member_keys UNION ALL SELECT 1 FROM destroyed_keys LIMIT 1";
            Ok(tx.query_opt(made, &[])?.is_some())
        })
    }

    /// Every key with whether it opens, for a check.
    pub(crate) fn try_each(&self, mut each: impl FnMut(Id, bool)) -> Result<(), Fault> {
        let ring = self.ring();
        self.connect_again()?;
        self.connection().tx().for_each("SELECT id, ring_version, sealed FROM member_keys", &[], |mut row| {
            let id = row.id(0)?;
            each(id, open_key(&ring, id, row.number(1)?, &row.blob(2)?).is_ok());
            Ok(())
        })
    }

    /// Before a question whose rows go out one by one and cannot be asked twice.
    fn connect_again(&self) -> Result<(), Fault> {
        self.ask(|tx| tx.query("SELECT 1", &[]).map(drop))
    }

    /// Asks the keys' own database, once more when its server has started again meanwhile.
    pub(crate) fn ask<T>(
        &self,
        mut question: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut connection = self.connection();
        question(&mut connection.tx()).or_else(|fault| {
            self.reconnect(&mut connection, fault)?;
            question(&mut connection.tx())
        })
    }

    /// A new connection in the place of one that broke; any other fault is given back.
    fn reconnect(&self, connection: &mut Connection, fault: Fault) -> Result<(), Fault> {
        if fault.kind != FaultKind::Unreachable || connection.answers() {
            return Err(fault);
        }
        *connection = dialect::connect(&self.place, Use::Write)?;
        Ok(())
    }

    /// Destroys keys for good: what they sealed can never be read again, wherever a copy of it lies.
    ///
    /// # Errors
    /// When the keys cannot be written: then they are all still there. When the log cannot be cut back, they are gone from the
    /// book's view and not from the disk yet: ask again.
    pub fn destroy(&self, ids: &[Id], now_us: i64) -> Result<(), Fault> {
        self.in_transaction(|tx| {
            for id in ids {
                tx.execute(
                    "INSERT INTO destroyed_keys (id, destroyed_us) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                    values![*id, now_us],
                )?;
                tx.execute("DELETE FROM member_keys WHERE id = $1", values![*id])?;
            }
            Ok(())
        })?;
        self.opened().retain(|id, _| !ids.contains(id));
        self.forget_overwritten()
    }

    /// The keys that were made before a moment: for start-up repair, which looks whether anybody uses them.
    pub(crate) fn made_before(&self, us: i64) -> Result<Vec<Id>, Fault> {
        let rows =
            self.connection().tx().query("SELECT id FROM member_keys WHERE made_us < $1", values![us])?;
        rows.into_iter().map(|mut row| row.id(0)).collect()
    }

    /// Takes away keys that never sealed anything that is kept. They are not on the list of destroyed ones: there is
    /// nothing that they could bring back.
    pub(crate) fn discard(&self, ids: &[Id]) -> Result<(), Fault> {
        self.in_transaction(|tx| {
            for id in ids {
                tx.execute("DELETE FROM member_keys WHERE id = $1", values![*id])?;
            }
            Ok(())
        })?;
        self.opened().retain(|id, _| !ids.contains(id));
        Ok(())
    }

    /// The ids of all destroyed keys with the time: the list that is replayed on a restore.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn destroyed(&self) -> Result<Vec<(Id, i64)>, Fault> {
        let rows = self.ask(|tx| tx.query("SELECT id, destroyed_us FROM destroyed_keys ORDER BY id", &[]))?;
        rows.into_iter().map(|mut row| Ok((row.id(0)?, row.integer(1)?))).collect()
    }

    /// Destroys what a list from elsewhere says was destroyed: an old backup must not bring anybody back. Tells how many
    /// keys were still here.
    ///
    /// # Errors
    /// As [`Vault::destroy`].
    pub fn replay_destroyed(&self, list: &[(Id, i64)]) -> Result<u64, Fault> {
        let revived = self.in_transaction(|tx| {
            let mut revived = 0;
            for (id, destroyed_us) in list {
                tx.execute(
                    "INSERT INTO destroyed_keys (id, destroyed_us) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                    values![*id, *destroyed_us],
                )?;
                revived += tx.execute("DELETE FROM member_keys WHERE id = $1", values![*id])?;
            }
            Ok(revived)
        })?;
        self.opened().clear();
        self.forget_overwritten()?;
        Ok(revived)
    }

    /// Seals the ring under another secret. The ring is read with the one that opens it now, in the same transaction: what
    /// another process has added to it since this one opened it must not be lost. Killed at any moment, either the old
    /// secret or the new one opens the keys, and never both. Tells whether what was sealed under the old one has left the log
    /// too: a backup that is at work holds it there, until a rotation or a destroyed key cuts the log back.
    ///
    /// # Errors
    /// [`FaultKind::WrongKey`] when `now` does not open the ring. When the keys cannot be written, the old secret is still
    /// the right one.
    pub fn change_secret(&self, now: &Secret, new: &Secret) -> Result<bool, Fault> {
        self.in_transaction(|tx| {
            let ring = read_ring(tx, now)?.ok_or_else(|| Fault::broken("the ring is gone"))?;
            write_ring(tx, &ring, new, INSTEAD)?;
            // Before the old one is let go: the new one must open what was just written.
            read_ring(tx, new).map(drop)
        })?;
        match self.forget_overwritten() {
            Ok(()) => Ok(true),
            Err(fault) if fault.kind == FaultKind::Busy => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// Begins a rotation of the personal data key, or finds one under way; `secret` must open the ring, for the ring changes.
    ///
    /// # Errors
    /// [`FaultKind::WrongKey`] for another secret, and when the keys cannot be written.
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
        let ring = self.ring();
        let newest = ring.personal_version();
        let personal = ring.personal_key(newest).ok_or_else(|| Fault::broken("a ring without a key"))?;
        self.in_transaction(|tx| {
            let rows = tx.query(
                "SELECT id, ring_version, sealed FROM member_keys WHERE ring_version < $1 LIMIT $2",
                values![newest, ROTATION_BATCH],
            )?;
            for mut row in rows {
                let id = row.id(0)?;
                let key = open_key(&ring, id, row.number(1)?, &row.blob(2)?)?;
                let sealed = seal::seal(personal, &key_place(id, newest), key.0.as_slice())?;
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

    /// Forgets the old version, once no key is sealed under it.
    ///
    /// # Errors
    /// [`FaultKind::Broken`] while keys are left, [`FaultKind::WrongKey`] for another secret.
    pub fn end_rotation(&self, secret: &Secret) -> Result<(), Fault> {
        if self.rotate_batch()? > 0 {
            return Err(Fault::broken("keys are left under the old version"));
        }
        self.change_ring(secret, |ring| {
            ring.end_rotation();
            Ok(())
        })?;
        self.forget_overwritten()
    }

    fn change_ring(
        &self,
        secret: &Secret,
        mut change: impl FnMut(&mut Ring) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let changed = self.in_transaction(|tx| {
            let mut ring = read_ring(tx, secret)?.ok_or_else(|| Fault::broken("the ring is gone"))?;
            change(&mut ring)?;
            write_ring(tx, &ring, secret, INSTEAD)?;
            Ok(ring)
        })?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(changed);
        Ok(())
    }
}

fn key_place(id: Id, version: u32) -> Vec<u8> {
    format!("member_keys/{id}/{version}").into_bytes()
}

fn open_key(ring: &Ring, id: Id, version: u32, sealed: &[u8]) -> Result<DataKey, Fault> {
    let plain = ring
        .personal_key(version)
        .and_then(|personal| seal::open(personal, &key_place(id, version), sealed))
        .ok_or_else(|| Fault::damaged(format!("the key {id} does not open")))?;
    let bytes: [u8; 32] = plain
        .as_slice()
        .try_into()
        .map_err(|_| Fault::damaged(format!("the key {id} has another length")))?;
    Ok(DataKey(Arc::new(Zeroizing::new(bytes))))
}

/// The ring, opened; `None` when there is none yet.
fn read_ring(tx: &mut Tx<'_>, secret: &Secret) -> Result<Option<Ring>, Fault> {
    let Some(mut row) = tx.query_opt("SELECT salt, sealed FROM ring WHERE id = 1", &[])? else {
        return Ok(None);
    };
    let root = secret.root_key(&row.bytes(0)?)?;
    let ring = Ring::open(&root, &row.blob(1)?);
    ring.map(Some).ok_or_else(|| Fault::new(FaultKind::WrongKey, "the ring does not open"))
}

/// The ring takes the place of the one that is there.
const INSTEAD: &str = "ON CONFLICT (id) DO UPDATE
    SET secret_kind = excluded.secret_kind, salt = excluded.salt, sealed = excluded.sealed";

fn write_ring(
    tx: &mut Tx<'_>,
    ring: &Ring,
    secret: &Secret,
    when_there_is_one: &'static str,
) -> Result<(), Fault> {
    let salt = random::<16>()?;
    let sealed = ring.seal(&secret.root_key(&salt)?)?;
    tx.execute(
        &format!(
            "INSERT INTO ring (id, secret_kind, salt, sealed) VALUES (1, $1, $2, $3) {when_there_is_one}"
        ),
        values![secret.kind(), *salt, sealed],
    )
    .map(drop)
}
