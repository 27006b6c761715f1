//! The enrolled faces of one purpose, in memory, and whom each branch may search among them.
//!
//! A member is in the group of a branch when he belongs to it, or to none, and the law of the branch and his consent permit
//! it. The groups make N small; that each answer is permitted at this very moment is asked of the book once more.
//!
//! What is enrolled, withdrawn, blocked or erased anywhere is in the trace, and [`FaceGallery::round`] follows it (case B-16).
//! When a removal returns, the template is gone from memory. The centre is taken at the load and stays: templates of two
//! centres are never compared.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bonafide_domain::access_method::{AccessMethods, Method, Place};
use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::consent::{Jurisdiction, Keeping, Modality, Purpose};
use bonafide_domain::identify::{Candidate, Scores, Searched};
use bonafide_faces::centre::{Centre, CentrePrior};
use bonafide_faces::engine::SHIPPED_MODEL;
use bonafide_faces::template::{ModelId, Template};
use bonafide_gallery::{Change, Filter, Gallery, GroupId, Hit, Query, SearchOptions};
use bonafide_store::audit::order::size;
use bonafide_store::consents::{Question, may_match};
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::following::changes;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::store::Store;
use bonafide_store::templates::{self, Entry, Model};

use crate::failure::Failure;
use crate::{shipped, template_bytes};

/// Members that are put into the gallery at once.
const BATCH_MEMBERS: usize = 4_096;

/// The faces.
pub struct FaceGallery {
    purpose: Purpose,
    model: Model,
    model_id: ModelId,
    prior: CentrePrior,
    /// Exchanged as a whole when a law has changed.
    state: RwLock<State>,
    /// The next entry of the trace; held while the changes of a round are made.
    next: Mutex<u64>,
}

/// What was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Members whose face is in memory.
    pub members: u32,
    /// Templates that did not open: they were moved or changed, and `store check` names them.
    pub damaged: u32,
}

/// What a round brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Followed {
    /// Entries of the trace that were read.
    pub entries: u64,
    /// Members whose face was looked at anew.
    pub members: usize,
    /// Everything was loaded anew.
    pub reloaded: bool,
}

struct State {
    gallery: Gallery,
    centre: Centre,
    laws: Arc<[Law]>,
    held: HashMap<Id, Held>,
    loaded: Loaded,
}

/// A branch with its law.
struct Law {
    branch: Id,
    group: GroupId,
    jurisdiction: Jurisdiction,
    calendar: Calendar,
}

/// What the gallery has of a member.
struct Held {
    number: u32,
    groups: Vec<GroupId>,
}

/// One member with the mean of his templates.
struct Enrolled {
    member: Id,
    number: u32,
    home_branch: Option<Id>,
    mean: Template,
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("gallery", error.to_string())
}

impl FaceGallery {
    /// Loads all faces of a purpose and begins to follow the trace from there.
    ///
    /// # Errors
    /// The keys of faults when the book cannot be read.
    pub fn load(store: &Store, purpose: Purpose, now_us: i64) -> Result<FaceGallery, Failure> {
        let words = "the recogniser's name is too long for the book";
        let (Some(model), Some(model_id)) = (Model::parse(SHIPPED_MODEL), ModelId::parse(SHIPPED_MODEL))
        else {
            return Err(Failure::new("other_model", words));
        };
        let prior = shipped::centre_prior()?;
        // The place first: what is changed while the faces are read is looked at once more, and nothing is missed.
        let next = store.read(size)?;
        let about = (purpose, &model, &model_id);
        let state = State::load(store, about, &prior, now_us)?;
        Ok(FaceGallery { purpose, model, model_id, prior, state: RwLock::new(state), next: Mutex::new(next) })
    }

    /// What was loaded, at the start or when a law had changed last.
    #[must_use]
    pub fn loaded(&self) -> Loaded {
        self.reading().loaded
    }

    /// Members whose face is in memory now.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.reading().gallery.members()
    }

    /// What the faces are for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whether a member's face is in memory.
    #[must_use]
    pub fn contains(&self, member: Id) -> bool {
        self.reading().held.contains_key(&member)
    }

    /// Follows what happened since: to be called at least twice a second, so that a withdrawal is followed within two.
    ///
    /// # Errors
    /// The keys of faults; the next round reads the same entries again.
    pub fn round(&self, store: &Store, now_us: i64) -> Result<Followed, Failure> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = changes(store, *next)?;
        if changes.laws {
            let about = (self.purpose, &self.model, &self.model_id);
            let anew = State::load(store, about, &self.prior, now_us)?;
            *self.state.write().unwrap_or_else(PoisonError::into_inner) = anew;
        } else if !changes.members.is_empty() {
            self.read_anew(store, &changes.members, now_us)?;
        }
        *next += changes.entries;
        let (entries, members) = (changes.entries, changes.members.len());
        Ok(Followed { entries, members, reloaded: changes.laws })
    }

    /// Reads these members anew at once, without waiting for the trace: for whoever has just changed them.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn follow(&self, store: &Store, members: &HashSet<Id>, now_us: i64) -> Result<(), Failure> {
        // One at a time: what was read of the book first must not be put in last.
        let _following = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.read_anew(store, members, now_us)
    }

    /// The book is read before the faces are locked: nobody at a door waits for that. The caller holds `next`.
    fn read_anew(&self, store: &Store, members: &HashSet<Id>, now_us: i64) -> Result<(), Failure> {
        let (vault, laws) = (store.vault(), Arc::clone(&self.reading().laws));
        let mut found = Vec::with_capacity(members.len());
        for &member in members {
            let one = store.read(|tx| {
                let all = templates::counting(tx, vault, &self.model, self.purpose, now_us, member)?;
                let Some(enrolled) = enrolled(&self.model_id, &all) else { return Ok(None) };
                let groups = groups_of(&laws, tx, vault, self.purpose, &enrolled, now_us)?;
                Ok((!groups.is_empty()).then_some((enrolled, groups)))
            })?;
            found.push((member, one));
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let mut changes = Vec::with_capacity(found.len());
        for (member, one) in &found {
            match one {
                Some((enrolled, groups)) => changes.push(state.change(enrolled, groups)?),
                None => changes.extend(state.held.get(member).map(|held| Change::remove(held.number))),
            }
        }
        state.gallery.apply(&changes).map_err(|error| failed(&error))?;
        for (member, one) in found {
            match one {
                Some((enrolled, groups)) => {
                    state.held.insert(member, Held { number: enrolled.number, groups });
                }
                None => drop(state.held.remove(&member)),
            }
        }
        Ok(())
    }

    /// How near a member's own face is; `None` when he has none here.
    ///
    /// # Errors
    /// When the template is of another model.
    pub(crate) fn score(&self, member: Id, template: &Template) -> Result<Option<f32>, Failure> {
        let state = self.reading();
        let Some(held) = state.held.get(&member) else { return Ok(None) };
        let query = state.query(template)?;
        state.gallery.score(held.number, &query).map_err(|error| failed(&error))
    }

    /// The best and the second of those whom a branch may search, after `admit` has taken their number: what it refuses is
    /// not searched.
    ///
    /// # Errors
    /// When the template is of another model; the inner error is what `admit` answered.
    pub(crate) fn among<T, E>(
        &self,
        branch: Id,
        template: &Template,
        admit: impl FnOnce(Searched) -> Result<T, E>,
    ) -> Result<Result<(T, Scores), E>, Failure> {
        // One lock for both: those who are counted are those who are searched.
        let state = self.reading();
        let groups: Vec<GroupId> =
            state.laws.iter().filter(|law| law.branch == branch).map(|law| law.group).collect();
        let is_among = |held: &&Held| held.groups.iter().any(|group| groups.contains(group));
        let members = u32::try_from(state.held.values().filter(is_among).count()).unwrap_or(u32::MAX);
        let admitted = match admit(Searched { members }) {
            Ok(admitted) => admitted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let query = state.query(template)?;
        let found = state
            .gallery
            .search(&query, &Filter::AnyOf(groups), SearchOptions::default())
            .map_err(|error| failed(&error))?;
        let candidate = |hit: Hit| Candidate { member: hit.member, score: hit.score };
        let scores = Scores { best: found.best.map(candidate), second: found.second.map(candidate) };
        Ok(Ok((admitted, scores)))
    }

    /// How many others of a branch a picture is like, and among how many. Each is compared: this is for enrolling, not for doors.
    ///
    /// # Errors
    /// When the template is of another model.
    pub(crate) fn like(
        &self,
        branch: Id,
        besides: Id,
        template: &Template,
        is_like: impl Fn(f32) -> bool,
    ) -> Result<(u32, u32), Failure> {
        let state = self.reading();
        let groups: Vec<GroupId> =
            state.laws.iter().filter(|law| law.branch == branch).map(|law| law.group).collect();
        let query = state.query(template)?;
        let (mut like, mut of) = (0, 0);
        for (member, held) in &state.held {
            if *member == besides || !held.groups.iter().any(|group| groups.contains(group)) {
                continue;
            }
            let score = state.gallery.score(held.number, &query).map_err(|error| failed(&error))?;
            of += 1;
            like += u32::from(score.is_some_and(&is_like));
        }
        Ok((like, of))
    }

    fn reading(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mean of a member's templates; `None` when none opens.
fn enrolled(model: &ModelId, all: &[Entry]) -> Option<Enrolled> {
    let first = all.first()?;
    let templates: Vec<Template> = all
        .iter()
        .filter_map(|entry| entry.template.as_ref().ok())
        .filter_map(|bytes| template_bytes::from_bytes(model, bytes))
        .collect();
    let mean = Template::mean(&templates).ok()?;
    Some(Enrolled { member: first.member, number: first.number, home_branch: first.home_branch, mean })
}

impl State {
    fn load(
        store: &Store,
        (purpose, model, model_id): (Purpose, &Model, &ModelId),
        prior: &CentrePrior,
        now_us: i64,
    ) -> Result<State, Failure> {
        let vault = store.vault();
        let laws: Arc<[Law]> = laws(&store.read(|tx| branch::list(tx, false))?).into();
        let (all, damaged) = read_all(store, vault, (purpose, model, model_id), now_us)?;
        let means: Vec<Template> = all.iter().map(|enrolled| enrolled.mean.clone()).collect();
        let centre = Centre::of_gallery(prior, &means)?;
        drop(means);
        let gallery = Gallery::new(prior.vector().len()).map_err(|error| failed(&error))?;
        let loaded = Loaded { members: 0, damaged };
        let mut state = State { gallery, centre, laws, held: HashMap::new(), loaded };
        for batch in all.chunks(BATCH_MEMBERS) {
            let groups = store.read(|tx| {
                let groups = |one: &Enrolled| groups_of(&state.laws, tx, vault, purpose, one, now_us);
                batch.iter().map(groups).collect::<Result<Vec<_>, Fault>>()
            })?;
            let found = || batch.iter().zip(&groups).filter(|(_, groups)| !groups.is_empty());
            let changes: Vec<Change> =
                found().map(|(one, groups)| state.change(one, groups)).collect::<Result<_, _>>()?;
            state.gallery.apply(&changes).map_err(|error| failed(&error))?;
            let held = found()
                .map(|(one, groups)| (one.member, Held { number: one.number, groups: groups.clone() }));
            state.held.extend(held);
        }
        state.loaded.members = state.gallery.members();
        Ok(state)
    }

    fn change(&self, one: &Enrolled, groups: &[GroupId]) -> Result<Change, Failure> {
        let centred = self.centre.apply(&one.mean)?;
        Change::upsert(one.number, &[centred.expose()], groups).map_err(|error| failed(&error))
    }

    fn query(&self, template: &Template) -> Result<Query, Failure> {
        Query::new(self.centre.apply(template)?.expose()).map_err(|error| failed(&error))
    }
}

/// The groups in which a member may be found: of his own branch, or of every one when he has none, as far as each law and
/// his consent permit.
fn groups_of(
    laws: &[Law],
    tx: &mut Tx<'_>,
    vault: &Vault,
    purpose: Purpose,
    one: &Enrolled,
    now_us: i64,
) -> Result<Vec<GroupId>, Fault> {
    let (Some(methods), Ok(now)) = (anywhere(purpose), UtcMicros::parse(now_us)) else {
        return Ok(Vec::new());
    };
    let (mut groups, mut known) = (Vec::new(), Vec::<(Jurisdiction, bool)>::new());
    for law in laws {
        if one.home_branch.is_some_and(|home| home != law.branch) {
            continue;
        }
        // One law gives one answer, but for a day at its ends; the door asks again by its own calendar.
        let before = known.iter().find(|(jurisdiction, _)| *jurisdiction == law.jurisdiction);
        let may = match before {
            Some((_, may)) => *may,
            None => {
                let question = Question {
                    jurisdiction: law.jurisdiction,
                    member: one.member,
                    modality: Modality::Face,
                    purpose,
                    now_us,
                    today: law.calendar.date_of(now),
                };
                let may = may_match(tx, vault, &question, Keeping::Here, &methods)?.is_ok();
                known.push((law.jurisdiction, may));
                may
            }
        };
        if may && groups.len() < bonafide_gallery::GROUPS_PER_MEMBER_MAX {
            groups.push(law.group);
        }
    }
    Ok(groups)
}

/// Numbers for the branches: each has a group of its own.
fn laws(branches: &[Kept<Branch>]) -> Vec<Law> {
    let law = |(group, kept): (u16, &Kept<Branch>)| Law {
        branch: kept.id,
        group: GroupId(group),
        jurisdiction: kept.content.jurisdiction,
        calendar: kept.content.time_zone.calendar(),
    };
    (0..).zip(branches).take(bonafide_gallery::GROUPS_MAX).map(law).collect()
}

/// A place that takes a face for a purpose, as every place of that purpose does: with another method beside it.
fn anywhere(purpose: Purpose) -> Option<AccessMethods> {
    let place = match purpose {
        Purpose::Entry => Place::MemberDoor,
        Purpose::TillRecognition => Place::TillEarning,
        Purpose::StaffViewing | Purpose::Marketing => return None,
    };
    AccessMethods::new(place, &[Method::CardNumber, Method::Face]).ok()
}

/// The mean of each member, and how many templates did not open.
fn read_all(
    store: &Store,
    vault: &Vault,
    (purpose, model, model_id): (Purpose, &Model, &ModelId),
    now_us: i64,
) -> Result<(Vec<Enrolled>, u32), Failure> {
    let (mut all, mut damaged, mut waiting) = (Vec::new(), 0, Vec::<Entry>::new());
    // Member by member in the order of their numbers: only one member's templates wait at a time.
    store.read(|tx| {
        templates::for_each(tx, vault, model, purpose, now_us, |entry| {
            damaged += u32::from(entry.template.is_err());
            if waiting.first().is_some_and(|other| other.member != entry.member) {
                all.extend(enrolled(model_id, &waiting));
                waiting.clear();
            }
            waiting.push(entry);
            Ok(())
        })
    })?;
    all.extend(enrolled(model_id, &waiting));
    Ok((all, damaged))
}
