//! What all requests share.

use crate::{centre::Centre, config::Config, log_in::LogInService, pages::Pages, session::Sessions};
use channel::Identity;

/// The portal's server.
pub(crate) struct Portal {
    pub(crate) centre: Centre,
    pub(crate) log_in: LogInService,
    pub(crate) sessions: Sessions,
    pub(crate) pages: Pages,
    /// Origin of the page, as browsers send it.
    pub(crate) origin: String,
}

impl Portal {
    /// Reads key, authorities and pages.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub(crate) fn new(config: Config) -> anyhow::Result<Self> {
        let (origin, address, client) = (config.origin(), config.centre()?, config.log_in_client()?);
        let identity = Identity::read(&config.folder)?;
        // Log-in tokens are made for the portal of this name.
        let (service, name) = (config.log_in, identity.certificate.client.clone());
        Ok(Self {
            log_in: LogInService::new(client, service.page, service.token, name),
            centre: Centre::new(address, identity),
            sessions: Sessions::default(),
            pages: Pages::read(&config.pages)?,
            origin,
        })
    }
}
