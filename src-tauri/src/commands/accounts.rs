//! Staff of the site, as this desk knows them.

use super::{Answer, Desk};
use counter::view::AccountView;

/// Staff of the site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(desk: Desk<'_>) -> Answer<Vec<AccountView>> {
    desk.accounts().await
}

/// Lifts a lock after failed logins.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_account(desk: Desk<'_>, staff: String) -> Answer<Vec<AccountView>> {
    desk.unlock_account(staff).await
}
