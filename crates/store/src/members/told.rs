//! A profile as the audit tells it: each field under its own name, and of a change only what is different.

use bonafide_domain::profile::{Language, PersonName};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::id::Id;
use crate::members::profile::{Profile, category_word, document_kind, guardian_kind, messenger_kind};

/// Fields that have a value, or that a change has touched: an empty list then tells that there is none any more.
#[derive(Serialize, PartialEq, Default)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<ToldName<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phones: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emails: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messengers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    documents: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian: Option<ToldGuardian<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_branch: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_due: Option<String>,
}

#[derive(Serialize, PartialEq)]
struct ToldName<'a> {
    given: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle: Option<&'a str>,
}

#[derive(Serialize, PartialEq)]
struct ToldGuardian<'a> {
    kind: &'static str,
    name: ToldName<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

/// Before and after; nothing before somebody is added.
#[derive(Serialize)]
struct Change<'a> {
    before: Option<Told<'a>>,
    after: Told<'a>,
}

fn name(name: &PersonName) -> ToldName<'_> {
    ToldName { given: name.given(), family: name.family(), middle: name.middle() }
}

impl<'a> Told<'a> {
    fn of(profile: &'a Profile) -> Told<'a> {
        let messengers = profile.messengers.iter();
        let documents = profile.documents.iter();
        Told {
            name: Some(name(&profile.name)),
            birth: profile.birth.map(|birth| birth.date().to_string()),
            phones: Some(profile.phones.iter().map(|phone| phone.as_str()).collect()),
            emails: Some(profile.emails.iter().map(|email| email.as_written()).collect()),
            messengers: Some(
                messengers.map(|one| format!("{}:{}", messenger_kind(one.kind()), one.handle())).collect(),
            ),
            documents: Some(
                documents.map(|one| format!("{}:{}", document_kind(one.kind()), one.number())).collect(),
            ),
            address: profile.address.as_deref(),
            note: profile.note.as_ref().map(|note| note.as_str()),
            guardian: profile.guardian.as_ref().map(|guardian| ToldGuardian {
                kind: guardian_kind(guardian.kind),
                name: name(&guardian.name),
                phone: guardian.phone.as_ref().map(|phone| phone.as_str()),
            }),
            category: Some(category_word(&profile.category)),
            tags: Some(profile.tags.iter().map(|tag| tag.as_str()).collect()),
            language: profile.language.map(Language::code),
            source: profile.source.as_deref(),
            home_branch: profile.home_branch,
            check_due: profile.check_due.map(|date| date.to_string()),
        }
    }

    fn without_empty_lists(mut self) -> Told<'a> {
        fn some<T>(list: &mut Option<Vec<T>>) {
            list.take_if(|list| list.is_empty());
        }
        some(&mut self.phones);
        some(&mut self.emails);
        some(&mut self.messengers);
        some(&mut self.documents);
        some(&mut self.tags);
        self
    }
}

/// Takes away what is the same on both sides.
fn drop_same<T: PartialEq>(before: &mut Option<T>, after: &mut Option<T>) {
    if before == after {
        (*before, *after) = (None, None);
    }
}

/// The JSON that the entry of an addition (nothing before) or of a change seals.
pub(super) fn told(before: Option<&Profile>, after: &Profile) -> Result<Zeroizing<String>, Fault> {
    let mut after = Told::of(after);
    let before = before.map(|before| {
        let mut before = Told::of(before);
        drop_same(&mut before.name, &mut after.name);
        drop_same(&mut before.birth, &mut after.birth);
        drop_same(&mut before.phones, &mut after.phones);
        drop_same(&mut before.emails, &mut after.emails);
        drop_same(&mut before.messengers, &mut after.messengers);
        drop_same(&mut before.documents, &mut after.documents);
        drop_same(&mut before.address, &mut after.address);
        drop_same(&mut before.note, &mut after.note);
        drop_same(&mut before.guardian, &mut after.guardian);
        drop_same(&mut before.category, &mut after.category);
        drop_same(&mut before.tags, &mut after.tags);
        drop_same(&mut before.language, &mut after.language);
        drop_same(&mut before.source, &mut after.source);
        drop_same(&mut before.home_branch, &mut after.home_branch);
        drop_same(&mut before.check_due, &mut after.check_due);
        before
    });
    let after = if before.is_some() { after } else { after.without_empty_lists() };
    let json = serde_json::to_string(&Change { before, after });
    json.map(Zeroizing::new).map_err(|_| Fault::broken("a change is no JSON"))
}

#[cfg(test)]
mod tests {
    use bonafide_domain::profile::{PersonName, Phone, Tag};

    use super::*;

    #[test]
    fn an_addition_tells_what_there_is_and_a_change_what_is_different() {
        let named = |family: &str| Profile::named(PersonName::parse("Anna", family, "").unwrap());
        let tagged = Profile { tags: vec![Tag::parse("pool").unwrap()], ..named("Smith") };
        let phone = Profile { phones: vec![Phone::parse("+79123456789").unwrap()], ..named("Smith") };
        let cases = [
            (
                None,
                &tagged,
                r#"{"before":null,"after":{"name":{"given":"Anna","family":"Smith"},"category":"new","tags":["pool"]}}"#,
            ),
            (
                Some(&tagged),
                &phone,
                r#"{"before":{"phones":[],"tags":["pool"]},"after":{"phones":["+79123456789"],"tags":[]}}"#,
            ),
            (Some(&tagged), &tagged, r#"{"before":{},"after":{}}"#),
        ];
        for (before, after, expected) in cases {
            assert_eq!(told(before, after).unwrap().as_str(), expected);
        }
    }
}
