//! Any bytes: `photo::decode` answers, stays inside its limits and never panics.
//!
//! Run it as `docs/decisions/0004-photo-decoding.md` says.

#![no_main]

use bonafide_faces::photo::{PhotoLimits, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Small, so that a run is quick and an allocation beyond the plan shows against libFuzzer's own limit.
    let limits = PhotoLimits {
        max_bytes: 1 << 20,
        max_side_px: 512,
        max_pixels: 128 * 128,
        max_memory_bytes: 16 << 20,
        max_jpeg_scans: 16,
        ..PhotoLimits::default()
    };
    if let Ok(photo) = decode(bytes, &limits) {
        let pixels = u64::from(photo.width_px()) * u64::from(photo.height_px());
        assert!(pixels > 0 && pixels <= limits.max_pixels);
        assert_eq!(photo.rgb().len() as u64, pixels * 3);
    }
});
