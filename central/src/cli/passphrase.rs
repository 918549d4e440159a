//! Passphrases: asked for at a terminal without showing them, else a line of standard input, or an
//! environment variable in tests.

use anyhow::{Context as _, bail};
use rules::Sensitive;
use std::io::{IsTerminal as _, Write as _};
use zeroize::Zeroizing;

/// Reads the passphrase of an administrator's credential.
pub(super) fn of_credential() -> anyhow::Result<Sensitive<String>> {
    read("passphrase of the credential", "SUISHEN_PASSPHRASE")
}

/// Reads the passphrase of the credential of whoever agrees.
pub(super) fn of_second() -> anyhow::Result<Sensitive<String>> {
    read("passphrase of the second credential", "SUISHEN_SECOND_PASSPHRASE")
}

/// Reads the passphrase of the root key.
pub(super) fn of_root() -> anyhow::Result<Sensitive<String>> {
    read("passphrase of the root key", "SUISHEN_ROOT_PASSPHRASE")
}

/// Reads a new passphrase; at a terminal twice.
pub(super) fn new(
    what: &str,
    again: impl Fn() -> anyhow::Result<Sensitive<String>>,
) -> anyhow::Result<Sensitive<String>> {
    let passphrase = again()?;
    if std::io::stdin().is_terminal() && again()? != passphrase {
        bail!("the two passphrases for {what} differ");
    }
    Ok(passphrase)
}

fn read(what: &str, variable: &str) -> anyhow::Result<Sensitive<String>> {
    if let Ok(passphrase) = std::env::var(variable) {
        return Ok(Sensitive::new(passphrase));
    }
    let is_terminal = std::io::stdin().is_terminal();
    if is_terminal {
        let mut out = std::io::stderr().lock();
        write!(out, "{what}: ")?;
        out.flush()?;
    }
    let shows = is_terminal.then(Hidden::begin).transpose()?;
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line)?;
    drop(shows);
    let passphrase = line.trim_end_matches(['\r', '\n']);
    if passphrase.is_empty() {
        bail!("no {what} was given");
    }
    Ok(Sensitive::new(passphrase.to_owned()))
}

/// While it lives, the terminal does not show what is typed.
struct Hidden;

impl Hidden {
    fn begin() -> anyhow::Result<Self> {
        stty("-echo").context("the terminal cannot hide the passphrase")?;
        Ok(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = stty("echo");
        let _ = writeln!(std::io::stderr());
    }
}

fn stty(setting: &str) -> anyhow::Result<()> {
    let status = std::process::Command::new("stty").arg(setting).status()?;
    if status.success() { Ok(()) } else { bail!("stty {setting}") }
}
