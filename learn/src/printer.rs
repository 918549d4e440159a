//! An IPP printer that prints into a folder. Without paper its jobs wait, and print once the tray
//! is filled.

use axum::{Router, body::Bytes, extract::DefaultBodyLimit, extract::State, routing::post};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const PRINT_JOB: u8 = 0x02;
const VALIDATE_JOB: u8 = 0x04;
const CREATE_JOB: u8 = 0x05;
const SEND_DOCUMENT: u8 = 0x06;
const CANCEL_JOB: u8 = 0x08;
const GET_JOB: u8 = 0x09;
const GET_PRINTER: u8 = 0x0B;

const INTEGER: u8 = 0x21;
const BOOLEAN: u8 = 0x22;
const ENUM: u8 = 0x23;
const TEXT: u8 = 0x41;
const NAME: u8 = 0x42;
const KEYWORD: u8 = 0x44;
const CHARSET: u8 = 0x47;
const LANGUAGE: u8 = 0x48;
const MIME_TYPE: u8 = 0x49;

/// Papers that the tray takes: sheets, receipts of both widths, cards.
const MEDIA: [&str; 4] =
    ["iso_a4_210x297mm", "iso_a5_148x210mm", "iso_id-1_53.98x85.6mm", "om_roll80_80x200mm"];

/// The printer.
#[derive(Clone)]
pub(crate) struct Printer {
    folder: Arc<PathBuf>,
    tray: Arc<Mutex<Tray>>,
}

#[derive(Default)]
struct Tray {
    is_empty: bool,
    jobs: BTreeMap<i32, Job>,
    printed: u32,
}

enum Job {
    /// Created, without its document.
    Announced,
    /// Waits for paper.
    Waiting(Vec<u8>),
    Printed,
    Cancelled,
    /// The folder did not take it.
    Aborted,
}

impl Job {
    const fn state(&self) -> i32 {
        match self {
            Self::Announced => 3,
            Self::Waiting(_) => 6,
            Self::Cancelled => 7,
            Self::Aborted => 8,
            Self::Printed => 9,
        }
    }
}

impl Printer {
    /// Returns a printer with paper that prints into this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: Arc::new(folder.to_owned()), tray: Arc::default() }
    }

    pub(crate) fn router(&self) -> Router {
        let router = Router::new().route("/ipp/print", post(answer));
        router.layer(DefaultBodyLimit::disable()).with_state(self.clone())
    }

    pub(crate) fn has_paper(&self) -> bool {
        !self.tray().is_empty
    }

    /// Returns the number of papers printed so far.
    pub(crate) fn printed(&self) -> u32 {
        self.tray().printed
    }

    /// Empties the tray, or fills it, which prints what waits.
    pub(crate) fn load(&self, has_paper: bool) {
        let mut tray = self.tray();
        tray.is_empty = !has_paper;
        if has_paper {
            let waiting = tray.jobs.iter().filter(|(_, job)| matches!(job, Job::Waiting(_)));
            let waiting: Vec<i32> = waiting.map(|(id, _)| *id).collect();
            for id in waiting {
                if let Some(Job::Waiting(pdf)) = tray.jobs.remove(&id) {
                    self.take(&mut tray, id, pdf);
                }
            }
        }
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, tray: &mut Tray, id: i32, pdf: Vec<u8>) {
        let job = if tray.is_empty {
            Job::Waiting(pdf)
        } else if let Err(error) = self.write(id, &pdf) {
            tracing::error!(%error, "a practice paper was not printed");
            Job::Aborted
        } else {
            tray.printed += 1;
            Job::Printed
        };
        tray.jobs.insert(id, job);
    }

    fn write(&self, id: i32, pdf: &[u8]) -> std::io::Result<()> {
        std::fs::create_dir_all(&*self.folder)?;
        let now = central::clock::now().civil();
        // Named by time and job, never by a person.
        std::fs::write(self.folder.join(format!("{}-{id}.pdf", now.strftime("%Y%m%d-%H%M%S"))), pdf)
    }

    fn obey(&self, request: &Request<'_>) -> Option<Vec<u8>> {
        let mut tray = self.tray();
        let id = match request.operation {
            PRINT_JOB | CREATE_JOB => tray.jobs.last_key_value().map_or(1, |(last, _)| last + 1),
            VALIDATE_JOB => return Some(Vec::new()),
            GET_PRINTER => return Some(printer_attributes(&tray)),
            SEND_DOCUMENT | CANCEL_JOB | GET_JOB => request.job?,
            _ => return None,
        };
        match request.operation {
            PRINT_JOB => self.take(&mut tray, id, request.document.to_vec()),
            CREATE_JOB => drop(tray.jobs.insert(id, Job::Announced)),
            SEND_DOCUMENT => self.take(&mut tray, id, request.document.to_vec()),
            CANCEL_JOB => {
                if let Some(job @ (Job::Announced | Job::Waiting(_))) = tray.jobs.get_mut(&id) {
                    *job = Job::Cancelled;
                }
            }
            _ => {}
        }
        let state = tray.jobs.get(&id)?.state();
        let mut attributes = vec![0x02];
        attributes.extend(attribute(INTEGER, "job-id", &[&id.to_be_bytes()]));
        attributes.extend(attribute(ENUM, "job-state", &[&state.to_be_bytes()]));
        attributes.extend(printer_attributes(&tray));
        Some(attributes)
    }
}

fn printer_attributes(tray: &Tray) -> Vec<u8> {
    let (state, reason) = if tray.is_empty { (5_i32, "media-empty-error") } else { (3, "none") };
    let waiting = tray.jobs.values().filter(|job| matches!(job, Job::Waiting(_))).count();
    let waiting = i32::try_from(waiting).unwrap_or(i32::MAX);
    let operations = [PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT, CANCEL_JOB, GET_JOB, GET_PRINTER];
    let operations = operations.map(|operation| i32::from(operation).to_be_bytes());
    [
        vec![0x04],
        attribute(NAME, "printer-name", &[b"practice"]),
        attribute(TEXT, "printer-make-and-model", &["演练打印机 · practice printer".as_bytes()]),
        attribute(ENUM, "printer-state", &[&state.to_be_bytes()]),
        attribute(KEYWORD, "printer-state-reasons", &[reason.as_bytes()]),
        attribute(BOOLEAN, "printer-is-accepting-jobs", &[&[1]]),
        attribute(MIME_TYPE, "document-format-supported", &[b"application/pdf"]),
        attribute(KEYWORD, "media-supported", &MEDIA.map(str::as_bytes)),
        attribute(KEYWORD, "media-ready", &MEDIA.map(str::as_bytes)),
        attribute(INTEGER, "queued-job-count", &[&waiting.to_be_bytes()]),
        attribute(ENUM, "operations-supported", &operations.each_ref().map(<[u8; 4]>::as_slice)),
    ]
    .concat()
}

async fn answer(State(printer): State<Printer>, body: Bytes) -> Vec<u8> {
    const OK: [u8; 2] = [0, 0];
    const NOT_FOUND: [u8; 2] = [0x04, 0x06];
    const BAD_REQUEST: [u8; 2] = [0x04, 0x00];
    let Some(request) = Request::read(&body) else {
        return [&[1, 1], &BAD_REQUEST[..], &[0, 0, 0, 1, 0x03]].concat();
    };
    let obeyed = printer.obey(&request);
    let status = if obeyed.is_some() { OK } else { NOT_FOUND };
    [
        request.version,
        &status,
        request.id,
        &[0x01],
        &attribute(CHARSET, "attributes-charset", &[b"utf-8"]),
        &attribute(LANGUAGE, "attributes-natural-language", &[b"zh-cn"]),
        &obeyed.unwrap_or_default(),
        &[0x03],
    ]
    .concat()
}

/// What of a request this printer looks at (RFC 8010).
struct Request<'a> {
    version: &'a [u8],
    operation: u8,
    id: &'a [u8],
    job: Option<i32>,
    document: &'a [u8],
}

impl<'a> Request<'a> {
    fn read(body: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = body.split_at_checked(8)?;
        let mut job = None;
        loop {
            let (tag, after) = rest.split_first()?;
            rest = after;
            match tag {
                0x03 => break,
                0x00..=0x0F => {}
                _ => {
                    let name = counted(&mut rest)?;
                    let value = counted(&mut rest)?;
                    if name == b"job-id" {
                        job = value.try_into().ok().map(i32::from_be_bytes);
                    }
                }
            }
        }
        Some(Self { version: &header[..2], operation: header[3], id: &header[4..], job, document: rest })
    }
}

/// Takes a two-byte length and as many bytes.
fn counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<2>()?;
    let (content, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *rest = after;
    Some(content)
}

/// Encodes an attribute; further values have no name.
fn attribute(tag: u8, name: &str, values: &[&[u8]]) -> Vec<u8> {
    // Every name and value here is short.
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes();
    let mut name = name.as_bytes();
    let mut bytes = Vec::new();
    for value in values {
        bytes.push(tag);
        bytes.extend(length(name));
        bytes.extend(name);
        bytes.extend(length(value));
        bytes.extend(*value);
        name = &[];
    }
    bytes
}
