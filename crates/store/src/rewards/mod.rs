//! Gifts that lie in shops: what kinds there are, how many of each lie at which branch, and who took one.
//!
//! The rules of a programme say from which tier up a gift may be had and for how many points; here is counted. A till names each taking by
//! an id of its own, and asks as often as it likes: the same again is answered as before. Stock, points and the taking are one
//! transaction, so that of two tills that reach for the last one exactly one has it (case T-06), and nobody pays for what is not there.
//!
//! - [`kinds`]: what the gifts are called. [`stock`]: what came and went, which is never below zero.
//! - [`taking`]: a member takes one, or brings it back. [`offered`]: what he may take now.

pub mod kinds;
pub mod offered;
pub mod stock;
pub mod taking;
