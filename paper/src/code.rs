//! Encodes a QR symbol and traces it as one vector path.

use qrcode::canvas::Canvas;
use qrcode::{EcLevel, bits, ec};

use crate::error::PaperError;
use crate::mask;

/// Width of the light quiet zone on each side, in modules (ISO/IEC 18004).
pub(crate) const QUIET_ZONE_MODULES: usize = 4;

/// A QR symbol with error correction level M.
pub(crate) struct Symbol {
    /// Number of modules on each side, without the quiet zone.
    pub(crate) side: usize,
    dark: Vec<bool>,
}

/// A closed outline through module corners. x points right, y down; (0, 0) is the top left corner
/// of the symbol.
type Outline = Vec<(u16, u16)>;

/// A QR symbol as a path for screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenSymbol {
    /// Number of modules on each side, without the quiet zone of four.
    pub side: usize,
    /// Outline of the dark area in units of a module, as the attribute `d` of an SVG path, to be
    /// filled by the even-odd rule.
    pub path: String,
}

/// Encodes a text as a QR symbol for a screen.
///
/// # Errors
/// [`PaperError::PayloadTooLong`] if no symbol holds it.
pub fn screen_symbol(text: &str) -> Result<ScreenSymbol, PaperError> {
    let symbol = Symbol::new(text, f32::MAX, 0.0)?;
    let mut path = String::new();
    for outline in symbol.outlines() {
        for (index, (x, y)) in outline.into_iter().enumerate() {
            path.push_str(&format!("{}{x} {y}", if index == 0 { 'M' } else { 'L' }));
        }
        path.push('Z');
    }
    Ok(ScreenSymbol { side: symbol.side, path })
}

impl Symbol {
    /// Encodes `payload` as a symbol.
    ///
    /// # Errors
    /// [`PaperError::PayloadTooLong`] if the symbol and its quiet zone, in a square of `square_mm`,
    /// would have modules smaller than `least_mm`.
    pub(crate) fn new(payload: &str, square_mm: f32, least_mm: f32) -> Result<Self, PaperError> {
        let too_long = || PaperError::PayloadTooLong { characters: payload.len(), least_mm };
        let bits = bits::encode_auto(payload.as_bytes(), EcLevel::M).map_err(|_| too_long())?;
        let version = bits.version();
        let side = usize::try_from(version.width()).unwrap_or(0);
        if module_mm(side, square_mm) < least_mm {
            return Err(too_long());
        }
        let (data, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::M).map_err(|_| too_long())?;
        let mut canvas = Canvas::new(version, EcLevel::M);
        canvas.draw_all_functional_patterns();
        canvas.draw_data(&data, &correction);
        Ok(Self { side, dark: mask::masked(&canvas, side) })
    }

    /// Returns the size of a module, in millimetres, if symbol and quiet zone fill the square.
    pub(crate) fn module_mm(&self, square_mm: f32) -> f32 {
        module_mm(self.side, square_mm)
    }

    /// Returns the dark area as path operators in units of a module, to be filled by the
    /// even-odd rule.
    ///
    /// One path has no inner seams, so no printer or viewer leaves hairlines between modules.
    pub(crate) fn path(&self) -> Vec<u8> {
        let mut path = Vec::with_capacity(16 * 1024);
        for outline in self.outlines() {
            for (index, (x, y)) in outline.into_iter().enumerate() {
                push_number(&mut path, x);
                path.push(b' ');
                push_number(&mut path, y);
                path.extend_from_slice(if index == 0 { b" m\n" } else { b" l\n" });
            }
        }
        path.extend_from_slice(b"f*");
        path
    }

    fn outlines(&self) -> Vec<Outline> {
        let mut edges = Edges::of(self);
        let mut outlines = Vec::new();
        while let Some(outline) = edges.next_outline() {
            outlines.push(outline);
        }
        outlines
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.side && y < self.side && self.dark.get(y * self.side + x).copied().unwrap_or(false)
    }
}

fn module_mm(side: usize, square_mm: f32) -> f32 {
    let modules = u16::try_from(side + 2 * QUIET_ZONE_MODULES).unwrap_or(u16::MAX);
    square_mm / f32::from(modules)
}

/// Appends a number below 1,000. A symbol has over a thousand corners, and the standard library's
/// formatting would take longer than the choice of the mask.
fn push_number(path: &mut Vec<u8>, number: u16) {
    let digits = [number / 100, number / 10, number].map(|part| b'0' + (part % 10) as u8);
    let leading = usize::from(number < 100) + usize::from(number < 10);
    path.extend(digits.iter().skip(leading));
}

/// Edges between dark and light modules, stored at their start corner as right, down, left, up.
struct Edges {
    corners: usize,
    out: Vec<[bool; 4]>,
    scan: usize,
}

const RIGHT: usize = 0;
const DOWN: usize = 1;
const LEFT: usize = 2;
const UP: usize = 3;

impl Edges {
    /// Collects the edges of every dark module. The dark side is on the right of each edge.
    fn of(symbol: &Symbol) -> Self {
        let corners = symbol.side + 1;
        let mut edges = Self { corners, out: vec![[false; 4]; corners * corners], scan: 0 };
        for y in 0..symbol.side {
            for x in 0..symbol.side {
                if !symbol.is_dark(x, y) {
                    continue;
                }
                if y == 0 || !symbol.is_dark(x, y - 1) {
                    edges.set(x, y, RIGHT);
                }
                if !symbol.is_dark(x + 1, y) {
                    edges.set(x + 1, y, DOWN);
                }
                if !symbol.is_dark(x, y + 1) {
                    edges.set(x + 1, y + 1, LEFT);
                }
                if x == 0 || !symbol.is_dark(x - 1, y) {
                    edges.set(x, y + 1, UP);
                }
            }
        }
        edges
    }

    fn set(&mut self, x: usize, y: usize, direction: usize) {
        if let Some(edge) =
            self.out.get_mut(y * self.corners + x).and_then(|corner| corner.get_mut(direction))
        {
            *edge = true;
        }
    }

    fn take(&mut self, corner: usize, direction: usize) -> bool {
        let edge = self.out.get_mut(corner).and_then(|edges| edges.get_mut(direction));
        edge.is_some_and(std::mem::take)
    }

    /// Follows edges from the next unused one back to its start, and keeps only the turns.
    fn next_outline(&mut self) -> Option<Outline> {
        while self.scan < self.out.len() && !self.out.get(self.scan)?[RIGHT] {
            self.scan += 1;
        }
        let start = self.scan;
        if !self.take(start, RIGHT) {
            return None;
        }
        let mut outline = vec![self.point(start)];
        let mut direction = RIGHT;
        let mut corner = self.step(start, RIGHT);
        while corner != start {
            let turns = [(direction + 1) % 4, direction, (direction + 3) % 4];
            let next = turns.into_iter().find(|&turn| self.take(corner, turn))?;
            if next != direction {
                outline.push(self.point(corner));
            }
            direction = next;
            corner = self.step(corner, direction);
        }
        Some(outline)
    }

    fn step(&self, corner: usize, direction: usize) -> usize {
        match direction {
            RIGHT => corner + 1,
            DOWN => corner + self.corners,
            LEFT => corner - 1,
            _ => corner - self.corners,
        }
    }

    fn point(&self, corner: usize) -> (u16, u16) {
        let part = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        (part(corner % self.corners), part(corner / self.corners))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mask::{LONGEST_SIDE, penalty};

    fn symbol() -> Symbol {
        Symbol::new("SSM1:0123456789ABCDEF$%*+-./:", 80.0, 0.5).unwrap()
    }

    /// Returns whether the centre of a module lies inside the outlines, by the even-odd rule.
    fn covers(outlines: &[Outline], x: usize, y: usize) -> bool {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let mut crossings = 0;
        for outline in outlines {
            for (index, &from) in outline.iter().enumerate() {
                let to = outline[(index + 1) % outline.len()];
                let vertical = from.0 == to.0 && f32::from(from.0) > x;
                let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
                crossings += usize::from(vertical && (f32::from(top)..f32::from(bottom)).contains(&y));
            }
        }
        crossings % 2 == 1
    }

    #[test]
    fn outlines_cover_exactly_the_dark_modules() {
        let symbol = symbol();
        let outlines = symbol.outlines();
        for y in 0..symbol.side {
            for x in 0..symbol.side {
                assert_eq!(covers(&outlines, x, y), symbol.is_dark(x, y), "module {x}, {y}");
            }
        }
    }

    #[test]
    fn the_path_has_the_corners_of_the_outlines() {
        let symbol = symbol();
        let path = String::from_utf8(symbol.path()).unwrap();
        let corners = symbol.outlines().concat();
        let written = path.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.parse::<u16>().ok()?, words.next()?.parse::<u16>().ok()?))
        });
        assert_eq!(written.collect::<Vec<_>>(), corners);
        assert_eq!(path.matches('m').count(), symbol.outlines().len());
        let mut numbers = Vec::new();
        for number in [0, 9, 10, 99, 100, 177] {
            push_number(&mut numbers, number);
            numbers.push(b' ');
        }
        assert_eq!(numbers, b"0 9 10 99 100 177 ");
    }

    #[test]
    fn outlines_are_merged_and_turn_at_every_corner() {
        let outlines = symbol().outlines();
        for outline in &outlines {
            for (index, &corner) in outline.iter().enumerate() {
                let next = outline[(index + 1) % outline.len()];
                let after = outline[(index + 2) % outline.len()];
                assert_ne!(corner.0 == next.0, next.0 == after.0, "three corners in a line");
            }
        }
        // The seven dark modules of a finder form a ring with two outlines, and a square inside it.
        assert!(outlines.contains(&vec![(0, 0), (7, 0), (7, 7), (0, 7)]), "{outlines:?}");
        assert!(outlines.contains(&vec![(2, 2), (5, 2), (5, 5), (2, 5)]), "{outlines:?}");
    }

    #[test]
    fn a_payload_that_needs_smaller_modules_is_refused() {
        let modules = symbol().side + 8;
        let exact = modules as f32 * 0.5;
        let payload = "SSM1:0123456789ABCDEF$%*+-./:";
        assert!(Symbol::new(payload, exact, 0.5).is_ok());
        assert!(matches!(Symbol::new(payload, exact - 0.1, 0.5), Err(PaperError::PayloadTooLong { .. })));
    }

    /// Counts the penalties as ISO/IEC 18004:2015 table 11 words them, module by module.
    fn counted(dark: &[bool], side: usize) -> u32 {
        let at = |x: usize, y: usize| dark[y * side + x];
        let rows = (0..side).map(|y| (0..side).map(|x| at(x, y)).collect::<Vec<_>>());
        let columns = (0..side).map(|x| (0..side).map(|y| at(x, y)).collect::<Vec<_>>());
        let mut sum = 0;
        for line in rows.chain(columns) {
            for run in line.chunk_by(|a, b| a == b).filter(|run| run.len() >= 5) {
                sum += 3 + (run.len() - 5);
            }
            let quiet = [false; 4];
            let line = [&quiet[..], &line, &quiet].concat();
            for window in line.windows(11) {
                let finder = [true, false, true, true, true, false, true];
                sum += 40 * usize::from(window[..4] == quiet && window[4..] == finder);
                sum += 40 * usize::from(window[..7] == finder && window[7..] == quiet);
            }
        }
        for (x, y) in (1..side).flat_map(|y| (1..side).map(move |x| (x, y))) {
            let square = [at(x, y), at(x - 1, y), at(x, y - 1), at(x - 1, y - 1)];
            sum += 3 * usize::from(square.iter().all(|&module| module == square[0]));
        }
        let share = 100.0 * dark.iter().filter(|&&dark| dark).count() as f64 / dark.len() as f64;
        u32::try_from(sum).unwrap() + 10 * ((share - 50.0).abs() / 5.0) as u32
    }

    proptest! {
        #[test]
        fn whole_lines_give_the_penalty_counted_module_by_module(
            (side, dark) in (5_usize..=LONGEST_SIDE).prop_flat_map(|side| {
                (Just(side), prop::collection::vec(any::<bool>(), side * side))
            }),
        ) {
            prop_assert_eq!(penalty(&dark, side), counted(&dark, side));
        }
    }
}
