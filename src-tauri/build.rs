//! Builds the program: includes the page and generates the command permissions.

use std::{error::Error, fs};

/// Capability files, one per window. A command named in one is refused to the other window (S1).
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

/// Returns the program's commands that a capability allows: `"allow-read-card"` means `read_card`.
fn commands_of(path: &str) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let capability = fs::read_to_string(path)?;
    let names = capability.split('"').filter_map(|text| text.strip_prefix("allow-"));
    Ok(names.map(|name| &*name.replace('-', "_").leak()).collect())
}
