//! The font packages: which files, in which order, and how they are mapped.

use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use ttf_parser::{Face, name_id};

use super::Weight;
use crate::error::PaperError;

/// One font of a package.
pub(crate) struct FontSpec {
    /// Name for people.
    pub(crate) name: &'static str,
    /// The family to look for in a collection file; `None` for a file with one font.
    collection_family: Option<&'static str>,
    /// Name inside the PDF, before which the subset tag is put.
    pub(crate) postscript_name: &'static str,
    file: &'static str,
    package: &'static str,
    /// The only weight this font serves; `None` serves every weight.
    pub(crate) weight: Option<Weight>,
    required: bool,
}

/// In order of choice.
const SPECS: [FontSpec; 5] = [
    FontSpec {
        name: "Noto Sans CJK SC",
        collection_family: Some("Noto Sans CJK SC"),
        postscript_name: "NotoSansCJKsc-Regular",
        file: "opentype/noto/NotoSansCJK-Regular.ttc",
        package: "fonts-noto-cjk",
        weight: Some(Weight::Regular),
        required: true,
    },
    FontSpec {
        name: "Noto Sans CJK SC Bold",
        collection_family: Some("Noto Sans CJK SC"),
        postscript_name: "NotoSansCJKsc-Bold",
        file: "opentype/noto/NotoSansCJK-Bold.ttc",
        package: "fonts-noto-cjk",
        weight: Some(Weight::Bold),
        required: true,
    },
    FontSpec {
        name: "Hanazono Mincho A",
        collection_family: None,
        postscript_name: "HanaMinA",
        file: "truetype/hanazono/HanaMinA.ttf",
        package: "fonts-hanazono",
        weight: None,
        required: true,
    },
    FontSpec {
        name: "Hanazono Mincho B",
        collection_family: None,
        postscript_name: "HanaMinB",
        file: "truetype/hanazono/HanaMinB.ttf",
        package: "fonts-hanazono",
        weight: None,
        required: true,
    },
    // Adds parts of extensions G and H of GB 18030-2022's amendment 1.
    FontSpec {
        name: "BabelStone Han",
        collection_family: None,
        postscript_name: "BabelStoneHan",
        file: "truetype/babelstone/BabelStoneHan.ttf",
        package: "fonts-babelstone-han",
        weight: None,
        required: false,
    },
];

/// A mapped font file and the face in it.
pub(crate) struct FontFile {
    pub(crate) spec: &'static FontSpec,
    path: PathBuf,
    map: Mmap,
    /// Index of the face in a collection.
    pub(crate) index: u32,
}

impl FontFile {
    /// The whole file.
    pub(crate) fn data(&self) -> &[u8] {
        &self.map
    }

    /// The face, parsed anew.
    pub(crate) fn face(&self) -> Result<Face<'_>, PaperError> {
        Face::parse(&self.map, self.index).map_err(|error| self.unusable(error.to_string()))
    }

    fn unusable(&self, reason: String) -> PaperError {
        PaperError::FontUnusable { path: self.path.clone(), reason, package: self.spec.package }
    }
}

/// Opens every font, in order of choice, and lists the packages that are not needed and not there.
pub(super) fn open(roots: &[&Path]) -> Result<(Vec<FontFile>, Vec<&'static str>), PaperError> {
    let mut files = Vec::with_capacity(SPECS.len());
    let mut absent = Vec::new();
    for spec in &SPECS {
        let found = roots.iter().map(|root| root.join(spec.file)).find(|path| path.is_file());
        match found {
            Some(path) => files.push(map(spec, path)?),
            None if spec.required => {
                return Err(PaperError::FontMissing { file: spec.file, package: spec.package });
            }
            None => absent.push(spec.package),
        }
    }
    Ok((files, absent))
}

#[expect(unsafe_code, reason = "mapping a file is unsafe by nature: see the safety comment")]
fn map(spec: &'static FontSpec, path: PathBuf) -> Result<FontFile, PaperError> {
    let unusable =
        |reason: String| PaperError::FontUnusable { path: path.clone(), reason, package: spec.package };
    let file = File::open(&path).map_err(|error| unusable(error.to_string()))?;
    // SAFETY: the map is read-only and the file belongs to the system's package manager, which replaces font files
    // by renaming a new one into place and never writes into the mapped one.
    let map = unsafe { Mmap::map(&file) }.map_err(|error| unusable(error.to_string()))?;
    let mut font = FontFile { spec, path, map, index: 0 };
    if let Some(family) = spec.collection_family {
        font.index =
            face_index(&font.map, family).ok_or_else(|| font.unusable(format!("no face {family}")))?;
    }
    let _checked = font.face()?;
    Ok(font)
}

/// The face of a collection whose family name is `family`.
fn face_index(data: &[u8], family: &str) -> Option<u32> {
    let count = ttf_parser::fonts_in_collection(data).unwrap_or(1);
    (0..count).find(|&index| {
        Face::parse(data, index).is_ok_and(|face| {
            face.names().into_iter().any(|name| {
                name.name_id == name_id::FAMILY && name.to_string().is_some_and(|own| own == family)
            })
        })
    })
}
