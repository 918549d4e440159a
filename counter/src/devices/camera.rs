//! The desk camera: on while somebody looks at it, off soon after, so that nobody is filmed
//! unasked.

use super::{absent, not_configured};
use crate::{
    core::Core,
    view::{DeviceKind, DeviceState, DeviceView, Failure},
};
use drivers::camera::{Camera, CameraError, CameraView, Frame};
use rules::failure::CounterFailure;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// How long the camera stays on after the last picture was asked for.
const ON_AFTER_USE: Duration = Duration::from_secs(10);
/// How long a camera may take to show its first picture.
const FIRST_PICTURE: Duration = Duration::from_secs(5);

/// A camera that is on.
struct On {
    camera: Arc<Camera>,
    view: watch::Receiver<CameraView>,
    used: Instant,
}

/// The camera of this desk.
pub(crate) struct DeskCamera {
    core: Arc<Core>,
    on: Mutex<Option<On>>,
}

impl DeskCamera {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, on: Mutex::default() }
    }

    fn on(&self) -> MutexGuard<'_, Option<On>> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn switch_on(&self) -> Result<(Arc<Camera>, watch::Receiver<CameraView>), Failure> {
        let settings = self.core.config().camera.settings().ok_or_else(no_camera)?;
        let mut on = self.on();
        let on = on.get_or_insert_with(|| {
            let (camera, view) = Camera::start(settings);
            On { camera: Arc::new(camera), view, used: Instant::now() }
        });
        on.used = Instant::now();
        Ok((on.camera.clone(), on.view.clone()))
    }

    /// Switches the camera off if no picture was requested for a while.
    pub(crate) fn switch_off_if_unused(&self) {
        let mut on = self.on();
        if on.as_ref().is_some_and(|on| on.used.elapsed() > ON_AFTER_USE) {
            *on = None;
        }
    }

    /// Switches the camera off: nobody is filmed behind a locked screen.
    pub(crate) fn switch_off(&self) {
        *self.on() = None;
    }

    /// Returns the newest picture, for the preview.
    pub(crate) async fn latest_frame(&self) -> Result<Arc<Frame>, Failure> {
        let (_camera, mut view) = self.switch_on()?;
        let shown = view.wait_for(|view| !matches!(view, CameraView::Starting));
        let shown = tokio::time::timeout(FIRST_PICTURE, shown)
            .await
            .map_err(|_| CameraError::Lost)?
            .map_err(|_| CameraError::Lost)?;
        match &*shown {
            CameraView::Picture(frame) => Ok(frame.clone()),
            CameraView::Unavailable(error) => Err((*error).into()),
            CameraView::Starting => Err(CameraError::Lost.into()),
        }
    }

    /// Takes the next picture.
    pub(crate) async fn take_frame(&self) -> Result<Arc<Frame>, Failure> {
        self.latest_frame().await?;
        let (camera, _view) = self.switch_on()?;
        Ok(camera.take_picture().await?)
    }

    pub(crate) fn view(&self) -> DeviceView {
        let camera = self.core.config().camera;
        if camera.device.is_empty() {
            return not_configured(DeviceKind::Camera);
        }
        let state = match self.on().as_ref().map(|on| on.view.borrow().clone()) {
            Some(CameraView::Unavailable(error)) => return absent(DeviceKind::Camera, error.into()),
            Some(CameraView::Starting) => DeviceState::Busy,
            Some(CameraView::Picture(_)) => DeviceState::Ready,
            None if camera.settings().is_some() => DeviceState::Ready,
            None => return absent(DeviceKind::Camera, no_camera()),
        };
        DeviceView { kind: DeviceKind::Camera, name: camera.device, state, trouble: None }
    }
}

fn no_camera() -> Failure {
    Failure::from(CounterFailure::NoCamera)
}
