//! What a member knows or is told: a PIN, set at the desk by the member's own hand, and a one-time code for his phone, which the desk
//! reads out to him. The code is shown in answer to the form and has no page of its own.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bonafide_domain::profile::Phone;
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::pin::{self, NotSet, Pin, PinHash, PinRefusal};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::store::Work;
use zeroize::Zeroizing;

use crate::clock;
use crate::flows::phone_codes::{CODE_US, CodeOf, For, TooManyCodes};
use crate::flows::sending_codes::{PhoneStopped, credential_of};
use crate::pages::member::asked::Asked;
use crate::pages::operation;
use crate::server::app::Shared;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/members/{id}/pins", Access::DESK, set_pin),
        Route::post("/members/{id}/phone-codes", Access::DESK, make_code),
    ]
}

async fn set_pin(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (member, operation, acting) = (asked.member, operation(&asked.form)?, asked.caller.acting());
    let parsed = Pin::parse(asked.form.text("pin")).map_err(pin_key);
    let pin = match parsed {
        Ok(_) if asked.form.text("pin") != asked.form.text("again") => Err("pin-differ"),
        parsed => parsed,
    };
    let pin = match pin {
        Ok(pin) => pin,
        Err(key) => return asked.after(&app, Err(key)).await,
    };
    let set = app.aside(move |app| {
        // Slow on purpose, and so before the transaction.
        let hash = PinHash::of(&pin)?;
        Ok(app.store.write(move |work| pin::set(work, &acting, operation, member, &hash))?)
    });
    let set = match set.await? {
        Ok(_) => {
            app.secrets.forget(member);
            Ok(())
        }
        Err(NotSet::NoMember) => return Err(Trouble::not_found()),
        Err(NotSet::OtherOperation | NotSet::Blocked) => Err("pin-refused"),
    };
    asked.after(&app, set).await
}

const fn pin_key(refusal: PinRefusal) -> &'static str {
    match refusal {
        PinRefusal::NotDigits => "pin-not-digits",
        PinRefusal::Length => "pin-length",
        PinRefusal::TooPlain => "pin-too-plain",
    }
}

#[derive(Template)]
#[template(path = "pages/member/phone_code.html")]
struct PhoneCodePage {
    page: Page,
    member: Id,
    name: String,
    phone: String,
    code: Zeroizing<String>,
    minutes: u64,
}

/// The member's phone as a credential: the number that stands first in the profile.
struct OwnPhone {
    credential: Id,
    phone: Phone,
    name: String,
}

async fn make_code(State(app): State<Shared>, asked: Asked) -> Result<Response, Trouble> {
    let (member, operation, acting) = (asked.member, operation(&asked.form)?, asked.caller.acting());
    let made = app.aside(move |app| {
        let own = app.store.write(move |work| own_phone(work, &acting, member))?;
        let own = match own {
            Ok(own) => own.ok_or_else(Trouble::not_found)?,
            Err(key) => return Ok(Err(key)),
        };
        let whom = For { member, of: CodeOf::Phone(own.credential), phone: Some(&own.phone) };
        let code = app.secrets.phone_codes.make(&whom, operation, clock::now_us())?;
        Ok(code.map(|code| (own, code)).map_err(|TooManyCodes| "phone-code-too-many"))
    });
    match made.await? {
        Ok((own, code)) => Ok(asked.page.show(&PhoneCodePage {
            page: asked.page.clone(),
            member,
            name: own.name,
            phone: own.phone.as_str().to_owned(),
            code,
            minutes: CODE_US.unsigned_abs() / 60_000_000,
        })),
        Err(key) => asked.after(&app, Err(key)).await,
    }
}

/// Finds the phone or makes a credential of it, and notes that a code is made. `None` when there is no such member; the inner error is
/// the key of why there is no code.
fn own_phone(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
) -> Result<Result<Option<OwnPhone>, &'static str>, Fault> {
    let Some(kept) = members::get(work.tx, work.vault, member)? else { return Ok(Ok(None)) };
    let Some(phone) = kept.profile.phones.first().cloned() else { return Ok(Err("phone-code-no-phone")) };
    let name = kept.profile.name.full();
    members::note_phone_code(work, acting, member)?;
    Ok(match credential_of(work, acting, member, &phone)? {
        Ok(credential) => Ok(Some(OwnPhone { credential, phone, name })),
        Err(PhoneStopped) => Err("phone-code-stopped"),
    })
}
