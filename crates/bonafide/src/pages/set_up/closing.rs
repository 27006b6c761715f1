//! Takes a thing out of use or into use again, and begins or ends a trial. Nothing is deleted.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::{access_point, branch, zone};
use bonafide_store::{plans, trial};

use crate::pages::set_up::id_of;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/set-up/{noun}/{id}/closures", Access::MANAGERS, close),
        Route::post("/set-up/{noun}/{id}/trials", Access::MANAGERS, try_out),
    ]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Branch,
    Zone,
    Door,
    Plan,
}

fn noun_of(word: &str) -> Result<(Noun, &'static str), Trouble> {
    match word {
        "branches" => Ok((Noun::Branch, "/set-up/branches")),
        "zones" => Ok((Noun::Zone, "/set-up/zones")),
        "doors" => Ok((Noun::Door, "/set-up/doors")),
        "plans" => Ok((Noun::Plan, "/set-up/plans")),
        _ => Err(Trouble::not_found()),
    }
}

/// Whether it is the caller's to change: his branch's, or the whole club's for whoever works everywhere.
fn is_own(tx: &mut Tx<'_>, caller: &Caller, noun: Noun, id: Id) -> Result<bool, Fault> {
    let zone = match noun {
        Noun::Branch | Noun::Plan => {
            return Ok(caller.signed().is_some_and(|signed| signed.employee.content.branch.is_none()));
        }
        Noun::Zone => Some(id),
        Noun::Door => access_point::get(tx, id)?.map(|kept| kept.content.zone),
    };
    let Some(zone) = zone else { return Ok(false) };
    Ok(zone::get(tx, zone)?.is_some_and(|kept| caller.works_in(kept.content.branch)))
}

async fn close(
    State(app): State<Shared>,
    caller: Caller,
    Path((noun, id)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ((noun, back), id) = (noun_of(&noun)?, id_of(&id)?);
    let (closed, acting) = (form.text("closed") == "yes", caller.acting());
    let done = app.write(move |work| {
        if !is_own(work.tx, &caller, noun, id)? {
            return Ok(Err(()));
        }
        let done = match noun {
            Noun::Branch => branch::set_closed(work, &acting, id, closed)?,
            Noun::Zone => zone::set_closed(work, &acting, id, closed)?,
            Noun::Door => access_point::set_closed(work, &acting, id, closed)?,
            Noun::Plan => plans::set_archived(work, &acting, id, closed)?,
        };
        Ok(done.map(drop).map_err(drop))
    });
    done.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(back).into_response())
}

async fn try_out(
    State(app): State<Shared>,
    caller: Caller,
    Path((noun, id)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let ((noun, back), id) = (noun_of(&noun)?, id_of(&id)?);
    let of = match noun {
        Noun::Branch => trial::Of::Branch(id),
        Noun::Door => trial::Of::AccessPoint(id),
        Noun::Zone | Noun::Plan => return Err(Trouble::not_found()),
    };
    let (on, acting) = (form.text("on") == "yes", caller.acting());
    let done = app.write(move |work| {
        if !is_own(work.tx, &caller, noun, id)? {
            return Ok(Err(()));
        }
        Ok(trial::set(work, &acting, of, on)?.map(drop).map_err(drop))
    });
    done.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(back).into_response())
}
