//! The portal (一网通办) of the site: its page, and the stand-in at which invented people log in.

use anyhow::Context as _;
use rig::portal::{Portal, PortalSetting};

use crate::citizen::Citizen;
use crate::guard;
use crate::site::Site;

/// Starts the portal of a site. Everybody whom the centre knows can log in.
///
/// # Errors
/// Any failure of a program that was not built or does not start.
pub async fn open(site: &Site) -> anyhow::Result<Portal> {
    let known = site.population.iter().filter(|citizen| citizen.registered);
    let people: Vec<(String, String)> = known.map(line).collect();
    let pages = guard::built_pages();
    let setting = PortalSetting { site: rules::SiteCode::PRACTICE.as_str(), pages: &pages, people: &people };
    let portal = Portal::start(&site.folder, &site.central, &site.login_service, &setting).await;
    portal.context("the portal")
}

/// Returns a person's number and what the log-in page calls them.
#[must_use]
pub fn line(citizen: &Citizen) -> (String, String) {
    (citizen.number.clone(), format!("{} · {}", citizen.name, citizen.shows))
}
