//! Cameras of the Linux kernel (Video4Linux 2).

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use v4l::buffer::Type;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream as _;
use v4l::video::Capture as _;
use v4l::{Device, Format, FourCC};

use super::{CameraError, Frame, VideoSource};

const MOTION_JPEG: &[u8; 4] = b"MJPG";
const YUYV: &[u8; 4] = b"YUYV";
/// Requested size. The driver chooses the nearest one it supports.
const WIDTH_PX: u32 = 1280;
const HEIGHT_PX: u32 = 720;
/// Longest wait for one frame. A starting camera takes about a second.
const FRAME_LIMIT: Duration = Duration::from_secs(3);
const BUFFERS: u32 = 3;

/// A camera that can be chosen in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoDeviceListing {
    /// Path of its device file.
    pub path: String,
    /// Name that the camera reports.
    pub name: String,
}

/// Lists the cameras that the kernel knows.
#[must_use]
pub fn list_cameras() -> Vec<VideoDeviceListing> {
    let mut cameras: Vec<VideoDeviceListing> = v4l::context::enum_devices()
        .iter()
        .filter_map(|node| {
            let device = Device::with_path(node.path()).ok()?;
            // Many cameras have a second node for metadata, which has no pictures.
            format(&device).ok()?;
            let name = device.query_caps().ok()?.card;
            Some(VideoDeviceListing { path: node.path().to_string_lossy().into_owned(), name })
        })
        .collect();
    cameras.sort_by(|one, other| one.path.cmp(&other.path));
    cameras
}

/// An open camera that takes pictures.
pub struct VideoDevice {
    stream: Stream<'static>,
    format: Format,
}

impl VideoDevice {
    /// Opens a camera and starts it.
    ///
    /// # Errors
    /// [`CameraError::NotFound`] if there is no such device, [`CameraError::Busy`] if it is in use
    /// or not permitted, [`CameraError::Format`] if it offers no supported format.
    pub fn open(path: &Path) -> Result<Self, CameraError> {
        let device = Device::with_path(path).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ResourceBusy => CameraError::Busy,
            _ => CameraError::NotFound,
        })?;
        let wanted = format(&device)?;
        let format = device.set_format(&wanted).map_err(|_| CameraError::Busy)?;
        let mut stream =
            Stream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(|_| CameraError::Busy)?;
        stream.set_timeout(FRAME_LIMIT);
        Ok(Self { stream, format })
    }
}

/// Chooses the picture format. Motion JPEG comes first: it needs no conversion and a tenth
/// of the bandwidth.
fn format(device: &Device) -> Result<Format, CameraError> {
    let offered = device.enum_formats().map_err(|_| CameraError::Format)?;
    [MOTION_JPEG, YUYV]
        .iter()
        .find(|code| offered.iter().any(|format| format.fourcc.repr == ***code))
        .map(|code| Format::new(WIDTH_PX, HEIGHT_PX, FourCC::new(code)))
        .ok_or(CameraError::Format)
}

impl VideoSource for VideoDevice {
    fn next_frame(&mut self) -> Result<Frame, CameraError> {
        let (bytes, buffer) = self.stream.next().map_err(|error| match error.kind() {
            ErrorKind::TimedOut => CameraError::Mute,
            _ => CameraError::Lost,
        })?;
        let used = usize::try_from(buffer.bytesused).map_or(bytes.len(), |used| used.min(bytes.len()));
        if self.format.fourcc.repr == *MOTION_JPEG {
            Frame::from_encoded(bytes[..used].to_vec())
        } else {
            Frame::from_yuyv(self.format.width, self.format.height, &bytes[..used])
        }
    }
}
