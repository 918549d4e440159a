//! The two cookies. No script reads them, no other site sends them, and they hold random digits.

use axum::http::{HeaderMap, HeaderName, header};

/// Verifier of a log-in that was begun.
pub(crate) const LOG_IN: &str = "__Host-log-in";
/// Session of a citizen.
pub(crate) const SESSION: &str = "__Host-session";

/// Returns a header that sets a cookie for some seconds; 0 deletes it. The prefix of the name makes
/// browsers refuse one that was set for a whole domain, or without TLS.
pub(crate) fn set(name: &str, value: &str, seconds: u32) -> (HeaderName, String) {
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    (header::SET_COOKIE, cookie)
}

/// Returns the value of a cookie, if it has the form of ours.
pub(crate) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut found = lines.flat_map(|line| line.split(';')).filter_map(|part| part.trim().split_once('='));
    let (_, value) = found.find(|(found, _)| *found == name)?;
    is_ours(value).then(|| value.to_owned())
}

/// Draws a value that nobody guesses.
pub(crate) fn draw() -> String {
    rules::hex::encode(&rand::random::<[u8; 32]>())
}

/// Returns whether a text has the form of [`draw`].
pub(crate) fn is_ours(text: &str) -> bool {
    rules::hex::decode_array::<32>(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_only_in_its_own_form() {
        let value = draw();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, format!("a=b; {SESSION}={value}; {LOG_IN}=short").parse().unwrap());
        assert_eq!(get(&headers, SESSION), Some(value));
        assert_eq!(get(&headers, LOG_IN), None);
        assert_eq!(get(&headers, "session"), None);
    }

    #[test]
    fn no_script_and_no_other_site_has_a_cookie() {
        let (_, cookie) = set(SESSION, "ab", 600);
        for word in ["__Host-", "Path=/;", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=600"] {
            assert!(cookie.contains(word), "{word}");
        }
    }
}
