//! Numbers for tests: repeatable, without a pattern that a wrong index could hide in.

/// `len` numbers from -1 to 1.
pub(super) fn noise(seed: u32, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// Fails unless all numbers agree within `tolerance` of the largest.
pub(super) fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, case: &str) {
    assert_eq!(found.len(), expected.len(), "{case}");
    let largest = expected.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let differs = (found - expected).abs();
        assert!(differs <= tolerance * largest, "{case}: {found} instead of {expected} at {index}");
    }
}
