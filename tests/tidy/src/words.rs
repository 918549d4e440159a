//! Tests that nothing in the catalogue of failures is out of a user's reach.

use crate::repository::{Source, none, sources};

/// Tables of the catalogue: the enum, and the file with its variants.
const TABLES: [(&str, &str); 6] = [
    ("Refusal", "rules/src/failure/refusal.rs"),
    ("DeskFailure", "rules/src/failure/desk.rs"),
    ("DeviceFailure", "rules/src/failure/device.rs"),
    ("PaperFailure", "rules/src/failure/paper.rs"),
    ("CounterFailure", "rules/src/failure/counter.rs"),
    ("KioskFailure", "rules/src/failure/kiosk.rs"),
];

/// Errors of the rooms: the enum, the file that defines it, and the file that maps it to the
/// catalogue, which names every variant and so proves nothing.
const ERRORS: [(&str, &str, &str); 9] = [
    ("DeskError", "desk/src/error.rs", "desk/src/error/words.rs"),
    ("PaperError", "paper/src/error.rs", "paper/src/words.rs"),
    ("PhotoError", "paper/src/error.rs", "paper/src/words.rs"),
    ("PictureError", "counter/src/picture/error.rs", "counter/src/failure.rs"),
    ("CardError", "drivers/src/card/error.rs", "counter/src/failure/devices.rs"),
    ("PrinterError", "drivers/src/printer/error.rs", "counter/src/failure/devices.rs"),
    ("CameraError", "drivers/src/camera/error.rs", "counter/src/failure/devices.rs"),
    ("ScannerError", "drivers/src/scanner/error.rs", "counter/src/failure/devices.rs"),
    ("ChipPhotoError", "drivers/src/chip_photo/error.rs", "counter/src/failure/devices.rs"),
];

/// Returns the shipped code of every crate of the repository.
fn shipped() -> Vec<(String, String)> {
    let code = |source: Source| {
        let lines: Vec<String> = source.shipped_code().into_iter().map(|(_, line)| line).collect();
        (source.path, with_enums_named(&lines.join("\n")))
    };
    let folders = [
        "rules/src/",
        "drivers/src/",
        "paper/src/",
        "desk/src/",
        "counter/src/",
        "central/src/",
        "kiosk/src/",
        "src-tauri/src/",
    ];
    folders.iter().flat_map(|folder| sources(folder, &[".rs"])).map(code).collect()
}

/// Writes `Refusal::` for `Self::` in the conversions into `Refusal`, and so for each enum.
fn with_enums_named(code: &str) -> String {
    let enums = TABLES.map(|(table, _)| table).into_iter().chain(ERRORS.map(|(error, ..)| error));
    enums.fold(code.to_owned(), |code, name| {
        let begin = format!(" for {name} {{");
        let parts: Vec<String> = code
            .split(&begin)
            .enumerate()
            .map(|(index, part)| match part.split_once("\n}\n") {
                Some((body, rest)) if index > 0 => {
                    format!("{}\n}}\n{rest}", body.replace("Self::", &format!("{name}::")))
                }
                _ => part.to_owned(),
            })
            .collect();
        parts.join(&begin)
    })
}

/// Returns the first words of the lines indented like variants, in the block that `begin` opens.
fn variants(text: &str, begin: &str) -> Vec<String> {
    let block = text.split_once(begin).unwrap_or_else(|| panic!("no {begin:?}: is the rule outdated?")).1;
    let indent = block.lines().find(|line| line.trim_start().starts_with("///")).unwrap();
    let indent = &indent[..indent.len() - indent.trim_start().len()];
    let block = block.split(&format!("\n{}}}\n", &indent[4..])).next().unwrap_or_default();
    let lines = block.lines().filter_map(|line| line.strip_prefix(indent));
    let is_variant = |line: &&str| line.starts_with(|c: char| c.is_ascii_uppercase());
    let word = |line: &str| line.chars().take_while(char::is_ascii_alphanumeric).collect();
    lines.filter(is_variant).map(word).collect()
}

/// Returns whether code names `name` with nothing behind it that would make it a longer name.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(place, _)| {
        !code[place + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[test]
fn every_failure_of_the_catalogue_is_made_somewhere() {
    let shipped = shipped();
    let mut findings = Vec::new();
    for (table, file) in TABLES {
        let text = std::fs::read_to_string(crate::repository::root().join(file)).unwrap();
        let begin = if table == "Refusal" { "refusals! {".to_owned() } else { format!("    {table} {{") };
        let variants = variants(&text, &begin);
        assert!(variants.len() > 5, "{file}: {variants:?}");
        for variant in variants {
            let name = format!("{table}::{variant}");
            if !shipped
                .iter()
                .any(|(path, code)| !path.starts_with("rules/src/failure/") && names(code, &name))
            {
                findings.push(name);
            }
        }
    }
    none("no user can reach these failures", findings);
}

#[test]
fn every_error_of_a_room_is_made_somewhere() {
    let shipped = shipped();
    let mut findings = Vec::new();
    for (error, file, mapping) in ERRORS {
        let definition = std::fs::read_to_string(crate::repository::root().join(file)).unwrap();
        for variant in variants(&definition, &format!("pub enum {error} {{")) {
            let elsewhere = shipped
                .iter()
                .filter(|(path, _)| path != mapping)
                .any(|(_, code)| makes(code, error, &variant));
            // A conversion in the file of the enum makes it too.
            let here = definition.lines().any(|line| {
                line.split_once("=> ").is_some_and(|(_, made)| names(made, &format!("Self::{variant}")))
            });
            // `thiserror` makes it out of another error.
            let from = definition.contains(&format!("{variant}(#[from]"));
            if !(elsewhere || here || from) {
                findings.push(format!("{error}::{variant}"));
            }
        }
    }
    none("no user can reach these errors", findings);
}

/// Returns whether code makes this variant: names it other than as the pattern of a match arm.
fn makes(code: &str, error: &str, variant: &str) -> bool {
    let name = format!("{error}::{variant}");
    code.lines().any(|line| {
        let made = line.split_once(" => ").map_or(line, |(_, made)| made);
        names(made, &name) && !line.trim_end().ends_with("=>")
    })
}

#[test]
fn the_rule_on_unreachable_errors_recognises_them() {
    assert!(makes("    return Err(CardError::Mute);", "CardError", "Mute"));
    assert!(!makes("    CardError::Mute => 1,", "CardError", "Mute"));
    assert!(!makes("    return Err(CardError::MuteReader);", "CardError", "Mute"));
    let text =
        "pub enum A {\n    /// One.\n    One,\n    /// Two.\n    Two {\n        x: u8,\n    },\n}\nLast,\n";
    assert_eq!(variants(text, "pub enum A {"), ["One", "Two"]);
}
