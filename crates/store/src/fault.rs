//! What can go wrong below the rules: never the visitor's doing, never an answer.
//!
//! "No row" and "the database failed" are different values: the first is an `Option`, the second a [`Fault`].

/// What kind of thing went wrong, as far as a caller can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no space left: nothing was written. Free some, and go on.
    Full,
    /// A write did not reach the disk. Writing has stopped; start again after looking at the disk. What was asked at that
    /// moment may be there then, whole, or not: ask again with the same id.
    Halted,
    /// Another process holds the data folder, or the row was changed too often meanwhile.
    Busy,
    /// The row exists already; see [`crate::dialect::is_duplicate`].
    Duplicate,
    /// The database cannot be reached.
    Unreachable,
    /// The connection broke while the commit was on its way: it may be durable or not.
    Unknown,
    /// A bit was changed: a seal does not open, a hash does not fit.
    Damaged,
    /// The key does not open this book.
    WrongKey,
    /// The book was written by another version of the program.
    Version,
    /// The system gives no random bytes.
    NoRandomness,
    /// The queue is full: too much was asked at once.
    Overloaded,
    /// Anything else: a mistake of the program.
    Broken,
}

impl FaultKind {
    /// Stable key for programs.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            FaultKind::Full => "disk_full",
            FaultKind::Halted => "writing_stopped",
            FaultKind::Busy => "busy",
            FaultKind::Duplicate => "duplicate",
            FaultKind::Unreachable => "database_unreachable",
            FaultKind::Unknown => "unknown_outcome",
            FaultKind::Damaged => "damaged",
            FaultKind::WrongKey => "wrong_key",
            FaultKind::Version => "other_version",
            FaultKind::NoRandomness => "no_randomness",
            FaultKind::Overloaded => "overloaded",
            FaultKind::Broken => "broken",
        }
    }

    /// What a person can do.
    #[must_use]
    pub const fn way_out(self) -> &'static str {
        match self {
            FaultKind::Full => "free some space; nothing was lost, and nothing is half done",
            FaultKind::Halted => {
                "a write did not reach the disk: check the disk, then start the program again; what was answered is safe"
            }
            FaultKind::Busy => "another program holds the book, or too many change the same row: try again",
            FaultKind::Duplicate => "it is there already",
            FaultKind::Unreachable => "check that the database runs and that its address is right",
            FaultKind::Unknown => {
                "the connection broke at the last moment: ask again with the same id, which is answered as before if it was written"
            }
            FaultKind::Damaged => "run `bonafide store check`, then restore from a backup",
            FaultKind::WrongKey => "use the key that this book was made with",
            FaultKind::Version => "use the version of the program that the book asks for",
            FaultKind::NoRandomness => "the system gives no random bytes: nothing can be sealed",
            FaultKind::Overloaded => "too much is asked at once: try again in a moment",
            FaultKind::Broken => "this is a mistake of the program: please report it",
        }
    }
}

/// A failure with its context, for the log. It never carries a person's data: statements and names of columns only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// Where and what, for whoever runs the server.
    pub context: String,
}

impl Fault {
    /// A fault with its context.
    pub fn new(kind: FaultKind, context: impl std::fmt::Display) -> Fault {
        Fault { kind, context: context.to_string() }
    }

    /// Whether it is about a whole transaction, and not about one request in it.
    pub(crate) const fn is_of_all(&self) -> bool {
        matches!(self.kind, FaultKind::Full | FaultKind::Halted | FaultKind::Busy | FaultKind::Unreachable)
    }

    /// A mistake of the program.
    pub fn broken(context: impl std::fmt::Display) -> Fault {
        Fault::new(FaultKind::Broken, context)
    }

    /// A seal or a hash that does not fit.
    pub fn damaged(context: impl std::fmt::Display) -> Fault {
        Fault::new(FaultKind::Damaged, context)
    }

    /// The same with words before its context.
    #[must_use]
    pub fn at(self, place: impl std::fmt::Display) -> Fault {
        Fault { context: format!("{place}: {}", self.context), ..self }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.kind.way_out(), self.context)
    }
}

impl std::error::Error for Fault {}
