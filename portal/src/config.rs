//! Settings, read from a TOML file.

use anyhow::{Context as _, ensure};
use channel::{Address, is_loopback};
use reqwest::{Client, Url, tls};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

const PROGRAM: &str = concat!("suishen-portal/", env!("CARGO_PKG_VERSION"));

/// Settings of the portal's server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Address of the page in browsers, ending in `/portal/`.
    #[serde(deserialize_with = "url")]
    pub(crate) address: Url,
    /// Address to listen on: a loopback one. The city's web server before it speaks TLS.
    pub(crate) listen: SocketAddr,
    /// Address of the centre.
    #[serde(deserialize_with = "url")]
    pub(crate) centre: Url,
    /// Page and calls of the log-in service.
    pub(crate) log_in: LogInSettings,
    /// Authorities of the certificates of centre and log-in service, PEM.
    #[serde(default)]
    pub(crate) authority: Option<PathBuf>,
    /// Folder of key and certificate; `enrol` writes them.
    pub(crate) folder: PathBuf,
    /// Folder of the built pages (`web/dist`).
    pub(crate) pages: PathBuf,
}

/// Where citizens log in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogInSettings {
    /// Page that a browser is sent to.
    #[serde(deserialize_with = "url")]
    pub(crate) page: Url,
    /// Call that gives the log-in token for a code.
    #[serde(deserialize_with = "url")]
    pub(crate) token: Url,
}

impl Config {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// If the file cannot be read, or an address would send secrets in the clear.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let config: Self = toml::from_str(&text).with_context(|| path.display().to_string())?;
        ensure!(config.listen.ip().is_loopback(), "`listen` must be a loopback address: it speaks no TLS");
        ensure!(config.address.path().ends_with("/portal/"), "`address` must end in /portal/");
        for url in [&config.centre, &config.log_in.token] {
            let is_safe = match url.scheme() {
                "https" => config.authority.is_some(),
                "http" => is_loopback(url),
                _ => false,
            };
            ensure!(is_safe, "{url}: only https with `authority`, or this machine");
        }
        for url in [&config.address, &config.log_in.page] {
            ensure!(url.scheme() == "https" || is_loopback(url), "{url}: only https, or this machine");
        }
        Ok(config)
    }

    /// Returns where the centre is.
    ///
    /// # Errors
    /// If the authorities cannot be used.
    pub(crate) fn centre(&self) -> anyhow::Result<Address> {
        Address::new(self.centre.as_str(), self.authority.as_deref(), PROGRAM)
    }

    /// Returns the client for the log-in service, which may be older than TLS 1.3.
    ///
    /// # Errors
    /// If the authorities cannot be used.
    pub(crate) fn log_in_client(&self) -> anyhow::Result<Client> {
        channel::client(self.authority.as_deref(), PROGRAM, tls::Version::TLS_1_2)
    }

    /// Returns the origin of the page, as browsers send it.
    pub(crate) fn origin(&self) -> String {
        self.address.origin().ascii_serialization()
    }
}

fn url<'de, D: Deserializer<'de>>(text: D) -> Result<Url, D::Error> {
    String::deserialize(text)?.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(listen: &str, centre: &str, token: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portal.toml");
        let text = format!(
            "address = \"https://portal.example/portal/\"\nlisten = \"{listen}\"\n\
             centre = \"{centre}\"\nfolder = \"here\"\npages = \"dist\"\n\
             [log_in]\npage = \"https://login.example/log-in\"\ntoken = \"{token}\"\n"
        );
        std::fs::write(&file, text).unwrap();
        Config::read(&file)
    }

    #[test]
    fn nothing_leaves_this_machine_in_the_clear() {
        let (here, away) = ("http://127.0.0.1:1", "http://10.0.0.1:1");
        let config = read("127.0.0.1:8080", here, here).unwrap();
        assert_eq!(config.origin(), "https://portal.example");
        assert!(read("0.0.0.0:8080", here, here).is_err(), "browsers would reach it without TLS");
        assert!(read("127.0.0.1:8080", away, here).is_err());
        assert!(read("127.0.0.1:8080", here, away).is_err());
        assert!(read("127.0.0.1:8080", "https://centre.example", here).is_err(), "no authority");
    }
}
