//! The Han characters of GB 18030-2022, implementation level 3, without amendment 1.
//!
//! Level 3 of the standard contains the unified ideographs of Unicode 11, block by block. The
//! blocks below have 87,875 characters. Unicode keeps 12 more unified ideographs among the
//! compatibility ideographs, which makes 87,887.

use std::ops::RangeInclusive;

/// Number of characters in level 3.
pub(crate) const COUNT: usize = 87_887;

const BLOCKS: [RangeInclusive<u32>; 7] = [
    0x4E00..=0x9FEF,   // 20,976: unified repertoire and ordering
    0x3400..=0x4DB5,   //  6,582: extension A
    0x20000..=0x2A6D6, // 42,711: extension B
    0x2A700..=0x2B734, //  4,149: extension C
    0x2B740..=0x2B81D, //    222: extension D
    0x2B820..=0x2CEA1, //  5,762: extension E
    0x2CEB0..=0x2EBE0, //  7,473: extension F
];

const AMONG_COMPATIBILITY: [u32; 12] =
    [0xFA0E, 0xFA0F, 0xFA11, 0xFA13, 0xFA14, 0xFA1F, 0xFA21, 0xFA23, 0xFA24, 0xFA27, 0xFA28, 0xFA29];

/// Returns all characters of level 3.
pub(crate) fn characters() -> Vec<char> {
    let blocks = BLOCKS.into_iter().flatten().chain(AMONG_COMPATIBILITY);
    blocks.map(|code_point| char::from_u32(code_point).unwrap()).collect()
}
