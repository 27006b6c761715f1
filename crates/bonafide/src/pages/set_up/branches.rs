//! Branches: a place with its clock, its law, its money and its hours.

use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::Schedule;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::branch::{self, Branch, BranchRefusal, jurisdiction_of, jurisdiction_word};
use bonafide_store::organisation::time_zone::TimeZoneName;
use bonafide_store::store::Work;
use bonafide_store::trial::{self, Of};
use jiff::tz::TimeZoneDatabase;

use crate::commands::{hours, typed};
use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled, lines, trials};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

/// The laws, as they are kept, with the key of their words.
const LAWS: [(&str, &str); 8] = [
    ("other", "law-other"),
    ("russia", "law-russia"),
    ("european_union:13", "law-eu-13"),
    ("european_union:14", "law-eu-14"),
    ("european_union:15", "law-eu-15"),
    ("european_union:16", "law-eu-16"),
    ("illinois", "law-illinois"),
    ("china", "law-china"),
];

fn law_key(word: &str) -> &'static str {
    LAWS.iter().find(|(law, _)| *law == word).map_or("law-other", |(_, key)| key)
}

/// The hours of a branch as they are typed, but for those that never end.
fn opening(page: &Page, branch: &Branch) -> String {
    if branch.opening.windows().next().is_none() {
        return page.say("set-up-always");
    }
    hours::words_in(&branch.opening, page.words().language()).join(", ")
}

/// The hours of a form; at any time where none are given.
pub(super) fn schedule(form: &Form) -> Result<Schedule, ()> {
    let typed = lines(form.text("hours"));
    if typed.is_empty() {
        return Ok(Schedule::any_time());
    }
    hours::schedule(&typed).map_err(|_| ())
}

fn wrong(refusal: BranchRefusal) -> Wrong {
    match refusal {
        BranchRefusal::NotFound => ("", "set-up-gone"),
        BranchRefusal::PricesInOldCurrency => ("currency", "set-up-prices-in-old-currency"),
    }
}

/// Branches.
pub(super) struct Branches;

impl Thing for Branches {
    const PATHS: Paths = Paths {
        all: "/set-up/branches",
        new: "/set-up/branches/new",
        one: "/set-up/branches/{id}",
        closures: Some("/set-up/branches/{id}/closures"),
    };
    const NAMES: Names = Names {
        all: "set-up-branches",
        add: "set-up-branch-add",
        one: "set-up-branch",
        empty: "branches-empty",
    };
    const FOR_ALL: bool = true;
    const THEN: &'static str = "/set-up";

    type Typed = Branch;

    fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        for kept in Places::of(tx, caller, true)?.branches {
            let branch = &kept.content;
            let about = format!(
                "{} · {} · {} · {}",
                branch.time_zone.as_str(),
                branch.currency.code(),
                page.say(law_key(&jurisdiction_word(branch.jurisdiction))),
                opening(page, branch)
            );
            let path = path_of::<Branches>(kept.id);
            let mut row = Row::of(&path, branch.name.as_str(), kept.closed_us.is_some(), vec![about]);
            let on_trial = trial::since_us(tx, Of::Branch(kept.id))?.is_some();
            if on_trial || kept.closed_us.is_none() {
                trials::mark::<Branches>(&mut row, kept.id, on_trial);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn blank(page: &Page) -> Form {
        let (zone, currency, law) = match page.language() {
            "ru" => ("Europe/Moscow", "RUB", "russia"),
            "zh" => ("Asia/Shanghai", "CNY", "china"),
            _ => ("", "EUR", "other"),
        };
        filled(&[
            ("time_zone", zone.to_owned()),
            ("currency", currency.to_owned()),
            ("jurisdiction", law.to_owned()),
            ("language", page.language().to_owned()),
        ])
    }

    fn fields(page: &Page, filling: &Filling<'_>, _: &Places) -> Vec<Field> {
        let zones = TimeZoneDatabase::bundled();
        let zones = zones.available().map(|zone| zone.as_str().to_owned()).collect();
        let laws = LAWS.iter().map(|(word, key)| ((*word).to_owned(), page.say(key))).collect();
        let languages = page.languages().map(|(code, name)| (code.to_owned(), name.to_owned()));
        vec![
            filling.text("name", "set-up-name"),
            filling.search("time_zone", "set-up-time-zone", zones).with_hint("set-up-time-zone-hint"),
            filling.select("jurisdiction", "set-up-law", laws).with_hint("set-up-law-hint"),
            filling.text("currency", "set-up-currency").with_hint("set-up-currency-hint"),
            filling.select("language", "language", languages.to_vec()),
            filling.lines("hours", "set-up-hours").with_hint("set-up-hours-hint"),
        ]
    }

    fn typed(form: &Form, _: &Caller) -> Result<Branch, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        let zone = TimeZoneName::parse(form.text("time_zone"));
        let time_zone = wrongs.check("time_zone", "set-up-bad-time-zone", zone);
        let law = jurisdiction_of(form.text("jurisdiction")).ok_or(());
        let jurisdiction = wrongs.check("jurisdiction", "set-up-choose", law);
        let currency =
            wrongs.check("currency", "set-up-bad-currency", typed::currency(form.text("currency")));
        let language = Language::of_code(form.text("language")).ok_or(());
        let language = wrongs.check("language", "set-up-choose", language);
        let opening = wrongs.check("hours", "set-up-bad-hours", schedule(form));
        match (name, time_zone, jurisdiction, currency, language, opening) {
            (
                Some(name),
                Some(time_zone),
                Some(jurisdiction),
                Some(currency),
                Some(language),
                Some(opening),
            ) => Ok(Branch { name, time_zone, currency, jurisdiction, language, opening }),
            _ => Err(wrongs.all()),
        }
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        let kept = branch::get(tx, id)?.filter(|kept| caller.works_in(kept.id));
        Ok(kept.map(|kept| {
            let branch = kept.content;
            filled(&[
                ("name", branch.name.as_str().to_owned()),
                ("time_zone", branch.time_zone.as_str().to_owned()),
                ("currency", branch.currency.code().to_owned()),
                ("jurisdiction", jurisdiction_word(branch.jurisdiction)),
                ("language", branch.language.code().to_owned()),
                ("hours", hours::words_in(&branch.opening, caller.language).join("\n")),
            ])
        }))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, branch: &Branch) -> Told {
        branch::add(work, by.acting, branch).map(|_| Ok(()))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, branch: &Branch) -> Told {
        Ok(branch::change(work, by.acting, id, branch)?.map_err(wrong))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(branch::set_closed(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}
