//! Whether a face is enrolled under another account already (case B-12): a warning to whoever enrols, and nothing more.

use std::collections::BTreeMap;

use bonafide_domain::identify::{
    Claim, Decision, Policy, Purpose as Recognition, Searched, WhyUnsure, admissible, decide,
    is_like_too_many, verify,
};
use bonafide_faces::engine::SHIPPED_MODEL;
use bonafide_faces::template::{ModelId, Template};
use bonafide_store::audit::entry::{Subject, record};
use bonafide_store::consents::{Question, standing};
use bonafide_store::id::Id;
use bonafide_store::members::{self, of_numbers};
use bonafide_store::templates::{self, Model};
use serde::Serialize;

use crate::book::Book;
use crate::failure::Failure;
use crate::flows::face::claim_threshold;
use crate::roster::Roster;
use crate::{shipped, template_bytes};

/// Another member whose face looks like the one that is being enrolled.
#[derive(Serialize)]
pub(super) struct Twin {
    pub(super) member: String,
    pub(super) member_number: u32,
}

/// The faces that are enrolled for one purpose.
pub(super) struct Enrolled {
    /// The mean of the member's own; nothing when none is enrolled.
    pub(super) own: Option<Template>,
    /// One for each of the others, by their numbers.
    others: BTreeMap<u32, Template>,
}

/// Looks among the others: first whether each picture is like too many of them (case B-10). `None` when there are so many of them that a likeness would say nothing. The threshold is that of
/// a till, where a person looks too; no door opens by it.
///
/// # Errors
/// `like_many`, and the keys of faults.
pub(super) fn twin(
    book: &Book,
    enrolled: Enrolled,
    taken: &[Template],
) -> Result<Option<Option<Twin>>, Failure> {
    let others = enrolled.others;
    let (numbers, means): (Vec<u32>, Vec<Template>) = others.into_iter().unzip();
    if numbers.is_empty() {
        return Ok(Some(None));
    }
    let names = numbers.iter().map(u32::to_string).collect();
    let roster = Roster::of_means(names, &means, &shipped::centre_prior()?)?;
    let threshold = claim_threshold()?;
    for template in taken {
        let like = roster.like(template, |score| verify(&threshold, score) == Claim::Confirmed)?;
        if is_like_too_many(like, roster.members()) {
            let words = "this resembles several other members, so nothing was enrolled: take another picture, in better light and \
                         straight at the camera; if it stays so, look whether the person is enrolled under another name";
            return Err(Failure::new("like_many", words));
        }
    }
    let searched = Searched { members: roster.members() };
    let policy = Policy::standard(Recognition::TillEarning);
    let Ok(thresholds) = admissible(&policy, &shipped::calibration()?, searched) else { return Ok(None) };
    let mean = Template::mean(taken).map_err(|refusal| Failure::new("bad_template", refusal.to_string()))?;
    let alike = match decide(&thresholds, &roster.search(&mean)?) {
        Decision::Identified { member, .. } | Decision::Unsure { member, why: WhyUnsure::SmallMargin } => {
            member
        }
        Decision::Unsure { why: WhyUnsure::BelowThreshold, .. } | Decision::Unknown => return Ok(Some(None)),
    };
    let number = usize::try_from(alike).ok().and_then(|at| numbers.get(at)).copied();
    let vault = book.store.vault();
    let found = match number {
        Some(number) => book.store.read(|tx| of_numbers(tx, vault, &[number]))?.pop(),
        None => None,
    };
    let Some(found) = found else { return Ok(Some(None)) };
    // The other one's name is shown: first the trace.
    let (acting, id) = (book.acting(), found.id);
    book.write(move |work| {
        record(work.tx, &acting, "face_likeness_shown", Subject::row(members::TABLE, id), None).map(drop)
    })?;
    Ok(Some(Some(Twin { member: found.profile.name.full(), member_number: found.number })))
}

/// The faces that are enrolled for the purpose and whose consent holds under the same law: a face is compared with nobody's
/// who has not agreed to it. A template that does not open is left out here; `store check` names it.
///
/// # Errors
/// The keys of faults.
pub(super) fn enrolled(book: &Book, question: &Question) -> Result<Enrolled, Failure> {
    let words = "the recogniser's name is too long for the book";
    let (Some(model), Some(id)) = (Model::parse(SHIPPED_MODEL), ModelId::parse(SHIPPED_MODEL)) else {
        return Err(Failure::new("other_model", words));
    };
    let mut of_members: BTreeMap<(u32, Id), Vec<Template>> = BTreeMap::new();
    let vault = book.store.vault();
    let enrolled = book.store.read(|tx| {
        templates::for_each(tx, vault, &model, question.purpose, question.now_us, |entry| {
            let template = entry.template.ok().and_then(|bytes| template_bytes::from_bytes(&id, &bytes));
            of_members.entry((entry.number, entry.member)).or_default().extend(template);
            Ok(())
        })?;
        let mut enrolled = Enrolled { own: None, others: BTreeMap::new() };
        for ((number, member), all) in &of_members {
            let holds = standing(tx, vault, &Question { member: *member, ..*question })?.is_ok();
            match Template::mean(all).ok().filter(|_| holds) {
                Some(mean) if *member == question.member => enrolled.own = Some(mean),
                Some(mean) => drop(enrolled.others.insert(*number, mean)),
                None => {}
            }
        }
        Ok(enrolled)
    })?;
    Ok(enrolled)
}
