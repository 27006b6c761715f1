//! Pages that move by themselves: whoever has one open is told that something happened, and asks for the part that changed.
//!
//! The book wakes it at each commit; it looks once for all that follows the same branch's events at most [`PER_SECOND`] times a
//! second, so that a page stays usable at any number of passages. What happened while a page had lost its connection is seen at
//! the first question after it: the parts are always asked for whole.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use bonafide_store::id::Id;
use bonafide_store::passages::changes::{self, Cursor};
use bonafide_store::store::Store;
use futures_util::stream;
use tokio::sync::watch;

use crate::server::app::Shared;
use crate::server::limits::STREAMS_MAX;
use crate::server::trouble::Trouble;

/// How often a page is told at most.
pub const PER_SECOND: u32 = 2;

/// How long a page waits for a commit of this process before it looks anyway: other processes of a chain commit too.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Says to a browser how long to wait before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// Tells those who wait that something was committed.
pub struct Live {
    commits: watch::Sender<u64>,
}

impl Live {
    /// Listens to the commits of a book.
    #[must_use]
    pub fn of(store: &Store) -> Live {
        let commits = watch::Sender::new(0);
        let told = commits.clone();
        store.on_commit(Box::new(move || told.send_modify(|count| *count += 1)));
        Live { commits }
    }

    /// Wakes at each commit.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }
}

struct Following {
    app: Shared,
    branch: Id,
    cursor: Cursor,
    commits: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _open: Open,
}

/// Counts a stream as long as it is open.
struct Open(Shared);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.streams.dec();
    }
}

/// A stream that says `moved` whenever something happened at the doors of a branch.
///
/// # Errors
/// A [`Trouble`] when there are too many of them, or the book cannot be read.
pub async fn stream(app: &Shared, branch: Id) -> Result<Response, Trouble> {
    if app.metrics.streams.inc() >= i64::try_from(STREAMS_MAX).unwrap_or(i64::MAX) {
        app.metrics.streams.dec();
        return Err(Trouble::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "too_many_streams"));
    }
    let open = Open(app.clone());
    let commits = app.live.commits();
    let cursor = app.read(|tx, _| changes::now(tx)).await?;
    let stopping = app.stopping();
    let following = Following { app: app.clone(), branch, cursor, commits, stopping, _open: open };
    let first = Ok::<_, Infallible>(Event::default().event("here").retry(RETRY).data("1"));
    let moved = stream::unfold(following, next);
    let events = futures_util::StreamExt::chain(stream::once(async { first }), moved);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// The next event, when there is one to tell.
async fn next(mut following: Following) -> Option<(Result<Event, Infallible>, Following)> {
    loop {
        if *following.stopping.borrow() {
            return None;
        }
        tokio::select! {
            changed = following.commits.changed() => changed.ok()?,
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = following.stopping.changed() => return None,
        }
        // What comes within the same moment is told together.
        tokio::time::sleep(Duration::from_secs(1) / PER_SECOND).await;
        following.commits.mark_unchanged();
        let (branch, cursor) = (following.branch, following.cursor);
        let looked = following.app.read(move |tx, _| changes::since(tx, &[branch], cursor)).await;
        // A book that cannot be read now may be read in a moment; the page is told nothing that is not so.
        let Ok(looked) = looked else { continue };
        following.cursor = looked.next;
        if !looked.changes.is_empty() {
            let id = looked.next.0.to_string();
            let count = looked.changes.len().to_string();
            return Some((Ok(Event::default().event("moved").id(id).data(count)), following));
        }
    }
}
