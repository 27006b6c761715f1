//! Enrolling a member's face at the desk: the consent to the text on the screen, then photos from a webcam or from files. What is
//! kept is a sealed template, for doors or for tills; no photo of these stays.

use askama::Template;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::access_method::Method;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::consent::{
    Channel, ConsentGap, ConsentRecord, EnrolmentRefusal, Evidence, Giver, Keeping, Modality,
    ProviderDecision, ProviderRefusal, ProviderResult, Purpose, Term,
};
use bonafide_domain::credential::CredentialState;
use bonafide_domain::profile::{GuardianKind, Language};
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::template::Template as FaceTemplate;
use bonafide_store::audit::entry::Actor;
use bonafide_store::consents::texts::{content, list, newest_in_force};
use bonafide_store::consents::{self, Question, may_enrol};
use bonafide_store::credentials::content::{Content, Trait};
use bonafide_store::credentials::{self, NewCredential, NotIssued, find};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members::{self, Member};
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::templates::NotKept;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::commands::consents::hex;
use crate::faces_at_work::{FacesAtWork, NotLooked};
use crate::flows::enrolment::{Enrolment, NotEnrolled};
use crate::flows::face;
use crate::likeness::Likeness;
use crate::pages::kiosk::{not_looked, quality_key};
use crate::pages::member::desk_branch;
use crate::pages::{new_operation, operation};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::form::{CSRF_HEADER, Form, Posted};
use crate::server::limits::{FRAME_BYTES_MAX, PHOTO_BYTES_MAX};
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::server::upload::{FILES_MAX, Uploaded};

/// The way without biometrics that every member has: a card or bracelet.
const ALTERNATIVE: Option<Method> = Some(Method::CardNumber);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/members/{id}/face", Access::DESK, show),
        Route::post("/members/{id}/face/consents", Access::DESK, consent),
        Route::post("/members/{id}/face/references", Access::DESK, bind),
        Route::post("/members/{id}/face/looks", Access::DESK, look).with_body(FRAME_BYTES_MAX),
        Route::post("/members/{id}/face/templates", Access::DESK, enrol)
            .with_body(FILES_MAX / 2 * PHOTO_BYTES_MAX),
    ]
}

#[derive(Template)]
#[template(path = "pages/member/face.html")]
struct FacePage {
    page: Page,
    shown: Shown,
    operation: String,
    refused: Option<String>,
}

/// What the page shows. No `Debug`: it is a person.
struct Shown {
    id: Id,
    what_for: For,
    name: String,
    step: NextStep,
    texts: Vec<TextShown>,
    enrolled: bool,
    /// The provider's reference of the member is known.
    bound: bool,
    /// Another member whose face is like this one: id and name.
    like: Option<(Id, String)>,
}

/// What comes next.
enum NextStep {
    /// The law or the place has it otherwise: the key of why, and nothing to do here.
    Nothing(&'static str),
    /// The member is asked; the key of what is missing.
    Consent(&'static str),
    /// Photos.
    Photos,
    /// The law has faces at a provider: what it calls the member.
    Reference,
}

struct TextShown {
    hash: String,
    language: &'static str,
    paragraphs: Vec<String>,
}

/// A member with the law that holds for him.
struct Asked {
    member: Member,
    question: Question,
    branch: Id,
    language: Language,
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Query(asked): Query<Address>,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let like = asked.like.as_deref().and_then(Id::parse);
    answer(&app, page, &caller, (id, For::of(&asked.what_for), like), None).await
}

/// What the address of the page says.
#[derive(Deserialize)]
struct Address {
    /// Whose face was found to be like this one.
    like: Option<String>,
    /// For what, as [`For::word`] has it.
    #[serde(default, rename = "for")]
    what_for: String,
}

/// For what a face is enrolled: each has its own consent and its own templates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Doors,
    Tills,
}

impl For {
    fn of(word: &str) -> For {
        if word == For::Tills.word() { For::Tills } else { For::Doors }
    }

    const fn word(self) -> &'static str {
        match self {
            For::Doors => "doors",
            For::Tills => "tills",
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            For::Doors => Purpose::Entry,
            For::Tills => Purpose::TillRecognition,
        }
    }

    fn path(self, member: Id) -> String {
        format!("/members/{member}/face?for={}", self.word())
    }
}

/// The page, after it was written down that somebody looks at the profile; `refused` are words about the last form.
async fn answer(
    app: &Shared,
    page: Page,
    caller: &Caller,
    (id, what_for, like): (Id, For, Option<Id>),
    refused: Option<String>,
) -> Result<Response, Trouble> {
    let (caller, acting) = (caller.clone(), caller.acting());
    let shown = app.aside(move |app| {
        let mut shown =
            app.store.read(|tx| shown(tx, app, &caller, (id, what_for)))?.ok_or_else(Trouble::not_found)?;
        let other = like.map(|like| app.store.read(|tx| members::get(tx, app.store.vault(), like)));
        let other = other.transpose()?.flatten();
        shown.like = other.map(|other| (other.id, other.profile.name.full()));
        let seen: Vec<Id> = shown.like.iter().map(|(other, _)| *other).chain([id]).collect();
        let noted = app.store.write(move |work| {
            seen.iter().try_for_each(|&seen| members::note_view(work, &acting, seen))?;
            Ok(Ok::<_, ()>(()))
        })?;
        noted.map_err(|()| Trouble::forbidden())?;
        Ok(shown)
    });
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = shown.await?;
    Ok(page.show_as(status, &FacePage { page: page.clone(), shown, operation: new_operation(), refused }))
}

fn asked(
    tx: &mut Tx<'_>,
    app: &App,
    caller: &Caller,
    (id, what_for): (Id, For),
) -> Result<Option<Asked>, Fault> {
    let Some(member) = members::get(tx, app.store.vault(), id)? else { return Ok(None) };
    let Some(place) = place(tx, caller, &member)? else { return Ok(None) };
    let now_us = clock::now_us();
    let now = UtcMicros::parse(now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let question = Question {
        jurisdiction: place.content.jurisdiction,
        member: id,
        modality: Modality::Face,
        purpose: what_for.purpose(),
        now_us,
        today: place.content.time_zone.calendar().date_of(now),
    };
    let language = member.profile.language.unwrap_or(place.content.language);
    Ok(Some(Asked { member, question, branch: place.id, language }))
}

/// Whose law holds: that of the member's own branch, which a milder one elsewhere is no way round; or else the desk's.
fn place(tx: &mut Tx<'_>, caller: &Caller, member: &Member) -> Result<Option<Kept<Branch>>, Fault> {
    if let Some(home) = member.profile.home_branch
        && let Some(own) = branch::get(tx, home)?
    {
        return Ok(Some(own));
    }
    desk_branch(tx, caller.signed().and_then(|signed| signed.employee.content.branch), None)
}

fn shown(
    tx: &mut Tx<'_>,
    app: &App,
    caller: &Caller,
    (id, what_for): (Id, For),
) -> Result<Option<Shown>, Fault> {
    let Some(asked) = asked(tx, app, caller, (id, what_for))? else { return Ok(None) };
    let vault = app.store.vault();
    let mut may = may_enrol(tx, vault, &asked.question, Keeping::Here, ALTERNATIVE)?;
    let elsewhere = EnrolmentRefusal::Keeping { permitted: Keeping::AtProvider };
    let at_provider = may.as_ref().err() == Some(&elsewhere);
    if at_provider {
        may = may_enrol(tx, vault, &asked.question, Keeping::AtProvider, ALTERNATIVE)?;
    }
    let texts = texts(tx, &asked)?;
    let step = match may {
        Ok(_permit) if at_provider => NextStep::Reference,
        Ok(_permit) => NextStep::Photos,
        Err(EnrolmentRefusal::Consent(_)) if texts.is_empty() => NextStep::Nothing("enrol-no-text"),
        Err(EnrolmentRefusal::Consent(gap)) => NextStep::Consent(gap_key(gap)),
        Err(refusal) => NextStep::Nothing(refusal_key(&refusal)),
    };
    let enrolled = app.faces.started(what_for.purpose()).is_some_and(|faces| faces.gallery.contains(id));
    let bound = at_provider && is_bound(tx, app, &asked)?;
    let name = asked.member.profile.name.full();
    Ok(Some(Shown { id, what_for, name, step, texts, enrolled, bound, like: None }))
}

/// Whether the provider's reference of the member is known, and may be used.
fn is_bound(tx: &mut Tx<'_>, app: &App, asked: &Asked) -> Result<bool, Fault> {
    let all = find::of_member(tx, app.store.vault(), asked.member.id, asked.question.now_us)?;
    Ok(all.iter().any(|kept| {
        let at_provider = matches!(&kept.content, Some(Content::AtProvider(Trait::Face, _)));
        at_provider && matches!(kept.state, CredentialState::Active | CredentialState::Limited(_))
    }))
}

/// The texts in force, the newest of each language, that of the member first.
fn texts(tx: &mut Tx<'_>, asked: &Asked) -> Result<Vec<TextShown>, Fault> {
    let Question { jurisdiction, modality, purpose, .. } = asked.question;
    let mut kept = newest_in_force(tx, jurisdiction, modality, purpose)?;
    kept.sort_by_key(|kept| kept.text.language != asked.language);
    let mut shown = Vec::new();
    for kept in kept {
        let Some(text) = content(tx, kept.text.hash)? else { continue };
        let paragraphs = text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect();
        shown.push(TextShown { hash: hex(&kept.text.hash), language: kept.text.language.code(), paragraphs });
    }
    Ok(shown)
}

const fn gap_key(gap: ConsentGap) -> &'static str {
    match gap {
        ConsentGap::NeverGiven => "enrol-ask",
        ConsentGap::Withdrawn { .. } => "enrol-withdrawn",
        ConsentGap::Expired { .. } | ConsentGap::OtherText => "enrol-ask-again",
        ConsentGap::AgeUnknown => "enrol-age-unknown",
        ConsentGap::ForbiddenWhenGiven | ConsentGap::RepresentativeMissing => "enrol-representative",
        ConsentGap::SubjectMustSign => "enrol-subject",
        ConsentGap::WeakForm | ConsentGap::NotSeparate => "enrol-weak",
    }
}

const fn refusal_key(refusal: &EnrolmentRefusal) -> &'static str {
    use bonafide_domain::consent::WhyForbidden;
    match refusal {
        EnrolmentRefusal::Forbidden(WhyForbidden::AgeUnknown) => "enrol-age-unknown",
        EnrolmentRefusal::Forbidden(_) => "enrol-too-young",
        EnrolmentRefusal::Keeping { permitted: Keeping::AtProvider } => "enrol-provider",
        EnrolmentRefusal::Keeping { .. } => "enrol-device",
        EnrolmentRefusal::NoAlternative | EnrolmentRefusal::AlternativeIsBiometric => "enrol-no-alternative",
        EnrolmentRefusal::Consent(gap) => gap_key(*gap),
    }
}

async fn consent(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let (operation, what_for) = (operation(&form)?, For::of(form.text("for")));
    let asking = caller.clone();
    let asked = app
        .read(move |tx, app| asked(tx, app, &asking, (id, what_for)))
        .await?
        .ok_or_else(Trouble::not_found)?;
    let recorded = match given(&app, &caller, &form, (operation, &asked)).await? {
        Err(key) => Err(key),
        Ok(record) => {
            let acting = caller.acting();
            let given = app.write(move |work| consents::give(work, &acting, &record)).await?;
            given.map_err(|_| "enrol-not-recorded")
        }
    };
    match recorded {
        Ok(()) => Ok(Redirect::to(&what_for.path(id)).into_response()),
        Err(key) => {
            let refused = page.say(key);
            answer(&app, page, &caller, (id, what_for, None), Some(refused)).await
        }
    }
}

/// The record of what the form says, or the key of what is wrong with it.
async fn given(
    app: &Shared,
    caller: &Caller,
    form: &Form,
    (operation, asked): (Id, &Asked),
) -> Result<Result<ConsentRecord, &'static str>, Trouble> {
    let all = app.read(|tx, _| list(tx)).await?;
    let Some(text) = all.into_iter().find(|kept| hex(&kept.text.hash) == form.text("text")) else {
        return Ok(Err("enrol-no-text"));
    };
    if !form.is_ticked("agreed") {
        return Ok(Err("enrol-not-agreed"));
    }
    let Ok(evidence) = Evidence::parse(form.text("evidence")) else { return Ok(Err("enrol-no-evidence")) };
    let channel = match form.text("channel") {
        "paper" => Channel::Paper,
        "own_screen" => Channel::OwnScreen,
        "electronic_signature" => Channel::ElectronicSignature,
        _ => return Err(Trouble::bad_request("no channel")),
    };
    let kind = match form.text("giver") {
        "" | "subject" => None,
        "parent" => Some(GuardianKind::Parent),
        "guardian" => Some(GuardianKind::AppointedGuardian),
        _ => return Err(Trouble::bad_request("no giver")),
    };
    let giver = match kind {
        None => Giver::Subject,
        Some(kind) => match Evidence::parse(form.text("proof")) {
            Ok(proof) => Giver::Representative { kind, proof },
            Err(_) => return Ok(Err("enrol-no-proof")),
        },
    };
    let operator = match caller.acting().actor {
        Actor::Staff(id) => Some(id.into()),
        _ => None,
    };
    Ok(Ok(ConsentRecord {
        id: operation.into(),
        member: asked.member.id.into(),
        giver,
        text: text.text,
        modality: Modality::Face,
        purpose: asked.question.purpose,
        term: Term::WhilePurposeLasts,
        channel,
        evidence,
        operator,
        given_at_us: asked.question.now_us,
        given_on: asked.question.today,
    }))
}

/// Binds what the provider calls the member to him, after the member has enrolled there. No picture is in it.
async fn bind(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let (operation, what_for) = (operation(&form)?, For::of(form.text("for")));
    let (reference, transaction) = (form.text("reference"), form.text("transaction"));
    let result = ProviderResult::parse(reference, ProviderDecision::Confirmed, transaction);
    let (asking, acting) = (caller.clone(), caller.acting());
    let bound = app.aside(move |app| {
        let Some(asked) = app.store.read(|tx| asked(tx, app, &asking, (id, what_for)))? else {
            return Err(Trouble::not_found());
        };
        let result = match result {
            Ok(result) => result,
            Err(ProviderRefusal::Reference) => return Ok(Err("enrol-bad-reference")),
            Err(ProviderRefusal::TransactionId) => return Ok(Err("enrol-bad-transaction")),
        };
        let content = Content::AtProvider(Trait::Face, result);
        let new = NewCredential { member: id, content, until_us: None, limited: None };
        let bound = app.store.write(move |work| {
            let question = &asked.question;
            let may = may_enrol(work.tx, work.vault, question, Keeping::AtProvider, ALTERNATIVE)?;
            let permit = match may {
                Ok(permit) => permit,
                Err(refusal) => return Ok(Err(refusal_key(&refusal))),
            };
            Ok(credentials::issue(work, &acting, operation, &new, Some(permit))?.map(drop).map_err(|why| {
                if matches!(why, NotIssued::InUse { .. }) {
                    "enrol-reference-in-use"
                } else {
                    "enrol-not-recorded"
                }
            }))
        });
        Ok(bound?)
    });
    match bound.await? {
        Ok(()) => Ok(Redirect::to(&what_for.path(id)).into_response()),
        Err(key) => {
            let refused = page.say(key);
            answer(&app, page, &caller, (id, what_for, None), Some(refused)).await
        }
    }
}

/// What a picture lacks.
#[derive(Serialize)]
struct Advice {
    /// It is good enough to be kept.
    good: bool,
    words: String,
}

/// Looks at a picture of the webcam and keeps nothing of it.
async fn look(
    State(app): State<Shared>,
    page: Page,
    headers: HeaderMap,
    frame: Result<Bytes, BytesRejection>,
) -> Result<Json<Advice>, Trouble> {
    if headers.get(&CSRF_HEADER).is_none_or(|token| token.as_bytes() != page.csrf().as_bytes()) {
        return Err(Trouble::new(StatusCode::FORBIDDEN, "cross_site"));
    }
    let frame = frame.map_err(|_| Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
    let looked = app.aside(move |app| {
        // The engines are the same for all.
        let faces = app.faces.get(&app.store, Purpose::Entry)?;
        match faces.looking.look_at_photo(&frame, &QualityLimits::ENROLMENT) {
            Ok(look) => Ok(look.main.map(drop)),
            Err(why) => Err(not_looked(&why)),
        }
    });
    let (good, key) = match looked.await? {
        Ok(()) => (true, "enrol-good"),
        Err(refusal) => (false, quality_key(refusal)),
    };
    Ok(Json(Advice { good, words: page.say(key) }))
}

async fn enrol(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Uploaded { form, files }: Uploaded,
) -> Result<Response, Trouble> {
    let id = Id::parse(&id).ok_or_else(Trouble::not_found)?;
    let (operation, what_for) = (operation(&form)?, For::of(form.text("for")));
    let (asking, acting) = (caller.clone(), caller.acting());
    let done = app.aside(move |app| {
        let Some(asked) = app.store.read(|tx| asked(tx, app, &asking, (id, what_for)))? else {
            return Err(Trouble::not_found());
        };
        let faces = app.faces.get(&app.store, what_for.purpose())?;
        // Before a picture is looked at, and again in the transaction that keeps the templates.
        let vault = app.store.vault();
        let may = app.store.read(|tx| may_enrol(tx, vault, &asked.question, Keeping::Here, ALTERNATIVE))?;
        if let Err(refusal) = may {
            return Ok(Err(refusal_key(&refusal)));
        }
        let taken = match captured(&faces, &files)? {
            Ok(taken) => taken,
            Err(key) => return Ok(Err(key)),
        };
        // Nobody adds another face to a member's, by mistake or not.
        if face::is_own(&faces, id, &taken[0])? == Some(false) {
            return Ok(Err("enrol-not-the-member"));
        }
        for template in &taken {
            if face::is_like_many(&faces, (asked.branch, id), template)? {
                return Ok(Err("enrol-like-many"));
            }
        }
        let like = face::like(&faces, &app.store, (asked.branch, id), &taken[0])?;
        let new = Enrolment::of(asked.question, ALTERNATIVE, operation, &taken)?;
        let kept = app.store.write(move |work| new.keep(work, &acting))?;
        if let Err(refusal) = kept {
            return Ok(Err(not_enrolled_key(&refusal)));
        }
        faces.gallery.follow(&app.store, &[id].into(), clock::now_us())?;
        Ok(Ok(like))
    });
    match done.await? {
        Ok(like) => {
            let like = like.map_or_else(String::new, |like| format!("&like={like}"));
            Ok(Redirect::to(&format!("{}{like}", what_for.path(id))).into_response())
        }
        Err(key) => {
            let refused = page.say(key);
            answer(&app, page, &caller, (id, what_for, None), Some(refused)).await
        }
    }
}

/// The templates of the pictures that are good enough, all of one person; or the key of what the first of them lacks.
fn captured(
    faces: &FacesAtWork,
    files: &[zeroize::Zeroizing<Vec<u8>>],
) -> Result<Result<Vec<FaceTemplate>, &'static str>, Trouble> {
    let likeness = Likeness::shipped()?;
    let (mut taken, mut first_refusal) = (Vec::<FaceTemplate>::new(), None);
    for file in files {
        match faces.looking.look_at_photo(file, &QualityLimits::ENROLMENT) {
            Ok(look) => match look.main {
                Ok(face) => {
                    if let Some(first) = taken.first()
                        && !likeness.same(first, face.template())?
                    {
                        return Ok(Err("enrol-another-person"));
                    }
                    taken.push(face.template().clone());
                }
                Err(refusal) => first_refusal = first_refusal.or(Some(quality_key(refusal))),
            },
            Err(NotLooked::Photo(_)) => first_refusal = first_refusal.or(Some("enrol-no-picture")),
            Err(why) => return Err(not_looked(&why)),
        }
    }
    let lacking = first_refusal.unwrap_or("enrol-no-picture");
    Ok(if taken.is_empty() { Err(lacking) } else { Ok(taken) })
}

const fn not_enrolled_key(refusal: &NotEnrolled) -> &'static str {
    match refusal {
        NotEnrolled::NotPermitted(why) => refusal_key(why),
        NotEnrolled::NotKept(NotKept::TooMany) => "enrol-too-many",
        NotEnrolled::NotKept(NotKept::NoCredential) => "enrol-blocked",
        NotEnrolled::NotIssued(_) | NotEnrolled::NotKept(_) => "enrol-not-recorded",
    }
}
