//! A QR code as squares to draw.

use qrcode::{Color, EcLevel, QrCode};

use crate::failure::Failure;

/// Light squares around the code, as its standard asks.
const QUIET_SQUARES: usize = 4;

/// The dark squares of a code, with the quiet zone around them.
pub(crate) struct Squares {
    /// Squares of a side.
    pub(crate) side: usize,
    /// The dark ones as the path of an SVG, one unit for each square.
    pub(crate) path: String,
}

impl Squares {
    /// The code of a text. A quarter of it may be scratched away: cards live in pockets.
    ///
    /// # Errors
    /// `code_too_long` for a text that fits into no code.
    pub(crate) fn of(text: &str) -> Result<Squares, Failure> {
        let code = QrCode::with_error_correction_level(text, EcLevel::Q)
            .map_err(|error| Failure::new("code_too_long", format!("no code for this number: {error}")))?;
        let width = code.width();
        let colors = code.into_colors();
        let mut path = String::new();
        for (row, squares) in colors.chunks(width).enumerate() {
            let mut at = 0;
            for run in squares.chunk_by(|one, other| one == other) {
                if run.first() == Some(&Color::Dark) {
                    let (x, y, length) = (at + QUIET_SQUARES, row + QUIET_SQUARES, run.len());
                    path.push_str(&format!("M{x} {y}h{length}v1h-{length}z"));
                }
                at += run.len();
            }
        }
        Ok(Squares { side: width + 2 * QUIET_SQUARES, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_its_quiet_zone() {
        let code = Squares::of("A7K2M9Q4X1Z8").unwrap();
        assert_eq!(code.side, 21 + 8, "the smallest code");
        // The top edges of the two upper corners, and that of the lower one.
        for corner in ["M4 4h7v1h-7z", "M18 4h7v1h-7z", "M4 18h7v1h-7z"] {
            assert!(code.path.contains(corner), "{corner}");
        }
        assert_eq!(Squares::of(&"x".repeat(5_000)).err().unwrap().key, "code_too_long");
    }
}
