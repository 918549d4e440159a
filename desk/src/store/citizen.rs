//! What the registry said of a citizen, last time.

use super::{Connection, from_json, to_json};
use crate::error::DeskError;
use rules::{
    At,
    op::{CitizenRef, OpBody},
    person::Name,
    wire::CitizenView,
};

/// A remembered view.
#[derive(Clone, Debug)]
pub(crate) struct Cached {
    pub(crate) view: CitizenView,
    pub(crate) fetched_at: At,
}

pub(crate) async fn get(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Option<Cached>, DeskError> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT view, fetched_at FROM citizen WHERE citizen_ref = ?")
            .bind(citizen_ref.to_string())
            .fetch_optional(connection)
            .await?;
    row.map(|(view, at)| Ok(Cached { view: from_json(&view)?, fetched_at: At(at) })).transpose()
}

/// Returns the name of a citizen as this desk knows it: of the registry, else of what was done.
pub(crate) async fn name(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
) -> Result<Option<Name>, DeskError> {
    if let Some(cached) = get(&mut *connection, citizen_ref).await? {
        return Ok(Some(cached.view.name));
    }
    let last = super::operation::last_of_citizen(connection, citizen_ref).await?;
    Ok(match last.map(|operation| operation.body) {
        Some(OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. }) => Some(holder.name),
        _ => None,
    })
}

/// Remembers a view. A code that had ended in the one before has ended in this one too: answers may
/// overtake each other.
pub(crate) async fn put(
    connection: &mut Connection,
    citizen_ref: &CitizenRef,
    view: &CitizenView,
    fetched_at: At,
) -> Result<(), DeskError> {
    let mut view = view.clone();
    let before = get(&mut *connection, citizen_ref).await?;
    for earlier in before.iter().flat_map(|before| &before.view.codes) {
        if let Some(code) = view.codes.iter_mut().find(|code| code.serial == earlier.serial) {
            code.state = code.state.moved_to(earlier.state);
        }
    }
    sqlx::query(
        "INSERT INTO citizen (citizen_ref, view, fetched_at) VALUES (?, ?, ?)
         ON CONFLICT (citizen_ref) DO UPDATE SET view = excluded.view, fetched_at = excluded.fetched_at",
    )
    .bind(citizen_ref.to_string())
    .bind(to_json(&view)?)
    .bind(fetched_at.0)
    .execute(connection)
    .await?;
    Ok(())
}
