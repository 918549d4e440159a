//! Enrolment: a one-time code and a new key become a client of the centre (N-3).

use crate::config::Config;
use rules::{Sensitive, wire::Channel};
use std::io::{Read as _, Write as _};

/// Longest one-time code, in bytes.
const CODE_LIMIT: u64 = 256;

/// Takes up the code on standard input. An earlier key is in use until the new one is certified.
///
/// # Errors
/// If the code is not good, the centre cannot be reached, or the key cannot be written.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let mut code = String::new();
    std::io::stdin().take(CODE_LIMIT).read_to_string(&mut code)?;
    let code = Sensitive::new(code.trim().to_owned());
    let certificate = channel::enrol(&config.folder, &config.centre()?, Channel::Portal, code).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "enrolled as {}, until {}", certificate.client, certificate.not_after.day())?;
    Ok(out.flush()?)
}
