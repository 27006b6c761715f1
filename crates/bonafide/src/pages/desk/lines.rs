//! A line of the desk for each passage and for each thing that needs somebody, with names and words.

use std::collections::{HashMap, HashSet};

use bonafide_domain::calendar::Calendar;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::{Kept, access_point};
use bonafide_store::passages::Way;
use bonafide_store::passages::attention::{Item, Why};
use bonafide_store::passages::feed::{self, FeedItem};
use bonafide_store::passages::passing::End;

use crate::pages::{Light, new_operation, reasons};
use crate::server::app::App;
use crate::server::page::Page;

/// A passage on the desk.
pub(super) struct FeedLine {
    pub(super) time: String,
    pub(super) member: Option<Id>,
    pub(super) name: String,
    pub(super) initials: String,
    /// Whose photo there is.
    pub(super) photo: Option<Id>,
    pub(super) door: String,
    pub(super) light: Light,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) marks: Vec<String>,
    pub(super) shadow: bool,
}

/// Something that needs somebody.
pub(super) struct NeedLine {
    pub(super) id: Id,
    pub(super) passage: Option<Id>,
    pub(super) time: String,
    pub(super) member: Option<Id>,
    pub(super) name: String,
    pub(super) door: String,
    pub(super) why: String,
    pub(super) light: Light,
    pub(super) times: u32,
    /// For the forms that decide about it.
    pub(super) operation: String,
}

/// Names of a branch, each looked up once for a page.
pub(super) struct Naming<'a> {
    app: &'a App,
    page: &'a Page,
    calendar: Calendar,
    doors: HashMap<Id, String>,
    people: HashMap<Id, Option<Named>>,
    photos: HashSet<Id>,
}

/// Short name and initials.
pub(super) type Named = (String, String);

impl<'a> Naming<'a> {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        app: &'a App,
        page: &'a Page,
        branch: &Kept<Branch>,
    ) -> Result<Naming<'a>, Fault> {
        let doors = access_point::list(tx, branch.id, true)?;
        let doors = doors.into_iter().map(|door| (door.id, door.content.name.as_str().to_owned()));
        let calendar = branch.content.time_zone.calendar();
        Ok(Naming {
            app,
            page,
            calendar,
            doors: doors.collect(),
            people: HashMap::new(),
            photos: HashSet::new(),
        })
    }

    /// Finds out who of these people has a photo, at once for all lines.
    pub(super) fn find_photos(
        &mut self,
        tx: &mut Tx<'_>,
        people: impl Iterator<Item = Id>,
    ) -> Result<(), Fault> {
        let mut people: Vec<Id> = people.collect();
        people.sort_unstable();
        people.dedup();
        self.photos.extend(members::photo::who_have(tx, &people)?);
        Ok(())
    }

    /// Whether there is a photo of him, once [`Naming::find_photos`] has asked.
    pub(super) fn has_photo(&self, id: Id) -> bool {
        self.photos.contains(&id)
    }

    /// A moment of the branch as hour and minute.
    pub(super) fn time(&self, at_us: i64) -> String {
        self.page.time(at_us, &self.calendar)
    }

    pub(super) fn door(&self, id: Id) -> String {
        self.doors.get(&id).cloned().unwrap_or_default()
    }

    /// Nothing when nobody was recognised, or there is no such member any more.
    pub(super) fn person(&mut self, tx: &mut Tx<'_>, id: Option<Id>) -> Result<Option<Named>, Fault> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.people.get(&id) {
            return Ok(known.clone());
        }
        let member = members::get(tx, self.app.store.vault(), id)?;
        let named = member.map(|member| {
            let name = &member.profile.name;
            let parts = [Some(name.given()), name.family()];
            let initials = parts.into_iter().flatten().filter_map(|part| part.chars().next());
            (name.short(), initials.collect::<String>())
        });
        self.people.insert(id, named.clone());
        Ok(named)
    }

    pub(super) fn feed_line(&mut self, tx: &mut Tx<'_>, item: &FeedItem) -> Result<FeedLine, Fault> {
        let person = self.person(tx, item.member)?;
        let words = self.page.words();
        let (light, key) = state(item);
        let reason = item.refusal.as_ref().map(|why| reasons::for_staff(words, why, &self.calendar));
        let nobody = if item.by_hand.is_some() { "desk-somebody" } else { "desk-unknown" };
        let (name, initials) = person.unwrap_or_else(|| (words.say(nobody), "?".to_owned()));
        let mut marks: Vec<String> = item.marks.iter().map(|mark| reasons::mark(words, mark)).collect();
        marks.extend(item.tailgate.then(|| words.say("mark-tailgate")));
        Ok(FeedLine {
            time: words.numbers.time(item.at_us, &self.calendar),
            member: item.member,
            name,
            initials,
            photo: item.member.filter(|&member| self.has_photo(member)),
            door: self.door(item.access_point),
            light,
            state: words.say(key),
            reason,
            marks,
            shadow: item.shadow,
        })
    }

    pub(super) fn need_line(&mut self, tx: &mut Tx<'_>, item: &Item) -> Result<NeedLine, Fault> {
        let person = self.person(tx, item.member)?;
        let told = match item.passage {
            Some(passage) => feed::item_of(tx, passage)?,
            None => None,
        };
        let words = self.page.words();
        let refusal = told.as_ref().and_then(|told| told.refusal.as_ref());
        let why = match refusal {
            Some(refusal) => reasons::for_staff(words, refusal, &self.calendar),
            None => words.say(why_key(item.why)),
        };
        let marks = item.marks.iter().map(|mark| reasons::mark(words, mark));
        let why = std::iter::once(why).chain(marks).collect::<Vec<_>>().join(" · ");
        let light = if matches!(item.why, Why::Refused | Why::LostCard) { Light::Bad } else { Light::Ask };
        Ok(NeedLine {
            id: item.id,
            passage: item.passage.filter(|_| refusal.is_some()),
            time: words.numbers.time(item.at_us, &self.calendar),
            member: item.member,
            name: person.map_or_else(|| words.say("desk-unknown"), |(name, _)| name),
            door: self.door(item.access_point),
            why,
            light,
            times: item.times,
            operation: new_operation(),
        })
    }
}

const fn why_key(why: Why) -> &'static str {
    match why {
        Why::Refused => "need-refused",
        Why::LostCard => "need-lost-card",
        Why::SecondFactor => "need-second-factor",
        Why::Mark => "need-look",
        Why::Tailgate => "mark-tailgate",
        Why::Unattributed => "need-unattributed",
    }
}

/// The light and the key of the word of a passage.
fn state(item: &FeedItem) -> (Light, &'static str) {
    match (item.outcome.as_str(), item.way, item.end) {
        ("admitted", _, Some(End::Lapsed)) => (Light::Ask, "state-not-passed"),
        ("admitted", Way::Exit, _) => (Light::Good, "state-left"),
        ("admitted", Way::Entry, _) if item.by_hand.is_some() => (Light::Good, "state-by-hand"),
        ("admitted", Way::Entry, _) => (Light::Good, "state-admitted"),
        ("second_factor", ..) => (Light::Ask, "state-second-factor"),
        _ => (Light::Bad, "state-refused"),
    }
}
