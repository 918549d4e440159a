//! Enrolment with a one-time code, from the window or by the installer.

use super::Settings;
use crate::{
    DeskConfig,
    core::{CounterEvent, open_store},
    failure::out_of_step,
    view::{Failure, StatusView},
};
use desk::{DeskError, clock::SystemClock, enrolment};
use rules::Sensitive;
use std::{path::Path, sync::Arc};

impl Settings {
    /// Enrols this desk with a one-time code and opens it.
    ///
    /// # Errors
    /// Returns what went wrong; the desk stays as it was.
    pub async fn enrol_here(&self, code: &str) -> Result<(), Failure> {
        let code = Sensitive::new(code.to_owned());
        self.core.open_anew(async move |folder, config| enrol(folder, config, &code).await).await
    }

    /// Enrols this desk from its window. Works once: enrolling again is done by the installer, with
    /// the window closed.
    ///
    /// # Errors
    /// Enrolled already; the code, the centre or the disk.
    pub async fn enrol(&self, centre_url: String, code: Sensitive<String>) -> Result<StatusView, Failure> {
        if self.core.is_enrolled() {
            return Err(out_of_step());
        }
        self.set_centre(Some(centre_url.trim().to_owned()).filter(|url| !url.is_empty()), None)?;
        self.enrol_here(code.expose().trim()).await?;
        let desk = self.core.desk()?;
        self.synchronisation.start(&desk);
        self.core.announce(CounterEvent::Opened);
        self.core.announce(CounterEvent::Status);
        self.session.status().await
    }
}

async fn enrol(folder: &Path, config: &DeskConfig, code: &Sensitive<String>) -> Result<(), DeskError> {
    let (vault, store) = open_store(folder, &config.vault).await?;
    let ca_file = config.ca_file(folder);
    let clock = Arc::new(SystemClock::new());
    let enrolled =
        enrolment::enrol(&vault, &store, clock, &config.centre.url, ca_file.as_deref(), code).await;
    store.close().await;
    enrolled.map(|_| ())
}
