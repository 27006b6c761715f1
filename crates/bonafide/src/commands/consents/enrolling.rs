//! What is asked before anything of a person is taken in: for what, and which other way was offered.

use bonafide_domain::access_method::Method;
use bonafide_domain::consent::Purpose;

/// What a machine is to recognise the member for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PurposeArg {
    /// Opening doors.
    Entry,
    /// Telling the till who is standing there, to earn points.
    TillRecognition,
}

/// The way without biometrics that the member was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AlternativeArg {
    /// A card or bracelet.
    CardNumber,
    /// A card or bracelet that proves itself.
    CardProof,
    /// The key in the member's device.
    DeviceKey,
    /// A code to the member's phone.
    PhoneCode,
}

/// For what, and beside which other way.
#[derive(Debug, clap::Args)]
pub(crate) struct EnrollingArgs {
    /// For which one purpose; each has its own consent.
    #[arg(long, value_enum, default_value_t = PurposeArg::Entry)]
    purpose: PurposeArg,
    /// The way without biometrics that the member was offered on equal terms: the same hours, price and speed.
    #[arg(long, value_enum)]
    alternative: Option<AlternativeArg>,
}

impl EnrollingArgs {
    /// The purpose.
    pub(crate) const fn purpose(&self) -> Purpose {
        match self.purpose {
            PurposeArg::Entry => Purpose::Entry,
            PurposeArg::TillRecognition => Purpose::TillRecognition,
        }
    }

    /// The other way, if one was offered.
    pub(crate) const fn alternative(&self) -> Option<Method> {
        match self.alternative {
            None => None,
            Some(AlternativeArg::CardNumber) => Some(Method::CardNumber),
            Some(AlternativeArg::CardProof) => Some(Method::CardProof),
            Some(AlternativeArg::DeviceKey) => Some(Method::DeviceKey),
            Some(AlternativeArg::PhoneCode) => Some(Method::PhoneCode),
        }
    }
}
