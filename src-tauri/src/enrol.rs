//! `suishen-counter enrol`: enrols from the command line, for installers.

use ::counter::Counter;
use anyhow::Context as _;
use std::{
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
};

/// Enrols this desk and prints its identity. The one-time code comes on standard input, since
/// arguments are visible to other users.
pub(crate) fn run(folder: &Path, centre: Option<String>, ca_file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut code = String::new();
    std::io::stdin().lock().read_line(&mut code).context("no one-time code on standard input")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let counter = Counter::open(folder.to_owned()).await;
        counter.settings.set_centre(centre, ca_file)?;
        counter.settings.enrol_here(code.trim()).await?;
        counter.session.status().await
    });
    let status = status.map_err(|failure| anyhow::anyhow!("{}\n{}", failure.zh, failure.en))?;
    let desk = status.desk.context("enrolled, but without a certificate")?;
    writeln!(
        std::io::stdout(),
        "已登记：{} {} 号窗口（设备 {}）",
        desk.site_name,
        desk.desk_number,
        desk.device
    )?;
    Ok(())
}
