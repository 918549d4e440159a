//! The built files of a page (`web/dist`), read once at the start, for the program that serves it.
//!
//! No request reaches the disk, so no path can leave the folder.

use bytes::Bytes;
use std::{collections::HashMap, io, path::Path};

/// Folder of the files that all pages share, named by their content.
const SHARED: &str = "assets";

/// The files of one page by path, such as `/kiosk/index.html`.
pub struct PageFiles(HashMap<String, PageFile>);

/// A file of a page.
pub struct PageFile {
    /// Value of its `Content-Type`.
    pub content_type: &'static str,
    /// Content, not compressed.
    pub bytes: Bytes,
}

impl PageFiles {
    /// Reads the page of this name, and what it shares with others.
    ///
    /// # Errors
    /// If a file cannot be read, or the page was not built.
    pub fn read(built: &Path, page: &str) -> io::Result<Self> {
        let mut files = HashMap::new();
        for part in [page, SHARED] {
            for entry in std::fs::read_dir(built.join(part))? {
                let entry = entry?;
                let path = format!("/{part}/{}", entry.file_name().to_string_lossy());
                if let Some(content_type) = content_type(&path) {
                    let bytes = std::fs::read(entry.path())?.into();
                    files.insert(path, PageFile { content_type, bytes });
                }
            }
        }
        let start = format!("/{page}/index.html");
        if files.contains_key(&start) {
            return Ok(Self(files));
        }
        Err(io::Error::new(io::ErrorKind::NotFound, start))
    }

    /// Returns the file with this path.
    pub fn get(&self, path: &str) -> Option<&PageFile> {
        self.0.get(path)
    }
}

fn content_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}
