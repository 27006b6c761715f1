//! A form with files: a photo of a member, an import. Everything is held in memory, within limits, and wiped by whoever decodes it.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use zeroize::Zeroizing;

use crate::server::caller::Caller;
use crate::server::form::{CSRF_FIELD, CSRF_HEADER, Form};
use crate::server::trouble::Trouble;

/// Files of one form at most.
pub const FILES_MAX: usize = 8;

/// Bytes of one field of text.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// Fields of text at most.
const FIELDS_MAX: usize = 40;

/// A form with files that was posted from a page of this server. Its token comes before the files: without it none is read.
pub struct Uploaded {
    /// The fields of text.
    pub form: Form,
    /// The files, in their order; empty ones are left out, as a browser sends them for a field without a file.
    pub files: Vec<Zeroizing<Vec<u8>>>,
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Uploaded, Trouble> {
        let csrf = request.extensions().get::<Caller>().map(Caller::csrf).unwrap_or_default();
        let shown = request.headers().get(&CSRF_HEADER).and_then(|value| value.to_str().ok());
        let cross_site = || Trouble::new(StatusCode::FORBIDDEN, "cross_site");
        let otherwise = match shown {
            Some(token) if token == csrf => Trouble::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_form"),
            _ => cross_site(),
        };
        let mut parts = Multipart::from_request(request, state).await.map_err(|_| otherwise)?;
        let (mut fields, mut files) = (Vec::new(), Vec::new());
        let mut is_ours = false;
        while let Some(part) = parts.next_field().await.map_err(|error| cut(&error))? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_none() {
                let value = text(part).await?;
                is_ours |= name == CSRF_FIELD && value == csrf;
                fields.push((name, value));
                if fields.len() > FIELDS_MAX {
                    return Err(Trouble::bad_request("too many fields"));
                }
                continue;
            }
            if !is_ours {
                return Err(cross_site());
            }
            let file = part.bytes().await.map_err(|error| cut(&error))?;
            if !file.is_empty() {
                files.push(Zeroizing::new(file.to_vec()));
            }
            if files.len() > FILES_MAX {
                return Err(Trouble::bad_request("too many files"));
            }
        }
        if !is_ours {
            return Err(cross_site());
        }
        Ok(Uploaded { form: Form::of(fields), files })
    }
}

async fn text(mut part: Field<'_>) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| cut(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > TEXT_BYTES_MAX {
            return Err(Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cut(error: &MultipartError) -> Trouble {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        _ => Trouble::bad_request("the body ended early"),
    }
}
