//! A PDF document and the resources its pages share.

use jiff::civil::DateTime;
use pdf_writer::types::BlendMode;
use pdf_writer::{Date, Finish, Name, Pdf, Ref, TextStr};

use super::font::{Shown, UsedFonts};
use super::photo::Photo;
use super::tags::Tags;
use crate::error::PaperError;
use crate::fonts::Fonts;
use crate::text::{Placed, Typesetter};

/// Graphics state in which paint darkens what lies under it.
pub(super) const MULTIPLY: Name<'static> = Name(b"Multiply");

/// Metadata of a document. It has no personal data, because titles appear in window bars (rule M4).
pub(crate) struct Facts<'t> {
    pub(crate) title: &'t str,
    /// Shanghai time of the paper. It comes from the paper's data, so the same data gives
    /// the same bytes.
    pub(crate) dated: DateTime,
}

/// A PDF document while it is being made.
pub(crate) struct Document<'f> {
    pub(crate) typesetter: Typesetter<'f>,
    pub(super) tags: Tags,
    fonts: UsedFonts,
    /// Objects are written into the file as they are made, so a large batch is in memory only once.
    pub(super) pdf: Pdf,
    pub(super) next: Ref,
    pub(super) pages: Vec<Ref>,
    pub(super) page_tree: Ref,
    pub(super) font_resources: Ref,
    pub(super) multiply: Ref,
}

impl<'f> Document<'f> {
    pub(crate) fn new(fonts: &'f Fonts) -> Result<Self, PaperError> {
        let mut pdf = Pdf::with_capacity(64 * 1024);
        pdf.set_version(1, 7);
        let mut next = Ref::new(1);
        let (page_tree, font_resources, multiply) = (next.bump(), next.bump(), next.bump());
        Ok(Self {
            typesetter: Typesetter::new(fonts.faces()?),
            tags: Tags::new(),
            fonts: UsedFonts::default(),
            pdf,
            next,
            pages: Vec::new(),
            page_tree,
            font_resources,
            multiply,
        })
    }

    /// Adds a glyph to its font's subset.
    pub(super) fn take(&mut self, placed: &Placed) -> Shown {
        self.fonts.of(placed.font, &mut self.next, &self.typesetter.faces).take(placed)
    }

    pub(super) fn photo(&mut self, photo: Photo<'_>) -> Ref {
        let id = self.next.bump();
        photo.write(&mut self.pdf, id);
        id
    }

    /// Writes the shared resources and closes the file.
    pub(crate) fn finish(mut self, facts: &Facts<'_>) -> Result<Vec<u8>, PaperError> {
        if self.pages.is_empty() {
            return Err(PaperError::Empty);
        }
        for font in self.fonts.iter() {
            font.write(&mut self.pdf, &mut self.next, &self.typesetter.faces)?;
        }
        let mut names = self.pdf.indirect(self.font_resources).dict();
        for font in self.fonts.iter() {
            names.pair(Name(format!("F{}", font.font).as_bytes()), font.id);
        }
        names.finish();
        self.pdf.ext_graphics(self.multiply).blend_mode(BlendMode::Multiply);
        let count = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        self.pdf.pages(self.page_tree).kids(self.pages.iter().copied()).count(count);
        let tags = self.tags.write(&mut self.pdf, &mut self.next, &self.pages);

        let mut catalog = self.pdf.catalog(self.next.bump());
        catalog.pages(self.page_tree).lang(TextStr("zh-CN"));
        catalog.viewer_preferences().display_doc_title(true);
        catalog.mark_info().marked(true);
        catalog.pair(Name(b"StructTreeRoot"), tags);
        catalog.finish();
        let information = self.next.bump();
        let date = pdf_date(facts.dated);
        self.pdf
            .document_info(information)
            .title(TextStr(facts.title))
            .creator(TextStr("suishen-counter"))
            .creation_date(date)
            .modified_date(date);
        Ok(self.pdf.finish())
    }
}

/// Converts Shanghai time to a PDF date. Shanghai is 8 hours ahead of UTC all year.
fn pdf_date(time: DateTime) -> Date {
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    Date::new(u16::try_from(time.year()).unwrap_or(0))
        .month(part(time.month()))
        .day(part(time.day()))
        .hour(part(time.hour()))
        .minute(part(time.minute()))
        .second(part(time.second()))
        .utc_offset_hour(8)
        .utc_offset_minute(0)
}
