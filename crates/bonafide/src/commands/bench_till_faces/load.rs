//! Pictures of one till, one after the other; and of all tills together, at a given pace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, sleep_until};
use zeroize::Zeroizing;

use super::P95_MAX_MS;
use crate::commands::bench_server::{Connection, Lost, Post, unreachable_server};
use crate::failure::Failure;
use crate::timing::{Times, rounded};

/// Pictures before the first one that counts.
const WARM_UP: u32 = 5;

/// A till that was told that too many wait sends its picture again after this.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// How the pictures of one till were answered.
#[derive(Debug, Serialize)]
pub(super) struct Alone {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Pictures by which nobody was found.
    pub(super) not_found: u32,
}

/// How the pictures of all tills were answered.
#[derive(Debug, Serialize)]
pub(super) struct Together {
    pub(super) sent_per_s: u32,
    pub(super) answered_per_s: f64,
    /// From the moment at which a picture was to be sent.
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    /// How often a till was told to send again.
    pub(super) sent_again: u32,
}

impl Together {
    /// Whether customers wait no longer than they may.
    pub(super) fn is_carried(&self) -> bool {
        self.p95_ms <= P95_MAX_MS
    }
}

#[derive(Deserialize)]
struct Looked {
    result: String,
    name: Option<String>,
}

struct Till {
    connection: Connection,
    authorization: String,
}

impl Till {
    async fn open(address: SocketAddr, token: &Zeroizing<String>) -> Result<Till, Lost> {
        let connection = Connection::open(address).await?;
        Ok(Till { connection, authorization: format!("Bearer {}", token.as_str()) })
    }

    /// Sends a picture; whether the customer's profile came back, or nothing when too many wait.
    async fn look(&mut self, frame: &[u8]) -> Result<Option<bool>, Lost> {
        let post =
            Post { path: "/api/v1/till/faces", authorization: &self.authorization, kind: "image/jpeg" };
        let (status, answer) = self.connection.post(post, frame.to_vec()).await?;
        match status {
            StatusCode::OK => {
                let looked: Looked = serde_json::from_slice(&answer)?;
                Ok(Some(looked.result == "candidate" && looked.name.is_some()))
            }
            StatusCode::SERVICE_UNAVAILABLE => Ok(None),
            other => Err(format!("{other}: {}", String::from_utf8_lossy(&answer)).into()),
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new("io", error.to_string()))
}

/// One till, one picture after the other.
pub(super) fn alone(
    address: SocketAddr,
    token: &Zeroizing<String>,
    frame: &[u8],
    runs: u32,
) -> Result<Alone, Failure> {
    let measured = runtime()?.block_on(async {
        let mut till = Till::open(address, token).await?;
        let (mut times, mut not_found) = (Times::default(), 0);
        for run in 0..WARM_UP + runs {
            let begun = Instant::now();
            let found = till.look(frame).await?;
            if run >= WARM_UP {
                times.push_ms(begun.elapsed().as_secs_f64() * 1e3);
                not_found += u32::from(found != Some(true));
            }
        }
        Ok::<_, Lost>((times, not_found))
    });
    let (times, not_found) = measured.map_err(|why| unreachable_server(&*why))?;
    let at = |share| rounded(times.at(share).unwrap_or_default());
    Ok(Alone { p50_ms: at(0.5), p99_ms: at(0.99), not_found })
}

/// All tills: so many pictures a second, in turn, whether the ones before were answered or not.
pub(super) fn together(
    address: SocketAddr,
    tokens: &[Zeroizing<String>],
    frame: &[u8],
    (rate_per_s, pictures): (u32, u32),
) -> Result<Together, Failure> {
    let frame: Arc<[u8]> = frame.into();
    let measured = runtime()?.block_on(async {
        let begun = Instant::now();
        let tills = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        let mut looking = Vec::new();
        for (number, token) in (0..tills).zip(tokens) {
            let till = Till::open(address, token).await?;
            let own: Vec<Instant> = (number..pictures)
                .step_by(tokens.len())
                .map(|turn| begun + Duration::from_secs(1) + Duration::from_secs(1) * turn / rate_per_s)
                .collect();
            looking.push(tokio::spawn(one_till(till, own, Arc::clone(&frame))));
        }
        let (mut times, mut sent_again) = (Times::default(), 0);
        for one in looking {
            let (own, again) = one.await??;
            own.into_iter().for_each(|ms| times.push_ms(ms));
            sent_again += again;
        }
        // The tills began a second after they were there.
        Ok::<_, Lost>((times, sent_again, begun.elapsed().as_secs_f64() - 1.0))
    });
    let (times, sent_again, took_s) = measured.map_err(|why| unreachable_server(&*why))?;
    let at = |share| rounded(times.at(share).unwrap_or_default());
    let answered_per_s = rounded(f64::from(pictures) / took_s);
    Ok(Together { sent_per_s: rate_per_s, answered_per_s, p50_ms: at(0.5), p95_ms: at(0.95), sent_again })
}

async fn one_till(mut till: Till, at: Vec<Instant>, frame: Arc<[u8]>) -> Result<(Vec<f64>, u32), Lost> {
    let (mut ms, mut again) = (Vec::new(), 0);
    for turn in at {
        sleep_until(turn).await;
        while till.look(&frame).await?.is_none() {
            again += 1;
            sleep(AGAIN_AFTER).await;
        }
        ms.push(turn.elapsed().as_secs_f64() * 1e3);
    }
    Ok((ms, again))
}
