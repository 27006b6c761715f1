//! Whether two profiles may be one person: a warning at entry, never a decision.
//!
//! The rules, the first that fits decides:
//!
//! 1. Same birth date and family name, but another given name: twins, at most [`Strength::Possible`], whatever else they
//!    share. Parents give both children their own phone, and sometimes their own document.
//! 2. Same document: *certain*; *likely* if the birth dates differ, since two countries may use one number.
//! 3. Same full name, birth date and a phone or e-mail: *certain*.
//! 4. Same full name and birth date: *likely*. A large town has several Ivan Ivanovs of one day.
//! 5. Same full name and a phone or e-mail, and birth dates that do not differ: *likely*. If they differ it is a father
//!    and a son of one name: *possible*.
//! 6. Same given name, birth date and a phone or e-mail: *likely*. The family name changes with a marriage.
//! 7. Same full name with a birth date missing, same family name and birth date with a given name missing, or a phone or
//!    e-mail alone: *possible*.
//! 8. Otherwise *none*. Two of one name who were born on different days are two.
//!
//! What is missing never matches what is missing.

use crate::profile::{BirthDate, EmailAddress, IdentityDocument, Phone};

/// What is compared. Name keys are folded by the caller (small letters, one script, no accents), empty when unknown. It
/// has no `Debug`, since the keys are names.
#[derive(Clone, Copy)]
pub struct Particulars<'a> {
    /// The key of the given name.
    pub given_key: &'a str,
    /// The key of the family name.
    pub family_key: &'a str,
    /// All phones.
    pub phones: &'a [Phone],
    /// All e-mail addresses.
    pub emails: &'a [EmailAddress],
    /// The day of birth.
    pub birth: Option<BirthDate>,
    /// All identity documents.
    pub documents: &'a [IdentityDocument],
}

/// How strongly two profiles look like one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// No warning.
    None,
    /// Worth a glance.
    Possible,
    /// Ask the person.
    Likely,
    /// One person, unless somebody has mistyped.
    Certain,
}

/// What two profiles have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A document of the same kind and number.
    Document,
    /// A phone.
    Phone,
    /// An e-mail address.
    Email,
    /// Given and family name, perhaps in each other's field.
    FullName,
    /// The family name alone.
    FamilyName,
    /// The given name alone.
    GivenName,
    /// The day of birth.
    BirthDate,
}

/// How strong the likeness is, and what it rests on; no reasons without a likeness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// How strong.
    pub strength: Strength,
    /// In the order of [`Reason`].
    pub reasons: Vec<Reason>,
}

/// Compares two profiles. The order of the two does not matter.
pub fn compare(a: &Particulars<'_>, b: &Particulars<'_>) -> Likeness {
    let shared = Shared::of(a, b);
    let strength = shared.strength();
    let reasons = if strength == Strength::None { Vec::new() } else { shared.reasons() };
    Likeness { strength, reasons }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    Differs,
    Unknown,
}

struct Shared {
    document: bool,
    phone: bool,
    email: bool,
    full_name: bool,
    family: Fit,
    given: Fit,
    birth: Fit,
}

impl Shared {
    fn of(a: &Particulars<'_>, b: &Particulars<'_>) -> Self {
        let swapped =
            fit(a.given_key, b.family_key) == Fit::Same && fit(a.family_key, b.given_key) == Fit::Same;
        let (family, given) = (fit(a.family_key, b.family_key), fit(a.given_key, b.given_key));
        Self {
            document: a.documents.iter().any(|document| b.documents.contains(document)),
            phone: a.phones.iter().any(|phone| b.phones.contains(phone)),
            email: a.emails.iter().any(|x| b.emails.iter().any(|y| x.canonical() == y.canonical())),
            full_name: swapped || (family == Fit::Same && given == Fit::Same),
            family,
            given,
            birth: match (a.birth, b.birth) {
                (Some(a), Some(b)) if a == b => Fit::Same,
                (Some(_), Some(_)) => Fit::Differs,
                _ => Fit::Unknown,
            },
        }
    }

    fn strength(&self) -> Strength {
        let contact = self.phone || self.email;
        let (born_together, born_apart) = (self.birth == Fit::Same, self.birth == Fit::Differs);
        if born_together && self.family == Fit::Same && self.given == Fit::Differs {
            return Strength::Possible;
        }
        if self.document {
            return if born_apart { Strength::Likely } else { Strength::Certain };
        }
        if self.full_name && born_together {
            return if contact { Strength::Certain } else { Strength::Likely };
        }
        if self.full_name && contact && !born_apart {
            return Strength::Likely;
        }
        if self.given == Fit::Same && born_together && contact {
            return Strength::Likely;
        }
        let name_alone = self.full_name && self.birth == Fit::Unknown;
        let family_alone = self.family == Fit::Same && born_together;
        if name_alone || family_alone || contact { Strength::Possible } else { Strength::None }
    }

    fn reasons(&self) -> Vec<Reason> {
        let facts = [
            (self.document, Reason::Document),
            (self.phone, Reason::Phone),
            (self.email, Reason::Email),
            (self.full_name, Reason::FullName),
            (!self.full_name && self.family == Fit::Same, Reason::FamilyName),
            (!self.full_name && self.given == Fit::Same, Reason::GivenName),
            (self.birth == Fit::Same, Reason::BirthDate),
        ];
        facts.into_iter().filter(|&(holds, _)| holds).map(|(_, reason)| reason).collect()
    }
}

fn fit(a: &str, b: &str) -> Fit {
    if a.is_empty() || b.is_empty() {
        Fit::Unknown
    } else if a == b {
        Fit::Same
    } else {
        Fit::Differs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::DocumentKind;
    use Strength::*;
    use jiff::civil::date;

    /// Given name, family name, phone, e-mail, year of birth, passport; empty or 0 when unknown.
    type Row = (&'static str, &'static str, &'static str, &'static str, i16, &'static str);

    struct Owned {
        names: [String; 2],
        phones: Vec<Phone>,
        emails: Vec<EmailAddress>,
        birth: Option<BirthDate>,
        documents: Vec<IdentityDocument>,
    }

    impl Owned {
        fn of((given, family, phone, email, year, passport): Row) -> Self {
            let today = date(2026, 1, 1);
            let is_known = |text: &&str| !text.is_empty();
            Self {
                names: [given.to_owned(), family.to_owned()],
                phones: Some(phone).filter(is_known).map(|p| Phone::parse(p).unwrap()).into_iter().collect(),
                emails: Some(email)
                    .filter(is_known)
                    .map(|e| EmailAddress::parse(e).unwrap())
                    .into_iter()
                    .collect(),
                birth: (year != 0).then(|| BirthDate::parse(date(year, 5, 9), today).unwrap()),
                documents: Some(passport)
                    .filter(is_known)
                    .map(|number| IdentityDocument::parse(DocumentKind::Passport, number).unwrap())
                    .into_iter()
                    .collect(),
            }
        }

        fn particulars(&self) -> Particulars<'_> {
            Particulars {
                given_key: &self.names[0],
                family_key: &self.names[1],
                phones: &self.phones,
                emails: &self.emails,
                birth: self.birth,
                documents: &self.documents,
            }
        }
    }

    const PHONE: &str = "+79161234567";

    #[test]
    fn the_first_rule_that_fits_decides() {
        let anna: Row = ("anna", "smith", PHONE, "a@b.org", 1990, "4510123456");
        let cases: [(&str, Row, Row, Strength); 17] = [
            ("the same entered twice", anna, anna, Certain),
            ("twins of one phone", anna, ("olga", "smith", PHONE, "a@b.org", 1990, ""), Possible),
            ("twins of one document", anna, ("olga", "smith", "", "", 1990, "4510123456"), Possible),
            ("document", anna, ("", "", "", "", 0, "4510 123456"), Certain),
            ("document, other birth", anna, ("ann", "jones", "", "", 1991, "4510123456"), Likely),
            ("name, birth, e-mail", anna, ("anna", "smith", "", "A@B.org", 1990, ""), Certain),
            ("names in each other's field", anna, ("smith", "anna", PHONE, "", 1990, ""), Certain),
            ("name and birth", anna, ("anna", "smith", "", "", 1990, ""), Likely),
            ("name and phone", anna, ("anna", "smith", PHONE, "", 0, ""), Likely),
            ("father and son of one name", anna, ("anna", "smith", PHONE, "", 1960, ""), Possible),
            ("married", anna, ("anna", "jones", PHONE, "", 1990, ""), Likely),
            ("name, birth unknown", anna, ("anna", "smith", "", "", 0, ""), Possible),
            ("name, other birth", anna, ("anna", "smith", "", "", 1991, ""), None),
            ("family and birth, given unknown", anna, ("", "smith", "", "", 1990, ""), Possible),
            ("one phone in a family", anna, ("ivan", "jones", PHONE, "", 1960, ""), Possible),
            ("birth alone", anna, ("ivan", "jones", "", "", 1990, ""), None),
            ("nothing known", ("", "", "", "", 0, ""), ("", "", "", "", 0, ""), None),
        ];
        for (name, a, b, expected) in cases {
            let (a, b) = (Owned::of(a), Owned::of(b));
            let found = compare(&a.particulars(), &b.particulars());
            assert_eq!(found.strength, expected, "{name}");
            assert_eq!(found, compare(&b.particulars(), &a.particulars()), "{name}, the other way round");
            assert_eq!(found.reasons.is_empty(), expected == None, "{name}");
        }
    }

    #[test]
    fn the_reasons_are_what_is_shared() {
        use Reason::*;
        let anna: Row = ("anna", "smith", PHONE, "a@b.org", 1990, "4510123456");
        let cases: [(Row, &[Reason]); 3] = [
            (anna, &[Document, Phone, Email, FullName, BirthDate]),
            (("olga", "smith", PHONE, "", 1990, ""), &[Phone, FamilyName, BirthDate]),
            (("anna", "jones", "", "a@b.org", 1990, ""), &[Email, GivenName, BirthDate]),
        ];
        for (other, reasons) in cases {
            let found = compare(&Owned::of(anna).particulars(), &Owned::of(other).particulars());
            assert_eq!(found.reasons, reasons);
        }
    }

    /// Every pair of profiles of two values for each particular: 64 × 64.
    #[test]
    fn a_further_contact_in_common_never_weakens() {
        let profile = |bits: usize, shared: bool| {
            let one_of = |bit: usize, values: [&'static str; 2]| values[(bits >> bit) & 1];
            let given = if bits & 32 == 0 { one_of(0, ["anna", "olga"]) } else { "" };
            let year = [1990, 1991, 0][(bits >> 2) % 3];
            let phone = if shared { PHONE } else { "" };
            Owned::of((given, one_of(1, ["smith", "jones"]), phone, "", year, one_of(4, ["", "4510123456"])))
        };
        for (a, b) in (0..64).flat_map(|a| (0..64).map(move |b| (a, b))) {
            let strength = |shared| {
                compare(&profile(a, shared).particulars(), &profile(b, shared).particulars()).strength
            };
            assert!(strength(true) >= strength(false), "{a} {b}");
        }
    }
}
