//! What all requests share.

use std::sync::{Arc, Mutex, PoisonError};

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::db::Tx;
use bonafide_store::directory::Directory;
use bonafide_store::fault::Fault;
use bonafide_store::following::Follower;
use bonafide_store::store::{Store, Work};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::clock;
use crate::faces_at_work::PassiveLiveness;
use crate::failure::Failure;
use crate::flows::secrets::Secrets;
use crate::pages::kiosk::Kiosks;
use crate::providers::Provider;
use crate::senders::Senders;
use crate::server::assets::Assets;
use crate::server::faces::Faces;
use crate::server::limits::QUESTIONS_MAX;
use crate::server::live::Live;
use crate::server::metrics::Metrics;
use crate::server::passwords::Passwords;
use crate::server::proxies::TrustedProxies;
use crate::server::tries::Tries;
use crate::server::trouble::Trouble;
use crate::server::walk::Walk;
use crate::texts::Texts;

/// The application, shared by all requests.
pub type Shared = Arc<App>;

/// The application: the book, the texts, and what is counted.
pub struct App {
    /// The book.
    pub store: Arc<Store>,
    /// Finds members by name.
    pub directory: Directory,
    follower: Mutex<Follower>,
    /// Wrong set-up codes, by address.
    pub set_up_tries: Tries,
    /// Faces for doors.
    pub faces: Faces,
    /// Who stands before the kiosks.
    pub kiosks: Kiosks,
    /// The outside provider of faces or voices, where one is set.
    pub provider: Option<Provider>,
    /// What sends one-time codes, where something is set.
    pub senders: Senders,
    /// Proxies before this server that are trusted.
    pub proxies: TrustedProxies,
    /// What members type at kiosks.
    pub secrets: Secrets,
    /// What people read.
    pub texts: Texts,
    /// Styles, scripts and pictures.
    pub assets: Assets,
    /// Checks passwords, few at once.
    pub passwords: Passwords,
    /// Counts wrong links of phones.
    pub link_tries: Tries,
    /// Tells open pages that something happened.
    pub live: Live,
    /// What is counted.
    pub metrics: Metrics,
    /// How far the gifts for birthdays are.
    pub birthdays: Walk,
    /// How far the letters about points that end are.
    pub warnings: Walk,
    /// How far the personal offers are.
    pub offers: Walk,
    /// How this server is reached and by whom it was started.
    pub setting: Setting,
    questions: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

/// How this server runs.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Whether browsers reach it by TLS: cookies are sent over nothing else then.
    pub is_secure: bool,
    /// What a browser shows to set up an installation that nobody works in yet; nothing afterwards.
    pub set_up_code: Option<String>,
    /// The installation is made up, to look at.
    pub is_demo: bool,
}

impl App {
    /// The application over an opened book. Loads the index of names, which takes seconds for a million members.
    ///
    /// # Errors
    /// The key of the fault when the book cannot be read.
    pub fn new(store: Arc<Store>, setting: Setting) -> Result<App, Failure> {
        let directory = Directory::new();
        let (follower, _) = Follower::start(&store, &directory, |_| {})?;
        let live = Live::of(&store);
        if !store.prepare_journal()? {
            tracing::error!(
                "no space for the emergency journal: no door keeps admitting when the book cannot be written"
            );
        }
        Ok(App {
            store,
            directory,
            follower: Mutex::new(follower),
            set_up_tries: Tries::default(),
            faces: Faces::default(),
            kiosks: Kiosks::default(),
            provider: None,
            senders: Senders::default(),
            proxies: TrustedProxies::default(),
            secrets: Secrets::default(),
            texts: Texts::shipped()?,
            assets: Assets::shipped(),
            passwords: Passwords::new(),
            link_tries: Tries::default(),
            live,
            metrics: Metrics::new(),
            birthdays: Walk::default(),
            warnings: Walk::default(),
            offers: Walk::default(),
            setting,
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            stopping: watch::Sender::new(false),
        })
    }

    /// The same with an outside provider, if there is one.
    #[must_use]
    pub fn with_provider(self, provider: Option<Provider>) -> App {
        App { provider, ..self }
    }

    /// The same with what sends one-time codes.
    #[must_use]
    pub fn with_senders(self, senders: Senders) -> App {
        App { senders, ..self }
    }

    /// The same with a check of single pictures at its kiosks, if there is one. Before any face is loaded.
    #[must_use]
    pub fn with_passive_liveness(self, passive: Option<PassiveLiveness>) -> App {
        App { faces: Faces::with_passive_liveness(passive), ..self }
    }

    /// The same behind proxies that are trusted.
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> App {
        App { proxies, ..self }
    }

    /// Does something that waits for a disk or computes for long, away from the threads that serve sockets.
    ///
    /// # Errors
    /// What `work` fails with; a [`Trouble`] when it panicked.
    pub async fn aside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Shared) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let turn = Arc::clone(&self.questions).acquire_owned().await;
        let turn = turn.map_err(|_| Trouble::stopping())?;
        let app = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&app);
            drop(turn);
            done
        });
        done.await.unwrap_or_else(|_| Err(Trouble::fault(&Failure::new("panic", "a request panicked"))))
    }

    /// Asks a question of one moment of the book.
    ///
    /// # Errors
    /// A [`Trouble`] when it cannot be read.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&mut Tx<'_>, &App) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.aside(move |app| Ok(app.store.read(|tx| question(tx, app))?)).await
    }

    /// Writes in one transaction, which may be tried several times; answers when it is durable. The inner error is a refusal.
    ///
    /// # Errors
    /// A [`Trouble`] when it cannot be written.
    pub async fn write<T: Send + 'static, R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
    ) -> Result<Result<T, R>, Trouble> {
        self.written(|store, reply| store.write_then(work, reply)).await
    }

    /// The same by [`Store::write_by_rows`].
    ///
    /// # Errors
    /// As [`App::write`].
    pub async fn write_by_rows<T: Send + 'static, R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
    ) -> Result<Result<T, R>, Trouble> {
        self.written(|store, reply| store.write_by_rows_then(work, reply)).await
    }

    /// Waits for a commit without a thread that does.
    async fn written<D: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Store, Box<dyn FnOnce(Result<D, Fault>) + Send>),
    ) -> Result<D, Trouble> {
        let turn = Arc::clone(&self.questions).acquire_owned().await;
        let _turn = turn.map_err(|_| Trouble::stopping())?;
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone; what is done is done.
        ask(&self.store, Box::new(move |done| drop(reply.send(done))));
        let done = answer.await.map_err(|_| Fault::broken("the writer gave no answer"));
        Ok(done.and_then(|done| done)?)
    }

    /// Lets the index of names follow what happened in the book, also by other processes of a chain.
    ///
    /// # Errors
    /// The key of the fault when the book cannot be read.
    pub fn follow(&self) -> Result<(), Failure> {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        follower.round(&self.store, &self.directory)?;
        Ok(())
    }

    /// The program itself as the one who acts.
    #[must_use]
    pub fn acting(&self) -> Acting {
        Acting { actor: Actor::Program, origin: "server".to_owned(), now_us: clock::now_us() }
    }

    /// Begins to stop: streams end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Whether and when the server stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}
