//! A batch needs little more memory for more pages, because each page is written as it is drawn.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io;

use paper::sheet::{Sheet, SheetLayout, render_to};
use paper::{Fonts, PaperError};
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

/// Takes a number of bytes and is then full, as a disk may be.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_a_batch_with_its_reason() {
    let fonts = Fonts::open().unwrap();
    let payload = support::payload(1);
    let sheets: Vec<Sheet<'_>> = (0..40).map(|_| support::sheet("李秀英", &payload, None)).collect();
    for room in [0, 100_000] {
        let refused = render_to(&fonts, &sheets, SheetLayout::A4, &mut Full(room)).unwrap_err();
        let PaperError::Write(reason) = refused else { unreachable!("{refused}") };
        assert_eq!(reason.kind(), io::ErrorKind::StorageFull);
    }
}
