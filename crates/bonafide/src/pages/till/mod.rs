//! The till in a browser, for shops whose own till does not speak to Bonafide: left the basket, right the customer.
//!
//! The server keeps nothing between two presses: what lies on the counter is in the page (`counter`), and who was recognised is sealed
//! in it. The id of the purchase is in the page too, so that a second press of a button does nothing more. Every press is a form of its
//! own and works without script; with script only the counter is exchanged, and the camera goes on looking (`look`).
//!
//! - `counter`: what lies there. `steps`: what a press does. `view`: what is shown of it.
//! - `gifts`: what the customer may have besides points.
//! - `look`: the camera, and the photo to compare with. `done`: a purchase that was completed, and taking it back at once.
//! - `receipts`: an earlier purchase, of which something comes back or which belongs to somebody.

mod counter;
mod done;
mod gifts;
mod look;
mod receipts;
mod steps;
mod view;
mod words;

use askama::Template;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::id::Id;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::organisation::till::{self, Till, TillPlace};
use bonafide_store::staff::Role;

use crate::flows::till_proofs::AtTill;
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// All pages of tills.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own = vec![Route::get("/till", Access::STAFF, choose)];
    [own, steps::routes(), look::routes(), done::routes(), receipts::routes()].into_iter().flatten().collect()
}

/// Where somebody works, and who he is.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) page: Page,
    pub(super) caller: Caller,
    pub(super) till: Kept<Till>,
    pub(super) branch: Kept<Branch>,
}

impl FromRequestParts<Shared> for Here {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Here, Trouble> {
        let page = Page::from_request_parts(parts, app).await?;
        let caller = Caller::from_request_parts(parts, app).await?;
        let path = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let Path(path) = path.map_err(|_| Trouble::not_found())?;
        let till = path.iter().find(|(name, _)| name == "till").map_or("", |(_, id)| id);
        Here::of(app, page, caller, till).await
    }
}

/// What somebody pressed at a till. That the form is one of ours is made sure of before anything is looked for.
pub(super) struct Pressed {
    pub(super) here: Here,
    pub(super) form: Form,
}

impl FromRequest<Shared> for Pressed {
    type Rejection = Trouble;

    async fn from_request(request: Request, app: &Shared) -> Result<Pressed, Trouble> {
        let (mut parts, body) = request.into_parts();
        let posted = Request::from_parts(parts.clone(), body);
        let Posted(form) = Posted::from_request(posted, app).await?;
        Ok(Pressed { here: Here::from_request_parts(&mut parts, app).await?, form })
    }
}

impl Here {
    /// A till that is in use, in a branch that the caller works in.
    async fn of(app: &Shared, page: Page, caller: Caller, till: &str) -> Result<Here, Trouble> {
        let id = Id::parse(till).ok_or_else(Trouble::not_found)?;
        let found = app.read(move |tx, _| till::with_branch(tx, id)).await?;
        let TillPlace { till, branch } = found.ok_or_else(Trouble::not_found)?;
        let is_open = till.closed_us.is_none() && branch.closed_us.is_none();
        if !is_open || !caller.works_in(branch.id) {
            return Err(Trouble::not_found());
        }
        Ok(Here { page, caller, till, branch })
    }

    /// Where the counter is.
    pub(super) fn path(&self) -> String {
        format!("/till/{}", self.till.id)
    }

    /// What the flows work with.
    pub(super) fn at_till<'a>(
        &self,
        app: &'a App,
        acting: &'a bonafide_store::audit::entry::Acting,
    ) -> AtTill<'a> {
        AtTill { store: &app.store, secrets: &app.secrets, acting, till: self.till.id }
    }
}

#[derive(Template)]
#[template(path = "pages/till/choose.html")]
struct ChoosePage {
    page: Page,
    tills: Vec<Choice>,
    /// He may set one up.
    managers: bool,
}

struct Choice {
    id: Id,
    name: String,
    branch: String,
}

/// Which till; nobody is asked where there is one.
async fn choose(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let tills = app.read(move |tx, _| {
        let mut tills = Vec::new();
        for place in branch::list(tx, false)?.into_iter().filter(|place| caller.works_in(place.id)) {
            let branch = place.content.name.as_str();
            tills.extend(till::list(tx, place.id, false)?.into_iter().map(|till| Choice {
                id: till.id,
                name: till.content.name.as_str().to_owned(),
                branch: branch.to_owned(),
            }));
        }
        Ok(tills)
    });
    let tills = tills.await?;
    if let [only] = tills.as_slice() {
        return Ok(Redirect::to(&format!("/till/{}", only.id)).into_response());
    }
    let managers = page.is(&[Role::Owner, Role::Manager]);
    Ok(page.show(&ChoosePage { page: page.clone(), tills, managers }))
}
