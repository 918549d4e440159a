//! The camera: takes a picture of the citizen if the photo of chip or registry is not good enough.

mod error;
mod folder;
mod frame;
#[cfg(target_os = "linux")]
mod video;
mod watch;

pub use error::CameraError;
pub use folder::FolderSource;
pub use frame::Frame;
#[cfg(target_os = "linux")]
pub use video::{VideoDevice, VideoDeviceListing, list_cameras};
pub use watch::{Camera, CameraSettings, CameraView, VideoSource};
