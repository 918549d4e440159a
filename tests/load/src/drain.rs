//! Measures one real desk with a long outbox, from the first push to the last receipt.

use crate::{
    Place,
    report::{line, say},
};
use outage::{
    books,
    window::{Window, senior},
};
use std::time::Instant;

pub(crate) async fn measure(place: &Place, queued: u16) -> anyhow::Result<()> {
    let mut window = Window::enrol(&place.centre, 1, &place.centre.central.url()).await?;
    let begin = Instant::now();
    for visit in 0..queued / 2 {
        window.serve(&senior(visit)?).await?;
    }
    say("a desk offline, operations made durable", u64::from(queued), begin.elapsed())?;
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
