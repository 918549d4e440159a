//! `import`: a desk's carried queue. The effect is that of the desk's own pushes, however often and by whichever way.

use super::{read_keys, say, store};
use crate::{blobs::Blobs, clock, config::Config, machine::Rulebook, sync};
use anyhow::{Context as _, bail};
use rules::{
    carry::{LIMIT_BYTES, open},
    keys::Signer as _,
    wire::ProtocolError,
};
use std::path::Path;

pub(super) async fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let length = std::fs::metadata(file).context("file")?.len();
    if length > u64::try_from(LIMIT_BYTES)? {
        bail!("the file is larger than any desk writes");
    }
    let mut passphrase = zeroize::Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut passphrase)?;
    let queue =
        open(&std::fs::read(file)?, passphrase.trim_end_matches(['\r', '\n'])).context("carried file")?;
    let keys = read_keys(config)?;
    let certificate = queue.certificate.verify(&keys.root.public_key()).context("the desk's certificate")?;
    let (device, class) = (certificate.device, certificate.class);
    if class != keys.class {
        bail!("practice and live never mix");
    }
    let store = store(config).await?;
    let rulebook = Rulebook::new(config.policy.clone(), keys.class, *keys.index);
    let mut received = 0;
    for request in &queue.batches {
        received = match sync::push(&store, &rulebook, request, clock::now()).await {
            Ok(through) => through,
            Err(sync::PushError::Protocol(ProtocolError::Gap { resend_from })) => {
                bail!(
                    "the file begins after operation {resend_from}, which is missing here; nothing of it was taken"
                )
            }
            Err(error) => return Err(error).context("operations"),
        };
    }
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob)?;
    for blob in &queue.blobs {
        if !blobs.exists(&blob.digest).await? {
            blobs.put(&blob.digest, &blob.media_type, &blob.bytes).await?;
        }
    }
    // Decided here and now, also where no `serve` runs.
    while sync::apply(&store, &rulebook, config.apply_desks, clock::now()).await? > 0 {}
    say(format_args!(
        "desk {device}: everything through operation {received}; {} pictures",
        queue.blobs.len()
    ))
}
