//! All that is kept of somebody whom an outside provider or a vendor's device recognises.
//!
//! There is no field for a picture, a template or a score, and the texts are too short and too plain to hold one.

use crate::hidden::hide_from_debug;

/// The most bytes of a provider's reference or transaction id.
pub const PROVIDER_TEXT_BYTES_MAX: usize = 128;

/// What the provider decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderDecision {
    /// It is the person of the reference.
    Confirmed,
    /// It is not.
    NotConfirmed,
    /// The provider could not tell.
    Undecided,
}

/// The provider's reference to the person, its decision, and the id of the transaction. Nothing else may be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderResult {
    reference: String,
    decision: ProviderDecision,
    transaction_id: String,
}

/// The reference of a vendor's device to a fingerprint or palm that it keeps.
#[derive(Clone, PartialEq, Eq)]
pub struct VendorReference(String);

hide_from_debug!(ProviderResult, VendorReference);

/// Why an answer of a provider or a device is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderRefusal {
    /// The reference is empty, longer than [`PROVIDER_TEXT_BYTES_MAX`], or has more than letters, digits and `-_.:`.
    Reference,
    /// The same of the transaction id.
    TransactionId,
}

impl ProviderResult {
    /// Checks an answer. The checks stand in the order of [`ProviderRefusal`].
    pub fn parse(
        reference: &str,
        decision: ProviderDecision,
        transaction_id: &str,
    ) -> Result<Self, ProviderRefusal> {
        if !is_plain(reference) {
            return Err(ProviderRefusal::Reference);
        }
        if !is_plain(transaction_id) {
            return Err(ProviderRefusal::TransactionId);
        }
        Ok(Self { reference: reference.to_owned(), decision, transaction_id: transaction_id.to_owned() })
    }

    /// The provider's name for the person.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// What it decided.
    pub const fn decision(&self) -> ProviderDecision {
        self.decision
    }

    /// The provider's name for this one question.
    pub fn transaction_id(&self) -> &str {
        &self.transaction_id
    }
}

impl VendorReference {
    /// Checks a reference.
    pub fn parse(reference: &str) -> Result<Self, ProviderRefusal> {
        if is_plain(reference) { Ok(Self(reference.to_owned())) } else { Err(ProviderRefusal::Reference) }
    }

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An id as providers write them. Without `+`, `/` and `=` no picture in base64 passes, however small.
fn is_plain(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
    (1..=PROVIDER_TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProviderDecision::Confirmed;

    #[test]
    fn only_an_id_is_kept() {
        let longest = "a".repeat(PROVIDER_TEXT_BYTES_MAX);
        for good in ["urn:ebs:1234-56_7.8", "a", &longest] {
            let result = ProviderResult::parse(good, Confirmed, good).unwrap();
            let kept = (result.reference(), result.decision(), result.transaction_id());
            assert_eq!(kept, (good, Confirmed, good));
            assert_eq!(VendorReference::parse(good).unwrap().as_str(), good);
            assert_eq!(format!("{result:?}"), "ProviderResult(…)");
        }
        for bad in ["", " a", "a\n", "data:image/jpeg;base64,", "iVBORw0KGgo=", "анна", &"a".repeat(129)]
        {
            assert_eq!(ProviderResult::parse(bad, Confirmed, "a"), Err(ProviderRefusal::Reference), "{bad}");
            assert_eq!(ProviderResult::parse("a", Confirmed, bad), Err(ProviderRefusal::TransactionId));
            assert_eq!(VendorReference::parse(bad), Err(ProviderRefusal::Reference));
        }
    }
}
