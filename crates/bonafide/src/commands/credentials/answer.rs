//! A credential in an answer: what it is, its last digits, what it allows and why.

use bonafide_domain::credential::{
    Actor, BlockReason, Change, CredentialEvent, CredentialKind, CredentialState, Issue, LimitReason,
};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::find::Kept;
use bonafide_store::credentials::history::{kind_word, state_words};
use serde::Serialize;

use crate::commands::credentials::moments::moment;

/// Characters of a number that are shown at most, and never more than half of it.
const SHOWN_CHARS_MAX: usize = 4;

/// A credential in a list. Its number is not in it: whoever reads lists must not be able to make cards.
#[derive(Serialize)]
pub(crate) struct CredentialAnswer {
    id: String,
    kind: &'static str,
    #[serde(skip)]
    told_kind: &'static str,
    /// The last characters of its number; nothing of a PIN and of what is recognised here.
    number_end: Option<String>,
    /// `active`, `limited`, `blocked`, `lost` or `expired`.
    state: &'static str,
    reason: Option<&'static str>,
    state_words: String,
    issued_us: i64,
    /// The first moment at which it has expired.
    until_us: Option<i64>,
    replaces: Option<String>,
    replaced_by: Option<String>,
    /// What a biometric one is for.
    purpose: Option<&'static str>,
    history: Vec<EventAnswer>,
}

#[derive(Serialize)]
struct EventAnswer {
    at_us: i64,
    words: String,
}

impl CredentialAnswer {
    pub(crate) fn of(kept: &Kept, events: &[CredentialEvent]) -> CredentialAnswer {
        let (state, reason) = state_words(kept.state);
        CredentialAnswer {
            id: kept.id.to_string(),
            kind: kind_word(kept.kind),
            told_kind: told_kind(kept.kind),
            number_end: kept.content.as_ref().and_then(number_end),
            state,
            reason,
            state_words: told_state(kept.state),
            issued_us: kept.issued_us,
            until_us: kept.until_us,
            replaces: kept.replaces.map(|id| id.to_string()),
            replaced_by: kept.replaced_by.map(|id| id.to_string()),
            purpose: kept.purpose.map(bonafide_store::consents::purpose_word),
            history: events.iter().map(EventAnswer::of).collect(),
        }
    }

    /// Two lines and one for each line of the history.
    pub(crate) fn lines(&self) -> Vec<String> {
        let end = self.number_end.as_ref().map_or_else(String::new, |end| format!(" …{end}"));
        let purpose =
            self.purpose.map_or_else(String::new, |purpose| format!(", for {}", purpose.replace('_', " ")));
        let until = self.until_us.map_or_else(String::new, |us| format!(" · until {}", moment(us)));
        let name = format!("{}{end}{purpose}", self.told_kind);
        let mut lines =
            vec![format!("{name:<22} {}{until}", self.state_words), format!("    id {}", self.id)];
        lines
            .extend(self.history.iter().map(|event| format!("    {}  {}", moment(event.at_us), event.words)));
        lines
    }
}

impl EventAnswer {
    fn of(event: &CredentialEvent) -> EventAnswer {
        let by = match event.by {
            Actor::Staff(_) => "by the staff",
            Actor::Member => "by the member",
            Actor::System => "by the house",
        };
        EventAnswer { at_us: event.at_us, words: format!("{}, {by}", told_change(&event.change)) }
    }
}

/// A kind of credential, for a person.
pub(crate) const fn told_kind(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ClubNumber => "club number",
        CredentialKind::Card => "card",
        CredentialKind::Bracelet => "bracelet",
        CredentialKind::VirtualCard => "virtual card",
        CredentialKind::Phone => "phone",
        CredentialKind::Face => "face",
        CredentialKind::Fingerprint => "fingerprint",
        CredentialKind::Palm => "palm",
        CredentialKind::Voice => "voice",
        CredentialKind::Pin => "PIN",
    }
}

/// What a credential allows, for a person.
pub(crate) fn told_state(state: CredentialState) -> String {
    match state {
        CredentialState::Active => "active".to_owned(),
        CredentialState::Limited(reason) => format!("may enter and earn, not spend: {}", told_limit(reason)),
        CredentialState::Blocked(reason) => format!("blocked: {}", told_block(reason)),
        CredentialState::Lost => "lost: opens nothing".to_owned(),
        CredentialState::Expired => "expired".to_owned(),
    }
}

/// Why a credential may not spend, for a person.
pub(crate) const fn told_limit(reason: LimitReason) -> &'static str {
    match reason {
        LimitReason::NotConfirmed => "nobody has confirmed yet whose it is",
        LimitReason::NewlyEnrolled => "enrolled a short while ago",
        LimitReason::PointsInDispute => "the points are in dispute",
    }
}

/// Why a credential is stopped, for a person.
pub(crate) const fn told_block(reason: BlockReason) -> &'static str {
    match reason {
        BlockReason::SuspectedCopy => "there may be a copy",
        BlockReason::TooManyTries => "somebody tried it too often in vain",
        BlockReason::Misuse => "it was used by somebody else or against the rules",
        BlockReason::Debt => "something is owed",
        BlockReason::MembersWish => "the member asked for it",
        BlockReason::HolderLeft => "the holder does not work here any more",
        BlockReason::ConsentWithdrawn => "the consent was withdrawn",
        BlockReason::RetentionEnded => "nothing is left to keep it for, and it is destroyed",
        BlockReason::Found => "it was lost and has been found: look at it, then unblock it",
        BlockReason::Replaced => "another has taken its place",
    }
}

fn told_change(change: &Change) -> String {
    match *change {
        Change::Issued(Issue { limited, replaces, .. }) => {
            let place = if replaces.is_some() { " in the place of another" } else { "" };
            let limit =
                limited.map_or_else(String::new, |reason| format!(", not to spend: {}", told_limit(reason)));
            format!("issued{place}{limit}")
        }
        Change::Limited(reason) => format!("may not spend from here on: {}", told_limit(reason)),
        Change::LimitLifted => "may spend again".to_owned(),
        Change::Blocked(reason) => format!("blocked: {}", told_block(reason)),
        Change::Unblocked => "unblocked".to_owned(),
        Change::LossReported => "reported lost".to_owned(),
        Change::FoundReported => "reported found".to_owned(),
        Change::Renewed { until_us: Some(until_us) } => format!("ends {}", moment(until_us)),
        Change::Renewed { until_us: None } => "has no end any more".to_owned(),
        Change::Replaced { .. } => "replaced".to_owned(),
    }
}

/// The last characters of what it is known by.
pub(crate) fn number_end(content: &Content) -> Option<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let whole = match content {
        Content::ClubNumber(number) => number.as_str().to_owned(),
        Content::Card(number) | Content::Bracelet(number) => hex(number.bytes()),
        Content::VirtualCard(key) => hex(key.bytes()),
        Content::Phone(phone) => phone.as_str().to_owned(),
        Content::AtProvider(_, result) => result.reference().to_owned(),
        Content::InDevice(_, reference) => reference.as_str().to_owned(),
        Content::Pin(_) | Content::FaceHere => return None,
    };
    let chars = SHOWN_CHARS_MAX.min(whole.len() / 2);
    whole.get(whole.len() - chars..).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_domain::card::{ByteOrder, CardNumber, ClubNumber};

    #[test]
    fn a_list_shows_the_end_of_a_number_and_at_most_half_of_it() {
        let club = |text| Content::ClubNumber(ClubNumber::parse(text).unwrap());
        let card = CardNumber::from_hex("04:A2:3B:1C", ByteOrder::AsOnCard).unwrap();
        for (content, end) in [
            (Content::Card(card), Some("3B1C")),
            (club("A0017Z"), Some("17Z")),
            (club("17"), Some("7")),
            (club("7"), Some("")),
            (Content::FaceHere, None),
        ] {
            assert_eq!(number_end(&content).as_deref(), end);
        }
    }
}
