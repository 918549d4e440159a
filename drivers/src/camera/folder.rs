//! Plays the pictures of a folder in place of a camera.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{CameraError, Frame, VideoSource};

/// Ten pictures a second, like a simple camera.
const FRAME_INTERVAL: Duration = Duration::from_millis(100);

/// A folder of pictures in place of a camera, for training and tests.
///
/// Its files are shown in order of their names, over and over. Moving the folder away is like
/// unplugging a camera.
pub struct FolderSource {
    folder: PathBuf,
    shown: usize,
}

impl FolderSource {
    /// Opens a folder of pictures.
    ///
    /// # Errors
    /// [`CameraError::NotFound`] if the folder cannot be read.
    pub fn open(folder: &Path) -> Result<Self, CameraError> {
        let source = Self { folder: folder.to_owned(), shown: 0 };
        source.pictures().map(|_| source)
    }

    fn pictures(&self) -> Result<Vec<PathBuf>, CameraError> {
        let entries = std::fs::read_dir(&self.folder).map_err(|_| CameraError::NotFound)?;
        let mut pictures: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                path.extension().is_some_and(|end| ["jpg", "jpeg", "png", "bmp"].iter().any(|e| end == *e))
            })
            .collect();
        pictures.sort();
        Ok(pictures)
    }
}

impl VideoSource for FolderSource {
    fn next_frame(&mut self) -> Result<Frame, CameraError> {
        thread::sleep(FRAME_INTERVAL);
        let pictures = self.pictures().map_err(|_| CameraError::Lost)?;
        let count = pictures.len().max(1);
        let picture = pictures.get(self.shown % count).ok_or(CameraError::Mute)?;
        self.shown = (self.shown + 1) % count;
        Frame::from_encoded(std::fs::read(picture).map_err(|_| CameraError::Lost)?)
    }
}
