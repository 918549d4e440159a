//! `channel`: manages the clients of portal and kiosk (N-3).

use super::{
    CommandContext,
    desk::{CODE_GROUPS, INVITATION_MS},
    say, typed_secret,
};
use crate::{clock, http::secret_digest, store::postgres::ListedClient};
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use rules::{
    At, SiteCode,
    keys::{KeyError, PublicKey},
    wire::Channel,
};

#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Print a one-time code with which a client enrols, for the first time or again. With a public
    /// key, print the client's certificate instead.
    Add {
        /// Channel of the client.
        #[arg(long)]
        channel: ChannelArgument,
        /// Name of the client, for the record.
        #[arg(long)]
        name: String,
        /// Site whose desks see its escalations.
        #[arg(long)]
        site: SiteCode,
        /// SM2 public key of the client, 65 bytes uncompressed in hexadecimal.
        #[arg(long, value_parser = public_key)]
        public_key: Option<Box<PublicKey>>,
    },
    /// List all clients and their state, tab-separated.
    List,
    /// Take a client out of service at once. Codes issued through it stay good.
    Revoke {
        /// Name of the client.
        name: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ChannelArgument {
    /// Portal on the web (一网通办)
    Portal,
    /// Self-service kiosk (自助终端)
    Kiosk,
}

fn public_key(text: &str) -> Result<Box<PublicKey>, KeyError> {
    PublicKey::try_from(text.to_owned()).map(Box::new)
}

impl ChannelCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Add { name, .. } => ("channel add", name.clone()),
            Self::List => ("channel list", String::new()),
            Self::Revoke { name } => ("channel revoke", name.clone()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: ChannelCommand) -> anyhow::Result<()> {
    let CommandContext { keys, store, .. } = context;
    let now = clock::now();
    match command {
        ChannelCommand::Add { channel, name, site, public_key } => {
            let channel = match channel {
                ChannelArgument::Portal => Channel::Portal,
                ChannelArgument::Kiosk => Channel::Kiosk,
            };
            let code = typed_secret(CODE_GROUPS);
            let (digest, expires_at) = (secret_digest(&code), now.plus_ms(INVITATION_MS));
            store.invite_channel_client(&name, channel, &site, &digest, expires_at).await?;
            let Some(public_key) = public_key else { return say(format_args!("{code}")) };
            let certify = |key| keys.sign(key, "certificate");
            let accepted =
                store.accept_channel_invitation(&digest, &public_key, keys.class, now, certify).await?;
            let certificate = accepted.context("the invitation was replaced by another one")?;
            say(format_args!("{}", serde_json::to_string(&certificate)?))
        }
        ChannelCommand::List => {
            say(format_args!("name\tchannel\tsite\tkey\tcertificate until\tpeople this hour\tstate"))?;
            for client in store.channel_clients(now).await? {
                let ListedClient { name, channel, site, people, .. } = &client;
                let key = client.key_id.map_or_else(|| "-".to_owned(), |key| key.to_string());
                let until = client.not_after.map_or_else(|| "-".to_owned(), |end| end.day().to_string());
                let state = standing(&client, now);
                say(format_args!("{name}\t{channel}\t{site}\t{key}\t{until}\t{people}\t{state}"))?;
            }
            Ok(())
        }
        ChannelCommand::Revoke { name } => {
            if !store.revoke_channel_client(&name, now).await? {
                bail!("there is no client {name}");
            }
            say(format_args!("{name} is out of service"))
        }
    }
}

/// Returns the state of a client as a security administrator reads it.
fn standing(client: &ListedClient, now: At) -> String {
    match (client.revoked_at, client.not_after) {
        (Some(at), _) => format!("out of service since {}", at.civil().strftime("%Y-%m-%d %H:%M")),
        (None, None) => "not enrolled yet".to_owned(),
        (None, Some(end)) if end < now => "certificate expired".to_owned(),
        (None, Some(_)) => "at work".to_owned(),
    }
}
