//! Rules of the club, as pure functions: no IO, no clock, no randomness.
//!
//! Nothing here waits, reads or draws; time and chance are arguments. Answers are enums and numbers: the words for
//! them belong to the program. What comes in is checked once, by the constructor of the type that carries it.
//!
//! - [`id`]: names of members, branches, zones and operations.
//! - [`money`]: amounts in whole minor units of one currency.
//! - [`calendar`]: instants, civil dates, and where a date begins in a branch's own time zone.
//! - [`schedule`]: at which hours of the week a plan is valid.
//! - [`plan`]: the terms of a plan, one version at a time.
//! - [`membership`]: a sold membership: what may be done with it, and what was.
//! - [`entitlement`]: whether a membership opens a zone of a branch at an instant.
//! - [`rate`]: how often something happened, with exact 95 % bounds.
//! - [`calibration`]: what a score of the recogniser is worth, as it was measured.
//! - [`identify`]: whether a face may be taken for a member: identified, unsure or unknown.
//! - [`profile`]: who a member is: name, phone, day of birth, document and the like, each checked.
//! - [`duplicates`]: whether two profiles may be one person.
//! - [`merging`]: making two profiles one, and undoing it.
//! - [`card`]: the number of a card or bracelet in all its spellings.
//! - [`credential`]: what a member is recognised by: states, history, replacement.
//! - [`access_method`]: what is enough at a door or a till; never biometrics only.
//! - [`admission`]: whether somebody may pass a door inwards now, and what is noted when he leaves.
//! - [`qr`]: the code on a member's screen, which changes and opens once.
//! - [`consent`]: what the law permits, the consents given, the permits to enrol and to match, the day of destruction.
//! - [`ledger`]: points of members: transfers, lots, holds, debts.
//! - [`programme`]: the bonus programme: what a basket earns, what may be paid with points, tiers, terms.
//! - [`plain_text`]: what text of people is accepted everywhere.

pub mod access_method;
pub mod admission;
pub mod calendar;
pub mod calibration;
pub mod card;
pub mod consent;
pub mod credential;
pub mod duplicates;
pub mod entitlement;
mod hidden;
pub mod id;
pub mod identify;
pub mod ledger;
pub mod membership;
pub mod merging;
pub mod money;
pub mod plain_text;
pub mod plan;
pub mod profile;
pub mod programme;
pub mod qr;
pub mod rate;
pub mod schedule;
