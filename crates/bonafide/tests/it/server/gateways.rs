//! An SMS gateway and a mail server over real sockets, as the tests need them: they take what they are sent, or do something wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailin::response::{AUTH_OK, INVALID_CREDENTIALS, NO_MAILBOX, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for what must come, before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a gateway was asked.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) head: String,
    pub(super) body: String,
}

/// What it does.
#[derive(Debug, Clone)]
pub(super) enum Gate {
    /// Answers with this status and this text.
    Says(u16, &'static str),
    /// Answers nothing, and keeps the connection.
    Silent,
    /// Begins an answer and never ends it.
    HalfWay,
    /// Ends the connection without a word.
    HangsUp,
}

pub(super) struct SmsServer {
    pub(super) url: String,
    gate: Arc<Mutex<Gate>>,
    /// Connections that are kept open.
    held: Arc<Mutex<Vec<TcpStream>>>,
    got: Mutex<Receiver<Got>>,
}

impl SmsServer {
    pub(super) fn start() -> SmsServer {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let gate = Arc::new(Mutex::new(Gate::Says(200, "{\"status\":\"OK\"}")));
        let (tell, got) = channel();
        let held = Arc::new(Mutex::new(Vec::new()));
        let (shared, open) = (Arc::clone(&gate), Arc::clone(&held));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let gate = shared.lock().unwrap().clone();
                answer(stream, &gate, &open, &tell);
            }
        });
        SmsServer { url, gate, held, got: Mutex::new(got) }
    }

    pub(super) fn does(&self, gate: Gate) {
        *self.gate.lock().unwrap() = gate;
    }

    /// Ends the connections that it has kept.
    pub(super) fn lets_go(&self) {
        self.held.lock().unwrap().clear();
    }

    /// What it was asked next.
    pub(super) fn next(&self) -> Got {
        self.got.lock().unwrap().recv_timeout(PATIENCE).expect("the gateway was asked")
    }

    pub(super) fn was_asked_nothing(&self) -> bool {
        matches!(self.got.lock().unwrap().try_recv(), Err(TryRecvError::Empty))
    }

    /// The lines of the settings for it.
    pub(super) fn settings(&self) -> String {
        format!(
            "[sms]\nurl = '{}'\nfields = {{ to = '{{phone}}', text = '{{text}}', from = '{{sender}}' }}\nsender = 'Club'\n\
             taken_words = '\"OK\"'\n",
            self.url
        )
    }
}

/// One request.
fn answer(stream: TcpStream, gate: &Gate, open: &Mutex<Vec<TcpStream>>, tell: &Sender<Got>) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(&stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line.trim().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).unwrap();
    drop(reader);
    if matches!(gate, Gate::HalfWay) {
        write!(&stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{{\"sta").ok()?;
    }
    // Before the test hears of it: it may let go at once.
    let stream = match gate {
        Gate::Silent | Gate::HalfWay => {
            open.lock().unwrap().push(stream);
            None
        }
        Gate::Says(..) | Gate::HangsUp => Some(stream),
    };
    tell.send(Got { head, body }).ok()?;
    if let (Some(mut stream), Gate::Says(status, text)) = (stream, gate) {
        let length = text.len();
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
            .ok()?;
    }
    Some(())
}

/// The fields of a form that was sent.
pub(super) fn fields(body: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            match byte {
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                }
                b'+' => bytes.push(b' '),
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    body.split('&').filter_map(|pair| pair.split_once('=')).map(|(a, b)| (decoded(a), decoded(b))).collect()
}

/// The code in a text: its six digits in a row.
pub(super) fn code_in(text: &str) -> String {
    let codes: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 6).collect();
    assert_eq!(codes.len(), 1, "{text}");
    codes[0].to_owned()
}

/// A letter that was taken.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) text: String,
    /// Whether it came by TLS.
    pub(super) by_tls: bool,
}

/// How the mail server makes connections safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailSafety {
    None,
    StartTls,
    Implicit,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Postman {
    Takes,
    /// Knows no such mailbox.
    RefusesAddress,
    /// Says nothing any more after the letter has come.
    HangsHalfWay,
}

pub(super) const MAIL_USER: &str = "codes";
pub(super) const MAIL_PASSWORD: &str = "a planted password";

pub(super) struct MailServer {
    pub(super) address: SocketAddr,
    /// Its certificate, as PEM.
    pub(super) certificate: String,
    postman: Arc<Mutex<Postman>>,
    got: Mutex<Receiver<Letter>>,
}

impl MailServer {
    pub(super) fn start(safety: MailSafety) -> MailServer {
        let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
        let config =
            config.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let postman = Arc::new(Mutex::new(Postman::Takes));
        let (tell, got) = channel();
        let shared = Arc::clone(&postman);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let (config, tell, does) = (Arc::clone(&config), tell.clone(), *shared.lock().unwrap());
                std::thread::spawn(move || receive(stream, safety, does, &config, tell));
            }
        });
        MailServer { address, certificate: own.cert.pem(), postman, got: Mutex::new(got) }
    }

    pub(super) fn does(&self, postman: Postman) {
        *self.postman.lock().unwrap() = postman;
    }

    /// The letter that came next.
    pub(super) fn next(&self) -> Letter {
        self.got.lock().unwrap().recv_timeout(PATIENCE).expect("a letter came")
    }

    pub(super) fn has_nothing(&self) -> bool {
        matches!(self.got.lock().unwrap().try_recv(), Err(TryRecvError::Empty))
    }

    /// The lines of the settings for it. Its certificate and the password lie beside them.
    pub(super) fn settings(&self, tls: &str) -> String {
        format!(
            "[email]\nhost = '127.0.0.1'\nport = {}\ntls = '{tls}'\ncertificate_file = 'mail.pem'\nuser = '{MAIL_USER}'\n\
             password_file = 'mail.password'\nfrom = 'Club <codes@club.example>'\n",
            self.address.port()
        )
    }

    /// Writes what the settings name.
    pub(super) fn files(&self, folder: &std::path::Path) {
        std::fs::write(folder.join("mail.pem"), &self.certificate).unwrap();
        std::fs::write(folder.join("mail.password"), format!("{MAIL_PASSWORD}\n")).unwrap();
    }
}

struct Desk {
    does: Postman,
    safe: Arc<AtomicBool>,
    letter: Letter,
    tell: Sender<Letter>,
}

impl Handler for Desk {
    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        if (user, password) == (MAIL_USER, MAIL_PASSWORD) { AUTH_OK } else { INVALID_CREDENTIALS }
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        from.clone_into(&mut self.letter.from);
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if self.does == Postman::RefusesAddress {
            return NO_MAILBOX;
        }
        to.clone_into(&mut self.letter.to);
        OK
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.letter.text.push_str(&String::from_utf8_lossy(line));
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.letter.by_tls = self.safe.load(Ordering::Relaxed);
        drop(self.tell.send(self.letter.clone()));
        OK
    }
}

fn receive(
    stream: TcpStream,
    safety: MailSafety,
    does: Postman,
    config: &Arc<ServerConfig>,
    tell: Sender<Letter>,
) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let safe = Arc::new(AtomicBool::new(safety == MailSafety::Implicit));
    let letter = Letter { from: String::new(), to: String::new(), text: String::new(), by_tls: false };
    let mut builder = SessionBuilder::new("mail.test");
    builder.enable_auth(AuthMechanism::Plain);
    match safety {
        MailSafety::StartTls => builder.enable_start_tls(),
        MailSafety::None | MailSafety::Implicit => builder.insecure_enable_plaintext_auth(),
    };
    let desk = Desk { does, safe: Arc::clone(&safe), letter, tell };
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), desk);
    let wrapped =
        |stream: TcpStream| StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream);
    if safety == MailSafety::Implicit {
        let mut stream = wrapped(stream);
        say(&mut stream, &session.greeting())?;
        converse(&mut stream, &mut session, does)?;
        return Some(());
    }
    let mut stream = stream;
    say(&mut stream, &session.greeting())?;
    if converse(&mut stream, &mut session, does)? == Action::UpgradeTls {
        let mut stream = wrapped(stream);
        // The same conversation, safe from here on.
        session.tls_active();
        safe.store(true, Ordering::Relaxed);
        converse(&mut stream, &mut session, does)?;
    }
    Some(())
}

fn say(stream: &mut impl Write, response: &Response) -> Option<()> {
    let mut bytes = Vec::new();
    response.write_to(&mut bytes).ok()?;
    stream.write_all(&bytes).ok()?;
    stream.flush().ok()
}

/// Line by line, until something else is to be done with the connection.
fn converse<S: Read + Write>(stream: &mut S, session: &mut Session<Desk>, does: Postman) -> Option<Action> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return Some(Action::Close);
        }
        line.push(byte[0]);
        if byte[0] != b'\n' {
            continue;
        }
        let hangs = does == Postman::HangsHalfWay && line == b".\r\n";
        let response = session.process(&line);
        line.clear();
        if hangs {
            // Until the other one has gone.
            while stream.read(&mut byte).ok()? > 0 {}
            return Some(Action::Close);
        }
        match response.action {
            Action::Reply => say(stream, &response)?,
            Action::NoReply => {}
            Action::Close | Action::UpgradeTls => {
                say(stream, &response)?;
                return Some(response.action);
            }
        }
    }
}
