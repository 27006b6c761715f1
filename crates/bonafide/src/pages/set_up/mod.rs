//! The set-up: from an empty folder to the first passage by pages alone. A guide (`guide`) leads through what a club needs; each
//! thing has a list and one form to add or change it (`thing`).

mod allowances;
mod branches;
mod consent_drafts;
mod consent_texts;
mod devices;
mod doors;
mod extras;
mod form;
mod guide;
mod list;
mod lockers;
mod own_member;
mod plan_terms;
mod plans;
mod prices;
mod programmes;
mod provider;
mod rules;
mod senders;
mod sigur;
mod staff;
mod thing;
mod tills;
mod trials;
mod zones;

use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::idempotency::{self, Answer, Claimed, Fingerprint, Key};
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::zone::{self, Zone};
use bonafide_store::plans::extra;
use bonafide_store::store::Work;

use crate::pages::operation;
use crate::pages::set_up::form::{SENT_ALREADY, Wrong};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::routes::Route;
use crate::server::trouble::Trouble;

/// The pages of the set-up.
#[must_use]
pub fn routes() -> Vec<Route> {
    let parts = [
        guide::routes(),
        allowances::routes(),
        thing::routes::<branches::Branches>(),
        thing::routes::<zones::Zones>(),
        thing::routes::<doors::Doors>(),
        rules::routes(),
        trials::routes(),
        thing::routes::<plans::Plans>(),
        prices::routes(),
        programmes::routes(),
        provider::routes(),
        senders::routes(),
        thing::routes::<extras::Extras>(),
        devices::routes(),
        consent_texts::routes(),
        sigur::routes(),
        thing::routes::<lockers::Lockers>(),
        thing::routes::<tills::Tills>(),
        thing::routes::<staff::Staff>(),
        staff::routes(),
        own_member::routes(),
    ];
    parts.into_iter().flatten().collect()
}

/// Does what a form asks for, once: whoever sends it again is led to where the first one led. The inner error is what is refused.
async fn once(
    app: &Shared,
    caller: &Caller,
    form: &Form,
    path: &str,
    mut act: impl FnMut(&mut Work<'_, '_>, &Acting) -> Result<Result<String, Wrong>, Fault> + Send + 'static,
) -> Result<Result<Response, Wrong>, Trouble> {
    let key = Key::parse(&operation(form)?.to_string()).map_err(|_| Trouble::bad_request("no operation"))?;
    // Of a password nothing is kept but its slow hash.
    let request = Fingerprint::of("POST", path, format!("{:?}", form.without("password")).as_bytes());
    let acting = caller.acting();
    let done = app.write(move |work| {
        let claim = match idempotency::claim(work, &acting, &key, &request)? {
            Claimed::New(claim) => claim,
            Claimed::Done(answer) => return Ok(Ok(String::from_utf8_lossy(&answer.body).into_owned())),
            Claimed::Running | Claimed::OtherRequest => return Ok(Err(SENT_ALREADY)),
        };
        // A refusal takes the claim back with it.
        let next = match act(work, &acting)? {
            Ok(next) => next,
            Err(wrong) => return Ok(Err(wrong)),
        };
        let answer = Answer { status: 303, content_type: None, body: next.clone().into_bytes() };
        let kept = idempotency::complete(work, &claim, &answer)?;
        Ok(kept.map(|()| next).map_err(|_| SENT_ALREADY))
    });
    Ok(done.await?.map(|next| Redirect::to(&next).into_response()))
}

fn id_of(path: &str) -> Result<Id, Trouble> {
    Id::parse(path).ok_or_else(Trouble::not_found)
}

/// What concerns all branches is not for a manager of one.
fn for_all_branches(caller: &Caller) -> Result<(), Trouble> {
    let everywhere = caller.signed().is_some_and(|signed| signed.employee.content.branch.is_none());
    if everywhere { Ok(()) } else { Err(Trouble::forbidden()) }
}

/// What a form lets one choose from: the branches of a caller with their zones, and the extra services of the house.
struct Places {
    branches: Vec<Kept<Branch>>,
    zones: Vec<Kept<Zone>>,
    extras: Vec<(Id, Title)>,
}

impl Places {
    fn of(tx: &mut Tx<'_>, caller: &Caller, closed: bool) -> Result<Places, Fault> {
        let mut branches = branch::list(tx, closed)?;
        branches.retain(|kept| caller.works_in(kept.id));
        let mut zones = Vec::new();
        for kept in &branches {
            zones.extend(zone::list(tx, kept.id, closed)?);
        }
        Ok(Places { branches, zones, extras: extra::list(tx)? })
    }

    fn branch_name(&self, id: Id) -> &str {
        self.branches.iter().find(|kept| kept.id == id).map_or("", |kept| kept.content.name.as_str())
    }

    fn branch_choices(&self) -> Vec<(String, String)> {
        let choice = |kept: &Kept<Branch>| (kept.id.to_string(), kept.content.name.as_str().to_owned());
        self.branches.iter().map(choice).collect()
    }

    /// The zones, with the branch where there are several.
    fn zone_choices(&self) -> Vec<(String, String)> {
        self.zones.iter().map(|kept| (kept.id.to_string(), self.zone_name(kept))).collect()
    }

    fn zone_name(&self, kept: &Kept<Zone>) -> String {
        let name = kept.content.name.as_str();
        if self.branches.len() < 2 {
            return name.to_owned();
        }
        format!("{}, {name}", self.branch_name(kept.content.branch))
    }
}

/// The places of a caller; closed ones when `closed` says so.
async fn places(app: &Shared, caller: &Caller, closed: bool) -> Result<Places, Trouble> {
    let caller = caller.clone();
    app.read(move |tx, _| Places::of(tx, &caller, closed)).await
}

/// A form that is filled with what there is.
fn filled(fields: &[(&str, String)]) -> Form {
    Form::of(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// The lines of a field, without empty ones.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
