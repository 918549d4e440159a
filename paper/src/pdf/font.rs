//! Embeds each font as a subset, addressed by glyph, with a map back to Unicode in every plane.

use std::collections::HashMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::writers::WMode;
use pdf_writer::{Chunk, Filter, Finish, Name, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId, RawFace, Tag};

use super::deflated;
use crate::error::PaperError;
use crate::fonts::Faces;
use crate::text::Placed;

const SYSTEM_INFO: SystemInfo =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
/// Font programs hardly shrink at higher levels, which take several times as long.
const FONT_COMPRESSION: u32 = 1;

/// Glyphs of one font that a document uses.
pub(super) struct UsedFont {
    /// Index of the font in the list of faces.
    pub(super) font: usize,
    pub(super) id: Ref,
    remapper: GlyphRemapper,
    /// Width in thousandths of an em, and the text it stands for, by glyph number in the subset.
    glyphs: Vec<(f32, Option<Text>)>,
}

/// A character with its variation selector, if any.
type Text = (char, Option<char>);

/// A glyph as the page writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) cid: u16,
    /// Whether the glyph already stands for another text in this document, so that the page must
    /// add the text. A radical shares its glyph with the character it looks like.
    pub(super) ambiguous: bool,
}

impl UsedFont {
    pub(super) fn new(font: usize, id: Ref, faces: &Faces<'_>) -> Self {
        let missing_glyph_width = faces.advance(font, GlyphId(0));
        Self { font, id, remapper: GlyphRemapper::new(), glyphs: vec![(missing_glyph_width, None)] }
    }

    /// Adds a glyph to the subset.
    pub(super) fn take(&mut self, placed: &Placed) -> Shown {
        let cid = self.remapper.remap(placed.glyph.0);
        let text = (placed.character, placed.selector);
        match self.glyphs.get(usize::from(cid)) {
            Some((_, owner)) => Shown { cid, ambiguous: *owner != Some(text) },
            None => {
                self.glyphs.push((placed.advance, Some(text)));
                Shown { cid, ambiguous: false }
            }
        }
    }

    /// Writes the five objects of the font.
    pub(super) fn write(
        &self,
        chunk: &mut Chunk,
        next: &mut Ref,
        faces: &Faces<'_>,
    ) -> Result<(), PaperError> {
        let (Some(file), Some(face)) = (faces.files.get(self.font), faces.faces.get(self.font)) else {
            return Ok(());
        };
        let damaged = |reason: String| PaperError::Subset { font: file.spec.name, reason };
        let subset = subsetter::subset(file.data(), file.index, &self.remapper)
            .map_err(|error| damaged(error.to_string()))?;
        let outlines = RawFace::parse(&subset, 0).ok().and_then(|raw| raw.table(Tag::from_bytes(b"CFF ")));
        let is_cff = outlines.is_some();
        let program = deflated(outlines.unwrap_or(&subset), FONT_COMPRESSION);

        let name = format!("{}+{}", self.tag(), file.spec.postscript_name);
        let (cid_font, descriptor, to_unicode, data) = (next.bump(), next.bump(), next.bump(), next.bump());
        chunk
            .type0_font(self.id)
            .base_font(Name(if is_cff { format!("{name}-Identity-H") } else { name.clone() }.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid_font)
            .to_unicode(to_unicode);
        self.write_cid_font(chunk, cid_font, descriptor, &name, is_cff);
        write_descriptor(chunk, descriptor, data, face, &name, is_cff);

        let map = deflated(&self.to_unicode(), 6);
        chunk.cmap(to_unicode, &map).writing_mode(WMode::Horizontal).filter(Filter::FlateDecode);
        let mut stream = chunk.stream(data, &program);
        stream.filter(Filter::FlateDecode);
        if is_cff {
            stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        }
        Ok(())
    }

    fn write_cid_font(&self, chunk: &mut Chunk, id: Ref, descriptor: Ref, name: &str, is_cff: bool) {
        let mut font = chunk.cid_font(id);
        font.subtype(if is_cff { CidFontType::Type0 } else { CidFontType::Type2 })
            .base_font(Name(name.as_bytes()))
            .system_info(SYSTEM_INFO)
            .font_descriptor(descriptor)
            .default_width(1000.0);
        if !is_cff {
            font.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let mut widths = font.widths();
        let all: Vec<f32> = self.glyphs.iter().map(|&(width, _)| width).collect();
        let mut first: u16 = 0;
        for run in all.chunk_by(|a, b| a.to_bits() == b.to_bits()) {
            let after = first.saturating_add(u16::try_from(run.len()).unwrap_or(u16::MAX));
            if let Some(&width) = run.first().filter(|&&width| width.to_bits() != 1000.0_f32.to_bits()) {
                widths.same(first, after.saturating_sub(1), width);
            }
            first = after;
        }
        widths.finish();
        font.finish();
    }

    fn to_unicode(&self) -> Vec<u8> {
        let mut map: UnicodeCmap<u16> = UnicodeCmap::new(Name(b"Custom"), SYSTEM_INFO);
        for (cid, (_, text)) in (0_u16..).zip(&self.glyphs) {
            if let Some((character, selector)) = *text {
                map.pair_with_multiple(cid, std::iter::once(character).chain(selector));
            }
        }
        map.finish().into_vec()
    }

    /// Returns six letters that name the subset. The same glyphs always give the same letters.
    fn tag(&self) -> String {
        // FNV-1a spreads well and, unlike the standard library's hasher, is the same
        // on every computer.
        let mut hash = self.remapper.remapped_gids().fold(0xCBF2_9CE4_8422_2325_u64, |hash, glyph| {
            (hash ^ u64::from(glyph)).wrapping_mul(0x0100_0000_01B3)
        });
        let mut tag = String::with_capacity(6);
        for _ in 0..6 {
            let letter = u8::try_from(hash % 26).unwrap_or(0);
            tag.push(char::from(b'A' + letter));
            hash /= 26;
        }
        tag
    }
}

fn write_descriptor(chunk: &mut Chunk, id: Ref, data: Ref, face: &Face<'_>, name: &str, is_cff: bool) {
    let scale = 1000.0 / f32::from(face.units_per_em());
    let bounds = face.global_bounding_box();
    let to_pdf = |value: i16| f32::from(value) * scale;
    let ascent = to_pdf(face.ascender());
    let mut descriptor = chunk.font_descriptor(id);
    descriptor
        .name(Name(name.as_bytes()))
        .flags(FontFlags::SYMBOLIC)
        .bbox(pdf_writer::Rect::new(
            to_pdf(bounds.x_min),
            to_pdf(bounds.y_min),
            to_pdf(bounds.x_max),
            to_pdf(bounds.y_max),
        ))
        .italic_angle(0.0)
        .ascent(ascent)
        .descent(to_pdf(face.descender()))
        .cap_height(face.capital_height().map_or(ascent, to_pdf))
        .stem_v(if face.is_bold() { 140.0 } else { 80.0 });
    if is_cff {
        descriptor.font_file3(data);
    } else {
        descriptor.font_file2(data);
    }
}

/// Fonts that one document uses, by font index.
#[derive(Default)]
pub(super) struct UsedFonts {
    used: Vec<UsedFont>,
    index: HashMap<usize, usize>,
}

impl UsedFonts {
    /// Returns the document's subset of a font, and starts it on first use.
    pub(super) fn of(&mut self, font: usize, next: &mut Ref, faces: &Faces<'_>) -> &mut UsedFont {
        let index = *self.index.entry(font).or_insert_with(|| {
            self.used.push(UsedFont::new(font, next.bump(), faces));
            self.used.len() - 1
        });
        &mut self.used[index]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &UsedFont> {
        self.used.iter()
    }
}
