//! A PostgreSQL cluster in a temporary folder, for the life of one test program.
//!
//! It listens on a socket in that folder only. A shell beside it waits for the end of a pipe that this process holds: when
//! the process ends, however it ends, the shell stops the server and removes the folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// When set, a missing PostgreSQL fails the tests instead of leaving them out. The CI sets it.
pub const REQUIRED_VARIABLE: &str = "BONAFIDE_REQUIRE_POSTGRES";

/// How long the server may take to answer first.
const START_WAIT: Duration = Duration::from_secs(60);

/// Whom the server runs as when the tests run as root, which it refuses to be.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// A running cluster.
pub struct Cluster {
    socket_folder: PathBuf,
    databases: AtomicU32,
    // Holds the pipe open.
    _keeper: Child,
}

/// The cluster of this test program, started when it is first asked for. `None` when this machine has no PostgreSQL: then
/// it says so, loudly.
///
/// # Panics
/// When the server is there and does not start, or it is missing and `BONAFIDE_REQUIRE_POSTGRES` is set.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| {
            let programs = programs();
            let required = std::env::var_os(REQUIRED_VARIABLE).is_some();
            assert!(
                programs.is_some() || !required,
                "PostgreSQL is missing; this installs it:  apt-get install -y postgresql"
            );
            programs.map(|programs| Cluster::start(&programs))
        })
        .as_ref()
}

/// The folder with `initdb` and `postgres`: of the path, or where Debian keeps the newest.
fn programs() -> Option<PathBuf> {
    let in_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    debian
        .into_iter()
        .rev()
        .chain(in_path)
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The user to become, when this one is root.
fn other_user() -> Option<&'static str> {
    let ask = |arguments: &[&str]| {
        let out = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    if ask(&["-u"]).is_none_or(|uid| uid != "0") {
        return None;
    }
    UNPRIVILEGED.into_iter().find(|user| ask(&["-u", user]).is_some())
}

impl Cluster {
    fn start(programs: &Path) -> Cluster {
        let folder =
            tempfile::Builder::new().prefix("bonafide-postgres-").tempdir().expect("a temporary folder");
        // The keeper removes it, for a static is never dropped.
        let folder = folder.keep();
        let mut command = match other_user() {
            Some(user) => {
                let given = Command::new("chown").arg(user).arg(&folder).status().expect("chown runs");
                assert!(given.success(), "chown {user} {}", folder.display());
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid", "nogroup", "--clear-groups", "sh"]);
                command
            }
            None => Command::new("sh"),
        };
        // fsync is off: these are tests of what the program says, and the ones of power loss have their own server.
        let script = r#"
            cd "$1"
            "$2/initdb" --pgdata=data --username=bonafide --auth=trust --no-sync --locale=C --encoding=UTF8 >initdb.log 2>&1
            "$2/postgres" -D data -k "$1" -c listen_addresses= -c fsync=off -c max_connections=200 >server.log 2>&1 &
            server=$!
            read -r _
            kill -QUIT "$server"
            wait "$server"
            cd /
            rm -rf "$1"
        "#;
        let keeper = command
            .args(["-c", script, "keeper"])
            .arg(&folder)
            .arg(programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let cluster = Cluster { socket_folder: folder, databases: AtomicU32::new(0), _keeper: keeper };
        cluster.wait();
        cluster
    }

    fn wait(&self) {
        let start = Instant::now();
        loop {
            match postgres::Client::connect(&self.address("postgres"), postgres::NoTls) {
                Ok(_) => return,
                Err(error) if start.elapsed() > START_WAIT => {
                    let read = |name: &str| {
                        std::fs::read_to_string(self.socket_folder.join(name)).unwrap_or_default()
                    };
                    panic!(
                        "PostgreSQL does not answer: {error}\n{}{}",
                        read("initdb.log"),
                        read("server.log")
                    );
                }
                Err(_) => std::thread::yield_now(),
            }
        }
    }

    /// The folder with everything of it: `data`, and the server's own words in `server.log`.
    pub fn folder(&self) -> &Path {
        &self.socket_folder
    }

    fn address(&self, database: &str) -> String {
        format!("host={} user=bonafide dbname={database}", self.socket_folder.display())
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = postgres::Client::connect(&self.address("postgres"), postgres::NoTls)
            .expect("the server answers");
        client.batch_execute(&format!("CREATE DATABASE {name} STRATEGY file_copy")).expect("a database");
        self.address(&name)
    }
    /// The address of a copy of a database that nobody is connected to.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn copy(&self, address: &str) -> String {
        let (_, original) = address.rsplit_once("dbname=").expect("an address of this cluster");
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let start = Instant::now();
        loop {
            let mut client = postgres::Client::connect(&self.address("postgres"), postgres::NoTls)
                .expect("the server answers");
            // A connection that was closed a moment ago may still be counted.
            match client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {original}")) {
                Ok(()) => return self.address(&name),
                Err(error) if start.elapsed() > START_WAIT => panic!("copy {original}: {error}"),
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}
