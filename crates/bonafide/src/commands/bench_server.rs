//! The server of `serve` for a measurement, on a book that is thrown away, and connections to it from this machine.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use bonafide_store::store::Store;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::server::app::{App, Setting, Shared};
use crate::server::{listening, routes};

/// A folder that is deleted when it is dropped, within the one that was named or where the system keeps such.
pub(super) fn folder(within: Option<&Path>) -> Result<tempfile::TempDir, Failure> {
    let within = within.map_or_else(std::env::temp_dir, Path::to_owned);
    tempfile::tempdir_in(&within).map_err(|error| Failure::io("make a folder in", &within, &error))
}

/// The server, until [`BenchServer::stop`].
pub(super) struct BenchServer {
    /// Where it listens.
    pub(super) address: SocketAddr,
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    /// A connection to a server database must not be closed by a thread of the runtime, so that the last one to drop it is here.
    app: Shared,
}

impl BenchServer {
    /// Starts it.
    pub(super) fn start(store: Arc<Store>) -> Result<BenchServer, Failure> {
        let io = |error: std::io::Error| Failure::new("io", error.to_string());
        let setting = Setting { is_secure: false, set_up_code: None, is_demo: false };
        let app = Arc::new(App::new(store, setting)?);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(io)?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).map_err(io)?;
        let address = listener.local_addr().map_err(io)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (kept, router) = (Arc::clone(&app), routes::router(Arc::clone(&app)));
        let until = Box::pin(async {
            // Also when the sender is gone.
            drop(stopped.await);
        });
        let serving = runtime.spawn(async move {
            listening::serve(app, router, listener, None, until).await;
        });
        Ok(BenchServer { address, runtime, stop, serving, app: kept })
    }

    /// Stops it, and waits for that.
    pub(super) fn stop(self) {
        drop(self.stop);
        drop(self.runtime.block_on(self.serving));
        drop(self.runtime);
        drop(self.app);
    }
}

/// Why a connection is lost.
pub(super) type Lost = Box<dyn std::error::Error + Send + Sync>;

/// The failure of a measurement whose server was lost.
pub(super) fn unreachable_server(why: &(dyn std::error::Error + Send + Sync)) -> Failure {
    Failure::new("io", format!("the server of the measurement was lost: {why}"))
}

/// A connection that is kept open.
pub(super) struct Connection(SendRequest<Full<Bytes>>);

/// A request: where to, on whose behalf, and of which kind its body is.
#[derive(Clone, Copy)]
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    pub(super) authorization: &'a str,
    pub(super) kind: &'static str,
}

impl Connection {
    /// Opens one.
    pub(super) async fn open(address: SocketAddr) -> Result<Connection, Lost> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // Its end is seen by the sender.
        tokio::spawn(async { drop(connection.await) });
        Ok(Connection(sender))
    }

    /// Posts and waits for the whole answer.
    pub(super) async fn post(
        &mut self,
        post: Post<'_>,
        body: impl Into<Bytes>,
    ) -> Result<(StatusCode, Bytes), Lost> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(post.path)
            .header(HOST, "bench")
            .header(AUTHORIZATION, post.authorization)
            .header(CONTENT_TYPE, post.kind)
            .body(Full::new(body.into()))?;
        self.send(request).await
    }

    /// Asks for a page with the cookie of a session.
    pub(super) async fn get(&mut self, path: &str, cookie: &str) -> Result<(StatusCode, Bytes), Lost> {
        let request = Request::builder().uri(path).header(HOST, "bench").header(COOKIE, cookie);
        self.send(request.body(Full::default())?).await
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Lost> {
        self.0.ready().await?;
        let response = self.0.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}
