//! A batch needs little more memory for more pages, because each page is written as it is drawn.
//! Alone in its program: it counts allocations.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "the other tests use the rest of it")]
#[path = "paper/support/mod.rs"]
mod support;

use std::io;

use paper::Fonts;
use paper::sheet::{Sheet, SheetLayout, render_to};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Most bytes that a further page may add: ids, offsets and the references of the structure tree.
const BYTES_A_PAGE: usize = 8 * 1024;

#[test]
fn a_batch_needs_little_more_memory_for_more_pages() {
    let fonts = Fonts::open().unwrap();
    let photo = support::portrait(1);
    let payload = support::payload(1);
    let peak = |pages: usize| {
        let sheets: Vec<Sheet<'_>> =
            (0..pages).map(|_| support::sheet("李秀英", &payload, Some(&photo))).collect();
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        render_to(&fonts, &sheets, SheetLayout::A4, &mut io::sink()).unwrap();
        MEMORY.peak_usage() - before
    };
    let (few, many) = (peak(20), peak(320));
    let growth = many.saturating_sub(few) / 300;
    assert!(growth < BYTES_A_PAGE, "{growth} bytes a page: {few} for 20 pages, {many} for 320");
    println!("{few} bytes for 20 pages, {growth} for each further page");
}
