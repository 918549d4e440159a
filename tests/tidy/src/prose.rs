//! Style of code and text.

use crate::repository::{none, numbered, sources};

const LONGEST_FILE_LINES: usize = 500;

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut findings = Vec::new();
    for source in sources("", &[".rs", ".ts", ".vue", ".css", ".sql"]) {
        // Generated files are as long as they need to be.
        if source.path == "ui/src/bindings.ts" {
            continue;
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE_LINES {
            findings.push(format!("{}: {lines} lines", source.path));
        }
    }
    none("a file is one idea", findings);
}

const WIDEST_COMMENT: usize = 100;

#[test]
fn no_comment_is_wider_than_100_columns() {
    let mut findings = Vec::new();
    for source in sources("", &[".rs", ".sql"]) {
        let mark = if source.path.ends_with(".sql") { "--" } else { "//" };
        for (number, line) in numbered(&source.text) {
            if line.trim_start().starts_with(mark) && line.chars().count() > WIDEST_COMMENT {
                findings.push(format!("{}:{number}", source.path));
            }
        }
    }
    none("a comment is read beside the code", findings);
}

/// Returns the doc comments of a file: line number, words, and the line of code below.
fn doc_comments(text: &str) -> Vec<(usize, String, String)> {
    let (mut found, mut open): (Vec<_>, Option<(usize, String)>) = (Vec::new(), None);
    for (number, line) in numbered(text) {
        match line.trim_start().strip_prefix("///") {
            Some(words) => {
                let (_, all) = open.get_or_insert_with(|| (number, String::new()));
                all.push_str(words);
            }
            None if line.trim_start().starts_with("#[") => {}
            None => {
                if let Some((begin, words)) = open.take() {
                    found.push((begin, words, line.to_lowercase()));
                }
            }
        }
    }
    found
}

/// Tells whether a comment has fewer than three words and all of them stand in the code below.
fn repeats_the_name(comment: &str, below: &str) -> bool {
    let words: Vec<String> = comment
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    comment.is_ascii()
        && words.len() < 3
        && words.iter().all(|word| below.contains(word.trim_end_matches('s')))
}

#[test]
fn no_doc_comment_only_repeats_the_name() {
    let mut findings = Vec::new();
    for source in sources("", &[".rs"]) {
        for (number, words, below) in doc_comments(&source.text) {
            if repeats_the_name(&words, &below) {
                findings.push(format!("{}:{number}:{words}", source.path));
            }
        }
    }
    none("say what the name does not, or nothing", findings);
}

#[test]
fn the_rule_on_repeated_names_recognises_them() {
    assert!(repeats_the_name(" Name.", "pub name: name,"));
    assert!(!repeats_the_name(" Milliseconds since 1970.", "pub struct at(i64);"));
}

/// Joins a word from two parts, so that this file does not contain it.
fn word(parts: [&str; 2]) -> String {
    parts.concat()
}

fn lines_holding(words: &[String], endings: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources("", endings) {
        for (number, line) in numbered(&source.text) {
            if words.iter().any(|word| line.contains(word)) {
                findings.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    findings
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let words = [
        word(["#[all", "ow("]),
        word(["#![all", "ow("]),
        word(["eslint-dis", "able"]),
        word(["@ts-ig", "nore"]),
    ];
    none("#[expect(…, reason = …)] instead", lines_holding(&words, &[".rs", ".ts", ".vue"]));
}

#[test]
fn nothing_is_left_for_later() {
    let words = [word(["TO", "DO"]), word(["FIX", "ME"]), word(["XX", "X:"]), word(["todo", "!("])];
    let endings = [".rs", ".ts", ".vue", ".css", ".sql", ".toml", ".md", "Makefile"];
    none("write an issue, or do it", lines_holding(&words, &endings));
}

#[test]
fn names_say_what_a_thing_does() {
    let mut findings = Vec::new();
    let vague = ["Manager", "Helper", "Util", "Utils"];
    for source in sources("", &[".rs", ".ts", ".vue"]) {
        for (number, line) in numbered(&source.text) {
            let defines = ["struct ", "enum ", "trait ", "class ", "interface "]
                .iter()
                .find_map(|kind| line.split_once(kind));
            let Some((_, rest)) = defines else { continue };
            if line.trim_start().starts_with(['/', '*', '#']) {
                continue;
            }
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if vague.iter().any(|end| name.ends_with(end)) {
                findings.push(format!("{}:{number}: {name}", source.path));
            }
        }
    }
    none("Manager, Helper and Util say nothing", findings);
}

#[test]
fn every_component_of_the_page_has_its_words_in_both_languages() {
    let tables: Vec<String> =
        sources("ui/src/i18n/", &[".ts", ".json"]).into_iter().map(|source| source.path).collect();
    for language in ["zh", "en"] {
        assert!(tables.iter().any(|path| path.contains(language)), "no words in {language}: {tables:?}");
    }
}

/// Returns whether a text is an 18-character citizen number with a valid check digit (GB 11643, ISO
/// 7064 MOD 11-2).
fn is_citizen_number(candidate: &str) -> bool {
    let digits: Option<Vec<u32>> = candidate
        .char_indices()
        .map(|(index, c)| if index == 17 && c == 'X' { Some(10) } else { c.to_digit(10) })
        .collect();
    let Some(digits) = digits else { return false };
    digits.len() == 18 && digits.iter().fold(0, |sum, digit| (sum * 2 + digit) % 11) == 1
}

/// Returns whether a number is invented: its district 310000 was never assigned, or it is an
/// example in a published standard or guide.
fn is_invented(number: &str) -> bool {
    const PUBLISHED: [&str; 4] =
        ["11010519491231002X", "810000199001010019", "911031199001010018", "440524188001010014"];
    number.starts_with("310000") || PUBLISHED.contains(&number)
}

#[test]
fn no_citizen_number_could_be_real() {
    let mut findings = Vec::new();
    for source in sources("", &[".rs", ".ts", ".vue", ".json", ".md", ".toml", ".sql", ".snap", ".txt"]) {
        for (number, line) in numbered(&source.text) {
            for candidate in line.split(|c: char| !c.is_ascii_alphanumeric()) {
                if is_citizen_number(candidate) && !is_invented(candidate) {
                    findings.push(format!("{}:{number}: {candidate}", source.path));
                }
            }
        }
    }
    none("test people are invented: numbers begin with 310000", findings);
}

#[test]
fn the_rule_on_citizen_numbers_recognises_them() {
    assert!(is_citizen_number("11010519491231002X"));
    assert!(!is_citizen_number("110105194912310021"));
    assert!(!is_citizen_number("1101051949123100"));
    assert!(is_invented("11010519491231002X") && !is_invented("110105199003072310"));
}

#[test]
fn no_package_registry_is_named() {
    let words = [
        word(["crates", ".io"]),
        word(["npm", "js."]),
        word(["npm", "mirror"]),
        word(["py", "pi.org"]),
        word(["debian", ".org"]),
        word(["rust-lang", ".org"]),
    ];
    let endings =
        [".rs", ".ts", ".vue", ".toml", ".md", ".json", ".sh", ".yml", "Makefile", "install", "suite", "run"];
    none("package managers know where packages come from", lines_holding(&words, &endings));
}
