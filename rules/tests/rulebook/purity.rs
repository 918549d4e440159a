//! The crate only decides: no input or output, clock, randomness, asynchrony or unsafe code.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(code).collect::<Vec<_>>().join("\n")
}

fn of_the_crate(path: &str) -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(path)
}

#[test]
fn the_sources_use_nothing_outside_the_crate() {
    const FORBIDDEN: [&str; 22] = [
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "std::time",
        "std::sync",
        "SystemTime",
        "Instant",
        "::now(",
        "Zoned",
        "tz::TimeZone",
        "rand::",
        "getrandom",
        "new_v4",
        "now_v7",
        "async ",
        ".await",
        "unsafe",
        "static mut",
        "thread_local",
    ];
    let files = sources(&of_the_crate("src"));
    assert!(files.len() > 20, "the sources were found");
    for file in files {
        let code = code_of(&file);
        for forbidden in FORBIDDEN {
            assert!(!code.contains(forbidden), "{} in {}", forbidden, file.display());
        }
    }
}

#[test]
fn the_manifest_names_only_libraries_that_compute() {
    let manifest = fs::read_to_string(of_the_crate("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let mut names: Vec<&str> =
        manifest["dependencies"].as_table().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    // A library that reads a clock, a file or a random source does not belong here.
    let known = [
        "argon2",
        "base45",
        "base64",
        "chacha20poly1305",
        "ciborium",
        "coset",
        "csv",
        "ct-merkle",
        "encoding_rs",
        "hmac",
        "jiff",
        "serde",
        "serde_bytes",
        "sm2",
        "sm3",
        "specta",
        "thiserror",
        "utoipa",
        "uuid",
        "xorf",
        "zeroize",
    ];
    assert_eq!(names, known);
    assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "which deny unsafe code and panics");
    assert!(!manifest.contains_key("build-dependencies"));
}
