//! Measures one real desk with a long outbox, from the first push to the last receipt.

use crate::{
    Place,
    report::{line, say},
};
use outage::{
    books,
    window::{BETWEEN_CITIZENS_MS, Window, senior},
};
use std::time::Instant;

pub(crate) async fn measure(place: &Place, queued: u16) -> anyhow::Result<()> {
    // Long enough ago for every visit to have its own tenth of a second.
    let ago_ms = i64::from(queued) * BETWEEN_CITIZENS_MS;
    let url = place.centre.central.url();
    let mut window = Window::enrol_in_the_past(&place.centre, 1, &url, ago_ms).await?;
    let begin = Instant::now();
    for visit in 0..queued / 2 {
        window.serve(&senior(visit)?).await?;
    }
    say("a desk offline, operations made durable", u64::from(queued), begin.elapsed())?;
    window.clock.pass_to_the_present();
    let begin = Instant::now();
    window.online();
    window.drained().await?;
    say("  drained, each with its receipt", u64::from(queued), begin.elapsed())?;
    line("  (goal 10000 in 5 s)")?;
    let settled = books::agree(&place.centre, &window).await?;
    window.close().await?;
    anyhow::ensure!(settled.len() == usize::from(queued), "{} operations", settled.len());
    Ok(())
}
