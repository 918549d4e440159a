//! `import`: takes in an offline transfer, the outbox a desk wrote to a file.
//!
//! The effect equals that of the desk's own pushes, in any order and however often repeated.

use super::{CommandContext, say};
use crate::{
    blobs::Blobs,
    clock,
    machine::Rulebook,
    store::{Store as _, StoreError, postgres::PgStore},
    sync,
};
use anyhow::{Context as _, anyhow, bail};
use rules::{
    DeviceNumber, Language,
    transfer::{LIMIT_BYTES, Part, TransferError, TransferFile},
    wire::{ProtocolError, PushRequest},
};
use std::{path::Path, time::Duration};
use tokio::time::{Instant, sleep};

/// Interval between looks at operations another worker decides.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Longest wait for what another worker holds, or for evidence that is not in the file.
const WAITS_FOR: Duration = Duration::from_secs(60);
/// Pause after a conflict with another worker.
const STEP_BACK: Duration = Duration::from_millis(5);

pub(super) async fn run(context: &CommandContext<'_>, file: &Path) -> anyhow::Result<()> {
    let CommandContext { config, keys, store, .. } = context;
    let length = std::fs::metadata(file).context("file")?.len();
    if length > u64::try_from(LIMIT_BYTES)? {
        return Err(told(TransferError::TooLarge));
    }
    let file = TransferFile::read(&std::fs::read(file)?).map_err(told)?;
    let certificate = file.verify(&keys.trust).map_err(told)?;
    let (device, epoch) = (certificate.device, certificate.epoch);
    if certificate.class != keys.class {
        return Err(told(TransferError::Foreign));
    }
    let rulebook = Rulebook::new(config.policy.clone(), keys.class, &config.issuer, *keys.index);
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob)?;
    let before = store.head(device, epoch).await?.map_or(0, |head| head.received_through);
    let (mut received, mut pictures) = (before, 0);
    for part in &file.parts {
        match Part::open(part, &keys.sealing.opening).map_err(told)? {
            Part::Operations(request) => received = push(store, &rulebook, &request).await?,
            Part::Blob(blob) => {
                if !blobs.exists(&blob.digest).await? {
                    blobs.put(&blob.digest, &blob.media_type, &blob.bytes).await?;
                }
                store.note_blob(&blob.digest, device).await?;
                pictures += 1;
            }
        }
    }
    decide(store, &rulebook, (device, epoch), received).await.context(
        "the operations are taken, and not all of them are decided yet: `serve` goes on with them, or import the file again",
    )?;
    let new = received.saturating_sub(before);
    say(format_args!(
        "desk {device}: everything through operation {received}, {new} of them new; {pictures} pictures"
    ))
}

/// Words an error in both languages.
fn told(error: TransferError) -> anyhow::Error {
    let failure = error.failure();
    anyhow!("{}\n{}", failure.message(Language::Chinese), failure.message(Language::English))
}

async fn push(store: &PgStore, rulebook: &Rulebook, request: &PushRequest) -> anyhow::Result<u64> {
    match sync::push(store, rulebook, request, clock::now()).await {
        Err(sync::PushError::Protocol(ProtocolError::Gap { resend_from })) => {
            bail!(
                "the file begins after operation {resend_from}, which is missing here; nothing of it was taken"
            )
        }
        outcome => outcome.context("operations"),
    }
}

/// Decides this desk's operations now, even without a server. While other operations block them, it
/// decides those first, or takes its turn among all desks.
async fn decide(
    store: &PgStore,
    rulebook: &Rulebook,
    (device, epoch): (DeviceNumber, u32),
    through: u64,
) -> Result<(), StoreError> {
    let mut conflicts = 0_u32;
    let mut moved = Instant::now();
    while store.decided_through(device, epoch).await? < through {
        let outcome = match sync::apply_desk(store, rulebook, (device, epoch), clock::now()).await {
            // They are blocked by an earlier enrolment, or by an operation that must
            // be isolated first.
            Ok(0) | Err(StoreError::Database(_) | StoreError::Range(_) | StoreError::Corrupt(_)) => {
                sync::apply_after(store, rulebook, 1, clock::now(), conflicts).await
            }
            outcome => outcome,
        };
        match outcome {
            Ok(0) if moved.elapsed() > WAITS_FOR => {
                return Err(StoreError::Unavailable(
                    "they are held, or an approval waits for evidence".to_owned(),
                ));
            }
            // Another worker holds them.
            Ok(0) => sleep(LOOK_AGAIN).await,
            Ok(_) => (conflicts, moved) = (0, Instant::now()),
            Err(StoreError::Conflict) => {
                conflicts = conflicts.saturating_add(1);
                sleep(STEP_BACK).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
