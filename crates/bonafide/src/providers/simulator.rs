//! A provider for tests and the demo: a small real server on this machine, with made-up people before made-up terminals.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Asked;
use crate::failure::Failure;

/// The largest question, in bytes, and the most header lines.
const QUESTION_BYTES_MAX: usize = 4 * 1024;
const HEADER_LINES_MAX: usize = 64;

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the simulator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As a provider does.
    Proper,
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
    /// Connections that are left without an answer: closing them would be one.
    silent: Vec<TcpStream>,
    over: bool,
}

/// The simulator; it ends when it is dropped.
pub struct Simulator {
    url: String,
    address: SocketAddr,
    world: Arc<Mutex<World>>,
    thread: Option<JoinHandle<()>>,
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
        Ok(Simulator { url: format!("http://{address}/decide"), address, world, thread: Some(thread) })
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

    /// How many different requests it has decided.
    #[must_use]
    pub fn decided(&self) -> usize {
        lock(&self.world).given.len()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        {
            let mut world = lock(&self.world);
            world.over = true;
            world.silent.clear();
        }
        // The thread waits for somebody to come.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// One question and its answer.
fn serve(stream: TcpStream, world: &Mutex<World>, bearer: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new((&stream).take(2 * QUESTION_BYTES_MAX as u64));
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
        let standing = self.standing.get(asked.terminal).map(String::as_str);
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
            _ => format!("tr-{}", self.given.len() + 1),
        };
        let answer = serde_json::json!({
            "request": asked.request, "reference": reference, "decision": decision,
            "transaction_id": transaction_id, "score": 0.93,
        })
        .to_string();
        if behaviour == Behaviour::Proper {
            self.given.insert(asked.request.to_owned(), answer.clone());
        }
        answer
    }
}
