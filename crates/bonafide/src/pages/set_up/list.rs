//! A list of the set-up: what there is, how it stands, and what can be done with it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::pages::Light;
use crate::server::page::Page;

/// Something that is done with one press.
pub(super) struct Act {
    /// Where the form goes.
    pub(super) path: String,
    /// What goes along.
    pub(super) field: Option<(&'static str, &'static str)>,
    /// The key of its words.
    pub(super) key: &'static str,
    /// What cannot be undone is asked again, with the words of this key.
    pub(super) question: Option<&'static str>,
}

/// A row.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) light: Light,
    /// The key of how it stands.
    pub(super) state: &'static str,
    pub(super) lines: Vec<String>,
    /// Where it is changed: path and key of the words.
    pub(super) links: Vec<(String, &'static str)>,
    pub(super) acts: Vec<Act>,
}

impl Row {
    /// The row of something that is in use or closed, and can be changed.
    pub(super) fn of(path: &str, name: &str, closed: bool, lines: Vec<String>) -> Row {
        let (light, state) =
            if closed { (Light::Bad, "set-up-closed") } else { (Light::Good, "set-up-in-use") };
        let (value, key) = if closed { ("no", "set-up-open") } else { ("yes", "set-up-close") };
        let act =
            Act { path: format!("{path}/closures"), field: Some(("closed", value)), key, question: None };
        let links = vec![(path.to_owned(), "set-up-change")];
        Row { name: name.to_owned(), light, state, lines, links, acts: vec![act] }
    }
}

/// What a list is about.
pub(super) struct List {
    /// The key of its title.
    pub(super) title: &'static str,
    /// The path and the key of "add one", where there is such a thing.
    pub(super) add: Option<(&'static str, &'static str)>,
    /// The key of what is said while there is none.
    pub(super) empty: &'static str,
}

#[derive(Template)]
#[template(path = "pages/set_up/list.html")]
struct ListPage {
    page: Page,
    title: &'static str,
    add: Option<(&'static str, &'static str)>,
    empty: &'static str,
    rows: Vec<Row>,
    refused: Option<&'static str>,
}

/// Shows a list; with the words of a key when something was refused.
pub(super) fn show(page: &Page, list: &List, rows: Vec<Row>, refused: Option<&'static str>) -> Response {
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let List { title, add, empty } = *list;
    page.show_as(status, &ListPage { page: page.clone(), title, add, empty, rows, refused })
}
