//! Ingest and apply, each alone with the machine, so that each can be compared.

use crate::{
    Place, copy,
    fleet::Fleet,
    people::settle,
    report::{line, rate, say},
    storm,
};
use std::time::Instant;

pub(crate) async fn measure(place: &mut Place, fleet: Fleet) -> anyhow::Result<()> {
    let total = fleet.plan.total();
    let before = copy::baseline(place, &fleet).await?;
    settle(place).await?;
    place.centre.central.stop();
    let nobody_decides = [("SUISHEN_CENTRAL_APPLY_WORKERS", "0")];
    let mut ingest = place.centre.central.another("ingest", &place.centre.folder, &nobody_decides).await?;
    let received = storm::receive(&ingest.url(), &fleet).await?;
    ingest.stop();
    received.print("ingest alone", total)?;
    let after = copy::baseline(place, &fleet).await?;
    let copied = (before + after) / 2;
    let share = rate(total, received.time) / rate(total, copied);
    line(&format!("  ingest over COPY: {share:.2} (goal 0.5)"))?;

    settle(place).await?;
    place.centre.central.start_again(&place.centre.folder).await?;
    // Some were decided before it said that it is ready.
    let (begin, already) = (Instant::now(), storm::decided(place, &fleet).await?);
    storm::until_decided(place, &fleet).await?;
    say("apply alone", total - already, begin.elapsed())?;
    line("  (goal 15000/s)")?;
    storm::check(place, &fleet).await
}
