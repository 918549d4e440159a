//! `window-settings`: what a site's windows take from the centre.

use super::{CommandContext, say};
use anyhow::bail;
use clap::{Args, Subcommand};
use rules::{
    SiteCode,
    window::{ReceiptLayout, SheetLayout},
    wire::{CentralSettings, WindowSettings},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(super) enum WindowSettingsCommand {
    /// Decide settings of a site's windows. They take the place of what was decided before; what is
    /// left out is each window's own again.
    Set {
        /// Site code, six digits.
        site: SiteCode,
        /// Number of the only window that is meant. It counts before what is decided for the site.
        #[arg(long)]
        window: Option<u16>,
        #[command(flatten)]
        values: Values,
    },
    /// Print what is decided for a site, tab-separated.
    Show {
        /// Site code, six digits.
        site: SiteCode,
    },
}

#[derive(Debug, Args)]
pub(super) struct Values {
    /// Idle minutes until the screen locks.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=60))]
    lock_minutes: Option<u16>,
    /// Layout of code sheets, as `desk.toml` names it.
    #[arg(long, value_parser = named::<SheetLayout>)]
    sheet_layout: Option<SheetLayout>,
    /// Layout of receipts, as `desk.toml` names it.
    #[arg(long, value_parser = named::<ReceiptLayout>)]
    receipt_layout: Option<ReceiptLayout>,
    /// Whether citizens answer and sign on the citizen window, where there is one.
    #[arg(long)]
    signature: Option<bool>,
}

impl Values {
    const fn decided(&self) -> CentralSettings {
        let Self { lock_minutes, sheet_layout, receipt_layout, signature } = *self;
        CentralSettings { lock_minutes, sheet_layout, receipt_layout, signature }
    }
}

impl WindowSettingsCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Set { site, window, values } => {
                let window = window.map(|window| format!(" window {window}")).unwrap_or_default();
                ("window-settings set", format!("{site}{window} {}", words(&values.decided())))
            }
            Self::Show { site } => ("window-settings show", site.to_string()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: &WindowSettingsCommand) -> anyhow::Result<()> {
    let (WindowSettingsCommand::Set { site, .. } | WindowSettingsCommand::Show { site }) = command;
    if let WindowSettingsCommand::Set { window, values, .. } = command {
        let settings = WindowSettings { site: *site, window: *window, values: values.decided() };
        let settings = context.keys.sign(settings, "window settings")?;
        if !context.store.put_window_settings(&settings).await? {
            bail!("there is no site {site}");
        }
    }
    say(format_args!("window\tsettings\tsince"))?;
    for settings in context.store.window_settings(site).await? {
        let window = settings.value.window.map_or_else(|| "all".to_owned(), |window| window.to_string());
        say(format_args!("{window}\t{}\t{}", words(&settings.value.values), settings.at.civil()))?;
    }
    Ok(())
}

/// Returns the value of this name.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

/// Returns the values by the names of the options that set them.
fn words(values: &CentralSettings) -> String {
    let CentralSettings { lock_minutes, sheet_layout, receipt_layout, signature } = values;
    let said = [
        ("lock-minutes", json!(lock_minutes)),
        ("sheet-layout", json!(sheet_layout)),
        ("receipt-layout", json!(receipt_layout)),
        ("signature", json!(signature)),
    ];
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let said: Vec<String> = said
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}={}", word(value)))
        .collect();
    if said.is_empty() { "none".to_owned() } else { said.join(" ") }
}
