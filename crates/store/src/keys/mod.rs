//! Keys: from the operator's secret to the key of one field of one member.
//!
//! ```text
//! secret (key file, passphrase) ──argon2id──► root key ──opens──► the ring
//! ring: personal data (each version), look-ups, codes, jobs, audit signature, backups
//! personal data key ──opens──► one data key for each member ──opens──► his fields
//! ```
//!
//! They live apart from the book, in a database of their own with its own short backup life. The two do not commit
//! together: a member's key is written before the member, destroyed before his rows, and start-up repairs what a crash
//! left between the two.

pub mod destruction;
mod kept_ring;
pub mod member;
pub mod ring;
pub mod rotation;
pub mod seal;
