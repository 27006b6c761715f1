//! A code from a member's screen is looked at before the transaction, which does not wait for a signature: whose it is, and
//! whether it counts now. Whether it has opened before is asked within, together with the decision.

use bonafide_domain::qr::{self, Code, CodeRefusal, Signer, Unreadable, time};
use bonafide_store::id::Id;
use bonafide_store::passages::ShownCode;
use bonafide_store::qr::{devices, used};
use bonafide_store::store::Store;

use crate::device_key::has_signed;
use crate::failure::Failure;

/// What was found out about a code. Only [`examine`] makes one: whoever holds it knows that the signature was checked.
#[derive(Debug, Clone, Copy)]
pub struct Examined(pub(super) Finding);

#[derive(Debug, Clone, Copy)]
pub(super) enum Finding {
    /// It is no code at all, but a text that some other thing carries.
    NotACode,
    /// It opens nothing and names nobody.
    Bad(CodeRefusal),
    /// A device has signed it. It may be too old all the same.
    Signed { credential: Id, code: ShownCode },
}

impl Examined {
    /// Whose device shows it, as its credential, when it counts now. Nothing is used up by asking, and what the credential allows is
    /// another question.
    ///
    /// # Errors
    /// Why it does not count; nothing when it is no code at all.
    pub fn shown_by(&self) -> Result<Id, Option<CodeRefusal>> {
        match &self.0 {
            Finding::NotACode => Err(None),
            Finding::Bad(why) => Err(Some(*why)),
            Finding::Signed { credential, code } => {
                code.refused.map_or(Ok(*credential), |why| Err(Some(why)))
            }
        }
    }
}

/// Looks at what a scanner has read, without the line's end that some add.
///
/// # Errors
/// The key of the fault when the book cannot be read: then nothing may open by it.
pub fn examine(store: &Store, now_us: i64, text: &str) -> Result<Examined, Failure> {
    let code = match Code::parse(text) {
        Ok(code) => code,
        Err(Unreadable::NotACode) => return Ok(Examined(Finding::NotACode)),
        Err(why) => return Ok(Examined(Finding::Bad(why.into()))),
    };
    let (device, floor_us) = store.read(|tx| {
        let device = devices::signer(tx, store.vault(), code.id().key(), now_us)?;
        Ok((device, used::time_floor_us(tx)?))
    })?;
    // Also without a device, so that the time of an answer does not tell which keys there are.
    let signed =
        has_signed(device.as_ref().map(|device| &device.key), &code.signed_bytes(), code.signature());
    let signer = match (&device, signed) {
        (None, _) => Signer::Nobody,
        (Some(_), false) => Signer::Another,
        (Some(_), true) => Signer::Own,
    };
    let site = store.vault().ring().site();
    let refused = qr::judge(&code, site, signer, time::trusted(now_us, floor_us)).err();
    let finding = match (device, refused) {
        (
            Some(device),
            None | Some(CodeRefusal::NoTrustedTime | CodeRefusal::TooEarly | CodeRefusal::Expired),
        ) => Finding::Signed { credential: device.credential, code: ShownCode { id: code.id(), refused } },
        (_, Some(why)) => Finding::Bad(why),
        (None, None) => Finding::Bad(CodeRefusal::UnknownKey),
    };
    Ok(Examined(finding))
}
