//! Whether the system really gave huge pages.

use std::ops::Range;

/// What came of the wish for huge pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HugePages {
    /// Pieces of template memory.
    pub segments: usize,
    /// Pieces for which the system accepted the wish. Small pieces do not ask.
    pub asked_segments: usize,
    /// Bytes of template memory.
    pub bytes: usize,
    /// Bytes that lie on huge pages; `None` where the system does not tell.
    pub obtained_bytes: Option<usize>,
}

/// Bytes on huge pages within the given address ranges, from the kernel's list of this process's memory.
pub(crate) fn obtained_bytes(ranges: &[Range<usize>]) -> Option<usize> {
    let smaps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    Some(sum_huge(&smaps, ranges))
}

/// The kernel counts for whole areas, and it joins neighbouring areas; so an area counts at most as many bytes as it
/// shares with `ranges`.
fn sum_huge(smaps: &str, ranges: &[Range<usize>]) -> usize {
    let mut shared = 0;
    let mut sum = 0;
    for line in smaps.lines() {
        if let Some(area) = area(line) {
            shared = ranges.iter().map(|range| overlap(range, &area)).sum();
        } else if let Some(kib) =
            line.strip_prefix("AnonHugePages:").and_then(|rest| rest.split_whitespace().next())
        {
            sum += shared.min(kib.parse::<usize>().unwrap_or(0) * 1_024);
        }
    }
    sum
}

/// `7f0000000000-7f0000200000 rw-p …` begins an area.
fn area(line: &str) -> Option<Range<usize>> {
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    Some(usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?)
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_share_of_an_area_counts() {
        let smaps = "00200000-00600000 rw-p 00000000 00:00 0\nSize: 4096 kB\nAnonHugePages:      4096 kB\n\
                     00800000-00a00000 rw-p 00000000 00:00 0\nAnonHugePages:         0 kB\n\
                     00c00000-00e00000 rw-p 00000000 00:00 0 [heap]\nAnonHugePages:      2048 kB\n";
        let ours = [0x0040_0000..0x0060_0000, 0x0080_0000..0x00a0_0000];
        assert_eq!(sum_huge(smaps, &ours), 0x0020_0000);
    }
}
