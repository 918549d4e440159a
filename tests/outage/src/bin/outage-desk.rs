//! A desk in its own process, to be killed by tests.
//!
//! `outage-desk FOLDER FIRST` opens the desk in the folder, logs the clerk in with the password in
//! `OUTAGE_PASSWORD`, synchronises, and serves one citizen after another, from index FIRST on.
//! `outage-desk FOLDER job ID` goes on with a job of collective service instead.

use anyhow::Context as _;
use desk::session::Credentials;
use outage::{
    centre::CLERK,
    clock::MovedClock,
    window::{open, senior, serve},
};
use rules::{Sensitive, institution::JobState};
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().context("a folder")?);
    let first = arguments.next().context("an index")?;
    let password = Sensitive::new(std::env::var("OUTAGE_PASSWORD")?);
    let desk = open(&folder, MovedClock::by(0)).await?;
    let typed = Credentials { staff: CLERK.parse()?, password, second_factor: None };
    let clerk = desk.session.log_in(&typed).await?.operator;
    let synchronising = tokio::spawn(desk.clone().run_sync());
    if first == "job" {
        let job = arguments.next().context("a job")?.parse()?;
        desk.collective.set_state(&clerk, job, JobState::Running).await?;
        while desk.collective.serve_next(&clerk, job).await? {}
        return Ok(());
    }
    for index in first.parse::<u16>()?.. {
        serve((&desk, &clerk), &senior(index)?).await?;
    }
    synchronising.abort();
    Ok(())
}
