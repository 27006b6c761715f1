//! How decisions are written into rows, and read back as the same answer. The forms are kept for ever: a test pins them.

use bonafide_domain::access_method::Method;
use bonafide_domain::admission::exit::ExitMark;
use bonafide_domain::admission::facts::{StillOpens, Takes, Ticket};
use bonafide_domain::admission::{Mark, Refusal};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::id::MembershipId;
use bonafide_domain::qr::CodeRefusal;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::consents::{modality_of_word, modality_word};
use crate::credentials::history::{block_of_word, block_word};
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::access_point::{method, method_of};
use crate::passages::Outcome;
use crate::words::words;
use crate::written::{damaged, date_of_text, date_text, from_text, to_text};

const WHAT: &str = "a passage";

words! {
    /// The word that stands for what somebody should look at when a member comes.
    mark_word, mark_of_word: Mark {
        AlreadyInside = "already_inside", SuspectedCopy = "suspected_copy", LeftUnseen = "left_unseen",
        CheckDue = "check_due", LimitedCredential = "limited_credential", FaceDoesNotFit = "face_does_not_fit",
        NotedLater = "noted_later",
    }
}

words! {
    /// The word that stands for what somebody should look at when a member has left.
    exit_mark_word, exit_mark_of_word: ExitMark {
        Unknown = "unknown", NotAnExit = "not_an_exit", StoppedCredential = "stopped_credential",
        NotInside = "not_inside",
    }
}

words! {
    /// The word that stands for why a code opens nothing.
    code_word, code_of_word: CodeRefusal {
        UnknownVersion = "code_unknown_version", Damaged = "code_damaged", OtherSite = "code_of_other_site",
        UnknownKey = "code_unknown_key", Forged = "code_forged", NoTrustedTime = "no_trusted_time",
        TooEarly = "code_too_early", Expired = "code_expired", Replay = "replay",
    }
}

words! {
    /// The word that stands for what a passage takes from a membership.
    takes_word, takes_of_word: Takes { Nothing = "nothing", Visit = "visit", GuestPass = "guest_pass" }
}

/// What a decision says beyond its word.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    at_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_hand: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    takes: Option<String>,
}

/// The columns of an outcome.
pub(super) struct Columns {
    pub(super) outcome: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) detail: String,
    pub(super) membership: Option<Id>,
    pub(super) grant: Option<Id>,
    pub(super) lapses_us: Option<i64>,
}

/// The columns of a row.
pub(super) struct Kept {
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) detail: String,
    pub(super) membership: Option<Id>,
    pub(super) grant: Option<Id>,
    pub(super) lapses_us: Option<i64>,
}

/// An outcome as columns.
pub(super) fn columns(outcome: &Outcome) -> Result<Columns, Fault> {
    let bare = |outcome, detail: &Detail| {
        let detail = to_text(detail)?;
        Ok(Columns { outcome, reason: None, detail, membership: None, grant: None, lapses_us: None })
    };
    match outcome {
        Outcome::Admitted { ticket, lapses_us } => {
            let detail = Detail {
                day: Some(date_text(ticket.on)),
                starts: Some(ticket.starts),
                takes: Some(takes_word(ticket.takes).to_owned()),
                ..Detail::default()
            };
            let membership = Some(Id::from(ticket.membership));
            Ok(Columns { membership, lapses_us: Some(*lapses_us), ..bare("admitted", &detail)? })
        }
        Outcome::AdmittedByHand { lapses_us } => {
            let detail = Detail { by_hand: Some(true), ..Detail::default() };
            Ok(Columns { lapses_us: Some(*lapses_us), ..bare("admitted", &detail)? })
        }
        Outcome::SamePassage { grant, opens } => {
            let detail = Detail { opens: Some(*opens == StillOpens::Yes), ..Detail::default() };
            Ok(Columns { grant: Some(*grant), ..bare("same_passage", &detail)? })
        }
        Outcome::Refused(refusal) => {
            let (reason, detail) = refusal_columns(refusal);
            Ok(Columns { reason: Some(reason), ..bare("refused", &detail)? })
        }
        Outcome::SecondFactor(methods) => {
            let methods = methods.iter().map(|&one| method(one).to_owned()).collect();
            bare("second_factor", &Detail { methods: Some(methods), ..Detail::default() })
        }
    }
}

/// The outcome of a row.
pub(super) fn outcome_of(kept: &Kept) -> Result<Outcome, Fault> {
    let detail: Detail = from_text(&kept.detail, WHAT)?;
    read(kept, &detail).ok_or_else(|| damaged(WHAT))
}

/// The refusal of a row.
pub(super) fn refusal_of_columns(reason: &str, detail: &str) -> Result<Refusal, Fault> {
    let detail: Detail = from_text(detail, WHAT)?;
    refusal_of(reason, &detail).ok_or_else(|| damaged(WHAT))
}

fn read(kept: &Kept, detail: &Detail) -> Option<Outcome> {
    Some(match (kept.outcome.as_str(), kept.reason.as_deref()) {
        ("admitted", None) if detail.by_hand == Some(true) => {
            Outcome::AdmittedByHand { lapses_us: kept.lapses_us? }
        }
        ("admitted", None) => {
            let ticket = Ticket {
                membership: MembershipId::from(kept.membership?),
                on: date_of_text(detail.day.as_deref()?)?,
                starts: detail.starts?,
                takes: takes_of_word(detail.takes.as_deref()?)?,
            };
            Outcome::Admitted { ticket, lapses_us: kept.lapses_us? }
        }
        ("same_passage", None) => {
            let opens = if detail.opens? { StillOpens::Yes } else { StillOpens::No };
            Outcome::SamePassage { grant: kept.grant?, opens }
        }
        ("refused", Some(reason)) => Outcome::Refused(refusal_of(reason, detail)?),
        ("second_factor", None) => {
            let methods = detail.methods.as_ref()?.iter().map(|word| method_of(word));
            Outcome::SecondFactor(methods.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The stable word of a refusal, as programs know it.
#[must_use]
pub fn refusal_word(refusal: &Refusal) -> &'static str {
    refusal_columns(refusal).0
}

fn refusal_columns(refusal: &Refusal) -> (&'static str, Detail) {
    let none = Detail::default;
    let day = |date: &Date| Detail { day: Some(date_text(*date)), ..none() };
    let moment = |at: Option<UtcMicros>| Detail { at_us: at.map(UtcMicros::get), ..none() };
    match refusal {
        Refusal::OutOfUse => ("out_of_use", none()),
        Refusal::NoEntrance => ("no_entrance", none()),
        Refusal::Unknown => ("unknown", none()),
        Refusal::Ambiguous => ("ambiguous", none()),
        Refusal::Contradictory => ("contradictory", none()),
        Refusal::Code(why) => (code_word(*why), none()),
        Refusal::Lost => ("lost", none()),
        Refusal::Blocked(why) => ("blocked", Detail { block: Some(block_word(*why).to_owned()), ..none() }),
        Refusal::Expired => ("expired", none()),
        Refusal::ConsentMissing { modality } => {
            ("consent_missing", Detail { modality: Some(modality_word(*modality).to_owned()), ..none() })
        }
        Refusal::NotAdmissible => ("not_admissible", none()),
        Refusal::Suspended { until } => ("suspended", moment(*until)),
        Refusal::GuestWithoutHost => ("guest_without_host", none()),
        Refusal::AlreadyInside { since } => ("already_inside", moment(Some(*since))),
        Refusal::TooSoon { again_at } => ("too_soon", moment(Some(*again_at))),
        Refusal::NoMembership => ("no_membership", none()),
        Refusal::NotStarted { first_day } => ("not_started", day(first_day)),
        Refusal::Ended { on } => ("ended", day(on)),
        Refusal::Cancelled { on } => ("cancelled", day(on)),
        Refusal::Frozen { until } => ("frozen", day(until)),
        Refusal::VisitsUsedUp => ("visits_used_up", none()),
        Refusal::OutsideHours { opens } => ("outside_hours", moment(*opens)),
        Refusal::OtherBranch => ("other_branch", none()),
        Refusal::OtherZone => ("other_zone", none()),
        Refusal::NoGuestPass => ("no_guest_pass", none()),
        Refusal::ProfileToBeRenewed => ("profile_to_be_renewed", none()),
        Refusal::ZoneFull => ("zone_full", none()),
    }
}

fn refusal_of(word: &str, detail: &Detail) -> Option<Refusal> {
    let day = || date_of_text(detail.day.as_deref()?);
    let moment = || detail.at_us.map(|at_us| UtcMicros::parse(at_us).ok());
    // A moment that may be missing; one that is there must be an instant.
    let moment_or_none = || moment().map_or(Some(None), |at| at.map(Some));
    Some(match word {
        "out_of_use" => Refusal::OutOfUse,
        "no_entrance" => Refusal::NoEntrance,
        "unknown" => Refusal::Unknown,
        "ambiguous" => Refusal::Ambiguous,
        "contradictory" => Refusal::Contradictory,
        "lost" => Refusal::Lost,
        "blocked" => Refusal::Blocked(block_of_word(detail.block.as_deref()?)?),
        "expired" => Refusal::Expired,
        "consent_missing" => {
            Refusal::ConsentMissing { modality: modality_of_word(detail.modality.as_deref()?)? }
        }
        "not_admissible" => Refusal::NotAdmissible,
        "suspended" => Refusal::Suspended { until: moment_or_none()? },
        "guest_without_host" => Refusal::GuestWithoutHost,
        "already_inside" => Refusal::AlreadyInside { since: moment()?? },
        "too_soon" => Refusal::TooSoon { again_at: moment()?? },
        "no_membership" => Refusal::NoMembership,
        "not_started" => Refusal::NotStarted { first_day: day()? },
        "ended" => Refusal::Ended { on: day()? },
        "cancelled" => Refusal::Cancelled { on: day()? },
        "frozen" => Refusal::Frozen { until: day()? },
        "visits_used_up" => Refusal::VisitsUsedUp,
        "outside_hours" => Refusal::OutsideHours { opens: moment_or_none()? },
        "other_branch" => Refusal::OtherBranch,
        "other_zone" => Refusal::OtherZone,
        "no_guest_pass" => Refusal::NoGuestPass,
        "profile_to_be_renewed" => Refusal::ProfileToBeRenewed,
        "zone_full" => Refusal::ZoneFull,
        word => Refusal::Code(code_of_word(word)?),
    })
}

/// A list of words as JSON.
pub(super) fn list<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Result<String, Fault> {
    to_text(&all.iter().map(|&one| word(one)).collect::<Vec<_>>())
}

/// The list of such a text.
pub(super) fn list_of<T>(text: &str, of: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    let words: Vec<String> = from_text(text, WHAT)?;
    words.iter().map(|word| of(word)).collect::<Option<_>>().ok_or_else(|| damaged(WHAT))
}

/// The methods as they stand in a row: sorted by their words, each once, so that the order of showing says nothing.
pub(super) fn methods_text(methods: impl Iterator<Item = Method>) -> Result<String, Fault> {
    let mut words: Vec<&str> = methods.map(method).collect();
    words.sort_unstable();
    words.dedup();
    to_text(&words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_domain::consent::Modality;
    use bonafide_domain::credential::BlockReason;
    use jiff::civil::date;

    #[test]
    fn the_form_of_what_is_no_refusal_stays() {
        let (on, grant) = (date(2027, 1, 31), Id::from_bytes([1; 16]));
        let ticket = Ticket { membership: MembershipId([1; 16]), on, starts: true, takes: Takes::Visit };
        let cases = [
            (
                Outcome::Admitted { ticket, lapses_us: 5 },
                "admitted",
                None,
                r#"{"day":"2027-01-31","starts":true,"takes":"visit"}"#,
            ),
            (Outcome::AdmittedByHand { lapses_us: 5 }, "admitted", None, r#"{"by_hand":true}"#),
            (
                Outcome::SamePassage { grant, opens: StillOpens::No },
                "same_passage",
                None,
                r#"{"opens":false}"#,
            ),
            (
                Outcome::SecondFactor(vec![Method::CardNumber, Method::Pin]),
                "second_factor",
                None,
                r#"{"methods":["card_number","pin"]}"#,
            ),
        ];
        for (outcome, word, reason, detail) in cases {
            check(&outcome, (word, reason, detail));
        }
    }

    #[test]
    fn the_form_of_refusals_stays() {
        let at = UtcMicros::parse(1_800_000_000_000_000).unwrap();
        let on = date(2027, 1, 31);
        let (day, moment) = (r#"{"day":"2027-01-31"}"#, r#"{"at_us":1800000000000000}"#);
        let refused = Outcome::Refused;
        let cases = [
            (refused(Refusal::OutOfUse), "refused", Some("out_of_use"), "{}"),
            (refused(Refusal::NoEntrance), "refused", Some("no_entrance"), "{}"),
            (refused(Refusal::Unknown), "refused", Some("unknown"), "{}"),
            (refused(Refusal::Ambiguous), "refused", Some("ambiguous"), "{}"),
            (refused(Refusal::Contradictory), "refused", Some("contradictory"), "{}"),
            (refused(Refusal::Lost), "refused", Some("lost"), "{}"),
            (refused(Refusal::Blocked(BlockReason::Debt)), "refused", Some("blocked"), r#"{"block":"debt"}"#),
            (refused(Refusal::Expired), "refused", Some("expired"), "{}"),
            (
                refused(Refusal::ConsentMissing { modality: Modality::Face }),
                "refused",
                Some("consent_missing"),
                r#"{"modality":"face"}"#,
            ),
            (refused(Refusal::NotAdmissible), "refused", Some("not_admissible"), "{}"),
            (refused(Refusal::Suspended { until: None }), "refused", Some("suspended"), "{}"),
            (refused(Refusal::Suspended { until: Some(at) }), "refused", Some("suspended"), moment),
            (refused(Refusal::GuestWithoutHost), "refused", Some("guest_without_host"), "{}"),
            (refused(Refusal::AlreadyInside { since: at }), "refused", Some("already_inside"), moment),
            (refused(Refusal::TooSoon { again_at: at }), "refused", Some("too_soon"), moment),
            (refused(Refusal::NoMembership), "refused", Some("no_membership"), "{}"),
            (refused(Refusal::NotStarted { first_day: on }), "refused", Some("not_started"), day),
            (refused(Refusal::Ended { on }), "refused", Some("ended"), day),
            (refused(Refusal::Cancelled { on }), "refused", Some("cancelled"), day),
            (refused(Refusal::Frozen { until: on }), "refused", Some("frozen"), day),
            (refused(Refusal::VisitsUsedUp), "refused", Some("visits_used_up"), "{}"),
            (refused(Refusal::OutsideHours { opens: None }), "refused", Some("outside_hours"), "{}"),
            (refused(Refusal::OutsideHours { opens: Some(at) }), "refused", Some("outside_hours"), moment),
            (refused(Refusal::OtherBranch), "refused", Some("other_branch"), "{}"),
            (refused(Refusal::OtherZone), "refused", Some("other_zone"), "{}"),
            (refused(Refusal::NoGuestPass), "refused", Some("no_guest_pass"), "{}"),
            (refused(Refusal::ProfileToBeRenewed), "refused", Some("profile_to_be_renewed"), "{}"),
            (refused(Refusal::ZoneFull), "refused", Some("zone_full"), "{}"),
        ];
        for (outcome, word, reason, detail) in cases {
            check(&outcome, (word, reason, detail));
        }
    }

    fn check(outcome: &Outcome, expected: (&str, Option<&str>, &str)) {
        let Columns { outcome: word, reason, detail, membership, grant, lapses_us } =
            columns(outcome).unwrap();
        assert_eq!((word, reason, detail.as_str()), expected);
        let (outcome_word, reason) = (word.to_owned(), reason.map(str::to_owned));
        let kept = Kept { outcome: outcome_word, reason, detail, membership, grant, lapses_us };
        assert_eq!(outcome_of(&kept).unwrap(), *outcome);
    }

    #[test]
    fn the_words_of_codes_stay() {
        for (why, word) in [
            (CodeRefusal::UnknownVersion, "code_unknown_version"),
            (CodeRefusal::Damaged, "code_damaged"),
            (CodeRefusal::OtherSite, "code_of_other_site"),
            (CodeRefusal::UnknownKey, "code_unknown_key"),
            (CodeRefusal::Forged, "code_forged"),
            (CodeRefusal::NoTrustedTime, "no_trusted_time"),
            (CodeRefusal::TooEarly, "code_too_early"),
            (CodeRefusal::Expired, "code_expired"),
            (CodeRefusal::Replay, "replay"),
        ] {
            check(&Outcome::Refused(Refusal::Code(why)), ("refused", Some(word), "{}"));
        }
    }

    #[test]
    fn a_row_of_another_form_is_damage() {
        for (outcome, reason, detail) in [
            ("admitted", None, "{}"),
            ("refused", None, "{}"),
            ("refused", Some("tired"), "{}"),
            ("refused", Some("ended"), "{}"),
            ("refused", Some("too_soon"), r#"{"at_us":-1}"#),
            ("refused", Some("suspended"), r#"{"at_us":-1}"#),
            ("second_factor", None, r#"{"methods":["iris"]}"#),
            ("same_passage", None, r#"{"opens":true}"#),
            ("refused", Some("unknown"), "[]"),
            ("refused", Some("unknown"), r#"{"name":"Anna"}"#),
        ] {
            let kept = Kept {
                outcome: outcome.to_owned(),
                reason: reason.map(str::to_owned),
                detail: detail.to_owned(),
                membership: None,
                grant: None,
                lapses_us: None,
            };
            assert!(outcome_of(&kept).is_err(), "{outcome} {reason:?} {detail}");
        }
    }
}
