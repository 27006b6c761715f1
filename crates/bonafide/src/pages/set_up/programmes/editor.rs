//! The page on which the rules of a programme are changed: a form that is only written when it is saved, whose rows come and go, and
//! which can be asked what it would have cost.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_store::ledger::programmes::{self, RulesDraft, RulesNotPut};
use bonafide_store::rewards::kinds;

use crate::pages::new_operation;
use crate::pages::set_up::form::{self, SENT_ALREADY};
use crate::pages::set_up::once;
use crate::pages::set_up::programmes::draft::{
    Section, Wrong, example, filled, next_number, sections, typed, with_rows_changed,
};
use crate::pages::set_up::programmes::what_if::{Report, replayed};
use crate::pages::set_up::programmes::{Found, Programmes, found};
use crate::pages::set_up::thing::path_of;
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::limits::RULES_FORM_BYTES_MAX;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/programmes/{id}/rules", Access::MANAGERS, show),
        Route::post("/set-up/programmes/{id}/rules", Access::MANAGERS, save).with_body(RULES_FORM_BYTES_MAX),
        Route::post("/set-up/programmes/{id}/rules/drafts", Access::MANAGERS, redraw)
            .with_body(RULES_FORM_BYTES_MAX),
        Route::post("/set-up/programmes/{id}/rules/what-ifs", Access::MANAGERS, what_if)
            .with_body(RULES_FORM_BYTES_MAX),
    ]
}

#[derive(Template)]
#[template(path = "pages/set_up/programme_rules.html")]
struct RulesPage {
    page: Page,
    name: String,
    currency: String,
    /// Where the programme's pages are.
    path: String,
    /// The programme has rules already.
    has_rules: bool,
    /// What goes along unseen.
    hidden: Vec<(String, String)>,
    sections: Vec<Section>,
    /// What is wrong with no one field.
    refused: Vec<&'static str>,
    /// Something is wrong with a field.
    has_wrongs: bool,
    report: Option<Report>,
}

/// The form as it stands.
struct Shown<'a> {
    form: &'a Form,
    wrongs: &'a [Wrong],
    /// The version over which it will be put.
    seen: u32,
    report: Option<Report>,
}

fn shown(page: &Page, found: &Found, state: Shown<'_>) -> Response {
    let Shown { form, wrongs, seen, report } = state;
    let operation = match form.text("operation") {
        "" => new_operation(),
        _ if wrongs.iter().any(|(field, key)| (field.as_str(), *key) == SENT_ALREADY) => new_operation(),
        kept => kept.to_owned(),
    };
    let hidden =
        vec![("operation".to_owned(), operation), ("seen".to_owned(), seen.to_string()), next_number(form)];
    let refused = wrongs.iter().filter(|(field, _)| field.is_empty()).map(|(_, key)| *key).collect();
    let template = RulesPage {
        page: page.clone(),
        name: found.programme.name.as_str().to_owned(),
        currency: found.programme.currency.code().to_owned(),
        path: path_of::<Programmes>(found.id),
        has_rules: found.in_force.is_some(),
        hidden,
        sections: sections(page, form, wrongs, &found.gifts),
        refused,
        has_wrongs: wrongs.iter().any(|(field, _)| !field.is_empty()),
        report,
    };
    let status = if wrongs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page.show_as(status, &template)
}

/// The version that somebody has seen who sends a form.
fn seen(form: &Form) -> u32 {
    form.text("seen").parse().unwrap_or(0)
}

async fn show(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let draft = match &found.in_force {
        Some(version) => RulesDraft {
            rules: version.rules.spec().clone(),
            tier_names: version.tier_names.clone(),
            rule_names: version.rule_names.clone(),
        },
        None => example(found.programme.currency),
    };
    let form = filled(&draft, caller.language);
    let state = Shown { form: &form, wrongs: &[], seen: found.version(), report: None };
    Ok(shown(&page, &found, state))
}

async fn redraw(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let seen = seen(&form);
    let form = with_rows_changed(&form, form.text("do"));
    Ok(shown(&page, &found, Shown { form: &form, wrongs: &[], seen, report: None }))
}

async fn save(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let seen = seen(&form);
    let refused = |found: &Found, wrongs: &[Wrong], seen| {
        shown(&page, found, Shown { form: &form, wrongs, seen, report: None })
    };
    let draft = match typed(&form, found.programme.currency) {
        Ok((draft, _)) => draft,
        Err(wrongs) => return Ok(refused(&found, &wrongs, seen)),
    };
    let (programme, path) = (found.id, path_of::<Programmes>(found.id));
    let (action, then) = (format!("{path}/rules"), format!("{path}/versions"));
    let put = once(&app, &caller, &form, &action, move |work, acting| {
        if let Err(refusal) = programmes::put_rules(work, acting, programme, seen, &draft)? {
            return Ok(Err(wrong(refusal)));
        }
        // A gift that the rules name for the first time is kept from now on.
        let kept = kinds::add_those_of(work, acting, programme, &draft)?;
        Ok(kept.map(|()| then.clone()).map_err(|_| ("", "gift-too-many-kinds")))
    });
    let wrong = match put.await? {
        Ok(response) => return Ok(response),
        Err(wrong) => wrong,
    };
    // Who was told of another version has seen it: what he sends next goes over that one.
    let now = self::found(&app, &caller, &id).await?;
    let seen = if wrong == PUT_MEANWHILE { now.version() } else { seen };
    Ok(refused(&now, &[(wrong.0.to_owned(), wrong.1)], seen))
}

const PUT_MEANWHILE: form::Wrong = ("", "programme-put-meanwhile");

/// What the store refuses of rules that fit together.
const fn wrong(refusal: RulesNotPut) -> form::Wrong {
    match refusal {
        RulesNotPut::NoProgramme | RulesNotPut::OtherCurrency => ("", "set-up-gone"),
        RulesNotPut::Rules(_) | RulesNotPut::Names(_) => ("", "programme-do-not-fit"),
        RulesNotPut::AsInForce { .. } => ("", "programme-as-in-force"),
        RulesNotPut::PutMeanwhile { .. } => PUT_MEANWHILE,
        RulesNotPut::TooLong => ("", "programme-too-long"),
    }
}

async fn what_if(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let found = found(&app, &caller, &id).await?;
    let seen = seen(&form);
    let (wrongs, report) = match typed(&form, found.programme.currency) {
        Err(wrongs) => (wrongs, None),
        Ok((_, after)) => match &found.in_force {
            None => (vec![(String::new(), "programme-nothing-in-force")], None),
            Some(before) => {
                let report = replayed(&app, &page, &found, (&before.rules, &after)).await?;
                (Vec::new(), Some(report))
            }
        },
    };
    Ok(shown(&page, &found, Shown { form: &form, wrongs: &wrongs, seen, report }))
}
