//! Builds the index of Chinese characters (汉字) that `characters` searches, from the tables of the
//! Unicode Character Database.

#![expect(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]

mod components;
mod index;
mod unihan;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Where Debian's package `unicode-data` puts the tables; another system names its folder in
/// `UNICODE_DATA`.
const DEFAULT_FOLDER: &str = "/usr/share/unicode";

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed=UNICODE_DATA");
    println!("cargo::rerun-if-changed=build");
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("cargo::error={reason}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let folder = PathBuf::from(env::var_os("UNICODE_DATA").unwrap_or_else(|| DEFAULT_FOLDER.into()));
    let manifest =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not say where the crate is")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not say where to write")?);
    let mut characters = unihan::read(&folder)?;
    components::add(&mut characters, &manifest.join("data/cjk-decomp.txt"), &folder)?;
    index::write(&characters, &components::equivalents(&folder)?, &out)
}

/// Reads a text table, and says which package brings it when it is not there.
fn read_table(path: &Path) -> Result<String, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    std::fs::read_to_string(path).map_err(|error| missing(path, &error))
}

fn missing(path: &Path, error: &std::io::Error) -> String {
    format!(
        "{}: {error}. The character index is made from the Unicode Character Database: install Debian's package `unicode-data` (apt-get install unicode-data), or set UNICODE_DATA to a folder with the same files",
        path.display()
    )
}
