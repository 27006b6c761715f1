//! Fills the directory at the start: one thread reads the rows, the others open and fold them.
//!
//! Opening takes ten times as long as reading, and a chain waits for it after each start of the program.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;

use crate::directory::{Batch, Directory, Known, Loaded};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{SealedKey, SealedKeys};
use crate::keys::ring::Ring;
use crate::members::profile::from_record;
use crate::members::profile_field;
use crate::store::Store;

/// Members that are put into the index at once.
const BATCH_MEMBERS: usize = 10_000;

/// Batches that are read and wait to be opened.
const BATCHES_WAITING: usize = 2;

/// Threads that open at most: beyond some they wait for the index.
const THREADS_MAX: usize = 8;

/// A member's row, with the key that opens it.
struct Row {
    id: Id,
    number: u32,
    key_id: Id,
    key: SealedKey,
    profile_sealed: Vec<u8>,
    last_visit_us: Option<i64>,
}

/// Reads all members of a book; see [`Directory::load`].
pub(crate) fn load(
    directory: &Directory,
    store: &Store,
    mut progress: impl FnMut(u64),
) -> Result<Loaded, Fault> {
    let (keys, ring) = store.vault().sealed_keys()?;
    let threads = available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    let (batches, waiting) = sync_channel(BATCHES_WAITING);
    let waiting = Mutex::new(waiting);
    std::thread::scope(|scope| {
        let opening: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| open_all(directory, &ring, &waiting))).collect();
        // Its end, also by a panic, is how the threads learn that there is no more.
        let batches = batches;
        let read = read_rows(store, keys, &batches, &mut progress);
        drop(batches);
        // One that failed let the others and the reader go on: what it said is the answer.
        for thread in opening {
            thread.join().unwrap_or_else(|_| Err(Fault::broken("a thread that fills the index panicked")))?;
        }
        read
    })
}

/// Hands the rows out in batches.
fn read_rows(
    store: &Store,
    mut keys: SealedKeys,
    batches: &SyncSender<Vec<Row>>,
    progress: &mut impl FnMut(u64),
) -> Result<Loaded, Fault> {
    let mut loaded = Loaded::default();
    let mut batch = Vec::with_capacity(BATCH_MEMBERS);
    store.read(|tx| {
        tx.for_each(
            "SELECT id, number, key_id, profile_sealed, last_visit_us FROM members WHERE merged_into IS NULL",
            &[],
            |mut row| {
                let key_id = row.id(2)?;
                let Some(key) = keys.remove(&key_id) else {
                    loaded.without_key += 1;
                    return Ok(());
                };
                batch.push(Row {
                    id: row.id(0)?,
                    number: row.number(1)?,
                    key_id,
                    key,
                    profile_sealed: row.blob(3)?,
                    last_visit_us: row.integer_or_null(4)?,
                });
                loaded.members += 1;
                if batch.len() == BATCH_MEMBERS {
                    progress(loaded.members);
                    hand_out(batches, std::mem::replace(&mut batch, Vec::with_capacity(BATCH_MEMBERS)))?;
                }
                Ok(())
            },
        )
    })?;
    hand_out(batches, batch)?;
    Ok(loaded)
}

fn hand_out(batches: &SyncSender<Vec<Row>>, batch: Vec<Row>) -> Result<(), Fault> {
    batches.send(batch).map_err(|_| Fault::broken("nobody fills the index any more"))
}

/// Opens batches until there are no more. After a failure it takes the rest without opening it, so that the reader ends.
fn open_all(directory: &Directory, ring: &Ring, waiting: &Mutex<Receiver<Vec<Row>>>) -> Result<(), Fault> {
    let mut done = Ok(());
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(rows) = next else { return done };
        if done.is_ok() {
            done = open_batch(directory, ring, rows);
        }
    }
}

fn open_batch(directory: &Directory, ring: &Ring, rows: Vec<Row>) -> Result<(), Fault> {
    let mut batch = Batch::default();
    for row in rows {
        let key = row.key.open(ring, row.key_id)?;
        let opened = key.open(&profile_field(row.id), &row.profile_sealed)?;
        batch.0.push(Known::of(row.id, row.number, &from_record(&opened)?, row.last_visit_us));
    }
    directory.put_all(&mut batch)
}
