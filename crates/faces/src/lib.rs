//! Pixels to template: photo decoding, detection, alignment, quality, embedding.
//!
//! The way of a photo: [`photo::decode`] → [`engine::Engine::detect`] → [`align::align`] → [`quality::measure`] →
//! [`engine::Engine::embed`]; [`engine::Engine::capture`] goes it in one call. This crate knows nothing of members.

pub mod align;
pub mod centre;
mod convnet;
pub mod detect;
pub mod embed;
pub mod engine;
mod fold;
pub mod liveness;
pub mod network;
mod onnx;
pub mod photo;
pub mod quality;
mod scale;
pub mod supplied;
pub mod template;

pub use fold::FoldRefusal;
