//! Questions in SQL: the book of the club on SQLite or PostgreSQL, its keys and sealed fields, its audit.
//!
//! Everything is synchronous. [`store::Store`] is opened once; questions are functions named after what they ask, one file
//! for each noun, with their SQL in sight. Only [`db`] and [`dialect`] know which engine is in use.
//!
//! - [`store`]: the book, opened; [`fault`]: what can go wrong; [`value`]: values and rows; [`id`]: ids.
//! - [`keys`]: from the operator's secret to the key of one member; sealed fields and keyed look-ups.
//! - [`audit`]: the trace of everything, as a signed Merkle tree.
//! - [`organisation`]: branches, zones, doors, tills, lockers; [`plans`]: what is sold, version by version, and for how much;
//!   [`memberships`]: what was sold, with its history.
//! - [`members`]: who they are; [`search`]: the index in memory that finds what is sealed; [`directory`]: the two together;
//!   [`following`]: kept up with what other processes do.
//! - [`credentials`]: what they are recognised by; [`consents`]: what they agreed to; [`templates`]: their faces.
//! - [`staff`]: who works here, and who is signed in.
//! - [`passages`]: what doors decided, who went through, who is inside now; [`lockers`]: who has which; [`trial`]: beside an older
//!   system.
//! - [`qr`]: the devices that show codes, and which codes have opened.
//! - [`devices`]: what asks on behalf of a door or a till; [`idempotency`]: requests that may be asked twice.
//! - [`allowances`]: what tills may let points pay without a network.
//! - [`sends`]: one-time codes that were sent, counted against guessing and pumping.
//! - [`figures`]: what a programme costs and brings; [`corrections`]: points put right by hand;
//!   [`surveys`]: how a purchase was; [`personal_offers`]: rules for some members in person.
//! - [`person_export`]: all that is stored about one of them; [`erasure`]: the way out.
//! - [`imports`]: rows of a spreadsheet into the book, safe to run twice.
//! - [`jobs`]: what is to be done after a commit; [`commits`]: being woken by one.
//! - [`check`](mod@check): looks through everything.

pub mod allowances;
pub mod audit;
pub mod check;
pub mod commits;
mod conditions;
pub mod consents;
pub mod corrections;
pub mod credentials;
pub mod db;
pub mod devices;
pub mod dialect;
pub mod directory;
pub mod erasure;
pub mod fault;
pub mod figures;
pub mod following;
pub mod id;
pub mod idempotency;
pub mod imports;
pub mod jobs;
mod journal;
pub mod keys;
pub mod ledger;
mod loading;
pub mod lockers;
pub mod members;
pub mod memberships;
mod migration;
pub mod organisation;
pub mod passages;
pub mod person_export;
pub mod personal_offers;
pub mod plans;
pub mod purchases;
pub mod qr;
mod readers;
pub mod referrals;
pub mod rewards;
pub mod search;
pub mod sends;
mod sequencer;
pub mod single_rows;
pub mod staff;
pub mod store;
pub mod surveys;
pub mod templates;
pub mod trial;
pub mod value;
mod words;
mod write_back;
mod writer;
mod written;
