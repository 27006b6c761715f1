//! Access points: doors, turnstiles, gates, each with what may be shown there. A way without biometrics is always among them.

use bonafide_domain::access_method::{AccessMethods, Method, MethodsRefusal};
use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::access_point::{
    self, AccessPoint, AccessPointRefusal, Direction, WhenUnwritable, direction, method, when_unwritable,
};
use bonafide_store::organisation::zone;
use bonafide_store::store::Work;
use bonafide_store::trial::{self, Of};

use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, trials};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

/// All ways to show who one is, those without biometrics first.
pub(super) const METHODS: [Method; 9] = [
    Method::CardNumber,
    Method::DeviceKey,
    Method::PhoneCode,
    Method::CardProof,
    Method::ClubNumber,
    Method::Pin,
    Method::Face,
    Method::FingerprintOrPalm,
    Method::Voice,
];

const DIRECTIONS: [Direction; 3] = [Direction::Both, Direction::Entry, Direction::Exit];

const UNWRITABLE: [WhenUnwritable; 2] = [WhenUnwritable::Deny, WhenUnwritable::KeepAdmitting];

pub(super) fn method_key(method: Method) -> &'static str {
    match method {
        Method::ClubNumber => "way-club-number",
        Method::CardNumber => "way-card-number",
        Method::CardProof => "way-card-proof",
        Method::DeviceKey => "way-device-key",
        Method::PhoneCode => "way-phone-code",
        Method::Face => "way-face",
        Method::Voice => "way-voice",
        Method::FingerprintOrPalm => "way-finger",
        Method::Pin => "way-pin",
    }
}

fn direction_key(direction: Direction) -> &'static str {
    match direction {
        Direction::Entry => "set-up-entry",
        Direction::Exit => "set-up-exit",
        Direction::Both => "set-up-both",
    }
}

fn unwritable_key(when: WhenUnwritable) -> &'static str {
    match when {
        WhenUnwritable::KeepAdmitting => "set-up-keep-admitting",
        WhenUnwritable::Deny => "set-up-deny",
    }
}

/// What is typed of a door; its ways are checked against its zone when both are known.
pub(super) struct Typed {
    zone: Id,
    name: Title,
    direction: Direction,
    methods: Vec<Method>,
    when_unwritable: WhenUnwritable,
}

impl Typed {
    fn point(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Result<AccessPoint, Wrong>, Fault> {
        let zone = zone::get(tx, self.zone)?.filter(|zone| caller.works_in(zone.content.branch));
        let Some(zone) = zone else { return Ok(Err(("zone", "set-up-choose"))) };
        let methods = match AccessMethods::new(zone.content.kind.place(), &self.methods) {
            Ok(methods) => methods,
            Err(refusal) => return Ok(Err(("method", methods_key(refusal)))),
        };
        Ok(Ok(AccessPoint {
            zone: self.zone,
            name: self.name.clone(),
            direction: self.direction,
            methods,
            when_unwritable: self.when_unwritable,
        }))
    }
}

fn methods_key(refusal: MethodsRefusal) -> &'static str {
    match refusal {
        MethodsRefusal::Empty => "set-up-methods-empty",
        MethodsRefusal::NotAdmissible { .. } => "set-up-methods-not-here",
        MethodsRefusal::BiometricsOnly => "set-up-methods-biometrics-only",
        MethodsRefusal::NeverEnough => "set-up-methods-never-enough",
    }
}

fn wrong(refusal: AccessPointRefusal) -> Wrong {
    match refusal {
        AccessPointRefusal::NotFound => ("", "set-up-gone"),
        AccessPointRefusal::NoZone => ("zone", "set-up-choose"),
        AccessPointRefusal::OtherPlace => ("method", "set-up-methods-not-here"),
        AccessPointRefusal::Demanded(_) => ("method", "set-up-methods-demanded"),
    }
}

/// A door of a branch that the caller works in.
pub(super) fn own(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Kept<AccessPoint>>, Fault> {
    let Some(kept) = access_point::get(tx, id)? else { return Ok(None) };
    let zone = zone::get(tx, kept.content.zone)?;
    Ok(zone.filter(|zone| caller.works_in(zone.content.branch)).map(|_| kept))
}

/// Access points.
pub(super) struct Doors;

impl Thing for Doors {
    const PATHS: Paths = Paths {
        all: "/set-up/doors",
        new: "/set-up/doors/new",
        one: "/set-up/doors/{id}",
        closures: Some("/set-up/doors/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "set-up-doors", add: "set-up-door-add", one: "set-up-door", empty: "doors-empty" };
    const THEN: &'static str = "/set-up";

    type Typed = Typed;

    fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let places = Places::of(tx, caller, true)?;
        let mut rows = Vec::new();
        for branch in &places.branches {
            for kept in access_point::list(tx, branch.id, true)? {
                let on_trial = trial::since_us(tx, Of::AccessPoint(kept.id))?.is_some();
                rows.push(row(page, &places, &kept, on_trial));
            }
        }
        Ok(rows)
    }

    fn blank(_: &Page) -> Form {
        let ticked = [Method::CardNumber, Method::DeviceKey];
        Form::of(ticked.map(|one| ("method".to_owned(), method(one).to_owned())).to_vec())
    }

    fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        let ways = METHODS.iter().map(|&one| (method(one).to_owned(), page.say(method_key(one)))).collect();
        let directions =
            DIRECTIONS.iter().map(|&one| (direction(one).to_owned(), page.say(direction_key(one)))).collect();
        let unwritable = UNWRITABLE
            .iter()
            .map(|&one| (when_unwritable(one).to_owned(), page.say(unwritable_key(one))))
            .collect();
        vec![
            filling.select("zone", "zone", places.zone_choices()).with_hint("set-up-door-zone-hint"),
            filling.text("name", "set-up-name"),
            filling.select("direction", "set-up-direction", directions),
            filling.boxes("method", "set-up-methods", ways).with_hint("set-up-methods-hint"),
            filling.select("when_unwritable", "set-up-when-unwritable", unwritable),
        ]
    }

    fn typed(form: &Form, _: &Caller) -> Result<Typed, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let zone = wrongs.check("zone", "set-up-choose", form.id("zone").ok_or(()));
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        let way = DIRECTIONS.into_iter().find(|&one| direction(one) == form.text("direction")).ok_or(());
        let way = wrongs.check("direction", "set-up-choose", way);
        let ticked = form.all("method");
        let methods: Vec<Method> = METHODS.into_iter().filter(|&one| ticked.contains(&method(one))).collect();
        let some = if methods.is_empty() { Err(()) } else { Ok(methods) };
        let methods = wrongs.check("method", "set-up-methods-empty", some);
        let when = UNWRITABLE
            .into_iter()
            .find(|&one| when_unwritable(one) == form.text("when_unwritable"))
            .ok_or(());
        let when = wrongs.check("when_unwritable", "set-up-choose", when);
        match (zone, name, way, methods, when) {
            (Some(zone), Some(name), Some(direction), Some(methods), Some(when_unwritable)) => {
                Ok(Typed { zone, name, direction, methods, when_unwritable })
            }
            _ => Err(wrongs.all()),
        }
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        let Some(point) = own(tx, caller, id)?.map(|kept| kept.content) else { return Ok(None) };
        let mut fields = vec![
            ("zone".to_owned(), point.zone.to_string()),
            ("name".to_owned(), point.name.as_str().to_owned()),
            ("direction".to_owned(), direction(point.direction).to_owned()),
            ("when_unwritable".to_owned(), when_unwritable(point.when_unwritable).to_owned()),
        ];
        let ticked = point.methods.methods().iter();
        fields.extend(ticked.map(|&one| ("method".to_owned(), method(one).to_owned())));
        Ok(Some(Form::of(fields)))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, typed: &Typed) -> Told {
        match typed.point(work.tx, by.caller)? {
            Ok(point) => Ok(access_point::add(work, by.acting, &point)?.map(drop).map_err(wrong)),
            Err(wrong) => Ok(Err(wrong)),
        }
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, typed: &Typed) -> Told {
        match typed.point(work.tx, by.caller)? {
            Ok(point) => Ok(access_point::change(work, by.acting, id, &point)?.map_err(wrong)),
            Err(wrong) => Ok(Err(wrong)),
        }
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(access_point::set_closed(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}

fn row(page: &Page, places: &Places, kept: &Kept<AccessPoint>, on_trial: bool) -> Row {
    let (point, path) = (&kept.content, path_of::<Doors>(kept.id));
    let zone = places.zones.iter().find(|zone| zone.id == point.zone);
    let zone = zone.map_or_else(String::new, |zone| places.zone_name(zone));
    let ways: Vec<String> = point.methods.methods().iter().map(|&way| page.say(method_key(way))).collect();
    let about = format!("{zone} · {}", page.say(direction_key(point.direction)));
    let lines = vec![about, ways.join(", ")];
    let mut row = Row::of(&path, point.name.as_str(), kept.closed_us.is_some(), lines);
    row.links.push((format!("{path}/rules"), "rules-link"));
    // A door that is out of use decides nothing, with or without a trial.
    if on_trial || kept.closed_us.is_none() {
        trials::mark::<Doors>(&mut row, kept.id, on_trial);
    }
    row
}
