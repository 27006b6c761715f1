//! A request of a till's device.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use bonafide_store::audit::entry::Acting;
use bonafide_store::devices::Role;
use bonafide_store::id::Id;
use serde::de::DeserializeOwned;

use crate::api::body;
use crate::flows::till_proofs::AtTill;
use crate::server::app::App;
use crate::server::caller::Caller;
use crate::server::trouble::Trouble;

/// A request: who asks, at which till, with what.
pub(in crate::api) struct TillAsking {
    /// Who acts, now.
    pub(super) acting: Acting,
    /// At which till.
    pub(super) till: Id,
    /// The id in the path; nothing where the path has none.
    id: Option<String>,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for TillAsking {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<TillAsking, Trouble> {
        let (mut parts, content) = request.into_parts();
        let caller = parts.extensions.get::<Caller>().ok_or_else(Trouble::forbidden)?;
        let till = match caller.device().map(|device| &device.role) {
            Some(Role::Till { till }) => *till,
            _ => return Err(Trouble::forbidden()),
        };
        let acting = caller.acting();
        let id = Path::<String>::from_request_parts(&mut parts, state).await.ok().map(|Path(id)| id);
        let request = Request::from_parts(parts, content);
        let body = body::bytes(Bytes::from_request(request, state).await)?;
        Ok(TillAsking { acting, till, id, body })
    }
}

impl TillAsking {
    /// What came.
    ///
    /// # Errors
    /// 400 or 422 when it is no JSON of this form.
    pub(super) fn content<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        body::json(&self.body)
    }

    /// What came, as it is: a picture.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// What a till works with.
    pub(super) fn at_till<'a>(&'a self, app: &'a App) -> AtTill<'a> {
        AtTill { store: &app.store, secrets: &app.secrets, acting: &self.acting, till: self.till }
    }

    /// The id that the path names: the till's own.
    ///
    /// # Errors
    /// 422 when it is no UUID.
    pub(super) fn id(&self) -> Result<Id, Trouble> {
        body::id(self.id.as_deref().unwrap_or_default(), "the id in the path")
    }
}
