//! The book, opened: questions to the readers, changes to the writers, keys beside them.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::audit::order;
use crate::commits::{Commits, Listener};
use crate::db::Tx;
use crate::devices::known::KnownDevices;
use crate::devices::{Device, DeviceToken, TokenRefusal, find_by_token};
use crate::dialect::{self, Place, Use};
use crate::erasure::repair::repair;
use crate::fault::{Fault, FaultKind};
use crate::journal::Journal;
use crate::keys::member::Vault;
use crate::keys::seal::Secret;
use crate::migration::{self, BOOK};
use crate::readers::Readers;
use crate::sequencer::{Sequencer, Waker};
use crate::values;
use crate::writer::{BeforeCommit, Ends, Request, Verdict, Writers};

/// The book's file in a data folder.
pub const BOOK_FILE: &str = "book.db";

/// The keys' file in a data folder. Its backups live at most 30 days: SECURITY.md.
pub const KEYS_FILE: &str = "keys.db";

/// The file that says that a process owns the folder.
const LOCK_FILE: &str = "lock";

/// How often and how long apart the lock is tried: one that has just ended may still hold it, and so does a child of this
/// process until it has become another program.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// The setting that ties a book to its keys: the key that checks its audit's heads.
const VERIFYING_KEY: &str = "audit_verifying_key";

/// Where an installation keeps what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The book.
    pub book: Place,
    /// The keys: never in the same database.
    pub keys: Place,
    /// The folder that one process owns: the lock, and the files of SQLite.
    pub folder: PathBuf,
}

impl Places {
    /// Everything in one folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Places {
        Places {
            book: Place::File(folder.join(BOOK_FILE)),
            keys: Place::File(folder.join(KEYS_FILE)),
            folder: folder.to_owned(),
        }
    }
}

/// What a request may use: the transaction and the keys.
pub struct Work<'a, 'c> {
    /// The transaction.
    pub tx: &'a mut Tx<'c>,
    /// The keys.
    pub vault: &'a Vault,
}

/// The book of one installation. Dropping it ends the writers after what they have begun.
pub struct Store {
    // Dropped in this order: the sequencer asks the writers one last time.
    sequencer: Option<Sequencer>,
    writers: Arc<Writers>,
    readers: Readers,
    vault: Arc<Vault>,
    commits: Arc<Commits>,
    devices: Arc<KnownDevices>,
    book: Place,
    folder: PathBuf,
    /// For whom doors let in while the book cannot be written; empty until a server wants it.
    journal: OnceLock<Journal>,
    _lock: File,
}

impl Store {
    /// Opens the book, making it where there is none, brings it to this program's form, and finishes erasures that were cut
    /// off.
    ///
    /// # Errors
    /// [`FaultKind::Busy`] when another process owns the folder, [`FaultKind::WrongKey`], [`FaultKind::Version`], and
    /// whatever the databases fail with.
    pub fn open(places: &Places, secret: &Secret, now_us: i64) -> Result<Store, Fault> {
        let lock = lock(&places.folder)?;
        let vault = Arc::new(Vault::open(&places.keys, secret, now_us)?);
        let mut connection = dialect::connect(&places.book, Use::Write)?;
        migration::migrate(&mut connection, &places.book, &BOOK, now_us, |connection| {
            dialect::snapshot(connection, &places.folder, now_us)
        })?;
        bind_to_keys(&mut connection.tx(), &vault)?;
        drop(connection);
        let in_commit = places.book.orders_audit_in_commit();
        let ordering = Arc::clone(&vault);
        let before_commit: Arc<BeforeCommit> =
            Arc::new(
                move |tx: &mut Tx<'_>| {
                    if in_commit { order::order(tx, &ordering.ring()).map(drop) } else { Ok(()) }
                },
            );
        let commits = Arc::new(Commits::default());
        let devices = Arc::new(KnownDevices::default());
        let ends = Ends { before_commit, commits: Arc::clone(&commits), devices: Arc::clone(&devices) };
        let writers = Arc::new(Writers::start(&places.book, &ends, vault.halted())?);
        let sequencer = if in_commit { None } else { Some(Sequencer::start(&writers, &vault)?) };
        let readers = Readers::new(&places.book);
        let (book, folder) = (places.book.clone(), places.folder.clone());
        let journal = OnceLock::new();
        let store = Store {
            sequencer,
            writers,
            readers,
            vault,
            commits,
            devices,
            book,
            folder,
            journal,
            _lock: lock,
        };
        repair(&store, now_us)?;
        Ok(store)
    }

    /// Asks a question of one moment of the book.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub fn read<T>(&self, question: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.readers.read(question)
    }

    /// Asks a question of one statement, or of several that need not see one moment. It may be asked several times.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_statement<T>(
        &self,
        question: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.readers.read_statement(question)
    }

    /// The device with this token when it is remembered, without asking the book. Nothing is remembered on a server, where others write
    /// too.
    #[must_use]
    pub fn known_device(&self, token: &DeviceToken) -> Option<Device> {
        match &self.book {
            Place::File(_) => self.devices.get(&token.hash(&self.vault.ring())),
            Place::Server(_) => None,
        }
    }

    /// The device with this token. A revocation holds as soon as it is answered.
    ///
    /// # Errors
    /// When the book cannot be read; the inner error when the token opens nothing.
    pub fn device(&self, token: &DeviceToken) -> Result<Result<Device, TokenRefusal>, Fault> {
        if let Some(known) = self.known_device(token) {
            return Ok(Ok(known));
        }
        let since = self.devices.before_reading();
        let found = self.read_statement(|tx| find_by_token(tx, &self.vault, token))?;
        if let (Place::File(_), Ok(device)) = (&self.book, &found) {
            self.devices.remember(token.hash(&self.vault.ring()), device, since);
        }
        Ok(found)
    }

    /// Does `work` in a transaction and answers when it is durable. A refusal (the inner error) leaves nothing behind. On a
    /// server `work` may run several times, so that it must not remember.
    ///
    /// # Errors
    /// The outer error, when it cannot be written: then nothing of it is there, but for [`FaultKind::Unknown`] and
    /// [`FaultKind::Halted`], which may turn out either way when the book is opened again.
    pub fn write<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
    ) -> Result<Result<T, R>, Fault>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.ask(work, false)
    }

    /// The same without waiting: `then` gets the answer, in the thread that writes, so that it must not wait and must not ask the book.
    /// When the writers have ended, it is dropped.
    pub fn write_then<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
        then: impl FnOnce(Result<Result<T, R>, Fault>) + Send + 'static,
    ) where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.ask_then(work, false, then);
    }

    /// The same for work of which every two that must not run beside each other change one row, and whose new ids are unique: a
    /// purchase changes its wallet's. On a server it is run again only when it lost against one of these, and not when others looked
    /// for their own new ids nearby. What is decided by rows that are only read belongs into [`Store::write`].
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_by_rows<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
    ) -> Result<Result<T, R>, Fault>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.ask(work, true)
    }

    /// [`Store::write_by_rows`] as [`Store::write_then`].
    pub fn write_by_rows_then<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
        then: impl FnOnce(Result<Result<T, R>, Fault>) + Send + 'static,
    ) where
        T: Send + 'static,
        R: Send + 'static,
    {
        self.ask_then(work, true, then);
    }

    fn ask<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
        by_rows: bool,
    ) -> Result<Result<T, R>, Fault>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        // Whoever asked may have gone; what is done is done.
        self.ask_then(work, by_rows, move |done| drop(reply.send(done)));
        answer.recv().map_err(|_| Fault::broken("the writer gave no answer"))?
    }

    fn ask_then<T, R>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
        by_rows: bool,
        then: impl FnOnce(Result<Result<T, R>, Fault>) + Send + 'static,
    ) where
        T: Send + 'static,
        R: Send + 'static,
    {
        let vault = Arc::clone(&self.vault);
        let waker = self.sequencer.as_ref().and_then(Sequencer::waker);
        self.writers.ask(Box::new(Asked { work, vault, outcome: None, then, waker, by_rows }));
    }

    /// Lets what was deleted leave the write-ahead log too, at once: to be called after an erasure. While somebody reads an
    /// older moment of the book, a part stays until the next time.
    ///
    /// # Errors
    /// When the book cannot be reached.
    pub fn forget_overwritten(&self) -> Result<(), Fault> {
        dialect::forget_overwritten(&mut dialect::connect(&self.book, Use::Write)?)
    }

    /// Takes the space of the emergency journal beforehand, for doors that keep admitting while the book cannot be written. `false`
    /// when there is no space left for it: then they do not.
    ///
    /// # Errors
    /// [`FaultKind::Halted`] when the disk fails.
    pub fn prepare_journal(&self) -> Result<bool, Fault> {
        if self.journal.get().is_some() {
            return Ok(true);
        }
        let Some(journal) = Journal::open(&self.folder)? else { return Ok(false) };
        // Two at once have opened one file: either is as good.
        drop(self.journal.set(journal));
        Ok(true)
    }

    pub(crate) fn journal(&self) -> Option<&Journal> {
        self.journal.get()
    }

    /// The commits of this process, for whoever waits for one.
    #[must_use]
    pub fn commits(&self) -> &Arc<Commits> {
        &self.commits
    }

    /// Has `listener` called after each commit of this process that changed something, for as long as the book is open. It is called
    /// by the thread that writes, so that it must not wait and must not ask the book.
    pub fn on_commit(&self, listener: Listener) {
        self.commits.listen(listener);
    }

    /// The keys.
    #[must_use]
    pub fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// Why the audit's order does not grow, on a server whose sequencer fails. On a file the order is part of the commit, and a
    /// failure of it is the writer's own.
    #[must_use]
    pub fn audit_fault(&self) -> Option<Fault> {
        self.sequencer.as_ref().and_then(Sequencer::fault)
    }

    /// Whether writing has stopped for good, because a sync failed: of the book or of the keys.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.vault.halted().load(Ordering::Acquire)
    }
}

struct Asked<W, F, T, R> {
    work: W,
    vault: Arc<Vault>,
    outcome: Option<Result<T, R>>,
    then: F,
    /// Of the audit's order, where that is not part of the commit.
    waker: Option<Waker>,
    by_rows: bool,
}

impl<W, F, T, R> Request for Asked<W, F, T, R>
where
    W: FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send,
    F: FnOnce(Result<Result<T, R>, Fault>) + Send,
    T: Send,
    R: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<Verdict, Fault> {
        let outcome = (self.work)(&mut Work { tx, vault: &self.vault })?;
        let verdict = if outcome.is_ok() { Verdict::Keep } else { Verdict::TakeBack };
        self.outcome = Some(outcome);
        Ok(verdict)
    }

    fn is_by_rows(&self) -> bool {
        self.by_rows
    }

    fn answer(self: Box<Self>, committed: Result<(), Fault>) {
        let Asked { outcome, then, waker, .. } = *self;
        then(committed.and_then(|()| outcome.ok_or_else(|| Fault::broken("a request did not run"))));
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Takes the folder for this process, as long as the file is open.
fn lock(folder: &Path) -> Result<File, Fault> {
    let io =
        |error: std::io::Error| Fault::new(FaultKind::Unreachable, format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(io)?;
    let file = File::options().create(true).append(true).open(folder.join(LOCK_FILE)).map_err(io)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
    }
    Err(Fault::new(FaultKind::Busy, format!("{} is in use by another bonafide", folder.display())))
}

/// A book and keys of two installations would open nothing of each other: say so before anything is written.
///
/// A book that is bound to no keys is new. Keys of members beside it had a book, and it is not this one: somebody moved the
/// file or deleted it. An empty book in its place would pass for a loss of everybody.
fn bind_to_keys(tx: &mut Tx<'_>, vault: &Vault) -> Result<(), Fault> {
    let is_bound = tx.query_opt("SELECT 1 FROM settings WHERE key = $1", values![VERIFYING_KEY])?.is_some();
    if !is_bound && vault.has_members()? {
        return Err(Fault::damaged("there are keys of members, and no book"));
    }
    let hex: String = vault.ring().verifying_key().iter().map(|byte| format!("{byte:02x}")).collect();
    tx.execute(
        "INSERT INTO settings (key, content) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        values![VERIFYING_KEY, hex.as_str()],
    )?;
    let bound =
        tx.query_one("SELECT content FROM settings WHERE key = $1", values![VERIFYING_KEY])?.text(0)?;
    if bound == hex {
        Ok(())
    } else {
        Err(Fault::new(FaultKind::WrongKey, "these are the keys of another book"))
    }
}
