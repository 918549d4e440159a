//! Places where certain code must be.

use crate::repository::{Source, none, sources};

fn outside(places: &[&str], holds: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for source in sources("", &[".rs"]) {
        if places.iter().any(|place| source.path.starts_with(place)) {
            continue;
        }
        findings.extend(lines_with(&source, &holds));
    }
    findings
}

fn lines_with(source: &Source, holds: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = source.shipped_code();
    lines
        .into_iter()
        .filter(|(_, line)| holds(line))
        .map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
        .collect()
}

#[test]
fn commands_of_the_page_live_only_in_src_tauri_commands() {
    let marks = [["#[tauri::", "command"].concat(), ["#[specta::", "specta"].concat()];
    let findings = outside(&["src-tauri/src/commands/"], |line| marks.iter().any(|mark| line.contains(mark)));
    none("only src-tauri/src/commands/ speaks to the page", findings);
    let commands = sources("src-tauri/src/commands/", &[".rs"]);
    assert!(
        commands.iter().any(|source| source.text.contains(&marks[0])),
        "no command found: is the rule outdated?"
    );
}

/// Returns whether a line contains a string that begins like a statement; upper case excludes
/// prose in messages.
fn is_sql(line: &str) -> bool {
    const STATEMENTS: [&str; 9] = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "ALTER TABLE ",
        "DROP TABLE ",
        "PRAGMA ",
    ];
    let begins_with_statement =
        |part: &str| STATEMENTS.iter().any(|word| part.trim_start().starts_with(word));
    line.contains("sqlx::query") || line.split('"').skip(1).step_by(2).any(begins_with_statement)
}

#[test]
fn sql_lives_only_in_the_stores() {
    // The rig queries the centre's database from outside, as an operator does with psql.
    let places = ["desk/src/store/", "central/src/store/", "tests/"];
    none("SQL belongs in desk/src/store or central/src/store", outside(&places, is_sql));
}

#[test]
fn the_rule_on_sql_recognises_sql() {
    assert!(is_sql(r#"    let rows = run("SELECT name FROM clerk");"#));
    assert!(is_sql(r#"    sqlx::query_scalar!("...")"#));
    assert!(!is_sql(r#"    say("Select a card, then UPDATE the form");"#));
}

#[test]
fn transactions_of_the_centre_begin_and_end_in_one_place() {
    const PLACE: &str = "central/src/store/postgres/write.rs";
    let marks = [
        ".begin()",
        ".begin_with(",
        "\"BEGIN",
        "\"START TRANSACTION",
        "COMMIT\"",
        "\"ROLLBACK",
        "\"SAVEPOINT",
    ];
    let is_meant = |line: &str| marks.iter().any(|mark| line.contains(mark));
    let of_centre = sources("central/src/", &[".rs"]);
    let (place, others): (Vec<_>, Vec<_>) = of_centre.iter().partition(|source| source.path == PLACE);
    let findings = others.into_iter().flat_map(|source| lines_with(source, is_meant)).collect();
    none("only Write begins and ends a transaction: its commit proves that nothing failed before", findings);
    assert!(place.iter().any(|source| !lines_with(source, is_meant).is_empty()), "is the rule outdated?");
}

#[test]
fn the_page_knows_tauri_only_through_the_bindings() {
    let mut findings = Vec::new();
    for source in sources("ui/src/", &[".ts", ".vue"]) {
        let may_invoke = source.path == "ui/src/bindings.ts" || source.is_test();
        if !may_invoke && source.text.contains("@tauri-apps/api/core") {
            findings.push(source.path);
        }
    }
    none("commands are called through ui/src/bindings.ts", findings);
}
