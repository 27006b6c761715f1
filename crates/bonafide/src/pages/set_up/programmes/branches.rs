//! At which branches a programme holds.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::money::Currency;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, BranchNotSet};
use bonafide_store::organisation::branch;

use crate::pages::set_up::form::{self, Filling, Ways, Wrong};
use crate::pages::set_up::once;
use crate::pages::set_up::programmes::{Found, Programmes, found};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/branches", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/branches", Access::MANAGERS, set),
    ]
}

/// A branch that may have a programme of this currency.
struct Candidate {
    id: Id,
    name: String,
    /// The other programme that it has now.
    other: Option<String>,
    has_it: bool,
}

fn candidates(tx: &mut Tx<'_>, programme: Id, currency: Currency) -> Result<Vec<Candidate>, Fault> {
    let has = programmes::branches(tx, programme)?;
    let mut found = Vec::new();
    for kept in branch::list(tx, false)?.into_iter().filter(|kept| kept.content.currency == currency) {
        let has_it = has.contains(&kept.id);
        let other = match programmes::of_branch(tx, kept.id)?.filter(|_| !has_it) {
            Some(other) => programmes::get(tx, other)?.map(|other| other.name.as_str().to_owned()),
            None => None,
        };
        found.push(Candidate { id: kept.id, name: kept.content.name.as_str().to_owned(), other, has_it });
    }
    Ok(found)
}

async fn asked(app: &Shared, found: &Found) -> Result<Vec<Candidate>, Trouble> {
    let (id, currency) = (found.id, found.programme.currency);
    app.read(move |tx, _| candidates(tx, id, currency)).await
}

fn shown(page: &Page, found: &Found, all: &[Candidate], form: &Form, wrongs: &[Wrong]) -> Response {
    let title = page.say_of("programme-branches-of", "name", found.programme.name.as_str());
    let action = format!("{}/branches", path_of::<Programmes>(found.id));
    let filling = Filling { form, wrongs, is_new: false };
    let choice = |one: &Candidate| {
        let label = match &one.other {
            Some(other) => {
                format!("{} ({})", one.name, page.say_of("programme-other-now", "programme", other))
            }
            None => one.name.clone(),
        };
        (one.id.to_string(), label)
    };
    let boxes = filling.boxes("branch", "set-up-branches", all.iter().map(choice).collect());
    let hint = if all.is_empty() { "programme-no-branch-hint" } else { "programme-branches-hint" };
    let ways = Ways { title, action: &action, back: Programmes::PATHS.all };
    form::show(page, &ways, &filling, vec![boxes.with_hint(hint)])
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let all = asked(&app, &found).await?;
    let ticked = all.iter().filter(|one| one.has_it).map(|one| ("branch".to_owned(), one.id.to_string()));
    Ok(shown(&page, &found, &all, &Form::of(ticked.collect()), &[]))
}

async fn set(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let ticked: Vec<Id> = form.all("branch").into_iter().filter_map(Id::parse).collect();
    let path = format!("{}/branches", path_of::<Programmes>(found.id));
    let (programme, currency) = (found.id, found.programme.currency);
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        for one in candidates(work.tx, programme, currency)? {
            let wanted = ticked.contains(&one.id);
            if wanted == one.has_it {
                continue;
            }
            let programme = wanted.then_some(programme);
            if let Err(refusal) = programmes::set_branch(work, acting, one.id, programme)? {
                return Ok(Err(wrong(refusal)));
            }
        }
        Ok(Ok(Programmes::PATHS.all.to_owned()))
    });
    match set.await? {
        Ok(response) => Ok(response),
        Err(wrong) => Ok(shown(&page, &found, &asked(&app, &found).await?, &form, &[wrong])),
    }
}

const fn wrong(refusal: BranchNotSet) -> Wrong {
    match refusal {
        BranchNotSet::NoBranch | BranchNotSet::NoProgramme => ("", "set-up-gone"),
        BranchNotSet::OtherCurrency => ("branch", "programme-other-currency"),
    }
}
