//! Commands for the accounts of the site, as this desk knows them.

use super::{Answer, Counter};
use ::counter::view::AccountView;

/// Returns the staff accounts of the site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(counter: Counter<'_>) -> Answer<Vec<AccountView>> {
    counter.lists.accounts.list().await
}

/// Unlocks an account after failed log-ins.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_account(counter: Counter<'_>, staff: String) -> Answer<Vec<AccountView>> {
    counter.lists.accounts.unlock(staff).await
}
