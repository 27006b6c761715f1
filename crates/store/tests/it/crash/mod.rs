//! What survives: kill -9, a full disk, a failed sync, a torn log, a flipped bit.
//!
//! A child program writes whole requests and says each number when the store has answered. The parent ends it in some way
//! and looks at what is left: [`request::whole`] knows what must be there.

mod child;
mod disk;
mod kill;
mod power;
pub(crate) mod request;
mod till;
mod torn;
