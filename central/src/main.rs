//! `suishen-central`: the centre's program.

use clap::Parser as _;

/// Every request allocates on one thread and frees on another, many times: the C library's allocator locks and scatters then.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    central::cli::run(central::cli::Arguments::parse())
}
