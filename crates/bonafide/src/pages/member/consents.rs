//! What a member agrees to, in full: what of him, what for, since when, by whom and how; and taking it back, which is as easy as giving.

use axum::extract::State;
use axum::response::Response;
use bonafide_domain::consent::{
    Channel, ConsentEvent, ConsentGap, ConsentRecord, Giver, Modality, Purpose, Term, Withdrawal,
};
use bonafide_store::audit::entry::Actor;
use bonafide_store::consents::{self, Question, consent_of_word, consent_word, standing};
use bonafide_store::db::Tx;
use bonafide_store::erasure::telling;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::staff;

use crate::clock;
use crate::pages::member::asked::Asked;
use crate::pages::member::standing::today;
use crate::pages::{Light, operation};
use crate::server::app::Shared;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Consents and withdrawals of the history that the page shows.
const HISTORY_LINES: usize = 30;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/members/{id}/consent-withdrawals", Access::DESK, withdraw)]
}

/// What was agreed to for one thing, as it stands now.
pub(super) struct ConsentLine {
    /// What of the person and what for, as the form sends it.
    pub(super) about: String,
    /// The key of the same in words.
    pub(super) what: &'static str,
    pub(super) light: Light,
    pub(super) state: String,
    /// Since when, by whom, how, and where the proof is.
    pub(super) lines: Vec<String>,
    pub(super) may_withdraw: bool,
}

/// The consents of a member, and everything that happened with them.
pub(super) struct Consents {
    pub(super) lines: Vec<ConsentLine>,
    pub(super) history: Vec<String>,
}

/// The key of what of a person is used, and what for.
pub(in crate::pages) const fn what_key((modality, purpose): (Modality, Purpose)) -> &'static str {
    match (modality, purpose) {
        (Modality::Face, Purpose::TillRecognition) => "consent-face-till",
        (Modality::Face, _) => "consent-face-entry",
        (Modality::Voice, Purpose::TillRecognition) => "consent-voice-till",
        (Modality::Voice, _) => "consent-voice-entry",
        (Modality::FingerprintOrPalm, Purpose::TillRecognition) => "consent-finger-till",
        (Modality::FingerprintOrPalm, _) => "consent-finger-entry",
        (Modality::ProfilePhoto, _) => "consent-photo",
        (Modality::Contact, _) => "consent-contact",
        (Modality::Profiling, _) => "consent-profiling",
    }
}

const fn gap_key(gap: ConsentGap) -> &'static str {
    match gap {
        ConsentGap::NeverGiven => "consents-none",
        ConsentGap::Withdrawn { .. } => "consent-withdrawn",
        ConsentGap::Expired { .. } => "consent-expired",
        ConsentGap::OtherText => "consent-other-text",
        ConsentGap::AgeUnknown => "consent-age-unknown",
        ConsentGap::ForbiddenWhenGiven => "consent-too-young",
        ConsentGap::RepresentativeMissing => "consent-representative-missing",
        ConsentGap::SubjectMustSign => "consent-subject-must-sign",
        ConsentGap::WeakForm => "consent-weak-form",
        ConsentGap::NotSeparate => "consent-not-separate",
    }
}

const fn channel_key(channel: Channel) -> &'static str {
    match channel {
        Channel::Paper => "consent-on-paper",
        Channel::QualifiedSignature => "consent-by-qualified-signature",
        Channel::ElectronicSignature => "consent-by-signature",
        Channel::OwnScreen => "consent-on-own-screen",
    }
}

/// The consents of a member as the law of a branch sees them.
pub(super) fn of_member(
    tx: &mut Tx<'_>,
    vault: &Vault,
    page: &Page,
    member: Id,
    branch: &Branch,
) -> Result<Consents, Fault> {
    let events: Vec<ConsentEvent> =
        consents::of_member(tx, vault, member)?.into_iter().map(|kept| kept.event).collect();
    let mut lines = Vec::new();
    for modality in Modality::ALL {
        for purpose in Purpose::ALL {
            let newest = events.iter().rev().find(|event| about(event) == (modality, purpose));
            let Some(newest) = newest else { continue };
            lines.push(line(tx, vault, page, member, branch, newest)?);
        }
    }
    let calendar = branch.time_zone.calendar();
    let told = |event: &ConsentEvent| {
        let (key, at_us) = match event {
            ConsentEvent::Given(given) => ("consent-given-at", given.record().given_at_us),
            ConsentEvent::Withdrawn(withdrawal) => ("consent-withdrawn-at", withdrawal.withdrawn_at_us),
        };
        let what = page.say(what_key(about(event)));
        format!("{what}: {}", page.say_of(key, "when", &page.moment(at_us, &calendar)))
    };
    Ok(Consents { lines, history: events.iter().rev().take(HISTORY_LINES).map(told).collect() })
}

fn about(event: &ConsentEvent) -> (Modality, Purpose) {
    match event {
        ConsentEvent::Given(given) => (given.record().modality, given.record().purpose),
        ConsentEvent::Withdrawn(withdrawal) => (withdrawal.modality, withdrawal.purpose),
    }
}

fn line(
    tx: &mut Tx<'_>,
    vault: &Vault,
    page: &Page,
    member: Id,
    branch: &Branch,
    newest: &ConsentEvent,
) -> Result<ConsentLine, Fault> {
    let (modality, purpose) = about(newest);
    let (now_us, jurisdiction) = (clock::now_us(), branch.jurisdiction);
    let today = today(branch, now_us);
    let question = Question { jurisdiction, member, modality, purpose, now_us, today };
    let (light, state) = match standing(tx, vault, &question)? {
        Ok(_) => (Light::Good, "consent-holds"),
        Err(gap @ ConsentGap::Withdrawn { .. }) => (Light::Bad, gap_key(gap)),
        Err(gap) => (Light::Ask, gap_key(gap)),
    };
    let lines = match newest {
        ConsentEvent::Given(given) => given_lines(tx, page, branch, given.record())?,
        ConsentEvent::Withdrawn(withdrawal) => {
            let when = page.moment(withdrawal.withdrawn_at_us, &branch.time_zone.calendar());
            vec![page.say_of("consent-withdrawn-at", "when", &when)]
        }
    };
    Ok(ConsentLine {
        about: consent_word(modality, purpose),
        what: what_key((modality, purpose)),
        light,
        state: page.say(state),
        lines,
        may_withdraw: matches!(newest, ConsentEvent::Given(_)),
    })
}

/// Since when and until when; by whom and how; the proof and who took it.
fn given_lines(
    tx: &mut Tx<'_>,
    page: &Page,
    branch: &Branch,
    record: &ConsentRecord,
) -> Result<Vec<String>, Fault> {
    let calendar = branch.time_zone.calendar();
    let since = page.say_of("consent-given-at", "when", &page.moment(record.given_at_us, &calendar));
    let until = match record.term {
        Term::WhilePurposeLasts => page.say("consent-while-purpose"),
        Term::Until { until_us } => page.say_of("consent-until", "when", &page.moment(until_us, &calendar)),
    };
    let giver = page.say(match record.giver {
        Giver::Subject => "consent-by-member",
        Giver::Representative { .. } => "consent-by-representative",
    });
    let mut lines = vec![
        format!("{since} · {until}"),
        format!("{giver} · {}", page.say(channel_key(record.channel))),
        page.say_of("consent-proof", "where", record.evidence.as_str()),
    ];
    if let Some(operator) = record.operator
        && let Some(employee) = staff::get(tx, Id::from(operator))?
    {
        lines.push(page.say_of("consent-taken-by", "name", employee.content.name.as_str()));
    }
    Ok(lines)
}

async fn withdraw(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let about = consent_of_word(asked.form.text("about"));
    let (modality, purpose) = about.ok_or_else(|| Trouble::bad_request("no consent"))?;
    if !asked.form.is_ticked("sure") {
        return asked.after(&app, Err("consent-not-sure")).await;
    }
    let (operation, acting) = (operation(&asked.form)?, asked.caller.acting());
    let Actor::Staff(operator) = acting.actor else { return Err(Trouble::forbidden()) };
    let withdrawal = Withdrawal {
        member: asked.member.into(),
        by: Giver::Subject,
        modality,
        purpose,
        operator: Some(operator.into()),
        withdrawn_at_us: acting.now_us,
    };
    let withdrawn = app.aside(move |app| {
        let withdrawn =
            app.store.write(move |work| consents::withdraw(work, &acting, operation, &withdrawal))?;
        if withdrawn.is_ok() {
            // Whoever must be told is in the jobs now, and what was overwritten leaves the log with it.
            telling::queue(&app.store, clock::now_us())?;
            app.store.forget_overwritten()?;
        }
        Ok(withdrawn)
    });
    let done = withdrawn.await?.map(drop).map_err(|_| "consent-not-withdrawn");
    asked.after(&app, done).await
}
