//! The program on a real socket: its health, its limits, and its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bonafide_testkit::cluster::cluster;

/// A server of the program itself.
struct Server {
    child: Child,
    address: String,
    greeting: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(further: &[&str]) -> Server {
        Server::start_with(further, None)
    }

    /// With the text of a settings file in the data folder.
    fn start_with(further: &[&str], settings: Option<&str>) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("club");
        if let Some(settings) = settings {
            std::fs::create_dir(&data).unwrap();
            std::fs::write(data.join("bonafide.toml"), settings).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_bonafide"))
            .args(["serve", "--port", "0", "--data"])
            .arg(&data)
            .arg("--key-file")
            .arg(folder.path().join("key"))
            .args(further)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split_once("://").unwrap().1.trim_end_matches('/').to_owned();
        let wanted = if first.contains("https") { 2 } else { 1 };
        let greeting = lines.take(wanted).map(Result::unwrap).collect();
        Server { child, address, greeting, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The whole answer to the bytes of a request.
    fn answer(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The server may close at once after it has refused.
        drop(stream.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.answer(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_new_installation_says_where_it_is_and_is_alive_and_ready() {
    let server = Server::start(&[]);
    assert!(server.greeting[0].starts_with("set-up code: "), "{:?}", server.greeting);
    assert!(server.get("/healthz").contains(r#"{"status":"alive"}"#));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let metrics = server.get("/metrics");
    assert!(metrics.contains("bonafide_http_requests_total{") && metrics.contains("/readyz"), "{metrics}");
}

#[test]
fn w19_a_smuggled_request_is_refused_and_its_connection_closed() {
    let server = Server::start(&[]);
    let smuggled = "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
    let two_lengths =
        "POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nabcd";
    let bad_value = "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tc\0\r\n\r\n";
    for request in [two_lengths, bad_value] {
        let answer = server.answer(request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let answer = server.answer(smuggled);
    assert!(!answer.contains("\"ready\""), "the second request was answered: {answer}");
    assert!(server.get("/healthz").contains("alive"));
}

#[test]
fn g12_two_servers_of_one_folder_exclude_each_other() {
    let server = Server::start(&[]);
    let data = server._folder.path().join("club");
    let second = Command::new(env!("CARGO_BIN_EXE_bonafide"))
        .args(["serve", "--port", "0", "--json", "--data"])
        .arg(&data)
        .arg("--key-file")
        .arg(server._folder.path().join("key"))
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stdout).contains("in use by another bonafide"));
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_stops_and_keeps_what_it_answered() {
    told_to_stop(Server::start(&[]));
}

/// The connections to the databases are closed by a thread that may wait.
#[cfg(unix)]
#[test]
fn told_to_stop_it_stops_with_its_book_on_a_server_too() {
    let Some(cluster) = cluster() else { return };
    let settings = format!("[postgres]\nbook = {:?}\nkeys = {:?}\n", cluster.database(), cluster.database());
    told_to_stop(Server::start_with(&[], Some(&settings)));
}

#[cfg(unix)]
fn told_to_stop(mut server: Server) {
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn others_reach_it_by_tls_with_a_certificate_that_it_made() {
    let server = Server::start(&["--listen", "0.0.0.0"]);
    assert!(server.greeting[0].starts_with("certificate SHA-256 "), "{:?}", server.greeting);
    let plain = server.answer("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(!plain.contains("alive"), "no plain answer: {plain}");
}

#[test]
fn w17_behind_a_proxy_the_numbers_are_for_those_that_it_says_are_near() {
    let numbers = |server: &Server, from: &str| {
        let forwarded = if from.is_empty() { String::new() } else { format!("X-Forwarded-For: {from}\r\n") };
        let request = format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{forwarded}Connection: close\r\n\r\n");
        server.answer(&request).starts_with("HTTP/1.1 200")
    };
    let trusting = Server::start(&["--behind-proxy", "--trusted-proxy", "127.0.0.1"]);
    for (from, shown) in
        [("", true), ("192.168.1.7", true), ("198.51.100.7", false), ("192.168.1.7, 198.51.100.7", false)]
    {
        assert_eq!(numbers(&trusting, from), shown, "{from}");
    }
    let believing_nobody = Server::start(&["--behind-proxy"]);
    assert!(!numbers(&believing_nobody, "192.168.1.7"), "nobody knows where it comes from");
}
