//! Commands for the desk check.

use super::{Answer, Desk};
use ::counter::view::{DeviceCheckView, DeviceKind};

/// Returns every device: found, working, last error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_devices(desk: Desk<'_>) -> Answer<Vec<DeviceCheckView>> {
    desk.check_devices().await
}

/// Tests a device: reads a card, prints a page, takes a picture or scans a code.
#[tauri::command]
#[specta::specta]
pub(crate) async fn test_device(desk: Desk<'_>, kind: DeviceKind) -> Answer<DeviceCheckView> {
    desk.test_device(kind).await
}
