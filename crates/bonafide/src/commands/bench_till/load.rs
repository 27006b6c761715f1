//! Those who buy: each at a till of its own, one purchase after the other.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bonafide_store::id::Id;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::club::Shop;
use crate::clock;
use crate::commands::bench_server::{Connection, Lost, Post, unreachable_server};
use crate::failure::Failure;
use crate::timing::{Times, rounded};

/// Lines of each receipt.
const LINES: usize = 5;

/// How the purchases of one run went.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    /// `sqlite` or `postgres`.
    pub(super) engine: &'static str,
    pub(super) clients: usize,
    pub(super) purchases_per_s: f64,
    /// From the card to the receipt: three requests.
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Purchases that were not completed as asked.
    pub(super) errors: usize,
}

/// So many purchases by so many clients, on a thread of its own for all connections.
pub(super) fn buy(
    engine: &'static str,
    address: SocketAddr,
    shop: &Arc<Shop>,
    (clients, purchases): (NonZeroUsize, usize),
) -> Result<Run, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("io", error.to_string()))?;
    runtime.block_on(async {
        let todo = Arc::new(Todo { shop: Arc::clone(shop), next: AtomicUsize::new(0), purchases });
        let begun = Instant::now();
        let mut buying = Vec::new();
        for number in 0..clients.get() {
            let connection = Connection::open(address).await.map_err(|why| unreachable_server(&*why))?;
            let token = &shop.tokens[number % shop.tokens.len()];
            let till = Till { connection, authorization: format!("Bearer {}", token.as_str()) };
            buying.push(tokio::spawn(one_till(till, Arc::clone(&todo))));
        }
        let (mut times, mut errors) = (Times::default(), 0);
        for one in buying {
            let done = one.await.map_err(|error| Failure::new("panic", error.to_string()))?;
            let done = done.map_err(|why| unreachable_server(&*why))?;
            done.ms.into_iter().for_each(|ms| times.push_ms(ms));
            errors += done.errors;
        }
        let took_s = begun.elapsed().as_secs_f64();
        let at = |share| rounded(times.at(share).unwrap_or_default());
        let purchases_per_s = rounded(purchases as f64 / took_s);
        Ok(Run { engine, clients: clients.get(), purchases_per_s, p50_ms: at(0.5), p99_ms: at(0.99), errors })
    })
}

struct Todo {
    shop: Arc<Shop>,
    next: AtomicUsize,
    purchases: usize,
}

#[derive(Default)]
struct Done {
    ms: Vec<f64>,
    errors: usize,
}

struct Till {
    connection: Connection,
    authorization: String,
}

async fn one_till(mut till: Till, todo: Arc<Todo>) -> Result<Done, Lost> {
    let mut done = Done::default();
    loop {
        let number = todo.next.fetch_add(1, Ordering::Relaxed);
        if number >= todo.purchases {
            return Ok(done);
        }
        let begun = Instant::now();
        let bought = till.purchase(&todo.shop.cards[todo.shop.place(number)]).await?;
        done.ms.push(begun.elapsed().as_secs_f64() * 1e3);
        done.errors += usize::from(!bought);
    }
}

#[derive(Deserialize)]
struct Known {
    customer: String,
}

#[derive(Deserialize)]
struct Quoted {
    earned_points: u64,
}

#[derive(Deserialize)]
struct Bought {
    state: String,
    earned_points: u64,
}

impl Till {
    /// The card, the offer, the receipt.
    async fn purchase(&mut self, card: &str) -> Result<bool, Lost> {
        let presented = json!({ "presented": [{ "card_hex": card }] });
        let Some(known): Option<Known> = self.ask("/api/v1/till/recognitions", &presented).await? else {
            return Ok(false);
        };
        let line = |number: usize| {
            json!({
                "product": format!("46000510000{number:02}"), "categories": ["groceries", "drinks"],
                "quantity_milli": 1000, "price_minor": 199 + 10 * number,
            })
        };
        let lines: Vec<_> = (0..LINES).map(line).collect();
        let basket = json!({ "currency": "EUR", "lines": lines });
        let quote = json!({ "customer": known.customer, "basket": basket });
        let Some(quoted): Option<Quoted> = self.ask("/api/v1/till/quotes", &quote).await? else {
            return Ok(false);
        };
        let id = Id::new(clock::now_us()).map_err(|fault| fault.to_string())?;
        let sale = json!({ "customer": known.customer, "basket": basket, "receipt": id.to_string() });
        let path = format!("/api/v1/till/purchases/{id}/completion");
        let bought: Option<Bought> = self.ask(&path, &sale).await?;
        Ok(bought
            .is_some_and(|bought| bought.state == "done" && bought.earned_points == quoted.earned_points))
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &mut self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<Option<T>, Lost> {
        let post = Post { path, authorization: &self.authorization, kind: "application/json" };
        let (status, answer) = self.connection.post(post, body.to_string()).await?;
        if status != StatusCode::OK {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&answer)?))
    }
}
