//! The first-run guide: what a club needs before its first passage, step by step, with what there is and one button that leads on.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bonafide_store::organisation::access_point;
use bonafide_store::passages::feed::feed;
use bonafide_store::staff::Role;
use bonafide_store::{devices, plans};

use crate::pages::Light;
use crate::pages::set_up::Places;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Names of one step at most; the list has them all.
const NAMES_MAX: usize = 6;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/set-up", Access::MANAGERS, show)]
}

/// A step.
struct Step {
    title: &'static str,
    words: &'static str,
    done: bool,
    names: Vec<String>,
    /// The list of what there is.
    list: Option<&'static str>,
    /// Where the step is done, and the key of the button.
    next: (&'static str, &'static str),
}

impl Step {
    fn of(
        (title, words): (&'static str, &'static str),
        names: Vec<String>,
        list: &'static str,
        next: (&'static str, &'static str),
    ) -> Step {
        Step { title, words, done: !names.is_empty(), names, list: Some(list), next }
    }

    fn light(&self) -> Light {
        if self.done { Light::Good } else { Light::Ask }
    }

    fn state(&self) -> &'static str {
        if self.done { "set-up-done" } else { "set-up-to-do" }
    }
}

/// What a club sets up when it needs it: no passage waits for it.
struct Further {
    title: &'static str,
    words: &'static str,
    path: &'static str,
    /// What there is, in words.
    there: Option<String>,
}

/// What may come later; the staff is the owner's.
fn further(page: &Page, devices_in_use: usize) -> Vec<Further> {
    let of = |title, words, path| Further { title, words, path, there: None };
    let count = u64::try_from(devices_in_use).unwrap_or(u64::MAX);
    let there = (count > 0).then(|| page.say_count("guide-devices-are", "count", count));
    let mut all = vec![
        Further { there, ..of("set-up-devices", "guide-devices-words", "/set-up/devices") },
        of("kiosk-pair", "guide-kiosk-words", "/kiosk"),
        of("set-up-provider", "guide-provider-words", "/set-up/provider"),
        of("set-up-senders", "guide-senders-words", "/set-up/senders"),
        of("set-up-texts", "guide-texts-words", "/set-up/consent-texts"),
        of("set-up-extras", "guide-extras-words", "/set-up/extras"),
        of("set-up-sigur", "guide-sigur-words", "/set-up/sigur"),
        of("set-up-lockers", "guide-lockers-words", "/set-up/lockers"),
        of("set-up-tills", "guide-tills-words", "/set-up/tills"),
        of("programmes", "guide-programmes-words", "/set-up/programmes"),
    ];
    if page.is(&[Role::Owner]) {
        all.insert(0, of("set-up-staff", "guide-staff-words", "/set-up/staff"));
    }
    all
}

#[derive(Template)]
#[template(path = "pages/set_up/guide.html")]
struct GuidePage {
    page: Page,
    steps: Vec<Step>,
    further: Vec<Further>,
    /// The first step that is not done.
    next: Option<(&'static str, &'static str)>,
}

async fn show(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let told = app.read(move |tx, app| {
        let places = Places::of(tx, &caller, false)?;
        let (mut doors, mut passed, mut in_use) = (Vec::new(), false, 0);
        for kept in &places.branches {
            let points = access_point::list(tx, kept.id, false)?;
            doors.extend(points.iter().map(|point| point.content.name.as_str().to_owned()));
            in_use += devices::list(tx, kept.id, false)?.len();
            passed = passed || !feed(tx, kept.id, None, 1)?.0.is_empty();
        }
        let plans = plans::list(tx, false)?;
        let plans: Vec<String> = plans.iter().map(|kept| kept.plan.name.as_str().to_owned()).collect();
        Ok((places, doors, plans, app.directory.members(), passed, in_use))
    });
    let (places, doors, plans, members, passed, in_use) = told.await?;
    let branches = places.branches.iter().map(|kept| kept.content.name.as_str().to_owned()).collect();
    let zones = places.zones.iter().map(|kept| places.zone_name(kept)).collect();
    let members = i64::try_from(members).unwrap_or(i64::MAX);
    let members = if members == 0 { Vec::new() } else { vec![page.whole(members)] };
    let passage = Step {
        title: "guide-passage",
        words: "guide-passage-words",
        done: passed,
        names: Vec::new(),
        list: None,
        next: ("/desk", "guide-passage-go"),
    };
    let mut steps = vec![
        Step::of(
            ("guide-branch", "guide-branch-words"),
            branches,
            "/set-up/branches",
            ("/set-up/branches/new", "set-up-branch-add"),
        ),
        Step::of(
            ("guide-zones", "guide-zones-words"),
            zones,
            "/set-up/zones",
            ("/set-up/zones/new", "set-up-zone-add"),
        ),
        Step::of(
            ("guide-plan", "guide-plan-words"),
            plans,
            "/set-up/plans",
            ("/set-up/plans/new", "set-up-plan-add"),
        ),
        Step::of(
            ("guide-door", "guide-door-words"),
            doors,
            "/set-up/doors",
            ("/set-up/doors/new", "set-up-door-add"),
        ),
        Step::of(("guide-member", "guide-member-words"), members, "/desk", ("/new-member", "new-member")),
        passage,
    ];
    for step in &mut steps {
        step.names.truncate(NAMES_MAX);
    }
    let next = steps.iter().find(|step| !step.done).map(|step| step.next);
    let further = further(&page, in_use);
    Ok(page.show(&GuidePage { page: page.clone(), steps, further, next }))
}
