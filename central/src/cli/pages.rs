//! `pages`: what the pages for phones need before their first use.

use super::{read_keys, say};
use crate::config::Config;
use clap::Subcommand;
use rules::keys::Class;
use std::fmt::Write as _;

#[derive(Debug, Subcommand)]
pub(super) enum PagesCommand {
    /// Print the address that sets up a guard's phone, and the id of the key it brings. The guard
    /// compares the id.
    Link {
        /// Address of the guard's page, such as `https://centre.example/verify/`.
        #[arg(long)]
        at: String,
    },
}

pub(super) fn run(config: &Config, command: &PagesCommand) -> anyhow::Result<()> {
    let PagesCommand::Link { at } = command;
    let keys = read_keys(config)?;
    let root = keys.trust.root();
    let class = match keys.class {
        Class::Practice => "practice",
        Class::Live => "live",
    };
    // Behind the `#`, so that no server sees it.
    say(format_args!(
        "{at}#class={class}&issuer={}&days={}&root={}",
        escaped(&config.issuer),
        config.policy.validity_days,
        String::from(root.clone()),
    ))?;
    say(format_args!("{}", root.key_id()))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_end_its_field() {
        assert_eq!(super::escaped("SH&root=04 演"), "SH%26root%3D04%20%E6%BC%94");
    }
}
