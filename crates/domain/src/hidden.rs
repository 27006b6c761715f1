//! Personal values that must not reach a log.

/// Gives each type a `Debug` that prints its name and `…`. With a derived one, a single `{:?}` of a whole request would
/// write phones and document numbers into a log that is kept longer than the member.
macro_rules! hide_from_debug {
    ($($type:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    )+};
}

pub(crate) use hide_from_debug;
