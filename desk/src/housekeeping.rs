//! Removes old rows and signs finished days (S6, S9).

use crate::{
    clock::Reading,
    core::Core,
    error::DeskError,
    renewal,
    store::{
        self, Write,
        audit::{self, Entry, Event},
        retention, setting,
    },
};
use rules::{At, policy::OFFLINE_VERIFIER_HOURS};

/// Takes up a renewed key (B4), removes old rows and signs finished days. Returns how many rows
/// were removed.
pub(crate) async fn keep_house(core: &Core) -> Result<u64, DeskError> {
    if let Err(error) = renewal::take_up(core).await {
        tracing::error!(code = error.code(), "the renewed key was not taken up");
    }
    let reading = core.clock.read();
    let mut write = core.store.write().await?;
    store::sync_state::put_high_water(&mut write, &reading).await?;
    audit::seal_days(&mut write, reading.at.day(), core.signing.key().signer.as_ref()).await?;
    let kept_for = At(reading.at_least().0 - OFFLINE_VERIFIER_HOURS * 3_600_000);
    store::credential::remove_before(&mut write, kept_for).await?;
    store::call_back::forget_phones(&mut write).await?;
    visit_ended(&mut write, &reading).await?;
    write.commit().await?;
    // A clock that was set back does not know what is old.
    if reading.set_back {
        return Ok(0);
    }
    let mut removed = 0;
    loop {
        match purge_some(core, &reading).await? {
            0 => return Ok(removed),
            some => removed += some,
        }
    }
}

/// Wipes the kit of a home visit that has ended (V3). Returns whether there was one.
pub(crate) async fn visit_ended(write: &mut Write, reading: &Reading) -> Result<bool, DeskError> {
    let is_wiped = store::visit::wipe_ended(write, reading).await?;
    if is_wiped {
        audit::append(write, reading, &Entry::of_program(Event::VisitWiped, "ended", "")).await?;
    }
    Ok(is_wiped)
}

/// Runs one transaction of [`retention`]: between two of them others write.
async fn purge_some(core: &Core, reading: &Reading) -> Result<u64, DeskError> {
    let mut write = core.store.write().await?;
    let days = setting::get(&mut write, setting::RETENTION_DAYS).await?.unwrap_or(retention::CITIZEN_DAYS);
    let removed = retention::purge_some(&mut write, reading.at, days).await?;
    if removed > 0 {
        let detail = format!("{removed} rows");
        let entry = Entry::of_program(Event::Purged, "ok", &detail);
        audit::append(&mut write, reading, &entry).await?;
    }
    write.commit().await?;
    Ok(removed)
}
