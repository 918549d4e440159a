//! Commands for the accounts of the site.

use super::{Answer, Counter};
use ::counter::view::{AccountActInput, AccountActView, AccountListView, AccountsView};

/// Returns the staff accounts of the site.
#[tauri::command]
#[specta::specta]
pub(crate) async fn accounts(counter: Counter<'_>) -> Answer<AccountsView> {
    counter.lists.accounts.list().await
}

/// Unlocks an account after failed log-ins.
#[tauri::command]
#[specta::specta]
pub(crate) async fn unlock_account(counter: Counter<'_>, staff: String) -> Answer<AccountsView> {
    counter.lists.accounts.unlock(staff).await
}

/// Reads a list of staff, CSV in Base64; nothing is added.
#[tauri::command]
#[specta::specta]
pub(crate) async fn read_account_list(counter: Counter<'_>, file: String) -> Answer<AccountListView> {
    counter.lists.accounts.read_list(file).await
}

/// Has the centre do something to accounts, signed by who is logged in.
#[tauri::command]
#[specta::specta]
pub(crate) async fn account_act(counter: Counter<'_>, input: AccountActInput) -> Answer<AccountActView> {
    counter.lists.accounts.act(input).await
}

/// Saves the activation codes that were shown last; returns the file's path.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_activation_codes(counter: Counter<'_>) -> Answer<String> {
    counter.lists.accounts.save_codes().await
}
