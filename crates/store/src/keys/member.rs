//! The members' own keys: made before the member, destroyed before his rows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::db::{Connection, Tx};
use crate::dialect::{self, Place, Use};
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::keys::kept_ring::{read_ring, reopened, write_first_ring};
use crate::keys::ring::Ring;
use crate::keys::seal::{self, Key32, SEAL_OVERHEAD_BYTES, Secret, random};
use crate::migration::{self, KEYS};
use crate::values;

/// Keys that are made at once. A command that adds one member makes a few; an import, which asks again and again, doubles them
/// until it pays one sync for so many members.
const SPARE_KEYS: std::ops::RangeInclusive<usize> = 8..=256;

/// Spare keys older than this are left alone: start-up repair destroys keys that nobody uses after a day, and another
/// process may be the one that starts.
const SPARE_AGE_US_MAX: i64 = 12 * 60 * 60 * 1_000_000;

/// Opened keys that are kept in memory: the members of a busy day.
const OPENED_MAX: usize = 16_384;

/// How often a transaction of the keys is run that loses against another process.
const CONFLICT_TRIES: u32 = 4;

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
    /// The key itself, to be sealed under another.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

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

/// Bytes of a member's key as it lies there.
const SEALED_KEY_BYTES: usize = 32 + SEAL_OVERHEAD_BYTES;

/// A member's key as it lies there.
pub(crate) struct SealedKey {
    version: u32,
    sealed: [u8; SEALED_KEY_BYTES],
}

/// Keys as they lie there, by their ids.
pub(crate) type SealedKeys = HashMap<Id, SealedKey>;

impl SealedKey {
    /// The key, opened.
    pub(crate) fn open(&self, ring: &Ring, id: Id) -> Result<DataKey, Fault> {
        open_key(ring, id, self.version, &self.sealed)
    }
}

/// The keys of an installation, opened.
pub struct Vault {
    connection: Mutex<Connection>,
    place: Place,
    /// A sync has failed, of the keys or of the book: nothing is written any more.
    halted: Arc<AtomicBool>,
    ring: RwLock<Arc<Ring>>,
    /// What opens the ring as it is kept: another process may have added a key to it.
    root: RwLock<Key32>,
    opened: Mutex<HashMap<Id, DataKey>>,
    spare: Mutex<Spare>,
}

/// Keys that were made beforehand, all at one moment.
struct Spare {
    keys: Vec<(Id, DataKey)>,
    made_us: i64,
    /// How many are made the next time.
    next: usize,
}

impl Default for Spare {
    fn default() -> Spare {
        Spare { keys: Vec::new(), made_us: 0, next: *SPARE_KEYS.start() }
    }
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
        let (ring, root) = match read_ring(&mut connection.tx(), secret)? {
            Some(ring) => ring,
            None => {
                // Two processes of a chain may start at the same moment. The ring of one of them stays, and both read it.
                write_first_ring(&mut connection.tx(), &Ring::generate()?, secret)?;
                read_ring(&mut connection.tx(), secret)?.ok_or_else(|| Fault::broken("the ring is gone"))?
            }
        };
        Ok(Vault {
            connection: Mutex::new(connection),
            place: place.clone(),
            halted: Arc::default(),
            ring: RwLock::new(Arc::new(ring)),
            root: RwLock::new(root),
            opened: Mutex::default(),
            spare: Mutex::default(),
        })
    }

    /// The ring as it is now.
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn opened(&self) -> MutexGuard<'_, HashMap<Id, DataKey>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key for a new member, durable already.
    ///
    /// # Errors
    /// When the keys cannot be written.
    pub fn allot(&self, now_us: i64) -> Result<(Id, DataKey), Fault> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let too_old = now_us.saturating_sub(spare.made_us) > SPARE_AGE_US_MAX;
        if spare.keys.is_empty() || too_old {
            // Those that grew too old were too many: a program that adds some members a day begins small each day.
            let count = if too_old { *SPARE_KEYS.start() } else { spare.next };
            let keys = self.make(count, now_us)?;
            *spare = Spare { keys, made_us: now_us, next: (count * 2).min(*SPARE_KEYS.end()) };
        }
        let (id, key) = spare.keys.pop().ok_or_else(|| Fault::broken("no key was made"))?;
        self.remember(id, key.clone());
        Ok((id, key))
    }

    fn make(&self, count: usize, now_us: i64) -> Result<Vec<(Id, DataKey)>, Fault> {
        let root = self.root();
        let mut made = Vec::with_capacity(count);
        self.in_transaction(|tx| {
            // The ring as it is now, read in the same transaction: a key that is sealed under a version that another process has
            // just forgotten could never be opened again.
            let ring = reopened(tx, &root)?;
            let version = ring.personal_version();
            let personal = ring.personal_key(version).ok_or_else(|| Fault::broken("a ring without a key"))?;
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

    pub(super) fn root(&self) -> Key32 {
        self.root.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_root(&self, root: Key32) {
        *self.root.write().unwrap_or_else(PoisonError::into_inner) = root;
    }

    pub(super) fn set_ring(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Reads the ring again: another process may have begun or ended a rotation.
    ///
    /// # Errors
    /// [`FaultKind::WrongKey`] when another process has changed the secret too: this one must be unsealed anew.
    pub(crate) fn read_ring_again(&self) -> Result<(), Fault> {
        let root = self.root();
        self.set_ring(self.ask(|tx| reopened(tx, &root))?);
        Ok(())
    }

    /// Forgets the keys that were opened: another process may have destroyed some of them.
    pub(crate) fn forget_opened(&self) {
        self.opened().clear();
    }

    /// Whether a sync has failed; one answer for the keys and the book.
    pub(crate) fn halted(&self) -> &Arc<AtomicBool> {
        &self.halted
    }

    /// Runs `work` in a transaction of the keys' own database, unless an earlier one did not reach the disk.
    pub(super) fn in_transaction<T>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.halted.load(Ordering::Acquire) {
            return Err(Fault::new(FaultKind::Halted, "an earlier write failed"));
        }
        let done = self.transaction(work);
        let written_back = dialect::write_keys_log_back(&mut self.connection(), &self.place);
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
    pub(super) fn forget_overwritten(&self) -> Result<(), Fault> {
        let forgotten = dialect::forget_overwritten(&mut self.connection());
        self.note_halt(forgotten)
    }

    /// On a server, two that contradict each other cannot both commit: the one that loses runs again.
    fn transaction<T>(&self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut tries = 1;
        loop {
            match self.transaction_once(&mut work) {
                Err(fault) if dialect::is_conflict(&fault) && tries < CONFLICT_TRIES => tries += 1,
                done => return done,
            }
        }
    }

    fn transaction_once<T>(
        &self,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
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
        let version = row.number(0)?;
        if self.ring().personal_key(version).is_none() {
            self.read_ring_again()?;
        }
        let key = open_key(&self.ring(), id, version, &row.blob(1)?)?;
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

    /// All keys as they lie there, with the ring that opens them: for the start, without keeping them.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub(crate) fn sealed_keys(&self) -> Result<(SealedKeys, Arc<Ring>), Fault> {
        self.read_ring_again()?;
        let mut keys = SealedKeys::default();
        let every = "SELECT id, ring_version, sealed FROM member_keys";
        self.connection().tx().for_each(every, &[], |mut row| {
            keys.insert(row.id(0)?, SealedKey { version: row.number(1)?, sealed: row.bytes(2)? });
            Ok(())
        })?;
        Ok((keys, self.ring()))
    }

    /// Whether there ever was a member.
    pub(crate) fn has_members(&self) -> Result<bool, Fault> {
        self.ask(|tx| {
            let made = "SELECT 1 FROM member_keys UNION ALL SELECT 1 FROM destroyed_keys LIMIT 1";
            Ok(tx.query_opt(made, &[])?.is_some())
        })
    }

    /// Every key with whether it opens, for a check.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn try_each(&self, mut each: impl FnMut(Id, bool)) -> Result<(), Fault> {
        self.read_ring_again()?;
        let ring = self.ring();
        self.connection().tx().for_each("SELECT id, ring_version, sealed FROM member_keys", &[], |mut row| {
            let id = row.id(0)?;
            each(id, open_key(&ring, id, row.number(1)?, &row.blob(2)?).is_ok());
            Ok(())
        })
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
}

pub(super) fn key_place(id: Id, version: u32) -> Vec<u8> {
    format!("member_keys/{id}/{version}").into_bytes()
}

pub(super) fn open_key(ring: &Ring, id: Id, version: u32, sealed: &[u8]) -> Result<DataKey, Fault> {
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
