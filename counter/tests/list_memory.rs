//! S12: however a list was made, no more than the stated amount of memory is taken. Alone in its
//! program: the allocator is counted.

use counter::list_file::read;
use fixture::xlsx::xlsx_of_sheet;
use peak_alloc::PeakAlloc;
use rules::{Day, list::FILE_BYTES};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const STATED_MB: f32 = 200.0;

fn peak_mb_of_reading(bytes: &[u8]) -> f32 {
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage_as_mb();
    let _ = read(bytes, Day::constant(2026, 11, 29));
    ALLOCATOR.peak_usage_as_mb() - before
}

#[test]
fn s12_memory_is_bounded() {
    let cells = "<c><v>1</v></c>".repeat(900_000);
    let quotes = [b"\"".to_vec(), vec![b','; FILE_BYTES - 1]].concat();
    let lines = "\u{738B},1\n".repeat(FILE_BYTES / 6).into_bytes();
    for (what, bytes) in [
        ("a row without end", xlsx_of_sheet(&format!("<row r=\"1\">{cells}</row>"))),
        ("a long text", xlsx_of_sheet(&"a".repeat(15_000_000))),
        ("separators", vec![b','; FILE_BYTES]),
        ("an open quotation", quotes),
        ("lines without end", lines),
    ] {
        let peak = peak_mb_of_reading(&bytes);
        assert!(peak < STATED_MB, "{peak} MB for {what}");
    }
}
