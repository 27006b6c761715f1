//! The member's card on his phone. The page holds nothing of anybody: the phone makes a key, brings its public half together with the
//! secret of a link that the desk has shown, and keeps what it is told. From then on it shows codes without asking anybody, and asks
//! now and then how the membership stands, with a code of its own for a name.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::credential::CredentialState;
use bonafide_domain::membership::Standing;
use bonafide_domain::profile::Language;
use bonafide_domain::qr::{CodeRefusal, KeyId};
use bonafide_store::credentials::find;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::{self, Member};
use bonafide_store::memberships::Held;
use bonafide_store::organisation::branch;
use bonafide_store::qr::devices::key_text;
use bonafide_store::qr::pairing::{NotPaired, PairingSecret, pair};
use bonafide_store::{memberships, plans, surveys};
use jiff::civil::Date;
use serde::Serialize;

use crate::clock;
use crate::device_key::public_key;
use crate::flows::code::examine;
use crate::pages::language::REMEMBERED_S;
use crate::pages::member::{desk_branch, standing};
use crate::pages::points::{PointsShown, Reading};
use crate::pages::sign_in::put_cookie;
use crate::server::app::{App, Shared};
use crate::server::caller::{Caller, LANGUAGE_COOKIE, cookie};
use crate::server::form::Posted;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::texts::Values;

/// The header in which a phone says whose it is: a code that counts now. It opens a door as well, and is sent to nobody but the
/// server that would open it.
pub const CODE_HEADER: &str = "x-card-code";

/// Lines of a statement of points that the phone keeps.
const POINTS_LINES: usize = 20;

/// Profiles that one was merged into, one after the other, before the book is not believed any more.
const MERGED_MAX: usize = 16;

/// The card.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/card", Access::Everyone, show),
        Route::get("/card/pair", Access::Everyone, show),
        Route::post("/card/devices", Access::Everyone, pair_device),
        Route::get("/card/me", Access::Everyone, me),
    ]
}

#[derive(Template)]
#[template(path = "pages/card.html")]
struct CardPage {
    page: Page,
}

async fn show(page: Page) -> Response {
    page.show(&CardPage { page: page.clone() })
}

/// How a member stands, in the words that his phone shows. No `Debug`: it is a person.
#[derive(Serialize)]
struct Standings {
    name: String,
    plan: Option<String>,
    /// How the membership stands: colour, sign and words go together.
    light: &'static str,
    sign: &'static str,
    state: String,
    visits_left: Option<String>,
    guests_left: Option<String>,
    points: Vec<PointsTold>,
}

/// What he has in one programme.
#[derive(Serialize)]
struct PointsTold {
    name: String,
    spendable: String,
    besides: Vec<String>,
    /// What was offered to him in person.
    offers: Vec<String>,
    /// The question about his newest purchase, until it is answered.
    survey: Option<SurveyTold>,
    /// When, what and how many, the newest first.
    lines: Vec<[String; 3]>,
}

/// A link to the question about a purchase, and its words.
#[derive(Serialize)]
struct SurveyTold {
    link: String,
    words: String,
}

#[derive(Serialize)]
struct PairedAnswer {
    /// What stands in the codes: both in hexadecimal digits.
    key_id: String,
    site: String,
    /// The language that the member is spoken to in.
    language: &'static str,
    #[serde(flatten)]
    standings: Standings,
}

async fn pair_device(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    headers: HeaderMap,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let acting = caller.acting();
    let key = BASE64.decode(form.text("key")).ok().and_then(|bytes| public_key(&bytes));
    let key =
        key.ok_or_else(|| Trouble::bad_request("key is no point of P-256, uncompressed, in base64url"))?;
    if app.link_tries.must_wait(&caller.origin, acting.now_us) {
        return Err(Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_many_wrong"));
    }
    let Some(secret) = PairingSecret::parse(form.text("secret")) else {
        app.link_tries.note_wrong(&caller.origin, acting.now_us);
        return Err(not_paired(NotPaired::NoLink));
    };
    let now_us = acting.now_us;
    let paired = app.write(move |work| pair(work, &acting, &secret, &key)).await?;
    let paired = match paired {
        Ok(paired) => paired,
        Err(why) => {
            if why == NotPaired::NoLink {
                app.link_tries.note_wrong(&caller.origin, now_us);
            }
            return Err(not_paired(why));
        }
    };
    let chosen = cookie(&headers, LANGUAGE_COOKIE).and_then(Language::of_code);
    let answer = app.aside(move |app| {
        let member = app.store.read(|tx| members::get(tx, app.store.vault(), paired.member))?;
        let spoken = member.and_then(|member| member.profile.language);
        let language = chosen.or(spoken).unwrap_or(caller.language);
        let page = Page::of(app, &Caller { language, ..caller }, page.path());
        let standings = app.store.read(|tx| standings(tx, app, &page, paired.member, now_us))?;
        let standings = standings.ok_or_else(Trouble::not_found)?;
        let (key_id, site) = (key_text(paired.key), key_text(KeyId(app.store.vault().ring().site().0)));
        Ok(PairedAnswer { key_id, site, language: language.code(), standings })
    });
    let answer = answer.await?;
    let cookie = put_cookie(&app, LANGUAGE_COOKIE, answer.language, REMEMBERED_S);
    Ok(([(SET_COOKIE, cookie)], Json(answer)).into_response())
}

fn not_paired(why: NotPaired) -> Trouble {
    let (status, key) = match why {
        NotPaired::NoLink => (StatusCode::NOT_FOUND, "no_link"),
        NotPaired::Used => (StatusCode::GONE, "link_used"),
        NotPaired::LinkExpired => (StatusCode::GONE, "link_expired"),
        NotPaired::TooOften { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_often"),
        NotPaired::Refused(_) => (StatusCode::CONFLICT, "device_stays"),
        NotPaired::InUse { .. } => (StatusCode::CONFLICT, "key_in_use"),
    };
    Trouble::new(status, key)
}

async fn me(State(app): State<Shared>, page: Page, headers: HeaderMap) -> Result<Response, Trouble> {
    let code = headers.get(CODE_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let code = code.ok_or_else(|| Trouble::bad_request("no code in x-card-code"))?;
    let now_us = clock::now_us();
    let gone = || Trouble::new(StatusCode::GONE, "device_gone");
    let answer = app.aside(move |app| {
        let credential = match examine(&app.store, now_us, &code)?.shown_by() {
            Ok(credential) => credential,
            Err(Some(CodeRefusal::TooEarly | CodeRefusal::Expired)) => {
                return Err(Trouble::new(StatusCode::CONFLICT, "phone_clock"));
            }
            Err(Some(CodeRefusal::NoTrustedTime)) => {
                return Err(Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "server_clock"));
            }
            Err(_) => return Err(gone()),
        };
        app.store.read(|tx| standings_of(tx, app, &page, credential, now_us))?.ok_or_else(gone)
    });
    // Nobody notes that a member looks at what is his own: his phone asks every few minutes.
    Ok(Json(answer.await?).into_response())
}

/// How whoever has this device stands; nothing when it is his device no more.
fn standings_of(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    credential: Id,
    now_us: i64,
) -> Result<Option<Standings>, Fault> {
    let kept = find::get(tx, app.store.vault(), credential, now_us)?;
    let works = |state| matches!(state, CredentialState::Active | CredentialState::Limited(_));
    let Some(kept) = kept.filter(|kept| works(kept.state)) else { return Ok(None) };
    standings(tx, app, page, kept.member, now_us)
}

fn standings(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    member: Id,
    now_us: i64,
) -> Result<Option<Standings>, Fault> {
    let mut found = members::get(tx, app.store.vault(), member)?;
    for _ in 0..MERGED_MAX {
        let Some(into) = found.as_ref().and_then(|member| member.merged_into) else { break };
        found = members::get(tx, app.store.vault(), into)?;
    }
    let Some(member) = found else { return Ok(None) };
    let name = member.profile.name.short();
    let points = points_of(tx, app, page, &member, now_us)?;
    let mut nearest: Option<(u8, Held, Date)> = None;
    for held in memberships::of_member(tx, member.id)? {
        let Some(branch) = branch::get(tx, held.branch)? else { continue };
        let today = standing::today(&branch.content, now_us);
        let rank = rank(held.membership.standing(today));
        // The later one of two that are equally near.
        if nearest.as_ref().is_none_or(|(best, ..)| rank <= *best) {
            nearest = Some((rank, held, today));
        }
    }
    let Some((_, held, today)) = nearest else {
        let state = page.say("card-no-membership");
        let (light, sign) = ("ask", "?");
        return Ok(Some(Standings {
            name,
            plan: None,
            light,
            sign,
            state,
            visits_left: None,
            guests_left: None,
            points,
        }));
    };
    let (light, state) = standing::state(page, &held.membership, today);
    let visits_left = held.membership.visits_left(today);
    let guests = held.membership.guest_visits_left(today);
    Ok(Some(Standings {
        name,
        plan: plans::get(tx, held.plan)?.map(|plan| plan.plan.name.as_str().to_owned()),
        light: light.class(),
        sign: light.sign(),
        state,
        visits_left: visits_left.map(|left| page.say_count("card-visits-left", "count", u64::from(left))),
        guests_left: (guests > 0).then(|| page.say_count("card-guests-left", "count", u64::from(guests))),
        points,
    }))
}

/// His points, in the days of his own branch.
fn points_of(
    tx: &mut Tx<'_>,
    app: &App,
    page: &Page,
    member: &Member,
    now_us: i64,
) -> Result<Vec<PointsTold>, Fault> {
    let Some(home) = desk_branch(tx, None, member.profile.home_branch)? else { return Ok(Vec::new()) };
    let now = UtcMicros::parse(now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let (vault, calendar) = (app.store.vault(), home.content.time_zone.calendar());
    let reading = Reading { page, vault, calendar, now };
    let mut told = Vec::new();
    for shown in reading.of_person(tx, member.id, POINTS_LINES)? {
        let survey = survey(tx, &reading, shown.wallet)?;
        told.push(points_told(shown, survey));
    }
    Ok(told)
}

fn points_told(shown: PointsShown, survey: Option<SurveyTold>) -> PointsTold {
    PointsTold {
        name: shown.name,
        spendable: shown.spendable,
        besides: shown.besides,
        offers: shown.offers,
        survey,
        lines: shown.lines.into_iter().map(|line| [line.when, line.what, line.points]).collect(),
    }
}

/// The question about the newest purchase: the same that stands on its receipt.
fn survey(tx: &mut Tx<'_>, reading: &Reading<'_>, wallet: Id) -> Result<Option<SurveyTold>, Fault> {
    let Some((purchase, at_us)) = surveys::unanswered(tx, wallet, reading.now.get())? else {
        return Ok(None);
    };
    let at = UtcMicros::parse(at_us).map_err(|_| Fault::broken("the moment of a purchase"))?;
    let date = reading.page.date(reading.calendar.date_of(at));
    let words = reading.page.say_with("survey-purchase-of", &Values::of("date", &date));
    let link = format!("/survey/{}", surveys::link(reading.vault, purchase)?);
    Ok(Some(SurveyTold { link, words }))
}

/// What a member wants to see first: what opens, what will, what did.
const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Active => 0,
        Standing::Frozen { .. } => 1,
        Standing::NotStarted { .. } => 2,
        Standing::UsedUp => 3,
        Standing::Ended { .. } | Standing::Cancelled { .. } => 4,
    }
}
