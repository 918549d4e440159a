//! Accounts: whose word changes them, and lists of staff.

use crate::support::{key, staff};
use rules::{
    At, DeviceNumber, Language, Refusal, Sensitive,
    account::{AccountAct, AccountChange, AccountCommand, NewAccount, oversees, read_accounts},
    authority::StaffRecord,
    digest::Digest,
    keys::Signer as _,
    permission::Role,
};
use uuid::Uuid;

const SITE: &str = "310101";
const NOW: At = At(1_000);

fn person(number: &str, roles: &[Role]) -> StaffRecord {
    StaffRecord {
        number: staff(number),
        name: Sensitive::new("王小明".to_owned()),
        site: SITE.parse().unwrap(),
        roles: roles.to_vec(),
        public_key: key(3).public_key(),
        active: true,
        from: At(0),
        version: 4,
    }
}

fn administrator() -> StaffRecord {
    person("S1", &[Role::SecurityAdmin])
}

fn colleague() -> StaffRecord {
    person("S2", &[Role::SecurityAdmin])
}

fn act(command: AccountCommand) -> AccountAct {
    AccountAct { id: Uuid::nil(), device: DeviceNumber(1), by: staff("S1"), at: NOW, command }
}

fn change(number: &str, change: AccountChange) -> AccountAct {
    act(AccountCommand::Change { number: staff(number), version: 4, change })
}

fn add(roles: &[&[Role]]) -> AccountAct {
    let account = |(at, roles): (usize, &&[Role])| NewAccount {
        number: staff(&format!("N{at}")),
        name: Sensitive::new("李安".to_owned()),
        roles: roles.to_vec(),
        code: Digest::of(b"code"),
    };
    act(AccountCommand::Add { accounts: roles.iter().enumerate().map(account).collect() })
}

fn judged(act: &AccountAct, target: &StaffRecord) -> Result<StaffRecord, Refusal> {
    let records = act.judge(&administrator(), None, Some(target), NOW)?;
    Ok(records.into_iter().next().unwrap())
}

#[test]
fn one_security_administrator_changes_clerks_and_supervisors_of_the_own_site() {
    let clerk = person("C1", &[Role::Clerk]);
    let roles = vec![Role::Supervisor, Role::Clerk, Role::Clerk];
    let promoted = judged(&change("C1", AccountChange::Roles { roles }), &clerk).unwrap();
    assert_eq!(promoted.roles, [Role::Clerk, Role::Supervisor]);
    assert_eq!((promoted.from, promoted.active), (NOW, true));
    assert!(!judged(&change("C1", AccountChange::Disable), &clerk).unwrap().active);
    let away = StaffRecord { active: false, ..clerk.clone() };
    assert!(judged(&change("C1", AccountChange::Enable), &away).unwrap().active);
    let elsewhere = StaffRecord { site: "310104".parse().unwrap(), ..clerk.clone() };
    assert_eq!(judged(&change("C1", AccountChange::Disable), &elsewhere), Err(Refusal::AccountUnknown));
    let newer = StaffRecord { version: 5, ..clerk };
    assert_eq!(judged(&change("C1", AccountChange::Disable), &newer), Err(Refusal::AccountChanged));
    let own = judged(&change("S1", AccountChange::Enable), &administrator());
    assert_eq!(own, Err(Refusal::OwnAccount));
}

#[test]
fn who_moves_is_enabled_by_the_administrator_of_the_new_site() {
    let site = "310104".to_owned();
    let moved = judged(
        &change("C1", AccountChange::Move { site: site.parse().unwrap() }),
        &person("C1", &[Role::Clerk]),
    )
    .unwrap();
    assert_eq!((moved.site.as_str(), moved.active), ("310104", false));
}

#[test]
fn nobody_else_than_an_active_security_administrator_acts() {
    let clerk = person("C1", &[Role::Clerk]);
    let act = change("C1", AccountChange::Disable);
    let dismissed = StaffRecord { active: false, ..administrator() };
    for by in [dismissed].into_iter().chain(
        [Role::Clerk, Role::Supervisor, Role::SystemAdmin, Role::Auditor].map(|role| person("S1", &[role])),
    ) {
        assert_eq!(act.judge(&by, None, Some(&clerk), NOW), Err(Refusal::NotPermitted), "{:?}", by.roles);
    }
}

#[test]
fn two_sign_what_touches_an_administrator_or_auditor_or_ends_a_second_factor() {
    let code = Digest::of(b"code");
    for overseer in [Role::SystemAdmin, Role::SecurityAdmin, Role::Auditor] {
        assert!(oversees(&[overseer]));
        let target = person("C1", &[overseer]);
        for alone in [
            change("C1", AccountChange::ResetPassword { code: code.clone() }),
            change("C1", AccountChange::Enable),
            change("C1", AccountChange::Roles { roles: vec![Role::Clerk] }),
            change("C1", AccountChange::Move { site: "310104".parse().unwrap() }),
            change("C1", AccountChange::ResetSecondFactor),
        ] {
            let refused = alone.judge(&administrator(), None, Some(&target), NOW);
            assert_eq!(refused, Err(Refusal::SecondAdministratorNeeded), "{}", alone.word());
            assert!(alone.judge(&administrator(), Some(&colleague()), Some(&target), NOW).is_ok());
        }
        // Stopping somebody must not wait.
        assert!(judged(&change("C1", AccountChange::Disable), &target).is_ok());
        assert_eq!(
            judged(
                &change("C1", AccountChange::Roles { roles: vec![overseer] }),
                &person("C1", &[Role::Clerk])
            ),
            Err(Refusal::SecondAdministratorNeeded)
        );
        assert!(add(&[&[Role::Clerk], &[overseer]]).command.needs_second(None));
    }
    let clerk = person("C1", &[Role::Clerk]);
    let reset = change("C1", AccountChange::ResetSecondFactor);
    assert_eq!(judged(&reset, &clerk), Err(Refusal::SecondAdministratorNeeded));
    assert!(judged(&change("C1", AccountChange::ResetPassword { code }), &clerk).is_ok());
    // Neither the same person, nor whom it concerns, nor somebody who may not.
    let elsewhere = StaffRecord { site: "310104".parse().unwrap(), ..colleague() };
    for (second, why) in [
        (administrator(), Refusal::SecondAdministratorNeeded),
        (person("C1", &[Role::SecurityAdmin]), Refusal::SecondAdministratorNeeded),
        (person("C9", &[Role::Supervisor]), Refusal::NotPermitted),
        (elsewhere, Refusal::NotPermitted),
    ] {
        assert_eq!(reset.judge(&administrator(), Some(&second), Some(&clerk), NOW), Err(why));
    }
}

#[test]
fn accounts_are_added_to_the_own_site_each_number_once() {
    let added = add(&[&[Role::Clerk], &[Role::Supervisor]]).judge(&administrator(), None, None, NOW).unwrap();
    assert!(added.iter().all(|record| record.site.as_str() == SITE && record.active && record.version == 1));
    let hats = add(&[&[Role::SystemAdmin, Role::SecurityAdmin]]);
    assert_eq!(hats.judge(&administrator(), None, None, NOW), Err(Refusal::RolesDoNotCombine));
    let AccountCommand::Add { mut accounts } = add(&[&[Role::Clerk]]).command else { unreachable!() };
    accounts.push(accounts[0].clone());
    let twice = act(AccountCommand::Add { accounts });
    assert_eq!(twice.judge(&administrator(), None, None, NOW), Err(Refusal::AccountExists));
    assert!(add(&[]).judge(&administrator(), None, None, NOW).is_err());
}

#[test]
fn every_wrong_line_of_five_hundred_is_named_with_its_reason() {
    let mut text = String::from("姓名,工号,角色\r\n");
    let wrong = [
        (",A900,窗口人员", "staff_name_wrong"),
        ("王小明,12-34,窗口人员", "staff_number_wrong"),
        ("王小明,,窗口人员", "staff_number_wrong"),
        ("王小明,A901,局长", "staff_role_wrong"),
        ("王小明,A902,", "staff_role_wrong"),
        ("王小明,A903,系统管理员;安全管理员", "staff_refused"),
        ("王小明,A000,窗口人员", "staff_repeated"),
        ("王小明,A904,审计员、窗口人员", "staff_refused"),
        ("\t,A905,主管", "staff_name_wrong"),
        ("王小明,ABCDE1,主管", "staff_number_wrong"),
    ];
    let mut expected = Vec::new();
    for at in 0..500_usize {
        if at % 25 == 7 {
            let (line, code) = wrong[expected.len() % wrong.len()];
            text.push_str(line);
            expected.push((u32::try_from(at).unwrap() + 2, code));
        } else {
            text.push_str(&format!("王{at},A{at:03},clerk"));
        }
        text.push_str("\r\n");
    }
    let list = read_accounts(text.as_bytes()).unwrap();
    assert_eq!((list.accounts.len(), list.wrong.len()), (480, 20));
    let named: Vec<(u32, &str)> = list.wrong.iter().map(|row| (row.line, row.why.code())).collect();
    assert_eq!(named, expected);
    assert!(list.wrong.iter().all(|row| !row.why.message(Language::Chinese).is_empty()));
    // What the centre has already is named too, in the order of the file.
    let mut list = list;
    list.without(&[staff("A003"), staff("A400")]);
    assert_eq!((list.accounts.len(), list.wrong.len()), (478, 22));
    assert!(list.wrong.is_sorted_by_key(|row| row.line));
}

#[test]
fn a_list_without_its_header_is_refused_whole() {
    for (text, code) in [
        ("王小明,A1,窗口人员", "staff_columns"),
        ("工号,姓名\nA1,王小明", "staff_columns"),
        ("", "list_empty"),
        ("工号,姓名,角色\n", "list_empty"),
    ] {
        assert_eq!(read_accounts(text.as_bytes()).unwrap_err().code(), code, "{text}");
    }
    let list = read_accounts("Number;Name;Roles\nA1;Wang;clerk,supervisor\n".as_bytes()).unwrap();
    assert_eq!(list.accounts[0].roles, [Role::Clerk, Role::Supervisor]);
}

#[test]
fn no_cell_of_a_file_of_codes_is_a_formula() {
    assert_eq!(rules::list::csv_line(&["A1", "=1+1", "a\"b"]), "\"A1\",\"'=1+1\",\"a\"\"b\"\r\n");
}
