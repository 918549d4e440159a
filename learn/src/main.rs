//! `suishen-practice`: serves one window in practice mode until that window closes its standard
//! input.

use anyhow::Context as _;
use clap::Parser;
use learn::Site;
use rules::practice::{PracticeAnswer, PracticeOrder};
use serde::Serialize;
use std::{
    io::{BufRead as _, Write as _},
    path::PathBuf,
};

/// The practice site of one window. It is started by `suishen-counter --practice`.
#[derive(Parser)]
#[command(name = "suishen-practice", version, about)]
struct Arguments {
    /// Folder for the printed papers.
    #[arg(long)]
    papers: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).init();
    let mut site = Site::start(&arguments.papers).context("the practice site did not start")?;
    say(&site.started())?;
    for line in std::io::stdin().lock().lines() {
        let order: PracticeOrder = serde_json::from_str(&line?).context("not an order")?;
        say(&match site.obey(&order) {
            Ok(()) => PracticeAnswer::Done(Box::new(site.view())),
            Err(error) => PracticeAnswer::Failed(format!("{error:#}")),
        })?;
    }
    Ok(())
}

fn say(message: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    let mut window = std::io::stdout().lock();
    window.write_all(line.as_bytes())?;
    Ok(window.flush()?)
}
