//! What is counted, in the text form of OpenMetrics. No number is about a person.

use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the classes of time, in seconds: a door has 10 ms, a person waits a second.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0];

/// The counters of the server.
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram>,
    /// Connections that are open.
    pub connections: Gauge,
    /// Streams of events that are open.
    pub streams: Gauge,
    /// Wallets and accounts that are not what their transfers make.
    pub ledger_mismatches: Gauge,
    decisions: Family<Decided, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Asked {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Decided {
    outcome: &'static str,
}

impl EncodeLabelSet for Answered {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        let status = self.status.to_string();
        let labels =
            [("method", self.method.as_str()), ("route", self.route.as_str()), ("status", status.as_str())];
        labels.as_slice().encode(encoder)
    }
}

impl EncodeLabelSet for Asked {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        [("route", self.route.as_str())].as_slice().encode(encoder)
    }
}

impl EncodeLabelSet for Decided {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        [("outcome", self.outcome)].as_slice().encode(encoder)
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("bonafide");
        let requests = Family::<Answered, Counter>::default();
        let seconds = Family::<Asked, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        let (connections, streams, ledger_mismatches) =
            (Gauge::default(), Gauge::default(), Gauge::default());
        let decisions = Family::<Decided, Counter>::default();
        registry.register("http_requests", "Requests that were answered", requests.clone());
        registry.register_with_unit(
            "http_request",
            "How long a request took",
            Unit::Seconds,
            seconds.clone(),
        );
        registry.register("connections", "Connections that are open", connections.clone());
        registry.register("streams", "Streams of events that are open", streams.clone());
        let words = "Wallets and accounts that are not what their transfers make, at the last look";
        registry.register("ledger_mismatches", words, ledger_mismatches.clone());
        registry.register("door_decisions", "Decisions of doors", decisions.clone());
        Metrics { registry, requests, seconds, connections, streams, ledger_mismatches, decisions }
    }

    /// A request was answered.
    pub fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let (method, route) = (method.to_string(), route.to_owned());
        self.seconds.get_or_create(&Asked { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    /// A door decided.
    pub fn decided(&self, outcome: &'static str) {
        self.decisions.get_or_create(&Decided { outcome }).inc();
    }

    /// All numbers as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text does not fail.
        encode(&mut text, &self.registry).map_or_else(|_| String::new(), |()| text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics::new()
    }
}
