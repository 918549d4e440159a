//! Enrolment: a one-time code becomes a certificate for a key that stays where it was made (N-3).

use crate::{
    http::{Address, exchange},
    private_file,
};
use anyhow::{Context as _, bail, ensure};
use rules::{
    Sensitive, hex,
    issuing::{Issued, Trust},
    keys::{Class, PublicKey, Signer as _, SoftwareKey},
    wire::{Channel, ChannelEnrolRequest, ChannelEnrolResponse, ChannelKey},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

const CERTIFICATE: &str = "certificate.json";
const KEY: &str = "channel.key";

/// The certificate as kept, with the root that verifies it.
#[derive(Serialize, Deserialize)]
struct Kept {
    certificate: Issued<ChannelKey>,
    root: PublicKey,
}

/// An enrolled program.
pub struct Identity {
    /// What the centre certified.
    pub certificate: ChannelKey,
    pub(crate) key: SoftwareKey,
}

impl Identity {
    /// Reads what [`enrol`] wrote into a folder.
    ///
    /// # Errors
    /// If nothing is enrolled there, or files are damaged or of two enrolments.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let kept = kept(folder)?.context("not enrolled: run `enrol` first")?;
        let certificate = kept.certificate.verify(&Trust::of(kept.root)).context(CERTIFICATE)?.clone();
        let text = Sensitive::new(fs::read_to_string(folder.join(KEY)).context(KEY)?);
        let secret: [u8; 32] = hex::decode_array(text.expose().trim()).context(KEY)?;
        let key = SoftwareKey::from_bytes(&secret).context(KEY)?;
        ensure!(key.public_key() == certificate.public_key, "key and certificate are of two enrolments");
        Ok(Self { certificate, key })
    }

    /// Returns whether it belongs to a practice site (演练).
    pub fn is_practice(&self) -> bool {
        self.certificate.class == Class::Practice
    }
}

fn kept(folder: &Path) -> anyhow::Result<Option<Kept>> {
    match fs::read(folder.join(CERTIFICATE)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).context(CERTIFICATE)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context(CERTIFICATE),
    }
}

/// Takes up the one-time code of `channel add` with a new key, which it writes into a folder with
/// its certificate; or enrols again under a new key. On error nothing is changed.
///
/// # Errors
/// If the centre does not take the code, its certificate is not for this key and channel, or the
/// folder belongs to another centre.
pub async fn enrol(
    folder: &Path,
    address: &Address,
    channel: Channel,
    code: Sensitive<String>,
) -> anyhow::Result<ChannelKey> {
    let (secret, key) = SoftwareKey::draw(rand::random);
    let request = ChannelEnrolRequest { code, public_key: key.public_key() };
    let url = address.channel_path(channel, "enrol");
    let answer = exchange(address.client.post(url).json(&request)).await;
    let answer = answer.context("the centre did not take the code")?;
    let answer: ChannelEnrolResponse = serde_json::from_slice(&answer)?;
    let certificate = answer.certificate.verify(&Trust::of(answer.root.clone()));
    let certificate = certificate.context("the centre's certificate does not verify")?.clone();
    ensure!(certificate.public_key == key.public_key(), "the certificate is for another key");
    ensure!(certificate.channel == channel, "the code is for another channel");
    if let Some(earlier) = kept(folder)?
        && earlier.root != answer.root
    {
        bail!("this folder belongs to another centre: use a new one");
    }
    let kept = Kept { certificate: answer.certificate, root: answer.root };
    private_file::write(&folder.join(KEY), hex::encode(&*secret).as_bytes())?;
    private_file::write(&folder.join(CERTIFICATE), &serde_json::to_vec_pretty(&kept)?)?;
    Ok(certificate)
}
