//! Every limit of the gallery, by name.

/// Longest template in components. With 1,024 the largest dot product, 1,024 × 127 × 16,256, still fits an `i32`.
pub const DIM_MAX: usize = 1_024;

/// Member numbers are below this. The directory holds 4 bytes for every number up to the highest in use.
pub const MEMBERS_MAX: u32 = 1 << 24;

/// Templates that one member may have.
pub const TEMPLATES_PER_MEMBER_MAX: usize = 16;

/// Groups that one member may belong to.
pub const GROUPS_PER_MEMBER_MAX: usize = 64;

/// Different groups in one gallery.
pub const GROUPS_MAX: usize = 1_024;

/// More threads than this are never started for one search, whatever the options say.
pub const THREADS_MAX: usize = 64;

/// Templates that are scored together: one 64-byte line holds four components of each.
pub(crate) const BLOCK_SLOTS: usize = 16;

/// Queries that share one pass over the templates.
pub(crate) const QUERIES_PER_PASS: usize = 8;
