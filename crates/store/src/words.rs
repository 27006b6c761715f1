//! Words that stand for the variants of an enum in columns and records, once for both directions.

/// Makes two functions: from a variant to its word, and back.
macro_rules! words {
    ($(#[$doc:meta])* $word:ident, $of_word:ident: $kind:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[must_use]
        pub const fn $word(kind: $kind) -> &'static str {
            match kind { $($kind::$variant => $text),* }
        }

        pub(crate) fn $of_word(text: &str) -> Option<$kind> {
            match text { $($text => Some($kind::$variant),)* _ => None }
        }
    };
}
pub(crate) use words;
