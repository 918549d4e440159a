//! Files of archives. An archive is written beside its place, and put there only when it was read
//! back.

use super::{
    ArchiveContents, ArchiveLine, ArchiveManifest, ArchivedBatch, ArchivedOperation, MarksDigest, Month,
    OperationMark,
};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use rules::{At, DeviceNumber, digest::Digest, issuing::Issued};
use sm3::{Digest as _, Sm3};
use std::{
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// Longest line that is read; a batch and an operation are far below.
const LONGEST: u64 = 4 << 20;

/// Reasons why an archive cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file system refused.
    #[error("{path}: {source}")]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The content is not what an archive holds.
    #[error("{0}: not an archive of the log")]
    Malformed(PathBuf),
}

type Result<T> = std::result::Result<T, ArchiveError>;

fn of(path: &Path) -> impl FnOnce(std::io::Error) -> ArchiveError {
    |source| ArchiveError::File { path: path.to_owned(), source }
}

fn lines_path(folder: &Path, month: Month) -> PathBuf {
    folder.join(format!("log-{month}.jsonl.gz"))
}

fn manifest_path(folder: &Path, month: Month) -> PathBuf {
    folder.join(format!("log-{month}.json"))
}

fn create(path: &Path) -> Result<File> {
    // They hold what the log holds of citizens.
    private_file::create(path).map_err(of(path))
}

/// Puts a file that was written in its place, durably.
fn put(file: &File, written: &Path, place: &Path) -> Result<()> {
    file.sync_all().map_err(of(written))?;
    std::fs::rename(written, place).map_err(of(place))?;
    let folder = place.parent().unwrap_or(place);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(of(folder))
}

/// Counts and digests that grow with each line.
struct Tally {
    contents: ArchiveContents,
    lines: Sm3,
    marks: MarksDigest,
}

impl Tally {
    fn new(month: Month) -> Self {
        let none = Digest::of(&[]);
        let (first, last) = (At(0), At(0));
        let (operations, batches) = (0, 0);
        let contents =
            ArchiveContents { month, operations, batches, first, last, lines: none.clone(), marks: none };
        Self { contents, lines: Sm3::new(), marks: MarksDigest::default() }
    }

    /// Takes a line with its text. The end of the line is in the digest too.
    fn take(&mut self, text: &[u8], line: &ArchiveLine) {
        self.lines.update(text);
        self.lines.update(b"\n");
        let contents = &mut self.contents;
        match line {
            ArchiveLine::Batch(_) => contents.batches += 1,
            ArchiveLine::Operation(operation) => {
                let at = operation.received_at;
                contents.first = if contents.operations == 0 { at } else { contents.first.min(at) };
                contents.last = contents.last.max(at);
                contents.operations += 1;
                self.marks.take(&OperationMark::of(operation));
            }
        }
    }

    fn end(self) -> ArchiveContents {
        ArchiveContents {
            lines: Digest(self.lines.finalize().into()),
            marks: self.marks.end(),
            ..self.contents
        }
    }
}

/// Archive that is being written.
pub struct ArchiveWriter {
    folder: PathBuf,
    part: PathBuf,
    out: GzEncoder<BufWriter<File>>,
    tally: Tally,
}

impl ArchiveWriter {
    /// Begins the archive of a month. What was begun before and not finished is overwritten.
    ///
    /// # Errors
    /// [`ArchiveError::File`] if the folder takes no file.
    pub fn create(folder: &Path, month: Month) -> Result<Self> {
        let part = folder.join(format!("log-{month}.part"));
        let out = GzEncoder::new(BufWriter::new(create(&part)?), Compression::default());
        Ok(Self { folder: folder.to_owned(), part, out, tally: Tally::new(month) })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// [`ArchiveError::File`] if the disk fails or is full.
    pub fn write(&mut self, line: &ArchiveLine) -> Result<()> {
        let text = serde_json::to_vec(line).map_err(|_| ArchiveError::Malformed(self.part.clone()))?;
        self.tally.take(&text, line);
        self.out.write_all(&text).and_then(|()| self.out.write_all(b"\n")).map_err(of(&self.part))
    }

    /// Ends the archive, reads it back, and puts it in its place.
    ///
    /// # Errors
    /// [`ArchiveError::File`] if the disk fails; [`ArchiveError::Malformed`] if what is read is not
    /// what was written.
    pub fn finish(self) -> Result<ArchiveContents> {
        let Self { folder, part, out, tally } = self;
        let file = out.finish().and_then(|out| out.into_inner().map_err(std::io::Error::from));
        let file = file.map_err(of(&part))?;
        file.sync_all().map_err(of(&part))?;
        let written = tally.end();
        if ArchiveFile::open_at(part.clone(), written.month)?.contents()? != written {
            return Err(ArchiveError::Malformed(part));
        }
        put(&file, &part, &lines_path(&folder, written.month))?;
        Ok(written)
    }
}

/// Writes the signed manifest beside its archive.
///
/// # Errors
/// [`ArchiveError::File`] if the disk fails or is full.
pub fn write_manifest(folder: &Path, manifest: &Issued<ArchiveManifest>) -> Result<()> {
    let month = manifest.value.contents.month;
    let part = folder.join(format!("log-{month}.json.part"));
    let text = serde_json::to_vec_pretty(manifest).map_err(|_| ArchiveError::Malformed(part.clone()))?;
    let mut file = create(&part)?;
    file.write_all(&text).map_err(of(&part))?;
    put(&file, &part, &manifest_path(folder, month))
}

/// Reads the manifest of a month; its signature is the caller's to verify.
///
/// # Errors
/// [`ArchiveError::File`] if there is none; [`ArchiveError::Malformed`] if it is something else.
pub fn read_manifest(folder: &Path, month: Month) -> Result<Issued<ArchiveManifest>> {
    let path = manifest_path(folder, month);
    let text = std::fs::read(&path).map_err(of(&path))?;
    serde_json::from_slice(&text).map_err(|_| ArchiveError::Malformed(path))
}

/// Archive that is read line by line, in its order.
pub struct ArchiveFile {
    path: PathBuf,
    lines: std::io::Take<BufReader<MultiGzDecoder<File>>>,
    next: Option<ArchiveLine>,
    tally: Tally,
}

impl ArchiveFile {
    /// Opens the archive of a month.
    ///
    /// # Errors
    /// [`ArchiveError`] if there is none, or its first line is none of an archive.
    pub fn open(folder: &Path, month: Month) -> Result<Self> {
        Self::open_at(lines_path(folder, month), month)
    }

    fn open_at(path: PathBuf, month: Month) -> Result<Self> {
        let file = File::open(&path).map_err(of(&path))?;
        let lines = std::io::Read::take(BufReader::new(MultiGzDecoder::new(file)), LONGEST);
        let mut opened = Self { path, lines, next: None, tally: Tally::new(month) };
        opened.advance()?;
        Ok(opened)
    }

    /// Reads all that is left. Returns what the whole file holds.
    ///
    /// # Errors
    /// [`ArchiveError`] if the file cannot be read to its end.
    pub fn contents(mut self) -> Result<ArchiveContents> {
        while self.next.is_some() {
            self.advance()?;
        }
        Ok(self.tally.end())
    }

    /// Takes the batches of an enrolment, if they come next.
    ///
    /// # Errors
    /// [`ArchiveError`] if the file cannot be read further.
    pub fn batches(&mut self, desk: (DeviceNumber, u32)) -> Result<Vec<ArchivedBatch>> {
        let mut batches = Vec::new();
        let is_wanted = |line: &mut ArchiveLine| matches!(line, ArchiveLine::Batch(next) if (next.device, next.epoch) == desk);
        while let Some(ArchiveLine::Batch(batch)) = self.next.take_if(is_wanted) {
            batches.push(batch);
            self.advance()?;
        }
        Ok(batches)
    }

    /// Takes an operation, if it comes next.
    ///
    /// # Errors
    /// [`ArchiveError`] if the file cannot be read further.
    pub fn operation(&mut self, desk: (DeviceNumber, u32), seq: u64) -> Result<Option<ArchivedOperation>> {
        let is_wanted = |line: &mut ArchiveLine| matches!(line, ArchiveLine::Operation(next) if (next.device, next.epoch, next.seq) == (desk.0, desk.1, seq));
        let Some(ArchiveLine::Operation(operation)) = self.next.take_if(is_wanted) else { return Ok(None) };
        self.advance()?;
        Ok(Some(operation))
    }

    /// Returns the desk and enrolment of the next line; `None` at the end.
    #[must_use]
    pub fn next_desk(&self) -> Option<(DeviceNumber, u32)> {
        self.next.as_ref().map(ArchiveLine::desk)
    }

    fn advance(&mut self) -> Result<()> {
        let mut text = Vec::new();
        self.lines.set_limit(LONGEST);
        self.lines.read_until(b'\n', &mut text).map_err(of(&self.path))?;
        self.next = None;
        let Some(text) = text.strip_suffix(b"\n") else {
            return if text.is_empty() { Ok(()) } else { Err(ArchiveError::Malformed(self.path.clone())) };
        };
        let line = serde_json::from_slice(text).map_err(|_| ArchiveError::Malformed(self.path.clone()))?;
        self.tally.take(text, &line);
        self.next = Some(line);
        Ok(())
    }
}
