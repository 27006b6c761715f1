//! Progress bars on standard error; none when it is not a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `total` steps with the time left.
#[must_use]
pub fn bar(label: &str, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(label.to_owned());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} · {eta} left");
    // The template above is a constant that the test below parses.
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// A count of what has no known end.
#[must_use]
pub fn counter(label: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(label.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {pos} · {elapsed}") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid() {
        assert!(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} · {eta} left").is_ok());
        bar("photos", 3).inc(1);
        assert!(ProgressStyle::with_template("{msg} {pos} · {elapsed}").is_ok());
        counter("members").inc(1);
    }
}
