//! Whether a living head stands before the camera, judged by how five landmarks move while the person does what he is asked.
//!
//! A picture is flat. However it is moved, turned, tilted or brought closer, its five landmarks move as points of one plane
//! do. The nose of a head stands out from the plane of the eyes and the mouth: when the head turns, the nose moves in that
//! plane by its height times the tangent of the turn. [`parallax`] measures that and nothing else, and [`Session`] asks for
//! it to happen to the side that was asked for, step by step, and back again.
//!
//! What it cannot see: a film that happens to show the turns that were asked for, a mask that is as deep as a face, a
//! picture bent around something narrow. So the turns are drawn for each try, and the answer may only ever deny more.

mod challenge;
pub mod parallax;
mod session;

pub use challenge::{CHALLENGES_MAX, Challenge, Challenges, ChallengesRefusal};
pub use session::{
    Failure, LivenessAdvice, LivenessLimits, Observation, RIVAL_WIDTH_SHARE, Session, Verdict,
};
