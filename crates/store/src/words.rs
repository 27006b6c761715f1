//! Words that stand for values in columns, records and answers: one table for both directions.

/// Makes two functions: the word of a value, and the value of a word.
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
