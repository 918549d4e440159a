//! What others wrote, and the one place that may be unsafe.

use crate::repository::{none, numbered, root, sources};

/// The peers of the paper benchmark are packages of their own, built for that comparison alone.
const PEERS: &str = "paper/benches/peers/";
/// Apart from what follows it, so that this file does not find itself.
const KEYWORD: &str = "unsafe";

#[test]
fn s10_unsafe_code_stands_only_in_drivers() {
    let marks = ["{", "fn ", "impl ", "trait ", "extern "].map(|after| format!("{KEYWORD} {after}"));
    let lints = ["allow", "expect", "warn"].map(|level| format!("{level}(unsafe_code"));
    let mut findings = Vec::new();
    for source in sources("", &[".rs"]) {
        if source.path.starts_with("drivers/") || source.path.starts_with(PEERS) {
            continue;
        }
        for (number, line) in numbered(&source.text) {
            if marks.iter().chain(&lints).any(|mark| line.contains(mark.as_str())) {
                findings.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    none("unsafe code needs a room that watches over it: drivers/", findings);
}

#[test]
fn every_shared_dependency_is_named_by_a_member() {
    let manifests = sources("", &["Cargo.toml"]);
    let shared: toml::Table =
        manifests.iter().find(|source| source.path == "Cargo.toml").unwrap().text.parse().unwrap();
    let findings: Vec<String> = shared["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .filter(|name| {
            let marks = [format!("{name}.workspace = true"), format!("{name} = {{ workspace = true")];
            !manifests.iter().any(|manifest| {
                manifest.text.lines().any(|line| marks.iter().any(|mark| line.starts_with(mark.as_str())))
            })
        })
        .cloned()
        .collect();
    none("entries of [workspace.dependencies] that no member uses", findings);
}

#[test]
fn bundler_and_bridge_have_the_number_of_tauri() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let tauri = manifest["workspace"]["dependencies"]["tauri"]["version"].as_str().unwrap();
    let number = tauri.trim_start_matches('=');
    let findings: Vec<&str> =
        [("packaging/package.json", "@tauri-apps/cli"), ("ui/package.json", "@tauri-apps/api")]
            .into_iter()
            .filter(|(file, package)| {
                let text = std::fs::read_to_string(root().join(file)).unwrap();
                !text.contains(&format!("\"{package}\": \"{number}\""))
            })
            .map(|(file, _)| file)
            .collect();
    none("one number for all parts of tauri", findings.into_iter().map(str::to_owned).collect());
}

#[test]
fn tests_add_no_features_to_libraries() {
    let mut findings = Vec::new();
    for manifest in sources("", &["Cargo.toml"]) {
        let table: toml::Table = manifest.text.parse().unwrap();
        let Some(tests) = table.get("dev-dependencies").and_then(toml::Value::as_table) else { continue };
        for (name, entry) in tests {
            // A room of ours is small; a library draws everything above it into a second build.
            let is_room = root().join(name).is_dir() || root().join("tests").join(name).is_dir();
            if !is_room && entry.get("features").is_some() {
                findings.push(format!("{}: {name}", manifest.path));
            }
        }
    }
    none("name such features in [workspace.dependencies]: `make run` and the tests share builds", findings);
}
