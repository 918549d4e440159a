//! A list of staff as CSV: number, name and roles under a header, as a personnel office writes it.

use super::combined;
use crate::{
    Refusal, Sensitive, StaffNumber,
    failure::ListFailure,
    list::{WrongRow, each_row},
    permission::Role,
};
use std::collections::HashMap;

/// Most accounts that are added at once.
pub const ACCOUNT_ROWS: usize = 1_000;
/// Most characters of a name.
const NAME_CHARACTERS: usize = 50;
/// Between the roles of one cell.
const BETWEEN: [char; 7] = [';', '；', '、', '/', '|', '+', ','];

/// A row that may become an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    /// Line of the file, from 1.
    pub line: u32,
    /// Staff number (工号).
    pub number: StaffNumber,
    /// Name shown on screen.
    pub name: Sensitive<String>,
    /// Roles, which go together.
    pub roles: Vec<Role>,
}

/// A list of staff that was read. A row is taken whole, or named with its line and reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountList {
    /// Rows that may become accounts, in the order of the file.
    pub accounts: Vec<ListedAccount>,
    /// Rows that may not, in the order of the file.
    pub wrong: Vec<WrongRow>,
}

impl AccountList {
    /// Takes rows out whose number has an account already, and names them.
    pub fn without(&mut self, taken: &[StaffNumber]) {
        let (out, stay) = std::mem::take(&mut self.accounts)
            .into_iter()
            .partition::<Vec<_>, _>(|account| taken.contains(&account.number));
        self.accounts = stay;
        let why = ListFailure::StaffRefused { why: Refusal::AccountExists };
        self.wrong.extend(out.into_iter().map(|account| WrongRow { line: account.line, why: why.clone() }));
        self.wrong.sort_by_key(|row| row.line);
    }
}

/// Reads a list of staff.
///
/// ```
/// let list = rules::account::read_accounts("工号,姓名,角色\nA101,王小明,窗口人员\nA102,,主管\n".as_bytes())?;
/// assert_eq!((list.accounts.len(), list.wrong[0].line), (1, 3));
/// # Ok::<(), rules::failure::ListFailure>(())
/// ```
///
/// # Errors
/// The [`ListFailure`] for which the whole file is refused.
pub fn read_accounts(bytes: &[u8]) -> Result<AccountList, ListFailure> {
    let mut columns: Option<[usize; 3]> = None;
    let mut lines: HashMap<StaffNumber, u32> = HashMap::new();
    let mut list = AccountList::default();
    each_row(bytes, |line, cells| {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let Some(columns) = columns else {
            columns = Some(header(cells)?);
            return Ok(());
        };
        if list.accounts.len() + list.wrong.len() >= ACCOUNT_ROWS {
            return Err(ListFailure::TooManyRows { limit: ACCOUNT_ROWS as u32 });
        }
        let read = read(line, cells, columns).and_then(|account| match lines.get(&account.number) {
            Some(first) => Err(ListFailure::StaffRepeated { line: *first }),
            None => Ok(account),
        });
        match read {
            Ok(account) => {
                lines.insert(account.number.clone(), line);
                list.accounts.push(account);
            }
            Err(why) => list.wrong.push(WrongRow { line, why }),
        }
        Ok(())
    })?;
    match columns {
        Some(_) if list.accounts.is_empty() && list.wrong.is_empty() => Err(ListFailure::Empty),
        Some(_) => Ok(list),
        None => Err(ListFailure::Empty),
    }
}

fn header(cells: &[&str]) -> Result<[usize; 3], ListFailure> {
    let place = |words: &[&str]| {
        let is_it = |cell: &&str| words.contains(&cell.trim().to_lowercase().as_str());
        cells.iter().position(is_it).ok_or(ListFailure::StaffColumns)
    };
    Ok([
        place(&["工号", "number", "staff", "staff number"])?,
        place(&["姓名", "name"])?,
        place(&["角色", "岗位", "roles", "role"])?,
    ])
}

fn read(line: u32, cells: &[&str], [number, name, roles]: [usize; 3]) -> Result<ListedAccount, ListFailure> {
    let cell = |at: usize| cells.get(at).map_or("", |cell| cell.trim());
    let number: StaffNumber = cell(number).parse().map_err(|_| ListFailure::StaffNumberWrong)?;
    if number.is_nobody() {
        return Err(ListFailure::StaffNumberWrong);
    }
    let name = cell(name);
    if !is_name(name) {
        return Err(ListFailure::StaffNameWrong);
    }
    let words = cell(roles).split(BETWEEN).map(str::trim).filter(|word| !word.is_empty());
    let roles: Vec<Role> = words
        .map(role)
        .collect::<Option<_>>()
        .filter(|roles: &Vec<Role>| !roles.is_empty())
        .ok_or(ListFailure::StaffRoleWrong)?;
    let roles = combined(&roles).map_err(|why| ListFailure::StaffRefused { why })?;
    Ok(ListedAccount { line, number, name: Sensitive::new(name.to_owned()), roles })
}

/// Returns whether a text can stand as somebody's name on screen and paper.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().count() <= NAME_CHARACTERS && !text.chars().any(char::is_control)
}

fn role(word: &str) -> Option<Role> {
    Some(match word.to_lowercase().replace('-', "_").as_str() {
        "窗口人员" | "clerk" => Role::Clerk,
        "主管" | "supervisor" => Role::Supervisor,
        "系统管理员" | "system_admin" => Role::SystemAdmin,
        "安全管理员" | "security_admin" => Role::SecurityAdmin,
        "审计员" | "auditor" => Role::Auditor,
        _ => return None,
    })
}
