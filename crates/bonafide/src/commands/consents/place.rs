//! Where a question of law is asked: the branch, whose law and calendar hold.

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::consent::{Jurisdiction, Modality, Purpose};
use bonafide_domain::profile::Language;
use bonafide_store::consents::Question;
use bonafide_store::id::Id;
use bonafide_store::members::Member;
use bonafide_store::organisation::Kept;
use bonafide_store::organisation::branch::{self, Branch};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::book::Book;
use crate::failure::Failure;

/// Which branch is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct BranchArgs {
    /// The branch whose law and calendar hold, by its name or id. Without it: the member's own, or the only one there is. A
    /// member of one branch is not taken in under the law of another.
    #[arg(long)]
    branch: Option<String>,
}

/// A branch's law, calendar and language; the strictest law and UTC where there is no branch.
pub(crate) struct Place {
    /// The branch's name; nothing without branches.
    pub(crate) branch: Option<String>,
    /// Whose law holds.
    pub(crate) jurisdiction: Jurisdiction,
    /// What its papers speak when nothing else is known.
    pub(crate) language: Language,
    calendar: Calendar,
}

impl BranchArgs {
    /// The place that is meant for a member.
    ///
    /// # Errors
    /// `no_branch` for one that is not there, `branch_needed` when it could be several, `other_law` for one with another law
    /// than that of the member's own branch.
    pub(crate) fn place(&self, book: &Book, member: &Member) -> Result<Place, Failure> {
        let branches = book.store.read(|tx| branch::list(tx, true))?;
        chosen(&branches, self.branch.as_deref(), member.profile.home_branch)
    }

    /// The place that is meant for everybody.
    ///
    /// # Errors
    /// As [`BranchArgs::place`].
    pub(crate) fn place_of_nobody(&self, book: &Book) -> Result<Place, Failure> {
        let branches = book.store.read(|tx| branch::list(tx, true))?;
        chosen(&branches, self.branch.as_deref(), None)
    }
}

fn chosen(all: &[Kept<Branch>], named: Option<&str>, home: Option<Id>) -> Result<Place, Failure> {
    // A member's own law holds also when the branch is closed; a choice is among the open ones.
    let own = home.and_then(|home| all.iter().find(|one| one.id == home));
    let branches: Vec<&Kept<Branch>> = all.iter().filter(|one| one.closed_us.is_none()).collect();
    let names = || branches.iter().map(|one| one.content.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(named) = named {
        let id = Id::parse(named);
        let is_it = |one: &&&Kept<Branch>| {
            Some(one.id) == id || one.content.name.as_str().to_lowercase() == named.trim().to_lowercase()
        };
        let mut found = branches.iter().filter(is_it);
        return match (found.next(), found.next()) {
            (Some(one), None) => under_the_own_law(&one.content, own),
            (Some(_), Some(_)) => Err(Failure::new(
                "branch_needed",
                format!("several branches are called {named}: give the id"),
            )),
            _ if branches.is_empty() => {
                Err(Failure::new("no_branch", format!("there is no branch {named}; the book has none yet")))
            }
            _ => {
                Err(Failure::new("no_branch", format!("there is no branch {named}; there are: {}", names())))
            }
        };
    }
    match (own, branches.as_slice()) {
        (Some(own), _) => Ok(Place::of(&own.content)),
        (None, []) => Ok(Place::nowhere()),
        (None, [only]) => Ok(Place::of(&only.content)),
        (None, _) => {
            let words = format!(
                "whose law holds? The member has no branch: name it with --branch. There are: {}",
                names()
            );
            Err(Failure::new("branch_needed", words))
        }
    }
}

/// A milder law elsewhere is no way round the law of the branch that the member belongs to.
fn under_the_own_law(named: &Branch, own: Option<&Kept<Branch>>) -> Result<Place, Failure> {
    match own {
        Some(own) if own.content.jurisdiction != named.jurisdiction => {
            let words = format!(
                "the member belongs to {}, whose law holds, and {} has another: leave --branch out, or move the member to that \
                 branch first",
                own.content.name.as_str(),
                named.name.as_str()
            );
            Err(Failure::new("other_law", words))
        }
        _ => Ok(Place::of(named)),
    }
}

impl Place {
    fn of(branch: &Branch) -> Place {
        Place {
            branch: Some(branch.name.as_str().to_owned()),
            jurisdiction: branch.jurisdiction,
            language: branch.language,
            calendar: branch.time_zone.calendar(),
        }
    }

    /// An owner who has named no branch has named no law.
    fn nowhere() -> Place {
        let calendar = Calendar::of(TimeZone::UTC);
        Place { branch: None, jurisdiction: Jurisdiction::Other, language: Language::English, calendar }
    }

    /// The date there.
    ///
    /// # Errors
    /// `bad_clock` when the machine's clock is out of the calendar.
    pub(crate) fn today(&self, now_us: i64) -> Result<Date, Failure> {
        let words = "the machine's clock is out of the calendar: set it";
        let now = UtcMicros::parse(now_us).map_err(|_| Failure::new("bad_clock", words))?;
        Ok(self.calendar.date_of(now))
    }

    /// The first moment after a date, in microseconds since 1970.
    ///
    /// # Errors
    /// `bad_value` for a date beyond the calendar.
    pub(crate) fn end_of(&self, date: Date) -> Result<i64, Failure> {
        let next = days_after(date, 1).and_then(|next| self.calendar.first_instant(next));
        next.map(UtcMicros::get)
            .ok_or_else(|| Failure::new("bad_value", format!("{date} is beyond the calendar")))
    }

    /// What the book is asked about a member here and now.
    ///
    /// # Errors
    /// As [`Place::today`].
    pub(crate) fn question(
        &self,
        member: Id,
        (modality, purpose): (Modality, Purpose),
        now_us: i64,
    ) -> Result<Question, Failure> {
        let today = self.today(now_us)?;
        Ok(Question { jurisdiction: self.jurisdiction, member, modality, purpose, now_us, today })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_domain::money::Currency;
    use bonafide_domain::plain_text::Title;
    use bonafide_domain::schedule::Schedule;
    use bonafide_store::organisation::time_zone::TimeZoneName;

    fn kept(id: u8, name: &str, jurisdiction: Jurisdiction) -> Kept<Branch> {
        let branch = Branch {
            name: Title::parse(name).unwrap(),
            time_zone: TimeZoneName::parse("Asia/Shanghai").unwrap(),
            currency: Currency::parse("EUR").unwrap(),
            jurisdiction,
            language: Language::English,
            opening: Schedule::any_time(),
        };
        Kept { id: Id::from_bytes([id; 16]), content: branch, closed_us: None }
    }

    #[test]
    fn the_law_is_that_of_the_members_branch_and_a_milder_one_is_no_way_round() {
        let (arbat, nevsky) =
            (kept(1, "Arbat", Jurisdiction::Russia), kept(2, "Nevsky", Jurisdiction::Russia));
        let all = [arbat, nevsky, kept(3, "Loop", Jurisdiction::Illinois)];
        let alike = [kept(3, "Loop", Jurisdiction::Illinois), kept(4, "loop", Jurisdiction::China)];
        let id = Id::from_bytes([3; 16]).to_string();
        let home = |id| Some(Id::from_bytes([id; 16]));
        // The branch of the member has closed, and another one, with a milder law, is the only one that is open.
        let closed = [
            Kept { closed_us: Some(1), ..kept(1, "Arbat", Jurisdiction::Russia) },
            kept(3, "Loop", Jurisdiction::Illinois),
        ];
        // The branches, the one that is named, the member's own; the one that counts.
        type Case<'a> = (&'a [Kept<Branch>], Option<&'a str>, Option<Id>, Result<&'a str, &'a str>);
        let cases: [Case<'_>; 14] = [
            (&[], None, None, Ok("")),
            (&[], Some("Arbat"), None, Err("no_branch")),
            (&all[..1], None, None, Ok("Arbat")),
            (&all, None, None, Err("branch_needed")),
            (&all, None, home(3), Ok("Loop")),
            (&all, Some(" LOOP "), None, Ok("Loop")),
            (&all, Some(&id), None, Ok("Loop")),
            (&all, Some("Nevsky"), home(1), Ok("Nevsky")),
            (&all, Some("Loop"), home(1), Err("other_law")),
            (&alike, Some("loop"), None, Err("branch_needed")),
            (&closed, None, home(1), Ok("Arbat")),
            (&closed, Some("Loop"), home(1), Err("other_law")),
            (&closed, Some("Arbat"), None, Err("no_branch")),
            (&closed, None, None, Ok("Loop")),
        ];
        for (branches, named, home, expected) in cases {
            let found = chosen(branches, named, home);
            let found = found.map(|place| place.branch.unwrap_or_default()).map_err(|refusal| refusal.key);
            assert_eq!(found.as_deref().map_err(|key| *key), expected, "{named:?} {home:?}");
        }
    }

    #[test]
    fn the_last_day_ends_at_the_midnight_of_the_branch() {
        let place = chosen(&[kept(1, "Here", Jurisdiction::China)], None, None).unwrap();
        let end_us = place.end_of(Date::constant(2026, 12, 31)).unwrap();
        assert_eq!(end_us, 1_798_732_800_000_000, "2026-12-31 16:00 UTC is midnight in Shanghai");
        assert_eq!(place.today(end_us).unwrap(), Date::constant(2027, 1, 1));
        assert_eq!(place.today(end_us - 1).unwrap(), Date::constant(2026, 12, 31));
        assert_eq!(place.end_of(Date::MAX).unwrap_err().key, "bad_value");
        assert_eq!(place.today(0).unwrap_err().key, "bad_clock");
    }
}
