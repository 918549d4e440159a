//! Staff of the site: the list as the centre has it, acts on it, and lists of people to be added.

use crate::{
    core::Core,
    credentials::credentials,
    failure::out_of_step,
    format::{from_base64, time_text},
    private_file,
    spreadsheet::UTF_8,
    view::{
        AccountActInput, AccountActView, AccountChangeInput, AccountCommandInput, AccountListView,
        AccountRowView, AccountView, AccountsView, ActivationCodeView, Failure, FormField,
        SecondAdministratorInput, WrongRowView,
    },
};
use desk::{
    Desk, DeskError,
    session::{Account, Credentials, Operator, Signatories, draw_activation_code},
};
use rules::{
    Refusal, Sensitive, StaffNumber,
    account::{AccountChange, AccountCommand, AccountList, ActivationCode, NewAccount, read_accounts},
    authority::StaffRecord,
    failure::ListFailure,
    list::csv_line,
    permission::Duty,
    wire::SiteAccount,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What waits for the same security administrator.
#[derive(Default)]
struct Waiting {
    of: Option<StaffNumber>,
    /// A list that was read and not added yet.
    list: Option<AccountList>,
    /// Codes that were shown and may be saved.
    codes: Vec<ActivationCodeView>,
}

/// Staff accounts of the site.
pub struct Accounts {
    core: Arc<Core>,
    waiting: Mutex<Waiting>,
}

impl Accounts {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, waiting: Mutex::default() }
    }

    /// Returns the staff of the site: as the centre has it, else as this desk knows it.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn list(&self) -> Result<AccountsView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let asked = desk.session.administration().accounts(&operator).await?;
        shown(&desk, &operator, asked).await
    }

    /// Unlocks an account after failed log-ins at this desk.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn unlock(&self, staff: String) -> Result<AccountsView, Failure> {
        let desk = self.core.desk()?;
        // A text that is no staff number has no account, so nothing is locked.
        if let Ok(staff) = staff.parse() {
            desk.session.unlock_account(&desk.session.operator()?, &staff).await?;
        }
        self.list().await
    }

    /// Reads a list of staff in CSV, Base64, and says which rows can become accounts. Nothing is
    /// added.
    ///
    /// # Errors
    /// The whole list is refused; the centre cannot be asked for numbers that are taken.
    pub async fn read_list(&self, file: String) -> Result<AccountListView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::ManageAccounts)?;
        let bytes = from_base64(&file).ok_or(ListFailure::Unreadable)?;
        let mut list = read_accounts(&bytes)?;
        let numbers = list.accounts.iter().map(|account| account.number.clone()).collect();
        list.without(&desk.session.administration().taken_numbers(&operator, numbers).await?);
        let view = list_view(&list);
        let mut waiting = self.waiting_of(&operator);
        waiting.list = Some(list);
        Ok(view)
    }

    /// Has the centre do something to accounts. Activation codes are in the answer, and nowhere
    /// else but where [`Self::save_codes`] puts them.
    ///
    /// # Errors
    /// Not permitted; a password is wrong; a second administrator is needed; the centre refuses or
    /// cannot be asked.
    pub async fn act(&self, input: AccountActInput) -> Result<AccountActView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::ManageAccounts)?;
        let AccountActInput { command, password, second } = input;
        let (command, mut codes) = self.command(&operator, command)?;
        let second = second.map(second_credentials).transpose()?;
        if second.is_none() && needs_second(&desk, &operator, &command).await? {
            return Err(Failure::from(Refusal::SecondAdministratorNeeded).at(FormField::SecondAdministrator));
        }
        let signatories = Signatories { password, second };
        let done = desk.session.administration().administer(&operator, signatories, command).await;
        let done = done.map_err(at_field)?;
        for code in codes.iter_mut().filter(|code| code.name.is_empty()) {
            let account = done.iter().find(|account| account.record.number.as_str() == code.staff);
            code.name = account.map(|account| account.record.name.expose().clone()).unwrap_or_default();
        }
        self.keep_codes(&operator, &codes);
        Ok(AccountActView { accounts: shown(&desk, &operator, Some(done)).await?, codes })
    }

    /// Saves the codes that were shown last, readable by this user only. Returns the file's path.
    ///
    /// # Errors
    /// Not permitted; none were shown; the disk fails.
    pub async fn save_codes(&self) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::ManageAccounts)?;
        let codes = self.waiting_of(&operator).codes.clone();
        if codes.is_empty() {
            return Err(out_of_step());
        }
        let mut lines = format!("{UTF_8}工号,姓名,启用码\r\n");
        for code in &codes {
            lines.push_str(&csv_line(&[&code.staff, &code.name, code.code.expose()]));
        }
        let name = format!("codes-{}-{}.csv", desk.identity().site(), desk.read_clock().at.seconds());
        let folder = self.core.folder().join("codes");
        let path = private_file::write(&folder, &name, lines.as_bytes()).map_err(DeskError::from)?;
        Ok(path.display().to_string())
    }

    /// Returns the command to be signed, with the codes that it gives out.
    fn command(
        &self,
        operator: &Operator,
        input: AccountCommandInput,
    ) -> Result<(AccountCommand, Vec<ActivationCodeView>), Failure> {
        match input {
            AccountCommandInput::Add { staff, name, roles } => {
                let number = number(&staff, FormField::Staff)?;
                let name = Sensitive::new(name.trim().to_owned());
                Ok(added([(number, name, roles)]))
            }
            AccountCommandInput::AddListed => {
                let list = self.waiting_of(operator).list.clone().ok_or_else(out_of_step)?;
                Ok(added(list.accounts.into_iter().map(|one| (one.number, one.name, one.roles))))
            }
            AccountCommandInput::Change { staff, version, change } => {
                let number = number(&staff, FormField::Staff)?;
                let (change, codes) = changed(&number, change)?;
                Ok((AccountCommand::Change { number, version: version.into(), change }, codes))
            }
        }
    }

    /// Keeps codes that are shown, so that they can be saved. The list they came from is done.
    fn keep_codes(&self, operator: &Operator, codes: &[ActivationCodeView]) {
        let mut waiting = self.waiting_of(operator);
        waiting.list = None;
        waiting.codes = codes.to_vec();
    }

    /// Returns what waits for this person. Somebody else's is forgotten.
    fn waiting_of(&self, operator: &Operator) -> MutexGuard<'_, Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.of.as_ref() != Some(&operator.staff) {
            *waiting = Waiting { of: Some(operator.staff.clone()), ..Waiting::default() };
        }
        waiting
    }
}

fn added(
    people: impl IntoIterator<Item = (StaffNumber, Sensitive<String>, Vec<rules::permission::Role>)>,
) -> (AccountCommand, Vec<ActivationCodeView>) {
    let (mut accounts, mut codes) = (Vec::new(), Vec::new());
    for (number, name, roles) in people {
        let (code, digest) = drawn();
        codes.push(ActivationCodeView { staff: number.clone().into(), name: name.expose().clone(), code });
        accounts.push(NewAccount { number, name, roles, code: digest });
    }
    (AccountCommand::Add { accounts }, codes)
}

fn changed(
    number: &StaffNumber,
    input: AccountChangeInput,
) -> Result<(AccountChange, Vec<ActivationCodeView>), Failure> {
    let change = match input {
        AccountChangeInput::Enable => AccountChange::Enable,
        AccountChangeInput::Disable => AccountChange::Disable,
        AccountChangeInput::Roles { roles } => AccountChange::Roles { roles },
        AccountChangeInput::Move { site } => {
            let site =
                site.trim().parse().map_err(|_| Failure::from(Refusal::SiteUnknown).at(FormField::Site))?;
            AccountChange::Move { site }
        }
        AccountChangeInput::ResetSecondFactor => AccountChange::ResetSecondFactor,
        AccountChangeInput::ResetPassword => {
            let (code, digest) = drawn();
            let shown = ActivationCodeView { staff: number.clone().into(), name: String::new(), code };
            return Ok((AccountChange::ResetPassword { code: digest }, vec![shown]));
        }
    };
    Ok((change, Vec::new()))
}

fn drawn() -> (Sensitive<String>, rules::digest::Digest) {
    let code = draw_activation_code();
    let digest = ActivationCode::digest_of(&code);
    (code, digest)
}

fn number(typed: &str, field: FormField) -> Result<StaffNumber, Failure> {
    let number: Option<StaffNumber> = typed.trim().parse().ok();
    let number = number.filter(|number| !number.is_nobody());
    number.ok_or_else(|| Failure::from(ListFailure::StaffNumberWrong).at(field))
}

fn second_credentials(input: SecondAdministratorInput) -> Result<Credentials, Failure> {
    let staff = number(&input.staff, FormField::SecondAdministrator)?;
    Ok(credentials(staff, input.password, input.second_factor))
}

/// Returns whether the rules ask for a second administrator, by what this desk knows of the
/// account. The centre decides again.
async fn needs_second(desk: &Desk, operator: &Operator, command: &AccountCommand) -> Result<bool, Failure> {
    let target = match command {
        AccountCommand::Add { .. } => None,
        AccountCommand::Change { number, .. } => known(desk, operator, number).await?,
    };
    Ok(command.needs_second(target.as_ref()))
}

async fn known(
    desk: &Desk,
    operator: &Operator,
    number: &StaffNumber,
) -> Result<Option<StaffRecord>, Failure> {
    let accounts = desk.session.accounts(operator).await?;
    Ok(accounts.into_iter().map(|account| account.staff).find(|staff| staff.number == *number))
}

fn at_field(error: DeskError) -> Failure {
    let field = match &error {
        DeskError::Refused(Refusal::SecondAdministratorNeeded) => Some(FormField::SecondAdministrator),
        DeskError::Refused(Refusal::AccountExists | Refusal::AccountUnknown) => Some(FormField::Staff),
        DeskError::Refused(Refusal::RolesDoNotCombine) => Some(FormField::Roles),
        DeskError::Refused(Refusal::SiteUnknown) => Some(FormField::Site),
        DeskError::Refused(Refusal::NameEmpty) => Some(FormField::Name),
        DeskError::LoginFailed | DeskError::LoginLocked { .. } => Some(FormField::Password),
        _ => None,
    };
    let failure = Failure::from(error);
    match field {
        Some(field) => failure.at(field),
        None => failure,
    }
}

fn list_view(list: &AccountList) -> AccountListView {
    let row = |account: &rules::account::ListedAccount| AccountRowView {
        line: account.line,
        staff: account.number.clone().into(),
        name: account.name.expose().clone(),
        roles: account.roles.clone(),
    };
    let wrong =
        |row: &rules::list::WrongRow| WrongRowView { line: row.line, failure: row.why.clone().into() };
    AccountListView {
        rows: list.accounts.iter().map(row).collect(),
        wrong: list.wrong.iter().map(wrong).collect(),
    }
}

/// Shows what the centre said, or without it what this desk knows, with the log-ins at this desk.
async fn shown(
    desk: &Desk,
    operator: &Operator,
    asked: Option<Vec<SiteAccount>>,
) -> Result<AccountsView, Failure> {
    let here = desk.session.accounts(operator).await?;
    let site = desk.identity().site();
    let Some(asked) = asked else {
        let accounts = here.iter().filter(|account| account.staff.site == *site);
        let accounts = accounts.map(|account| view(&account.staff, Some(account), operator, None)).collect();
        return Ok(AccountsView { from_centre: false, accounts });
    };
    let here: BTreeMap<&StaffNumber, &Account> =
        here.iter().map(|account| (&account.staff.number, account)).collect();
    let accounts = asked.iter().map(|account| {
        let local = here.get(&account.record.number).copied();
        view(&account.record, local, operator, Some(account))
    });
    Ok(AccountsView { from_centre: true, accounts: accounts.collect() })
}

fn view(
    staff: &StaffRecord,
    here: Option<&Account>,
    operator: &Operator,
    asked: Option<&SiteAccount>,
) -> AccountView {
    AccountView {
        name: staff.name.expose().clone(),
        roles: staff.roles.clone(),
        active: staff.active,
        locked_until: here.and_then(|account| account.locked_until).map(time_text),
        locked_at_centre: asked.and_then(|account| account.locked_until).map(time_text),
        last_login: here.and_then(|account| account.last_login).map(time_text),
        version: u32::try_from(staff.version).unwrap_or(u32::MAX),
        second_factor: asked.map(|account| account.has_second_factor),
        code_until: asked.and_then(|account| account.code_until).map(time_text),
        own: staff.number == operator.staff,
        staff: staff.number.clone().into(),
    }
}
