//! Splitting the bytes of a scanner into codes.

use drivers::scanner::{ScanLines, ScannerError};

fn scan(pieces: &[&[u8]]) -> Vec<Result<String, ScannerError>> {
    let mut lines = ScanLines::default();
    pieces
        .iter()
        .flat_map(|piece| lines.push(piece))
        .map(|code| code.map(|code| code.text().to_owned()))
        .collect()
}

#[test]
fn every_usual_line_end_ends_a_code_once() {
    for end in ["\r", "\n", "\r\n"] {
        let sent = format!("FIRST $%*+-./:{end}SECOND{end}");
        assert_eq!(scan(&[sent.as_bytes()]), [Ok("FIRST $%*+-./:".to_owned()), Ok("SECOND".to_owned())]);
    }
}

#[test]
fn a_code_may_arrive_in_pieces() {
    assert_eq!(scan(&[b"AB", b"", b"CD\r", b"\nE"]), [Ok("ABCD".to_owned())]);
}

#[test]
fn the_symbology_prefix_is_dropped() {
    assert_eq!(scan(&[b"]Q1ABC\r"]), [Ok("ABC".to_owned())]);
    assert_eq!(scan(&[b"]ABC\r"]), [Ok("]ABC".to_owned())]);
}

#[test]
fn a_damaged_code_is_reported_and_the_next_one_is_good() {
    let control = scan(&[b"A\x02B\rGOOD\r"]);
    let no_text = scan(&[b"\xFF\xFE\rGOOD\r"]);
    let too_long = scan(&[&[b'A'; 9000], b"\rGOOD\r"]);
    for codes in [control, no_text, too_long] {
        assert_eq!(codes, [Err(ScannerError::Garbled), Ok("GOOD".to_owned())]);
    }
}

#[test]
fn debug_output_does_not_show_the_code() {
    let mut lines = ScanLines::default();
    let code = lines.push(b"SECRET\r").remove(0);
    assert_eq!(format!("{code:?}"), "Ok(ScannedText(6 bytes, redacted))");
}
