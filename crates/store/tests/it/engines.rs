//! Both engines for one test.

use std::path::Path;

use bonafide_store::dialect::Place;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use bonafide_testkit::cluster::cluster;
use tempfile::TempDir;

/// The time of most tests, in microseconds since 1970.
pub(crate) const NOW_US: i64 = 1_790_000_000_000_000;

/// An installation of a test, empty.
pub(crate) struct Engine {
    /// For the words of a failed assertion.
    pub(crate) name: &'static str,
    pub(crate) places: Places,
    folder: TempDir,
}

impl Engine {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The whole installation as it is now, for another day. Nobody may have it open.
    pub(crate) fn backup(&self) -> Engine {
        let folder = tempfile::tempdir().unwrap();
        let place = |place: &Place| match place {
            Place::File(path) => {
                let copy = folder.path().join(path.file_name().unwrap());
                std::fs::copy(path, &copy).unwrap();
                Place::File(copy)
            }
            Place::Server(address) => Place::Server(cluster().unwrap().copy(address)),
        };
        let (book, keys) = (place(&self.places.book), place(&self.places.keys));
        let places = Places { book, keys, folder: folder.path().to_owned() };
        Engine { name: self.name, places, folder }
    }

    /// Runs statements on the book without the program. Nobody may have it open.
    pub(crate) fn batch(&self, sql: &str) {
        match &self.places.book {
            Place::File(path) => rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap(),
            Place::Server(address) => {
                postgres::Client::connect(address, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
            }
        }
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.places, &secret(), NOW_US).unwrap_or_else(|fault| panic!("{}: {fault}", self.name))
    }
}

/// The secret of the tests' installations.
pub(crate) fn secret() -> Secret {
    Secret::KeyFile(vec![7; 32].into())
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
pub(crate) fn on_both(test: impl Fn(&Engine)) {
    test(&sqlite());
    if let Some(engine) = postgres() {
        test(&engine);
    }
}

/// An installation on PostgreSQL; says so where there is none.
pub(crate) fn postgres() -> Option<Engine> {
    let Some(cluster) = cluster() else {
        eprintln!("NOT RUN on PostgreSQL: there is none on this machine (1 test)");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        book: Place::Server(cluster.database()),
        keys: Place::Server(cluster.database()),
        folder: folder.path().to_owned(),
    };
    Some(Engine { name: "PostgreSQL", places, folder })
}

/// An installation on SQLite alone: for what only a file can suffer.
pub(crate) fn sqlite() -> Engine {
    let folder = tempfile::tempdir().unwrap();
    Engine { name: "SQLite", places: Places::in_folder(folder.path()), folder }
}
