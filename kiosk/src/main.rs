//! The program `suishen-kiosk`; [`kiosk::run`] has its commands.

fn main() -> anyhow::Result<()> {
    // The key of the kiosk and the address of its page are for its own user.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    kiosk::run()
}
