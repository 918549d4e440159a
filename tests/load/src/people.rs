//! The people of the registry, imported by the centre's own command.

use crate::{Place, report::say};
use central_fixture::desk::senior;
use std::{
    fs::File,
    io::{BufWriter, Write as _},
    time::Instant,
};

pub(crate) async fn import(place: &Place, count: u32) -> anyhow::Result<()> {
    let path = place.centre.folder.path().join("people.jsonl");
    let mut file = BufWriter::new(File::create(&path)?);
    for index in 0..count {
        let holder = senior(index);
        let line = serde_json::json!({
            "number": holder.number.expose(), "name": holder.name.expose(), "household": true,
        });
        writeln!(file, "{line}")?;
    }
    file.into_inner()?.sync_all()?;
    let begin = Instant::now();
    place.centre.central.command(&["import-population", &path.display().to_string()]).await?;
    let time = begin.elapsed();
    std::fs::remove_file(&path)?;
    settle(place).await?;
    say("people imported from a file", u64::from(count), time)
}

/// Runs the database's deferred work, so that it does not count in the next measurement.
pub(crate) async fn settle(place: &Place) -> anyhow::Result<()> {
    place.centre.postgres.query("VACUUM ANALYZE").await?;
    place.centre.postgres.query("CHECKPOINT").await?;
    Ok(())
}
