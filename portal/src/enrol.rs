//! Enrolment: a one-time code and a new key become a client of the centre (N-3).

use crate::{config::Config, outside};
use anyhow::{Context as _, ensure};
use rules::{
    Sensitive,
    keys::{Signer as _, SoftwareKey},
    wire::{Channel, ChannelEnrolRequest, ChannelEnrolResponse},
};
use std::{
    fs::OpenOptions,
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

/// Longest one-time code, in bytes.
const CODE_LIMIT: u64 = 256;

/// Takes up the code on standard input. The key takes its place only when the centre has certified
/// it, so a failure leaves an earlier key in use.
///
/// # Errors
/// If the code is not good, the centre cannot be reached, or the key cannot be written.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let mut code = String::new();
    std::io::stdin().take(CODE_LIMIT).read_to_string(&mut code)?;
    let (bytes, key) = SoftwareKey::draw(rand::random);
    let draft = config.key.with_extension("new");
    write(&draft, &*bytes).with_context(|| draft.display().to_string())?;
    let request =
        ChannelEnrolRequest { code: Sensitive::new(code.trim().to_owned()), public_key: key.public_key() };
    let mut url = config.centre.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["v1", "channels", "portal", "enrol"]);
    }
    let client = outside::client(config.authority.as_deref())?;
    let response = client.post(url).json(&request).send().await?;
    ensure!(response.status().is_success(), "the centre does not take this code: {}", response.status());
    let body = outside::body(response).await.context("the answer broke off")?;
    let certificate = serde_json::from_slice::<ChannelEnrolResponse>(&body)?.certificate.value;
    let is_ours = certificate.client == config.name
        && certificate.channel == Channel::Portal
        && certificate.public_key == key.public_key();
    ensure!(is_ours, "the code is for {}, which is not this portal", certificate.client);
    std::fs::rename(&draft, &config.key)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "enrolled as {}, until {}", certificate.client, certificate.not_after.day())?;
    Ok(out.flush()?)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What an enrolment that failed left behind.
    let _ = std::fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = Sensitive::new(rules::hex::encode(bytes));
    file.write_all(text.expose().as_bytes())?;
    file.sync_all()
}
