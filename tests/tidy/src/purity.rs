//! `rules` only decides.

use crate::repository::{none, sources};

/// Names that would make a function impure, with their reason.
const FORBIDDEN: [(&str, &str); 16] = [
    ("std::fs", "files"),
    ("std::net", "network"),
    ("std::env", "environment"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::io", "input and output"),
    ("SystemTime", "the clock"),
    ("Instant::now", "the clock"),
    ("Zoned::now", "the clock"),
    ("Timestamp::now", "the clock"),
    ("Uuid::new_v4", "randomness"),
    ("Uuid::now_v7", "the clock and randomness"),
    ("rand::", "randomness"),
    ("async fn", "async"),
    (".await", "async"),
    ("println!", "output"),
];

#[test]
fn rules_have_no_io_clock_randomness_async_or_unsafe() {
    let mut findings = Vec::new();
    for source in sources("rules/src/", &[".rs"]) {
        for (number, line) in source.shipped_code() {
            let found = FORBIDDEN.iter().find(|(word, _)| line.contains(word));
            if let Some((word, what)) = found {
                findings.push(format!("{}:{number}: {word} ({what})", source.path));
            }
            if line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe") {
                findings.push(format!("{}:{number}: unsafe", source.path));
            }
        }
    }
    none("rules are pure decisions; time and chance are handed in", findings);
}

#[test]
fn rules_depend_on_no_runtime() {
    let manifest = std::fs::read_to_string(crate::repository::root().join("rules/Cargo.toml")).unwrap();
    let shipped = manifest.split("[dev-dependencies]").next().unwrap();
    let findings: Vec<String> = ["tokio", "sqlx", "reqwest", "rand", "futures", "tracing"]
        .iter()
        .filter(|name| shipped.lines().any(|line| line.starts_with(*name)))
        .map(|name| (*name).to_owned())
        .collect();
    none("rules do no input or output", findings);
}
