//! Template to nearest: the exact 1:N search over int8 face templates.
//!
//! The gallery knows nothing of people. A member is a dense `u32`, a group is a bit set of members. The caller keeps
//! the meaning of both, and decides what score is enough; here are only numbers.
//!
//! - [`Gallery`] holds the templates and answers [`Gallery::search`] with the best and the second *member*.
//! - [`Change`] is a checked and quantised insertion or a removal; a batch of them becomes visible at once.
//! - [`Query`] is a checked and quantised face to look for.
//! - [`reference`](mod@reference) is the slow f64 search that judges the fast one; [`measure`] is for the benchmark.
//!
//! Scores are cosines. A template is stored as int8 with its own step, a query as 15-bit integers; the error that this
//! makes is bounded by [`template_error_bound`] and [`query_error_bound`]. Whichever instruction set and however many
//! threads are used, the answer is the same to the last bit; equal scores go to the lower member number.

mod change;
mod directory;
mod gallery;
mod groups;
mod kernel;
mod limits;
pub mod measure;
mod memory;
mod query;
pub mod reference;
mod search;
mod segment;
mod smaps;
mod snapshot;
mod top_two;
mod vector;

pub use change::{Change, ChangeError};
pub use gallery::{Applied, ApplyError, Gallery, GalleryError, GalleryOptions, UpsertError};
pub use groups::{Filter, GroupId};
pub use kernel::InstructionSet;
pub use limits::{
    DIM_MAX, GROUPS_MAX, GROUPS_PER_MEMBER_MAX, MEMBERS_MAX, TEMPLATES_PER_MEMBER_MAX, THREADS_MAX,
};
pub use memory::WipeObserver;
pub use query::Query;
pub use search::{Hit, Search, SearchError, SearchOptions};
pub use smaps::HugePages;
pub use vector::{VectorError, query_error_bound, template_error_bound};
