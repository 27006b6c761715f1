//! Those who ask: so many connections that are kept open, at a pace or as fast as they are answered.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bonafide_store::id::Id;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::commands::bench_server::{Connection, Lost, Post, unreachable_server};
use crate::failure::Failure;
use crate::timing::{Times, rounded};

/// How the decisions went.
#[derive(Debug, Serialize)]
pub(super) struct Served {
    pub(super) decisions_per_s: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Answers that were none, or let nobody in.
    pub(super) errors: usize,
}

/// When requests are made.
#[derive(Clone, Copy)]
pub(super) enum Pace {
    /// So many in a second, whatever becomes of the earlier ones; the time of each counts from when it was due.
    PerSecond(u32),
    /// Each connection asks again when it is answered.
    AtOnce,
}

/// Whom to ask, and how.
#[derive(Clone)]
pub(super) struct Target {
    address: SocketAddr,
    path: &'static str,
    authorization: Arc<str>,
    /// Whether the answer must let somebody in.
    admits: bool,
}

impl Target {
    /// A door with the key of its adapter.
    pub(super) fn door(address: SocketAddr, token: &str) -> Target {
        let authorization = format!("Bearer {token}").into();
        Target { address, path: "/api/v1/door/decisions", authorization, admits: true }
    }

    /// A route that knows nothing of doors.
    pub(super) fn bare(address: SocketAddr) -> Target {
        Target { address, path: "/", authorization: "none".into(), admits: false }
    }
}

/// Asks once for each card, on a thread of its own for all connections.
pub(super) fn ask(
    target: &Target,
    cards: &[String],
    connections: NonZeroUsize,
    pace: Pace,
) -> Result<Served, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("io", error.to_string()))?;
    runtime.block_on(async {
        let work =
            Arc::new(Todo { cards: cards.to_vec(), next: AtomicUsize::new(0), pace, begun: Instant::now() });
        let mut asking = Vec::new();
        for _ in 0..connections.get() {
            let connection =
                Connection::open(target.address).await.map_err(|why| unreachable_server(&*why))?;
            asking.push(tokio::spawn(one_connection(connection, target.clone(), Arc::clone(&work))));
        }
        let (mut times, mut errors) = (Times::default(), 0);
        for one in asking {
            let done = one.await.map_err(|error| Failure::new("panic", error.to_string()))?;
            let done = done.map_err(|why| unreachable_server(&*why))?;
            done.ms.into_iter().for_each(|ms| times.push_ms(ms));
            errors += done.errors;
        }
        let took_s = work.begun.elapsed().as_secs_f64();
        let at = |share| rounded(times.at(share).unwrap_or_default());
        let decisions_per_s = rounded(cards.len() as f64 / took_s);
        Ok(Served { decisions_per_s, p50_ms: at(0.5), p99_ms: at(0.99), errors })
    })
}

struct Todo {
    cards: Vec<String>,
    next: AtomicUsize,
    pace: Pace,
    begun: Instant,
}

#[derive(Default)]
struct Done {
    ms: Vec<f64>,
    errors: usize,
}

async fn one_connection(mut connection: Connection, target: Target, todo: Arc<Todo>) -> Result<Done, Lost> {
    let mut done = Done::default();
    loop {
        let number = todo.next.fetch_add(1, Ordering::Relaxed);
        let Some(card) = todo.cards.get(number) else { return Ok(done) };
        let due = match todo.pace {
            Pace::AtOnce => Instant::now(),
            Pace::PerSecond(count) => {
                let due = todo.begun + Duration::from_secs(1) / count * u32::try_from(number)?;
                tokio::time::sleep_until(due.into()).await;
                due
            }
        };
        let admitted = once(&mut connection, &target, card).await?;
        done.ms.push(due.elapsed().as_secs_f64() * 1e3);
        done.errors += usize::from(!admitted);
    }
}

#[derive(Deserialize)]
struct Opened {
    open: bool,
}

async fn once(connection: &mut Connection, target: &Target, card: &str) -> Result<bool, Lost> {
    let operation = Id::new(clock::now_us()).map_err(|fault| fault.to_string())?;
    let body =
        format!(r#"{{"operation":"{operation}","direction":"entry","presented":[{{"card_hex":"{card}"}}]}}"#);
    let post = Post { path: target.path, authorization: &target.authorization, kind: "application/json" };
    let (status, body) = connection.post(post, body).await?;
    if status != StatusCode::OK {
        return Ok(false);
    }
    Ok(!target.admits || serde_json::from_slice::<Opened>(&body)?.open)
}
