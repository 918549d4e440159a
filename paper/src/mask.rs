//! Chooses the mask of a QR symbol by the penalties of ISO/IEC 18004, whole rows at once.
//!
//! `qrcode` counts the same penalties module by module, which takes seven times as long as all else
//! it does for a symbol.

use qrcode::Color;
use qrcode::canvas::{Canvas, MaskPattern};

/// Longest side of a symbol whose row fits into a line, with the quiet zone on its left.
pub(crate) const LONGEST_SIDE: usize = 121;
/// Light modules of the quiet zone that count when a finder pattern is looked for.
const QUIET: u32 = 4;

const PATTERNS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// A row or column of a symbol. Bit 0 is its first module, and a dark module is 1.
type Line = u128;

/// Applies the mask with the least penalty, and returns for each module whether it is dark.
pub(crate) fn masked(canvas: &Canvas, side: usize) -> Vec<bool> {
    if side > LONGEST_SIDE {
        return dark_modules(canvas.apply_best_mask());
    }
    let masked = PATTERNS.into_iter().map(|pattern| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(pattern);
        dark_modules(canvas)
    });
    masked.min_by_key(|dark| penalty(dark, side)).unwrap_or_default()
}

fn dark_modules(canvas: Canvas) -> Vec<bool> {
    canvas.into_colors().into_iter().map(|color| color == Color::Dark).collect()
}

/// Returns the sum of the four penalties of a masked symbol.
pub(crate) fn penalty(dark: &[bool], side: usize) -> u32 {
    let mut rows: Vec<Line> = Vec::with_capacity(side);
    let mut columns: Vec<Line> = vec![0; side];
    for (y, modules) in dark.chunks_exact(side).enumerate() {
        let mut row = 0;
        for (x, (&dark, column)) in modules.iter().zip(&mut columns).enumerate() {
            row |= Line::from(dark) << x;
            *column |= Line::from(dark) << y;
        }
        rows.push(row);
    }
    let lines: u32 = rows.iter().chain(&columns).map(|&line| runs(line, side) + finders(line)).sum();
    let blocks: u32 =
        rows.iter().zip(rows.iter().skip(1)).map(|(&upper, &lower)| blocks(upper, lower, side)).sum();
    let count: u32 = rows.iter().map(|row| row.count_ones()).sum();
    lines + blocks + imbalance(count, side)
}

/// Returns the bits at which a module has the colour of the next one.
fn equal_to_next(line: Line, side: usize) -> Line {
    !(line ^ (line >> 1)) & ((1 << (side - 1)) - 1)
}

/// Penalty for five or more modules of one colour in line: three, and one for each above five.
fn runs(line: Line, side: usize) -> u32 {
    let equal = equal_to_next(line, side);
    let five = equal & (equal >> 1) & (equal >> 2) & (equal >> 3);
    let starts = five & !(five << 1);
    five.count_ones() + 2 * starts.count_ones()
}

/// Penalty for patterns that look like a finder, 1:1:3:1:1 with four light modules on a side:
/// 40 for each such side. The quiet zone is light.
fn finders(line: Line) -> u32 {
    let line = line << QUIET;
    let at = |module: u32| line >> module;
    let finder = at(0) & !at(1) & at(2) & at(3) & at(4) & !at(5) & at(6);
    let light_before = !((line << 1) | (line << 2) | (line << 3) | (line << 4));
    let light_after = !(at(7) | at(8) | at(9) | at(10));
    40 * ((finder & light_before).count_ones() + (finder & light_after).count_ones())
}

/// Penalty for squares of 2 × 2 modules of one colour: three for each.
fn blocks(upper: Line, lower: Line, side: usize) -> u32 {
    3 * (equal_to_next(upper, side) & equal_to_next(lower, side) & !(upper ^ lower)).count_ones()
}

/// Penalty for a share of dark modules other than a half: ten for every full 5 % of difference.
fn imbalance(dark: u32, side: usize) -> u32 {
    let all = u32::try_from(side * side).unwrap_or(u32::MAX);
    10 * ((20 * dark).abs_diff(10 * all) / all)
}
