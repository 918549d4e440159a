//! `import-population`: imports people from the registry in bulk.

use super::{CommandContext, say};
use crate::{
    blobs::Blobs,
    registry::{file::RegistryFile, take_over},
};
use anyhow::Context as _;
use std::path::Path;

pub(super) async fn run(context: &CommandContext<'_>, file: &Path, csv: bool) -> anyhow::Result<()> {
    let CommandContext { config, keys, store, .. } = context;
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob)?;
    let mut registry = RegistryFile::open(file, csv).context("file")?;
    let count = take_over(&mut registry, store, &blobs, &keys.index).await?;
    say(format_args!("{count} people"))
}
