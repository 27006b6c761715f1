//! What somebody asks for on a member's page: who asks, about whom, with which form. What is done is done in one transaction, and what
//! comes back is the member's page: as he stands now, or with the words of why not.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::store::Work;

use crate::pages::member::{answer, member_id};
use crate::pages::operation;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::trouble::Trouble;

/// What is done, or the key of why it is not.
pub(super) type Deed = Result<Result<(), &'static str>, Fault>;

/// A form that somebody sent from a member's page.
pub(super) struct Asked {
    pub(super) page: Page,
    pub(super) caller: Caller,
    pub(super) member: Id,
    pub(super) form: Form,
}

impl FromRequest<Shared> for Asked {
    type Rejection = Trouble;

    async fn from_request(request: Request, app: &Shared) -> Result<Asked, Trouble> {
        let (mut parts, body) = request.into_parts();
        let page = Page::from_request_parts(&mut parts, app).await?;
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let path = Path::<String>::from_request_parts(&mut parts, app).await;
        let Posted(form) = Posted::from_request(Request::from_parts(parts, body), app).await?;
        let Path(id) = path.map_err(|_| Trouble::not_found())?;
        Ok(Asked { page, caller, member: member_id(&id)?, form })
    }
}

impl Asked {
    /// Does it once, under the id that the page gave to its form: a second press does nothing more.
    pub(super) async fn once(
        self,
        app: &Shared,
        mut deed: impl FnMut(&mut Work<'_, '_>, &Acting, Id) -> Deed + Send + 'static,
    ) -> Result<Response, Trouble> {
        let operation = operation(&self.form)?;
        self.so(app, move |work, acting| deed(work, acting, operation)).await
    }

    /// Sees to it that it is so: asked twice, it is as it was after the first time.
    pub(super) async fn so(
        self,
        app: &Shared,
        mut deed: impl FnMut(&mut Work<'_, '_>, &Acting) -> Deed + Send + 'static,
    ) -> Result<Response, Trouble> {
        let acting = self.caller.acting();
        let done = app.write(move |work| deed(work, &acting)).await?;
        self.after(app, done).await
    }

    /// The member's page after something was done, or with the words of the key why not.
    pub(super) async fn after(
        self,
        app: &Shared,
        done: Result<(), &'static str>,
    ) -> Result<Response, Trouble> {
        let Asked { page, caller, member, .. } = self;
        match done {
            Ok(()) => Ok(Redirect::to(&format!("/members/{member}")).into_response()),
            Err(key) => {
                let refused = Some(page.say(key));
                answer(app, page, &caller, member, StatusCode::UNPROCESSABLE_ENTITY, refused).await
            }
        }
    }

    /// An id of the form that its page always sends.
    pub(super) fn id(&self, name: &'static str, missing: &'static str) -> Result<Id, Trouble> {
        self.form.id(name).ok_or_else(|| Trouble::bad_request(missing))
    }
}
