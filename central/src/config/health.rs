//! Settings of the provider of health state.

use super::ConfigError;
use rules::Sensitive;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Provider of health state: over HTTP, or a file for practice. Without either there is none, and
/// verifiers are told so (M6).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// Address of the provider, https unless it is on this machine.
    pub url: Option<String>,
    /// Bearer token for the provider.
    pub token: Option<Sensitive<String>>,
    /// File of JSON lines, for practice only.
    pub file: Option<PathBuf>,
    /// How long a scan waits for the provider, in milliseconds.
    pub timeout_ms: u64,
    /// How long an answer is used again, in seconds.
    pub cache_s: u64,
}

impl Default for Health {
    fn default() -> Self {
        Self { url: None, token: None, file: None, timeout_ms: 800, cache_s: 60 }
    }
}

impl Health {
    /// Checks that nobody's number leaves this machine in clear.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.url.is_some() && self.file.is_some() {
            return Err(ConfigError::Health("url and file are both set"));
        }
        let is_safe = |url: &str| {
            let local = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
            url.starts_with("https://") || local.iter().any(|local| url.starts_with(local))
        };
        if self.url.as_deref().is_some_and(|url| !is_safe(url)) {
            return Err(ConfigError::Health("url is neither https nor on this machine"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m6_a_number_is_asked_for_over_an_encrypted_line_only() {
        let with = |url: &str| Health { url: Some(url.to_owned()), ..Health::default() };
        for good in ["https://health.example/v1", "http://127.0.0.1:9000/"] {
            assert!(with(good).check().is_ok(), "{good}");
        }
        for bad in ["http://health.example/", "http://127.0.0.1.example:80/", "ftp://x", ""] {
            assert!(with(bad).check().is_err(), "{bad}");
        }
        let both = Health { file: Some("health.jsonl".into()), ..with("https://health.example/v1") };
        assert!(both.check().is_err());
    }
}
