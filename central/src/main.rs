//! The program `suishen-central`; [`central::cli`] has its commands.

use clap::Parser as _;

/// Requests allocate on one thread and free on another; under that load the allocator of the C
/// library contends for locks and fragments.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    // Secrets, evidence and exports: whatever this program writes is for its own user.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    central::cli::run(central::cli::Arguments::parse())
}
