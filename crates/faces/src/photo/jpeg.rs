//! JPEG to pixels.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::Photo;
use super::jpeg_survey::survey;
use super::limits::PhotoLimits;
use super::refusal::{PhotoFormat, PhotoRefusal};

/// Decodes a JPEG: grey, YCbCr, RGB, CMYK or YCCK; baseline or progressive.
///
/// Four components are taken as Adobe's inverted inks, as viewers do: nobody else writes them.
pub(super) fn decode(bytes: &[u8], limits: &PhotoLimits) -> Result<Photo, PhotoRefusal> {
    let survey = survey(bytes, limits)?;
    // Strict: a file with damaged data would otherwise come back with its lower part grey, and a template made of
    // half a face is worse than a refusal.
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(survey.width_px as usize)
        .set_max_height(survey.height_px as usize)
        .jpeg_set_max_scans(limits.max_jpeg_scans as usize)
        .set_strict_mode(true);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes[..survey.end]), options);
    decoder.decode_headers().map_err(|error| refusal(&error))?;
    if decoder.dimensions() != Some((survey.width_px as usize, survey.height_px as usize)) {
        return Err(PhotoRefusal::Malformed { format: PhotoFormat::Jpeg });
    }
    let mut stored = Photo::blank(survey.width_px, survey.height_px);
    decoder.decode_into(&mut stored.rgb).map_err(|error| refusal(&error))?;
    // Its tables and rows go before a turned copy is made.
    drop(decoder);
    Ok(survey.orientation.apply(stored))
}

/// The decoder explains at length; whoever brought the file needs only to know that it is damaged.
fn refusal(error: &DecodeErrors) -> PhotoRefusal {
    match error {
        DecodeErrors::ExhaustedData => PhotoRefusal::Truncated { format: PhotoFormat::Jpeg },
        _ => PhotoRefusal::Malformed { format: PhotoFormat::Jpeg },
    }
}
