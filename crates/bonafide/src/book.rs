//! The book that a command works on: the data folder and the key, opened.

use std::path::PathBuf;

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::fault::Fault;
use bonafide_store::keys::member::Vault;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store, Work};

use crate::clock;
use crate::failure::Failure;
use crate::key::{KeyArgs, KeyUse};
use crate::settings;

/// Where the book is, and what opens it.
#[derive(Debug, clap::Args)]
pub struct BookArgs {
    /// The data folder. With a file bonafide.toml in it that names a PostgreSQL server, the book is there.
    #[arg(long, value_name = "DIR", global = true, env = "BONAFIDE_DATA", default_value = "bonafide-data")]
    data: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

/// An opened book with who works on it.
pub struct Book {
    /// The store.
    pub store: Store,
    origin: String,
}

impl BookArgs {
    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.data
    }

    /// What opens it.
    #[must_use]
    pub fn key(&self) -> &KeyArgs {
        &self.key
    }

    /// Opens a book that is there.
    ///
    /// # Errors
    /// `no_book` when there is none; the key of the fault when it does not open.
    pub fn open(&self) -> Result<Book, Failure> {
        Ok(self.open_with_secret()?.0)
    }

    /// The same with the secret, for what changes the keys themselves: a passphrase is asked for once.
    ///
    /// # Errors
    /// As [`BookArgs::open`].
    pub fn open_with_secret(&self) -> Result<(Book, Secret), Failure> {
        self.open_at(&self.existing()?, KeyUse::Open)
    }

    /// Makes a book, or opens the one that is there; tells which.
    ///
    /// # Errors
    /// As [`BookArgs::open`].
    pub fn make(&self) -> Result<(Book, bool), Failure> {
        let places = self.places()?;
        let made = Vault::note(&places.keys)?.is_none();
        let purpose = if made { KeyUse::Create } else { KeyUse::Open };
        Ok((self.open_at(&places, purpose)?.0, made))
    }

    fn existing(&self) -> Result<Places, Failure> {
        let places = self.places()?;
        if Vault::note(&places.keys)?.is_none() {
            let words = format!("there is no book in {}: make one with `bonafide init`", self.data.display());
            return Err(Failure::new("no_book", words));
        }
        Ok(places)
    }

    fn places(&self) -> Result<Places, Failure> {
        settings::places(&self.data)
    }

    fn open_at(&self, places: &Places, purpose: KeyUse) -> Result<(Book, Secret), Failure> {
        let secret = self.key.book_secret(purpose)?;
        let store = Store::open(places, &secret, clock::now_us())?;
        // Who runs the command line has the key and the folder: the name is a help, not a proof.
        let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
        Ok((Book { store, origin: format!("command line {user}").trim().to_owned() }, secret))
    }
}

impl Book {
    /// Who acts, and when: now.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting { actor: Actor::CommandLine, origin: self.origin.clone(), now_us: clock::now_us() }
    }

    /// Does something that no rule refuses.
    ///
    /// # Errors
    /// The key of the fault when it cannot be written.
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Work<'_, '_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Failure> {
        match self.store.write(move |request| work(request).map(Ok::<T, Never>))? {
            Ok(done) => Ok(done),
            Err(never) => match never {},
        }
    }
}

/// A refusal that does not exist.
enum Never {}
