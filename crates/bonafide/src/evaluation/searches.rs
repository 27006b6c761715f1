//! Every probe looked for among the enrolled members, with the product's own search.

use bonafide_faces::template::Template;

use crate::evaluation::captures::Captured;
use crate::evaluation::figures::{MatedScore, NO_MATCH, NonmatedScores};
use crate::evaluation::plan::{PersonIndex, Plan, Role};
use crate::evaluation::same_people::SamePersonPairs;
use crate::failure::Failure;
use crate::roster::Roster;
use crate::shipped;
use crate::timing::Times;

/// A member who is searched: one template, as the product makes it.
pub struct EnrolledMember {
    /// Who.
    pub person: PersonIndex,
    /// The first of the photos that gave a template.
    pub photo: usize,
    /// The centred mean of those photos.
    pub template: Template,
}

/// Who came first in a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The member.
    pub person: PersonIndex,
    /// The member's photo, see [`EnrolledMember::photo`].
    pub photo: usize,
    /// The cosine.
    pub score: f32,
}

/// A photo that was looked for.
pub struct Probe {
    /// The photo.
    pub photo: usize,
    /// Whom it shows.
    pub person: PersonIndex,
    /// The centred template; nothing when the photo gives none.
    pub template: Option<Template>,
    /// Who came first; nothing when the photo gives no template.
    pub best: Option<Found>,
}

/// The gallery and everything that was looked for in it.
pub struct Searches {
    /// What makes the scores, from pixels to cosine.
    pub model: String,
    /// The members that could be enrolled.
    pub enrolled: Vec<EnrolledMember>,
    /// Members of whom no enrolment photo gives a template.
    pub not_enrolled: Vec<PersonIndex>,
    /// The members' further photos.
    pub mated: Vec<Probe>,
    /// The strangers' photos.
    pub nonmated: Vec<Probe>,
    /// Strangers who are members under another name: no non-mated probes, but compared with everybody else.
    pub nonmated_left_out: Vec<Probe>,
    /// Time of one search: centring, quantising and searching.
    pub search_ms: Times,
}

impl Searches {
    /// Enrols the members of `plan` and searches every probe. `captured` belongs to the photos of `plan`.
    ///
    /// # Errors
    /// `nobody_enrolled` when no member has a usable photo, and when the program's own data do not fit together.
    pub fn run(plan: &Plan, captured: &[Captured], same: &SamePersonPairs) -> Result<Searches, Failure> {
        let (means, not_enrolled) = means(plan, captured)?;
        if means.is_empty() {
            return Err(Failure::new("nobody_enrolled", "no enrolment photo gives a template"));
        }
        let names = means.iter().map(|member| plan.name(member.person).to_owned()).collect();
        let templates: Vec<Template> = means.iter().map(|member| member.template.clone()).collect();
        let roster = Roster::of_means(names, &templates, &shipped::centre_prior()?)?;
        let mut enrolled = Vec::with_capacity(means.len());
        for member in means {
            enrolled.push(EnrolledMember { template: roster.centre().apply(&member.template)?, ..member });
        }
        let mut search_ms = Times::default();
        let mut search_all = |photos: Vec<usize>| {
            let probes = photos
                .into_iter()
                .map(|photo| probe(plan, photo, captured.get(photo), &roster, &enrolled, &mut search_ms));
            probes.collect::<Result<Vec<Probe>, Failure>>()
        };
        let mated = search_all(plan.with_role(Role::MatedProbe).collect())?;
        let (member_strangers, strangers): (Vec<usize>, Vec<usize>) = plan
            .with_role(Role::NonmatedProbe)
            .partition(|&photo| same.is_a_member(plan.photos[photo].person, plan.members()));
        let nonmated = search_all(strangers)?;
        let nonmated_left_out = search_all(member_strangers)?;
        Ok(Searches {
            model: roster.centre().recipe().to_string(),
            enrolled,
            not_enrolled,
            mated,
            nonmated,
            nonmated_left_out,
            search_ms,
        })
    }

    /// The answers to the mated probes as numbers.
    #[must_use]
    pub fn mated_scores(&self) -> Vec<MatedScore> {
        let score = |probe: &Probe| MatedScore {
            right_first: probe.best.is_some_and(|best| best.person == probe.person),
            best: probe.best.map_or(NO_MATCH, |best| best.score),
        };
        self.mated.iter().map(score).collect()
    }

    /// The best score of each stranger.
    #[must_use]
    pub fn nonmated_scores(&self) -> NonmatedScores {
        let score = |probe: &Probe| probe.best.map_or(NO_MATCH, |best| best.score);
        NonmatedScores::of(self.nonmated.iter().map(score).collect())
    }

    /// The enrolled member with this number as a person.
    #[must_use]
    pub fn member(&self, person: PersonIndex) -> Option<&EnrolledMember> {
        let at = self.enrolled.binary_search_by_key(&person, |member| member.person).ok()?;
        self.enrolled.get(at)
    }

    /// The score of a mated probe with its own member, whoever came first.
    #[must_use]
    pub fn own_score(&self, probe: &Probe) -> Option<f32> {
        let member = self.member(probe.person)?;
        probe.template.as_ref()?.similarity(&member.template).ok()
    }
}

/// One template for each member who has a usable photo, as the recogniser gave it, and the members without.
fn means(plan: &Plan, captured: &[Captured]) -> Result<(Vec<EnrolledMember>, Vec<PersonIndex>), Failure> {
    let mut photos_of = vec![Vec::new(); plan.members()];
    for photo in plan.with_role(Role::Enrolled) {
        photos_of[plan.photos[photo].person].push(photo);
    }
    let (mut means, mut not_enrolled) = (Vec::new(), Vec::new());
    for (person, photos) in photos_of.into_iter().enumerate() {
        let usable =
            photos.iter().filter_map(|&photo| Some((photo, captured.get(photo)?.template.as_ref().ok()?)));
        let (photos, templates): (Vec<usize>, Vec<Template>) =
            usable.map(|(photo, template)| (photo, template.clone())).unzip();
        match photos.first() {
            Some(&photo) => {
                let template = Template::mean(&templates)
                    .map_err(|refusal| Failure::new("bad_template", refusal.to_string()))?;
                means.push(EnrolledMember { person, photo, template });
            }
            None => not_enrolled.push(person),
        }
    }
    Ok((means, not_enrolled))
}

fn probe(
    plan: &Plan,
    photo: usize,
    captured: Option<&Captured>,
    roster: &Roster,
    enrolled: &[EnrolledMember],
    search_ms: &mut Times,
) -> Result<Probe, Failure> {
    let person = plan.photos[photo].person;
    let Some(template) = captured.and_then(|captured| captured.template.as_ref().ok()) else {
        return Ok(Probe { photo, person, template: None, best: None });
    };
    let scores = search_ms.measure(|| roster.search(template))?;
    let best = scores.best.and_then(|best| {
        let member = enrolled.get(best.member as usize)?;
        Some(Found { person: member.person, photo: member.photo, score: best.score })
    });
    Ok(Probe { photo, person, template: Some(roster.centre().apply(template)?), best })
}
