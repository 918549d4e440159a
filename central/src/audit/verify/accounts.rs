//! Accounts: every version that the centre signed, against the tables and the log.

use super::{Findings, Place};
use crate::{
    audit::event::{Account, DecidedAct, record_digest},
    machine::people::SiteOperator,
};
use rules::{
    At, StaffNumber,
    authority::StaffRecord,
    correction::Digest,
    issuing::{Issued, Trust},
    wire::AccountActRequest,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A row of `staff_version`.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Staff number of the row.
    pub number: String,
    /// Version of the row.
    pub version: u64,
    /// The record; `None` if it cannot be read.
    pub record: Option<Issued<StaffRecord>>,
    /// Whether the other columns repeat what it says.
    pub columns_agree: bool,
    /// Blinded digest of the row.
    pub row: Digest,
}

/// A row of `staff`.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Staff number of the row.
    pub number: String,
    /// Version of the row.
    pub version: u64,
    /// Site of the row.
    pub site: String,
    /// The record; `None` if it cannot be read.
    pub record: Option<Issued<StaffRecord>>,
    /// Blinded digest of the row.
    pub row: Digest,
}

/// A row of `account_act`.
#[derive(Clone, Debug)]
pub struct ActRow {
    /// Identifier of the act.
    pub id: Uuid,
    /// When the centre did it.
    pub at: At,
    /// The act as it was signed; `None` if it cannot be read.
    pub request: Option<AccountActRequest>,
    /// Whether the other columns repeat what it says.
    pub columns_agree: bool,
}

/// Everything the log and the signed records say of accounts.
#[derive(Debug, Default)]
pub struct AccountFacts {
    /// What the log says of each version.
    said: BTreeMap<(String, u64), (Place, Account)>,
    /// What the log says of each account last.
    last: BTreeMap<String, (Place, Account)>,
    /// Newest record of each account that the centre signed.
    newest: HashMap<String, Issued<StaffRecord>>,
    people: HashMap<StaffNumber, SiteOperator>,
    /// Acts of security administrators.
    acts: BTreeMap<Uuid, (Place, DecidedAct)>,
}

impl AccountFacts {
    pub(super) fn take(&mut self, place: Place, account: Account) {
        self.said.insert((account.number.clone(), account.version), (place, account.clone()));
        self.last.insert(account.number.clone(), (place, account));
    }

    pub(super) fn take_act(&mut self, place: Place, act: DecidedAct) {
        self.acts.insert(act.id, (place, act));
    }

    /// Checks a row of `account_act`: that the log has it so, and that those whom it names signed.
    pub fn act(&mut self, row: &ActRow, findings: &mut Findings) {
        let name = format!("act {} on accounts", row.id);
        let Some((place, said)) = self.acts.remove(&row.id) else {
            findings.add(format_args!("{name}: in the table, and in no leaf"));
            return;
        };
        let Some(request) = row.request.as_ref().filter(|_| row.columns_agree) else {
            findings.add(format_args!("{name}: the row is another one than by {place}"));
            return;
        };
        if record_digest(request) != said.request {
            findings.add(format_args!("{name}: another act than by {place}"));
        }
        let act = &request.act.value;
        let key = |who: &StaffNumber, id| self.people.get(who).and_then(|person| person.key(id, row.at));
        let by = key(&act.by, request.act.key_id).is_some_and(|key| request.act.verify(key).is_ok());
        let second = request.second.as_ref().is_none_or(|second| {
            second.value.act == act.digest()
                && key(&second.value.by, second.key_id).is_some_and(|key| second.verify(key).is_ok())
        });
        if !(by && second) {
            findings.add(format_args!("{name}: not signed by those whom it names"));
        }
    }

    /// Names acts that the log has and the table has not.
    pub fn end_acts(&mut self, findings: &mut Findings) {
        for (id, (place, _)) in std::mem::take(&mut self.acts) {
            findings.add(format_args!("act {id} on accounts: in {place}, and not in the table"));
        }
    }

    /// Checks a row of `staff_version`. Rows come by number and version.
    pub fn version(&mut self, row: VersionRow, trust: &Trust, findings: &mut Findings) {
        let VersionRow { number, version, record, columns_agree, row } = row;
        let name = format!("account {number}, version {version}");
        let said = self.said.remove(&(number.clone(), version));
        let Some(record) = record.filter(|record| record.verify(trust).is_ok()) else {
            findings.add(format_args!("{name}: its record is not signed by this centre"));
            return;
        };
        match said {
            None => findings.add(format_args!("{name}: in the table, and in no leaf")),
            Some((place, said)) if said.record != record_digest(&record) => {
                findings.add(format_args!("{name}: another record than by {place}"));
            }
            Some((place, said)) if said.version_row != row || !columns_agree => {
                findings.add(format_args!("{name}: the row is another one than by {place}"));
            }
            Some(_) => {}
        }
        let staff = record.value.number.clone();
        let new = || SiteOperator { number: staff.clone(), versions: Vec::new() };
        let person = self.people.entry(staff.clone()).or_insert_with(new);
        person.versions.push(record.value.clone());
        self.newest.insert(number, record);
    }

    /// Names versions that the log has and the table has not.
    pub fn end_versions(&mut self, findings: &mut Findings) {
        for ((number, version), (place, _)) in std::mem::take(&mut self.said) {
            findings
                .add(format_args!("account {number}, version {version}: in {place}, and not in the table"));
        }
    }

    /// Compares a row of `staff` with its newest version and with the log.
    pub fn account(&mut self, row: &AccountRow, findings: &mut Findings) {
        let number = &row.number;
        let Some((place, said)) = self.last.remove(number) else {
            findings.add(format_args!("account {number}: in the table, and in no leaf"));
            return;
        };
        let newest = self.newest.get(number);
        let is_newest = newest.is_some_and(|newest| {
            row.record.as_ref() == Some(newest)
                && (row.version, row.site.as_str()) == (newest.value.version, newest.value.site.as_str())
        });
        if !is_newest {
            let roles = |record: Option<&Issued<StaffRecord>>| {
                record.map(|record| format!("{:?}", record.value.roles)).unwrap_or_default()
            };
            findings.add(format_args!(
                "account {number}: version {} with roles {} in the table, and the newest signed one has {}",
                row.version,
                roles(row.record.as_ref()),
                roles(newest)
            ));
        } else if row.row != said.row {
            findings.add(format_args!("account {number}: the row is another one than by {place}"));
        }
    }

    /// Names accounts that the log has and the table has not.
    pub fn end_accounts(&mut self, findings: &mut Findings) {
        for (number, (place, _)) in std::mem::take(&mut self.last) {
            findings.add(format_args!("account {number}: in {place}, and not in the table"));
        }
    }

    /// Returns the people of these numbers as they were known at an instant.
    pub(super) fn known_at(
        &self,
        numbers: impl IntoIterator<Item = StaffNumber>,
        at: At,
    ) -> HashMap<StaffNumber, SiteOperator> {
        let known = |number: StaffNumber| {
            let person = self.people.get(&number)?;
            let versions: Vec<_> = person.versions.iter().filter(|one| one.from <= at).cloned().collect();
            (!versions.is_empty()).then(|| (number.clone(), SiteOperator { number, versions }))
        };
        numbers.into_iter().filter_map(known).collect()
    }
}
