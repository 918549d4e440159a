//! What the shell forbids itself and its pages (C4).

use anyhow::Context as _;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use tauri::Url;

/// Forbids core dumps of this process, and that other processes of the same user read its memory,
/// where keys and typed passwords are.
pub(crate) fn forbid_dumps() -> anyhow::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("the process stayed open to debuggers")
}

/// Returns whether a window may go to an address: only within the page that is built into the
/// program. A page that a script or a link leads elsewhere could ask the clerk for a password.
pub(crate) fn may_open(url: &Url) -> bool {
    (url.scheme(), url.host_str(), url.port()) == ("tauri", Some("localhost"), None)
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::dumpable_behavior;

    #[test]
    fn c4_the_process_can_neither_be_dumped_nor_read() {
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable, "before");
        forbid_dumps().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }

    #[test]
    fn c4_a_window_goes_nowhere_but_to_the_page_of_the_program() {
        for own in ["tauri://localhost", "tauri://localhost/index.html#/citizen"] {
            assert!(may_open(&own.parse().unwrap()), "{own}");
        }
        for other in [
            "http://localhost/",
            "https://localhost/",
            "http://127.0.0.1:8443/",
            "https://centre.invalid/",
            "tauri://localhost.invalid/",
            "tauri://localhost:8080/",
            "tauri://clerk@localhost/",
            "tauri://other/",
            "file:///etc/passwd",
            "data:text/html,<form>",
            "javascript:alert(1)",
            "about:blank",
            "blob:tauri://localhost/0",
        ] {
            assert!(!may_open(&other.parse().unwrap()), "{other}");
        }
    }
}
