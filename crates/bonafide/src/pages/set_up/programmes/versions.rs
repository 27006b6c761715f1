//! All rules that a programme had, each as members read it, with when and by whom it was put.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::calendar::Calendar;
use bonafide_store::audit::entry::Author;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::ledger::programmes::{self, ProgrammeVersion};
use bonafide_store::staff;

use crate::pages::programme_terms::words::{Chapter, chapters};
use crate::pages::programme_terms::{calendar_of, path_of as terms_path};
use crate::pages::set_up::programmes::Programmes;
use crate::pages::set_up::thing::{Thing, path_of};
use crate::pages::set_up::{for_all_branches, id_of};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/set-up/programmes/{id}/versions", Access::MANAGERS, show)]
}

#[derive(Template)]
#[template(path = "pages/set_up/programme_versions.html")]
struct VersionsPage {
    page: Page,
    name: String,
    /// Where the list of programmes is.
    all: &'static str,
    /// Where the rules are changed, while the programme is open.
    change: Option<String>,
    /// Where everybody reads what is in force.
    terms: Option<String>,
    versions: Vec<VersionShown>,
}

struct VersionShown {
    number: u64,
    in_force: bool,
    when: String,
    /// Who put it, where that is known.
    by: Option<String>,
    chapters: Vec<Chapter>,
}

/// What is asked of the book.
struct Asked {
    name: String,
    is_open: bool,
    versions: Vec<Arc<ProgrammeVersion>>,
    authors: BTreeMap<i64, Author>,
    names: BTreeMap<Id, String>,
    calendar: Calendar,
}

fn asked(tx: &mut Tx<'_>, id: Id) -> Result<Option<Asked>, Fault> {
    let Some(kept) = programmes::find(tx, id)? else { return Ok(None) };
    let authors = programmes::authors(tx, id)?;
    let mut names = BTreeMap::new();
    for employee in authors.values().filter(|author| author.kind == "staff").filter_map(|author| author.id) {
        let found = staff::get(tx, employee)?;
        names.extend(found.map(|found| (employee, found.content.name.as_str().to_owned())));
    }
    Ok(Some(Asked {
        name: kept.content.name.as_str().to_owned(),
        is_open: kept.closed_us.is_none(),
        versions: programmes::versions(tx, id)?,
        authors,
        names,
        calendar: calendar_of(tx, id)?,
    }))
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let id = id_of(&id)?;
    let asked = app.read(move |tx, _| asked(tx, id)).await?.ok_or_else(Trouble::not_found)?;
    let by = |version: &ProgrammeVersion| {
        let author = asked.authors.get(&version.added_us)?;
        match author.id.and_then(|id| asked.names.get(&id)) {
            Some(name) => Some(name.clone()),
            None if author.kind == "command_line" => Some(page.say("programme-by-command")),
            None => None,
        }
    };
    let versions = asked.versions.iter().enumerate().map(|(place, version)| VersionShown {
        number: version.version.into(),
        in_force: place == 0,
        when: page.moment(version.added_us, &asked.calendar),
        by: by(version),
        chapters: chapters(version, page.words()),
    });
    let shown = VersionsPage {
        page: page.clone(),
        all: Programmes::PATHS.all,
        change: asked.is_open.then(|| format!("{}/rules", path_of::<Programmes>(id))),
        terms: asked.is_open.then(|| terms_path(id)),
        versions: versions.collect(),
        name: asked.name.clone(),
    };
    Ok(page.show(&shown))
}
