//! Dependencies point one way.

use std::collections::{BTreeMap, BTreeSet};

use crate::repository::root;

/// Each crate's folder, with the crates of this workspace it may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("rules", &[]),
    ("drivers", &[]),
    ("paper", &["rules"]),
    ("private-file", &[]),
    ("desk", &["private-file", "rules"]),
    ("counter", &["desk", "paper", "drivers", "private-file", "rules"]),
    ("central", &["paper", "private-file", "rules"]),
    ("channel", &["private-file", "rules"]),
    ("kiosk", &["channel", "paper", "drivers", "rules"]),
    ("portal", &["channel", "rules"]),
    ("learn", &["central", "drivers", "rules"]),
    ("src-tauri", &["counter", "rules"]),
];

fn manifest(folder: &str) -> toml::Table {
    let path = root().join(folder).join("Cargo.toml");
    std::fs::read_to_string(&path)
        .unwrap()
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns whether a folder ships: tests do not, nor does the practice site, which
/// needs their daemons.
fn ships(member: &str) -> bool {
    !member.starts_with("tests/") && member != "practice"
}

/// Returns the names of the crates in this workspace.
fn ours() -> BTreeSet<String> {
    let members = manifest("")["workspace"]["members"].clone();
    let members = members.as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    members.map(|member| manifest(member)["package"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Returns the dependencies and build dependencies of a crate, without those of its tests.
fn shipped_dependencies(folder: &str) -> BTreeSet<String> {
    fn tables(manifest: &toml::Table) -> Vec<&toml::Table> {
        let own =
            ["dependencies", "build-dependencies"].iter().filter_map(|name| manifest.get(*name)?.as_table());
        let targets =
            manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
        own.chain(targets.filter_map(toml::Value::as_table).flat_map(tables)).collect()
    }
    let manifest = manifest(folder);
    let names = tables(&manifest).into_iter().flatten().map(|(key, value)| {
        // A dependency may be renamed.
        value.get("package").and_then(toml::Value::as_str).unwrap_or(key).to_owned()
    });
    names.collect()
}

#[test]
fn dependencies_point_one_way() {
    let ours = ours();
    for (folder, allowed) in ARROWS {
        let known: Vec<String> =
            shipped_dependencies(folder).into_iter().filter(|name| ours.contains(name)).collect();
        let added: Vec<&String> = known.iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(added.is_empty(), "{folder} must not depend on {added:?}");
    }
}

#[test]
fn every_shipped_crate_has_its_arrows_listed() {
    let members = manifest("")["workspace"]["members"].clone();
    let shipped = members.as_array().unwrap().iter().filter_map(toml::Value::as_str);
    let shipped: BTreeSet<&str> = shipped.filter(|member| ships(member)).collect();
    assert_eq!(shipped, ARROWS.iter().map(|(folder, _)| *folder).collect());
}

#[test]
fn no_shipped_crate_depends_on_a_test_crate() {
    let members = manifest("")["workspace"]["members"].clone();
    let test_crates: BTreeSet<String> = members
        .as_array()
        .unwrap()
        .iter()
        .filter_map(toml::Value::as_str)
        .filter(|member| !ships(member))
        .map(|member| manifest(member)["package"]["name"].as_str().unwrap().to_owned())
        .collect();
    for (folder, _) in ARROWS {
        let wrong: Vec<String> = shipped_dependencies(folder).intersection(&test_crates).cloned().collect();
        assert!(wrong.is_empty(), "{folder} depends on {wrong:?}");
    }
}

#[test]
fn versions_of_third_party_crates_are_in_one_place() {
    let mut wrong = BTreeMap::new();
    for (folder, _) in ARROWS {
        let manifest = manifest(folder);
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else { continue };
            let own: Vec<&String> = table
                .iter()
                .filter(|(_, value)| value.get("workspace") != Some(&toml::Value::Boolean(true)))
                .map(|(name, _)| name)
                .collect();
            if !own.is_empty() {
                wrong.insert(folder, format!("{own:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "versions belong in the workspace's Cargo.toml: {wrong:?}");
}
