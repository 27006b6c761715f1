//! Moments in answers.

/// A moment as `2026-11-24 18:12 UTC`.
#[must_use]
pub(crate) fn moment(us: i64) -> String {
    match jiff::Timestamp::from_microsecond(us) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => "never".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_to_the_minute() {
        assert_eq!(moment(1_768_046_459_000_000), "2026-01-10 12:00 UTC");
        assert_eq!(moment(i64::MAX), "never");
    }
}
