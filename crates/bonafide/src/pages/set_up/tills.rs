//! Tills: where a branch takes money.

use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::till::{self, Till, TillRefusal};
use bonafide_store::store::Work;

use crate::pages::set_up::allowances;
use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

fn wrong(refusal: TillRefusal) -> Wrong {
    match refusal {
        TillRefusal::NotFound => ("", "set-up-gone"),
        TillRefusal::NoBranch => ("branch", "set-up-choose"),
    }
}

/// Tills.
pub(super) struct Tills;

impl Thing for Tills {
    const PATHS: Paths = Paths {
        all: "/set-up/tills",
        new: "/set-up/tills/new",
        one: "/set-up/tills/{id}",
        closures: Some("/set-up/tills/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "set-up-tills", add: "till-add", one: "till-one", empty: "tills-empty" };

    type Typed = Till;

    fn rows(tx: &mut Tx<'_>, _: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        for place in Places::of(tx, caller, true)?.branches {
            let about = place.content.name.as_str();
            let row = |kept: &bonafide_store::organisation::Kept<Till>| {
                let (path, name) = (path_of::<Tills>(kept.id), kept.content.name.as_str());
                let mut row = Row::of(&path, name, kept.closed_us.is_some(), vec![about.to_owned()]);
                row.links.push((allowances::LIST.to_owned(), "allowances"));
                row
            };
            rows.extend(till::list(tx, place.id, true)?.iter().map(row));
        }
        Ok(rows)
    }

    fn fields(_: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        vec![
            filling.select("branch", "desk-branch", places.branch_choices()),
            filling.text("name", "set-up-name"),
        ]
    }

    fn typed(form: &Form, caller: &Caller) -> Result<Till, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let own = form.id("branch").filter(|&branch| caller.works_in(branch)).ok_or(());
        let branch = wrongs.check("branch", "set-up-choose", own);
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        branch.zip(name).map(|(branch, name)| Till { branch, name }).ok_or_else(|| wrongs.all())
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        let kept = till::get(tx, id)?.filter(|kept| caller.works_in(kept.content.branch));
        let form = |till: Till| {
            filled(&[("branch", till.branch.to_string()), ("name", till.name.as_str().to_owned())])
        };
        Ok(kept.map(|kept| form(kept.content)))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, till: &Till) -> Told {
        Ok(till::add(work, by.acting, till)?.map(drop).map_err(wrong))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, till: &Till) -> Told {
        Ok(till::change(work, by.acting, id, till)?.map_err(wrong))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(till::set_closed(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}
