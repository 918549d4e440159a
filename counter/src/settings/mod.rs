//! Settings of this desk.

mod enrolment;

use crate::{
    core::{Core, CounterEvent},
    devices::Devices,
    session::Session,
    synchronisation::Synchronisation,
    view::{Failure, FormField, SettingsView},
};
use desk::store::setting::RETENTION_DAYS;
use drivers::card::{ReaderChoice, SerialPortSettings};
use rules::{failure::CounterFailure, permission::Duty, wire::CentralSettings};
use std::{ops::RangeInclusive, path::PathBuf, sync::Arc};

/// Where CUPS listens on a counter machine.
const LOCAL_SPOOLER: &str = "ipp://localhost:631";
/// Days rows about citizens may stay (S9): none would purge within the hour what the window still
/// needs, more than a year nobody needs.
const RETENTION_DAYS_ALLOWED: RangeInclusive<u32> = 1..=365;
/// Minutes without a key before the screen locks (S4).
const LOCK_MINUTES_ALLOWED: RangeInclusive<u32> = 1..=60;

/// Settings and enrolment of this desk.
pub struct Settings {
    core: Arc<Core>,
    devices: Arc<Devices>,
    session: Arc<Session>,
    synchronisation: Arc<Synchronisation>,
}

impl Settings {
    pub(crate) fn new(
        core: Arc<Core>,
        devices: Arc<Devices>,
        session: Arc<Session>,
        synchronisation: Arc<Synchronisation>,
    ) -> Self {
        Self { core, devices, session, synchronisation }
    }

    /// Returns the settings with the devices found to choose from.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn view(&self) -> Result<SettingsView, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?.may(Duty::Configure)?;
        let config = self.core.config();
        // No spooler on this machine is nothing to report here: a printer may be reached directly.
        let printers = drivers::printer::list_printers(LOCAL_SPOOLER).await.unwrap_or_default();
        Ok(SettingsView {
            centre_url: desk.identity().centre_url.clone(),
            card_reader: match config.card.reader {
                ReaderChoice::Automatic => "auto".to_owned(),
                ReaderChoice::Named(name) => name,
            },
            card_readers: self.devices.reader_names(),
            serial_readers: config.card.serial_ports.into_iter().map(|port| port.path).collect(),
            printer: config.printer.uri,
            printers: printers.into_iter().map(|printer| printer.uri).collect(),
            sheet_layout: config.printer.sheet,
            receipt_layout: config.printer.receipt,
            scanner: config.scanner.port,
            camera: config.camera.device,
            citizen_window: config.citizen_window.open,
            signature: config.citizen_window.sign,
            by_centre: desk.central_settings(),
            retention_days: desk.settings.retention_days().await?,
            lock_minutes: config.screen.lock_minutes,
            offline_limit_hours: desk.policy().offline_limit_hours,
        })
    }

    /// Saves the settings and restarts the devices with them. The offline limit (L11) belongs to
    /// the centre and the centre's address to the enrolment: both are only shown.
    ///
    /// # Errors
    /// Not permitted; a value that cannot be; the database fails.
    pub async fn save(&self, input: SettingsView) -> Result<SettingsView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Configure)?;
        within(FormField::RetentionDays, &RETENTION_DAYS_ALLOWED, input.retention_days)?;
        within(FormField::LockMinutes, &LOCK_MINUTES_ALLOWED, input.lock_minutes)?;
        let mut config = self.core.own_config();
        config.card.reader = match input.card_reader.as_str() {
            "" | "auto" => ReaderChoice::Automatic,
            name => ReaderChoice::Named(name.to_owned()),
        };
        config.card.serial_ports = serial_ports(&config.card.serial_ports, &input.serial_readers);
        config.printer.uri = input.printer.trim().to_owned();
        config.scanner.port = input.scanner;
        config.camera.device = input.camera;
        config.citizen_window.open = input.citizen_window;
        // What the centre decides stays in the file as it was.
        let central = desk.central_settings();
        let own = CentralSettings {
            lock_minutes: central.lock_minutes.is_none().then_some(input.lock_minutes),
            sheet_layout: central.sheet_layout.is_none().then_some(input.sheet_layout),
            receipt_layout: central.receipt_layout.is_none().then_some(input.receipt_layout),
            signature: central.signature.is_none().then_some(input.signature),
        };
        let config = config.decided_by(&own);
        config.save(self.core.folder())?;
        desk.settings.change(&operator, RETENTION_DAYS, &input.retention_days).await?;
        self.core.set_config(config);
        self.devices.restart();
        self.core.announce(CounterEvent::Status);
        self.view().await
    }

    /// Saves the address of the centre, for the installer.
    ///
    /// # Errors
    /// The database fails.
    pub fn set_centre(&self, url: Option<String>, ca_file: Option<PathBuf>) -> Result<(), Failure> {
        let mut config = self.core.own_config();
        if let Some(url) = url {
            config.centre.url = url;
        }
        if ca_file.is_some() {
            config.centre.ca_file = ca_file;
        }
        config.save(self.core.folder())?;
        self.core.set_config(config);
        Ok(())
    }
}

/// Returns the ports with these paths. A known port keeps its speed, which is set in `desk.toml`
/// only.
fn serial_ports(before: &[SerialPortSettings], paths: &[String]) -> Vec<SerialPortSettings> {
    let port = |path: &str| match before.iter().find(|port| port.path == path) {
        Some(port) => port.clone(),
        None => {
            SerialPortSettings { path: path.to_owned(), baud_rate: SerialPortSettings::FACTORY_BAUD_RATE }
        }
    };
    paths.iter().map(|path| path.trim()).filter(|path| !path.is_empty()).map(port).collect()
}

fn within(field: FormField, allowed: &RangeInclusive<u32>, value: impl Into<u32>) -> Result<(), Failure> {
    if allowed.contains(&value.into()) {
        return Ok(());
    }
    let out_of_range = CounterFailure::SettingOutOfRange { least: *allowed.start(), most: *allowed.end() };
    Err(Failure::from(out_of_range).at(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_terms_that_would_purge_at_once_or_never_lock_are_refused_at_their_field() {
        let refused = |field: FormField, allowed, value: u32| {
            let failure = within(field, allowed, value).err()?;
            assert_eq!(failure.code, "setting_out_of_range");
            failure.field
        };
        for (field, allowed, most) in [
            (FormField::RetentionDays, &RETENTION_DAYS_ALLOWED, 365),
            (FormField::LockMinutes, &LOCK_MINUTES_ALLOWED, 60),
        ] {
            for value in [0, most + 1, u32::MAX] {
                assert_eq!(refused(field, allowed, value), Some(field), "{value}");
            }
            for value in [1, most] {
                assert_eq!(refused(field, allowed, value), None, "{value}");
            }
        }
    }

    #[test]
    fn a_serial_reader_keeps_its_speed_when_settings_are_saved() {
        let slow = SerialPortSettings { path: "/dev/ttyS0".to_owned(), baud_rate: 9_600 };
        let paths = ["/dev/ttyS0", "", " /dev/ttyUSB0 "].map(str::to_owned);
        let ports = serial_ports(std::slice::from_ref(&slow), &paths);
        assert_eq!(ports[0], slow);
        assert_eq!(ports[1].path, "/dev/ttyUSB0");
        assert_eq!(ports[1].baud_rate, SerialPortSettings::FACTORY_BAUD_RATE);
        assert_eq!(ports.len(), 2);
    }
}
