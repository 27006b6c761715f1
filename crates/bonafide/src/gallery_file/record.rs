//! The record inside the seal: lengths as u32, little-endian, then bytes.
//!
//! ```text
//! model | u32 dim | u32 members | for each member: name | u32 templates | templates × dim × f32
//! ```
//! where model and name are a u32 length and UTF-8. Nothing may follow.

use bonafide_faces::template::{ModelId, Template};
use zeroize::Zeroizing;

use super::{EnrolledMember, GalleryContent};

/// The longest name of a member, in bytes.
const NAME_BYTES_MAX: usize = 1_024;

/// The most numbers in a template.
const DIM_MAX: usize = 4_096;

/// Reads a record; `None` when it is not well formed. Takes no more memory than a small multiple of `bytes`.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<GalleryContent> {
    let mut rest = bytes;
    let model = ModelId::parse(text(&mut rest, ModelId::LEN_MAX)?)?;
    let dim = number(&mut rest).filter(|&dim| (1..=DIM_MAX).contains(&dim))?;
    let count = number(&mut rest)?;
    // Nothing is reserved by a number that the bytes do not back.
    let mut members = Vec::new();
    for _ in 0..count {
        let name = text(&mut rest, NAME_BYTES_MAX)?.to_owned();
        let templates = number(&mut rest)?;
        let templates =
            (0..templates).map(|_| template(&mut rest, &model, dim)).collect::<Option<Vec<_>>>()?;
        if templates.is_empty() {
            return None;
        }
        members.push(EnrolledMember { name, templates });
    }
    rest.is_empty().then_some(GalleryContent { model, members })
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(len)?;
    *rest = left;
    Some(taken)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let bytes = take(rest, 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn text<'a>(rest: &mut &'a [u8], bytes_max: usize) -> Option<&'a str> {
    let len = number(rest).filter(|&len| len <= bytes_max)?;
    std::str::from_utf8(take(rest, len)?).ok()
}

fn template(rest: &mut &[u8], model: &ModelId, dim: usize) -> Option<Template> {
    let bytes = take(rest, dim * 4)?;
    let vector = bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect();
    Template::from_vector(model.clone(), vector).ok()
}

/// Writes a record; `None` when a name or a count is too large, or a template is not of the gallery's model.
#[must_use]
pub fn write(content: &GalleryContent) -> Option<Zeroizing<Vec<u8>>> {
    let dim = content
        .members
        .iter()
        .flat_map(|member| &member.templates)
        .map(|t| t.expose().len())
        .next()
        .unwrap_or(1);
    let templates: usize = content.members.iter().map(|member| member.templates.len()).sum();
    let names: usize = content.members.iter().map(|member| member.name.len() + 8).sum();
    // The whole size at once: a growing vector would leave copies of templates behind.
    let size =
        names.checked_add(templates.checked_mul(dim)?.checked_mul(4)?)?.checked_add(ModelId::LEN_MAX + 12)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(size));
    push_text(&mut bytes, content.model.as_str(), ModelId::LEN_MAX)?;
    push_number(&mut bytes, dim)?;
    push_number(&mut bytes, content.members.len())?;
    for member in &content.members {
        push_text(&mut bytes, &member.name, NAME_BYTES_MAX)?;
        push_number(&mut bytes, member.templates.len())?;
        for template in &member.templates {
            if *template.model() != content.model || template.expose().len() != dim {
                return None;
            }
            bytes.extend(template.expose().iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    Some(bytes)
}

fn push_number(bytes: &mut Vec<u8>, number: usize) -> Option<()> {
    bytes.extend(u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

fn push_text(bytes: &mut Vec<u8>, text: &str, bytes_max: usize) -> Option<()> {
    if text.len() > bytes_max {
        return None;
    }
    push_number(bytes, text.len())?;
    bytes.extend(text.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Zeroizing<Vec<u8>> {
        let model = ModelId::parse("m").unwrap();
        let templates = vec![Template::from_vector(model.clone(), vec![0.6, 0.8]).unwrap()];
        write(&GalleryContent { model, members: vec![EnrolledMember { name: "a".into(), templates }] })
            .unwrap()
    }

    #[test]
    fn every_cut_and_every_extra_byte_is_refused() {
        let record = record();
        assert!(read(&record).is_some());
        for len in 0..record.len() {
            assert!(read(&record[..len]).is_none(), "cut at {len}");
        }
        assert!(read(&[record.as_slice(), &[0]].concat()).is_none());
    }

    #[test]
    fn b14_numbers_that_are_no_template_are_refused() {
        let good = record();
        for bad in [[f32::NAN, 0.8], [f32::INFINITY, 0.8], [0.0, 0.0]] {
            let mut bytes = good.to_vec();
            let at = bytes.len() - 8;
            bytes[at..at + 4].copy_from_slice(&bad[0].to_le_bytes());
            bytes[at + 4..].copy_from_slice(&bad[1].to_le_bytes());
            assert!(read(&bytes).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_count_without_bytes_costs_no_memory() {
        let mut bytes = Vec::new();
        push_text(&mut bytes, "m", 10).unwrap();
        for number in [128, u32::MAX as usize] {
            push_number(&mut bytes, number).unwrap();
        }
        assert!(read(&bytes).is_none());
    }
}
