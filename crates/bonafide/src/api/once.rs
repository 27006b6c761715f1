//! Writes of staff programs, which may send them twice: the header `Idempotency-Key` names the request, and a repetition gets the
//! answer of then.
//!
//! Claim, deed and answer are one transaction. So of several requests with one key that come at once one is done, and there is no
//! moment at which the deed is done and its answer is not kept. A refusal did nothing and keeps no key: the same request may be
//! tried again when its reason is gone.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::idempotency::{self, Answer, Claimed, Fingerprint, Key};
use bonafide_store::store::Work;
use serde::Serialize;

use crate::api::body::{self, unprocessable};
use crate::failure::Failure;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::trouble::Trouble;

const JSON: &str = "application/json";

/// A request with its key, from somebody who is signed in. The checks stand in this order: it comes from a page or a program that
/// knows the token of the session, there is a key, the body has its size.
pub struct Once {
    /// Who acts, now.
    pub acting: Acting,
    /// What came.
    pub body: Bytes,
    key: Key,
    fingerprint: Fingerprint,
}

impl<S: Send + Sync> FromRequest<S> for Once {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Once, Trouble> {
        let caller = request.extensions().get::<Caller>().cloned();
        let caller = caller.ok_or_else(|| Failure::new("no_caller", "a route without its guard"))?;
        // Other sites can make a browser send the cookie of a session, and not this.
        if body::header(request.headers(), "x-csrf-token") != Some(caller.csrf().as_str()) {
            return Err(Trouble::new(StatusCode::FORBIDDEN, "cross_site"));
        }
        let key = body::key(request.headers())?;
        let method = request.method().clone();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let body = body::bytes(Bytes::from_request(request, state).await)?;
        let fingerprint = Fingerprint::of(method.as_str(), &path, &body);
        Ok(Once { acting: caller.acting(), body, key, fingerprint })
    }
}

/// What a deed answers: a status and what is told.
pub type Done<T> = (StatusCode, T);

impl Once {
    /// Does it, if it was not done before. The inner error of `deed` is what is refused.
    ///
    /// # Errors
    /// The refusal; 422 when the key was used for another request; a [`Trouble`] when it cannot be written.
    pub async fn answer<T: Serialize>(
        self,
        app: &Shared,
        mut deed: impl FnMut(&mut Work<'_, '_>, &Acting) -> Result<Result<Done<T>, Trouble>, Fault>
        + Send
        + 'static,
    ) -> Result<Response, Trouble> {
        let Once { acting, key, fingerprint, .. } = self;
        let answer = app.write(move |work| {
            let claim = match idempotency::claim(work, &acting, &key, &fingerprint)? {
                Claimed::New(claim) => claim,
                Claimed::Done(answer) => return Ok(Ok(answer)),
                Claimed::OtherRequest => {
                    let why = "this Idempotency-Key was used for another request";
                    return Ok(Err(unprocessable("other_request", why)));
                }
                // Nothing here claims without completing; a program of an older version may have.
                Claimed::Running => {
                    let why = "the first request with this Idempotency-Key is being done";
                    return Ok(Err(Trouble::new(StatusCode::CONFLICT, "still_running").because(why)));
                }
            };
            let (status, told) = match deed(work, &acting)? {
                Ok(done) => done,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let body = serde_json::to_vec(&told).map_err(|error| Fault::broken(error.to_string()))?;
            let answer = Answer { status: status.as_u16(), content_type: Some(JSON.to_owned()), body };
            let kept = idempotency::complete(work, &claim, &answer)?;
            kept.map_err(|why| Fault::broken(format!("an answer is not kept: {why:?}")))?;
            Ok(Ok(answer))
        });
        response(answer.await??)
    }
}

fn response(answer: Answer) -> Result<Response, Trouble> {
    let broken = || Trouble::from(Failure::new("damaged", "an answer that was kept is none"));
    let status = StatusCode::from_u16(answer.status).map_err(|_| broken())?;
    let kind = answer.content_type.as_deref().unwrap_or(JSON);
    let kind = HeaderValue::from_str(kind).map_err(|_| broken())?;
    Ok((status, [(CONTENT_TYPE, kind)], answer.body).into_response())
}
