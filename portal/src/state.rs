//! What all requests share.

use crate::{centre::Centre, config::Config, log_in::LogInService, outside, pages::Pages, session::Sessions};

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
        let client = outside::client(config.authority.as_deref())?;
        let (origin, service) = (config.origin(), config.log_in);
        Ok(Self {
            log_in: LogInService::new(client.clone(), service.page, service.token, config.name.clone()),
            centre: Centre::new(client, config.centre, config.name, &config.key)?,
            sessions: Sessions::default(),
            pages: Pages::read(&config.pages)?,
            origin,
        })
    }
}
