//! What all things of the set-up share: a list, one form to add or to change, and being taken out of use. A module says its fields, and
//! what it asks of the store; who may, what is refused beside which field, and that a second press does nothing more stand here.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::store::Work;

use crate::failure::Failure;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong};
use crate::pages::set_up::list::{self, List, Row};
use crate::pages::set_up::{Places, for_all_branches, id_of, once, places};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

/// The paths of a kind of thing, as the table of routes has them.
pub(super) struct Paths {
    /// The list; a form that adds one is sent there.
    pub(super) all: &'static str,
    /// The empty form.
    pub(super) new: &'static str,
    /// One of them, with `{id}`.
    pub(super) one: &'static str,
    /// Its being taken out of use, with `{id}`, where that can be.
    pub(super) closures: Option<&'static str>,
}

/// The keys of a kind's words.
pub(super) struct Names {
    /// All of them.
    pub(super) all: &'static str,
    /// "Add one".
    pub(super) add: &'static str,
    /// One of them.
    pub(super) one: &'static str,
    /// What is said while there is none.
    pub(super) empty: &'static str,
}

/// What the store answers to a form: the inner error is what is wrong with it.
pub(super) type Told = Result<Result<(), Wrong>, Fault>;

/// A kind of thing that is set up.
pub(super) trait Thing: 'static {
    /// Its paths.
    const PATHS: Paths;
    /// Its words.
    const NAMES: Names;
    /// Who may.
    const ACCESS: Access = Access::MANAGERS;
    /// One of it concerns all branches: only who works in all of them may add or close it.
    const FOR_ALL: bool = false;
    /// Where somebody is led who has added one.
    const THEN: &'static str = Self::PATHS.all;

    /// What is read from a form.
    type Typed: Send + 'static;

    /// The rows of the list.
    fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault>;

    /// The form of a new one.
    fn blank(_page: &Page) -> Form {
        Form::default()
    }

    /// The fields of the form.
    fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field>;

    /// What was typed, or all that is wrong with it.
    fn typed(form: &Form, caller: &Caller) -> Result<Self::Typed, Vec<Wrong>>;

    /// What takes long to work out of it, before the book is held.
    fn prepared(typed: Self::Typed) -> Result<Self::Typed, Failure> {
        Ok(typed)
    }

    /// The form of one that is there; nothing when it is not, or not the caller's to change.
    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault>;

    /// Adds one.
    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Self::Typed) -> Told;

    /// Changes one that is the caller's to change.
    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Self::Typed) -> Told;

    /// Takes one out of use or into use again, where that can be. The inner error is the key of why not.
    fn set_closed(
        _work: &mut Work<'_, '_>,
        _acting: &Acting,
        _id: Id,
        _closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(Err("set-up-gone"))
    }
}

/// Who does it.
pub(super) struct By<'a> {
    pub(super) acting: &'a Acting,
    pub(super) caller: &'a Caller,
}

/// The routes of a kind of thing.
pub(super) fn routes<T: Thing>() -> Vec<Route> {
    let mut routes = vec![
        Route::get(T::PATHS.all, T::ACCESS, all::<T>),
        Route::get(T::PATHS.new, T::ACCESS, new::<T>),
        Route::post(T::PATHS.all, T::ACCESS, add::<T>),
        Route::get(T::PATHS.one, T::ACCESS, one::<T>),
        Route::post(T::PATHS.one, T::ACCESS, change::<T>),
    ];
    routes.extend(T::PATHS.closures.map(|path| Route::post(path, T::ACCESS, close::<T>)));
    routes
}

/// The path of one.
pub(super) fn path_of<T: Thing>(id: Id) -> String {
    format!("{}/{id}", T::PATHS.all)
}

fn may<T: Thing>(caller: &Caller) -> Result<(), Trouble> {
    if T::FOR_ALL { for_all_branches(caller) } else { Ok(()) }
}

async fn all<T: Thing>(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    listed::<T>(&app, page, caller, None).await
}

async fn listed<T: Thing>(
    app: &Shared,
    page: Page,
    caller: Caller,
    refused: Option<&'static str>,
) -> Result<Response, Trouble> {
    let frame = page.clone();
    let rows = app.read(move |tx, _| T::rows(tx, &frame, &caller)).await?;
    let list = List { title: T::NAMES.all, add: Some((T::PATHS.new, T::NAMES.add)), empty: T::NAMES.empty };
    Ok(list::show(&page, &list, rows, refused))
}

/// The form of a new one, or of the one at `path`.
async fn shown<T: Thing>(
    (app, page, caller): (&Shared, &Page, &Caller),
    path: Option<&str>,
    form: &Form,
    wrongs: &[Wrong],
) -> Result<Response, Trouble> {
    let is_new = path.is_none();
    let places = places(app, caller, !is_new).await?;
    let title = page.say(if is_new { T::NAMES.add } else { T::NAMES.one });
    let filling = Filling { form, wrongs, is_new };
    let ways = Ways { title, action: path.unwrap_or(T::PATHS.all), back: T::PATHS.all };
    Ok(form::show(page, &ways, &filling, T::fields(page, &filling, &places)))
}

async fn new<T: Thing>(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    may::<T>(&caller)?;
    shown::<T>((&app, &page, &caller), None, &T::blank(&page), &[]).await
}

async fn one<T: Thing>(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (id, by) = (id_of(&id)?, caller.clone());
    let form = app.read(move |tx, _| T::kept(tx, &by, id)).await?.ok_or_else(Trouble::not_found)?;
    shown::<T>((&app, &page, &caller), Some(&path_of::<T>(id)), &form, &[]).await
}

async fn add<T: Thing>(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    may::<T>(&caller)?;
    let added = match read::<T>(&app, &form, &caller).await? {
        Err(wrongs) => Err(wrongs),
        Ok(typed) => {
            let by = caller.clone();
            let added = once(&app, &caller, &form, T::PATHS.all, move |work, acting| {
                Ok(T::add(work, &By { acting, caller: &by }, &typed)?.map(|()| T::THEN.to_owned()))
            });
            added.await?.map_err(|wrong| vec![wrong])
        }
    };
    match added {
        Ok(response) => Ok(response),
        Err(wrongs) => shown::<T>((&app, &page, &caller), None, &form, &wrongs).await,
    }
}

async fn change<T: Thing>(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let (id, by) = (id_of(&id)?, caller.clone());
    let path = path_of::<T>(id);
    if app.read(move |tx, _| T::kept(tx, &by, id)).await?.is_none() {
        return Err(Trouble::not_found());
    }
    let changed = match read::<T>(&app, &form, &caller).await? {
        Err(wrongs) => Err(wrongs),
        Ok(typed) => {
            let by = caller.clone();
            let changed = once(&app, &caller, &form, &path, move |work, acting| {
                // Asked again: what was his a moment ago may have been moved.
                if T::kept(work.tx, &by, id)?.is_none() {
                    return Ok(Err(("", "set-up-gone")));
                }
                let changed = T::change(work, &By { acting, caller: &by }, id, &typed)?;
                Ok(changed.map(|()| T::PATHS.all.to_owned()))
            });
            changed.await?.map_err(|wrong| vec![wrong])
        }
    };
    match changed {
        Ok(response) => Ok(response),
        Err(wrongs) => shown::<T>((&app, &page, &caller), Some(&path), &form, &wrongs).await,
    }
}

/// What was typed, ready to be written.
async fn read<T: Thing>(
    app: &Shared,
    form: &Form,
    caller: &Caller,
) -> Result<Result<T::Typed, Vec<Wrong>>, Trouble> {
    match T::typed(form, caller) {
        Ok(typed) => Ok(Ok(app.aside(move |_| Ok(T::prepared(typed)?)).await?)),
        Err(wrongs) => Ok(Err(wrongs)),
    }
}

async fn close<T: Thing>(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    may::<T>(&caller)?;
    let (id, by) = (id_of(&id)?, caller.clone());
    let (closed, acting) = (form.text("closed") == "yes", caller.acting());
    let done = app.write(move |work| {
        if T::kept(work.tx, &by, id)?.is_none() {
            return Ok(Err(None));
        }
        Ok(T::set_closed(work, &acting, id, closed)?.map_err(Some))
    });
    match done.await? {
        Ok(()) => Ok(Redirect::to(T::PATHS.all).into_response()),
        Err(Some(refused)) => listed::<T>(&app, page, caller, Some(refused)).await,
        Err(None) => Err(Trouble::not_found()),
    }
}
