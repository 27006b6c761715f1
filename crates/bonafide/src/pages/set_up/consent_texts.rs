//! What members consent to, to the letter: by matter, law, language and version. A text is never changed; a further version stands
//! beside it, and the older ones stay in force or go out of it, as whoever writes it decides.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::consent::{Jurisdiction, TextHash};
use bonafide_domain::profile::Language;
use bonafide_store::consents::texts::{
    self, KeptText, NewText, TEXT_BYTES_MAX, TextRefusal, publish, put_in_force, retire,
};
use bonafide_store::consents::{consent_of_word, consent_word};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::organisation::branch::jurisdiction_of;
use serde::Deserialize;

use crate::clock;
use crate::commands::consents::{About, all_about, hex};
use crate::pages::member::consents::what_key;
use crate::pages::set_up::consent_drafts::draft;
use crate::pages::set_up::form::Choice;
use crate::pages::set_up::list::{self, Act, List, Row};
use crate::pages::set_up::{for_all_branches, once};
use crate::pages::{Light, new_operation};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

const PATH: &str = "/set-up/consent-texts";

const NEW: &str = "/set-up/consent-texts/new";

/// Bytes of a form: each byte of a text may come as three characters.
const BODY_BYTES_MAX: usize = 3 * TEXT_BYTES_MAX + 8 * 1024;

/// The laws of texts, with the key of their words. The age that a state of the European Union has set is the branch's to know; any
/// stands for all.
const LAWS: [(&str, &str, &str); 5] = [
    ("russia", "law-russia", "russia"),
    ("european_union", "law-eu", "european_union:16"),
    ("illinois", "law-illinois", "illinois"),
    ("china", "law-china", "china"),
    ("other", "law-other", "other"),
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Access::MANAGERS, all),
        Route::get(NEW, Access::MANAGERS, new),
        Route::post(PATH, Access::MANAGERS, add).with_body(BODY_BYTES_MAX),
        Route::get("/set-up/consent-texts/{hash}", Access::MANAGERS, one),
        Route::post("/set-up/consent-texts/{hash}/retirements", Access::MANAGERS, set_retired),
    ]
}

fn law_key(word: &str) -> &'static str {
    LAWS.iter().find(|(law, ..)| *law == word).map_or("law-other", |(_, key, _)| key)
}

fn jurisdiction(word: &str) -> Option<Jurisdiction> {
    let (.., whole) = LAWS.iter().find(|(law, ..)| *law == word)?;
    jurisdiction_of(whole)
}

/// What a text is for: the matter, whose law, which language.
#[derive(Clone, Copy)]
struct For {
    about: About,
    law: &'static str,
    jurisdiction: Jurisdiction,
    language: Language,
}

impl For {
    fn of(about: &str, law: &str, language: &str) -> Option<For> {
        let law = LAWS.iter().find(|(word, ..)| *word == law)?.0;
        let language = Language::of_code(language)?;
        Some(For { about: consent_of_word(about)?, law, jurisdiction: jurisdiction(law)?, language })
    }

    fn is(&self, kept: &KeptText) -> bool {
        (kept.modality, kept.purpose) == self.about
            && kept.law == self.law
            && kept.text.language == self.language
    }
}

fn language_name(page: &Page, language: Language) -> &'static str {
    page.languages().iter().find(|(code, _)| *code == language.code()).map_or("", |(_, name)| name)
}

/// What a text is for, in words.
fn told(page: &Page, about: About, law: &str, language: Language) -> String {
    let about = page.say(what_key(about));
    format!("{about} · {} · {}", page.say(law_key(law)), language_name(page, language))
}

/// How a text stands: the light and the key of the words.
type Standing = (Light, &'static str);

/// How a text stands among those for the same.
fn standing(kept: &KeptText, all: &[KeptText]) -> Standing {
    if kept.retired_us.is_some() {
        return (Light::Bad, "text-retired");
    }
    let same = |other: &&KeptText| {
        (other.law.as_str(), other.modality, other.purpose, other.text.language)
            == (kept.law.as_str(), kept.modality, kept.purpose, kept.text.language)
    };
    let newer = all.iter().filter(same).any(|one| one.retired_us.is_none() && one.version > kept.version);
    if newer { (Light::Ask, "text-holds") } else { (Light::Good, "text-asked") }
}

fn rows(tx: &mut Tx<'_>, page: &Page, may_change: bool) -> Result<Vec<Row>, Fault> {
    let all = texts::list(tx)?;
    let mut shown: Vec<(&KeptText, Standing)> = all.iter().map(|kept| (kept, standing(kept, &all))).collect();
    // What members are asked now comes first; the newest version before the older ones.
    shown.sort_by_key(|(kept, (light, _))| (*light == Light::Bad, std::cmp::Reverse(kept.version)));
    shown.sort_by_key(|(kept, _)| {
        (kept.law.clone(), consent_word(kept.modality, kept.purpose), kept.text.language.code())
    });
    Ok(shown.into_iter().map(|(kept, standing)| row(page, kept, standing, may_change)).collect())
}

fn row(page: &Page, kept: &KeptText, (light, state): Standing, may_change: bool) -> Row {
    let about = (kept.modality, kept.purpose);
    let path = format!("{PATH}/{}", hex(&kept.text.hash));
    let since = page.date(clock::utc_date(kept.added_us));
    let mut lines = vec![format!(
        "{} · {}",
        page.say_of("text-version", "number", &page.whole(i64::from(kept.version))),
        page.say_of("text-since", "when", &since)
    )];
    lines.extend(kept.retired_us.map(|at_us| {
        let when = page.date(clock::utc_date(at_us));
        page.say_of("text-retired-since", "when", &when)
    }));
    if !kept.text.separate_document {
        lines.push(page.say("text-part-of-another"));
    }
    let mut links = vec![(path.clone(), "text-read")];
    let mut acts = Vec::new();
    if may_change {
        let (value, key, question) = match kept.retired_us {
            None => ("yes", "text-retire", Some("text-retire-question")),
            Some(_) => ("no", "text-return", None),
        };
        let path = format!("{path}/retirements");
        acts.push(Act { path, field: Some(("retired", value)), key, question });
    }
    if may_change && light == Light::Good {
        let word = consent_word(kept.modality, kept.purpose);
        let (law, language, hash) = (&kept.law, kept.text.language.code(), hex(&kept.text.hash));
        let query = format!("about={word}&law={law}&language={language}&from={hash}");
        links.push((format!("{NEW}?{query}"), "text-new-version"));
    }
    Row { name: told(page, about, &kept.law, kept.text.language), light, state, lines, links, acts }
}

async fn all(State(app): State<Shared>, page: Page, caller: Caller) -> Result<Response, Trouble> {
    let (frame, may_change) = (page.clone(), for_all_branches(&caller).is_ok());
    let rows = app.read(move |tx, _| rows(tx, &frame, may_change)).await?;
    let add = may_change.then_some((NEW, "text-add"));
    Ok(list::show(&page, &List { title: "set-up-texts", add, empty: "texts-empty" }, rows, None))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    about: String,
    #[serde(default)]
    law: String,
    #[serde(default)]
    language: String,
    /// With what one begins: `draft`, nothing, or the hash of a text.
    #[serde(default)]
    from: String,
}

#[derive(Template)]
#[template(path = "pages/set_up/consent_text_new.html")]
struct NewPage {
    page: Page,
    abouts: Vec<Choice>,
    laws: Vec<Choice>,
    languages: Vec<Choice>,
    /// The form, when it is known what the text is for.
    writing: Option<Writing>,
}

/// A text that is being written.
struct Writing {
    about: String,
    law: &'static str,
    language: &'static str,
    told: String,
    content: String,
    is_draft: bool,
    separate: bool,
    /// The texts for the same that are in force.
    in_force: u64,
    replaces: bool,
    refused: Option<&'static str>,
    operation: String,
}

fn choices(all: Vec<(String, String)>, chosen: &str) -> Vec<Choice> {
    let choice = |(value, label): (String, String)| Choice { chosen: value == chosen, value, label };
    all.into_iter().map(choice).collect()
}

fn new_page(page: &Page, (about, law, language): (&str, &str, &str), writing: Option<Writing>) -> Response {
    let all_abouts = all_about().map(|one| (consent_word(one.0, one.1), page.say(what_key(one))));
    let laws = LAWS.iter().map(|(word, key, _)| ((*word).to_owned(), page.say(key)));
    let languages = page.languages().map(|(code, name)| (code.to_owned(), name.to_owned()));
    let refused = writing.as_ref().is_some_and(|writing| writing.refused.is_some());
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = NewPage {
        page: page.clone(),
        abouts: choices(all_abouts.collect(), about),
        laws: choices(laws.collect(), law),
        languages: choices(languages.to_vec(), language),
        writing,
    };
    page.show_as(status, &shown)
}

/// How many texts for the same are in force.
async fn in_force(app: &Shared, of: For) -> Result<u64, Trouble> {
    let all = app.read(|tx, _| texts::list(tx)).await?;
    let count = all.iter().filter(|kept| of.is(kept) && kept.retired_us.is_none()).count();
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

async fn new(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let Some(of) = For::of(&asked.about, &asked.law, &asked.language) else {
        let language = if asked.language.is_empty() { page.language() } else { &asked.language };
        return Ok(new_page(&page, (&asked.about, &asked.law, language), None));
    };
    let is_draft = asked.from == "draft";
    let content = match hash_of(&asked.from) {
        Some(hash) => app.read(move |tx, _| texts::content(tx, hash)).await?,
        None if is_draft => draft(app.texts.of(of.language), of.jurisdiction, of.about),
        None => None,
    };
    let writing = Writing {
        about: asked.about.clone(),
        law: of.law,
        language: of.language.code(),
        told: told(&page, of.about, of.law, of.language),
        content: content.unwrap_or_default(),
        is_draft,
        separate: true,
        in_force: in_force(&app, of).await?,
        replaces: false,
        refused: None,
        operation: new_operation(),
    };
    Ok(new_page(&page, (&asked.about, &asked.law, &asked.language), Some(writing)))
}

async fn add(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let of = For::of(form.text("about"), form.text("law"), form.text("language"));
    let of = of.ok_or_else(|| Trouble::bad_request("no such text"))?;
    // A browser ends lines in its own way: what members read and what is hashed is the same on every one.
    let content = form.raw("content").replace("\r\n", "\n").trim().to_owned();
    let replaces = form.is_ticked("replaces");
    let new = NewText {
        jurisdiction: of.jurisdiction,
        modality: of.about.0,
        purpose: of.about.1,
        language: of.language,
        separate_document: form.is_ticked("separate"),
        content: content.clone(),
    };
    let left_open = content.contains('[') && !form.is_ticked("as_it_is");
    let added = if left_open {
        Err(("content", "text-left-open"))
    } else {
        let added = once(&app, &caller, &form, PATH, move |work, acting| {
            let published = publish(work, acting, &new, replaces)?;
            Ok(published.map(|_| PATH.to_owned()).map_err(wrong))
        });
        added.await?
    };
    match added {
        Ok(response) => Ok(response),
        Err((_, key)) => {
            let writing = typed(&app, &page, of, &form, (content, key)).await?;
            let chosen = (form.text("about"), form.text("law"), form.text("language"));
            Ok(new_page(&page, chosen, Some(writing)))
        }
    }
}

/// The form as it was typed, with what is wrong with it.
async fn typed(
    app: &Shared,
    page: &Page,
    of: For,
    form: &Form,
    (content, refused): (String, &'static str),
) -> Result<Writing, Trouble> {
    Ok(Writing {
        about: form.text("about").to_owned(),
        law: of.law,
        language: of.language.code(),
        told: told(page, of.about, of.law, of.language),
        content,
        is_draft: refused == "text-left-open",
        separate: form.is_ticked("separate"),
        in_force: in_force(app, of).await?,
        replaces: form.is_ticked("replaces"),
        refused: Some(refused),
        operation: new_operation(),
    })
}

fn wrong(refusal: TextRefusal) -> (&'static str, &'static str) {
    match refusal {
        TextRefusal::Content => ("content", "text-bad-content"),
        TextRefusal::PurposeDoesNotFit => ("", "set-up-choose"),
        TextRefusal::ForSomethingElse => ("content", "text-for-something-else"),
    }
}

/// A hash of 64 hexadecimal digits.
fn hash_of(text: &str) -> Option<TextHash> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(TextHash(bytes))
}

#[derive(Template)]
#[template(path = "pages/set_up/consent_text.html")]
struct TextPage {
    page: Page,
    row: Row,
    language: &'static str,
    hash: String,
    paragraphs: Vec<String>,
}

fn kept(tx: &mut Tx<'_>, hash: TextHash) -> Result<Option<(KeptText, Standing)>, Fault> {
    let all = texts::list(tx)?;
    let found = all.iter().find(|kept| kept.text.hash == hash);
    Ok(found.map(|kept| (kept.clone(), standing(kept, &all))))
}

async fn one(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(hash): Path<String>,
) -> Result<Response, Trouble> {
    let hash = hash_of(&hash).ok_or_else(Trouble::not_found)?;
    let found = app.read(move |tx, _| Ok(kept(tx, hash)?.zip(texts::content(tx, hash)?)));
    let ((kept, standing), content) = found.await?.ok_or_else(Trouble::not_found)?;
    let row = row(&page, &kept, standing, for_all_branches(&caller).is_ok());
    let paragraphs = content.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    let (language, hash) = (kept.text.language.code(), hex(&hash));
    Ok(page.show(&TextPage { page: page.clone(), row, language, hash, paragraphs }))
}

async fn set_retired(
    State(app): State<Shared>,
    caller: Caller,
    Path(hash): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    for_all_branches(&caller)?;
    let hash = hash_of(&hash).ok_or_else(Trouble::not_found)?;
    let (retired, acting) = (form.text("retired") == "yes", caller.acting());
    let done = app.write(move |work| {
        let Some((kept, content)) = kept(work.tx, hash)?.zip(texts::content(work.tx, hash)?) else {
            return Ok(Err(()));
        };
        let Some(jurisdiction) = jurisdiction(&kept.0.law) else { return Ok(Err(())) };
        if retired {
            retire(work, &acting, hash)?;
            return Ok(Ok(()));
        }
        let KeptText { modality, purpose, text, retired_us, .. } = kept.0;
        if retired_us.is_none() {
            return Ok(Ok(()));
        }
        let (language, separate_document) = (text.language, text.separate_document);
        let same = NewText { jurisdiction, modality, purpose, language, separate_document, content };
        Ok(put_in_force(work, &acting, &same)?.map(drop).map_err(drop))
    });
    done.await?.map_err(|()| Trouble::not_found())?;
    Ok(Redirect::to(PATH).into_response())
}
