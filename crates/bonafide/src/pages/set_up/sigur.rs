//! SIGUR servers that delegate their decisions: what is to be typed in there, what each number of theirs means here, and the entries of
//! their logs that somebody should look at.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::card::ByteOrder;
use bonafide_store::db::Tx;
use bonafide_store::devices::sigur::quarantine::{self, Cause};
use bonafide_store::devices::sigur::{NotSet, Point, byte_order_word, point, points, set_point};
use bonafide_store::devices::{self, Device, Role};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point;

use crate::devices::sigur::AccessRequest;
use crate::pages::Light;
use crate::pages::pairing_link::{host, is_this_machine, origin};
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::{Act, Row};
use crate::pages::set_up::{Places, filled, id_of, once};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/sigur";

/// Entries of one server that the page shows.
const ENTRIES_SHOWN: u32 = 20;

const ORDERS: [(ByteOrder, &str); 2] =
    [(ByteOrder::AsOnCard, "sigur-as-on-card"), (ByteOrder::Reversed, "sigur-reversed")];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get("/set-up/sigur/{id}/points/new", Access::MANAGERS, new),
        Route::post("/set-up/sigur/{id}/points", Access::MANAGERS, add),
        Route::get("/set-up/sigur/{id}/points/{number}", Access::MANAGERS, one),
        Route::post("/set-up/sigur/{id}/points/{number}", Access::MANAGERS, change),
        Route::post("/set-up/sigur/{id}/points/{number}/removals", Access::MANAGERS, remove),
        Route::post("/set-up/sigur/{id}/entries/{entry}/dismissals", Access::MANAGERS, dismiss),
    ]
}

const fn cause_key(cause: Cause) -> &'static str {
    match cause {
        Cause::LogIdMissing => "sigur-log-id-missing",
        Cause::LogIdReused => "sigur-log-id-reused",
        Cause::AccessPointMissing => "sigur-access-point-missing",
        Cause::AccessPointUnknown => "sigur-access-point-unknown",
        Cause::DirectionUnknown => "sigur-direction-unknown",
        Cause::CardMissing => "sigur-card-missing",
        Cause::CardUnreadable => "sigur-card-unreadable",
        Cause::CardUnknown => "sigur-card-unknown",
        Cause::CardAmbiguous => "sigur-card-ambiguous",
        Cause::Clock => "sigur-clock",
    }
}

#[derive(Template)]
#[template(path = "pages/set_up/sigur.html")]
struct SigurPage {
    page: Page,
    /// Where SIGUR finds this server.
    address: String,
    /// Only this very machine finds it there.
    is_this_machine: bool,
    servers: Vec<Server>,
}

/// A server with its numbers.
struct Server {
    id: Id,
    name: String,
    branch: String,
    login: String,
    light: Light,
    state: String,
    points: Vec<Row>,
    entries: Vec<Row>,
}

/// The SIGUR servers that are in use where the caller works, with the branch of each.
fn servers(tx: &mut Tx<'_>, page: &Page, app: &App, caller: &Caller) -> Result<Vec<Server>, Fault> {
    let places = Places::of(tx, caller, false)?;
    let mut servers = Vec::new();
    for place in &places.branches {
        let calendar = place.content.time_zone.calendar();
        for device in devices::list(tx, place.id, false)? {
            let Role::SigurServer { login, .. } = &device.role else { continue };
            let (light, state) = match device.seen_us {
                None => (Light::Ask, page.say("device-never-seen")),
                Some(at_us) => {
                    (Light::Good, page.say_of("device-seen", "when", &page.moment(at_us, &calendar)))
                }
            };
            let mut entries = Vec::new();
            for kept in quarantine::list(tx, app.store.vault(), device.id, None, ENTRIES_SHOWN)? {
                let when = page.moment(kept.received_us, &calendar);
                entries.push(entry(page, device.id, &kept, when));
            }
            servers.push(Server {
                id: device.id,
                name: device.name.as_str().to_owned(),
                branch: place.content.name.as_str().to_owned(),
                login: login.as_str().to_owned(),
                light,
                state,
                points: point_rows(tx, page, device.id)?,
                entries,
            });
        }
    }
    Ok(servers)
}

fn point_rows(tx: &mut Tx<'_>, page: &Page, server: Id) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    for (number, point) in points(tx, server)? {
        let door = access_point::get(tx, point.access_point)?;
        let (light, state) = match door.as_ref().map(|door| door.closed_us) {
            Some(None) => (Light::Good, "set-up-in-use"),
            _ => (Light::Bad, "set-up-closed"),
        };
        let door = door.map_or_else(String::new, |door| door.content.name.as_str().to_owned());
        let way = if point.one_is_entry { "sigur-one-is-entry" } else { "sigur-two-is-entry" };
        let order = ORDERS.iter().find(|(order, _)| *order == point.byte_order).map_or("", |(_, key)| key);
        let path = format!("{PATH}/{server}/points/{number}");
        let remove = Act {
            path: format!("{path}/removals"),
            field: None,
            key: "sigur-remove",
            question: Some("sigur-remove-question"),
        };
        rows.push(Row {
            name: format!("{number} → {door}"),
            light,
            state,
            lines: vec![format!("{} · {}", page.say(way), page.say(order))],
            links: vec![(path, "set-up-change")],
            acts: vec![remove],
        });
    }
    Ok(rows)
}

/// An entry of the log that was not counted. Its card is not shown: whoever looks after devices need not know whose it is.
fn entry(page: &Page, server: Id, kept: &quarantine::Kept, when: String) -> Row {
    let mut lines = Vec::new();
    let said = AccessRequest::read(kept.entry.as_bytes()).ok().and_then(|said| said.number);
    lines.extend(said.map(|number| page.say_of("sigur-entry-at", "number", &number.to_string())));
    lines.extend(kept.log_id.map(|id| page.say_of("sigur-entry-log", "number", &id.to_string())));
    let mut links = Vec::new();
    if kept.cause == Cause::AccessPointUnknown
        && let Some(number) = said
    {
        links.push((format!("{PATH}/{server}/points/{number}"), "sigur-set-number"));
    }
    let path = format!("{PATH}/{server}/entries/{}/dismissals", kept.id);
    let seen = Act { path, field: None, key: "sigur-seen", question: None };
    let lines = if lines.is_empty() { lines } else { vec![lines.join(" · ")] };
    Row { name: when, light: Light::Ask, state: cause_key(kept.cause), lines, links, acts: vec![seen] }
}

async fn all(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let host = host(&headers).ok_or_else(|| Trouble::bad_request("no host"))?;
    let address = format!("{}/sigur", origin(&app, &host));
    let frame = page.clone();
    let servers = app.read(move |tx, app| servers(tx, &frame, app, &caller)).await?;
    let is_this_machine = is_this_machine(&host);
    Ok(page.show(&SigurPage { page: page.clone(), address, is_this_machine, servers }))
}

/// A server in use where the caller works, and the doors of its branch.
struct Found {
    device: Device,
    doors: Vec<(String, String)>,
    point: Option<Point>,
}

/// The server of a path, with what one of its numbers means.
async fn found(app: &Shared, caller: &Caller, id: &str, number: Option<u32>) -> Result<Found, Trouble> {
    let (id, caller) = (id_of(id)?, caller.clone());
    let found = app.read(move |tx, _| {
        let device = devices::get(tx, id)?.filter(|device| device.revoked_us.is_none());
        let Some(device) = device else { return Ok(None) };
        let Role::SigurServer { branch, .. } = device.role else { return Ok(None) };
        if !caller.works_in(branch) {
            return Ok(None);
        }
        let doors = access_point::list(tx, branch, false)?;
        let doors = doors.iter().map(|kept| (kept.id.to_string(), kept.content.name.as_str().to_owned()));
        let doors = doors.collect();
        let point = number.map(|number| point(tx, id, number.into())).transpose()?.flatten();
        Ok(Some(Found { device, doors, point }))
    });
    found.await?.ok_or_else(Trouble::not_found)
}

fn number_of(path: &str) -> Result<u32, Trouble> {
    path.parse().map_err(|_| Trouble::not_found())
}

fn fields(page: &Page, filling: &Filling<'_>, doors: Vec<(String, String)>) -> Vec<Field> {
    let ways = [("1", "sigur-one-is-entry"), ("2", "sigur-two-is-entry")];
    let ways = ways.map(|(word, key)| (word.to_owned(), page.say(key))).to_vec();
    let orders = ORDERS.iter().map(|(order, key)| (byte_order_word(*order).to_owned(), page.say(key)));
    let mut fields = Vec::new();
    if filling.is_new {
        fields.push(filling.number("number", "sigur-number").with_hint("sigur-number-hint"));
    }
    fields.extend([
        filling.select("door", "set-up-door", doors),
        filling.select("entry_direction", "sigur-direction", ways).with_hint("sigur-direction-hint"),
        filling.select("byte_order", "sigur-byte-order", orders.collect()).with_hint("sigur-byte-order-hint"),
    ]);
    fields
}

/// The form of a number, or of a new one.
fn shown(page: &Page, found: Found, number: Option<u32>, form: &Form, wrongs: &[Wrong]) -> Response {
    let Found { device, doors, .. } = found;
    let all = format!("{PATH}/{}/points", device.id);
    let (title, action) = match number {
        None => (page.say_of("sigur-add-to", "name", device.name.as_str()), all),
        Some(number) => {
            (page.say_of("sigur-number-is", "number", &number.to_string()), format!("{all}/{number}"))
        }
    };
    let filling = Filling { form, wrongs, is_new: number.is_none() };
    let fields = fields(page, &filling, doors);
    form::show(page, &Ways { title, action: &action, back: PATH }, &filling, fields)
}

async fn new(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id, None).await?;
    Ok(shown(&page, found, None, &Form::default(), &[]))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let number = number_of(&number)?;
    let found = found(&app, &caller, &id, Some(number)).await?;
    let form = found.point.map_or_else(Form::default, |point| {
        filled(&[
            ("door", point.access_point.to_string()),
            ("entry_direction", if point.one_is_entry { "1" } else { "2" }.to_owned()),
            ("byte_order", byte_order_word(point.byte_order).to_owned()),
        ])
    });
    Ok(shown(&page, found, Some(number), &form, &[]))
}

fn typed(form: &Form, number: Option<u32>) -> Result<(u32, Point), Vec<Wrong>> {
    let mut wrongs = Wrongs::default();
    let number = number.map_or_else(|| form.text("number").parse(), Ok);
    let number = wrongs.check("number", "sigur-bad-number", number);
    let door = wrongs.check("door", "set-up-choose", form.id("door").ok_or(()));
    let entry = match form.text("entry_direction") {
        "1" => Ok(true),
        "2" => Ok(false),
        _ => Err(()),
    };
    let entry = wrongs.check("entry_direction", "set-up-choose", entry);
    let mut orders = ORDERS.iter().map(|(order, _)| *order);
    let order = orders.find(|order| byte_order_word(*order) == form.text("byte_order")).ok_or(());
    let order = wrongs.check("byte_order", "set-up-choose", order);
    match (number, door, entry, order) {
        (Some(number), Some(access_point), Some(one_is_entry), Some(byte_order)) => {
            Ok((number, Point { access_point, one_is_entry, byte_order }))
        }
        _ => Err(wrongs.all()),
    }
}

fn wrong(refusal: NotSet) -> Wrong {
    match refusal {
        NotSet::NoServer => ("", "set-up-gone"),
        NotSet::NoAccessPoint | NotSet::OtherBranch => ("door", "set-up-choose"),
        NotSet::TooMany => ("number", "sigur-too-many"),
    }
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id, None).await?;
    set(&app, &page, &caller, (found, None), &form).await
}

async fn change(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let number = number_of(&number)?;
    let found = found(&app, &caller, &id, Some(number)).await?;
    set(&app, &page, &caller, (found, Some(number)), &form).await
}

/// Says what a number means; a new one must mean nothing yet.
async fn set(
    app: &Shared,
    page: &Page,
    caller: &Caller,
    (found, number): (Found, Option<u32>),
    form: &Form,
) -> Result<Response, Trouble> {
    let (said, new) = match typed(form, number) {
        Ok(typed) => typed,
        Err(wrongs) => return Ok(shown(page, found, number, form, &wrongs)),
    };
    let (server, is_new) = (found.device.id, number.is_none());
    let path = format!("{PATH}/{server}/points/{said}");
    let set = once(app, caller, form, &path, move |work, acting| {
        if is_new && point(work.tx, server, said.into())?.is_some() {
            return Ok(Err(("number", "sigur-number-taken")));
        }
        Ok(set_point(work, acting, server, said, Some(&new))?.map(|_| PATH.to_owned()).map_err(wrong))
    });
    Ok(set.await?.unwrap_or_else(|wrong| shown(page, found, number, form, &[wrong])))
}

async fn remove(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
    Posted(_): Posted,
) -> Result<Response, Trouble> {
    let number = number_of(&number)?;
    let server = found(&app, &caller, &id, None).await?.device.id;
    let acting = caller.acting();
    let removed = app.write(move |work| set_point(work, &acting, server, number, None));
    removed.await?.map_err(|_| Trouble::not_found())?;
    Ok(Redirect::to(PATH).into_response())
}

async fn dismiss(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, entry)): Path<(String, String)>,
    Posted(_): Posted,
) -> Result<Response, Trouble> {
    let (server, entry) = (found(&app, &caller, &id, None).await?.device.id, id_of(&entry)?);
    let acting = caller.acting();
    let dismissed = app.write(move |work| {
        if quarantine::server_of(work.tx, entry)? != Some(server) {
            return Ok(Err(()));
        }
        // Somebody else may have been quicker: it is gone in any case.
        Ok(quarantine::dismiss(work, &acting, entry)?.map_err(drop))
    });
    dismissed.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(PATH).into_response())
}
