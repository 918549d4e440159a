//! A phone's browser: Chromium, driven from outside, with a camera that shows a file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::error::Result;
use crate::folder::RigFolder;
use crate::http;
use crate::port::Ports;
use crate::process::{Daemon, bound_to_rig};
use crate::window::{OPENS_WITHIN, Window, connect};

const CHROMIUM: &str = "/usr/bin/chromium";

/// Folder of downloads in the phone's home.
const DOWNLOADS: &str = "downloads";

/// A phone to open pages on.
#[derive(Clone, Debug)]
pub struct Phone<'a> {
    /// Width of its screen in CSS pixels.
    pub width: u32,
    /// Height of its screen in CSS pixels.
    pub height: u32,
    /// JPEG pictures one after another (`.mjpeg`), which its camera shows.
    pub camera: Option<&'a Path>,
}

impl Window {
    /// Opens a page on a phone. Permissions are granted without a question.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if the driver or the browser does not start.
    pub async fn on_phone(folder: &RigFolder, phone: &Phone<'_>, address: &str) -> Result<Self> {
        let port = Ports::take(1)?;
        let home = folder.below("phone")?;
        let mut command = bound_to_rig("chromedriver");
        command.arg(format!("--port={}", port.first())).env("HOME", &home).env("TMPDIR", &home);
        let mut driver = Daemon::start("phone", command, folder)?;
        let listening = ("127.0.0.1", port.first());
        driver.ready(OPENS_WITHIN, async || TcpStream::connect(listening).await.is_ok()).await?;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(), // the tests may run as root, where there is none
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-crash-reporter".to_owned(), // its handler would outlive the browser
            "--disable-breakpad".to_owned(),
            "--no-first-run".to_owned(),
            "--lang=zh-CN".to_owned(),
            "--use-fake-ui-for-media-stream".to_owned(),
            "--use-fake-device-for-media-stream".to_owned(),
            format!("--user-data-dir={}", home.join("profile").display()),
        ];
        if let Some(camera) = phone.camera {
            arguments.push(format!("--use-file-for-fake-video-capture={}", camera.display()));
        }
        let metrics = json!({ "width": phone.width, "height": phone.height, "pixelRatio": 2, "touch": true });
        let options = json!({
            "binary": CHROMIUM,
            "args": arguments,
            "mobileEmulation": { "deviceMetrics": metrics },
            "prefs": { "download.default_directory": home.join(DOWNLOADS), "download.prompt_for_download": false },
        });
        let client = connect(&port, "goog:chromeOptions", options).await?;
        client
            .goto(address)
            .await
            .map_err(|error| crate::RigError::Unexpected(format!("{address} did not open: {error}")))?;
        Ok(Self { client, driver, program: PathBuf::from(CHROMIUM), _port: port })
    }

    /// Returns the folder of a phone's downloads.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if it cannot be created.
    pub fn downloads(folder: &RigFolder) -> Result<PathBuf> {
        folder.below(&format!("phone/{DOWNLOADS}"))
    }

    /// Sends a command of Chromium's developer tools, such as one that slows the line down, and
    /// returns its result.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if the browser does not know it.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let unexpected =
            |error: &dyn std::error::Error| crate::RigError::Unexpected(format!("{command}: {error}"));
        let session = self.client.session_id().await.map_err(|error| unexpected(&error))?;
        let path = format!("/session/{}/goog/cdp/execute", session.unwrap_or_default());
        let body = json!({ "cmd": command, "params": parameters }).to_string().into_bytes();
        let headers = [("content-type", "application/json")];
        let answer = http::send(self._port.first(), "POST", &path, &headers, body).await?.good()?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| unexpected(&error))?;
        Ok(answer["value"].clone())
    }

    /// Gives a file to a field that takes one.
    ///
    /// # Errors
    /// [`RigError`](crate::RigError) if there is no such field.
    pub async fn give_file(&self, name: &str, file: &Path) -> Result<()> {
        let selector = format!("[data-testid=\"{name}\"]");
        let field = self.client.find(fantoccini::Locator::Css(&selector)).await;
        let sent = match field {
            Ok(field) => field.send_keys(&file.display().to_string()).await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| crate::RigError::Unexpected(format!("file for {name}: {error}")))
    }
}
