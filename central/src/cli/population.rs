//! `import-population`: imports people from the registry in bulk.

use super::{read_keys, record, say, store};
use crate::{
    blobs::Blobs,
    config::Config,
    registry::{file::RegistryFile, take_over},
};
use anyhow::Context as _;
use std::path::Path;

pub(super) async fn run(config: &Config, file: &Path, csv: bool) -> anyhow::Result<()> {
    let store = store(config).await?;
    let keys = read_keys(config)?;
    let blobs = Blobs::open(&config.blobs, config.blobs_s3_bucket.as_deref(), &keys.blob)?;
    record(&store, "import-population", "").await?;
    let mut registry = RegistryFile::open(file, csv).context("file")?;
    let count = take_over(&mut registry, &store, &blobs, &keys.index).await?;
    say(format_args!("{count} people"))
}
