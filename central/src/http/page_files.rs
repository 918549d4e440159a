//! The files of the pages for phones (`web/dist`), read once at the start.
//!
//! No request reaches the disk, so no path can leave the folder.

use axum::body::Bytes;
use flate2::{Compression, write::GzEncoder};
use sm3::{Digest as _, Sm3};
use std::{
    collections::HashMap,
    io::{self, Write as _},
    path::Path,
};

/// Folders of pages that a program of their own serves: here they would reach no server of theirs.
const ELSEWHERE: [&str; 2] = ["/portal", "/kiosk"];

/// The files of all pages by path.
#[derive(Default)]
pub(super) struct Pages(pub(super) HashMap<String, File>);

/// A file of a page, ready to be sent.
pub(super) struct File {
    pub(super) content_type: &'static str,
    /// Entity tag: a hash of the content.
    pub(super) tag: String,
    pub(super) plain: Bytes,
    pub(super) gzip: Bytes,
}

impl Pages {
    /// Reads a folder with all its files.
    ///
    /// # Errors
    /// [`io::Error`] if a file cannot be read, or is of a kind that no page has.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut pages = Self::default();
        pages.add(folder, "")?;
        if pages.0.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the folder is empty"));
        }
        Ok(pages)
    }

    fn add(&mut self, folder: &Path, above: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{above}/{}", entry.file_name().to_string_lossy());
            if ELSEWHERE.contains(&path.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &path)?;
            } else {
                self.0.insert(path.clone(), File::read(&entry.path(), &path)?);
            }
        }
        Ok(())
    }
}

impl File {
    fn read(from: &Path, path: &str) -> io::Result<Self> {
        let content_type = content_type(path)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{path}: unknown kind")))?;
        let plain = std::fs::read(from)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        let gzip = encoder.finish()?;
        let digest = Sm3::digest(&plain);
        let tag = format!("\"{}\"", rules::hex::encode(&digest[..8]));
        Ok(Self { content_type, tag, plain: plain.into(), gzip: gzip.into() })
    }
}

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_with_all_its_files_and_nothing_unknown() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Pages::read(folder.path()).is_err(), "an empty folder is a mistake");
        let assets = folder.path().join("assets");
        std::fs::create_dir(&assets).unwrap();
        std::fs::write(assets.join("page-1.js"), "let one = 1").unwrap();
        std::fs::write(folder.path().join("index.html"), "<!doctype html>").unwrap();
        for other in ["portal", "kiosk"] {
            std::fs::create_dir(folder.path().join(other)).unwrap();
            std::fs::write(folder.path().join(other).join("index.html"), "<!doctype html>").unwrap();
        }
        let pages = Pages::read(folder.path()).unwrap();
        let mut paths: Vec<&str> = pages.0.keys().map(String::as_str).collect();
        paths.sort_unstable();
        assert_eq!(
            paths,
            ["/assets/page-1.js", "/index.html"],
            "the pages of portal and kiosk are not the centre's"
        );
        std::fs::write(folder.path().join("notes.txt"), "not for everybody").unwrap();
        assert!(Pages::read(folder.path()).is_err());
    }
}
