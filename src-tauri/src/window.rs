//! The window, its events, and the way the database's pool is handed to the SQL plugin.

use crate::bindings::{self, CitizenWindowChanged, CounterChanged, ListsChanged, Scanned, StatusChanged};
use counter::{Counter, CounterEvent};
use std::{path::PathBuf, sync::Arc};
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_sql::{DbInstances, DbPool};
use tauri_specta::Event as _;

/// Title of the clerk's window.
const TITLE: &str = "离线随申码 · 窗口";

/// Opens the window and stays until it is closed.
pub(crate) fn run(folder: PathBuf) -> anyhow::Result<()> {
    let builder = bindings::builder();
    tauri::Builder::default()
        .plugin(tauri_plugin_sql::Builder::default().build())
        .invoke_handler(builder.invoke_handler())
        .setup(move |app| {
            builder.mount_events(app);
            let counter = tauri::async_runtime::block_on(async {
                let counter = Counter::open(folder).await;
                counter.start();
                counter
            });
            app.manage(counter.clone());
            tauri::async_runtime::spawn(forward(app.handle().clone(), counter.clone()));
            WebviewWindowBuilder::new(app, "counter", WebviewUrl::default())
                .title(TITLE)
                .inner_size(1366.0, 768.0)
                .min_inner_size(1024.0, 640.0)
                .maximized(true)
                .zoom_hotkeys_enabled(true) // Ctrl + and Ctrl −, as in every browser
                .build()?;
            if counter.citizen_window_wanted() {
                WebviewWindowBuilder::new(app, "citizen", WebviewUrl::App("index.html#/citizen".into()))
                    .title("离线随申码 · 客显")
                    .inner_size(1024.0, 768.0)
                    .build()?;
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            // The clerk's window is the program: the citizen's goes with it.
            if window.label() == "counter" && matches!(event, tauri::WindowEvent::Destroyed) {
                window.app_handle().exit(0);
            }
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// Hands out what happens at the desk, until the program ends. The clerk's window gets everything, the citizen's only its own view (S1).
async fn forward(app: AppHandle, counter: Arc<Counter>) {
    let mut events = counter.events();
    hand_pool_to_plugin(&app, &counter).await;
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Views are whole: a missed one is made up for by the next.
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => CounterEvent::Case,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        };
        let emitted = match event {
            CounterEvent::Opened => {
                hand_pool_to_plugin(&app, &counter).await;
                Ok(())
            }
            CounterEvent::Status => match counter.status().await {
                Ok(view) => StatusChanged(view).emit_to(&app, "counter"),
                Err(_) => Ok(()), // the page asks for the status itself and shows the failure
            },
            CounterEvent::Case => emit_case(&app, &counter).await,
            CounterEvent::Scanned(view) => Scanned(*view).emit_to(&app, "counter"),
            CounterEvent::Lists => ListsChanged.emit_to(&app, "counter"),
        };
        if let Err(error) = emitted {
            tracing::warn!(%error, "an event did not reach the window");
        }
    }
}

/// Each window its own view. When nobody is logged in the clerk's has none, and the citizen's is closed.
async fn emit_case(app: &AppHandle, counter: &Counter) -> tauri::Result<()> {
    if let Ok(view) = counter.counter().await {
        CounterChanged(view).emit_to(app, "counter")?;
    }
    match counter.citizen_window().await {
        Ok(view) => CitizenWindowChanged(view).emit_to(app, "citizen"),
        Err(_) => Ok(()),
    }
}

/// The plugin closes the pool at exit; the page has no permission for any of its commands.
async fn hand_pool_to_plugin(app: &AppHandle, counter: &Counter) {
    if let Some(pool) = counter.pool() {
        let pools = app.state::<DbInstances>();
        pools.0.write().await.insert("sqlite:desk/readers".to_owned(), DbPool::Sqlite(pool));
    }
}
