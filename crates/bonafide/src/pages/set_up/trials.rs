//! Begins or ends the trial of a branch or a door: it decides in the shadow of an older system, and opens nothing.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::id::Id;
use bonafide_store::trial::{self, Of};

use crate::pages::Light;
use crate::pages::set_up::branches::Branches;
use crate::pages::set_up::doors::Doors;
use crate::pages::set_up::list::{Act, Row};
use crate::pages::set_up::thing::{Thing, path_of};
use crate::pages::set_up::{for_all_branches, id_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/set-up/branches/{id}/trials", Access::MANAGERS, of_branch),
        Route::post("/set-up/doors/{id}/trials", Access::MANAGERS, of_door),
    ]
}

/// Says that something is on trial, and lets begin or end that.
pub(super) fn mark<T: Thing>(row: &mut Row, id: Id, on: bool) {
    if on {
        (row.light, row.state) = (Light::Ask, "set-up-on-trial");
    }
    let (value, key) = if on { ("no", "set-up-trial-end") } else { ("yes", "set-up-trial-begin") };
    let path = format!("{}/trials", path_of::<T>(id));
    row.acts.push(Act { path, field: Some(("on", value)), key, question: None });
}

async fn of_branch(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let id = id_of(&id)?;
    set::<Branches>(&app, caller, id, Of::Branch(id), &form).await
}

async fn of_door(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = id_of(&id)?;
    set::<Doors>(&app, caller, id, Of::AccessPoint(id), &form).await
}

async fn set<T: Thing>(
    app: &Shared,
    caller: Caller,
    id: Id,
    of: Of,
    form: &Form,
) -> Result<Response, Trouble> {
    let (on, acting) = (form.text("on") == "yes", caller.acting());
    let done = app.write(move |work| {
        if T::kept(work.tx, &caller, id)?.is_none() {
            return Ok(Err(()));
        }
        Ok(trial::set(work, &acting, of, on)?.map(drop).map_err(drop))
    });
    done.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(T::PATHS.all).into_response())
}
