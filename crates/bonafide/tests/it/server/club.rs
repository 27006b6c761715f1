//! A club with a server in this process, and those who ask it things.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use bonafide::clock;
use bonafide::faces_at_work::PassiveLiveness;
use bonafide::providers::Provider;
use bonafide::senders::Senders;
use bonafide::server::app::{App, Setting, Shared};
use bonafide::server::{listening, passwords, routes};
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::fault::Fault;
use bonafide_store::keys::seal::Secret;
use bonafide_store::staff::{self, Employee, Role, SignInName};
use bonafide_store::store::{Places, Store, Work};
use scraper::{Html, Selector};
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "a password of the tests";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    Nobody,
    Staff(Role),
}

impl By {
    pub(crate) const ALL: [By; 5] = [
        By::Nobody,
        By::Staff(Role::Owner),
        By::Staff(Role::Manager),
        By::Staff(Role::Receptionist),
        By::Staff(Role::Cashier),
    ];
}

/// A new, empty club.
pub(crate) struct Club {
    pub(crate) app: Shared,
    router: Router,
    runtime: tokio::runtime::Runtime,
    cookies: Mutex<HashMap<By, String>>,
    folder: tempfile::TempDir,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The words of each element that a selector finds.
    pub(crate) fn words(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let page = Html::parse_document(&self.text());
        let words = |element: scraper::ElementRef<'_>| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        page.select(&selector).map(words).collect()
    }

    /// An attribute of the first element that a selector finds.
    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).unwrap();
        Html::parse_document(&self.text()).select(&selector).next()?.attr(name).map(str::to_owned)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

/// The key of the clubs' books.
pub(crate) const SECRET: [u8; 32] = [7; 32];

pub(crate) fn store_in(folder: &Path) -> Arc<Store> {
    let secret = Secret::KeyFile(zeroize::Zeroizing::new(SECRET.to_vec()));
    Arc::new(Store::open(&Places::in_folder(folder), &secret, clock::now_us()).unwrap())
}

pub(crate) fn acting() -> Acting {
    Acting { actor: Actor::CommandLine, origin: "tests".to_owned(), now_us: clock::now_us() }
}

impl Club {
    /// A club with one employee of each role, who sign in with the word of the role.
    pub(crate) fn new() -> Club {
        Club::empty(None).staffed()
    }

    /// The same with an outside provider.
    pub(crate) fn with_provider(provider: Provider) -> Club {
        Club::around(tempfile::tempdir().unwrap(), None, |app| app.with_provider(Some(provider))).staffed()
    }

    /// The same with a check of single pictures.
    pub(crate) fn with_passive_liveness(passive: PassiveLiveness) -> Club {
        let folder = tempfile::tempdir().unwrap();
        Club::around(folder, None, |app| app.with_passive_liveness(Some(passive))).staffed()
    }

    /// The same with what sends one-time codes, by the settings in the club's folder.
    pub(crate) fn with_senders(folder: tempfile::TempDir) -> Club {
        Club::sending(folder).staffed()
    }

    /// A club with senders that was closed, opened again.
    pub(crate) fn sending(folder: tempfile::TempDir) -> Club {
        let senders = Senders::of_folder(folder.path()).unwrap();
        Club::around(folder, None, |app| app.with_senders(senders))
    }

    fn staffed(self) -> Club {
        let club = self;
        let hash = passwords::hash(PASSWORD).unwrap();
        for role in Role::ALL {
            let employee = Employee {
                sign_in: SignInName::parse(staff::role_word(role)).unwrap(),
                name: Title::parse(&format!("The {}", staff::role_word(role))).unwrap(),
                role,
                branch: None,
                language: "en".to_owned(),
            };
            let hash = hash.clone();
            club.done(move |work| staff::add(work, &acting(), &employee, &hash));
        }
        club
    }

    /// A club that nobody works in yet.
    pub(crate) fn empty(set_up_code: Option<&str>) -> Club {
        Club::around(tempfile::tempdir().unwrap(), set_up_code, |app| app)
    }

    /// A club that was closed, opened again.
    pub(crate) fn at(folder: tempfile::TempDir) -> Club {
        Club::around(folder, None, |app| app)
    }

    /// Closes the book; the folder stays.
    pub(crate) fn close(self) -> tempfile::TempDir {
        let Club { app, router, runtime, folder, .. } = self;
        drop((router, runtime));
        let open = Arc::try_unwrap(app);
        assert!(open.is_ok(), "somebody still uses the club");
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn around(folder: tempfile::TempDir, set_up_code: Option<&str>, with: impl FnOnce(App) -> App) -> Club {
        let set_up_code = set_up_code.map(str::to_owned);
        let setting = Setting { is_secure: false, set_up_code, is_demo: false };
        let app = Arc::new(with(App::new(store_in(folder.path()), setting).unwrap()));
        let router = routes::router(Arc::clone(&app));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Club { app, router, runtime, cookies: Mutex::default(), folder }
    }

    /// Wipes the book's content under the running server, as a disk does that dies.
    pub(crate) fn lose_the_book(&self) {
        for file in ["book.db", "book.db-wal"] {
            let path = self.folder.path().join(file);
            let length = std::fs::metadata(&path).unwrap().len();
            let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
            std::io::copy(&mut std::io::repeat(0).take(length), &mut file).unwrap();
        }
    }

    /// Writes into the book.
    pub(crate) fn done<T: Send + 'static, R: std::fmt::Debug + Send + 'static>(
        &self,
        work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
    ) -> T {
        self.app.store.write(work).unwrap().unwrap()
    }

    pub(crate) fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, 64 * 1024 * 1024).await.unwrap().to_vec();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }

    /// Listens on a port of its own, as the program does, until the club is gone.
    pub(crate) fn listen(&self) -> std::net::SocketAddr {
        let (app, router) = (Arc::clone(&self.app), self.router.clone());
        self.runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let never = Box::pin(std::future::pending());
            tokio::spawn(listening::serve(app, router, listener, None, never));
            address
        })
    }

    /// Opens a stream of events.
    pub(crate) fn stream(&self, by: By, path: &str) -> Events<'_> {
        let request = self.request(by, "GET", path).body(Body::empty()).unwrap();
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Events { club: self, body: Mutex::new(response.into_body()) }
    }

    /// Asks as a browser does.
    pub(crate) fn get(&self, by: By, path: &str) -> Answer {
        self.ask(self.request(by, "GET", path).body(Body::empty()).unwrap())
    }

    /// Sends a form as a page of ours does.
    pub(crate) fn post(&self, by: By, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf(by);
        let all = [("csrf", csrf.as_str())];
        let body = encoded(all.iter().chain(fields));
        let request = self.request(by, "POST", path).header("origin", "http://club.test");
        // Programs have no form: they send the token of the session in a header.
        let request = if path.starts_with("/api/") { request.header("x-csrf-token", &csrf) } else { request };
        let kind = "application/x-www-form-urlencoded";
        let request = request.header("content-type", kind).header("x-csrf-token", csrf);
        self.ask(request.body(Body::from(body)).unwrap())
    }

    /// Sends a form with a file as a page of ours does.
    pub(crate) fn upload(&self, by: By, path: &str, fields: &[(&str, &str)], file: &str) -> Answer {
        let csrf = self.csrf(by);
        let part = |about: &str, value: &str| {
            format!("--part\r\nContent-Disposition: form-data; {about}\r\n\r\n{value}\r\n")
        };
        let mut body = part("name=\"csrf\"", &csrf);
        for (name, value) in fields {
            body.push_str(&part(&format!("name=\"{name}\""), value));
        }
        body.push_str(&part("name=\"file\"; filename=\"list.csv\"", file));
        body.push_str("--part--\r\n");
        let request = self.request(by, "POST", path).header("origin", "http://club.test");
        let request = request.header("content-type", "multipart/form-data; boundary=part");
        self.ask(request.body(Body::from(body)).unwrap())
    }

    /// The beginning of a request, with the cookies of whoever asks.
    pub(crate) fn request(&self, by: By, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", "club.test");
        request.header("accept", "text/html").header("cookie", self.cookie(by))
    }

    pub(crate) fn csrf(&self, by: By) -> String {
        if by == By::Nobody {
            return String::new();
        }
        let page = self.get(by, "/sign-in");
        page.attribute("form.who input[name=csrf]", "value").unwrap()
    }

    /// The cookies of somebody; he signs in when he asks for the first time.
    pub(crate) fn cookie(&self, by: By) -> String {
        let By::Staff(role) = by else { return String::new() };
        if let Some(cookie) = self.cookies.lock().unwrap().get(&by) {
            return cookie.clone();
        }
        let fields = [("name", staff::role_word(role)), ("password", PASSWORD), ("next", "/")];
        let answer = self.post(By::Nobody, "/sign-in", &fields);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{role:?} does not get in: {}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        self.cookies.lock().unwrap().insert(by, cookie.clone());
        cookie
    }
}

/// Fields as a browser encodes them.
pub(crate) fn encoded<'a>(fields: impl Iterator<Item = &'a (&'a str, &'a str)>) -> String {
    let value = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.map(|(name, text)| format!("{name}={}", value(text))).collect::<Vec<_>>().join("&")
}

/// A stream of events that is open.
pub(crate) struct Events<'a> {
    club: &'a Club,
    body: Mutex<Body>,
}

impl Events<'_> {
    /// Waits for the next event.
    pub(crate) fn next(&self) -> String {
        use http_body_util::BodyExt;
        let mut body = self.body.lock().unwrap();
        let frame = self.club.runtime.block_on(body.frame()).unwrap().unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    }
}
