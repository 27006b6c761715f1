//! The gifts of a programme: what kinds there are, how many of each lie where, and what came and went.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch;
use bonafide_store::rewards::kinds::{self, GiftKind, KindNotAdded};
use bonafide_store::rewards::stock::{self, Cause, Movement, NotMoved};

use crate::pages::new_operation;
use crate::pages::programme_terms;
use crate::pages::set_up::form::Wrong;
use crate::pages::set_up::programmes::{Found, Programmes, found};
use crate::pages::set_up::thing::path_of;
use crate::pages::set_up::{id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/rewards", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/rewards", Access::MANAGERS, add),
        Route::post("/set-up/programmes/{id}/rewards/{gift}/movements", Access::MANAGERS, move_pieces),
        Route::post("/set-up/programmes/{id}/rewards/{gift}/closures", Access::MANAGERS, close),
    ]
}

/// What somebody may do by hand: the word in the form, and the key of its words.
const DEEDS: [(&str, &str); 5] = [
    ("delivered", "gift-delivered"),
    ("counted", "gift-counted"),
    ("lost", "gift-lost"),
    ("moved-in", "gift-moved-in"),
    ("moved-out", "gift-moved-out"),
];

#[derive(Template)]
#[template(path = "pages/set_up/rewards.html")]
struct RewardsPage {
    page: Page,
    name: String,
    /// Where the programme's pages are.
    path: String,
    operation: String,
    gifts: Vec<GiftShown>,
    /// Gifts that the rules name and that are not kept: id and name.
    missing: Vec<(Id, String)>,
    /// Branches of the programme: id and name.
    branches: Vec<(Id, String)>,
    deeds: [(&'static str, &'static str); 5],
    typed: Typed,
}

/// What was typed and refused: in the form of a gift, or of a new one where there is none.
#[derive(Clone, Default)]
struct Typed {
    gift: Option<Id>,
    name: String,
    pieces: String,
    branch: String,
    deed: String,
    /// The key of what is wrong.
    wrong: Option<&'static str>,
}

struct GiftShown {
    id: Id,
    /// Of its form.
    operation: String,
    name: String,
    is_stopped: bool,
    /// It stands in the rules that are in force.
    is_in_rules: bool,
    /// Where some lie, and how many.
    lies: Vec<(String, String)>,
    movements: Vec<MovementShown>,
    /// What was typed in its form and refused.
    typed: Typed,
}

struct MovementShown {
    when: String,
    branch: String,
    change: String,
    cause: &'static str,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    answer(&app, page, found, Typed::default()).await
}

async fn answer(app: &Shared, page: Page, found: Found, typed: Typed) -> Result<Response, Trouble> {
    let status = if typed.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let frame = page.clone();
    let shown = app.read(move |tx, _| shown(tx, &frame, &found, typed)).await?;
    Ok(page.show_as(status, &shown))
}

fn shown(tx: &mut Tx<'_>, page: &Page, found: &Found, typed: Typed) -> Result<RewardsPage, Fault> {
    let rules = found.in_force.as_ref();
    let named = rules.map_or_else(Vec::new, |version| {
        kinds::named_in(version.rules.spec(), |rule| version.rule_names.get(&rule).cloned())
    });
    let mut branches = Vec::new();
    for kept in branch::list(tx, true)? {
        branches.push((kept.id, kept.content.name.as_str().to_owned()));
    }
    let kept = kinds::list(tx, found.id)?;
    let known = |gift: &Id| kept.iter().any(|kind| kind.id == *gift);
    let missing = named.iter().filter(|(gift, _)| !known(gift));
    let missing = missing.map(|(gift, name)| (*gift, name.as_str().to_owned())).collect();
    let calendar = programme_terms::calendar_of(tx, found.id)?;
    let branch_name =
        |id: Id| branches.iter().find(|(one, _)| *one == id).map_or("", |(_, name)| name).to_owned();
    let mut gifts = Vec::new();
    for kind in &kept {
        let lies = stock::where_it_lies(tx, kind.id)?.into_iter();
        let movement = |one: Movement| MovementShown {
            when: page.moment(one.at_us, &calendar),
            branch: branch_name(one.branch),
            change: format!("{}{}", if one.change > 0 { "+" } else { "−" }, page.whole(one.change.abs())),
            cause: cause_key(one.cause),
        };
        gifts.push(GiftShown {
            id: kind.id,
            operation: new_operation(),
            name: kind.content.name.as_str().to_owned(),
            is_stopped: kind.closed_us.is_some(),
            is_in_rules: named.iter().any(|(gift, _)| *gift == kind.id),
            lies: lies.map(|(branch, pieces)| (branch_name(branch), page.whole(pieces))).collect(),
            movements: stock::movements(tx, kind.id)?.into_iter().map(movement).collect(),
            typed: if typed.gift == Some(kind.id) { typed.clone() } else { Typed::default() },
        });
    }
    let open = bonafide_store::ledger::programmes::branches(tx, found.id)?;
    branches.retain(|(id, _)| open.contains(id));
    Ok(RewardsPage {
        page: page.clone(),
        name: found.programme.name.as_str().to_owned(),
        path: path_of::<Programmes>(found.id),
        operation: new_operation(),
        gifts,
        missing,
        branches,
        deeds: DEEDS,
        typed,
    })
}

const fn cause_key(cause: Cause) -> &'static str {
    match cause {
        Cause::Delivered => "gift-delivered",
        Cause::Counted => "gift-was-counted",
        Cause::Lost => "gift-lost",
        Cause::Moved => "gift-was-moved",
        Cause::Taken => "gift-was-taken",
        Cause::BroughtBack => "gift-was-brought-back",
    }
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let typed = |wrong| Typed { name: form.text("name").to_owned(), wrong: Some(wrong), ..Typed::default() };
    let Ok(name) = Title::parse(form.text("name")) else {
        return answer(&app, page, found, typed("set-up-bad-name")).await;
    };
    let (kind, path) = (GiftKind { programme: found.id, name }, path_of::<Programmes>(found.id));
    // One that the rules name already has an id; a new one gets that of its form.
    let gift = form.id("gift").map_or_else(|| crate::pages::operation(&form), Ok)?;
    let action = format!("{path}/rewards");
    let then = action.clone();
    let added = once(&app, &caller, &form, &action, move |work, acting| {
        let added = kinds::add(work, acting, gift, &kind)?;
        Ok(added.map(|()| then.clone()).map_err(|why| match why {
            KindNotAdded::TooMany => ("name", "gift-too-many-kinds"),
            KindNotAdded::OtherProgramme => ("name", "set-up-gone"),
        }))
    });
    match added.await? {
        Ok(response) => Ok(response),
        Err((_, wrong)) => answer(&app, page, found, typed(wrong)).await,
    }
}

/// The gift of a path, of this programme.
async fn gift_of(app: &Shared, found: &Found, gift: &str) -> Result<Id, Trouble> {
    let (id, programme) = (id_of(gift)?, found.id);
    let kind = app.read(move |tx, _| kinds::get(tx, id)).await?;
    let own = kind.filter(|kind| kind.content.programme == programme);
    own.map(|kind| kind.id).ok_or_else(Trouble::not_found)
}

async fn move_pieces(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path((id, gift)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let gift = gift_of(&app, &found, &gift).await?;
    let path = format!("{}/rewards", path_of::<Programmes>(found.id));
    let wrong = match pieces(&form) {
        Err(wrong) => wrong,
        Ok((branch, pieces, deed)) => {
            let (action, then) = (format!("{path}/{gift}/movements"), path.clone());
            let moved = once(&app, &caller, &form, &action, move |work, acting| {
                let (change, cause) = match deed {
                    Deed::Comes(cause) => (pieces, cause),
                    Deed::Goes(cause) => (-pieces, cause),
                    Deed::IsThere => (pieces - stock::in_stock(work.tx, gift, branch)?, Cause::Counted),
                };
                let moved = stock::move_by_hand(work, acting, (gift, branch), change, cause)?;
                Ok(moved.map(|_| then.clone()).map_err(|why| not_moved(why, deed)))
            });
            match moved.await? {
                Ok(response) => return Ok(response),
                Err((_, wrong)) => wrong,
            }
        }
    };
    answer(&app, page, found, refused(gift, &form, wrong)).await
}

fn refused(gift: Id, form: &Form, wrong: &'static str) -> Typed {
    let text = |name| form.text(name).to_owned();
    Typed {
        gift: Some(gift),
        name: String::new(),
        pieces: text("pieces"),
        branch: text("branch"),
        deed: text("deed"),
        wrong: Some(wrong),
    }
}

/// What a form does with the pieces that it names.
#[derive(Clone, Copy)]
enum Deed {
    Comes(Cause),
    Goes(Cause),
    /// So many are there, whatever was thought.
    IsThere,
}

fn pieces(form: &Form) -> Result<(Id, i64, Deed), &'static str> {
    let deed = match form.text("deed") {
        "delivered" => Deed::Comes(Cause::Delivered),
        "counted" => Deed::IsThere,
        "lost" => Deed::Goes(Cause::Lost),
        "moved-in" => Deed::Comes(Cause::Moved),
        "moved-out" => Deed::Goes(Cause::Moved),
        _ => return Err("set-up-choose"),
    };
    let branch = form.id("branch").ok_or("set-up-choose")?;
    let pieces =
        form.text("pieces").parse::<i64>().ok().filter(|pieces| (0..=stock::MOVED_MAX).contains(pieces));
    Ok((branch, pieces.ok_or("gift-bad-pieces")?, deed))
}

const fn not_moved(why: NotMoved, deed: Deed) -> Wrong {
    match (why, deed) {
        (NotMoved::NoGift | NotMoved::NoBranch, _) => ("", "set-up-gone"),
        (NotMoved::Pieces, Deed::IsThere) => ("pieces", "gift-as-counted"),
        (NotMoved::Pieces | NotMoved::TooMany, _) => ("pieces", "gift-bad-pieces"),
        (NotMoved::Fewer { .. }, _) => ("pieces", "gift-fewer"),
    }
}

async fn close(
    State(app): State<Shared>,
    caller: Caller,
    Path((id, gift)): Path<(String, String)>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let gift = gift_of(&app, &found, &gift).await?;
    let (acting, stopped) = (caller.acting(), form.text("closed") == "yes");
    let done = app.write(move |work| kinds::set_stopped(work, &acting, gift, stopped)).await?;
    done.map_err(|_| Trouble::not_found())?;
    let path = format!("{}/rewards", path_of::<Programmes>(found.id));
    Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&path)))
}
