//! `staff`: manages accounts (S4, S5). No account exists by default.

use super::{say, store, typed_secret};
use crate::{
    clock,
    config::Config,
    passwords,
    store::{Store as _, postgres::Account},
};
use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use rules::{
    Sensitive, StaffNumber,
    permission::{Role, may_combine},
    staff::{Failures, password_acceptable},
    wire::Staff,
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
    /// Give an account a new password.
    SetPassword {
        /// Staff number of the account.
        number: StaffNumber,
        /// Read the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Disable an account; its past work stays valid.
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

pub(super) async fn run(config: &Config, command: StaffCommand) -> anyhow::Result<()> {
    let store = store(config).await?;
    let find = async |number: &StaffNumber| -> anyhow::Result<Account> {
        store.account(number).await?.with_context(|| format!("there is no account {number}"))
    };
    match command {
        StaffCommand::Add { number, name, site, roles, password_stdin, totp } => {
            if store.account(&number).await?.is_some() {
                bail!("account {number} exists already");
            }
            let roles: Vec<Role> = roles.into_iter().map(Role::from).collect();
            if !may_combine(&roles) {
                bail!("system and security duties never in one account, and an auditor has no other role");
            }
            let password = password(password_stdin)?;
            let staff = Staff {
                number,
                name: Sensitive::new(name),
                roles,
                password_hash: hash(&password)?,
                totp_secret: totp.map(Sensitive::new),
                active: true,
                version: 1,
            };
            store.put_staff(&site, &staff, None).await?;
            told(&password, password_stdin)
        }
        StaffCommand::SetPassword { number, password_stdin } => {
            let account = find(&number).await?;
            let password = password(password_stdin)?;
            let staff = Staff { password_hash: hash(&password)?, ..account.staff };
            store.put_staff(&account.site, &staff, account.disabled_at).await?;
            store.note_failures(&number, Failures::default()).await?;
            told(&password, password_stdin)
        }
        StaffCommand::Disable { number } => {
            let account = find(&number).await?;
            let staff = Staff { active: false, ..account.staff };
            store.put_staff(&account.site, &staff, Some(clock::now())).await?;
            say(format_args!("account {number} is stopped"))
        }
    }
}

fn password(from_stdin: bool) -> anyhow::Result<Sensitive<String>> {
    if !from_stdin {
        return Ok(Sensitive::new(typed_secret(PASSWORD_GROUPS)));
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = Sensitive::new(line.trim_end_matches(['\r', '\n']).to_owned());
    if password_acceptable(password.expose()).is_err() {
        bail!("the password is too short or too simple: 10 signs, or 8 of three kinds");
    }
    Ok(password)
}

fn hash(password: &Sensitive<String>) -> anyhow::Result<Sensitive<String>> {
    passwords::hash(password).map_err(|error| anyhow::anyhow!("password: {error}"))
}

/// Prints a generated password, which is shown only this once.
fn told(password: &Sensitive<String>, was_read: bool) -> anyhow::Result<()> {
    if was_read { say(format_args!("done")) } else { say(format_args!("{}", password.expose())) }
}
