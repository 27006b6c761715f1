//! A form of the set-up: fields with their labels, what was typed into them, and what is wrong beside each.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::pages::new_operation;
use crate::server::form::Form;
use crate::server::page::Page;

/// A field, or the whole form where that is empty, and the key of what is wrong there.
pub(super) type Wrong = (&'static str, &'static str);

/// What is wrong with a form.
#[derive(Default)]
pub(super) struct Wrongs(Vec<Wrong>);

impl Wrongs {
    /// The value, or a note of what is wrong with its field.
    pub(super) fn check<T, E>(
        &mut self,
        field: &'static str,
        key: &'static str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|_| self.0.push((field, key))).ok()
    }

    /// All of it.
    pub(super) fn all(self) -> Vec<Wrong> {
        self.0
    }
}

/// Something to choose.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// The most characters of a field of several lines.
const LINES_CHARS_MAX: u32 = 2_000;

/// The most characters of a field of codes: a thousand of the longest.
const CODES_CHARS_MAX: u32 = 66_000;

/// What stands on the right of a label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Date,
    Lines,
    /// Codes of goods, one on each line: they may be many.
    Codes,
    Select,
    Boxes,
    Search,
    Password,
}

/// A field.
pub(super) struct Field {
    pub(super) name: String,
    /// The key of its label.
    pub(super) label: &'static str,
    /// What a club calls it, in place of the label.
    pub(super) called: Option<String>,
    /// The key of a title over this field and those after it.
    pub(super) title: Option<&'static str>,
    /// Which one, where several have the same label.
    pub(super) number: Option<usize>,
    pub(super) hint: Option<&'static str>,
    kind: Kind,
    pub(super) value: String,
    pub(super) choices: Vec<Choice>,
    pub(super) refused: Option<&'static str>,
}

impl Field {
    /// A field of a form whose rows come and go, so that its name is made when it is shown.
    pub(super) fn named(kind: Kind, name: String, label: &'static str, value: &str) -> Field {
        let value = value.to_owned();
        let (called, title, number, hint, refused) = (None, None, None, None, None);
        Field { name, label, called, title, number, hint, kind, value, choices: Vec::new(), refused }
    }

    /// The same to choose from these.
    pub(super) fn choosing(self, choices: Vec<Choice>) -> Field {
        Field { choices, ..self }
    }

    /// The same, called as the club calls it.
    pub(super) fn called(self, name: &str) -> Field {
        Field { called: Some(name.to_owned()), ..self }
    }

    /// The same with the words of a key about what is wrong there.
    pub(super) fn refused(self, refused: Option<&'static str>) -> Field {
        Field { refused, ..self }
    }

    /// Its name in the form.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Something stands in it, or something is wrong with it: it must be seen.
    pub(super) fn says_something(&self) -> bool {
        self.refused.is_some() || !self.value.is_empty()
    }

    pub(super) fn is_lines(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::Codes)
    }

    /// The most characters of several lines.
    pub(super) fn lines_chars_max(&self) -> u32 {
        if self.kind == Kind::Codes { CODES_CHARS_MAX } else { LINES_CHARS_MAX }
    }

    pub(super) fn is_select(&self) -> bool {
        self.kind == Kind::Select
    }

    pub(super) fn is_boxes(&self) -> bool {
        self.kind == Kind::Boxes
    }

    pub(super) fn is_search(&self) -> bool {
        self.kind == Kind::Search
    }

    pub(super) fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Password => "password",
            _ => "text",
        }
    }

    /// What a browser may put in by itself.
    pub(super) fn autocomplete(&self) -> &'static str {
        if self.kind == Kind::Password { "new-password" } else { "off" }
    }

    /// The same with words below it.
    pub(super) fn with_hint(self, key: &'static str) -> Field {
        Field { hint: Some(key), ..self }
    }

    /// The same as the first of several, under a title.
    pub(super) fn titled(self, key: &'static str) -> Field {
        Field { title: Some(key), ..self }
    }

    /// The same with its number behind the label.
    pub(super) fn numbered(self, number: usize) -> Field {
        Field { number: Some(number), ..self }
    }
}

/// The fields of a form that somebody fills in.
pub(super) struct Filling<'a> {
    /// What stands in it.
    pub(super) form: &'a Form,
    /// What is wrong with it.
    pub(super) wrongs: &'a [Wrong],
    /// It adds something, and changes nothing that is there.
    pub(super) is_new: bool,
}

impl Filling<'_> {
    fn field(&self, kind: Kind, name: &'static str, label: &'static str, choices: Vec<Choice>) -> Field {
        let refused = self.wrongs.iter().find(|(field, _)| *field == name).map(|(_, key)| *key);
        Field::named(kind, name.to_owned(), label, self.form.text(name)).choosing(choices).refused(refused)
    }

    pub(super) fn text(&self, name: &'static str, label: &'static str) -> Field {
        self.field(Kind::Text, name, label, Vec::new())
    }

    pub(super) fn number(&self, name: &'static str, label: &'static str) -> Field {
        self.field(Kind::Number, name, label, Vec::new())
    }

    /// A number for something that has no key but what the club calls it.
    pub(super) fn number_of(&self, name: String, called: String) -> Field {
        let value = self.form.text(&name).to_owned();
        Field { name, called: Some(called), value, ..self.field(Kind::Number, "", "", Vec::new()) }
    }

    pub(super) fn date(&self, name: &'static str, label: &'static str) -> Field {
        self.field(Kind::Date, name, label, Vec::new())
    }

    /// Codes of goods.
    pub(super) fn codes(&self, name: &'static str, label: &'static str) -> Field {
        self.field(Kind::Codes, name, label, Vec::new())
    }

    pub(super) fn lines(&self, name: &'static str, label: &'static str) -> Field {
        self.field(Kind::Lines, name, label, Vec::new())
    }

    /// A password: what was typed is not sent back.
    pub(super) fn password(&self, name: &'static str, label: &'static str) -> Field {
        Field { value: String::new(), ..self.field(Kind::Password, name, label, Vec::new()) }
    }

    /// One of several, by value and label.
    pub(super) fn select(
        &self,
        name: &'static str,
        label: &'static str,
        all: Vec<(String, String)>,
    ) -> Field {
        let typed = self.form.text(name);
        let choice = |(value, label): (String, String)| Choice { chosen: value == typed, value, label };
        self.field(Kind::Select, name, label, all.into_iter().map(choice).collect())
    }

    /// Any of several.
    pub(super) fn boxes(&self, name: &'static str, label: &'static str, all: Vec<(String, String)>) -> Field {
        let typed = self.form.all(name);
        let choice = |(value, label): (String, String)| Choice {
            chosen: typed.contains(&value.as_str()),
            value,
            label,
        };
        self.field(Kind::Boxes, name, label, all.into_iter().map(choice).collect())
    }

    /// A text with a list that is searched as one types.
    pub(super) fn search(&self, name: &'static str, label: &'static str, all: Vec<String>) -> Field {
        let choice = |value: String| Choice { label: String::new(), chosen: false, value };
        self.field(Kind::Search, name, label, all.into_iter().map(choice).collect())
    }
}

/// A page with one form.
#[derive(Template)]
#[template(path = "pages/set_up/form.html")]
struct FormPage<'a> {
    page: Page,
    title: &'a str,
    action: &'a str,
    back: &'a str,
    fields: Vec<Field>,
    /// What is wrong with no one field.
    refused: Vec<&'static str>,
    operation: String,
    /// What else goes along: the version that somebody saw.
    seen: Option<String>,
}

/// Where a form goes and where its page leads back to.
pub(super) struct Ways<'a> {
    /// Its title, in words.
    pub(super) title: String,
    /// Where it goes.
    pub(super) action: &'a str,
    /// The list that it belongs to.
    pub(super) back: &'a str,
}

/// Shows a form: as it is, or refused with status 422 when something is wrong with it.
pub(super) fn show(page: &Page, ways: &Ways<'_>, filling: &Filling<'_>, fields: Vec<Field>) -> Response {
    let named = |name: &str| fields.iter().any(|field| field.name == name);
    let refused = filling.wrongs.iter().filter(|(field, _)| !named(field)).map(|(_, key)| *key).collect();
    let kept = filling.form.text("operation");
    // After a refusal nothing was done: the same form is sent again.
    let operation = if kept.is_empty() || filling.wrongs.contains(&SENT_ALREADY) {
        new_operation()
    } else {
        kept.to_owned()
    };
    let seen = Some(filling.form.text("seen")).filter(|seen| !seen.is_empty()).map(str::to_owned);
    let shown = FormPage {
        page: page.clone(),
        title: &ways.title,
        action: ways.action,
        back: ways.back,
        fields,
        refused,
        operation,
        seen,
    };
    let status = if filling.wrongs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page.show_as(status, &shown)
}

/// The form was sent before with something else in it.
pub(super) const SENT_ALREADY: Wrong = ("", "set-up-sent-already");
