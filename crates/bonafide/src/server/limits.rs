//! The limits of the server, each with its reason. What is beyond one is refused with words, never cut.

use std::time::Duration;

/// Connections at once. A club has tens; what is beyond waits in the system's queue.
pub const CONNECTIONS_MAX: usize = 2_048;

/// How long a TLS handshake, and how long the head of a request may take (case W-18).
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a request may take, its body included. Streams of events begin within it and then last.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a door waits for the book to say whose key it shows, and whoever leaves for the book to note it.
pub const DOOR_ASKS_TIME_MAX: Duration = Duration::from_secs(2);

/// How long requests that run may go on when the server stops.
pub const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(10);

/// Bytes of the head of a request.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a body where the route names no other limit: a form.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Bytes of the form of a programme's rules: as long as what is kept of them, see
/// [`RULES_BYTES_MAX`](bonafide_store::ledger::programmes::RULES_BYTES_MAX), with what a form adds to it.
pub const RULES_FORM_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a camera's frame: 1280 × 720 as a JPEG of high quality.
pub const FRAME_BYTES_MAX: usize = 512 * 1024;

/// Bytes of a photo that is uploaded: what a phone makes.
pub const PHOTO_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Questions to the book at once; further ones wait for their turn within their own time.
pub const QUESTIONS_MAX: usize = 128;

/// Streams of events at once: desks that are open.
pub const STREAMS_MAX: usize = 256;
