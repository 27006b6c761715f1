//! What one made-up member carries, and what of it he shows at a door.

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::card::CardNumber;
use bonafide_domain::consent::{ProviderResult, VendorReference};
use bonafide_store::credentials::content::{Content, DeviceKey, Trait};
use bonafide_store::credentials::find::Kept;
use bonafide_store::id::Id;
use bonafide_store::passages::door::Door;

use super::dice::Dice;
use crate::flows::recognition::Presented;

/// What vouches for an answer of a provider or a device in the demo.
const ASSURED: Assurance = Assurance { live: true, bound_held: true, never_alone: false };

/// The keys of a member.
#[derive(Clone, Default)]
pub(super) struct Bunch {
    pub(super) card: Option<CardNumber>,
    /// The card answers a challenge.
    pub(super) proves: bool,
    pub(super) device: Option<DeviceKey>,
    pub(super) pin: Option<Id>,
    pub(super) provider: Option<ProviderResult>,
    pub(super) vendor: Option<(Trait, VendorReference)>,
}

impl Bunch {
    /// What the credentials of a member make; those that count no more count here all the same, or nobody would be refused.
    pub(super) fn of(credentials: &[Kept]) -> Bunch {
        let mut bunch = Bunch::default();
        for kept in credentials {
            match &kept.content {
                Some(Content::Card(number) | Content::Bracelet(number)) => bunch.card = Some(*number),
                Some(Content::VirtualCard(key)) => bunch.device = Some(key.clone()),
                Some(Content::Pin(_)) => bunch.pin = Some(kept.id),
                Some(Content::AtProvider(Trait::Face, result)) => bunch.provider = Some(result.clone()),
                Some(Content::InDevice(of, reference)) => bunch.vendor = Some((*of, reference.clone())),
                _ => {}
            }
        }
        bunch
    }

    /// One thing, if he has it.
    pub(super) fn by(&self, method: Method) -> Option<Presented> {
        match method {
            Method::CardNumber => self.card.map(Presented::Card),
            Method::CardProof => self.card.filter(|_| self.proves).map(Presented::CardProof),
            Method::DeviceKey => self.device.clone().map(Presented::Device),
            Method::Pin => self.pin.map(Presented::Pin),
            Method::Face => {
                let provided = self.provider.clone();
                let provided = provided.map(|result| Presented::Provider(Trait::Face, result, ASSURED));
                provided.or_else(|| self.vendor(|of| of == Trait::Face))
            }
            Method::FingerprintOrPalm => self.vendor(|of| matches!(of, Trait::Palm | Trait::Fingerprint)),
            Method::ClubNumber | Method::PhoneCode | Method::Voice => None,
        }
    }

    fn vendor(&self, fits: impl Fn(Trait) -> bool) -> Option<Presented> {
        let kept = self.vendor.clone().filter(|(of, _)| fits(*of));
        kept.map(|(of, reference)| Presented::Vendor(of, reference, ASSURED))
    }

    /// What he shows at a door: all of a combination that it demands, or one of his things that it takes.
    pub(super) fn at(&self, door: &Door, dice: &mut Dice) -> Vec<Presented> {
        let demanded = door.rules.demands.combinations();
        for combination in demanded {
            let all: Option<Vec<Presented>> = combination.iter().map(|&method| self.by(method)).collect();
            if let Some(all) = all {
                return all.into_iter().map(|one| anew(one, dice)).collect();
            }
        }
        // Where nothing is demanded, a PIN alone would be asked for more.
        let alone = |method: &&Method| **method != Method::Pin || !demanded.is_empty();
        let methods = door.point.methods.methods().iter().filter(alone);
        let mut mine: Vec<Presented> = methods.filter_map(|&method| self.by(method)).collect();
        if mine.is_empty() {
            return mine;
        }
        // Most take the bracelet, though they have more.
        let which = if dice.percent(50) { 0 } else { dice.below(mine.len()) };
        vec![anew(mine.swap_remove(which), dice)]
    }
}

/// A provider's answer with a transaction of its own: each opens once.
fn anew(presented: Presented, dice: &Dice) -> Presented {
    let Presented::Provider(of, result, assurance) = &presented else { return presented };
    let transaction = format!("demo-{:016x}", dice.clone().next());
    let made = ProviderResult::parse(result.reference(), result.decision(), &transaction);
    made.map_or(presented.clone(), |made| Presented::Provider(*of, made, *assurance))
}
