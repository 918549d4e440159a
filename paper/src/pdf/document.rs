//! A PDF document and the resources its pages share.
//!
//! printpdf translates the drawing of a page into its content stream, and a subset into the objects
//! of a font. lopdf, on which printpdf stands, holds the objects that printpdf has no words for:
//! structure, language, shared drawings.

use std::io::Write;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary, text_string};

use super::File;
use super::file::compressed;
use super::font::{Shown, UsedFonts};
use super::metadata::Facts;
use super::tags::Tags;
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::text::{Placed, Typesetter};

/// Graphics state in which paint darkens what lies under it.
pub(super) const MULTIPLY: &str = "Multiply";
/// The symbol's outline makes up most of a page. Higher levels gain a few per cent for
/// twice the time.
pub(super) const CONTENT_COMPRESSION: u32 = 3;

/// A PDF document while it is being made.
pub(crate) struct Document<'f> {
    pub(crate) typesetter: Typesetter<'f>,
    pub(super) tags: Tags,
    pub(super) file: File<'f>,
    fonts: UsedFonts,
    pub(super) pages: Vec<ObjectId>,
    pub(super) page_tree: ObjectId,
    pub(super) font_names: ObjectId,
    pub(super) graphics_states: ObjectId,
    /// The practice mark in the type size it was last drawn in.
    pub(super) practice_mark: Option<(f32, ObjectId)>,
}

impl<'f> Document<'f> {
    /// Begins a document that is written into `target` page by page.
    pub(crate) fn new(fonts: &'f Fonts, target: &'f mut dyn Write) -> Result<Self, PaperError> {
        let mut file = File::new(target);
        Ok(Self {
            typesetter: Typesetter::new(fonts.faces()?),
            tags: Tags::new(&mut file),
            fonts: UsedFonts::default(),
            pages: Vec::new(),
            page_tree: file.reserve(),
            font_names: file.reserve(),
            graphics_states: file.add(dictionary! {
                MULTIPLY => dictionary! { "Type" => "ExtGState", "BM" => "Multiply" },
            }),
            practice_mark: None,
            file,
        })
    }

    /// Adds a glyph to its font's subset.
    pub(super) fn take(&mut self, placed: &Placed) -> Shown {
        self.fonts.of(placed.font, &self.typesetter.faces).take(placed, &self.typesetter.faces)
    }

    /// Writes a picture or drawing that pages can show.
    pub(super) fn add(&mut self, object: Stream) -> ObjectId {
        self.file.add(compressed(object, CONTENT_COMPRESSION))
    }

    /// Writes the shared resources and closes the file.
    pub(crate) fn finish(mut self, facts: &Facts<'_>) -> Result<(), PaperError> {
        if self.pages.is_empty() {
            return Err(PaperError::Empty);
        }
        let mut names = Dictionary::new();
        for font in self.fonts.iter() {
            names.set(font.name(), font.write(&mut self.file, &self.typesetter.faces)?);
        }
        self.file.write(self.font_names, names);
        let count = i64::try_from(self.pages.len()).unwrap_or(i64::MAX);
        let pages: Vec<Object> = self.pages.into_iter().map(Object::Reference).collect();
        self.file.write(self.page_tree, dictionary! { "Type" => "Pages", "Count" => count, "Kids" => pages });
        let structure = self.tags.finish(&mut self.file);
        let metadata = self.file.add(facts.xmp());
        let catalog = self.file.add(dictionary! {
            "Type" => "Catalog",
            "Pages" => self.page_tree,
            "Lang" => text_string("zh-CN"),
            "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
            "MarkInfo" => dictionary! { "Marked" => true },
            "StructTreeRoot" => structure,
            "Metadata" => metadata,
        });
        let information = self.file.add(facts.information());
        self.file.finish(catalog, information).map_err(PaperError::Write)
    }
}
