//! `staff`: manages accounts (S4, S5). No account exists by default.

use super::{CommandContext, say, typed_secret};
use crate::{
    clock, passwords,
    store::{NewVersion, Store as _, postgres::Account},
};
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use rules::{
    Language, Sensitive, StaffNumber,
    authority::StaffRecord,
    permission::{Role, may_combine},
    staff::password_acceptable,
};

/// Groups of four characters in a generated password.
const PASSWORD_GROUPS: usize = 4;

#[derive(Debug, Subcommand)]
pub(super) enum StaffCommand {
    /// Add an account; prints its password unless one is read.
    Add {
        /// Staff number (工号) of the account.
        #[arg(long)]
        number: StaffNumber,
        /// Name shown on the screen.
        #[arg(long)]
        name: String,
        /// Site of the account, six digits.
        #[arg(long)]
        site: String,
        /// Role; repeat for several roles.
        #[arg(long = "role", required = true)]
        roles: Vec<RoleArgument>,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
        /// TOTP secret in base32.
        #[arg(long, env = "SUISHEN_STAFF_TOTP")]
        totp: Option<String>,
    },
    /// Give an account a new password and with it a new key; ends every log-in made with the old
    /// one.
    SetPassword {
        /// Staff number of the account.
        number: StaffNumber,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Move an account to another site or give it other roles; what it may no longer do and is
    /// heard of later is listed for review.
    Change {
        /// Staff number of the account.
        number: StaffNumber,
        /// New site, six digits.
        #[arg(long)]
        site: Option<String>,
        /// Role; repeat for several roles. They replace those it had.
        #[arg(long = "role")]
        roles: Vec<RoleArgument>,
    },
    /// Disable an account; what was received before stays valid, what is heard of later is listed
    /// for review.
    Disable {
        /// Staff number of the account.
        number: StaffNumber,
    },
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
            Self::Add { number, .. } => ("staff add", number.to_string()),
            Self::SetPassword { number, .. } => ("staff set-password", number.to_string()),
            Self::Change { number, .. } => ("staff change", number.to_string()),
            Self::Disable { number } => ("staff disable", number.to_string()),
        }
    }
}

pub(super) async fn run(context: &CommandContext<'_>, command: StaffCommand) -> anyhow::Result<()> {
    let CommandContext { keys, store, .. } = context;
    let sign = |record| keys.sign(record, "staff record");
    let find = async |number: &StaffNumber| -> anyhow::Result<Account> {
        store.account(number).await?.with_context(|| format!("there is no account {number}"))
    };
    let now = clock::now();
    match command {
        StaffCommand::Add { number, name, site, roles, password_stdin, totp } => {
            if store.account(&number).await?.is_some() {
                bail!("account {number} exists already");
            }
            let roles = checked(roles)?;
            let password = password(&number, password_stdin)?;
            let (public_key, wrapped_key) = passwords::new_key(&number, &password)?;
            let name = Sensitive::new(name);
            let record =
                StaffRecord { number, name, site, roles, public_key, active: true, from: now, version: 1 };
            let version = NewVersion {
                record,
                replaces: None,
                wrapped_key,
                password_since: now,
                totp_secret: totp.map(Sensitive::new),
                change: None,
            };
            store.put_staff(version, sign).await?;
            told(&password, password_stdin)
        }
        StaffCommand::SetPassword { number, password_stdin } => {
            let account = find(&number).await?;
            let password = password(&number, password_stdin)?;
            let (public_key, wrapped_key) = passwords::new_key(&number, &password)?;
            let next = account.next(now);
            let record = StaffRecord { public_key, ..next.record };
            store.put_staff(NewVersion { record, wrapped_key, password_since: now, ..next }, sign).await?;
            told(&password, password_stdin)
        }
        StaffCommand::Change { number, site, roles } => {
            let mut next = find(&number).await?.next(now);
            if !roles.is_empty() {
                next.record.roles = checked(roles)?;
            }
            next.record.site = site.unwrap_or(next.record.site);
            store.put_staff(next, sign).await?;
            say(format_args!("done"))
        }
        StaffCommand::Disable { number } => {
            let mut next = find(&number).await?.next(now);
            next.record.active = false;
            store.put_staff(next, sign).await?;
            say(format_args!("account {number} is stopped"))
        }
    }
}

fn checked(roles: Vec<RoleArgument>) -> anyhow::Result<Vec<Role>> {
    let roles: Vec<Role> = roles.into_iter().map(Role::from).collect();
    if !may_combine(&roles) {
        bail!("system and security duties never in one account, and an auditor has no other role");
    }
    Ok(roles)
}

fn password(staff: &StaffNumber, from_stdin: bool) -> anyhow::Result<Sensitive<String>> {
    if !from_stdin {
        return Ok(generated(staff));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = Sensitive::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if let Err(refusal) = password_acceptable(password.expose(), staff) {
        bail!("{}", refusal.message(Language::English));
    }
    Ok(password)
}

/// Returns a password that the rules accept. A draw with a run is rare.
fn generated(staff: &StaffNumber) -> Sensitive<String> {
    loop {
        let password = typed_secret(PASSWORD_GROUPS);
        if password_acceptable(&password, staff).is_ok() {
            return Sensitive::new(password);
        }
    }
}

/// Prints a generated password, which is shown only this once.
fn told(password: &Sensitive<String>, was_read: bool) -> anyhow::Result<()> {
    if was_read { say(format_args!("done")) } else { say(format_args!("{}", password.expose())) }
}
