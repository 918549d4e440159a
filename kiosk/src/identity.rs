//! Enrolment of a kiosk: a one-time code becomes a certificate for a key that stays there (N-3).

use crate::{centre, config::CentreConfig, private_file};
use anyhow::{Context as _, bail, ensure};
use rules::{
    Sensitive, hex,
    issuing::{Issued, Trust},
    keys::{Class, PublicKey, Signer as _, SoftwareKey},
    wire::{Channel, ChannelEnrolRequest, ChannelKey},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

const CERTIFICATE: &str = "certificate.json";
const KEY: &str = "channel.key";
const PAGE_KEY: &str = "page.key";

/// Certificate of the kiosk as kept, with the root that verifies it.
#[derive(Serialize, Deserialize)]
struct Kept {
    certificate: Issued<ChannelKey>,
    root: PublicKey,
}

/// An enrolled kiosk.
pub(crate) struct Identity {
    pub(crate) certificate: ChannelKey,
    pub(crate) key: SoftwareKey,
}

impl Identity {
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let kept = kept(folder)?.context("not enrolled: run `suishen-kiosk enrol` first")?;
        let certificate = kept.certificate.verify(&Trust::of(kept.root)).context(CERTIFICATE)?.clone();
        let text = Sensitive::new(fs::read_to_string(folder.join(KEY)).context(KEY)?);
        let secret: [u8; 32] = hex::decode_array(text.expose().trim()).context(KEY)?;
        let key = SoftwareKey::from_bytes(&secret).context(KEY)?;
        ensure!(key.public_key() == certificate.public_key, "key and certificate are of two enrolments");
        Ok(Self { certificate, key })
    }

    pub(crate) fn is_practice(&self) -> bool {
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

/// Enrols this kiosk, or enrols it again under a new key. On error nothing is changed.
pub(crate) async fn enrol(
    folder: &Path,
    config: &CentreConfig,
    code: Sensitive<String>,
) -> anyhow::Result<ChannelKey> {
    let (secret, key) = SoftwareKey::draw(rand::random);
    let request = ChannelEnrolRequest { code, public_key: key.public_key() };
    let answer =
        centre::enrol(folder, config, &request).await.context("the centre did not enrol this kiosk")?;
    let certificate = answer.certificate.verify(&Trust::of(answer.root.clone()));
    let certificate = certificate.context("the centre's certificate does not verify")?.clone();
    ensure!(certificate.public_key == key.public_key(), "the certificate is for another key");
    ensure!(certificate.channel == Channel::Kiosk, "the code is not for a kiosk");
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

/// Returns what the kiosk's browser shows to be answered. It outlives a restart of the bridge, so
/// that the page goes on.
pub(crate) fn page_key(folder: &Path) -> anyhow::Result<Sensitive<String>> {
    let path = folder.join(PAGE_KEY);
    match fs::read_to_string(&path) {
        Ok(key) => Ok(Sensitive::new(key)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = Sensitive::new(hex::encode(&rand::random::<[u8; 32]>()));
            private_file::write(&path, key.expose().as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(error).context(PAGE_KEY),
    }
}
