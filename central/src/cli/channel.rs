//! `channel`: manages the clients of portal and kiosk.

use super::{record, say, store, typed_secret};
use crate::{config::Config, http::secret_digest, store::postgres::ChannelClient};
use clap::{Subcommand, ValueEnum};
use rules::wire::Channel;

/// Groups of four characters in an API key; 160 bits.
const KEY_GROUPS: usize = 8;

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Print the API key of a new client; the same name again replaces its key.
    Add {
        /// Channel of the client.
        #[arg(long)]
        channel: ChannelArgument,
        /// Name of the client, for the record.
        #[arg(long)]
        name: String,
        /// Site whose desks see its escalations.
        #[arg(long)]
        site: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ChannelArgument {
    /// Portal on the web (一网通办)
    Portal,
    /// Self-service kiosk (自助终端)
    Kiosk,
}

pub(super) async fn run(config: &Config, command: ChannelCommand) -> anyhow::Result<()> {
    let ChannelCommand::Add { channel, name, site } = command;
    let channel = match channel {
        ChannelArgument::Portal => Channel::Portal,
        ChannelArgument::Kiosk => Channel::Kiosk,
    };
    let key = typed_secret(KEY_GROUPS);
    let client = ChannelClient { name, channel, site };
    let store = store(config).await?;
    record(&store, "channel add", &client.name).await?;
    store.put_channel_client(&client, &secret_digest(&key)).await?;
    say(format_args!("{key}"))
}
