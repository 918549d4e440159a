//! Passes the counter's events on to the windows, and the database pool to the SQL plugin.

use crate::bindings::{
    CaseScanned, CitizenWindowChanged, CounterChanged, ListsChanged, Scanned, StatusChanged,
};
use ::counter::{Counter, CounterEvent};
use std::sync::Arc;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_sql::{DbInstances, DbPool};
use tauri_specta::Event as _;

/// Forwards events until the program ends. The clerk's window gets all, the citizen window only its
/// own view (S1).
pub(crate) async fn forward(app: AppHandle, counter: Arc<Counter>) {
    let mut events = counter.events();
    hand_pool_to_plugin(&app, &counter).await;
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Each event carries a whole view, so the next one makes up for any that was missed.
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => CounterEvent::Case,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        };
        let emitted = match event {
            CounterEvent::Opened => {
                hand_pool_to_plugin(&app, &counter).await;
                Ok(())
            }
            CounterEvent::Status => match counter.session.status().await {
                Ok(view) => StatusChanged(view).emit_to(&app, "counter"),
                Err(_) => Ok(()), // the page loads the status itself and shows the failure
            },
            CounterEvent::Case => emit_case(&app, &counter).await,
            CounterEvent::Scanned(view) => Scanned(*view).emit_to(&app, "counter"),
            CounterEvent::CaseScanned(number) => {
                CaseScanned(number.as_str().to_owned()).emit_to(&app, "counter")
            }
            CounterEvent::Lists => ListsChanged.emit_to(&app, "counter"),
        };
        if let Err(error) = emitted {
            tracing::warn!(%error, "an event did not reach the window");
        }
    }
}

/// Sends each window its view. Without a log-in the clerk's has none and the citizen's shows that
/// the window is closed.
async fn emit_case(app: &AppHandle, counter: &Counter) -> tauri::Result<()> {
    if let Ok(view) = counter.case.view().await {
        CounterChanged(view).emit_to(app, "counter")?;
    }
    match counter.case.citizen_window().await {
        Ok(view) => CitizenWindowChanged(view).emit_to(app, "citizen"),
        Err(_) => Ok(()),
    }
}

/// Hands the pool to the plugin, which closes it at exit. The page has no permission
/// for the plugin.
async fn hand_pool_to_plugin(app: &AppHandle, counter: &Counter) {
    if let Some(pool) = counter.pool() {
        let pools = app.state::<DbInstances>();
        pools.0.write().await.insert("sqlite:desk/readers".to_owned(), DbPool::Sqlite(pool));
    }
}
