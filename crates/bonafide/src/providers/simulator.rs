//! A provider for tests and the demo: a small real server on this machine, with made-up people before made-up terminals.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;

use super::{Asked, BASE64, PICTURE_BYTES_MAX};
use crate::failure::Failure;

/// The largest question, in bytes: a picture in base 64 and a little more.
const QUESTION_BYTES_MAX: usize = 4 * PICTURE_BYTES_MAX / 3 + 4 * 1024;

/// The most header lines, and their bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADER_LINES_MAX: usize = 64;

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the simulator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As a provider does.
    Proper,
    /// It believes whoever is named to it, and knows nobody who is not: for the demo, where everybody is made up.
    Believing,
    /// It answers each question with the first transaction that it ever made.
    SameTransaction,
    /// It takes the question and says nothing.
    Silent,
    /// It refuses with this status.
    Status(u16),
    /// It points to another address.
    Redirect,
    /// It answers with what is no answer.
    Nonsense,
    /// Its answer is far too long.
    Endless,
    /// It answers about another person.
    OtherPerson,
    /// It puts a picture where the id of the transaction belongs.
    Picture,
}

#[derive(Default)]
struct World {
    behaviour: Option<Behaviour>,
    standing: HashMap<String, String>,
    /// Answers by request.
    given: HashMap<String, String>,
    /// The bytes of the last picture, which itself is not kept.
    seen_bytes: Option<usize>,
    /// Connections that are left without an answer: closing them would be one.
    silent: Vec<TcpStream>,
    over: bool,
}

/// The simulator; it ends when it is dropped.
pub struct Simulator {
    url: String,
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Simulator {
    /// Starts it on a free port of this machine; it knows its clients by `token`.
    ///
    /// # Errors
    /// `io` when there is no port.
    pub fn start(token: &str) -> Result<Simulator, Failure> {
        let failed = |error: std::io::Error| Failure::new("io", format!("the provider's simulator: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let world = Arc::new(Mutex::new(World::default()));
        let (shared, bearer) = (Arc::clone(&world), format!("Bearer {token}"));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if lock(&shared).over {
                    return;
                }
                // One client at a time is enough here; what it does wrong ends its connection and nothing else.
                if let Ok(stream) = stream {
                    drop(serve(stream, &shared, &bearer));
                }
            }
        });
        Ok(Simulator {
            url: format!("http://{address}/decide"),
            address,
            world,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The address to be asked.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts the person of a reference, or nobody, before a terminal.
    pub fn stands_at(&self, terminal: &str, reference: Option<&str>) {
        let mut world = lock(&self.world);
        match reference {
            Some(reference) => drop(world.standing.insert(terminal.to_owned(), reference.to_owned())),
            None => drop(world.standing.remove(terminal)),
        }
    }

    /// Makes it answer in another way from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        lock(&self.world).behaviour = Some(behaviour);
    }

    /// How many bytes the picture had that came last.
    #[must_use]
    pub fn seen_bytes(&self) -> Option<usize> {
        lock(&self.world).seen_bytes
    }

    /// How many different requests it has decided.
    #[must_use]
    pub fn decided(&self) -> usize {
        lock(&self.world).given.len()
    }
}

impl Simulator {
    /// Ends it: from now on nobody answers at its address.
    pub fn end(&self) {
        {
            let mut world = lock(&self.world);
            world.over = true;
            world.silent.clear();
        }
        // The thread waits for somebody to come.
        drop(TcpStream::connect(self.address));
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

/// One question and its answer.
fn serve(stream: TcpStream, world: &Mutex<World>, bearer: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new((&stream).take((HEAD_BYTES_MAX + QUESTION_BYTES_MAX) as u64));
    let (mut known, mut length) = (false, 0);
    for _ in 0..HEADER_LINES_MAX {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => known = value.trim() == bearer,
            "content-length" => length = value.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut question = vec![0; length.min(QUESTION_BYTES_MAX)];
    reader.read_exact(&mut question)?;
    let mut world = lock(world);
    let behaviour = world.behaviour.unwrap_or(Behaviour::Proper);
    if behaviour == Behaviour::Silent {
        drop(reader);
        world.silent.push(stream);
        return Ok(());
    }
    let (head, body) = match (known, behaviour) {
        (false, _) => ("401 Unauthorized", String::new()),
        (_, Behaviour::Status(status)) => return say(&stream, &format!("{status} Status"), ""),
        (_, Behaviour::Redirect) => {
            ("307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/", String::new())
        }
        (_, Behaviour::Nonsense) => ("200 OK", "{\"decision\":\"confirmed\"}".to_owned()),
        (_, Behaviour::Endless) => ("200 OK", format!("{{\"x\":\"{}\"}}", "x".repeat(100_000))),
        (_, behaviour) => ("200 OK", world.answer(&question, behaviour)),
    };
    say(&stream, head, &body)
}

fn say(mut stream: &TcpStream, head: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {head}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

impl World {
    fn answer(&mut self, question: &[u8], behaviour: Behaviour) -> String {
        let Ok(asked) = serde_json::from_slice::<Asked<'_>>(question) else { return "null".to_owned() };
        if let Some(given) = self.given.get(asked.request) {
            return given.clone();
        }
        let picture = asked.picture.and_then(|picture| BASE64.decode(picture).ok());
        self.seen_bytes = picture.map(|picture| picture.len()).or(self.seen_bytes);
        let named = asked.reference.filter(|_| behaviour == Behaviour::Believing);
        let standing = named.or(self.standing.get(asked.terminal).map(String::as_str));
        let decision = match (asked.reference, standing) {
            (_, None) => "undecided",
            (Some(reference), Some(standing)) if reference != standing => "not_confirmed",
            _ => "confirmed",
        };
        let reference = match behaviour {
            Behaviour::OtherPerson => "urn:person:0",
            _ => asked.reference.or(standing).unwrap_or("nobody"),
        };
        let transaction_id = match behaviour {
            Behaviour::Picture => "data:image/jpeg;base64,/9j/4AAQ".to_owned(),
            Behaviour::SameTransaction => "tr-1".to_owned(),
            _ => format!("tr-{}", self.given.len() + 1),
        };
        let answer = serde_json::json!({
            "request": asked.request, "reference": reference, "decision": decision,
            "transaction_id": transaction_id, "score": 0.93,
        })
        .to_string();
        if !matches!(behaviour, Behaviour::OtherPerson | Behaviour::Picture) {
            self.given.insert(asked.request.to_owned(), answer.clone());
        }
        answer
    }
}
