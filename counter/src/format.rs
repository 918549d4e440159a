//! Times, days and pictures as text for the page.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rules::{At, Day};

/// Returns Shanghai time with its offset: `2026-11-23T14:05:00+08:00`.
pub(crate) fn time_text(at: At) -> String {
    at.civil().strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Returns a day in the form of ISO 8601: `2026-11-23`.
pub(crate) fn day_text(day: Day) -> String {
    day.to_string()
}

/// Returns the last eight digits of a serial, which are random: the first ones are the same on
/// every sheet of a desk.
pub(crate) fn short(serial: &str) -> String {
    serial.get(serial.len().saturating_sub(8)..).unwrap_or(serial).to_owned()
}

/// Returns a picture as part of a view: the page may load nothing from anywhere (S1).
pub(crate) fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

/// Decodes base64 of the page; a `data:` prefix is allowed.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let body = text.split_once(";base64,").map_or(text, |(_, body)| body);
    STANDARD.decode(body.trim()).ok()
}

/// Writes one row of CSV. A cell that a spreadsheet would take for a formula begins with an
/// apostrophe.
pub(crate) fn csv_row(text: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::csv_row;

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_early() {
        let mut text = String::new();
        csv_row(&mut text, &["=cmd|' /C calc'!A0", "a\"b,c", "王*"]);
        assert_eq!(text, "\"'=cmd|' /C calc'!A0\",\"a\"\"b,c\",\"王*\"\r\n");
    }
}
