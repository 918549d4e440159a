//! Desk check.

use super::{Answer, Desk};
use counter::view::{DeviceCheckView, DeviceKind};

/// Every device: found, working, last error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_devices(desk: Desk<'_>) -> Answer<Vec<DeviceCheckView>> {
    desk.check_devices().await
}

/// Reads a card, prints a test page, takes a picture or scans a code.
#[tauri::command]
#[specta::specta]
pub(crate) async fn test_device(desk: Desk<'_>, kind: DeviceKind) -> Answer<DeviceCheckView> {
    desk.test_device(kind).await
}
