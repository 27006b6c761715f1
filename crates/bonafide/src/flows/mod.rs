//! What happens when a person meets the club: recognise, read, decide, write, answer. A flow has no rule and no SQL of its own.

pub mod code;
pub mod enrolment;
pub mod entry;
pub mod face;
pub mod kiosk;
pub mod phone_codes;
pub mod provider;
pub mod recognition;
pub mod secrets;
pub mod sending_codes;
pub mod till;
pub mod till_faces;
pub mod till_profile;
pub mod till_proofs;
pub mod till_rewards;
pub mod trial;
