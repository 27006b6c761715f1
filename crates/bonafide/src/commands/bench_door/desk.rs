//! A desk that is open while people pass: how long its moving part takes, for which its page asks when it is told that something
//! happened, twice a second at most.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Serialize;

use super::load::{self, Pace, Served, Target};
use crate::commands::bench_server::{Connection, Lost, unreachable_server};
use crate::failure::Failure;
use crate::timing::{Times, rounded};

/// Who passes in a second.
const PASSAGES_PER_S: u32 = 50;

/// How often an open desk asks.
const ASKS_EVERY: Duration = Duration::from_millis(500);

/// How the desk was answered.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    /// How often it asked.
    pub(super) asked: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Answers that were no page, of the desk and of the door.
    pub(super) errors: usize,
}

/// A desk with its session.
pub(super) struct Desk<'a> {
    pub(super) address: SocketAddr,
    pub(super) path: &'a str,
    pub(super) cookie: &'a str,
}

/// Lets people pass and asks for the desk meanwhile.
pub(super) fn while_people_pass(
    desk: &Desk<'_>,
    target: &Target,
    cards: &[String],
    connections: NonZeroUsize,
) -> Result<Shown, Failure> {
    thread::scope(|scope| {
        let passing = scope.spawn(|| load::ask(target, cards, connections, Pace::PerSecond(PASSAGES_PER_S)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new("io", error.to_string()))?;
        let asked = runtime.block_on(ask(desk, || passing.is_finished()));
        let (times, asked, not_shown) = asked.map_err(|why| unreachable_server(&*why))?;
        let passed = passing.join().map_err(|_| Failure::new("panic", "those who pass have panicked"))?;
        let Served { errors, .. } = passed?;
        let at = |share| rounded(times.at(share).unwrap_or_default());
        Ok(Shown { asked, p50_ms: at(0.5), p99_ms: at(0.99), errors: errors + not_shown })
    })
}

async fn ask(desk: &Desk<'_>, is_over: impl Fn() -> bool) -> Result<(Times, usize, usize), Lost> {
    let mut connection = Connection::open(desk.address).await?;
    let (mut times, mut asked, mut not_shown) = (Times::default(), 0, 0);
    while !is_over() {
        tokio::time::sleep(ASKS_EVERY).await;
        let begun = std::time::Instant::now();
        let (status, page) = connection.get(desk.path, desk.cookie).await?;
        times.push_ms(begun.elapsed().as_secs_f64() * 1e3);
        asked += 1;
        not_shown += usize::from(status != StatusCode::OK || page.is_empty());
    }
    Ok((times, asked, not_shown))
}
