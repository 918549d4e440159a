//! `window-settings`: what a site's windows take from the centre.

use super::{CommandContext, say};
use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use rules::{
    SiteCode,
    window::{ReceiptLayout, SheetLayout},
    wire::{CentralSettings, WindowSettings},
};

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
        /// Idle minutes until the screen locks.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=60))]
        lock_minutes: Option<u16>,
        /// Layout of code sheets.
        #[arg(long)]
        sheet_layout: Option<SheetArgument>,
        /// Layout of receipts.
        #[arg(long)]
        receipt_layout: Option<ReceiptArgument>,
        /// Whether citizens answer and sign on the citizen window, where there is one.
        #[arg(long)]
        signature: Option<bool>,
    },
    /// Print what is decided for a site, tab-separated.
    Show {
        /// Site code, six digits.
        site: SiteCode,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SheetArgument {
    /// One sheet on an A4 page
    A4,
    /// Four sheets on an A4 page
    A4FourUp,
    /// Eight sheets on an A4 page
    A4EightUp,
    /// Card size, for laminating
    Card,
}

impl From<SheetArgument> for SheetLayout {
    fn from(layout: SheetArgument) -> Self {
        match layout {
            SheetArgument::A4 => Self::A4,
            SheetArgument::A4FourUp => Self::A4FourUp,
            SheetArgument::A4EightUp => Self::A4EightUp,
            SheetArgument::Card => Self::Card,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ReceiptArgument {
    /// 210 × 297 mm
    A4,
    /// 148 × 210 mm
    A5,
    /// Roll of 80 mm
    Roll80,
}

impl From<ReceiptArgument> for ReceiptLayout {
    fn from(layout: ReceiptArgument) -> Self {
        match layout {
            ReceiptArgument::A4 => Self::A4,
            ReceiptArgument::A5 => Self::A5,
            ReceiptArgument::Roll80 => Self::Roll80,
        }
    }
}

impl WindowSettingsCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::Set { site, window, .. } => {
                let window = window.map(|window| format!(" window {window}"));
                (
                    "window-settings set",
                    format!("{site}{} {}", window.unwrap_or_default(), words(&self.values())),
                )
            }
            Self::Show { site } => ("window-settings show", site.to_string()),
        }
    }

    fn values(&self) -> CentralSettings {
        match self {
            Self::Set { lock_minutes, sheet_layout, receipt_layout, signature, .. } => CentralSettings {
                lock_minutes: *lock_minutes,
                sheet_layout: sheet_layout.map(Into::into),
                receipt_layout: receipt_layout.map(Into::into),
                signature: *signature,
            },
            Self::Show { .. } => CentralSettings::default(),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: &WindowSettingsCommand) -> anyhow::Result<()> {
    let (WindowSettingsCommand::Set { site, .. } | WindowSettingsCommand::Show { site }) = command;
    if let WindowSettingsCommand::Set { window, .. } = command {
        let settings = WindowSettings { site: *site, window: *window, values: command.values() };
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

/// Returns the values by the names of the options that set them.
fn words(values: &CentralSettings) -> String {
    let CentralSettings { lock_minutes, sheet_layout, receipt_layout, signature } = values;
    let said = [
        lock_minutes.map(|minutes| format!("lock-minutes={minutes}")),
        sheet_layout.map(|layout| format!("sheet-layout={}", layout.word())),
        receipt_layout.map(|layout| format!("receipt-layout={}", layout.word())),
        signature.map(|asked| format!("signature={asked}")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "none".to_owned() } else { said.join(" ") }
}
