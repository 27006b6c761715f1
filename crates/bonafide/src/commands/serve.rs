//! `bonafide serve`: runs the server of an installation.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::book::BookArgs;
use crate::faces_at_work::PassiveLiveness;
use crate::failure::Failure;
use crate::providers::Provider;
use crate::senders::Senders;
use crate::server::app::{App, Setting};
use crate::server::certificate::{self, CertificateFiles, Tls};
use crate::server::chores::Chores;
use crate::server::faces::Following;
use crate::server::ledger_watch::LedgerWatch;
use crate::server::proxies::TrustedProxies;
use crate::server::{listening, routes};

/// Run the server: pages for the desk, kiosks, members and set-up, and the API for devices. Makes the book if there is none. Reached
/// from other machines it has TLS: your certificate, or one that it makes itself and whose fingerprint it prints.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bonafide serve --data club --key-file club.key --port 8080
  bonafide serve --data club --key-file club.key --listen 0.0.0.0 --port 8443
  bonafide serve --data club --key-file club.key --behind-proxy --trusted-proxy 127.0.0.1")]
pub struct ServeArgs {
    #[command(flatten)]
    address: AddressArgs,
    /// The certificate with those that vouch for it, as PEM; with --certificate-key.
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    certificate: Option<PathBuf>,
    /// The key of the certificate, as PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
    /// A proxy before this server has TLS: speak plain HTTP, but tell browsers that it is secure.
    #[arg(long, conflicts_with = "certificate")]
    behind_proxy: bool,
    /// The address of a proxy that says in X-Forwarded-For from whom it has taken a request; may be repeated. The word of others is
    /// not believed.
    #[arg(long, value_name = "ADDRESS", requires = "behind_proxy")]
    trusted_proxy: Vec<IpAddr>,
}

/// Where to listen.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct AddressArgs {
    /// The address to listen at: 0.0.0.0 for all of this machine.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
}

/// What is served and how, after the book was opened.
pub struct Serving {
    /// The application.
    pub app: Arc<App>,
    /// Where.
    pub address: SocketAddr,
    /// With TLS or without.
    pub tls: Option<Tls>,
    /// What the console says after the address.
    pub greeting: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When the book does not open or the address is taken.
pub fn run(args: &ServeArgs, book: &BookArgs, json: bool) -> Result<(), Failure> {
    let (opened, _) = book.make()?;
    let provider = Provider::of_folder(book.folder())?;
    let senders = Senders::of_folder(book.folder())?;
    let passive = PassiveLiveness::of_folder(book.folder())?;
    let tls = args.tls(book)?;
    let is_secure = tls.is_some() || args.behind_proxy;
    let nobody = opened.store.read(bonafide_store::staff::is_nobody)?;
    let set_up_code = if nobody { Some(set_up_code()?) } else { None };
    let mut greeting = Vec::new();
    if let Some(tls) = &tls {
        greeting.push(format!("certificate SHA-256 {}", tls.fingerprint));
    }
    if let Some(code) = &set_up_code {
        greeting.push(format!("set-up code: {code}"));
    }
    let app = App::new(Arc::new(opened.store), Setting { is_secure, set_up_code, is_demo: false })?
        .with_provider(provider)
        .with_senders(senders)
        .with_passive_liveness(passive)
        .behind(TrustedProxies::of(&args.trusted_proxy));
    let address = SocketAddr::new(args.address.listen, args.address.port);
    serve(Serving { app: Arc::new(app), address, tls, greeting }, json, |_| Ok(()))
}

impl ServeArgs {
    fn tls(&self, book: &BookArgs) -> Result<Option<Tls>, Failure> {
        let own = self.certificate.as_ref().zip(self.certificate_key.as_ref());
        let files = match own {
            Some((certificate, key)) => {
                CertificateFiles { certificate: certificate.clone(), key: key.clone() }
            }
            // A browser trusts this machine's own address without TLS.
            None if self.behind_proxy || self.address.listen.is_loopback() => return Ok(None),
            None => certificate::self_made(book.folder(), &addresses(self.address.listen))?,
        };
        certificate::load(&files).map(Some)
    }
}

/// The addresses that others find this machine at, as far as it knows.
fn addresses(listen: IpAddr) -> Vec<IpAddr> {
    if !listen.is_unspecified() {
        return vec![listen];
    }
    // Nothing is sent: the system only says which of its addresses it would send from.
    let own = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    own.map(|address| vec![IpAddr::from(Ipv4Addr::LOCALHOST), address.ip()]).unwrap_or_default()
}

/// Eight letters and digits that are told apart by eye: 40 bits, tried over the network in no time that matters.
fn set_up_code() -> Result<String, Failure> {
    const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| Failure::new("no_randomness", error.to_string()))?;
    let signs = bytes.map(|byte| char::from(SIGNS[usize::from(byte % 32)]));
    Ok(signs
        .iter()
        .enumerate()
        .flat_map(|(at, sign)| (at == 4).then_some('-').into_iter().chain([*sign]))
        .collect())
}

/// Serves until the system says to stop. `begin` hears the address when it is known.
///
/// # Errors
/// When the address is taken, or `begin` fails.
pub fn serve(
    serving: Serving,
    json: bool,
    begin: impl FnOnce(SocketAddr) -> Result<(), Failure>,
) -> Result<(), Failure> {
    log(json);
    let Serving { app, address, tls, greeting } = serving;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("io", error.to_string()))?;
    // Connections to a server database are not closed by a thread of the runtime: that panics.
    let kept = Arc::clone(&app);
    let served = runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind(address).await;
        let listener = listener.map_err(|error| {
            Failure::new(
                "address_in_use",
                format!("cannot listen at {address}: {error}. Choose another --port"),
            )
        })?;
        let local = listener.local_addr().map_err(|error| Failure::new("io", error.to_string()))?;
        let stop = told_to_stop()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        greet(&format!("{scheme}://{local}/"), &greeting);
        begin(local)?;
        let (chores, following) = (Chores::start(&app)?, Following::start(&app)?);
        let watch = LedgerWatch::start(&app)?;
        let router = routes::router(Arc::clone(&app));
        listening::serve(app, router, listener, tls.map(|tls| tls.acceptor), stop).await;
        drop((chores, following, watch));
        Ok(())
    });
    drop(runtime);
    drop(kept);
    served
}

/// Says where the server is, once, on standard output.
fn greet(address: &str, further: &[String]) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let lines = std::iter::once(format!("Bonafide is at {address}")).chain(further.iter().cloned());
    for line in lines {
        // Nobody reads it when standard output is closed.
        drop(writeln!(out, "{line}"));
    }
    drop(out.flush());
}

fn log(json: bool) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("BONAFIDE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber is one of a test that runs several servers in a process.
    drop(if json { builder.json().try_init() } else { builder.with_ansi(false).try_init() });
}

/// Whether the system has said to stop. It listens from now on, not from when it is first waited for: whoever has read the
/// address may say so at once.
fn told_to_stop() -> Result<BoxFuture<'static, ()>, Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::new("io", error.to_string()));
        let mut terminated = listen(SignalKind::terminate())?;
        let mut interrupted = listen(SignalKind::interrupt())?;
        Ok(Box::pin(async move {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        }))
    }
    #[cfg(not(unix))]
    Ok(Box::pin(async { drop(tokio::signal::ctrl_c().await) }))
}
