//! Settings: a TOML file, then the environment (`SUISHEN_CENTRAL_…`, `__` between levels).

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use rules::{Language, Policy, Refusal, Sensitive};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// What all variables begin with.
const PREFIX: &str = "SUISHEN_CENTRAL_";
/// The rest of the variable that names the file, as figment writes it.
const CONFIG_FILE: &str = "config_file";

/// Settings of the centre.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// PostgreSQL address; it holds the password.
    pub database_url: Sensitive<String>,
    /// Most connections to it; scans have two more of their own.
    pub database_connections: u32,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate and key. Without them the centre speaks plain HTTP, on loopback addresses only.
    pub tls: Option<Tls>,
    /// Folder of the secrets made by `keys init`.
    pub keys: PathBuf,
    /// Folder of evidence and photos, encrypted.
    pub blobs: PathBuf,
    /// Bucket of an S3 service instead of the folder; address and credentials from the environment (`AWS_ENDPOINT`, `AWS_ACCESS_KEY_ID` …).
    /// Uploads that are not complete stay in the folder.
    pub blobs_s3_bucket: Option<String>,
    /// Short name of the centre in every code (`iss`).
    pub issuer: String,
    /// Whether the registry is shown only to a logged-in operator, not to the desk's own token.
    pub operator_required: bool,
    /// The numbers of the rules.
    pub policy: Policy,
    /// Apply workers of this process; 0 = this process only answers.
    pub apply_workers: usize,
    /// Desks whose operations are decided in one transaction.
    pub apply_desks: usize,
    /// How often lists of keys and revocations are made when something changed, seconds.
    pub publish_every_s: u64,
    /// How far a whole revocation filter may fall behind; between two of them there are deltas, seconds.
    pub whole_list_every_s: u64,
    /// Limits.
    pub limits: Limits,
}

/// Certificate and key, PEM.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// How much at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Calls of one device a minute.
    pub device_per_minute: u32,
    /// Calls of one operator a minute.
    pub operator_per_minute: u32,
    /// Verifications of one scanner a minute.
    pub scanner_per_minute: u32,
    /// Calls of one channel client a minute.
    pub channel_per_minute: u32,
    /// Enrolments from one address a minute.
    pub door_per_minute: u32,
    /// Desks' assertions from one address a minute.
    pub assertion_per_minute: u32,
    /// Verifications, lists and calls of channels for one address a minute, whatever name or key comes with them.
    pub anybody_per_minute: u32,
    /// Pushes worked on at the same time.
    pub pushes_at_a_time: usize,
    /// Further ones that wait for their turn; those after them are told to come back.
    pub pushes_in_line: usize,
    /// Operations waiting to be decided above which desks are slowed down.
    pub backlog: usize,
    /// How long a request may take, seconds: its head to arrive, and then the answer.
    pub request_timeout_s: u64,
    /// Longest body, bytes.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            device_per_minute: 600,
            operator_per_minute: 300,
            scanner_per_minute: 120,
            channel_per_minute: 3_000,
            door_per_minute: 120,
            assertion_per_minute: 3_000,
            anybody_per_minute: 12_000,
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
            tls: None,
            keys: PathBuf::from("/var/lib/suishen-central/keys"),
            blobs: PathBuf::from("/var/lib/suishen-central/blobs"),
            blobs_s3_bucket: None,
            issuer: "SHSSM".to_owned(),
            operator_required: true,
            policy: Policy::default(),
            apply_workers: 2,
            apply_desks: 16,
            publish_every_s: 10,
            whole_list_every_s: 4 * 60 * 60,
            limits: Limits::default(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// File or environment.
    #[error("settings: {0}")]
    Read(Box<figment::Error>),
    /// Plain HTTP would leave this machine.
    #[error("listen: {0} is not a loopback address, and tls is not set")]
    PlainOutside(SocketAddr),
    /// No database.
    #[error("database_url is not set")]
    NoDatabase,
    /// The numbers of the rules are outside what they may be.
    #[error("policy: {}", .0.message(Language::English))]
    Policy(Refusal),
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// When they are malformed, or unsafe.
    pub fn read(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        // Where the file is stands in the environment too, and is no setting.
        let environment = Env::prefixed(PREFIX).ignore(&[CONFIG_FILE]).split("__");
        let figment = figment.merge(environment);
        let config: Self = figment.extract().map_err(|error| ConfigError::Read(Box::new(error)))?;
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
        self.policy.check().map_err(ConfigError::Policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s8_plain_http_stays_on_this_machine() {
        let mut config =
            Config { database_url: Sensitive::new("postgres://".to_owned()), ..Config::default() };
        assert!(config.check().is_ok());
        config.listen = SocketAddr::from(([0, 0, 0, 0], 80));
        assert!(matches!(config.check(), Err(ConfigError::PlainOutside(_))));
        config.tls = Some(Tls { certificate: "c".into(), key: "k".into() });
        assert!(config.check().is_ok());
    }

    #[test]
    fn l11_a_centre_does_not_work_with_numbers_the_rules_forbid() {
        let database_url = Sensitive::new("postgres://".to_owned());
        let policy = Policy { offline_limit_hours: 169, ..Policy::default() };
        let error = Config { database_url, policy, ..Config::default() }.check().unwrap_err();
        assert!(error.to_string().contains("1-168 hours"), "{error}");
    }
}
