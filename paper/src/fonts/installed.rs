//! Lists the font packages, finds their files and maps them into memory.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fontique::{Blob, SourceCache, SourceId, SourceInfo, SourceKind};
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId16, MetadataProvider};

use super::{Face, Weight};
use crate::error::PaperError;

/// One font of a package.
pub(crate) struct FontSpec {
    /// Name of the font for people.
    pub(crate) name: &'static str,
    /// Family to look for in a collection; `None` if the file has only one font.
    collection_family: Option<&'static str>,
    /// Font name in the PDF; the subset tag is put before it.
    pub(crate) postscript_name: &'static str,
    file: &'static str,
    package: &'static str,
    /// Weight that the font serves; `None` if it serves every weight.
    pub(crate) weight: Option<Weight>,
    required: bool,
}

/// All fonts, in order of preference.
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
    // Adds parts of extensions G and H, which amendment 1 of GB 18030-2022 requires.
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

/// A font file mapped into memory, and the face in it.
pub(crate) struct FontFile {
    pub(crate) spec: &'static FontSpec,
    path: PathBuf,
    map: Blob<u8>,
    /// Index of the face in a collection, 0 for a single font.
    pub(crate) index: u32,
    /// Whether glyphs have ink, for all that were asked for.
    ink: Mutex<HashMap<GlyphId16, bool>>,
}

impl FontFile {
    /// Returns the bytes of the whole file.
    pub(crate) fn data(&self) -> &[u8] {
        self.map.data()
    }

    /// Parses the face of the font.
    pub(crate) fn face(&self) -> Result<Face<'_>, PaperError> {
        Face::parse(self.data(), self.index).map_err(|error| self.unusable(error.to_string()))
    }

    /// Returns whether a glyph of the font has ink. The answer is kept, because drawing an outline
    /// takes microseconds and a sheet has over a hundred glyphs.
    pub(super) fn has_ink(&self, face: &Face<'_>, glyph: GlyphId16) -> bool {
        let mut ink = self.ink.lock().unwrap_or_else(PoisonError::into_inner);
        *ink.entry(glyph).or_insert_with(|| face.has_outline(glyph))
    }

    fn unusable(&self, reason: String) -> PaperError {
        PaperError::FontUnusable { path: self.path.clone(), reason, package: self.spec.package }
    }
}

/// Opens every font in order of preference. Also returns the optional packages that
/// are not installed.
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

/// Maps a file. The package manager replaces font files by renaming a new file into place, and
/// never writes into the mapped one.
fn map(spec: &'static FontSpec, path: PathBuf) -> Result<FontFile, PaperError> {
    let unusable =
        |reason: String| PaperError::FontUnusable { path: path.clone(), reason, package: spec.package };
    // fontique maps it, and keeps to itself why it could not.
    File::open(&path).map_err(|error| unusable(error.to_string()))?;
    let source = SourceInfo::new(SourceId::new(), SourceKind::Path(path.as_path().into()));
    let map =
        SourceCache::default().get(&source).ok_or_else(|| unusable("it cannot be mapped".to_owned()))?;
    let mut font = FontFile { spec, path, map, index: 0, ink: Mutex::default() };
    if let Some(family) = spec.collection_family {
        font.index =
            face_index(font.data(), family).ok_or_else(|| font.unusable(format!("no face {family}")))?;
    }
    let _checked = font.face()?;
    Ok(font)
}

/// Returns the index of the face whose family name is `family`.
fn face_index(data: &[u8], family: &str) -> Option<u32> {
    let position = FontRef::fonts(data).position(|face| {
        let mut names = face.ok().into_iter().flat_map(|face| face.localized_strings(StringId::FAMILY_NAME));
        names.any(|name| name.chars().eq(family.chars()))
    })?;
    u32::try_from(position).ok()
}
