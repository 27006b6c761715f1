//! Zones: parts of a branch, each with its kind and how many people fit in.

use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::zone::{self, Zone, ZoneKind, ZoneRefusal, zone_kind};
use bonafide_store::store::Work;

use crate::pages::set_up::form::{Field, Filling, Wrong, Wrongs};
use crate::pages::set_up::list::Row;
use crate::pages::set_up::thing::{By, Names, Paths, Thing, Told, path_of};
use crate::pages::set_up::{Places, filled};
use crate::server::caller::Caller;
use crate::server::form::Form;
use crate::server::page::Page;

const KINDS: [ZoneKind; 9] = [
    ZoneKind::Gym,
    ZoneKind::Pool,
    ZoneKind::Hall,
    ZoneKind::Spa,
    ZoneKind::Vip,
    ZoneKind::Other,
    ZoneKind::ChangingRoom,
    ZoneKind::Staff,
    ZoneKind::Safe,
];

fn kind_key(kind: ZoneKind) -> &'static str {
    match kind {
        ZoneKind::Gym => "zone-gym",
        ZoneKind::Pool => "zone-pool",
        ZoneKind::Hall => "zone-hall",
        ZoneKind::Spa => "zone-spa",
        ZoneKind::Vip => "zone-vip",
        ZoneKind::Other => "zone-other",
        ZoneKind::ChangingRoom => "zone-changing-room",
        ZoneKind::Staff => "zone-staff",
        ZoneKind::Safe => "zone-safe",
    }
}

fn wrong(refusal: ZoneRefusal) -> Wrong {
    match refusal {
        ZoneRefusal::NotFound => ("", "set-up-gone"),
        ZoneRefusal::NoBranch => ("branch", "set-up-choose"),
        ZoneRefusal::OtherBranch => ("branch", "set-up-zone-stays"),
        ZoneRefusal::Door { .. } => ("kind", "set-up-zone-doors"),
    }
}

/// Zones.
pub(super) struct Zones;

impl Thing for Zones {
    const PATHS: Paths = Paths {
        all: "/set-up/zones",
        new: "/set-up/zones/new",
        one: "/set-up/zones/{id}",
        closures: Some("/set-up/zones/{id}/closures"),
    };
    const NAMES: Names =
        Names { all: "set-up-zones", add: "set-up-zone-add", one: "zone", empty: "zones-empty" };
    const THEN: &'static str = "/set-up";

    type Typed = Zone;

    fn rows(tx: &mut Tx<'_>, page: &Page, caller: &Caller) -> Result<Vec<Row>, Fault> {
        let places = Places::of(tx, caller, true)?;
        let row = |kept: &bonafide_store::organisation::Kept<Zone>| {
            let zone = &kept.content;
            let room = match zone.capacity {
                Some(people) => page.say_of("set-up-capacity-is", "count", &page.whole(people.into())),
                None => page.say("set-up-capacity-unlimited"),
            };
            let (branch, kind) = (places.branch_name(zone.branch), page.say(kind_key(zone.kind)));
            let about = format!("{branch} · {kind} · {room}");
            Row::of(&path_of::<Zones>(kept.id), zone.name.as_str(), kept.closed_us.is_some(), vec![about])
        };
        Ok(places.zones.iter().map(row).collect())
    }

    fn fields(page: &Page, filling: &Filling<'_>, places: &Places) -> Vec<Field> {
        let kinds =
            KINDS.iter().map(|&kind| (zone_kind(kind).to_owned(), page.say(kind_key(kind)))).collect();
        vec![
            filling.select("branch", "desk-branch", places.branch_choices()),
            filling.text("name", "set-up-name"),
            filling.select("kind", "set-up-kind", kinds).with_hint("set-up-zone-kind-hint"),
            filling.number("capacity", "set-up-capacity").with_hint("set-up-capacity-hint"),
        ]
    }

    fn typed(form: &Form, caller: &Caller) -> Result<Zone, Vec<Wrong>> {
        let mut wrongs = Wrongs::default();
        let own = form.id("branch").filter(|&branch| caller.works_in(branch)).ok_or(());
        let branch = wrongs.check("branch", "set-up-choose", own);
        let name = wrongs.check("name", "set-up-bad-name", Title::parse(form.text("name")));
        let kind = KINDS.into_iter().find(|&kind| zone_kind(kind) == form.text("kind")).ok_or(());
        let kind = wrongs.check("kind", "set-up-choose", kind);
        let typed = form.text("capacity");
        let people = || typed.parse::<u32>().ok().filter(|people| (1..=1_000_000).contains(people)).ok_or(());
        let capacity = if typed.is_empty() { Ok(None) } else { people().map(Some) };
        let capacity = wrongs.check("capacity", "set-up-bad-capacity", capacity);
        match (branch, name, kind, capacity) {
            (Some(branch), Some(name), Some(kind), Some(capacity)) => {
                Ok(Zone { branch, name, kind, capacity })
            }
            _ => Err(wrongs.all()),
        }
    }

    fn kept(tx: &mut Tx<'_>, caller: &Caller, id: Id) -> Result<Option<Form>, Fault> {
        let kept = zone::get(tx, id)?.filter(|kept| caller.works_in(kept.content.branch));
        Ok(kept.map(|kept| {
            let zone = kept.content;
            filled(&[
                ("branch", zone.branch.to_string()),
                ("name", zone.name.as_str().to_owned()),
                ("kind", zone_kind(zone.kind).to_owned()),
                ("capacity", zone.capacity.map_or_else(String::new, |people| people.to_string())),
            ])
        }))
    }

    fn add(work: &mut Work<'_, '_>, by: &By<'_>, zone: &Zone) -> Told {
        Ok(zone::add(work, by.acting, zone)?.map(drop).map_err(wrong))
    }

    fn change(work: &mut Work<'_, '_>, by: &By<'_>, id: Id, zone: &Zone) -> Told {
        Ok(zone::change(work, by.acting, id, zone)?.map_err(wrong))
    }

    fn set_closed(
        work: &mut Work<'_, '_>,
        acting: &Acting,
        id: Id,
        closed: bool,
    ) -> Result<Result<(), &'static str>, Fault> {
        Ok(zone::set_closed(work, acting, id, closed)?.map(drop).map_err(|_| "set-up-gone"))
    }
}
