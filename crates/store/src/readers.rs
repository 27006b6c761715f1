//! Connections that only read: a bounded number, opened when they are first needed, each for one question at a time.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::db::{Connection, Tx};
use crate::dialect::{self, Place, Use};
use crate::fault::{Fault, FaultKind};

/// Readers at the same time. Who comes later waits for one of them.
const READERS_MAX: usize = 8;

struct Waiting {
    idle: Vec<Connection>,
    open: usize,
    /// Who waits for one: waking costs a call to the system, also where nobody sleeps.
    sleepers: usize,
}

/// The pool.
pub(crate) struct Readers {
    place: Place,
    waiting: Mutex<Waiting>,
    given_back: Condvar,
}

impl Readers {
    pub(crate) fn new(place: &Place) -> Readers {
        Readers {
            place: place.clone(),
            waiting: Mutex::new(Waiting { idle: Vec::new(), open: 0, sleepers: 0 }),
            given_back: Condvar::new(),
        }
    }

    /// Asks a question of one moment of the book.
    pub(crate) fn read<T>(&self, question: impl FnOnce(&mut Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut reader = self.begun()?;
        let Some(connection) = reader.connection.as_mut() else {
            return Err(Fault::broken("a reader without a connection"));
        };
        let answer = question(&mut connection.tx());
        if connection.batch("ROLLBACK").is_err() {
            // Nobody knows whether it is still in the transaction: close it. The answer, or why there is none, stands.
            reader.connection = None;
        }
        answer
    }

    /// Asks one statement, which is a moment of its own: on a server, beginning and ending a transaction around it takes longer than the
    /// statement. `question` may run several times.
    pub(crate) fn read_statement<T>(
        &self,
        mut question: impl FnMut(&mut Tx<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.tried(|connection| question(&mut connection.tx())).map(|(answer, _)| answer)
    }

    /// A reader that has begun. One that waited while its server started again is broken without knowing, and so may all the
    /// others be: they are closed, until one is opened anew.
    fn begun(&self) -> Result<Lent<'_>, Fault> {
        self.tried(dialect::begin_read).map(|((), reader)| reader)
    }

    fn tried<T>(
        &self,
        mut first: impl FnMut(&mut Connection) -> Result<T, Fault>,
    ) -> Result<(T, Lent<'_>), Fault> {
        for _ in 0..=READERS_MAX {
            let (connection, is_new) = self.take()?;
            let mut reader = Lent { pool: self, connection: Some(connection) };
            let Some(connection) = reader.connection.as_mut() else { continue };
            match first(connection) {
                Ok(answer) => return Ok((answer, reader)),
                Err(fault) => {
                    reader.connection = None;
                    if is_new || fault.kind != FaultKind::Unreachable {
                        return Err(fault);
                    }
                }
            }
        }
        Err(Fault::new(FaultKind::Unreachable, "each reader's connection is broken"))
    }

    /// A connection, and whether it is new.
    fn take(&self) -> Result<(Connection, bool), Fault> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = waiting.idle.pop() {
                return Ok((connection, false));
            }
            if waiting.open < READERS_MAX {
                waiting.open += 1;
                drop(waiting);
                let connection = dialect::connect(&self.place, Use::Read);
                return connection.map(|new| (new, true)).inspect_err(|_| self.put_back(None));
            }
            waiting.sleepers += 1;
            waiting = self.given_back.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.sleepers -= 1;
        }
    }

    fn put_back(&self, connection: Option<Connection>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => waiting.idle.push(connection),
            None => waiting.open -= 1,
        }
        if waiting.sleepers > 0 {
            drop(waiting);
            self.given_back.notify_one();
        }
    }
}

/// Gives the connection back however the question ends. One that may still be in a transaction is closed instead.
struct Lent<'a> {
    pool: &'a Readers,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let usable = !std::thread::panicking();
        let connection = self.connection.take().filter(|connection| usable && connection.is_alive());
        self.pool.put_back(connection);
    }
}
