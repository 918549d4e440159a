//! `staff list` and `staff import`: many accounts at once.

use super::{CommandContext, desk_report, say};
use crate::{clock, passwords, store::NewVersion};
use anyhow::{Context as _, bail};
use rules::{
    At, Language, Sensitive, SiteCode, StaffNumber,
    account::{ActivationCode, activation_code, read_accounts},
    authority::{StaffRecord, WrappedKey},
    digest::Digest,
    list::FILE_BYTES,
    permission::Role,
    wire::SiteAccount,
};
use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};

/// Prints accounts, one a line.
pub(super) async fn print(context: &CommandContext<'_>, site: Option<&SiteCode>) -> anyhow::Result<()> {
    let now = clock::now();
    say(format_args!("number\tname\tsite\troles\tstate\tsecond factor\tactivation code until\tversion"))?;
    let sites = match site {
        Some(site) => vec![site.to_owned()],
        None => context.store.sites().await?,
    };
    for site in sites {
        for account in context.store.site_accounts(&site, now).await? {
            say(format_args!("{}", line(&account)))?;
        }
    }
    Ok(())
}

fn line(account: &SiteAccount) -> String {
    let record = &account.record;
    let roles: Vec<String> = record.roles.iter().map(role).collect();
    let state = match (record.active, account.locked_until) {
        (false, _) => "disabled".to_owned(),
        (true, Some(until)) => format!("locked until {}", minute(until)),
        (true, None) => "enabled".to_owned(),
    };
    let second = if account.has_second_factor { "yes" } else { "no" };
    let code = account.code_until.map_or_else(|| "-".to_owned(), minute);
    let (number, name, site, version) = (&record.number, record.name.expose(), &record.site, record.version);
    format!("{number}\t{name}\t{site}\t{}\t{state}\t{second}\t{code}\t{version}", roles.join(","))
}

fn role(role: &Role) -> String {
    let word = serde_json::to_value(role).ok();
    word.as_ref().and_then(|word| word.as_str()).unwrap_or("-").replace('_', "-")
}

fn minute(at: At) -> String {
    at.civil().strftime("%Y-%m-%d %H:%M").to_string()
}

/// Returns what the signed act says of an import: the site, and the file it reads.
pub(super) fn subject(site: &SiteCode, file: &Path) -> String {
    let digest = read(file).map(|bytes| format!(" SM3 {}", Digest::of(&bytes)));
    format!("{site}{}", digest.unwrap_or_default())
}

/// Adds the accounts of a file in one transaction: all of them, or none.
pub(super) async fn import(
    context: &CommandContext<'_>,
    file: &Path,
    site: &SiteCode,
    codes: &Path,
    skip_wrong: bool,
) -> anyhow::Result<()> {
    let bytes = read(file).context("file")?;
    // D2: what is imported is what the signed act names.
    if !context.subject.ends_with(&Digest::of(&bytes).to_string()) {
        bail!("the file changed while it was read; nobody was added");
    }
    let mut list =
        read_accounts(&bytes).map_err(|failure| anyhow::anyhow!("{}", failure.message(Language::English)))?;
    let numbers: Vec<_> = list.accounts.iter().map(|account| account.number.clone()).collect();
    list.without(&context.store.taken_numbers(&numbers).await?);
    for row in &list.wrong {
        say(format_args!("line {}: {}", row.line, row.why.message(Language::English)))?;
    }
    if !list.wrong.is_empty() && !skip_wrong {
        bail!("{} lines are wrong; nobody was added (--skip-wrong adds the others)", list.wrong.len());
    }
    let mut out = desk_report::create(codes)?;
    let now = clock::now();
    let (mut versions, mut lines) = (Vec::new(), String::from("工号,姓名,启用码\r\n"));
    for account in list.accounts {
        let (number, name) = (account.number.clone(), account.name.expose().clone());
        let (version, code) = beginning((account.number, account.name, site.to_owned(), account.roles), now);
        lines.push_str(&rules::list::csv_line(&[number.as_str(), &name, code.expose()]));
        versions.push(version);
    }
    // The codes are on the disk before the accounts are: without them nobody could log in.
    out.write_all(lines.as_bytes())?;
    out.sync_all()?;
    let sign = |record| context.keys.sign(record, "staff record");
    let count = versions.len();
    if let Err(error) = context.store.put_all_staff(versions, sign).await {
        std::fs::remove_file(codes)?;
        return Err(anyhow::Error::new(error).context("nobody was added"));
    }
    say(format_args!("{count} accounts added, {} lines left out", list.wrong.len()))
}

/// Returns a new account that waits for its person, with the activation code in clear.
pub(super) fn beginning(
    (number, name, site, roles): (StaffNumber, Sensitive<String>, SiteCode, Vec<Role>),
    now: At,
) -> (NewVersion, Sensitive<String>) {
    let code = activation_code(rand::random());
    let public_key = passwords::key_of_nobody();
    let record = StaffRecord { number, name, site, roles, public_key, active: true, from: now, version: 1 };
    let version = NewVersion {
        record,
        replaces: None,
        wrapped_key: WrappedKey::of_nobody(),
        password_since: now,
        totp_secret: None,
        change: None,
        code: Some(ActivationCode::given(ActivationCode::digest_of(&code), now)),
    };
    (version, code)
}

/// Reads a file, and one byte more than is taken at most.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
