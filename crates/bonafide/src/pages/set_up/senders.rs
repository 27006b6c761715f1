//! What sends one-time codes: whether an SMS gateway and a mail server are set, and whether they take a message. Both are set in the
//! settings file, with a key and a password that no page shows. A test goes where the owner says, and counts like every message.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bonafide_domain::profile::EmailAddress;
use bonafide_store::organisation::branch;
use bonafide_store::sends::{Place, TooMany};
use bonafide_store::staff::Role;

use crate::commands::members::fields;
use crate::flows::sending_codes::{AskedAt, NotSent, Sending, test};
use crate::pages::Light;
use crate::senders::settings::MailTls;
use crate::senders::{Address, NotTaken};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// Who a test is from in an installation that has no branch yet.
const NAMELESS: &str = "Bonafide";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/senders", Access::MANAGERS, show),
        Route::post("/set-up/senders/tests", Access::OWNER, send_test),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/senders.html")]
struct SendersPage {
    page: Page,
    sms: Option<SmsShown>,
    email: Option<EmailShown>,
    sends_a_day_max: u32,
    /// Who asks may send a test.
    may_test: bool,
    /// What was typed.
    to: String,
    /// What the test brought: how it stands, and the key of the words.
    said: Option<(Light, &'static str)>,
    /// The status with which it was refused.
    status: Option<u16>,
}

struct SmsShown {
    host: String,
    sender: String,
    prefixes: String,
}

struct EmailShown {
    host: String,
    from: String,
    tls: &'static str,
}

impl SendersPage {
    fn of(app: &App, page: &Page) -> SendersPage {
        let senders = &app.senders;
        SendersPage {
            page: page.clone(),
            sms: senders.sms.as_ref().map(|sms| SmsShown {
                host: sms.host().to_owned(),
                sender: sms.sender().to_owned(),
                prefixes: sms.prefixes().join(" · "),
            }),
            email: senders.email.as_ref().map(|email| EmailShown {
                host: email.host().to_owned(),
                from: email.from(),
                tls: match email.tls() {
                    MailTls::Implicit => "senders-tls-implicit",
                    MailTls::Starttls => "senders-tls-starttls",
                    MailTls::None => "senders-tls-none",
                },
            }),
            sends_a_day_max: senders.sends_a_day_max,
            may_test: page.is(&[Role::Owner]) && !senders.are_none(),
            to: String::new(),
            said: None,
            status: None,
        }
    }
}

async fn show(State(app): State<Shared>, page: Page) -> Response {
    page.show(&SendersPage::of(&app, &page))
}

async fn send_test(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let to = form.text("to").to_owned();
    let address = if to.contains('@') {
        EmailAddress::parse(&to).map(Address::Email).map_err(|_| ())
    } else {
        fields::phone(&to).map(Address::Phone).map_err(|_| ())
    };
    let mut shown = SendersPage::of(&app, &page);
    shown.to = to;
    let Ok(address) = address else {
        shown.said = Some((Light::Ask, "senders-no-address"));
        return Ok(page.show(&shown));
    };
    let (acting, language) = (caller.acting(), caller.language);
    let tested = app.aside(move |app| {
        let first = app.store.read(|tx| Ok(branch::list(tx, false)?.into_iter().next()))?;
        let club = first.map_or_else(|| NAMELESS.to_owned(), |kept| kept.content.name.as_str().to_owned());
        let sending = Sending {
            store: &app.store,
            senders: &app.senders,
            codes: &app.secrets.phone_codes,
            directory: &app.directory,
            texts: &app.texts,
            acting,
        };
        Ok(test(&sending, &AskedAt { place: Place::SetUp, club, language }, address)?)
    });
    let tested = tested.await?;
    shown.said = Some(match tested {
        Ok(()) => (Light::Good, "senders-taken"),
        Err(why) => (Light::Bad, not_sent_key(why)),
    });
    shown.status = match tested {
        Err(NotSent::NotTaken(NotTaken::Refused(status))) => Some(status),
        _ => None,
    };
    Ok(page.show(&shown))
}

const fn not_sent_key(why: NotSent) -> &'static str {
    match why {
        NotSent::NoSender | NotSent::NotTaken(NotTaken::NoSender) => "senders-not-set",
        NotSent::NoNumber | NotSent::NotTaken(NotTaken::BadAddress) => "senders-no-address",
        NotSent::NoAddress | NotSent::Stopped => "senders-other-prefix",
        NotSent::TooMany(TooMany::TooSoon) => "senders-too-soon",
        NotSent::TooMany(TooMany::ForAddress | TooMany::AtPlace) | NotSent::TooManyCodes => {
            "senders-too-many"
        }
        NotSent::TooMany(TooMany::OfHouse) => "senders-too-many-house",
        NotSent::TooMany(TooMany::NotUsed) => "senders-not-used",
        NotSent::NotTaken(NotTaken::Busy) => "senders-busy",
        NotSent::NotTaken(NotTaken::TimedOut) => "senders-timed-out",
        NotSent::NotTaken(NotTaken::Unreachable) => "senders-unreachable",
        NotSent::NotTaken(NotTaken::NotSafe) => "senders-not-safe",
        NotSent::NotTaken(NotTaken::BadKey) => "senders-bad-key",
        NotSent::NotTaken(NotTaken::Refused(_)) => "senders-refused",
        NotSent::NotTaken(NotTaken::OtherAnswer) => "senders-other-answer",
    }
}
