//! Many sheets in one file.

use crate::support;
use paper::sheet::{Sheet, SheetLayout, render_to};
use paper::{Fonts, PaperError};
use std::io;

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
