//! The frame of a page: who reads it, in which language, what he may go to, and what his forms bring along. A page is a struct with
//! a template of the same path; it holds a [`Page`] and what it shows.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use bonafide_domain::calendar::Calendar;
use bonafide_domain::money::Money;
use bonafide_domain::profile::Language;
use bonafide_store::staff::Role;
use jiff::civil::Date;

use crate::failure::Failure;
use crate::server::app::Shared;
use crate::server::caller::{Caller, Who};
use crate::server::trouble::Trouble;
use crate::texts::{Values, Words};

/// The frame of a page.
#[derive(Clone)]
pub struct Page {
    app: Shared,
    frame: Arc<Frame>,
}

struct Frame {
    language: Language,
    role: Option<Role>,
    name: String,
    csrf: String,
    path: String,
}

/// A way that stands in the menu.
pub struct MenuItem {
    /// Where it goes.
    pub path: &'static str,
    /// The key of its name.
    pub key: &'static str,
    /// The page is there.
    pub is_here: bool,
}

/// The menu: path, key of the name, and who sees it.
const MENU: &[(&str, &str, &[Role])] = &[
    ("/desk", "menu-desk", &[Role::Owner, Role::Manager, Role::Receptionist]),
    ("/till", "menu-till", &Role::ALL),
    ("/figures", "menu-figures", &[Role::Owner, Role::Manager]),
    ("/points/corrections", "menu-corrections", &[Role::Owner, Role::Manager]),
    ("/set-up", "menu-set-up", &[Role::Owner, Role::Manager]),
];

impl Page {
    /// The frame for whoever asks for `path`.
    #[must_use]
    pub fn of(app: &Shared, caller: &Caller, path: &str) -> Page {
        let name = caller.signed().map(|signed| signed.employee.content.name.as_str().to_owned());
        let frame = Frame {
            language: caller.language,
            role: caller.role(),
            name: name.unwrap_or_default(),
            csrf: caller.csrf(),
            path: path.to_owned(),
        };
        Page { app: Arc::clone(app), frame: Arc::new(frame) }
    }

    /// The frame when nobody could be asked who it is.
    #[must_use]
    pub fn for_nobody(app: &Shared, headers: &HeaderMap, path: &str) -> Page {
        let caller = Caller::unknown(headers);
        Page::of(app, &caller, path)
    }

    /// The texts of the reader's language.
    #[must_use]
    pub fn words(&self) -> &Words {
        self.app.texts.of(self.frame.language)
    }

    /// The words of a key.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.words().say(key)
    }

    /// The words of a key with values in them.
    #[must_use]
    pub fn say_with(&self, key: &str, values: &Values<'_>) -> String {
        self.words().say_with(key, values)
    }

    /// The words of a key with one value, for templates.
    #[must_use]
    pub fn say_of(&self, key: &str, name: &str, value: &str) -> String {
        self.words().say_with(key, &Values::of(name, value))
    }

    /// The words of a key with one number that its plural depends on, for templates.
    #[must_use]
    pub fn say_count(&self, key: &str, name: &str, count: u64) -> String {
        self.words().say_with(key, &Values::default().number(name, count))
    }

    /// A whole number as the reader writes it.
    #[must_use]
    pub fn whole(&self, number: i64) -> String {
        self.words().numbers.whole(number)
    }

    /// An amount as the reader writes it.
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        self.words().numbers.money(money)
    }

    /// A date as the reader writes it.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        self.words().numbers.date(date)
    }

    /// A moment of a place as hour and minute.
    #[must_use]
    pub fn time(&self, at_us: i64, calendar: &Calendar) -> String {
        self.words().numbers.time(at_us, calendar)
    }

    /// A moment of a place with its date.
    #[must_use]
    pub fn moment(&self, at_us: i64, calendar: &Calendar) -> String {
        self.words().numbers.moment(at_us, calendar)
    }

    /// The code of the reader's language.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.frame.language.code()
    }

    /// The languages that he can choose: code and its own name.
    #[must_use]
    pub fn languages(&self) -> [(&'static str, &'static str); 3] {
        [("ru", "Русский"), ("en", "English"), ("zh", "中文")]
    }

    /// What a form brings along.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.frame.csrf
    }

    /// The path that was asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.frame.path
    }

    /// The name of whoever is signed in; empty when nobody is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.frame.name
    }

    /// Whether he has one of these roles: owner, manager, receptionist, cashier.
    #[must_use]
    pub fn is(&self, roles: &[Role]) -> bool {
        self.frame.role.is_some_and(|role| roles.contains(&role))
    }

    /// The installation is made up, to look at.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.app.setting.is_demo
    }

    /// Where an asset is, with the mark of its content: `style.css`.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        self.app.assets.path(name)
    }

    /// What he may go to.
    #[must_use]
    pub fn menu(&self) -> Vec<MenuItem> {
        let seen = MENU.iter().filter(|(_, _, roles)| self.is(roles));
        let item = |(path, key, _): &(&'static str, &'static str, &[Role])| MenuItem {
            path,
            key,
            is_here: self.frame.path == *path || self.frame.path.starts_with(&format!("{path}/")),
        };
        seen.map(item).collect()
    }

    /// Shows a page.
    #[must_use]
    pub fn show(&self, template: &impl Template) -> Response {
        self.show_as(StatusCode::OK, template)
    }

    /// Shows a page with a status: 422 for a form that is refused.
    #[must_use]
    pub fn show_as(&self, status: StatusCode, template: &impl Template) -> Response {
        match template.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => Trouble::fault(&Failure::new("template", error.to_string())).into_response(),
        }
    }

    /// The page that tells a trouble, with the number of the request.
    #[must_use]
    pub fn trouble(&self, trouble: &Trouble, number: &str) -> Response {
        let template = TroublePage {
            page: self.clone(),
            title: self.say(trouble.title_key()),
            advice: self.say(trouble.advice_key()),
            number,
        };
        self.show_as(trouble.status, &template)
    }
}

#[derive(Template)]
#[template(path = "pages/trouble.html")]
struct TroublePage<'a> {
    page: Page,
    title: String,
    advice: String,
    number: &'a str,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Page, Trouble> {
        let page = parts.extensions.get::<Page>().cloned();
        page.ok_or_else(|| Trouble::fault(&Failure::new("no_page", "a route without its guard")))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Trouble> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Trouble::fault(&Failure::new("no_caller", "a route without its guard")))
    }
}

impl Caller {
    /// Nobody, in the language that the browser asks for.
    #[must_use]
    pub fn unknown(headers: &HeaderMap) -> Caller {
        let language = crate::server::caller::language(&Who::Nobody, headers);
        Caller { who: Who::Nobody, language, origin: String::new() }
    }
}
