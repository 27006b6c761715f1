//! What the device of a door sends. Nothing of it is refused where it is read, because whoever leaves is let out whatever it is
//! (case D-19): that is decided by whoever asks it something.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;

use crate::api::body::{self, KEY_HEADER, unprocessable};
use crate::server::caller::Caller;
use crate::server::guard::BookUnreadable;
use crate::server::trouble::Trouble;

/// How long the body of a door's request may take. It is some hundred bytes, and somebody stands there.
const BODY_TIME_MAX: Duration = Duration::from_secs(3);

/// A request of a door's device.
pub(super) struct Asking {
    /// Who acts and at which door; or why nobody knows, because the book cannot be read.
    pub(super) at: Result<(Acting, Id), Trouble>,
    /// What came, or why nothing did.
    pub(super) body: Result<Bytes, Trouble>,
    key: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for Asking {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Asking, Trouble> {
        let at = match request.extensions().get::<BookUnreadable>() {
            Some(BookUnreadable(trouble)) => Err(trouble.clone()),
            None => {
                let caller = request.extensions().get::<Caller>().ok_or_else(Trouble::forbidden)?;
                let door = caller.device().and_then(|device| device.role.access_point());
                Ok((caller.acting(), door.ok_or_else(Trouble::forbidden)?))
            }
        };
        let key = body::header(request.headers(), KEY_HEADER).map(str::to_owned);
        let read = tokio::time::timeout(BODY_TIME_MAX, Bytes::from_request(request, state)).await;
        let body = match read {
            Ok(read) => body::bytes(read),
            Err(_) => Err(Trouble::new(StatusCode::REQUEST_TIMEOUT, "too_slow")),
        };
        Ok(Asking { at, body, key })
    }
}

impl Asking {
    /// Who acts and at which door.
    ///
    /// # Errors
    /// When the book cannot be read.
    pub(super) fn at(&self) -> Result<(Acting, Id), Trouble> {
        self.at.clone()
    }

    /// What came.
    ///
    /// # Errors
    /// When nothing did, or too much.
    pub(super) fn body(&self) -> Result<&[u8], Trouble> {
        self.body.as_deref().map_err(Clone::clone)
    }

    /// The id of the request: what its body says, or the header `Idempotency-Key`.
    ///
    /// # Errors
    /// 400 when there is none; 422 when one is no UUID, or there are two.
    pub(super) fn operation(&self, said: Option<&str>) -> Result<Id, Trouble> {
        let said = said.map(|said| body::id(said, "operation")).transpose()?;
        let key = self.key.as_deref().map(|key| body::id(key, "Idempotency-Key")).transpose()?;
        match (said, key) {
            (Some(said), Some(key)) if said != key => {
                Err(unprocessable("two_operations", "operation and Idempotency-Key are two ids"))
            }
            (Some(one), _) | (None, Some(one)) => Ok(one),
            (None, None) => Err(Trouble::new(StatusCode::BAD_REQUEST, "no_idempotency_key").because(
                "name the request by operation in its body or by the header Idempotency-Key: a UUID",
            )),
        }
    }
}
