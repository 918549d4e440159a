//! What the documents name must exist: paths, symbols and commands.

use crate::repository::{none, numbered, root, sources};
use std::collections::BTreeSet;

/// Words that define a name in Rust.
const DEFINERS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];

/// Returns the texts between backticks of a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Returns the folder a table's header gives for the names below it: "files in `desk/src/`".
fn base_of_table(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("files in `").or_else(|| line.split_once("place in `"))?;
    after.split_once('`').map(|(folder, _)| folder)
}

/// Returns whether a text can be a path: one word of letters that paths have, no pattern.
fn is_path_like(text: &str) -> bool {
    (text.contains('/') || text.ends_with(".rs"))
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter))
}

/// Returns every name that the sources define, fields and enum variants included.
fn defined_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources("", &[".rs"]) {
        for line in source.text.lines() {
            let words: Vec<&str> =
                line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
            names.extend(
                words.windows(2).filter(|pair| DEFINERS.contains(&pair[0])).map(|pair| pair[1].to_owned()),
            );
            // Fields and enum variants stand first on an indented line.
            let member = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            if line.starts_with(' ') {
                names.extend(member.split(['(', '{', ',', ' ', ':']).next().map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn alert_rules_and_dashboard_name_metrics_that_the_centre_describes() {
    let described = sources("central/src/http/health.rs", &[".rs"]).remove(0).text;
    let (mut findings, mut checked) = (Vec::new(), 0);
    for file in sources("deploy", &[".yml", ".json"]) {
        let words = file.text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in words.filter(|word| word.starts_with("central_")) {
            checked += 1;
            let name = name.strip_suffix("_bucket").unwrap_or(name);
            if !described.contains(&format!("\"{name}\"")) {
                findings.push(format!("{}: {name}", file.path));
            }
        }
    }
    assert!(checked > 20, "{checked}");
    none("a metric that the centre does not describe", findings);
}

#[test]
fn every_path_in_a_document_exists() {
    let tracked = sources("", &[""]);
    let first_parts: BTreeSet<&str> =
        tracked.iter().filter_map(|source| source.path.split_once('/')).map(|(first, _)| first).collect();
    let (mut findings, mut checked) = (Vec::new(), 0);
    for document in sources("", &[".md"]) {
        let mut base = None;
        for (number, line) in numbered(&document.text) {
            if !line.starts_with('|') {
                base = None;
            } else if let Some(folder) = base_of_table(line) {
                base = Some(folder);
                continue;
            }
            // In a row, a folder is where the files named after it are.
            let mut folder_of_row = String::new();
            for text in quoted(line).filter(|text| is_path_like(text)) {
                let starts_in_repository =
                    text.split_once('/').is_some_and(|(first, _)| first_parts.contains(first));
                let candidates = match base {
                    _ if starts_in_repository => vec![text.to_owned()],
                    Some(folder) => {
                        if text.ends_with('/') {
                            text.clone_into(&mut folder_of_row);
                        }
                        vec![format!("{folder}{text}"), format!("{folder}{folder_of_row}{text}")]
                    }
                    None => continue,
                };
                checked += 1;
                if !candidates.iter().any(|path| root().join(path).exists()) {
                    findings.push(format!("{}:{number}: {}", document.path, candidates[0]));
                }
            }
        }
    }
    assert!(checked > 100, "{checked} paths found: is the rule outdated?");
    none("a document names a path that is not there", findings);
}

#[test]
fn every_symbol_in_a_document_is_defined() {
    let names = defined_names();
    let crates = ["rules", "desk", "counter", "paper", "drivers", "central", "learn", "practice"];
    let (mut findings, mut checked) = (Vec::new(), 0);
    for document in sources("", &[".md"]) {
        for (number, line) in numbered(&document.text) {
            for text in quoted(line) {
                let path = text.split(['(', '<', ' ']).next().unwrap_or_default();
                let Some((first, rest)) = path.split_once("::") else { continue };
                if !crates.contains(&first) {
                    continue;
                }
                checked += 1;
                let missing = rest.split("::").find(|part| !part.contains('{') && !names.contains(*part));
                if let Some(part) = missing {
                    findings.push(format!("{}:{number}: {part} of {text}", document.path));
                }
            }
        }
    }
    assert!(checked > 20, "{checked} symbols found: is the rule outdated?");
    none("a document names a symbol that is not defined", findings);
}

#[test]
fn every_make_target_in_a_document_exists() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let mut findings = Vec::new();
    for document in sources("", &[".md"]) {
        for (number, line) in numbered(&document.text) {
            for command in quoted(line).filter_map(|text| text.strip_prefix("make ")) {
                let target = command.split(' ').next().unwrap_or_default();
                if !makefile.lines().any(|rule| rule.starts_with(&format!("{target}:"))) {
                    findings.push(format!("{}:{number}: make {target}", document.path));
                }
            }
        }
    }
    none("a document names a make target that is not there", findings);
}

#[test]
fn every_test_in_the_list_of_mutants_exists() {
    let names = defined_names();
    let list = std::fs::read_to_string(root().join("docs/mutants.md")).unwrap();
    let (mut findings, mut rows) = (Vec::new(), 0);
    for (number, line) in numbered(&list).filter(|(_, line)| line.starts_with("| `")) {
        rows += 1;
        let tests = line.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        if tests.is_empty() {
            findings.push(format!("docs/mutants.md:{number}: no test"));
        }
        let missing = quoted(tests).filter(|test| !names.contains(*test));
        findings.extend(missing.map(|test| format!("docs/mutants.md:{number}: {test}")));
    }
    assert!(rows > 100, "{rows} rows found: is the rule outdated?");
    none("a change on the list is noticed by no test", findings);
}

#[test]
fn every_attack_is_shown_by_a_test_and_every_test_of_an_attack_is_on_the_list() {
    let names = defined_names();
    let list = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let (mut findings, mut shown) = (Vec::new(), BTreeSet::new());
    let is_row = |line: &str| line.starts_with("| ") && !line.starts_with("| id ");
    for (number, line) in numbered(&list).filter(|(_, line)| is_row(line)) {
        let tests = line.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let tests: Vec<&str> = quoted(tests).collect();
        if tests.is_empty() {
            findings.push(format!("docs/security.md:{number}: no test"));
        }
        let missing = tests.iter().filter(|test| !names.contains(**test));
        findings.extend(missing.map(|test| format!("docs/security.md:{number}: {test}")));
        shown.extend(tests.into_iter().map(str::to_owned));
    }
    for source in sources("tests/attack/tests", &[".rs"]) {
        for (number, line) in numbered(&source.text).filter(|(_, line)| line.starts_with("#[tokio::test")) {
            let test = source.text.lines().nth(number).and_then(|line| line.split("fn ").nth(1));
            let test = test.and_then(|rest| rest.split('(').next()).unwrap_or(line);
            if !shown.contains(test) {
                findings.push(format!("{}:{number}: {test} is not in docs/security.md", source.path));
            }
        }
    }
    assert!(shown.len() > 40, "{} tests found: is the rule outdated?", shown.len());
    none("docs/security.md and the tests differ", findings);
}
