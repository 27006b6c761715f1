//! Why a command could not do its work: a stable key for programs and a sentence for people.

use serde::Serialize;

/// A command's refusal or fault. Its sentence says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable `snake_case` key.
    pub key: &'static str,
    /// One sentence for a person.
    pub message: String,
}

impl Failure {
    /// A failure with its key and sentence.
    pub fn new(key: &'static str, message: impl Into<String>) -> Failure {
        Failure { key, message: message.into() }
    }

    /// A failed operation on a file; `doing` is a verb, for example "read".
    pub fn io(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure::new("io", format!("cannot {doing} {}: {error}", path.display()))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<bonafide_store::fault::Fault> for Failure {
    fn from(fault: bonafide_store::fault::Fault) -> Self {
        Failure::new(fault.kind.key(), fault.to_string())
    }
}

impl From<bonafide_faces::network::WeightsRefusal> for Failure {
    fn from(refusal: bonafide_faces::network::WeightsRefusal) -> Self {
        Failure::new("weights_refused", refusal.to_string())
    }
}

impl From<bonafide_faces::network::NetworkFault> for Failure {
    fn from(fault: bonafide_faces::network::NetworkFault) -> Self {
        Failure::new("network_fault", fault.to_string())
    }
}
