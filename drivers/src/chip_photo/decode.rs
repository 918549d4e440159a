//! Runs the site's decoding library in a helper process.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::ChipPhotoError;
use super::helper::{BMP_LENGTH, EXIT_LIBRARY_UNUSABLE, EXIT_NOT_A_PICTURE};
use crate::card::ChipPhoto;

/// Longest time for the library. The known ones take a few milliseconds.
const DECODE_LIMIT: Duration = Duration::from_secs(5);
const DEFAULT_ENTRY: &str = "wlt2bmp";

/// Settings of the site's decoding library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChipPhotoSettings {
    /// Path of the helper program `chip-photo`, which is installed with the desk.
    pub helper: PathBuf,
    /// Path of the maker's shared library.
    pub library: PathBuf,
    /// Name of its function, such as `wlt2bmp`. It must have the signature
    /// `int f(const unsigned char wlt[1024], unsigned char *bmp, int kind)`.
    #[serde(default = "default_entry")]
    pub entry: String,
}

fn default_entry() -> String {
    DEFAULT_ENTRY.to_owned()
}

/// A decoded portrait: a BMP file of 102 × 126 pixels. It is wiped when dropped and
/// hidden from `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Portrait(Vec<u8>);

impl Portrait {
    /// Returns the picture as a BMP file.
    #[must_use]
    pub fn bmp(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Portrait(redacted)")
    }
}

/// Decodes portraits, if the site has a library for it.
#[derive(Debug, Clone)]
pub struct ChipPhotoDecoder {
    settings: Option<ChipPhotoSettings>,
}

impl ChipPhotoDecoder {
    /// Creates a decoder with the site's settings. Without settings, every
    /// portrait is [`ChipPhotoError::NotConfigured`].
    #[must_use]
    pub fn new(settings: Option<ChipPhotoSettings>) -> Self {
        Self { settings }
    }

    /// Decodes one portrait in a helper process. Dropping the future kills the process.
    ///
    /// # Errors
    /// The [`ChipPhotoError`] that prevented decoding. The case continues without the picture.
    pub async fn decode(&self, photo: &ChipPhoto) -> Result<Portrait, ChipPhotoError> {
        let settings = self.settings.as_ref().ok_or(ChipPhotoError::NotConfigured)?;
        let child = start(settings)?;
        match tokio::time::timeout(DECODE_LIMIT, converse(child, photo)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ChipPhotoError::TimedOut),
        }
    }
}

fn start(settings: &ChipPhotoSettings) -> Result<Child, ChipPhotoError> {
    Command::new(&settings.helper)
        .arg(&settings.library)
        .arg(&settings.entry)
        // The library must not see the environment of the desk.
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            tracing::warn!(%error, "could not start the chip photo helper");
            ChipPhotoError::HelperMissing
        })
}

async fn converse(mut child: Child, photo: &ChipPhoto) -> Result<Portrait, ChipPhotoError> {
    let mut input = child.stdin.take().ok_or(ChipPhotoError::Crashed)?;
    let output = child.stdout.take().ok_or(ChipPhotoError::Crashed)?;
    // A helper that has already ended gives the reason with its exit code.
    let _ = input.write_all(photo.bytes()).await;
    drop(input);
    let mut portrait = Portrait(Vec::with_capacity(BMP_LENGTH + 1));
    let read = output.take(BMP_LENGTH as u64 + 1).read_to_end(&mut portrait.0).await;
    let status = child.wait().await.map_err(|_| ChipPhotoError::Crashed)?;
    match status.code() {
        Some(0) if read.is_ok() && portrait.0.len() == BMP_LENGTH => Ok(portrait),
        Some(0) => Err(ChipPhotoError::NotAPicture),
        Some(code) if code == i32::from(EXIT_LIBRARY_UNUSABLE) => Err(ChipPhotoError::LibraryUnusable),
        Some(code) if code == i32::from(EXIT_NOT_A_PICTURE) => Err(ChipPhotoError::NotAPicture),
        _ => Err(ChipPhotoError::Crashed),
    }
}
