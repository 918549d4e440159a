//! Runs the camera in a background thread and offers its newest picture.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::{CameraError, FolderSource, Frame};

/// Pause before a missing camera is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Damaged frames in a row that are tolerated. Single ones are normal after plugging in.
const DAMAGED_LIMIT: u32 = 5;

/// Camera that the desk uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CameraSettings {
    /// A camera of the kernel, such as `/dev/video0`.
    Device(PathBuf),
    /// A folder of pictures in place of a camera, for training and tests.
    Folder(PathBuf),
}

/// Source of pictures: a real camera or a folder.
pub trait VideoSource {
    /// Waits for the next picture.
    ///
    /// # Errors
    /// [`CameraError::Garbled`] for one damaged picture. After any other error the source must
    /// be opened again.
    fn next_frame(&mut self) -> Result<Frame, CameraError>;
}

/// What the camera shows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraView {
    /// The camera is being opened.
    Starting,
    /// The newest picture of the camera.
    Picture(Arc<Frame>),
    /// There is no picture, for this reason.
    Unavailable(CameraError),
}

/// A running camera.
///
/// It stops when this value is dropped, so nobody is filmed without being asked. Its last picture
/// is wiped with the last receiver.
pub struct Camera {
    view: watch::Receiver<CameraView>,
    _stop: StopOnDrop,
}

struct StopOnDrop(Arc<watch::Sender<bool>>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

impl Camera {
    /// Starts the camera. The receiver always has the newest picture; pictures nobody looked
    /// at are dropped.
    #[must_use]
    pub fn start(settings: CameraSettings) -> (Self, watch::Receiver<CameraView>) {
        let (sender, view) = watch::channel(CameraView::Starting);
        let stop = Arc::new(watch::Sender::new(false));
        let stopped = stop.subscribe();
        let spawned = thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || run(&settings, &sender, || *stopped.borrow()));
        if let Err(error) = spawned {
            tracing::error!(%error, "could not start the camera thread");
        }
        (Self { view: view.clone(), _stop: StopOnDrop(stop) }, view)
    }

    /// Returns the next picture, taken after this call.
    ///
    /// # Errors
    /// The [`CameraError`] that makes the camera unavailable, now or while waiting.
    pub async fn take_picture(&self) -> Result<Arc<Frame>, CameraError> {
        let mut view = self.view.clone();
        view.mark_unchanged();
        if let CameraView::Unavailable(error) = *view.borrow() {
            return Err(error);
        }
        loop {
            view.changed().await.map_err(|_| CameraError::Lost)?;
            match &*view.borrow_and_update() {
                CameraView::Picture(frame) => return Ok(Arc::clone(frame)),
                CameraView::Unavailable(error) => return Err(*error),
                CameraView::Starting => {}
            }
        }
    }
}

fn run(settings: &CameraSettings, view: &watch::Sender<CameraView>, is_stopped: impl Fn() -> bool) {
    while !is_stopped() {
        // The camera library panics if a camera disappears at the wrong moment.
        let ended = catch_unwind(AssertUnwindSafe(|| film(settings, view, &is_stopped)));
        let error = match ended {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error,
            Err(_) => CameraError::Lost,
        };
        tracing::debug!(%error, "camera is not usable");
        view.send_replace(CameraView::Unavailable(error));
        let again = Instant::now() + RETRY;
        while !is_stopped() && Instant::now() < again {
            thread::sleep(RETRY / 10);
        }
    }
}

fn film(
    settings: &CameraSettings,
    view: &watch::Sender<CameraView>,
    is_stopped: impl Fn() -> bool,
) -> Result<(), CameraError> {
    let mut source = open(settings)?;
    let mut damaged = 0;
    while !is_stopped() {
        match source.next_frame() {
            Ok(frame) => {
                damaged = 0;
                view.send_replace(CameraView::Picture(Arc::new(frame)));
            }
            Err(CameraError::Garbled) if damaged < DAMAGED_LIMIT => damaged += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn open(settings: &CameraSettings) -> Result<Box<dyn VideoSource>, CameraError> {
    match settings {
        CameraSettings::Folder(folder) => Ok(Box::new(FolderSource::open(folder)?)),
        CameraSettings::Device(path) => open_device(path),
    }
}

#[cfg(target_os = "linux")]
fn open_device(path: &Path) -> Result<Box<dyn VideoSource>, CameraError> {
    Ok(Box::new(super::VideoDevice::open(path)?))
}

#[cfg(not(target_os = "linux"))]
fn open_device(_path: &Path) -> Result<Box<dyn VideoSource>, CameraError> {
    Err(CameraError::NotFound)
}
