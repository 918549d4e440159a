//! `keys`: creates the secrets and shows the public root key.

use super::say;
use crate::config::Config;
use clap::{Subcommand, ValueEnum};
use rules::keys::{Class, Signer as _};

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Create the root key, the index key and the others, each once.
    Init {
        /// Class of the installation; practice (演练) and live never mix.
        #[arg(long)]
        class: ClassArgument,
    },
    /// Print the root's public key, which verifiers need.
    Show,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ClassArgument {
    /// For practice only (演练)
    Practice,
    /// For real codes (正式)
    Live,
}

pub(super) fn run(config: &Config, command: &KeysCommand) -> anyhow::Result<()> {
    if let KeysCommand::Init { class } = command {
        let class = match class {
            ClassArgument::Practice => Class::Practice,
            ClassArgument::Live => Class::Live,
        };
        crate::keys::init(&config.keys, class, rand::random)?;
    }
    let keys = super::read_keys(config)?;
    say(format_args!("{}", String::from(keys.root.public_key())))
}
