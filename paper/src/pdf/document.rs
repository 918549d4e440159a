//! A PDF document and the resources its pages share.
//!
//! printpdf translates the drawing of a page into its content stream, and a subset into the objects
//! of a font. lopdf, on which printpdf stands, holds the objects that printpdf has no words for:
//! structure, language, shared drawings.

use std::io::Write;

use lopdf::{Object, ObjectId, Stream, dictionary, text_string};
use printpdf::{Op, PdfDocument, PdfPage, PdfSaveOptions, Pt, Rect};

use super::File;
use super::file::compressed;
use super::font::{Shown, UsedFonts};
use super::metadata::Facts;
use super::page::Page;
use super::points;
use super::tags::Tags;
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::text::{Placed, Typesetter};

/// Graphics state in which paint darkens what lies under it.
pub(super) const MULTIPLY: &str = "Multiply";
/// The symbol's outline makes up most of a page. Higher levels gain a few per cent for
/// twice the time.
const CONTENT_COMPRESSION: u32 = 3;

/// A PDF document while it is being made.
pub(crate) struct Document<'f> {
    pub(crate) typesetter: Typesetter<'f>,
    pub(super) tags: Tags,
    file: File<'f>,
    fonts: UsedFonts,
    pages: Vec<ObjectId>,
    page_tree: ObjectId,
    font_names: ObjectId,
    graphics_states: ObjectId,
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

    /// Draws a page of the given size in millimetres and writes it.
    pub(crate) fn page(
        &mut self,
        width: f32,
        height: f32,
        draw: impl FnOnce(&mut Page<'_, 'f>),
    ) -> Result<(), PaperError> {
        let mut page = Page::new(self, (width, height));
        draw(&mut page);
        let Page { ops, objects, .. } = page;

        let content = self.file.add(compressed(content_stream(ops), CONTENT_COMPRESSION));
        let id = self.file.reserve();
        let number = self.tags.finish_page(&mut self.file, id);
        let drawings =
            objects.iter().enumerate().map(|(index, &id)| (object_name(index), Object::Reference(id)));
        self.file.write(
            id,
            dictionary! {
                "Type" => "Page",
                "Parent" => self.page_tree,
                "MediaBox" => vec![0.into(), 0.into(), points(width).into(), points(height).into()],
                "Contents" => content,
                "StructParents" => number,
                // The order of the structure tree, although no page has anything to tab through.
                "Tabs" => "S",
                "Resources" => dictionary! {
                    "Font" => self.font_names,
                    "ExtGState" => self.graphics_states,
                    "XObject" => drawings.collect::<lopdf::Dictionary>(),
                },
            },
        );
        self.pages.push(id);
        self.file.check().map_err(PaperError::Write)
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
        let mut names = lopdf::Dictionary::new();
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

/// Returns the name under which a page shows its drawing number `index`.
pub(super) fn object_name(index: usize) -> String {
    format!("X{index}")
}

/// Has printpdf make a document of one page.
///
/// It numbers files at random and writes the time, but only in parts that are not taken over.
pub(super) fn translated(mut pdf: PdfDocument, ops: Vec<Op>) -> (lopdf::Document, Vec<String>) {
    let area = Rect::from_wh(Pt(0.0), Pt(0.0));
    pdf.pages = vec![PdfPage { media_box: area.clone(), trim_box: area.clone(), crop_box: area, ops }];
    let mut warnings = Vec::new();
    let document = pdf.to_lopdf_document(&PdfSaveOptions::default(), &mut warnings);
    (document, warnings.into_iter().map(|warning| warning.msg).collect())
}

fn content_stream(ops: Vec<Op>) -> Stream {
    let (mut document, _none) = translated(PdfDocument::default(), ops);
    let page = document.page_iter().next().unwrap_or_default();
    let content = document.get_page_contents(page).pop().and_then(|id| document.objects.remove(&id));
    match content {
        Some(Object::Stream(stream)) => stream,
        // printpdf always writes one. An empty page would fail every test that reads a paper.
        _ => Stream::new(lopdf::Dictionary::new(), Vec::new()),
    }
}
