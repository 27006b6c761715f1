//! A template as the bytes that the book seals: its numbers as f32, little-endian, one after the other.

use bonafide_faces::template::{ModelId, Template};
use zeroize::Zeroizing;

/// The bytes of a template.
#[must_use]
pub fn to_bytes(template: &Template) -> Zeroizing<Vec<u8>> {
    let numbers = template.expose();
    // The whole size at once: a growing vector would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * numbers.len()));
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

/// The template of such bytes; `None` when they are not those of one.
#[must_use]
pub fn from_bytes(model: &ModelId, bytes: &[u8]) -> Option<Template> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let vector = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    Template::from_vector(model.clone(), vector).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_comes_back_from_its_bytes() {
        let model = ModelId::parse("m").unwrap();
        let template = Template::from_vector(model.clone(), vec![0.6, -0.8, 0.0]).unwrap();
        let bytes = to_bytes(&template);
        assert_eq!(from_bytes(&model, &bytes).unwrap().expose(), template.expose());
        assert!(from_bytes(&model, &bytes[1..]).is_none());
        assert!(from_bytes(&model, &[]).is_none());
        assert!(from_bytes(&model, &f32::NAN.to_le_bytes()).is_none(), "b14: no number, no template");
    }
}
