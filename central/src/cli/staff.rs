//! `staff`: manages accounts (S4, S5). No account exists by default, and nobody but its person ever
//! knows a password: an account begins with an activation code, at whose first use the person sets
//! one.

use super::{CommandContext, say, staff_list};
use crate::{
    accounts::without_password,
    clock, passwords,
    store::{NewVersion, Store as _, postgres::Account},
};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use rules::{
    Language, Sensitive, SiteCode, StaffNumber,
    account::{ActivationCode, activation_code},
    authority::StaffRecord,
    permission::{Role, may_combine},
    staff::password_acceptable,
};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum StaffCommand {
    /// List accounts: site, roles, state, second factor, activation code.
    List {
        /// Only those of this site, six digits.
        #[arg(long)]
        site: Option<SiteCode>,
    },
    /// Add an account; prints the activation code with which its person sets a password.
    Add {
        /// Staff number (工号) of the account.
        #[arg(long)]
        number: StaffNumber,
        /// Name shown on the screen.
        #[arg(long)]
        name: String,
        /// Site of the account, six digits.
        #[arg(long)]
        site: SiteCode,
        /// Role; repeat for several roles.
        #[arg(long = "role", required = true)]
        roles: Vec<RoleArgument>,
        #[command(flatten)]
        password: PasswordArgument,
        /// TOTP secret in base32.
        #[arg(long, env = "SUISHEN_STAFF_TOTP")]
        totp: Option<String>,
    },
    /// Add the accounts of a CSV with the columns number, name and roles (工号, 姓名, 角色): all of
    /// them, or, if a line is wrong, none.
    Import {
        /// File to read.
        file: PathBuf,
        /// Site of the accounts, six digits.
        #[arg(long)]
        site: SiteCode,
        /// New file for the activation codes, readable by you alone.
        #[arg(long)]
        codes: PathBuf,
        /// Leave wrong lines out and add exactly the others.
        #[arg(long)]
        skip_wrong: bool,
    },
    /// End an account's password and key; prints the activation code with which its person sets
    /// another. Every log-in made with the old password ends at once.
    ResetPassword {
        /// Staff number of the account.
        number: StaffNumber,
        #[command(flatten)]
        password: PasswordArgument,
    },
    /// End an account's second factor, as when its phone was lost.
    ResetSecondFactor {
        /// Staff number of the account.
        number: StaffNumber,
    },
    /// Move an account to another site or give it other roles; what it may no longer do and is
    /// heard of later is listed for review.
    Change {
        /// Staff number of the account.
        number: StaffNumber,
        /// New site, six digits.
        #[arg(long)]
        site: Option<SiteCode>,
        /// Role; repeat for several roles. They replace those it had.
        #[arg(long = "role")]
        roles: Vec<RoleArgument>,
    },
    /// Enable an account that was disabled, or that came from another site.
    Enable {
        /// Staff number of the account.
        number: StaffNumber,
    },
    /// Disable an account; what was received before stays valid, what is heard of later is listed
    /// for review.
    Disable {
        /// Staff number of the account.
        number: StaffNumber,
    },
}

#[derive(Args, Debug)]
pub(super) struct PasswordArgument {
    /// Read the password from standard input instead of giving a code.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleArgument {
    /// Clerk at a window (窗口人员)
    Clerk,
    /// Supervisor of a site (主管)
    Supervisor,
    /// Administrator of the system (系统管理员)
    SystemAdmin,
    /// Administrator of security (安全管理员)
    SecurityAdmin,
    /// Auditor of all records (审计员)
    Auditor,
}

impl From<RoleArgument> for Role {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Clerk => Self::Clerk,
            RoleArgument::Supervisor => Self::Supervisor,
            RoleArgument::SystemAdmin => Self::SystemAdmin,
            RoleArgument::SecurityAdmin => Self::SecurityAdmin,
            RoleArgument::Auditor => Self::Auditor,
        }
    }
}

impl StaffCommand {
    pub(super) fn act(&self) -> (&'static str, String) {
        match self {
            Self::List { site } => {
                ("staff list", site.as_ref().map_or_else(String::new, SiteCode::to_string))
            }
            Self::Add { number, .. } => ("staff add", number.to_string()),
            // D2: the log binds the file. One that cannot be read stops the command itself.
            Self::Import { file, site, .. } => ("staff import", staff_list::subject(site, file)),
            Self::ResetPassword { number, .. } => ("staff reset-password", number.to_string()),
            Self::ResetSecondFactor { number } => ("staff reset-second-factor", number.to_string()),
            Self::Change { number, .. } => ("staff change", number.to_string()),
            Self::Enable { number } => ("staff enable", number.to_string()),
            Self::Disable { number } => ("staff disable", number.to_string()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: StaffCommand) -> anyhow::Result<()> {
    let CommandContext { keys, store, .. } = context;
    let sign = |record| keys.sign(record, "staff record");
    let next = async |number: &StaffNumber| -> anyhow::Result<NewVersion> {
        let account: Option<Account> = store.account(number).await?;
        Ok(account.with_context(|| format!("there is no account {number}"))?.next(clock::now()))
    };
    let now = clock::now();
    match command {
        StaffCommand::List { site } => staff_list::print(context, site.as_ref()).await,
        StaffCommand::Add { number, name, site, roles, password, totp } => {
            if store.account(&number).await?.is_some() {
                bail!("account {number} exists already");
            }
            check_site(context, &site).await?;
            let (roles, name) = (checked(roles)?, Sensitive::new(name));
            let (version, code) = staff_list::beginning((number, name, site, roles), now);
            let version = NewVersion { totp_secret: totp.map(Sensitive::new), ..version };
            let version = with_password(version, &password)?;
            let is_set = version.code.is_none();
            store.put_staff(version, sign).await?;
            told((!is_set).then_some(&code))
        }
        StaffCommand::Import { file, site, codes, skip_wrong } => {
            check_site(context, &site).await?;
            staff_list::import(context, &file, &site, &codes, skip_wrong).await
        }
        StaffCommand::ResetPassword { number, password } => {
            let code = activation_code(rand::random());
            let digest = ActivationCode::digest_of(&code);
            let ended = without_password(next(&number).await?, &digest, now, &mut passwords::key_of_nobody);
            let version = with_password(ended, &password)?;
            let is_set = version.code.is_none();
            store.put_staff(version, sign).await?;
            told((!is_set).then_some(&code))
        }
        StaffCommand::ResetSecondFactor { number } => {
            store.put_staff(NewVersion { totp_secret: None, ..next(&number).await? }, sign).await?;
            told(None)
        }
        StaffCommand::Change { number, site, roles } => {
            let mut next = next(&number).await?;
            if !roles.is_empty() {
                next.record.roles = checked(roles)?;
            }
            if let Some(site) = site {
                check_site(context, &site).await?;
                next.record.site = site;
            }
            store.put_staff(next, sign).await?;
            told(None)
        }
        StaffCommand::Enable { number } => {
            let mut next = next(&number).await?;
            next.record.active = true;
            store.put_staff(next, sign).await?;
            say(format_args!("account {number} is enabled"))
        }
        StaffCommand::Disable { number } => {
            let mut next = next(&number).await?;
            next.record.active = false;
            store.put_staff(next, sign).await?;
            say(format_args!("account {number} is stopped"))
        }
    }
}

async fn check_site(context: &CommandContext<'_>, site: &SiteCode) -> anyhow::Result<()> {
    if context.store.has_site(site).await? {
        return Ok(());
    }
    bail!("there is no site {site}; add it with `site add --site {site} --name NAME`")
}

fn checked(roles: Vec<RoleArgument>) -> anyhow::Result<Vec<Role>> {
    let roles: Vec<Role> = roles.into_iter().map(Role::from).collect();
    if !may_combine(&roles) {
        bail!("system and security duties never in one account, and an auditor has no other role");
    }
    Ok(roles)
}

/// Puts a password from standard input in the place of the code, if one is to be read.
fn with_password(version: NewVersion, argument: &PasswordArgument) -> anyhow::Result<NewVersion> {
    if !argument.password_stdin {
        return Ok(version);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = Sensitive::new(line.trim_end_matches(['\r', '\n']).to_owned());
    let number = &version.record.number;
    if let Err(refusal) = password_acceptable(password.expose(), number) {
        bail!("{}", refusal.message(Language::English));
    }
    let (public_key, wrapped_key) = passwords::new_key(number, &password)?;
    let record = StaffRecord { public_key, ..version.record };
    Ok(NewVersion { record, wrapped_key, code: None, ..version })
}

/// Prints an activation code, which is shown only this once.
fn told(code: Option<&Sensitive<String>>) -> anyhow::Result<()> {
    match code {
        Some(code) => say(format_args!("{}", code.expose())),
        None => say(format_args!("done")),
    }
}
