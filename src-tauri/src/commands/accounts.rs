//! Commands for the accounts of the site, as this desk knows them.

use super::{Answer, Desk};
use ::counter::view::AccountView;

/// Returns the staff accounts of the site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(desk: Desk<'_>) -> Answer<Vec<AccountView>> {
    desk.accounts().await
}

/// Unlocks an account after failed log-ins.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_account(desk: Desk<'_>, staff: String) -> Answer<Vec<AccountView>> {
    desk.unlock_account(staff).await
}
