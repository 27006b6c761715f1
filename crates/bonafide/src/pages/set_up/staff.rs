//! Who works here: accounts with one role each. The owner adds them, gives a new password, closes and reopens them; whoever is closed, or
//! has a new password, is signed out everywhere. There is always an owner left.

use axum::extract::{Path, State};
use axum::response::Response;
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch;
use bonafide_store::purchases::own_member;
use bonafide_store::staff::{self, Employee, EmployeeRefusal, KeptEmployee, Role, SignInName, role_word};
use bonafide_store::store::Work;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::pages::Light;
use crate::pages::set_up::form::{self, Field, Filling, Ways, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled, id_of, once};
use crate::server::app::Shared;
use crate::server::caller::Caller;
use crate::server::form::{Form, Posted};
use crate::server::page::Page;
use crate::server::passwords;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/set-up/staff/{id}/passwords", Access::OWNER, ask_password),
        Route::post("/set-up/staff/{id}/passwords", Access::OWNER, set_password),
    ]
}

pub(super) const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Owner => "role-owner",
        Role::Manager => "role-manager",
        Role::Receptionist => "role-receptionist",
        Role::Cashier => "role-cashier",
    }
}

fn wrong(refusal: EmployeeRefusal) -> Wrong {
    match refusal {
        EmployeeRefusal::NotFound => ("", "set-up-gone"),
        EmployeeRefusal::NoBranch => ("branch", "set-up-choose"),
        EmployeeRefusal::NameTaken => ("sign_in", "staff-name-taken"),
        EmployeeRefusal::LastOwner => ("role", "staff-last-owner"),
    }
}

/// What is typed of an employee.
pub(super) struct Typed {
    employee: Employee,
    /// The password of a new one.
    password: Zeroizing<String>,
    /// Its hash, once that is worked out.
    hash: Option<String>,
}

/// Those who work here.
pub(super) struct Staff;

impl Thing for Staff {
    const PATHS: Paths = Paths {
        all: "/set-up/staff",
        new: "/set-up/staff/new",
        one: "/set-up/staff/{id}",
        closures: Some("/set-up/staff/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "set-up-staff", add: "staff-add", one: "staff-one", empty: "staff-empty" };
    const ACCESS: Access = Access::OWNER;

    type Typed = Typed;

    fn rows(tx: &mut Tx<'_>, page: &Page, _: &Caller) -> Result<Vec<Row>, Fault> {
        let branches = branch::list(tx, true)?;
        let place = |id: Option<Id>| match branches.iter().find(|kept| Some(kept.id) == id) {
            Some(kept) => kept.content.name.as_str().to_owned(),
            None => page.say("staff-everywhere"),
        };
        let mut rows = Vec::new();
        for kept in staff::list(tx, true)? {
            let is_member = own_member(tx, kept.id)?.is_some();
            rows.push(row(page, &kept, &place(kept.content.branch), is_member));
        }
        Ok(rows)
    }

    fn blank(page: &Page) -> Form {
        let role = role_word(Role::Receptionist).to_owned();
        filled(&[("role", role), ("language", page.language().to_owned())])
    }

    fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        let roles = Role::ALL.map(|role| (role_word(role).to_owned(), page.say(role_key(role))));
        let mut branches = vec![(String::new(), page.say("staff-everywhere"))];
        branches.extend(places.branch_choices());
        let languages = page.languages().map(|(code, name)| (code.to_owned(), name.to_owned()));
        let mut fields = vec![
            filling.text("name", "staff-name-of").with_hint("staff-name-hint"),
            filling.text("sign_in", "sign-in-name").with_hint("staff-sign-in-hint"),
        ];
        if filling.is_new {
            fields.push(filling.password("password", "password").with_hint("staff-password-hint"));
        }
        fields.extend([
            filling.select("role", "staff-role", roles.to_vec()).with_hint("staff-role-hint"),
            filling.select("branch", "desk-branch", branches).with_hint("staff-branch-hint"),
            filling.select("language", "language", languages.to_vec()),
        ]);
        fields
    }

    fn typed(form: &Form, _: &Caller) -> Result<Typed, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let name = wrongs.check("name", "staff-bad-name", Title::parse(form.text("name")));
        let sign_in = wrongs.check("sign_in", "staff-bad-sign-in", SignInName::parse(form.text("sign_in")));
        let role = wrongs.check("role", "set-up-choose", Role::of_word(form.text("role")).ok_or(()));
        let place = form.text("branch");
        let branch = if place.is_empty() { Ok(None) } else { Id::parse(place).map(Some).ok_or(()) };
        let branch = wrongs.check("branch", "set-up-choose", branch);
        // The owner sets up what concerns all branches.
        let fits = !matches!((role, branch), (Some(Role::Owner), Some(Some(_))));
        let fits = wrongs.check("branch", "staff-owner-everywhere", if fits { Ok(()) } else { Err(()) });
        let language = bonafide_domain::profile::Language::of_code(form.text("language")).ok_or(());
        let language = wrongs.check("language", "set-up-choose", language);
        match (name, sign_in, role, branch, language, fits) {
            (Some(name), Some(sign_in), Some(role), Some(branch), Some(language), Some(())) => {
                let language = language.code().to_owned();
                let password = Zeroizing::new(form.raw("password").to_owned());
                let employee = Employee { sign_in, name, role, branch, language };
                Ok(Typed { employee, password, hash: None })
            }
            _ => Err(wrongs.all()),
        }
    }

    fn prepared(typed: Typed) -> Result<Typed, Failure> {
        let hash = passwords::is_acceptable(&typed.password).then(|| passwords::hash(&typed.password));
        Ok(Typed { hash: hash.transpose()?, ..typed })
    }

    fn kept(tx: &mut Tx<'_>, _: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        Ok(staff::get(tx, id)?.map(|kept| {
            let employee = kept.content;
            filled(&[
                ("name", employee.name.as_str().to_owned()),
                ("sign_in", employee.sign_in.as_str().to_owned()),
                ("role", role_word(employee.role).to_owned()),
                ("branch", employee.branch.map_or_else(String::new, |id| id.to_string())),
                ("language", employee.language),
            ])
        }))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Typed) -> Told {
        let Some(hash) = &typed.hash else { return Ok(Err(("password", "staff-bad-password"))) };
        Ok(staff::add(work, by.acting, &typed.employee, hash)?.map(drop).map_err(wrong))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Typed) -> Told {
        Ok(staff::change(work, by.acting, id, &typed.employee)?.map_err(wrong))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        let done = match closed {
            true => staff::leave(work, acting, id)?,
            false => staff::come_back(work, acting, id)?,
        };
        Ok(done.map_err(|refusal| wrong(refusal).1))
    }
}

fn row(page: &Page, kept: &KeptEmployee, place: &str, is_member: bool) -> Row {
    let (employee, path) = (&kept.content, path_of::<Staff>(kept.id));
    let languages = page.languages();
    let language = languages.iter().find(|(code, _)| *code == employee.language).map_or("", |(_, name)| name);
    let role = page.say(role_key(employee.role));
    let mut about = format!("{} · {role} · {place} · {language}", employee.sign_in.as_str());
    if is_member {
        about.push_str(&format!(" · {}", page.say("staff-is-member")));
    }
    let mut row = Row::of(&path, employee.name.as_str(), kept.left_us.is_some(), vec![about]);
    if row.light == Light::Good {
        row.links.push((format!("{path}/passwords"), "staff-new-password"));
        row.links.push((format!("{path}/member"), "staff-own-member"));
    }
    row
}

fn password_form(page: &Page, kept: &KeptEmployee, form: &Form, wrongs: &[Wrong]) -> Response {
    let name = kept.content.name.as_str();
    let title = page.say_of("staff-new-password-of", "name", name);
    let action = format!("{}/passwords", path_of::<Staff>(kept.id));
    let filling = Filling { form, wrongs, is_new: false };
    let fields = vec![filling.password("password", "new-password").with_hint("staff-new-password-hint")];
    form::show(page, &Ways { title, action: &action, back: Staff::PATHS.all }, &filling, fields)
}

pub(super) async fn working(app: &Shared, id: &str) -> Result<KeptEmployee, Trouble> {
    let id = id_of(id)?;
    let found = app.read(move |tx, _| staff::get(tx, id)).await?;
    found.filter(|kept| kept.left_us.is_none()).ok_or_else(Trouble::not_found)
}

async fn ask_password(
    State(app): State<Shared>,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    Ok(password_form(&page, &working(&app, &id).await?, &Form::default(), &[]))
}

async fn set_password(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Path(id): Path<String>,
    Posted(form): Posted,
) -> Result<Response, Trouble> {
    let kept = working(&app, &id).await?;
    let password = Zeroizing::new(form.raw("password").to_owned());
    if !passwords::is_acceptable(&password) {
        return Ok(password_form(&page, &kept, &form, &[("password", "staff-bad-password")]));
    }
    let hash = app.aside(move |_| Ok(passwords::hash(&password)?)).await?;
    let (employee, path) = (kept.id, format!("{}/passwords", path_of::<Staff>(kept.id)));
    let set = once(&app, &caller, &form, &path, move |work, acting| {
        let set = staff::set_password(work, acting, employee, &hash)?;
        Ok(set.map(|()| Staff::PATHS.all.to_owned()).map_err(|_| ("", "set-up-gone")))
    });
    Ok(set.await?.unwrap_or_else(|wrong| password_form(&page, &kept, &form, &[wrong])))
}
