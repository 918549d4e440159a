//! A desk in its own process, to be killed by tests.
//!
//! `outage-desk FOLDER FIRST` opens the desk in the folder, synchronises, and serves one citizen
//! after another, from index FIRST on.

use anyhow::Context as _;
use outage::{
    clock::MovedClock,
    window::{open, senior, serve},
};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("a folder")?);
    let first: u16 = arguments.next().context("an index")?.parse()?;
    let desk = open(&folder, MovedClock::by(0)).await?;
    let synchronising = tokio::spawn(desk.clone().run_sync());
    for index in first.. {
        serve(&desk, &senior(index)?).await?;
    }
    synchronising.abort();
    Ok(())
}
