//! `suishen-central`: the centre's program.

use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    central::cli::run(central::cli::Arguments::parse())
}
