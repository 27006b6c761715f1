//! Why somebody may not pass, in words: all of it for the staff, and discreet for the screen at the door.

use bonafide_domain::access_method::Method;
use bonafide_domain::admission::Refusal;
use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::credential::BlockReason;
use bonafide_store::passages::refusal_word;

use crate::texts::{Values, Words};

/// The key of the staff's words for a refusal, by its word. What is decided with a date or a time has it as `$when`.
fn staff_key(refusal: &Refusal) -> &'static str {
    match refusal_word(refusal) {
        "out_of_use" => "reason-out-of-use",
        "no_entrance" => "reason-no-entrance",
        "unknown" => "reason-unknown",
        "ambiguous" => "reason-ambiguous",
        "contradictory" => "reason-contradictory",
        "lost" => "reason-lost",
        "expired" => "reason-expired",
        "consent_missing" => "reason-consent-missing",
        "not_admissible" => "reason-not-admissible",
        "suspended" => "reason-suspended",
        "guest_without_host" => "reason-guest-without-host",
        "already_inside" => "reason-already-inside",
        "too_soon" => "reason-too-soon",
        "no_membership" => "reason-no-membership",
        "not_started" => "reason-not-started",
        "ended" => "reason-ended",
        "cancelled" => "reason-cancelled",
        "frozen" => "reason-frozen",
        "visits_used_up" => "reason-visits-used-up",
        "outside_hours" => "reason-outside-hours",
        "other_branch" => "reason-other-branch",
        "other_zone" => "reason-other-zone",
        "no_guest_pass" => "reason-no-guest-pass",
        "profile_to_be_renewed" => "reason-profile-to-be-renewed",
        "zone_full" => "reason-zone-full",
        "replay" => "reason-replay",
        "code_expired" | "code_too_early" => "reason-code-expired",
        "no_trusted_time" => "reason-no-trusted-time",
        "blocked" => block_key(refusal),
        _ => "reason-code-invalid",
    }
}

fn block_key(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Blocked(BlockReason::Misuse) => "reason-blocked-misuse",
        Refusal::Blocked(BlockReason::ConsentWithdrawn) => "reason-blocked-consent",
        _ => "reason-blocked",
    }
}

/// Why, for the staff, with the date or time that matters.
#[must_use]
pub fn for_staff(words: &Words, refusal: &Refusal, calendar: &Calendar) -> String {
    let moment = |at: UtcMicros| words.numbers.moment(at.get(), calendar);
    let when = match refusal {
        Refusal::Suspended { until } => until.map(moment),
        Refusal::AlreadyInside { since } => Some(words.numbers.time(since.get(), calendar)),
        Refusal::TooSoon { again_at } => Some(words.numbers.time(again_at.get(), calendar)),
        Refusal::NotStarted { first_day } => Some(words.numbers.date(*first_day)),
        Refusal::Ended { on } | Refusal::Cancelled { on } => Some(words.numbers.date(*on)),
        Refusal::Frozen { until } => Some(words.numbers.date(*until)),
        Refusal::OutsideHours { opens } => opens.map(moment),
        _ => None,
    };
    let key = match (refusal, &when) {
        (Refusal::Suspended { .. }, None) => "reason-suspended-for-good",
        (Refusal::OutsideHours { .. }, None) => "reason-outside-hours-for-good",
        _ => staff_key(refusal),
    };
    words.say_with(key, &Values::of("when", when.unwrap_or_default()))
}

/// What the screen at the door says: what one can do, and nothing that others should not read.
#[must_use]
pub fn for_member(words: &Words, refusal: &Refusal) -> String {
    words.say(match refusal {
        Refusal::OutOfUse | Refusal::NoEntrance => "door-use-another",
        Refusal::ZoneFull => "door-full",
        Refusal::TooSoon { .. } => "door-wait",
        Refusal::OutsideHours { .. } => "door-outside-hours",
        Refusal::Code(_) => "door-fresh-code",
        Refusal::ConsentMissing { .. } | Refusal::NotAdmissible => "door-show-something-else",
        Refusal::Unknown | Refusal::Ambiguous | Refusal::Contradictory => "door-not-recognised",
        _ => "door-ask-at-desk",
    })
}

/// The words for what somebody should look at, by the word of the mark; of entries and exits.
#[must_use]
pub fn mark(words: &Words, mark: &str) -> String {
    words.say(match mark {
        "already_inside" => "mark-already-inside",
        "suspected_copy" => "mark-suspected-copy",
        "left_unseen" => "mark-left-unseen",
        "check_due" => "mark-check-due",
        "limited_credential" => "mark-limited-credential",
        "face_does_not_fit" => "mark-face-does-not-fit",
        "noted_later" => "mark-noted-later",
        "not_an_exit" => "mark-not-an-exit",
        "stopped_credential" => "mark-stopped-credential",
        "not_inside" => "mark-not-inside",
        _ => "mark-unknown",
    })
}

/// What to show besides.
#[must_use]
pub fn method(words: &Words, method: Method) -> String {
    words.say(match method {
        Method::ClubNumber => "method-club-number",
        Method::CardNumber | Method::CardProof => "method-card",
        Method::DeviceKey => "method-code",
        Method::PhoneCode => "method-phone",
        Method::Face => "method-face",
        Method::Voice => "method-voice",
        Method::FingerprintOrPalm => "method-finger",
        Method::Pin => "method-pin",
    })
}

/// Every refusal once, for the table of documents and the tests.
#[cfg(test)]
pub(crate) mod tests {
    use bonafide_domain::consent::Modality;
    use bonafide_domain::profile::Language;
    use bonafide_domain::qr::CodeRefusal;
    use jiff::civil::date;

    use super::*;
    use crate::texts::Texts;

    fn all() -> Vec<Refusal> {
        let day = date(2027, 5, 3);
        let at = UtcMicros::parse(1_800_000_000_000_000).unwrap();
        vec![
            Refusal::OutOfUse,
            Refusal::NoEntrance,
            Refusal::Unknown,
            Refusal::Ambiguous,
            Refusal::Contradictory,
            Refusal::Code(CodeRefusal::Replay),
            Refusal::Code(CodeRefusal::Expired),
            Refusal::Code(CodeRefusal::NoTrustedTime),
            Refusal::Code(CodeRefusal::Forged),
            Refusal::Lost,
            Refusal::Blocked(BlockReason::Misuse),
            Refusal::Blocked(BlockReason::ConsentWithdrawn),
            Refusal::Expired,
            Refusal::ConsentMissing { modality: Modality::Face },
            Refusal::NotAdmissible,
            Refusal::Suspended { until: Some(at) },
            Refusal::Suspended { until: None },
            Refusal::GuestWithoutHost,
            Refusal::AlreadyInside { since: at },
            Refusal::TooSoon { again_at: at },
            Refusal::NoMembership,
            Refusal::NotStarted { first_day: day },
            Refusal::Ended { on: day },
            Refusal::Cancelled { on: day },
            Refusal::Frozen { until: day },
            Refusal::VisitsUsedUp,
            Refusal::OutsideHours { opens: Some(at) },
            Refusal::OutsideHours { opens: None },
            Refusal::OtherBranch,
            Refusal::OtherZone,
            Refusal::NoGuestPass,
            Refusal::ProfileToBeRenewed,
            Refusal::ZoneFull,
        ]
    }

    /// Prints the table of docs/refusals.md: `cargo test -p bonafide --lib refusals_in_three -- --nocapture`.
    #[test]
    #[allow(clippy::print_stdout, reason = "the table is made here")]
    fn refusals_in_three_languages_have_words_of_their_own_for_staff_and_discreet_ones_for_the_door() {
        let texts = Texts::shipped().unwrap();
        let calendar = Calendar::of(jiff::tz::TimeZone::UTC);
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/refusals.md");
        let document = std::fs::read_to_string(document).unwrap();
        let mut missing = Vec::new();
        println!("| reason | | for the staff | at the door |\n| --- | --- | --- | --- |");
        for refusal in all() {
            for language in [Language::English, Language::Russian, Language::Chinese] {
                let words = texts.of(language);
                let (staff, member) = (for_staff(words, &refusal, &calendar), for_member(words, &refusal));
                let line =
                    format!("| {} | {} | {staff} | {member} |", refusal_word(&refusal), language.code());
                println!("{line}");
                missing.extend((!document.lines().any(|known| known == line)).then_some(line));
                assert!(!staff.starts_with("reason-") && !member.starts_with("door-"), "{staff} {member}");
                assert!(!staff.contains("{$") && !staff.contains("  "), "{staff}");
                assert!(!member.contains("3 "), "no date at the door: {member}");
            }
        }
        assert_eq!(missing, Vec::<String>::new(), "not in docs/refusals.md: put the printed table there");
        let english = texts.of(Language::English);
        let told: std::collections::BTreeSet<String> =
            all().iter().map(|refusal| for_staff(english, refusal, &calendar)).collect();
        assert_eq!(told.len(), all().len(), "two reasons have the same words");
    }
}
