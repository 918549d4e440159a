//! What a guard's phone meets: the built pages, the address that sets a phone up, and a provider of
//! health state with invented records.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rig::central::Central;
use serde_json::json;

use crate::citizen::Citizen;

/// File of the provider's records, in the site's folder.
pub(crate) const HEALTH_FILE: &str = "health.jsonl";

/// Returns the folder of the built pages for phones.
#[must_use]
pub fn built_pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist")
}

/// Returns the address that sets up a guard's phone, and the id of the key it brings.
///
/// # Errors
/// Any failure of the command that prints it.
pub async fn link(central: &Central) -> anyhow::Result<(String, String)> {
    let page = format!("{}/verify/", central.url());
    let said = central.command(&["pages", "link", "--at", &page]).await?;
    let (address, id) = said.trim().split_once('\n').context("no id behind the address")?;
    Ok((address.to_owned(), id.to_owned()))
}

/// Returns invented records: most are green, one is red, one has no test, and of the last citizen
/// there is none.
pub(crate) fn health_records(people: &[Citizen]) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    let hours = |hours: i64| now - hours * 60 * 60 * 1000;
    let known = people.len().saturating_sub(1);
    let mut lines = String::new();
    for (place, citizen) in people.iter().take(known).enumerate() {
        let state = if place == 2 { "red" } else { "green" };
        let test = (place != 1).then(|| json!({ "outcome": "negative", "sampled_at": hours(20) }));
        let line =
            json!({ "number": citizen.number, "state": state, "as_of": hours(1), "latest_test": test });
        lines.push_str(&format!("{line}\n"));
    }
    lines
}
