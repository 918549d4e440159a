//! The files of the repository, as git would commit them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file and its text.
pub(crate) struct Source {
    /// Path below the root, with `/` as separator.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Returns the numbered lines of shipped code: without comments and without tests, at the end
    /// or in files of their own.
    pub(crate) fn shipped_code(&self) -> Vec<(usize, String)> {
        if self.is_test() {
            return Vec::new();
        }
        // A module declared here and written elsewhere ends nothing.
        let tests = self.text.match_indices("\n#[cfg(test)]\nmod ").find(|(place, mark)| {
            self.text[place + mark.len()..].lines().next().is_some_and(|line| line.ends_with('{'))
        });
        numbered(&self.text[..tests.map_or(self.text.len(), |(place, _)| place)])
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(number, line)| (number, line.to_owned()))
            .collect()
    }

    /// Returns whether the whole file is tests or benchmarks.
    pub(crate) fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        let name = parts.last().copied().unwrap_or_default();
        parts[..parts.len() - 1].iter().any(|part| matches!(*part, "tests" | "benches" | "testing"))
            || name == "tests.rs"
            || name.ends_with("_tests.rs")
            || [".test.ts", ".spec.ts"].iter().any(|end| name.ends_with(end))
    }
}

/// Returns the lines with their numbers, from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Returns the root of the repository. Read at run time, because a build folder shared by two
/// checkouts may hold the other's binary.
pub(crate) fn root() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).ancestors().nth(2).unwrap().to_owned()
}

/// Returns every text file below `folder` ("" for all) with one of the endings, committed or
/// about to be.
pub(crate) fn sources(folder: &str, endings: &[&str]) -> Vec<Source> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let found: Vec<Source> = listed
        .split('\0')
        .filter(|path| path.starts_with(folder) && endings.iter().any(|ending| path.ends_with(ending)))
        // A file removed but not yet committed is still listed; a binary file is not text.
        .filter_map(|path| {
            Some(Source { path: path.to_owned(), text: std::fs::read_to_string(root().join(path)).ok()? })
        })
        .collect();
    assert!(!found.is_empty(), "no {endings:?} below {folder:?}: the rule would hold for nothing");
    found
}

/// Fails with one line for each finding, or passes if there is none.
pub(crate) fn none(rule: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
