//! Settings that windows take from the centre. The newest of each window are in its site's feed.

use super::{PgStore, Write, feed, rows};
use crate::store::Result;
use rules::{
    SiteCode,
    issuing::Issued,
    wire::{Change, WindowSettings},
};

impl PgStore {
    /// Announces settings to their site. Returns whether there is such a site.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails.
    pub async fn put_window_settings(&self, settings: &Issued<WindowSettings>) -> Result<bool> {
        let site = settings.value.site;
        let mut write = Write::begin(self.pool()).await?;
        let is_known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM site WHERE site = $1)")
            .bind(site.as_str())
            .fetch_one(&mut *write)
            .await?;
        if is_known {
            let change = Change::Settings(Box::new(settings.clone()));
            feed::announce(&mut write, vec![(site, change)]).await?;
        }
        write.commit().await?;
        Ok(is_known)
    }

    /// Returns what is decided for a site: for all its windows first, then by window.
    ///
    /// # Errors
    /// [`StoreError`](crate::store::StoreError) if the database fails or a row cannot be decoded.
    pub async fn window_settings(&self, site: &SiteCode) -> Result<Vec<Issued<WindowSettings>>> {
        let found: Vec<String> =
            sqlx::query_scalar("SELECT body FROM change WHERE site = $1 AND subject LIKE 'settings%'")
                .bind(site.as_str())
                .fetch_all(self.pool())
                .await?;
        let mut all = Vec::new();
        for body in found {
            if let Change::Settings(settings) = rows::record(&body, "change")? {
                all.push(*settings);
            }
        }
        all.sort_by_key(|settings| settings.value.window);
        Ok(all)
    }
}
