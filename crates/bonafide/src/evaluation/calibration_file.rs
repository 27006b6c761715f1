//! The calibration table as a file: written by an evaluation, built into the program or read by it.

use bonafide_domain::calibration::{Calibration, CalibrationRefusal, CalibrationRow};
use bonafide_domain::identify::{Policy, Purpose, largest_group};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What the file says it is; another version is refused.
const FORMAT: &str = "bonafide-calibration-1";

/// The meaning of the numbers of a row, in their order.
const COLUMNS: [&str; 6] = [
    "threshold",
    "impostor_comparisons",
    "false_matches",
    "genuine_comparisons",
    "false_non_matches",
    "false_match_rate_upper_95",
];

/// How far a bound in the file may differ from the one that its counts give, as a share of it.
const BOUND_TOLERANCE: f64 = 1e-9;

/// What was compared. A threshold of the one kind says nothing about the other: means of several photos are reached by
/// strangers, and by their own member, more often than single photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compares {
    /// A member's mean template with a photo: what a search does, and a claim to be that member.
    MemberWithPhoto,
    /// One photo with another, without a gallery.
    PhotoWithPhoto,
}

/// A row: threshold, impostor comparisons, false matches, genuine comparisons, false non-matches, and the one-sided 95 %
/// upper bound on the false match rate.
pub type Row = (f32, u64, u64, u64, u64, f64);

/// The most members that may be searched for each purpose with the standard policy, as it was when the file was written.
/// For people to read: a decision asks the table itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LargestGroups {
    /// Opening a door.
    pub door: u32,
    /// Earning points at a till.
    pub till_earning: u32,
}

impl LargestGroups {
    /// What a table supports.
    #[must_use]
    pub fn of(calibration: &Calibration) -> LargestGroups {
        let largest = |purpose| largest_group(&Policy::standard(purpose), calibration);
        LargestGroups { door: largest(Purpose::Door), till_earning: largest(Purpose::TillEarning) }
    }
}

/// The file form of a [`Calibration`], with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationFile {
    /// Always `bonafide-calibration-1`.
    pub format: String,
    /// What makes the scores, from pixels to cosine.
    pub model: String,
    /// What was compared.
    pub compares: Compares,
    /// How many different people were compared. The bounds take each comparison for independent; the fewer people, the
    /// less that holds.
    pub people: u64,
    /// Where the photos are from, in the operator's words.
    pub source: String,
    /// Comparisons left out because both photos are known to show one person.
    pub same_people_comparisons_left_out: u64,
    /// See [`LargestGroups`]; two photos are no group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_group: Option<LargestGroups>,
    /// The names of the numbers in each row.
    pub columns: Vec<String>,
    /// From the lowest threshold to the highest.
    pub rows: Vec<Row>,
}

impl CalibrationFile {
    /// The file form of a checked table.
    #[must_use]
    pub fn of(
        calibration: &Calibration,
        compares: Compares,
        people: u64,
        source: &str,
        left_out: u64,
    ) -> CalibrationFile {
        let rows = calibration.points().iter().map(|point| {
            let (wrong, missed) = (point.false_matches(), point.false_non_matches());
            let upper = point.false_match_rate_upper();
            (point.threshold(), wrong.trials(), wrong.events(), missed.trials(), missed.events(), upper)
        });
        CalibrationFile {
            format: FORMAT.to_owned(),
            model: calibration.model().to_owned(),
            compares,
            people,
            source: source.to_owned(),
            same_people_comparisons_left_out: left_out,
            largest_group: (compares == Compares::MemberWithPhoto).then(|| LargestGroups::of(calibration)),
            columns: COLUMNS.map(str::to_owned).to_vec(),
            rows: rows.collect(),
        }
    }

    /// The text of the file: JSON with one line for each row, so that two tables can be compared line by line.
    ///
    /// # Errors
    /// When a value cannot be written as JSON, which a table never causes.
    pub fn to_text(&self) -> Result<String, Failure> {
        let failed = |error: serde_json::Error| Failure::new("json", error.to_string());
        let head = serde_json::to_string_pretty(&CalibrationFile { rows: Vec::new(), ..self.clone() });
        let rows: Result<Vec<String>, _> = self.rows.iter().map(serde_json::to_string).collect();
        let rows = format!("\"rows\": [\n    {}\n  ]", rows.map_err(failed)?.join(",\n    "));
        // `rows` is the last key and no text can hold an unescaped quote, so this is the empty list and nothing else.
        let head = head.map_err(failed)?;
        let (before, after) = head.rsplit_once("\"rows\": []").unwrap_or((&head, ""));
        Ok(format!("{before}{rows}{after}\n"))
    }

    /// The checked table of this file.
    ///
    /// # Errors
    /// `bad_calibration` when the format is another, or the numbers do not fit together.
    pub fn calibration(&self) -> Result<Calibration, Failure> {
        if self.format != FORMAT {
            return Err(bad(&format!("the format is {}, not {FORMAT}", self.format)));
        }
        if self.columns != COLUMNS {
            return Err(bad("the columns are not the ones this program knows"));
        }
        let rows: Vec<CalibrationRow> = self.rows.iter().map(row_of).collect();
        let table =
            Calibration::parse(&self.model, &self.model, &rows).map_err(|refusal| bad(&words(&refusal)))?;
        for (index, (point, row)) in table.points().iter().zip(&self.rows).enumerate() {
            let counted = point.false_match_rate_upper();
            // Written so that NaN differs.
            if (row.5 - counted).abs() <= BOUND_TOLERANCE * counted {
                continue;
            }
            return Err(bad(&format!("row {index}: the bound {} is not the {counted} of its counts", row.5)));
        }
        Ok(table)
    }
}

fn row_of(row: &Row) -> CalibrationRow {
    let &(threshold, impostor_comparisons, false_matches, genuine_comparisons, false_non_matches, _) = row;
    CalibrationRow { threshold, impostor_comparisons, false_matches, genuine_comparisons, false_non_matches }
}

fn bad(words: &str) -> Failure {
    Failure::new("bad_calibration", format!("calibration table: {words}"))
}

/// A refusal of the table for a person.
pub(crate) fn words(refusal: &CalibrationRefusal) -> String {
    use CalibrationRefusal as Refusal;
    match refusal {
        Refusal::ModelId => "the model id is blank or too long".to_owned(),
        Refusal::WrongModel { expected, found } => format!("made for {found}, not for {expected}"),
        Refusal::Empty => "it has no rows".to_owned(),
        Refusal::TooManyPoints { points } => format!("{points} rows are too many"),
        Refusal::NotACosine { index } => format!("row {index}: the threshold is no cosine"),
        Refusal::NotAscending { index } => format!("row {index}: the threshold does not rise"),
        Refusal::NotARate { index } => {
            format!("row {index}: nothing was compared, or mistakes outnumber comparisons")
        }
        Refusal::ComparisonsDiffer { index } => format!("row {index}: another number of comparisons"),
        Refusal::FalseMatchesRise { index } => format!("row {index}: the false matches rise"),
        Refusal::FalseNonMatchesFall { index } => format!("row {index}: the false non-matches fall"),
    }
}

/// Reads the text of a calibration file of this kind.
///
/// # Errors
/// `bad_calibration` when the text is not such a file, it counts another kind of comparison, or its numbers do not fit
/// together.
pub fn parse(json: &str, compares: Compares) -> Result<Calibration, Failure> {
    let file: CalibrationFile = serde_json::from_str(json).map_err(|error| bad(&error.to_string()))?;
    if file.compares != compares {
        return Err(bad(&format!("it counts {:?}, not {compares:?}", file.compares)));
    }
    file.calibration()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> CalibrationFile {
        let row = |threshold, false_matches, false_non_matches| CalibrationRow {
            threshold,
            impostor_comparisons: 100_000,
            false_matches,
            genuine_comparisons: 50,
            false_non_matches,
        };
        let table =
            Calibration::parse("m", "m", &[row(0.3, 40, 0), row(0.305, 1, 2), row(0.9, 0, 50)]).unwrap();
        CalibrationFile::of(&table, Compares::MemberWithPhoto, 300, "photos of \"rows\": [] friends", 2)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let file = file();
        let text = file.to_text().unwrap();
        assert_eq!(serde_json::from_str::<CalibrationFile>(&text).unwrap(), file);
        let table = parse(&text, Compares::MemberWithPhoto).unwrap();
        assert_eq!(table, file.calibration().unwrap());
        assert_eq!((table.model(), table.points().len()), ("m", 3));
        assert_eq!(text.lines().filter(|line| line.starts_with("    [")).count(), 3, "{text}");
        assert_eq!(file.largest_group, Some(LargestGroups { door: 100, till_earning: 333 }));
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let text = file().to_text().unwrap();
        let cases = [
            ("", String::new()),
            ("not json", "{".to_owned()),
            ("another format", text.replace("calibration-1", "calibration-9")),
            ("other columns", text.replace("false_non_matches", "misses")),
            ("a smaller count", text.replace("100000,40,", "100000,39,")),
            ("rising false matches", text.replace("100000,1,", "100000,41,")),
            ("another kind of comparison", text.replace("member_with_photo", "photo_with_photo")),
            ("a further key", text.replacen('{', "{\"x\": 1,", 1)),
        ];
        for (name, text) in cases {
            let refused = parse(&text, Compares::MemberWithPhoto);
            assert_eq!(refused.unwrap_err().key, "bad_calibration", "{name}");
        }
    }
}
