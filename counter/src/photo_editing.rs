//! Photos of the person in front: taken, loaded, cropped and measured.

use crate::{
    core::Core,
    devices::Devices,
    format::{data_url, from_base64},
    picture::{Crop, Picture},
    view::{CropInput, CroppedView, Failure, MeasureView, PictureView},
};
use desk::{Desk, store::blob::Blob};
use rules::{
    correction::Digest,
    failure::{CounterFailure, DeviceFailure},
    permission::Duty,
    photo::{PhotoFigures, falls_short, judge},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Media type of every picture made here.
pub(crate) const JPEG: &str = "image/jpeg";
/// Long side of a picture on the crop tool, pixels: twice what the tool shows, for zooming.
const PREVIEW_SIDE_PX: u32 = 1_200;
/// Pictures held at once: the one being cropped and the ones it is compared with.
const PICTURES_HELD: usize = 4;

/// Pictures being worked on. They never leave the desk but as previews and finished photos.
#[derive(Default)]
struct Pictures {
    pictures: Vec<Held>,
    /// The photo cropped last: written down when the form is saved with it, not at every move of
    /// the frame.
    cropped: Option<Cropped>,
}

/// A picture being worked on.
#[derive(Clone)]
struct Held {
    handle: String,
    picture: Arc<Picture>,
    /// Taken by the camera of this desk: whoever is on it was here.
    live: bool,
}

/// A cropped photo that is not stored yet.
#[derive(Clone)]
struct Cropped {
    digest: Digest,
    jpeg: Vec<u8>,
    of: Held,
    is_good: bool,
}

/// A cropped photo that was stored.
pub(crate) struct Kept {
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
}

/// The photos being taken and cropped.
pub struct PhotoEditing {
    core: Arc<Core>,
    devices: Arc<Devices>,
    pictures: Mutex<Pictures>,
}

impl PhotoEditing {
    pub(crate) fn new(core: Arc<Core>, devices: Arc<Devices>) -> Self {
        Self { core, devices, pictures: Mutex::default() }
    }

    /// Loads a picture file, which is checked before decoding.
    ///
    /// # Errors
    /// Not permitted; what is wrong with the picture.
    pub async fn load(&self, picture: String) -> Result<PictureView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Correct)?;
        let bytes = from_base64(&picture).ok_or_else(unreadable_picture)?;
        self.hold(bytes, false).await
    }

    /// Takes a picture with the desk camera.
    ///
    /// # Errors
    /// Not permitted; what the camera says.
    pub async fn take(&self) -> Result<PictureView, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Correct)?;
        let frame = self.devices.take_frame().await?;
        self.hold(frame.jpeg().to_vec(), true).await
    }

    fn pictures(&self) -> MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets all pictures: the case is over.
    pub(crate) fn clear(&self) {
        *self.pictures() = Pictures::default();
    }

    /// Stores the photo that was cropped last; `None` if the digest is that of another one.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) async fn keep_cropped(&self, desk: &Desk, digest: &Digest) -> Result<Option<Kept>, Failure> {
        let cropped = self.pictures().cropped.clone().filter(|cropped| cropped.digest == *digest);
        let Some(cropped) = cropped else { return Ok(None) };
        desk.blob.keep(&Blob { bytes: cropped.jpeg, media_type: JPEG.to_owned() }).await?;
        let live = Some(cropped.of).filter(|of| of.live).map(|of| of.picture);
        Ok(Some(Kept { is_good: cropped.is_good, live }))
    }

    pub(crate) async fn hold(&self, bytes: Vec<u8>, live: bool) -> Result<PictureView, Failure> {
        let picture = on_other_thread(move || Picture::open(&bytes)).await?.map_err(Failure::from)?;
        let Held { handle, picture, .. } = self.pictures().hold(picture, live);
        let preview = picture.preview(PREVIEW_SIDE_PX)?;
        Ok(PictureView {
            handle,
            preview: data_url(JPEG, &preview),
            width: picture.width(),
            height: picture.height(),
        })
    }

    /// Returns a picture being worked on.
    pub(crate) fn picture(&self, handle: &str) -> Result<Arc<Picture>, Failure> {
        self.held(handle).map(|held| held.picture)
    }

    fn held(&self, handle: &str) -> Result<Held, Failure> {
        self.pictures().find(handle).cloned().ok_or_else(picture_gone)
    }

    /// Crops to the size of the standard and measures. The photo is held under its digest.
    ///
    /// # Errors
    /// Not permitted; the picture is gone; the database fails.
    pub async fn crop(&self, input: CropInput) -> Result<CroppedView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Correct)?;
        let of = self.held(&input.handle)?;
        let picture = of.picture.clone();
        let crop = Crop { angle: input.rotation, x: input.x, y: input.y, width: input.width };
        let photo = on_other_thread(move || picture.crop(&crop)).await?.map_err(Failure::from)?;
        let digest = Digest::of(&photo.jpeg);
        let is_good = !falls_short(&photo.figures);
        self.pictures().cropped =
            Some(Cropped { digest: digest.clone(), jpeg: photo.jpeg.clone(), of, is_good });
        Ok(CroppedView {
            photo: data_url(JPEG, &photo.jpeg),
            digest: digest.to_string(),
            measures: measures(&photo.figures),
        })
    }

    /// Returns a preview frame of the desk camera.
    ///
    /// # Errors
    /// Not permitted; what the camera says.
    pub async fn camera_frame(&self) -> Result<String, Failure> {
        self.core.desk()?.session.operator()?.may(Duty::Correct)?;
        Ok(data_url(JPEG, self.devices.camera.latest_frame().await?.jpeg()))
    }
}

/// Runs work on pixels beside the threads of the runtime: card and printer must not wait for it.
async fn on_other_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| unreadable_picture())
}

/// Returns the figures of a photo; `None` if the blob is no picture.
pub(crate) fn figures_of(blob: &Blob) -> Option<PhotoFigures> {
    Picture::open(&blob.bytes).ok().map(|picture| picture.figures(blob.bytes.len()))
}

/// Tells whether a photo is within all limits.
pub(crate) fn is_good_photo(blob: &Blob) -> bool {
    figures_of(blob).is_some_and(|figures| !falls_short(&figures))
}

/// Returns the figures of a photo, each with its limits.
pub(crate) fn measures(figures: &PhotoFigures) -> Vec<MeasureView> {
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

pub(crate) fn picture_gone() -> Failure {
    Failure::from(CounterFailure::PictureGone)
}

pub(crate) fn unreadable_picture() -> Failure {
    Failure::from(CounterFailure::PictureUnreadable)
}

pub(crate) fn chip_photo_not_decodable() -> Failure {
    Failure::from(DeviceFailure::ChipPhotoNotConfigured)
}
