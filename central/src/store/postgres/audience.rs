//! Looks up the sites that receive announcements.

use super::rows;
use crate::{
    machine::decision::{Announcement, Audience},
    store::Result,
};
use rules::SiteCode;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Returns the sites of all audiences that do not name one directly.
pub(super) async fn sites(
    connection: &mut PgConnection,
    announcements: &[Announcement],
) -> Result<BTreeMap<Audience, SiteCode>> {
    let mut sites = BTreeMap::new();
    let devices: Vec<i32> = announcements
        .iter()
        .filter_map(|one| match one.audience {
            Audience::SiteOfDevice(device) => i32::try_from(device.0).ok(),
            Audience::Site(_) | Audience::SiteOfEscalation(..) => None,
        })
        .collect();
    if !devices.is_empty() {
        let found: Vec<(i32, String)> =
            sqlx::query_as("SELECT device, site FROM device WHERE device = ANY($1)")
                .bind(&devices)
                .fetch_all(&mut *connection)
                .await?;
        sites.extend(found.into_iter().filter_map(|(device, site)| {
            Some((Audience::SiteOfDevice(rows::device(device).ok()?), rows::site(&site).ok()?))
        }));
    }
    // One query each, since there is rarely more than one.
    for one in announcements {
        if let Audience::SiteOfEscalation(bucket, id) = one.audience {
            let site: Option<String> =
                sqlx::query_scalar("SELECT site FROM escalation WHERE bucket = $1 AND escalation_id = $2")
                    .bind(i16::from(bucket))
                    .bind(id)
                    .fetch_optional(&mut *connection)
                    .await?;
            if let Some(site) = site {
                sites.insert(one.audience.clone(), rows::site(&site)?);
            }
        }
    }
    Ok(sites)
}
