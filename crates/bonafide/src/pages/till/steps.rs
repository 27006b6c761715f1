//! What a press does. Each is one word in the form, and each answers with the counter as it is then.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use bonafide_domain::plain_text::ReceiptNumber;
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, NotEnrolled, programmes};
use bonafide_store::purchases::{self, NotBought, Sale};
use bonafide_store::sends::Place;
use zeroize::Zeroizing;

use crate::clock;
use crate::flows::recognition::Presented;
use crate::flows::sending_codes::AskedAt;
use crate::pages::till::counter::Counter;
use crate::pages::till::view::{Said, show};
use crate::pages::till::{Here, Pressed, gifts, words};
use crate::server::app::{App, Shared};
use crate::server::form::Form;
use crate::server::routes::{Access, Route};
use crate::server::sending::{CodeAsked, Whom, send_code};
use crate::server::trouble::Trouble;

/// The largest form: a hundred lines and what was recognised.
const FORM_BYTES_MAX: usize = 128 * 1024;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/till/{till}", Access::STAFF, open),
        Route::post("/till/{till}", Access::STAFF, press).with_body(FORM_BYTES_MAX),
    ]
}

async fn open(State(app): State<Shared>, here: Here) -> Result<Response, Trouble> {
    show(&app, here, Counter::new()?, Said::default(), Default::default()).await
}

/// What a step led to.
enum Next {
    Stay(Said),
    /// The purchase is over; its page comes next.
    Done,
}

const fn told(key: &'static str) -> Next {
    Next::Stay(Said { refused: None, told: Some(key), code_sent: false })
}

const fn refused(key: &'static str) -> Next {
    Next::Stay(Said { refused: Some(key), told: None, code_sent: false })
}

fn quiet() -> Next {
    Next::Stay(Said::default())
}

fn of<T>(done: Result<T, &'static str>) -> Next {
    done.map_or_else(refused, |_| quiet())
}

async fn press(State(app): State<Shared>, Pressed { here, form }: Pressed) -> Result<Response, Trouble> {
    let mut counter = Counter::of(&form, app.store.vault(), &here)?;
    let word = form.text("do").to_owned();
    // A number without a code: whoever presses Enter there wants one.
    let wants_code = word == "send-code" || (word == "phone" && form.text("code").is_empty());
    let next = match word.split_once(' ').unwrap_or((&word, "")) {
        _ if wants_code => send(&app, &here, &counter, &form).await?,
        (word, of) => {
            let (word, of, at, typed) = (word.to_owned(), of.to_owned(), here.clone(), form.clone());
            let done = app.aside(move |app| {
                let next = step(app, &at, &mut counter, &typed, (&word, &of))?;
                Ok((next, counter))
            });
            let (next, after) = done.await?;
            counter = after;
            next
        }
    };
    match next {
        Next::Done => {
            Ok(Redirect::to(&format!("{}/purchases/{}", here.path(), counter.purchase)).into_response())
        }
        Next::Stay(said) => {
            let typed = (form.text("phone").to_owned(), form.text("receipt").to_owned());
            show(&app, here, counter, said, typed).await
        }
    }
}

fn step(
    app: &App,
    here: &Here,
    counter: &mut Counter,
    form: &Form,
    (word, about): (&str, &str),
) -> Result<Next, Trouble> {
    let locked = counter.held > 0;
    Ok(match word {
        "add" if !locked => of(counter.add(form, here.branch.content.currency)),
        "remove" if !locked => {
            let index = about.parse::<usize>().ok().filter(|&index| index < counter.lines.len());
            counter.lines.remove(index.ok_or_else(|| Trouble::bad_request("no such line"))?);
            quiet()
        }
        "show" if !locked => recognise(app, here, counter, form)?,
        "phone" if !locked => by_phone(app, here, counter, form)?,
        "seen" if !locked => {
            counter.looked = true;
            quiet()
        }
        "look" if !locked => {
            (counter.looked, counter.candidate) = (false, None);
            quiet()
        }
        "confirm" if !locked => confirm(app, here, counter)?,
        "forget" if !locked => {
            (counter.customer, counter.candidate, counter.looked) = (None, None, true);
            quiet()
        }
        "join" => join(app, here, counter)?,
        "take" => gifts::take(app, here, counter, about)?.map_or_else(refused, told),
        "untake" => gifts::bring_back(app, here, about)?.map_or_else(refused, told),
        "pin" => prove(app, here, counter, form, "pin")?,
        "code" => prove(app, here, counter, form, "code")?,
        "spend" if !locked => spend(app, here, counter, form)?,
        "unspend" => give_up(app, here, counter)?,
        "complete" => complete(app, here, counter, form)?,
        "add" | "remove" | "show" | "phone" | "seen" | "look" | "confirm" | "forget" | "spend" => {
            refused("till-locked")
        }
        _ => return Err(Trouble::bad_request("no such step")),
    })
}

/// By a card, a bracelet, a number or the code of a screen.
fn recognise(app: &App, here: &Here, counter: &mut Counter, form: &Form) -> Result<Next, Trouble> {
    let acting = here.caller.acting();
    let Some(thing) = Presented::of_reader(&app.store, acting.now_us, form.text("shown"))? else {
        return Ok(refused("till-not-understood"));
    };
    let known = here.at_till(app, &acting).recognise(&[thing])?;
    Ok(of(known
        .map(|known| (counter.customer, counter.candidate) = (Some(known), None))
        .map_err(words::not_known)))
}

/// By a code that was sent to the number that he tells.
fn by_phone(app: &App, here: &Here, counter: &mut Counter, form: &Form) -> Result<Next, Trouble> {
    let acting = here.caller.acting();
    let known = here.at_till(app, &acting).phone(form.text("phone"), form.text("code"))?;
    Ok(match known {
        Ok(known) => {
            (counter.customer, counter.candidate) = (Some(known), None);
            quiet()
        }
        Err(why) => Next::Stay(Said { refused: Some(words::not_proved(why)), told: None, code_sent: true }),
    })
}

/// The cashier has looked: it is he.
fn confirm(app: &App, here: &Here, counter: &mut Counter) -> Result<Next, Trouble> {
    let Some(candidate) = counter.candidate.take() else { return Ok(refused("till-recognise-again")) };
    counter.looked = true;
    let acting = here.caller.acting();
    let known = here.at_till(app, &acting).confirm(&candidate)?;
    Ok(of(known.map(|known| counter.customer = Some(known)).map_err(words::not_known)))
}

/// He joins the programme of the branch.
fn join(app: &App, here: &Here, counter: &Counter) -> Result<Next, Trouble> {
    let Some(who) = counter.customer else { return Ok(refused("till-recognise-again")) };
    let (acting, branch) = (here.caller.acting(), here.branch.id);
    let joined = app.store.write(move |work| {
        let Some(programme) = programmes::of_branch(work.tx, branch)? else {
            return Ok(Err(NotEnrolled::NoProgramme));
        };
        ledger::enrol(work, &acting, who.member, programme)
    })?;
    Ok(match joined {
        Ok(_) => told("till-joined"),
        Err(NotEnrolled::NoProgramme) => refused("till-no-programme"),
        Err(NotEnrolled::NoMember) => refused("till-nobody"),
    })
}

/// His PIN, or the code that was sent to him.
fn prove(app: &App, here: &Here, counter: &mut Counter, form: &Form, what: &str) -> Result<Next, Trouble> {
    let Some(known) = counter.customer else { return Ok(refused("till-recognise-again")) };
    let acting = here.caller.acting();
    let at_till = here.at_till(app, &acting);
    let is_pin = what == "pin";
    let proved = if is_pin {
        at_till.pin(&known, form.raw("pin"))?
    } else {
        at_till.code(&known, form.text("code"))?
    };
    Ok(match proved {
        Ok(proved) => {
            counter.customer = Some(proved);
            quiet()
        }
        Err(why) => {
            Next::Stay(Said { refused: Some(words::not_proved(why)), told: None, code_sent: !is_pin })
        }
    })
}

/// Sends a code to whoever is known, or to the number that somebody tells.
async fn send(app: &Shared, here: &Here, counter: &Counter, form: &Form) -> Result<Next, Trouble> {
    let whom = match counter.customer {
        Some(known) => Whom::Named(known.member),
        None => Whom::Phone(Zeroizing::new(form.text("phone").to_owned())),
    };
    let branch = &here.branch.content;
    let at = AskedAt {
        place: Place::Till(here.till.id),
        club: branch.name.as_str().to_owned(),
        language: branch.language,
    };
    let said = |told| Next::Stay(Said { refused: None, told: Some(told), code_sent: true });
    Ok(match send_code(app, here.caller.acting(), at, whom).await? {
        CodeAsked::Sent => said("till-code-sent"),
        CodeAsked::Coming => said("till-code-coming"),
        CodeAsked::NotSent(why) => refused(words::not_sent(why)),
    })
}

/// Points are held for what lies there; the basket does not change any more.
fn spend(app: &App, here: &Here, counter: &mut Counter, form: &Form) -> Result<Next, Trouble> {
    let Some(known) = counter.customer else { return Ok(refused("till-recognise-again")) };
    if !known.may_spend {
        return Ok(refused("till-prove-first"));
    }
    let points = form.text("points").parse::<u64>().ok().filter(|&points| points > 0);
    let Some(points) = points else { return Ok(refused("till-bad-points")) };
    let Some(buying) = counter.buying(here, points)? else { return Ok(refused("till-empty")) };
    let (acting, id) = (here.caller.acting(), counter.purchase);
    let begun = app.store.write_by_rows(move |work| purchases::begin(work, &acting, id, &buying))?;
    Ok(of(begun.map(|begun| counter.held = begun.spent_points).map_err(|why| words::not_bought(&why))))
}

/// The points are free again, and the basket may change: it becomes another purchase.
fn give_up(app: &App, here: &Here, counter: &mut Counter) -> Result<Next, Trouble> {
    let (acting, id) = (here.caller.acting(), counter.purchase);
    let given_up = app.store.write_by_rows(move |work| purchases::give_up(work, &acting, id))?;
    Ok(match given_up {
        Ok(_) => {
            (counter.held, counter.purchase) = (0, Id::new(clock::now_us())?);
            quiet()
        }
        Err(NotBought::Done) => Next::Done,
        Err(why) => refused(words::not_bought(&why)),
    })
}

/// It is paid.
fn complete(app: &App, here: &Here, counter: &Counter, form: &Form) -> Result<Next, Trouble> {
    let Some(buying) = counter.buying(here, counter.held)? else { return Ok(refused("till-empty")) };
    let receipt = Some(form.text("receipt")).filter(|text| !text.is_empty()).map(ReceiptNumber::parse);
    let Ok(receipt) = receipt.transpose() else { return Ok(refused("till-bad-receipt")) };
    let sale = Sale { buying, receipt, till_at_us: None };
    let (acting, id) = (here.caller.acting(), counter.purchase);
    let done = app.store.write_by_rows(move |work| purchases::complete(work, &acting, id, &sale))?;
    Ok(match done {
        Ok(_) => Next::Done,
        Err(why) => refused(words::not_bought(&why)),
    })
}
