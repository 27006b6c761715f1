//! How a member stands, in lines: memberships, cards, consents, passages, and the plans that can be sold.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_domain::membership::{Membership, Standing};
use bonafide_store::credentials::find;
use bonafide_store::credentials::history::state_words;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::memberships;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::passages::Way;
use bonafide_store::passages::feed::FeedItem;
use bonafide_store::{consents, plans};
use jiff::civil::Date;

use crate::clock;
use crate::pages::desk::card_state_key;
use crate::pages::{Light, reasons};
use crate::server::page::Page;
use crate::texts::Values;

/// Memberships that the page shows, the newest first.
const MEMBERSHIP_LINES: usize = 8;

/// Credentials that the page shows.
const CARD_LINES: usize = 12;

pub(super) struct MembershipLine {
    pub(super) id: Id,
    pub(super) plan: String,
    pub(super) light: Light,
    pub(super) state: String,
    pub(super) visits_left: Option<String>,
    /// Of a freeze that goes on: its operation.
    pub(super) thaws: Option<String>,
    pub(super) may_freeze: bool,
    pub(super) guests_left: u32,
}

pub(super) struct CardLine {
    pub(super) id: Id,
    pub(super) kind: String,
    pub(super) light: Light,
    pub(super) state: String,
    pub(super) may_be_lost: bool,
}

pub(super) struct VisitLine {
    pub(super) when: String,
    pub(super) light: Light,
    pub(super) state: String,
}

pub(super) struct PlanChoice {
    /// The plan with the version that the buyer is shown.
    pub(super) value: String,
    pub(super) name: String,
    pub(super) price: String,
}

/// Today in a branch.
pub(in crate::pages) fn today(branch: &Branch, now_us: i64) -> Date {
    let at = UtcMicros::parse(now_us).ok();
    at.map_or_else(|| clock::utc_date(now_us), |at| branch.time_zone.calendar().date_of(at))
}

pub(super) fn memberships(
    tx: &mut Tx<'_>,
    page: &Page,
    member: Id,
    today: Date,
) -> Result<Vec<MembershipLine>, Fault> {
    let mut lines = Vec::new();
    for held in memberships::of_member(tx, member)?.into_iter().rev().take(MEMBERSHIP_LINES) {
        let plan = plans::get(tx, held.plan)?.map(|plan| plan.plan.name.as_str().to_owned());
        let (light, state) = state(page, &held.membership, today);
        let standing = held.membership.standing(today);
        let frozen = held.membership.freezes().find(|(_, span)| span.contains(today));
        lines.push(MembershipLine {
            id: held.id,
            plan: plan.unwrap_or_default(),
            light,
            state,
            visits_left: held.membership.visits_left(today).map(|left| page.whole(i64::from(left))),
            thaws: frozen.map(|(operation, _)| Id::from_bytes(operation.0).to_string()),
            may_freeze: matches!(standing, Standing::Active),
            guests_left: held.membership.guest_visits_left(today),
        });
    }
    Ok(lines)
}

pub(in crate::pages) fn state(page: &Page, membership: &Membership, today: Date) -> (Light, String) {
    let with = |key: &str, date: Date| page.say_with(key, &Values::of("date", page.date(date)));
    match membership.standing(today) {
        Standing::Active => match membership.until().and_then(|until| until.yesterday().ok()) {
            Some(last) => (Light::Good, with("membership-until", last)),
            None => (Light::Good, page.say("membership-active")),
        },
        Standing::NotStarted { first_day } => (Light::Ask, with("membership-begins", first_day)),
        Standing::Frozen { until } => (Light::Ask, with("membership-frozen", until)),
        Standing::Ended { on } => (Light::Bad, with("membership-ended", on)),
        Standing::UsedUp => (Light::Bad, page.say("membership-used-up")),
        Standing::Cancelled { on } => (Light::Bad, with("membership-cancelled", on)),
    }
}

pub(super) fn cards(
    tx: &mut Tx<'_>,
    vault: &Vault,
    page: &Page,
    member: Id,
    now_us: i64,
) -> Result<Vec<CardLine>, Fault> {
    let all = find::of_member(tx, vault, member, now_us)?;
    let line = |kept: find::Kept| CardLine {
        id: kept.id,
        kind: page.say(kind_key(kept.kind)),
        light: match kept.state {
            CredentialState::Active => Light::Good,
            CredentialState::Limited(_) => Light::Ask,
            CredentialState::Blocked(_) | CredentialState::Lost | CredentialState::Expired => Light::Bad,
        },
        state: page.say(card_state_key(state_words(kept.state).0)),
        may_be_lost: !matches!(kept.state, CredentialState::Lost)
            && matches!(
                kept.kind,
                CredentialKind::Card | CredentialKind::Bracelet | CredentialKind::VirtualCard
            ),
    };
    let current = all.into_iter().rev().filter(|kept| kept.replaced_by.is_none());
    Ok(current.take(CARD_LINES).map(line).collect())
}

const fn kind_key(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ClubNumber => "kind-club-number",
        CredentialKind::Card => "kind-card",
        CredentialKind::Bracelet => "kind-bracelet",
        CredentialKind::VirtualCard => "kind-virtual-card",
        CredentialKind::Phone => "kind-phone",
        CredentialKind::Face => "kind-face",
        CredentialKind::Fingerprint => "kind-fingerprint",
        CredentialKind::Palm => "kind-palm",
        CredentialKind::Voice => "kind-voice",
        CredentialKind::Pin => "kind-pin",
    }
}

/// What the member agrees to now, with since when.
pub(super) fn consents(
    tx: &mut Tx<'_>,
    vault: &Vault,
    page: &Page,
    member: Id,
) -> Result<Vec<String>, Fault> {
    let events = consents::of_member(tx, vault, member)?;
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    Ok(if count == 0 { Vec::new() } else { vec![page.say_count("consents-count", "count", count)] })
}

/// The plans that a branch can sell, with what it asks for them.
pub(super) fn plans(tx: &mut Tx<'_>, page: &Page, branch: Id) -> Result<Vec<PlanChoice>, Fault> {
    let mut choices = Vec::new();
    for plan in plans::list(tx, false)? {
        let Some(version) = plans::current(tx, plan.id)? else { continue };
        let price = plans::price::asked(tx, branch, &version)?;
        choices.push(PlanChoice {
            value: format!("{}/{}", plan.id, plan.version),
            name: plan.plan.name.as_str().to_owned(),
            price: page.money(price),
        });
    }
    Ok(choices)
}

impl VisitLine {
    pub(super) fn of(page: &Page, item: &FeedItem, calendar: &Calendar) -> VisitLine {
        let words = page.words();
        let (light, state) = match (&item.refusal, item.outcome.as_str(), item.way) {
            (Some(refusal), ..) => (Light::Bad, reasons::for_staff(words, refusal, calendar)),
            (None, "second_factor", _) => (Light::Ask, words.say("state-second-factor")),
            (None, _, Way::Exit) => (Light::Good, words.say("state-left")),
            (None, _, Way::Entry) => (Light::Good, words.say("state-admitted")),
        };
        VisitLine { when: page.moment(item.at_us, calendar), light, state }
    }
}
