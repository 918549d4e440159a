//! Settings of this desk, by name.

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use rules::{
    issuing::Issued,
    wire::{CentralSettings, WindowSettings},
};
use serde::{Serialize, de::DeserializeOwned};

/// Days a citizen's rows stay after everything about them is acknowledged.
pub const RETENTION_DAYS: &str = "retention_days";
/// The policy numbers in force, from the centre.
pub const POLICY: &str = "policy";

/// Returns the name under which settings of the centre are kept, for all windows or for one.
fn central(window: Option<u16>) -> String {
    window.map_or_else(|| "central_settings".to_owned(), |window| format!("central_settings_{window}"))
}

/// Returns what the centre decides for a window.
pub(crate) async fn central_settings(
    connection: &mut Connection,
    window: u16,
) -> Result<CentralSettings, DeskError> {
    let mut values = CentralSettings::default();
    for of in [Some(window), None] {
        let kept: Option<Issued<WindowSettings>> = get(connection, &central(of)).await?;
        values = values.or(kept.map(|kept| kept.value.values).unwrap_or_default());
    }
    Ok(values)
}

/// Keeps settings of the centre, unless later ones are here: a restored centre tells its old ones
/// again.
pub(crate) async fn put_central(
    connection: &mut Connection,
    settings: &Issued<WindowSettings>,
) -> Result<(), DeskError> {
    let name = central(settings.value.window);
    let kept: Option<Issued<WindowSettings>> = get(&mut *connection, &name).await?;
    if kept.is_some_and(|kept| kept.at > settings.at) {
        return Ok(());
    }
    put(connection, &name, settings).await
}

pub(crate) async fn get<T: DeserializeOwned>(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<T>, DeskError> {
    let row: Option<(String,)> = sqlx::query_as("SELECT value FROM setting WHERE name = ?")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.map(|(value,)| from_json(&value)).transpose()
}

pub(crate) async fn put<T: Serialize>(
    connection: &mut Connection,
    name: &str,
    value: &T,
) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO setting (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(to_json(value)?)
    .execute(connection)
    .await?;
    Ok(())
}
