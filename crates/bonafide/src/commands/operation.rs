//! The id of one thing that is asked for: asked again with it, nothing is done twice.

use bonafide_store::id::Id;

use crate::failure::Failure;

/// Under which id something is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct OperationArgs {
    /// An id that you made for this, a UUID: asked again with it, it is answered as before and nothing is done twice. Without
    /// one, a fresh one is made.
    #[arg(long = "operation", value_name = "ID", value_parser = id)]
    operation: Option<Id>,
}

impl OperationArgs {
    /// The id that was given, or a new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn id(&self, now_us: i64) -> Result<Id, Failure> {
        Ok(match self.operation {
            Some(id) => id,
            None => Id::new(now_us)?,
        })
    }
}

/// Reads an id.
pub(crate) fn id(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| format!("{text} is no id: an id has 32 hexadecimal digits with hyphens"))
}
