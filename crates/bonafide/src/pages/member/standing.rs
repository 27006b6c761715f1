//! How a member stands, in lines: memberships, cards, and the plans that can be sold.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_domain::membership::{Membership, Standing};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::IncludedExtra;
use bonafide_store::credentials::find;
use bonafide_store::credentials::history::state_words;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::locker;
use bonafide_store::{lockers, memberships, plans};
use jiff::civil::Date;

use crate::clock;
use crate::pages::Light;
use crate::pages::desk::card_state_key;
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
    pub(super) extras: Vec<ExtraLine>,
}

/// Something that is included and not used up yet.
pub(super) struct ExtraLine {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) left: u32,
}

pub(super) struct CardLine {
    pub(super) id: Id,
    pub(super) kind: String,
    pub(super) light: Light,
    pub(super) state: String,
    pub(super) may_be_lost: bool,
    pub(super) may_be_blocked: bool,
    pub(super) may_be_released: bool,
}

/// A locker that the member has.
pub(super) struct LockerLine {
    pub(super) id: Id,
    /// What opens it.
    pub(super) credential: Id,
    pub(super) name: String,
    pub(super) since: String,
}

pub(super) struct PlanChoice {
    /// The plan with the version that the buyer is shown.
    pub(super) value: String,
    pub(super) name: String,
    pub(super) price: String,
}

/// The lockers that a member has now.
pub(super) fn lockers(
    tx: &mut Tx<'_>,
    page: &Page,
    member: Id,
    calendar: &Calendar,
) -> Result<Vec<LockerLine>, Fault> {
    let mut lines = Vec::new();
    for held in lockers::of_member(tx, member)? {
        let Some(kept) = locker::get(tx, held.locker)? else { continue };
        lines.push(LockerLine {
            id: held.locker,
            credential: held.credential,
            name: kept.content.name.as_str().to_owned(),
            since: page.moment(held.since_us, calendar),
        });
    }
    Ok(lines)
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
    let names = plans::extra::list(tx)?;
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
            extras: if matches!(standing, Standing::Active) {
                extras(&names, &held.membership, today)
            } else {
                Vec::new()
            },
        });
    }
    Ok(lines)
}

/// What is left of the included extras.
fn extras(names: &[(Id, Title)], membership: &Membership, today: Date) -> Vec<ExtraLine> {
    let included = membership.terms().spec().extras.iter();
    let line = |one: &IncludedExtra| {
        let id = Id::from_bytes(one.extra.0);
        let left = membership.extra_left(today, one.extra).filter(|left| *left > 0)?;
        let name = names.iter().find(|(known, _)| *known == id)?.1.as_str().to_owned();
        Some(ExtraLine { id, name, left })
    };
    included.filter_map(line).collect()
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
        may_be_blocked: matches!(kept.state, CredentialState::Active | CredentialState::Limited(_)),
        may_be_released: matches!(kept.state, CredentialState::Blocked(reason) if !reason.is_final()),
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

/// The plans that a branch can sell, with what it asks for them.
pub(super) fn plans(tx: &mut Tx<'_>, page: &Page, branch: Id) -> Result<Vec<PlanChoice>, Fault> {
    let mut choices = Vec::new();
    for plan in plans::list(tx, false)? {
        let Some(version) = plans::current(tx, plan.id)? else { continue };
        let price = plans::price::asked(tx, branch, &version)?;
        let opens_here = version.terms.spec().branches.includes(&branch.into());
        let choice = PlanChoice {
            value: format!("{}/{}", plan.id, plan.version),
            name: plan.plan.name.as_str().to_owned(),
            price: page.money(price),
        };
        choices.push((!opens_here, choice));
    }
    // What opens another branch only may be sold here too, but nobody sells it by pressing Enter.
    choices.sort_by_key(|(elsewhere, _)| *elsewhere);
    Ok(choices.into_iter().map(|(_, choice)| choice).collect())
}
