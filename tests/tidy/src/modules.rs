//! Tests that the modules of a crate depend on each other in one direction.
//!
//! The graph is read from the sources. An edge is a path that a file imports or spells out
//! (`crate::`, `super::`, `self::`). Modules with the same parent are compared at every level.
//! A child may name the items of its parent.

use crate::repository::{Source, none, sources};
use std::collections::{BTreeMap, BTreeSet};

/// Crates whose modules are checked.
const CRATES: [&str; 10] =
    ["rules", "drivers", "paper", "desk", "counter", "central", "channel", "portal", "kiosk", "src-tauri"];

/// Components of a desk, each a subject with its own state.
const SUBJECTS: &[&str] = &[
    "blob",
    "case",
    "citizen",
    "correction",
    "counts",
    "issue",
    "lists",
    "printing",
    "session",
    "settings",
    "transfer",
    "verification",
    "visit",
];

/// Crate, lower module, and the higher modules that the lower one must never name.
const FORBIDDEN: [(&str, &str, &[&str]); 8] = [
    ("desk", "store", &["core", "sync", "centre"]),
    ("desk", "store", SUBJECTS),
    ("desk", "sync", SUBJECTS),
    ("desk", "centre", SUBJECTS),
    ("desk", "core", SUBJECTS),
    ("counter", "view", &["case"]),
    ("central", "machine", &["store"]),
    ("central", "store", &["http"]),
];

type Path = Vec<String>;
/// Edges from a module to its siblings, with the files that name them.
type Edges = BTreeMap<Path, BTreeMap<Path, BTreeSet<String>>>;

/// Returns the module path of a file: `[store]` for `desk/src/store/mod.rs`, `[]` for `lib.rs`.
///
/// `None` for a file under `src/bin`, which is a program of its own.
fn module_of(file: &str) -> Option<Path> {
    let inside = file.split_once("/src/")?.1.strip_suffix(".rs")?;
    let mut path: Path = inside.split('/').map(str::to_owned).collect();
    if path[0] == "bin" {
        return None;
    }
    if matches!(path.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        path.pop();
    }
    Some(path)
}

/// Returns all paths of a use tree: `a::b` and `a::c::d` for `a::{b, c::d}`.
fn leaves(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut begin, mut found) = (0, 0, Vec::new());
    let mut take = |part: &str| {
        if !part.trim().is_empty() {
            found.extend(leaves(part).into_iter().map(|leaf| format!("{}{leaf}", before.trim())));
        }
    };
    for (place, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                take(&inner[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    take(&inner[begin..]);
    found
}

/// Returns the paths that the shipped code of a file names, as written there.
fn named(source: &Source) -> Vec<String> {
    let code: String = source.shipped_code().into_iter().map(|(_, line)| line + "\n").collect();
    let mut found = Vec::new();
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        match statement.rsplit_once("use ") {
            Some((_, tree)) if is_relative(tree) => {
                found.extend(leaves(&tree.trim_end_matches(';').replace('\n', " ")));
            }
            _ => rest.push_str(statement),
        }
    }
    let words = rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    found.extend(words.filter(|word| is_relative(word)).map(str::to_owned));
    found
}

fn is_relative(path: &str) -> bool {
    ["crate::", "super::", "self::"].iter().any(|root| path.starts_with(root))
}

/// Resolves a path, as written in `module`, from the root of the crate.
fn absolute(written: &str, module: &[String]) -> Path {
    let mut path = module.to_vec();
    for (place, part) in written.split("::").map(str::trim).enumerate() {
        match part {
            "crate" if place == 0 => path.clear(),
            "self" => {}
            "super" => {
                path.pop();
            }
            part => path.push(part.to_owned()),
        }
    }
    path
}

fn graph(folder: &str) -> Edges {
    let files: Vec<(Path, Source)> = sources(&format!("{folder}/src/"), &[".rs"])
        .into_iter()
        .filter_map(|source| Some((module_of(&source.path)?, source)))
        .collect();
    let is_module = |path: &[String]| files.iter().any(|(module, _)| module.starts_with(path));
    let mut edges = Edges::new();
    for (module, source) in &files {
        for written in named(source) {
            let target = absolute(&written, module);
            let shared = module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            if shared < module.len() && shared < target.len() && is_module(&target[..=shared]) {
                let (from, to) = (module[..=shared].to_vec(), target[..=shared].to_vec());
                edges.entry(from).or_default().entry(to).or_default().insert(source.path.clone());
            }
        }
    }
    edges
}

/// Returns all modules that can be reached from one.
fn reached(edges: &Edges, start: &Path) -> BTreeSet<Path> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
    while let Some(next) = open.pop() {
        for module in edges.get(&next).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(module.clone()) {
                open.push(module.clone());
            }
        }
    }
    seen
}

/// Returns the circles of a crate: sets of modules that reach each other.
fn circles(edges: &Edges) -> BTreeSet<Vec<String>> {
    let reach: BTreeMap<&Path, BTreeSet<Path>> =
        edges.keys().map(|start| (start, reached(edges, start))).collect();
    let circle_of = |one: &Path| -> Vec<String> {
        let back = reach[one].iter().filter(|other| reach.get(other).is_some_and(|to| to.contains(one)));
        back.map(|module| module.join("::")).collect()
    };
    reach.keys().map(|one| circle_of(one)).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn no_module_depends_on_itself_through_others() {
    let mut findings = Vec::new();
    for folder in CRATES {
        let circles = circles(&graph(folder));
        findings.extend(circles.iter().map(|circle| format!("{folder}: {}", circle.join(", "))));
    }
    none("modules depend on each other in one direction", findings);
}

#[test]
fn lower_modules_do_not_name_higher_ones() {
    let mut findings = Vec::new();
    for (folder, low, higher) in FORBIDDEN {
        let edges = graph(folder);
        for high in higher {
            let files = edges.get(&vec![low.to_owned()]).and_then(|to| to.get(&vec![(*high).to_owned()]));
            findings.extend(files.into_iter().flatten().map(|file| format!("{file} names {high}")));
        }
    }
    none("arrows between modules point one way", findings);
}

#[test]
fn every_subject_of_a_desk_is_a_module() {
    let modules: BTreeSet<String> = sources("desk/src/", &[".rs"])
        .iter()
        .filter_map(|source| module_of(&source.path)?.first().cloned())
        .collect();
    let missing = SUBJECTS.iter().filter(|subject| !modules.contains(**subject));
    none("the rule on arrows is outdated", missing.map(|subject| (*subject).to_owned()).collect());
}

/// Files that may have `impl` blocks of one type: where it is declared, and two helpers.
const IMPL_FILES: usize = 3;

/// Crates whose components own their state.
const COMPONENTS: [&str; 2] = ["desk", "counter"];

#[test]
fn a_component_owns_its_state_and_has_its_methods_beside_it() {
    let mut findings = Vec::new();
    for folder in COMPONENTS {
        let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources(&format!("{folder}/src/"), &[".rs"]) {
            for (_, line) in source.shipped_code() {
                if let Some(name) = inherent_impl(&line) {
                    files.entry(name.to_owned()).or_default().insert(source.path.clone());
                }
            }
        }
        let scattered = files.into_iter().filter(|(_, files)| files.len() > IMPL_FILES);
        findings.extend(scattered.map(|(name, files)| format!("{folder}: impl {name} in {files:?}")));
    }
    none("a type has its methods in three files at most", findings);
}

/// Returns the type of an `impl` block that begins in this line and is not one of a trait.
fn inherent_impl(line: &str) -> Option<&str> {
    let head = line.strip_prefix("impl")?;
    let rest = if head.starts_with('<') { head.split_once("> ")?.1 } else { head.strip_prefix(' ')? };
    let is_trait = rest.split_whitespace().any(|word| word == "for");
    let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    (!is_trait && !name.is_empty()).then_some(name)
}

#[test]
fn the_rule_on_components_recognises_impl_blocks() {
    assert_eq!(inherent_impl("impl Desk {"), Some("Desk"));
    assert_eq!(inherent_impl("impl<T: Clone> Rows<T> {"), Some("Rows"));
    assert_eq!(inherent_impl("impl Driver<'_> {"), Some("Driver"));
    assert_eq!(inherent_impl("impl From<CallError> for Failure {"), None);
    assert_eq!(inherent_impl("implicit"), None);
}

#[test]
fn the_graph_sees_imports_paths_and_use_trees() {
    assert_eq!(leaves("crate::{a::B, c::{D, e::F}}"), ["crate::a::B", "crate::c::D", "crate::c::e::F"]);
    let module = ["store".to_owned(), "code".to_owned()];
    assert_eq!(absolute("super::super::sync::Stop", &module), ["sync", "Stop"]);
    assert_eq!(absolute("crate::sync", &module), ["sync"]);
    assert!(graph("desk").len() > 3, "no graph: is the rule outdated?");
}
