//! Turns an aligned face into a template.

use std::num::NonZeroUsize;

use zeroize::Zeroizing;

use crate::align::{AlignedFace, AlignmentFrame};
use crate::network::{Network, NetworkFault, NetworkShape, WeightsRefusal};
use crate::template::{ModelId, Template};

/// The order in which a network wants the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// How a recogniser is fed and what it gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecogniserSpec {
    /// Where the landmarks go.
    pub frame: AlignmentFrame,
    /// The order of the colour planes; values are 0 to 255.
    pub channels: ChannelOrder,
    /// The network's input and output.
    pub shape: NetworkShape,
}

/// A face recogniser: aligned face to template.
#[derive(Debug)]
pub struct Recogniser {
    network: Network,
    spec: RecogniserSpec,
    model: ModelId,
}

impl Recogniser {
    /// Loads a recogniser's weights. Its templates carry `model`.
    ///
    /// # Errors
    /// [`WeightsRefusal`] when the bytes are not the pinned file or do not fit `spec`.
    pub fn load(
        bytes: &[u8],
        pinned_sha256: &str,
        spec: RecogniserSpec,
        model: ModelId,
        threads: NonZeroUsize,
    ) -> Result<Recogniser, WeightsRefusal> {
        let network = Network::load(bytes, pinned_sha256, spec.shape, threads)?;
        Ok(Recogniser { network, spec, model })
    }

    /// Where this recogniser wants the landmarks.
    #[must_use]
    pub fn frame(&self) -> &AlignmentFrame {
        &self.spec.frame
    }

    /// The identity that templates of this recogniser carry.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The template of an aligned face.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run or gives numbers that are no template (NaN, all zero).
    pub fn embed(&self, face: &AlignedFace) -> Result<Template, NetworkFault> {
        let side = face.side_px();
        let planes = colour_planes(face, self.spec.channels);
        let mut outputs = self.network.run(&[1, 3, side, side], &planes)?;
        if outputs.is_empty() {
            return Err(NetworkFault("the recogniser gave no output".into()));
        }
        Template::from_vector(self.model.clone(), outputs.swap_remove(0))
            .map_err(|refusal| NetworkFault(refusal.to_string()))
    }
}

/// Three planes of floats from 0 to 255. Wiped on drop: they are the face.
pub(crate) fn colour_planes(face: &AlignedFace, channels: ChannelOrder) -> Zeroizing<Vec<f32>> {
    let pixels = face.rgb().as_chunks::<3>().0;
    let order = match channels {
        ChannelOrder::Rgb => [0, 1, 2],
        ChannelOrder::Bgr => [2, 1, 0],
    };
    let mut planes = Zeroizing::new(Vec::with_capacity(face.rgb().len()));
    for channel in order {
        planes.extend(pixels.iter().map(|pixel| f32::from(pixel[channel])));
    }
    planes
}
