//! The report for support: what is needed to help from afar, redacted, shown before it is saved.

mod contents;
mod log;
mod redact;

pub use log::LogTail;

use crate::{
    core::Core,
    devices::Devices,
    failure::out_of_step,
    private_file,
    session::Session,
    view::{Failure, ReportFileView, ReportView},
};
use contents::Known;
use desk::DeskError;
use rules::{digest::Digest, permission::Duty};
use std::{
    io::{Cursor, Write as _},
    sync::{Arc, Mutex, PoisonError},
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Reports for support.
pub struct Reports {
    core: Arc<Core>,
    devices: Arc<Devices>,
    session: Arc<Session>,
    /// The report that is shown. What is saved is this, and nothing that came after.
    shown: Mutex<Option<Vec<ReportFileView>>>,
}

impl Reports {
    pub(crate) fn new(core: Arc<Core>, devices: Arc<Devices>, session: Arc<Session>) -> Self {
        Self { core, devices, session, shown: Mutex::default() }
    }

    /// Makes a report and shows it. Nothing is saved.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn make(&self) -> Result<ReportView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::CheckDevices)?;
        let known = Known {
            status: self.session.status().await?,
            devices: self.devices.check().await?,
            config: self.core.config(),
        };
        let files = contents::files(&desk, &operator, &known).await?;
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(files.clone());
        Ok(ReportView { files })
    }

    /// Saves the report that is shown, readable by this user only. Returns its path.
    ///
    /// # Errors
    /// Not permitted; none is shown; the disk fails.
    pub async fn save(&self) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::CheckDevices)?;
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let files = shown.ok_or_else(out_of_step)?;
        let bundle = packed(&files).map_err(|error| {
            tracing::error!(%error, "the report could not be packed");
            DeskError::from(std::io::Error::other(error))
        })?;
        let identity = desk.identity();
        let name = format!(
            "report-{}-{:03}-{}.zip",
            identity.site(),
            identity.desk_number,
            desk.read_clock().at.seconds()
        );
        let folder = self.core.folder().join("reports");
        let path = private_file::write(&folder, &name, &bundle).map_err(DeskError::from)?;
        let digest = Digest::of(&bundle).to_string();
        desk.lists.audit.note_report(&operator, &digest).await?;
        Ok(path.display().to_string())
    }
}

fn packed(files: &[ReportFileView]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o600);
    for file in files {
        zip.start_file(file.name.as_str(), options)?;
        zip.write_all(file.text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}
