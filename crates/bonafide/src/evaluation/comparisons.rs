//! Everybody compared with everybody: the counts of the two calibration tables.
//!
//! What is compared is what the product compares. A search: a member's mean template (or a stranger's only one, as if he
//! had enrolled with one photo) against photos of other people that were not enrolled. Two photos without a gallery: every
//! photo against every other.

use bonafide_domain::calibration::CalibrationRow;
use bonafide_faces::centre::Centre;
use bonafide_faces::template::Template;

use crate::evaluation::captures::Captured;
use crate::evaluation::histogram::Histogram;
use crate::evaluation::plan::{PersonIndex, Plan};
use crate::evaluation::same_people::SamePersonPairs;
use crate::evaluation::searches::{Probe, Searches};
use crate::failure::Failure;
use crate::shipped;

/// How many of the most similar pairs of different people are kept.
pub const WORST_PAIRS_MAX: usize = 24;

/// Thresholds of the table: 0.200, 0.205, … 0.900, in thousandths.
const GRID_PER_MILLE: std::ops::RangeInclusive<u16> = 200..=900;
const GRID_STEP_PER_MILLE: usize = 5;

/// A template that takes part, and the photo that stands for it.
pub struct Compared<'a> {
    /// Whom it shows.
    pub person: PersonIndex,
    /// The photo.
    pub photo: usize,
    /// The centred template.
    pub template: &'a Template,
}

/// Two different people and how similar they look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one who is searched for.
    pub probe_photo: usize,
    /// The one who is in the gallery.
    pub entry_photo: usize,
    /// The cosine.
    pub score: f32,
}

/// Counts of scores at or above each threshold of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
struct GridCounts {
    /// How many scores lie between this threshold and the next; the first also holds what is below the grid.
    steps: Vec<u64>,
}

/// What the comparisons gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparisons {
    genuine: GridCounts,
    impostor: GridCounts,
    /// Scores of different people.
    pub impostor_scores: Histogram,
    /// Scores of the same person.
    pub genuine_scores: Histogram,
    /// The most similar pairs of different people, at most [`WORST_PAIRS_MAX`], one for each two people.
    pub worst: Vec<Pair>,
    worst_people: Vec<(PersonIndex, PersonIndex)>,
    /// Comparisons of people who are known to be one person.
    pub left_out: u64,
    /// People of whom at least one template was compared.
    pub people: u64,
}

fn grid() -> Vec<f32> {
    GRID_PER_MILLE.step_by(GRID_STEP_PER_MILLE).map(|per_mille| (f64::from(per_mille) / 1e3) as f32).collect()
}

impl GridCounts {
    fn add(&mut self, grid: &[f32], score: f32) {
        self.steps[grid.partition_point(|threshold| *threshold <= score)] += 1;
    }

    fn total(&self) -> u64 {
        self.steps.iter().sum()
    }

    /// For each threshold, how many scores reach it.
    fn reaching(&self) -> Vec<u64> {
        let mut left = self.total();
        let below = self.steps.iter().take(self.steps.len() - 1);
        below
            .map(|count| {
                left -= count;
                left
            })
            .collect()
    }
}

impl Comparisons {
    /// Compares the members' templates and each stranger's single one with every probe of another person, and with the
    /// member's own probes. Two strangers' photos meet once. Only the known pairs are left out, not all of a person's comparisons.
    ///
    /// # Errors
    /// When templates of two models are mixed, which one evaluation never does.
    pub fn count(searches: &Searches, same: &SamePersonPairs) -> Result<Comparisons, Failure> {
        let members: Vec<Compared<'_>> = searches
            .enrolled
            .iter()
            .map(|member| Compared { person: member.person, photo: member.photo, template: &member.template })
            .collect();
        let strangers: Vec<Compared<'_>> = [&searches.nonmated, &searches.nonmated_left_out]
            .map(|probes| with_template(probes))
            .into_iter()
            .flatten()
            .collect();
        Comparisons::between(&members, &with_template(&searches.mated), &strangers, same)
    }

    /// Compares each photo with each other one, as `faces verify` does: both centred on the shipped prior alone.
    ///
    /// # Errors
    /// When the program's own data do not fit together.
    pub fn of_photos(
        plan: &Plan,
        captured: &[Captured],
        same: &SamePersonPairs,
    ) -> Result<Comparisons, Failure> {
        let centre = Centre::of_gallery(&shipped::centre_prior()?, &[])?;
        let mut centred = Vec::with_capacity(captured.len());
        for (photo, (planned, captured)) in plan.photos.iter().zip(captured).enumerate() {
            if let Ok(template) = &captured.template {
                centred.push((planned.person, photo, centre.apply(template)?));
            }
        }
        let compared: Vec<Compared<'_>> = centred
            .iter()
            .map(|(person, photo, template)| Compared { person: *person, photo: *photo, template })
            .collect();
        // Nobody is enrolled: everybody is a stranger, and two strangers meet once.
        Comparisons::between(&[], &[], &compared, same)
    }

    /// As [`Comparisons::count`], from templates.
    ///
    /// # Errors
    /// When templates of two models are mixed.
    pub fn between(
        members: &[Compared<'_>],
        mated: &[Compared<'_>],
        strangers: &[Compared<'_>],
        same: &SamePersonPairs,
    ) -> Result<Comparisons, Failure> {
        let grid = grid();
        let empty = GridCounts { steps: vec![0; grid.len() + 1] };
        let mut found = Comparisons {
            genuine: empty.clone(),
            impostor: empty,
            impostor_scores: Histogram::default(),
            genuine_scores: Histogram::default(),
            worst: Vec::new(),
            worst_people: Vec::new(),
            left_out: 0,
            people: people(&[members, mated, strangers]),
        };
        for member in members {
            mated.iter().chain(strangers).try_for_each(|probe| found.add(&grid, member, probe, same))?;
        }
        for (index, stranger) in strangers.iter().enumerate() {
            mated
                .iter()
                .chain(&strangers[index + 1..])
                .try_for_each(|probe| found.add(&grid, stranger, probe, same))?;
        }
        Ok(found)
    }

    fn add(
        &mut self,
        grid: &[f32],
        entry: &Compared<'_>,
        probe: &Compared<'_>,
        same: &SamePersonPairs,
    ) -> Result<(), Failure> {
        if entry.person != probe.person && same.contains(entry.person, probe.person) {
            self.left_out += 1;
            return Ok(());
        }
        let score = entry
            .template
            .similarity(probe.template)
            .map_err(|mismatch| Failure::new("other_model", mismatch.to_string()))?;
        if entry.person == probe.person {
            self.genuine.add(grid, score);
            self.genuine_scores.add(score);
        } else {
            self.impostor.add(grid, score);
            self.impostor_scores.add(score);
            self.keep_if_worst(entry, probe, score);
        }
        Ok(())
    }

    /// One pair of photos for each two people: else a single label error would fill the list.
    fn keep_if_worst(&mut self, entry: &Compared<'_>, probe: &Compared<'_>, score: f32) {
        let full = self.worst.len() == WORST_PAIRS_MAX;
        if full && self.worst.last().is_some_and(|last| last.score >= score) {
            return;
        }
        let people = (entry.person.min(probe.person), entry.person.max(probe.person));
        if let Some(at) = self.worst_people.iter().position(|known| *known == people) {
            if self.worst[at].score >= score {
                return;
            }
            self.worst.remove(at);
            self.worst_people.remove(at);
        }
        let at = self.worst.partition_point(|pair| pair.score >= score);
        self.worst.insert(at, Pair { probe_photo: probe.photo, entry_photo: entry.photo, score });
        self.worst_people.insert(at, people);
        self.worst.truncate(WORST_PAIRS_MAX);
        self.worst_people.truncate(WORST_PAIRS_MAX);
    }

    /// How many comparisons of different people were made.
    #[must_use]
    pub fn impostor_total(&self) -> u64 {
        self.impostor.total()
    }

    /// How many comparisons of the same person were made.
    #[must_use]
    pub fn genuine_total(&self) -> u64 {
        self.genuine.total()
    }

    /// The calibration table, unchecked.
    #[must_use]
    pub fn rows(&self) -> Vec<CalibrationRow> {
        let (impostors, genuine) = (self.impostor_total(), self.genuine_total());
        let counts = self.impostor.reaching().into_iter().zip(self.genuine.reaching());
        let row = |(threshold, (false_matches, matches)): (f32, (u64, u64))| CalibrationRow {
            threshold,
            impostor_comparisons: impostors,
            false_matches,
            genuine_comparisons: genuine,
            false_non_matches: genuine - matches,
        };
        grid().into_iter().zip(counts).map(row).collect()
    }
}

fn with_template(probes: &[Probe]) -> Vec<Compared<'_>> {
    let compared = probes.iter().filter_map(|probe| {
        Some(Compared { person: probe.person, photo: probe.photo, template: probe.template.as_ref()? })
    });
    compared.collect()
}

fn people(groups: &[&[Compared<'_>]]) -> u64 {
    let mut people: Vec<PersonIndex> =
        groups.iter().flat_map(|group| group.iter().map(|one| one.person)).collect();
    people.sort_unstable();
    people.dedup();
    people.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::same_people::SamePeople;
    use bonafide_faces::template::ModelId;

    /// A unit vector at this cosine from the first axis, turned towards another axis.
    fn at(cosine: f32, axis: usize) -> Template {
        let mut vector = vec![0.0; 8];
        vector[0] = cosine;
        vector[axis] = (1.0 - cosine * cosine).sqrt();
        Template::from_vector(ModelId::parse("m").unwrap(), vector).unwrap()
    }

    fn compared(templates: &[(PersonIndex, Template)], first_photo: usize) -> Vec<Compared<'_>> {
        templates
            .iter()
            .enumerate()
            .map(|(index, (person, template))| Compared {
                person: *person,
                photo: first_photo + index,
                template,
            })
            .collect()
    }

    /// Member 0 is the first axis; its probes lie at 0.8 and 0.4, member 1 is the second axis. Strangers lie at 0.5 and
    /// 0.3 from member 0, each along an axis of his own.
    fn counted(same: &str) -> Comparisons {
        let members = [(0, at(1.0, 1)), (1, at(0.0, 1))];
        let mated = [(0, at(0.8, 2)), (0, at(0.4, 3))];
        let strangers = [(2, at(0.5, 4)), (3, at(0.3, 5))];
        let names = ["a", "b", "s", "t"].map(str::to_owned);
        let same = SamePeople::parse(same).unwrap().among(&names);
        Comparisons::between(&compared(&members, 10), &compared(&mated, 20), &compared(&strangers, 30), &same)
            .unwrap()
    }

    fn false_matches(found: &Comparisons, threshold: f32) -> (u64, u64) {
        let rows = found.rows();
        let row = rows.iter().find(|row| (row.threshold - threshold).abs() < 1e-6).unwrap();
        (row.false_matches, row.false_non_matches)
    }

    #[test]
    fn each_two_people_meet_as_in_the_search_and_strangers_once() {
        let found = counted("");
        // Impostors: member 0 with 2 strangers, member 1 with 2 probes and 2 strangers, 2 strangers with 2 probes each,
        // and the strangers with each other. Scores: 0.5 0.3, four 0, 0.4 0.2 0.24 0.12, 0.15.
        assert_eq!((found.impostor_total(), found.genuine_total(), found.people), (11, 2, 4));
        assert_eq!(false_matches(&found, 0.21), (4, 0));
        assert_eq!(false_matches(&found, 0.245), (3, 0));
        assert_eq!(false_matches(&found, 0.35), (2, 0));
        assert_eq!(false_matches(&found, 0.405), (1, 1));
        assert_eq!(false_matches(&found, 0.6), (0, 1));
        assert_eq!(false_matches(&found, 0.9), (0, 2));
        assert_eq!((found.impostor_scores.total(), found.genuine_scores.total()), (11, 2));
        assert_eq!(found.rows().len(), 141);
    }

    #[test]
    fn known_label_errors_are_left_out_and_counted() {
        let found = counted("a\ts\n");
        // Member 0 with the first stranger, and that stranger with both probes of member 0.
        assert_eq!((found.left_out, found.impostor_total(), found.genuine_total()), (3, 8, 2));
        assert_eq!(false_matches(&found, 0.21), (2, 0));
        assert_eq!(false_matches(&found, 0.35), (0, 0));
    }

    #[test]
    fn the_worst_pairs_name_two_people_once() {
        let worst: Vec<(usize, usize)> =
            counted("").worst.iter().map(|pair| (pair.probe_photo, pair.entry_photo)).take(3).collect();
        // The first stranger with member 0 (not again with that member's probes), the second with the same.
        assert_eq!(worst, [(30, 10), (31, 10), (31, 30)]);
    }

    #[test]
    fn the_rows_are_a_calibration_table() {
        use bonafide_domain::calibration::Calibration;
        assert!(Calibration::parse("m", "m", &counted("").rows()).is_ok());
    }

    #[test]
    fn a_score_on_the_grid_reaches_its_threshold() {
        let grid = grid();
        let mut counts = GridCounts { steps: vec![0; grid.len() + 1] };
        for &threshold in &grid {
            counts.add(&grid, threshold);
        }
        counts.add(&grid, -0.4);
        let expected: Vec<u64> = (1..=grid.len() as u64).rev().collect();
        assert_eq!(counts.reaching(), expected);
        assert_eq!((grid[0], grid[140], counts.total()), (0.2, 0.9, 142));
    }
}
