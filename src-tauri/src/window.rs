//! The windows, their events, and the handover of the database pool to the SQL plugin.

use crate::{
    bindings::{self, CitizenWindowChanged, CounterChanged, ListsChanged, Scanned, StatusChanged},
    guard,
};
use ::counter::{Counter, CounterEvent};
use std::{path::PathBuf, sync::Arc};
use tauri::{
    App, AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder, Wry, webview::NewWindowResponse,
};
use tauri_plugin_sql::{DbInstances, DbPool};
use tauri_specta::Event as _;

/// Title of the clerk's window.
const TITLE: &str = "离线随申码 · 窗口";

/// Opens the windows and runs until the clerk's window closes.
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
            window(app, "counter", WebviewUrl::default())
                .title(TITLE)
                .inner_size(1366.0, 768.0)
                .min_inner_size(1024.0, 640.0)
                .maximized(true)
                .zoom_hotkeys_enabled(true) // Ctrl + and Ctrl −, as in browsers
                .build()?;
            if counter.citizen_window_wanted() {
                window(app, "citizen", WebviewUrl::App("index.html#/citizen".into()))
                    .title("离线随申码 · 客显")
                    .inner_size(1024.0, 768.0)
                    .build()?;
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            // The program ends with the clerk's window, and the citizen window closes with it.
            if window.label() == "counter" && matches!(event, tauri::WindowEvent::Destroyed) {
                window.app_handle().exit(0);
            }
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// Returns a window that stays at the page of the program and opens no other (C4).
fn window<'a>(app: &'a App, label: &str, page: WebviewUrl) -> WebviewWindowBuilder<'a, Wry, App> {
    WebviewWindowBuilder::new(app, label, page)
        .on_navigation(|url| {
            let may = guard::may_open(url);
            if !may {
                tracing::warn!("a window was led to a foreign address and stayed where it was");
            }
            may
        })
        .on_new_window(|_, _| NewWindowResponse::Deny)
}

/// Forwards events until the program ends. The clerk's window gets all, the citizen window only its
/// own view (S1).
async fn forward(app: AppHandle, counter: Arc<Counter>) {
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
