//! The inner loops, one for each instruction set, all with the same answer to the last bit.
//!
//! A value of [`Avx512Vnni`], [`Avx2`] or [`Neon`] can only be made by a function that asks the CPU; who holds one may
//! use the instructions.

use std::fmt;

use crate::limits::BLOCK_SLOTS;
use crate::query::Query;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

#[cfg(target_arch = "x86_64")]
use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use avx512_vnni::Avx512Vnni;
#[cfg(target_arch = "aarch64")]
use neon::Neon;
use portable::Portable;

/// Bytes of one line: four components of each slot of a block.
pub(crate) const LINE_BYTES: usize = 4 * BLOCK_SLOTS;

/// Whole blocks of templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'a> {
    lines: &'a [[u8; LINE_BYTES]],
    inverse_norms: &'a [[f32; BLOCK_SLOTS]],
    lines_per_block: usize,
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(codes: &'a [u8], inverse_norms: &'a [f32], lines_per_block: usize) -> Self {
        let (lines, lines_rest) = codes.as_chunks();
        let (inverse_norms, norms_rest) = inverse_norms.as_chunks();
        assert!(
            lines_rest.is_empty()
                && norms_rest.is_empty()
                && lines.len() == inverse_norms.len() * lines_per_block
        );
        Self { lines, inverse_norms, lines_per_block }
    }

    /// Each block: its lines, then the inverse norms of its slots.
    fn iter(self) -> impl Iterator<Item = (&'a [[u8; LINE_BYTES]], &'a [f32; BLOCK_SLOTS])> {
        self.lines.chunks_exact(self.lines_per_block).zip(self.inverse_norms)
    }

    /// The bytes that a search has to read.
    pub(crate) fn bytes_to_read(self) -> [&'a [u8]; 2] {
        // SAFETY: floats have no padding, and any byte may be read as u8.
        let norms = unsafe {
            std::slice::from_raw_parts(self.inverse_norms.as_ptr().cast(), size_of_val(self.inverse_norms))
        };
        [self.lines.as_flattened(), norms]
    }
}

/// A block in which at least one key is at or above the limit of a query.
pub(crate) struct Found<'a> {
    pub(crate) query: usize,
    /// Index among the blocks given.
    pub(crate) block: usize,
    /// A bit for each slot whose key is at or above the limit.
    pub(crate) slots: u16,
    /// Dot product over the template's norm, for each slot.
    pub(crate) keys: &'a [f32; BLOCK_SLOTS],
}

/// An instruction set at work.
///
/// The key of a slot is `dot as f32 * inverse_norm`: the dot product is an exact integer, so that the one conversion
/// and the one product round alike everywhere.
pub(crate) trait Kernel: Copy + Send + Sync {
    /// `Q` queries arranged as the inner loop wants them.
    type Packed<const Q: usize>: Sync;

    fn pack<const Q: usize>(self, queries: [&Query; Q]) -> Self::Packed<Q>;

    /// Compares all slots with all queries in one pass. `found` is told of every block with a key at or above
    /// `limits[query]` and answers with the new limit of that query. A key that is NaN is below every limit.
    fn scan<const Q: usize>(
        self,
        blocks: Blocks<'_>,
        packed: &Self::Packed<Q>,
        limits: &mut [f32; Q],
        found: &mut impl FnMut(Found<'_>) -> f32,
    );

    /// The sum of the bytes as little-endian 64-bit words: the plainest way to read them all, for comparison. A rest
    /// of less than 64 bytes is left out.
    fn sum(self, bytes: &[u8]) -> u64;
}

/// Something to be done with a kernel, whichever it is.
pub(crate) trait Task {
    type Output;
    fn run<K: Kernel>(self, kernel: K) -> Self::Output;
}

/// A family of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// AVX-512 with the integer dot products of VNNI.
    Avx512Vnni,
    /// AVX2.
    Avx2,
    /// NEON, without the optional dot product instructions.
    Neon,
    /// No assumption about the CPU.
    Portable,
}

impl InstructionSet {
    /// What this CPU can do, best first. The last is always [`InstructionSet::Portable`].
    pub fn available() -> Vec<Self> {
        [Self::Avx512Vnni, Self::Avx2, Self::Neon, Self::Portable]
            .into_iter()
            .filter(|set| Selected::new(*set).is_some())
            .collect()
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512Vnni => "AVX-512 VNNI",
            Self::Avx2 => "AVX2",
            Self::Neon => "NEON",
            Self::Portable => "portable",
        })
    }
}

/// An instruction set that this CPU has: the tokens inside prove it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Selected {
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(Avx512Vnni),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    Portable(Portable),
}

impl Selected {
    /// `None` when the CPU does not have it.
    pub(crate) fn new(set: InstructionSet) -> Option<Self> {
        match set {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512Vnni => Avx512Vnni::detect().map(Self::Avx512Vnni),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => Avx2::detect().map(Self::Avx2),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => Neon::detect().map(Self::Neon),
            InstructionSet::Portable => Some(Self::Portable(Portable)),
            #[allow(unreachable_patterns, reason = "on some CPUs every set was named above")]
            _ => None,
        }
    }

    /// The best that this CPU has.
    pub(crate) fn best() -> Self {
        let best = [InstructionSet::Avx512Vnni, InstructionSet::Avx2, InstructionSet::Neon];
        best.into_iter().find_map(Self::new).unwrap_or(Self::Portable(Portable))
    }

    pub(crate) fn instruction_set(self) -> InstructionSet {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(_) => InstructionSet::Avx512Vnni,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => InstructionSet::Avx2,
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => InstructionSet::Neon,
            Self::Portable(_) => InstructionSet::Portable,
        }
    }

    /// Does the task with the code that was compiled for this instruction set.
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(kernel) => task.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(kernel) => task.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(kernel) => task.run(kernel),
            Self::Portable(kernel) => task.run(kernel),
        }
    }
}
