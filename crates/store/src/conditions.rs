//! Conditions of a statement that depend on what was asked for, with their values.

use crate::value::Value;

/// Conditions that must all hold, and the values of `$1`, `$2`, … in them.
#[derive(Default)]
pub(crate) struct Conditions {
    pub(crate) words: Vec<String>,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition whose `?` stands for the value; nothing when there is no value.
    pub(crate) fn add(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        self.values.push(value.into());
        self.words.push(condition.replace('?', &format!("${}", self.values.len())));
    }
}
