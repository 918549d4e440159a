//! What leaves the desk in a report is made harmless first. Logs and settings hold no personal
//! data; this is the second lock on the same door.

use toml::Value;

/// Digits in a row from which a number may be somebody's: a mobile number has 11.
const LONG_NUMBER: usize = 11;

/// Returns a line without long numbers, Chinese text, control characters, and what stands before
/// the host of an address.
pub(super) fn line(text: &str) -> String {
    let text = without_users(text);
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    // One more sign at the end, so that the last number is looked at too.
    for sign in text.chars().chain(['\n']) {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        let is_long = digits.len() >= LONG_NUMBER;
        out.push_str(if is_long { "#" } else { &digits });
        digits.clear();
        match sign {
            // The check sign of an ID number.
            'X' | 'x' if is_long => {}
            ' '..='~' => out.push(sign),
            '\n' | '\t' => out.push(' '),
            sign if sign.is_control() => {}
            _ => out.push('?'),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Returns a text whose addresses have no user and no password.
fn without_users(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['/', '?', '#', '"', ' ']).unwrap_or(part.len());
        let (authority, rest) = part.split_at(end);
        out.push_str("://");
        out.push_str(authority.rsplit('@').next().unwrap_or_default());
        out.push_str(rest);
    }
    out
}

/// Returns settings redacted; of an address, what comes after its path goes as well.
pub(super) fn settings(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains("://") => {
            Value::String(line(text.split(['?', '#']).next().unwrap_or_default()))
        }
        Value::String(text) => Value::String(line(&text)),
        Value::Array(values) => Value::Array(values.into_iter().map(settings).collect()),
        Value::Table(table) => {
            Value::Table(table.into_iter().map(|(name, value)| (name, settings(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_people_and_chinese_text_do_not_pass() {
        for (text, redacted) in [
            ("card 310000194502030018 read", "card # read"),
            ("31000019450203001X", "#"),
            ("call 13800000001.", "call #."),
            ("310101202611300310000000001", "#"),
            ("printer 冯长寿 \u{1b}[31mred\n", "printer ??? [31mred"),
            (
                "2026-11-30T00:33:53.123456Z WARN desk: seq=4711",
                "2026-11-30T00:33:53.123456Z WARN desk: seq=4711",
            ),
        ] {
            assert_eq!(line(text), redacted);
        }
    }

    #[test]
    fn addresses_lose_their_passwords_and_settings_their_queries() {
        for (text, redacted) in [
            ("ipp://clerk:secret@printer.invalid:631/print", "ipp://printer.invalid:631/print"),
            ("at https://centre.invalid, then", "at https://centre.invalid, then"),
            ("uri=\"ipps://a@b@host\" and x://u:p@h?k", "uri=\"ipps://host\" and x://h?k"),
            ("/dev/ttyUSB0", "/dev/ttyUSB0"),
            ("mail to a@b.invalid", "mail to a@b.invalid"),
        ] {
            assert_eq!(line(text), redacted);
        }
        let table: Value =
            toml::from_str("[printer]\nuri = \"ipp://u:p@host/a?key=1\"\nlist = [\"x://s@h\"]").unwrap();
        let text = settings(table).to_string();
        assert!(!text.contains('@') && !text.contains("key=1"), "{text}");
        assert!(text.contains("ipp://host/a") && text.contains("x://h"), "{text}");
    }
}
