//! Pixels to template: photo decoding, detection, alignment, quality, embedding.
