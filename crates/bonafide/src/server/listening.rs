//! Takes connections: so many at once, each with so much time for its head, by TLS or not, until the server is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::server::app::Shared;
use crate::server::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_TIME_MAX, SHUTDOWN_TIME_MAX};
use crate::server::request::Peer;

/// How long accepting rests when the system has no descriptor left: the others give some back meanwhile.
const REST: Duration = Duration::from_millis(50);

/// Serves until `stop` is there; then lets running requests end, for [`SHUTDOWN_TIME_MAX`] at most.
pub async fn serve(
    app: Shared,
    router: Router,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut stop: BoxFuture<'static, ()>,
) {
    let (graceful, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(CONNECTIONS_MAX)));
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection could be taken");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let (app, router, tls, watcher) = (Arc::clone(&app), router.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            app.metrics.connections.inc();
            if let Some(stream) = Stream::of(stream, tls).await {
                let connection = connection(Arc::clone(&app), router, stream, peer);
                // The other side went away, or was too slow: its own affair.
                drop(watcher.watch(connection).await);
            }
            app.metrics.connections.dec();
            drop(place);
        });
    }
    app.stop();
    drop(listener);
    if tokio::time::timeout(SHUTDOWN_TIME_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

struct Stream;

impl Stream {
    /// The connection, after the handshake where there is one.
    async fn of(stream: TcpStream, tls: Option<TlsAcceptor>) -> Option<Box<dyn Socket>> {
        // Answers are short and someone waits for them at a door.
        stream.set_nodelay(true).ok()?;
        let Some(tls) = tls else { return Some(Box::new(stream)) };
        let shaken = tokio::time::timeout(HEAD_TIME_MAX, tls.accept(stream)).await;
        Some(Box::new(shaken.ok()?.ok()?))
    }
}

fn connection(
    app: Shared,
    router: Router,
    stream: Box<dyn Socket>,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        let visitor = app.proxies.visitor(peer.ip(), request.headers());
        request.extensions_mut().insert(Peer(visitor));
        router.clone().oneshot(request)
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service)
}
