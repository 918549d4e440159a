//! Compiles the page and the permissions into the program.

use std::{error::Error, fs};

/// A window and its capability. Each command named in one of them is refused to every other window (S1).
const CAPABILITIES: [&str; 2] = ["capabilities/counter.json", "capabilities/citizen.json"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut commands: Vec<&str> = Vec::new();
    for path in CAPABILITIES {
        commands.extend(commands_of(path)?);
    }
    let manifest = tauri_build::AppManifest::new().commands(Box::leak(commands.into_boxed_slice()));
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}

/// The program's own commands that a capability allows: `"allow-read-card"` is `read_card`.
fn commands_of(path: &str) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let capability = fs::read_to_string(path)?;
    let names = capability.split('"').filter_map(|text| text.strip_prefix("allow-"));
    Ok(names.map(|name| &*name.replace('-', "_").leak()).collect())
}
