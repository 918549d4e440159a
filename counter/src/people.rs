//! Names and pictures of the person in front, as the Correction screen shows them.

use super::{
    Counter,
    failure::no_citizen,
    format::{data_url, from_base64},
};
use crate::{
    characters,
    picture::{Crop, Picture},
    view::{
        CharacterQuery, CharacterView, CropInput, CroppedView, DifferenceView, Failure, GlyphView,
        MeasureView, NameView, NamesView, PictureView,
    },
};
use desk::{Desk, store::blob::Blob};
use paper::Fonts;
use rules::{
    At,
    correction::{Correction, Digest, State},
    failure::{CounterFailure, DeviceFailure},
    permission::Duty,
    person::{Name, code_point_text, is_name_character, is_private_use},
    photo::{PhotoFigures, falls_short, judge},
};
use std::sync::{Arc, MutexGuard, PoisonError};
use uuid::Uuid;

/// Media type of every picture made here.
pub(super) const JPEG: &str = "image/jpeg";
/// Long side of a picture on the crop tool, pixels: twice what the tool shows, for zooming.
const PREVIEW_SIDE_PX: u32 = 1_200;
/// Pictures held at once: the one being cropped and the ones it is compared with.
const PICTURES_HELD: usize = 4;

/// Pictures being worked on. They never leave the desk but as previews and finished photos.
#[derive(Default)]
pub(super) struct Pictures {
    pictures: Vec<Held>,
    /// The photo cropped last: written down when the form is saved with it, not at every move of
    /// the frame.
    cropped: Option<Cropped>,
}

/// A picture at hand.
#[derive(Clone)]
struct Held {
    handle: String,
    picture: Arc<Picture>,
    /// Taken here and now: whoever is on it sat before the camera.
    live: bool,
}

/// A finished photo that is not yet written down.
#[derive(Clone)]
struct Cropped {
    digest: Digest,
    jpeg: Vec<u8>,
    of: Held,
    is_good: bool,
}

/// A finished photo that was written down.
pub(super) struct Kept {
    /// Its figures are within the limits. A finished photo alone does not tell: it has the
    /// standard's size however small the picture was.
    pub is_good: bool,
    /// The whole picture, where it was taken at this desk: the live photo that proves whose it is.
    pub live: Option<Arc<Picture>>,
}

impl Pictures {
    fn hold(&mut self, picture: Picture, live: bool) -> Held {
        let held = Held { handle: Uuid::now_v7().simple().to_string(), picture: Arc::new(picture), live };
        self.pictures.push(held.clone());
        if self.pictures.len() > PICTURES_HELD {
            self.pictures.remove(0);
        }
        held
    }

    fn find(&self, handle: &str) -> Option<&Held> {
        self.pictures.iter().find(|held| held.handle == handle)
    }

    /// Forgets them all: the case is over.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Counter {
    /// A name, character by character, as it will print.
    ///
    /// # Errors
    /// Not logged in, or no fonts.
    pub async fn inspect_name(&self, text: String) -> Result<NameView, Failure> {
        self.desk()?.operator()?;
        let fonts = self.fonts()?;
        // What cannot be a name yet is still shown: the clerk is in the middle of typing it.
        let shown = Name::read(&text).map_or(text, |reading| reading.name.expose().to_owned());
        Ok(name_view(fonts, &shown))
    }

    /// Finds characters by code point, radical, components or reading.
    ///
    /// # Errors
    /// Not logged in, or no fonts.
    pub async fn find_characters(&self, query: CharacterQuery) -> Result<Vec<CharacterView>, Failure> {
        self.desk()?.operator()?;
        let fonts = self.fonts()?;
        let found = match &query {
            CharacterQuery::CodePoint { text } => characters::find(&characters::Query::CodePoint(text)),
            CharacterQuery::Radical { radical, strokes } => {
                characters::find(&characters::Query::Radical { radical: *radical, strokes: *strokes })
            }
            CharacterQuery::Components { text } => characters::find(&characters::Query::Components(text)),
            CharacterQuery::Reading { text } => characters::find(&characters::Query::Reading(text)),
        };
        Ok(found.into_iter().map(|character| character_view(fonts, character)).collect())
    }

    /// Takes a picture file; checked before it is decoded.
    ///
    /// # Errors
    /// Not permitted; what is wrong with the picture.
    pub async fn load_picture(&self, picture: String) -> Result<PictureView, Failure> {
        self.desk()?.operator()?.may(Duty::Correct)?;
        let bytes = from_base64(&picture).ok_or_else(unreadable_picture)?;
        self.hold_picture(bytes, false).await
    }

    /// Takes a picture with the desk camera.
    ///
    /// # Errors
    /// Not permitted; what the camera says.
    pub async fn take_picture(&self) -> Result<PictureView, Failure> {
        self.desk()?.operator()?.may(Duty::Correct)?;
        let frame = self.take_frame().await?;
        self.hold_picture(frame.jpeg().to_vec(), true).await
    }

    /// The chip's photo, where it can be decoded.
    ///
    /// # Errors
    /// Nobody in front, or the photo cannot be decoded here.
    pub async fn chip_picture(&self) -> Result<PictureView, Failure> {
        self.desk()?.operator()?.may(Duty::Correct)?;
        let bytes = self.case().in_front().ok_or_else(no_citizen)?.chip_portrait.clone();
        self.hold_picture(bytes.ok_or_else(chip_photo_not_decodable)?, false).await
    }

    pub(super) fn held_pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the photo down that was cropped last; `None`: this is another one.
    ///
    /// # Errors
    /// The disk's.
    pub(super) async fn keep_cropped(&self, desk: &Desk, digest: &Digest) -> Result<Option<Kept>, Failure> {
        let cropped = self.held_pictures().cropped.clone().filter(|cropped| cropped.digest == *digest);
        let Some(cropped) = cropped else { return Ok(None) };
        desk.keep_blob(&Blob { bytes: cropped.jpeg, media_type: JPEG.to_owned() }).await?;
        let live = Some(cropped.of).filter(|of| of.live).map(|of| of.picture);
        Ok(Some(Kept { is_good: cropped.is_good, live }))
    }

    async fn hold_picture(&self, bytes: Vec<u8>, live: bool) -> Result<PictureView, Failure> {
        let picture = on_other_thread(move || Picture::open(&bytes)).await?.map_err(Failure::from)?;
        let Held { handle, picture, .. } = self.held_pictures().hold(picture, live);
        let preview = picture.preview(PREVIEW_SIDE_PX)?;
        Ok(PictureView {
            handle,
            preview: data_url(JPEG, &preview),
            width: picture.width(),
            height: picture.height(),
        })
    }

    /// A picture being worked on.
    pub(super) fn picture(&self, handle: &str) -> Result<Arc<Picture>, Failure> {
        self.held(handle).map(|held| held.picture)
    }

    fn held(&self, handle: &str) -> Result<Held, Failure> {
        self.held_pictures().find(handle).cloned().ok_or_else(picture_gone)
    }

    /// Crops to the standard's size and measures; the finished photo is kept under its digest.
    ///
    /// # Errors
    /// Not permitted; the picture is gone; the disk's.
    pub async fn crop(&self, input: CropInput) -> Result<CroppedView, Failure> {
        let desk = self.desk()?;
        desk.operator()?.may(Duty::Correct)?;
        let of = self.held(&input.handle)?;
        let picture = of.picture.clone();
        let crop = Crop { angle: input.rotation, x: input.x, y: input.y, width: input.width };
        let photo = on_other_thread(move || picture.crop(&crop)).await?.map_err(Failure::from)?;
        let digest = Digest::of(&photo.jpeg);
        let is_good = !falls_short(&photo.figures);
        self.held_pictures().cropped =
            Some(Cropped { digest: digest.clone(), jpeg: photo.jpeg.clone(), of, is_good });
        Ok(CroppedView {
            photo: data_url(JPEG, &photo.jpeg),
            digest: digest.0,
            measures: measures(&photo.figures),
        })
    }

    /// A preview frame of the desk camera.
    ///
    /// # Errors
    /// Not permitted; what the camera says.
    pub async fn camera_frame(&self) -> Result<String, Failure> {
        self.desk()?.operator()?.may(Duty::Correct)?;
        Ok(data_url(JPEG, self.latest_frame().await?.jpeg()))
    }
}

/// Pixels are worked on beside the runtime's own threads: card and printer must not wait for them.
async fn on_other_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| unreadable_picture())
}

/// The figures of a photo that was finished here or elsewhere; `None`: it is no picture.
pub(super) fn figures_of(blob: &Blob) -> Option<PhotoFigures> {
    Picture::open(&blob.bytes).ok().map(|picture| picture.figures(blob.bytes.len()))
}

/// Whether it is within all limits.
pub(super) fn is_good_photo(blob: &Blob) -> bool {
    figures_of(blob).is_some_and(|figures| !falls_short(&figures))
}

/// The figures of a finished photo, each with its limits.
pub(super) fn measures(figures: &PhotoFigures) -> Vec<MeasureView> {
    judge(figures)
        .iter()
        .map(|judgement| MeasureView {
            measure: judgement.measure,
            value: judgement.value,
            at_least: judgement.at_least,
            at_most: judgement.at_most,
            ok: judgement.is_good(),
        })
        .collect()
}

pub(super) fn name_view(fonts: &Fonts, text: &str) -> NameView {
    NameView {
        text: text.to_owned(),
        characters: text.chars().map(|character| character_view(fonts, character)).collect(),
    }
}

/// Before, after and chip, with their differences.
pub(super) fn names_view(
    fonts: &Fonts,
    before: &Name,
    after: Option<&Name>,
    chip: Option<&Name>,
) -> NamesView {
    let differences = after.map(|after| before.differences(after)).unwrap_or_default();
    NamesView {
        before: name_view(fonts, before.expose()),
        after: after.map(|name| name_view(fonts, name.expose())),
        chip: chip.map(|name| name_view(fonts, name.expose())),
        differences: differences
            .into_iter()
            .map(|difference| DifferenceView {
                position: u16::try_from(difference.position).unwrap_or(u16::MAX),
                before: difference.before.map(|character| character_view(fonts, character)),
                after: difference.after.map(|character| character_view(fonts, character)),
            })
            .collect(),
        chip_is_prefix: matches!((chip, after), (Some(chip), Some(after)) if chip.is_cut_from(after)),
        equals_chip: matches!((chip, after), (Some(chip), Some(after)) if chip == after),
    }
}

fn character_view(fonts: &Fonts, character: char) -> CharacterView {
    CharacterView {
        character: character.to_string(),
        code_point: code_point_text(character),
        glyph: fonts.glyph(character).map(|glyph| GlyphView {
            path: glyph.svg_path,
            width: glyph.width,
            units_per_em: glyph.units_per_em,
            font: glyph.font_name.to_owned(),
        }),
        outside_repertoire: !is_name_character(character) && !is_private_use(character),
        private_use: is_private_use(character),
    }
}

/// When it last changed, as far as it says; its id tells when it was begun (UUIDv7).
pub(super) fn changed_at(correction: &Correction) -> At {
    match correction.state {
        State::Submitted { at } | State::Approved { at, .. } | State::Rejected { at, .. } => at,
        State::Draft | State::Applied { .. } | State::Withdrawn | State::Conflicted => {
            begun_at(correction.id)
        }
    }
}

fn begun_at(id: Uuid) -> At {
    id.get_timestamp().map_or(At(0), |stamp| {
        let (seconds, nanos) = stamp.to_unix();
        At(i64::try_from(seconds).unwrap_or(0) * 1000 + i64::from(nanos / 1_000_000))
    })
}

pub(super) fn picture_gone() -> Failure {
    Failure::from(CounterFailure::PictureGone)
}

pub(super) fn unreadable_picture() -> Failure {
    Failure::from(CounterFailure::PictureUnreadable)
}

pub(super) fn chip_photo_not_decodable() -> Failure {
    Failure::from(DeviceFailure::ChipPhotoNotConfigured)
}
