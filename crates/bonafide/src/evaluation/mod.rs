//! How far recognition can be trusted, measured on the operator's own photos.
//!
//! The way of an evaluation: [`plan`] says which photo plays which part, [`captures`] makes the templates, [`searches`]
//! asks the product's own search, [`figures`] turns the scores into rates, [`comparisons`] counts the calibration table,
//! and [`document`] and [`report`] tell the result to programs and to people.

pub mod calibration_file;
pub mod captures;
pub mod comparisons;
pub mod document;
pub mod figures;
pub mod histogram;
pub mod outcome;
pub mod plan;
pub mod plot;
pub mod report;
pub mod same_people;
pub mod searches;
pub mod thumbnails;
pub mod wording;
