//! Extra services that plans include in counted amounts: a minute of solarium, a towel, a lesson with a trainer.

use std::collections::HashMap;

use bonafide_domain::plain_text::Title;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::plans;
use bonafide_store::plans::extra::{self, ExtraRefusal};
use bonafide_store::store::Work;

use crate::pages::Light;
use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled, for_all_branches};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

fn wrong(refusal: ExtraRefusal) -> Wrong {
    match refusal {
        ExtraRefusal::NotFound => ("", "set-up-gone"),
        ExtraRefusal::NameTaken => ("name", "extra-name-taken"),
    }
}

/// Extra services.
pub(super) struct Extras;

impl Thing for Extras {
    const PATHS: Paths = Paths {
        all: "/set-up/extras",
        new: "/set-up/extras/new",
        one: "/set-up/extras/{id}",
        // What a plan includes is sold: it is called otherwise, and never taken away.
        closures: None,
    };
    const NAMES: Names =
        Names { all: "set-up-extras", add: "extra-add", one: "extra-one", empty: "extras-empty" };
    const FOR_ALL: bool = true;

    type Typed = Title;

    fn rows(tx: &mut Tx<'_>, page: &Page, _: &Caller) -> Result<Vec<Row>, Fault> {
        let mut included: HashMap<Id, Vec<String>> = HashMap::new();
        for kept in plans::list(tx, false)? {
            let Some(current) = plans::current(tx, kept.id)? else { continue };
            for one in &current.terms.spec().extras {
                let count = page.whole(i64::from(one.count));
                let words = format!("{}: {count}", kept.plan.name.as_str());
                included.entry(Id::from_bytes(one.extra.0)).or_default().push(words);
            }
        }
        let row = |(id, name): (Id, Title)| {
            let plans = included.remove(&id).unwrap_or_default();
            let (light, state) = if plans.is_empty() {
                (Light::Ask, "extra-in-no-plan")
            } else {
                (Light::Good, "extra-in-plans")
            };
            let lines = if plans.is_empty() { Vec::new() } else { vec![plans.join(" · ")] };
            let links = vec![(path_of::<Extras>(id), "set-up-change")];
            Row { name: name.as_str().to_owned(), light, state, lines, links, acts: Vec::new() }
        };
        Ok(extra::list(tx)?.into_iter().map(row).collect())
    }

    fn fields(_: &Page, filling: &Filling<'_>, _: &Places) -> Vec<Field> {
        vec![filling.text("name", "set-up-name").with_hint("extra-name-hint")]
    }

    fn typed(form: &Form, _: &Caller) -> Result<Title, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        name.ok_or_else(|| wrongs.all())
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        if for_all_branches(caller).is_err() {
            return Ok(None);
        }
        let found = extra::list(tx)?.into_iter().find(|(known, _)| *known == id);
        Ok(found.map(|(_, name)| filled(&[("name", name.as_str().to_owned())])))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, name: &Title) -> Told {
        Ok(extra::add(work, by.acting, name)?.map(drop).map_err(wrong))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, name: &Title) -> Told {
        Ok(extra::rename(work, by.acting, id, name)?.map(drop).map_err(wrong))
    }
}
