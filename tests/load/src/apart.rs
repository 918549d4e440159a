//! Measures ingest and apply separately, each with the whole machine.

use crate::{
    Place, copy,
    fleet::Fleet,
    people::settle,
    processor::Processor,
    report::{line, say},
    storm,
};
use std::time::Instant;

pub(crate) async fn measure(place: &mut Place, fleet: Fleet) -> anyhow::Result<()> {
    let total = fleet.plan.total();
    let (time_before, took_before) = copy::baseline(place, &fleet).await?;
    settle(place).await?;
    place.centre.central.stop();
    let nobody_decides = [("SUISHEN_CENTRAL_APPLY_WORKERS", "0")];
    let mut ingest = place.centre.central.another("ingest", &place.centre.folder, &nobody_decides).await?;
    let ready = storm::ready(&fleet)?;
    let before = Processor::now(place, Some(&ingest))?;
    let received = storm::receive(&ingest.url(), ready).await?;
    let took = Processor::now(place, Some(&ingest))?.since(before);
    ingest.stop();
    received.print("ingest alone", total)?;
    took.print(total)?;
    let (time_after, took_after) = copy::baseline(place, &fleet).await?;
    let by_time = (time_before + time_after).as_secs_f64() / 2.0 / received.time.as_secs_f64();
    let by_processor =
        (took_before.total() + took_after.total()).as_secs_f64() / 2.0 / took.total().as_secs_f64();
    line(&format!(
        "  ingest over COPY: {by_time:.2} by time (goal 0.5), {by_processor:.2} by processor time"
    ))?;

    settle(place).await?;
    place.centre.central.start_again(&place.centre.folder).await?;
    // Some operations were decided before the server reported that it was ready.
    let (begin, already) = (Instant::now(), storm::decided(place, &fleet).await?);
    let before = Processor::now(place, Some(&place.centre.central))?;
    storm::until_decided(place, &fleet).await?;
    let took = Processor::now(place, Some(&place.centre.central))?.since(before);
    say("apply alone (goal 15000/s)", total - already, begin.elapsed())?;
    took.print(total - already)?;
    storm::check(place, &fleet).await
}
