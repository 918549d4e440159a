//! Commands for the desk check.

use super::{Answer, Counter};
use ::counter::view::{DeviceCheckView, DeviceKind, ReportView};

/// Returns every device: found, working, last error.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_devices(counter: Counter<'_>) -> Answer<Vec<DeviceCheckView>> {
    counter.devices.check().await
}

/// Tests a device: reads a card, prints a page, takes a picture or scans a code.
#[tauri::command]
#[specta::specta]
pub(crate) async fn test_device(counter: Counter<'_>, kind: DeviceKind) -> Answer<DeviceCheckView> {
    counter.devices.test(kind).await
}

/// Makes a report for support; nothing is saved.
#[tauri::command]
#[specta::specta]
pub(crate) async fn make_report(counter: Counter<'_>) -> Answer<ReportView> {
    counter.report.make().await
}

/// Saves the report that is shown; returns its path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_report(counter: Counter<'_>) -> Answer<String> {
    counter.report.save().await
}
