//! Settings, read from a TOML file and then from the environment.
//!
//! Variables are named `SUISHEN_CENTRAL_…`, with `__` between levels, and override the file.

mod health;
mod layers;
mod retention;

pub use health::Health;
pub use retention::Retention;

use rules::{At, Language, Policy, Refusal, Sensitive, keys::PublicKey, wire::LookUpProof};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Settings of the central server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Connection URL of PostgreSQL, including the password.
    pub database_url: Sensitive<String>,
    /// Largest number of pooled connections; background scans have two more of their own.
    pub database_connections: u32,
    /// Address to listen on; port 0 picks a free port.
    pub listen: SocketAddr,
    /// Address of the metrics (Prometheus), plain HTTP and on a loopback address only; without it
    /// there are none.
    pub metrics_listen: Option<SocketAddr>,
    /// Certificate and key. Without them the server speaks plain HTTP, on loopback addresses only.
    pub tls: Option<Tls>,
    /// Authorities of the server's certificate, PEM, which desks take up signed: the old and the
    /// new side by side while they change. Without it desks keep those of their enrolment.
    pub ca_bundle: Option<PathBuf>,
    /// Folder of the secrets that `keys request` created.
    pub keys: PathBuf,
    /// Folder of evidence and photos, encrypted at rest.
    pub blobs: PathBuf,
    /// S3 bucket for complete blobs, instead of the folder. Address and credentials come from the
    /// environment (`AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` …). Unfinished uploads stay in the folder.
    pub blobs_s3_bucket: Option<String>,
    /// Folder of the built pages for phones (`web/dist`); without it none are served.
    pub pages: Option<PathBuf>,
    /// Short name of the centre in every code (`iss` of the payload).
    pub issuer: String,
    /// Whether a desk sees the registry only with a logged-in operator, not with its
    /// own token alone.
    pub operator_required: bool,
    /// Public keys of the city's log-in service. Its tokens log citizens in at portal and kiosk;
    /// without a key none does (N-3).
    pub login_keys: Vec<PublicKey>,
    /// Provider of health state (M6).
    pub health: Health,
    /// Public keys of testing places by name. They redeem references for test registrations (M7).
    pub testing_places: BTreeMap<String, PublicKey>,
    /// Numbers the rules use, such as ages and validity.
    pub policy: Policy,
    /// Apply workers in this process; 0 = this process only serves requests.
    pub apply_workers: usize,
    /// Largest number of desks whose operations are decided in one transaction.
    pub apply_desks: usize,
    /// Interval at which changed key and revocation lists are published, in seconds.
    pub publish_every_s: u64,
    /// Longest time between two whole revocation filters, in seconds; deltas are
    /// published in between.
    pub whole_list_every_s: u64,
    /// Citizens an operator may look up on one day, by what they showed; a supervisor's release
    /// allows as many again (N-1).
    pub look_ups: LookUps,
    /// Rate, size and time limits.
    pub limits: Limits,
    /// Thresholds of alarms.
    pub alarms: Alarms,
    /// Days that rows are kept.
    pub retention: Retention,
}

/// Thresholds above which counts of a day or hour become alarms (N-4).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alarms {
    /// Failed log-ins of one account, or at one desk with unknown staff numbers.
    pub failed_logins_per_day: u32,
    /// Reprints by one operator.
    pub reprints_per_day: u32,
    /// Registry records that one operator sees outside office hours.
    pub look_ups_out_of_hours_per_day: u32,
    /// Operations of one desk that nobody's word stands behind.
    pub unproven_per_day: u32,
    /// Batches from one desk whose signature, chain or form is wrong.
    pub malformed_per_day: u32,
    /// Refusals of one kiosk in an hour, for each reason.
    pub kiosk_refusals_per_hour: u32,
    /// Refusals of one client of the portal in an hour, for each reason.
    pub portal_refusals_per_hour: u32,
    /// Kits of home visits that one desk was refused.
    pub kits_refused_per_day: u32,
    /// Hours without a word after which a desk is silent; longer than the longest holiday weekend.
    pub desk_silent_hours: u32,
    /// Hours that an operation may wait at a desk which has the line.
    pub desk_queue_hours: u32,
    /// Free mebibytes below which a desk's disk counts as full.
    pub desk_disk_mib: u32,
    /// First office hour in Shanghai, 0–23.
    pub office_opens: i8,
    /// First hour after office hours, 1–24.
    pub office_closes: i8,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            failed_logins_per_day: 20,
            reprints_per_day: 30,
            look_ups_out_of_hours_per_day: 0,
            unproven_per_day: 0,
            malformed_per_day: 0,
            kiosk_refusals_per_hour: 10,
            portal_refusals_per_hour: 1_000,
            kits_refused_per_day: 0,
            desk_silent_hours: 96,
            desk_queue_hours: 4,
            desk_disk_mib: 1_024,
            office_opens: 7,
            office_closes: 20,
        }
    }
}

impl Alarms {
    /// Returns the time without a word after which a desk is silent, in milliseconds.
    #[must_use]
    pub fn silent_after_ms(&self) -> i64 {
        i64::from(self.desk_silent_hours) * 60 * 60 * 1000
    }

    /// Returns how long an operation may wait at a desk that has the line, in milliseconds.
    #[must_use]
    pub fn desk_queue_ms(&self) -> i64 {
        i64::from(self.desk_queue_hours) * 60 * 60 * 1000
    }

    /// Returns the free bytes below which a desk's disk counts as full.
    #[must_use]
    pub fn desk_disk_bytes(&self) -> u64 {
        u64::from(self.desk_disk_mib) * 1024 * 1024
    }

    /// Returns whether an instant is within office hours.
    #[must_use]
    pub fn is_office_hour(&self, at: At) -> bool {
        (self.office_opens..self.office_closes).contains(&at.civil().hour())
    }
}

/// Citizens an operator may look up on one day.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LookUps {
    /// With a card that was read.
    pub card: u32,
    /// With a code that was scanned.
    pub code: u32,
    /// With a document that was seen.
    pub document: u32,
    /// With nothing but a typed number.
    pub typed: u32,
    /// On the roster of an institution whose agent is at the window.
    pub roster: u32,
    /// On the list of a home visit: one kit.
    pub visit: u32,
}

impl LookUps {
    /// Returns the number for a proof.
    #[must_use]
    pub const fn of(&self, proof: LookUpProof) -> u32 {
        match proof {
            LookUpProof::Card | LookUpProof::Bound => self.card,
            LookUpProof::Code => self.code,
            LookUpProof::Document => self.document,
            LookUpProof::Typed => self.typed,
            LookUpProof::Roster => self.roster,
            LookUpProof::Visit => self.visit,
        }
    }
}

impl Default for LookUps {
    fn default() -> Self {
        Self { card: 200, code: 100, document: 60, typed: 20, roster: 5_000, visit: 60 }
    }
}

/// TLS certificate and key, both in PEM.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// File of the certificate chain.
    pub certificate: PathBuf,
    /// File of the private key.
    pub key: PathBuf,
}

/// Rate, size and time limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests per minute of one desk.
    pub device_per_minute: u32,
    /// Requests per minute of one operator.
    pub operator_per_minute: u32,
    /// Verifications per minute of one scanner.
    pub scanner_per_minute: u32,
    /// Redemptions per minute of one testing place.
    pub testing_place_per_minute: u32,
    /// Requests per minute of one channel client.
    pub channel_per_minute: u32,
    /// People per hour at one kiosk, refused log-ins included (N-3).
    pub kiosk_people_per_hour: u32,
    /// People per hour at one client of the portal, refused log-ins included (N-3).
    pub portal_people_per_hour: u32,
    /// Enrolments per minute from one address.
    pub door_per_minute: u32,
    /// Desk assertions per minute from one address.
    pub assertion_per_minute: u32,
    /// Verifications, list downloads and channel requests per minute from one address, whatever
    /// name or key they carry.
    pub anybody_per_minute: u32,
    /// Blobs that one desk may upload on one day.
    pub blobs_per_day: u32,
    /// Bytes that one desk may upload on one day.
    pub blob_bytes_per_day: u64,
    /// Bytes of the last week that one desk may have uploaded without an operation that names them.
    pub blob_bytes_unnamed: u64,
    /// Open connections in total, at most as many as the limit of open files leaves free.
    pub connections: usize,
    /// Open connections from one address, at most a quarter of all.
    pub connections_per_address: usize,
    /// Pushes processed concurrently.
    pub pushes_at_a_time: usize,
    /// Pushes that may wait for a free place; further ones are told to come back later.
    pub pushes_in_line: usize,
    /// Undecided operations above which desks are asked to slow down.
    pub backlog: usize,
    /// Time limit of a request in seconds, applied first to receiving its head and
    /// then to answering.
    pub request_timeout_s: u64,
    /// Largest request body, in bytes.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            device_per_minute: 600,
            operator_per_minute: 300,
            scanner_per_minute: 120,
            testing_place_per_minute: 600,
            channel_per_minute: 3_000,
            kiosk_people_per_hour: 60,
            portal_people_per_hour: 20_000,
            door_per_minute: 120,
            assertion_per_minute: 3_000,
            anybody_per_minute: 12_000,
            blobs_per_day: 2_000,
            blob_bytes_per_day: 2 * 1024 * 1024 * 1024,
            blob_bytes_unnamed: 256 * 1024 * 1024,
            connections: 16_384,
            connections_per_address: 4_096,
            pushes_at_a_time: 16,
            pushes_in_line: 512,
            backlog: 20_000,
            request_timeout_s: 30,
            body_bytes: 2 * 1024 * 1024,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: Sensitive::new(String::new()),
            database_connections: 20,
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            metrics_listen: None,
            tls: None,
            ca_bundle: None,
            keys: PathBuf::from("/var/lib/suishen-central/keys"),
            blobs: PathBuf::from("/var/lib/suishen-central/blobs"),
            blobs_s3_bucket: None,
            pages: None,
            issuer: "SHSSM".to_owned(),
            operator_required: true,
            login_keys: Vec::new(),
            health: Health::default(),
            testing_places: BTreeMap::new(),
            policy: Policy::default(),
            apply_workers: 2,
            apply_desks: 16,
            publish_every_s: 10,
            whole_list_every_s: 4 * 60 * 60,
            look_ups: LookUps::default(),
            limits: Limits::default(),
            alarms: Alarms::default(),
            retention: Retention::default(),
        }
    }
}

/// Reason why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", .file.display())]
    Unreadable {
        /// The settings file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{}, line {line}: {reason}", .file.display())]
    Malformed {
        /// The settings file.
        file: PathBuf,
        /// Line of the fault, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A variable goes below a setting that is a single value.
    #[error("{0}: the setting above it is a single value")]
    Variable(String),
    /// A setting does not exist, or its value has the wrong type.
    #[error("settings: {0}")]
    Setting(String),
    /// Plain HTTP would be reachable from other machines.
    #[error("listen: {0} is not a loopback address, and tls is not set")]
    PlainOutside(SocketAddr),
    /// Metrics would be reachable from other machines.
    #[error("metrics_listen: {0} is not a loopback address")]
    MetricsOutside(SocketAddr),
    /// The provider of health state cannot be used as it is set.
    #[error("health: {0}")]
    Health(&'static str),
    /// Something would be removed too early.
    #[error("retention: less than {0} days")]
    Retention(u32),
    /// `database_url` is not set.
    #[error("database_url is not set")]
    NoDatabase,
    /// A number of the policy is outside its allowed range.
    #[error("policy: {}", .0.message(Language::English))]
    Policy(Refusal),
}

impl Config {
    /// Reads the settings from the defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// [`ConfigError`]: a layer cannot be read or has an unknown setting, or the settings are
    /// incomplete or unsafe.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut settings = file.map(layers::file).transpose()?.unwrap_or_default();
        let variables = std::env::vars_os()
            .map(|(name, text)| (name.to_string_lossy().into(), text.to_string_lossy().into()));
        layers::lay_over(&mut settings, variables)?;
        let config: Self = settings
            .try_into()
            .map_err(|error: toml::de::Error| ConfigError::Setting(error.to_string().trim().to_owned()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.database_url.expose().is_empty() {
            return Err(ConfigError::NoDatabase);
        }
        if self.tls.is_none() && !self.listen.ip().is_loopback() {
            return Err(ConfigError::PlainOutside(self.listen));
        }
        if let Some(address) = self.metrics_listen.filter(|address| !address.ip().is_loopback()) {
            return Err(ConfigError::MetricsOutside(address));
        }
        self.health.check()?;
        self.retention.check()?;
        self.policy.check().map_err(ConfigError::Policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s8_plain_http_is_limited_to_loopback_addresses() {
        let mut config =
            Config { database_url: Sensitive::new("postgres://".to_owned()), ..Config::default() };
        assert!(config.check().is_ok());
        config.listen = SocketAddr::from(([0, 0, 0, 0], 80));
        assert!(matches!(config.check(), Err(ConfigError::PlainOutside(_))));
        config.tls = Some(Tls { certificate: "c".into(), key: "k".into() });
        assert!(config.check().is_ok());
    }

    #[test]
    fn s8_metrics_are_limited_to_loopback_addresses() {
        let database_url = Sensitive::new("postgres://".to_owned());
        let mut config = Config { database_url, ..Config::default() };
        config.metrics_listen = Some(SocketAddr::from(([127, 0, 0, 1], 9_090)));
        assert!(config.check().is_ok());
        config.metrics_listen = Some(SocketAddr::from(([0, 0, 0, 0], 9_090)));
        assert!(matches!(config.check(), Err(ConfigError::MetricsOutside(_))));
    }

    #[test]
    fn n4_office_hours_are_those_of_shanghai() {
        let alarms = Alarms::default();
        // 2026-03-02 00:00 UTC is 08:00 in Shanghai.
        let eight = At(1_772_409_600_000);
        let hour = 60 * 60 * 1000;
        let within = |hours: i64| alarms.is_office_hour(eight.plus_ms(hours * hour));
        assert_eq!([-2, -1, 0, 11, 12].map(within), [false, true, true, true, false]);
    }

    #[test]
    fn l11_settings_outside_the_range_of_the_rules_are_refused() {
        let database_url = Sensitive::new("postgres://".to_owned());
        let policy = Policy { offline_limit_hours: 169, ..Policy::default() };
        let error = Config { database_url, policy, ..Config::default() }.check().unwrap_err();
        assert!(error.to_string().contains("1-168 hours"), "{error}");
    }
}
