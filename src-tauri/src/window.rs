//! The windows of clerk and citizen.

use crate::{bindings, events::forward, guard, practice::Practice};
use ::counter::Counter;
use std::path::PathBuf;
use tauri::{App, Manager as _, Monitor, WebviewUrl, WebviewWindowBuilder, Wry, webview::NewWindowResponse};

/// Title of the clerk's window.
const TITLE: &str = "离线随申码 · 窗口";
/// Its title in practice mode.
const PRACTICE_TITLE: &str = "演练 · 离线随申码 · 窗口";

/// What a window is opened for.
pub(crate) enum Opened {
    /// The desk in this folder.
    Desk(PathBuf),
    /// A new practice site.
    Practice,
}

/// Opens the windows and runs until the clerk's window closes.
pub(crate) fn run(opened: Opened) -> anyhow::Result<()> {
    let builder = bindings::builder();
    tauri::Builder::default()
        .plugin(tauri_plugin_sql::Builder::default().build())
        .invoke_handler(builder.invoke_handler())
        .setup(move |app| {
            builder.mount_events(app);
            let title = if let Opened::Desk(_) = &opened { TITLE } else { PRACTICE_TITLE };
            let (counter, practice) = tauri::async_runtime::block_on(async {
                let (counter, practice) = match opened {
                    Opened::Desk(folder) => (Counter::open(folder).await, Practice::none()),
                    Opened::Practice => Practice::open().await?,
                };
                counter.start();
                anyhow::Ok((counter, practice))
            })?;
            app.manage(counter.clone());
            app.manage(practice);
            tauri::async_runtime::spawn(forward(app.handle().clone(), counter.clone()));
            window(app, "counter", WebviewUrl::default())
                .title(title)
                .inner_size(1366.0, 768.0)
                .min_inner_size(1024.0, 640.0)
                .maximized(true)
                .zoom_hotkeys_enabled(true) // Ctrl + and Ctrl −, as in browsers
                .build()?;
            if counter.citizen_window_wanted() {
                open_citizen_window(app, counter.citizen_window_takes_keys())?;
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

/// Opens the citizen window: over the whole of a second monitor, else as a window of its own that
/// does not hide the clerk's.
fn open_citizen_window(app: &App, takes_keys: bool) -> tauri::Result<()> {
    let second = second_monitor(app.primary_monitor()?.as_ref(), app.available_monitors()?);
    let mut citizen = window(app, "citizen", WebviewUrl::App("index.html#/citizen".into()))
        // Touching it must not take the keys from the clerk.
        .focusable(takes_keys)
        .title("离线随申码 · 客显")
        .inner_size(1024.0, 768.0);
    if let Some(monitor) = &second {
        let corner = monitor.position().to_logical::<f64>(monitor.scale_factor());
        citizen = citizen.position(corner.x, corner.y);
    }
    // Full screen counts for the monitor that the window is on, so it is placed first.
    citizen.build()?.set_fullscreen(second.is_some())
}

/// Returns the first monitor that is not the clerk's: the primary one, or else the first.
fn second_monitor(primary: Option<&Monitor>, monitors: Vec<Monitor>) -> Option<Monitor> {
    let clerks = *primary.or(monitors.first())?.position();
    monitors.into_iter().find(|monitor| *monitor.position() != clerks)
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
