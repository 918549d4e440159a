//! S5: every cell of the table of roles and duties.

use proptest::{prelude::*, sample::subsequence};
use rules::{
    Refusal,
    correction::{CorrectionCommand, Digest, Rejection},
    life::Action,
    permission::{Duty, Role, may_combine, permit},
};

#[test]
fn s5_every_role_has_exactly_its_duties() {
    let (yes, no) = (true, false);
    // Columns: clerk, supervisor, system, security, auditor.
    let table = [
        (Duty::Serve, [yes, yes, no, no, no]),
        (Duty::Unmask, [yes, yes, no, no, no]),
        (Duty::Correct, [yes, yes, no, no, no]),
        (Duty::Approve, [no, yes, no, no, no]),
        (Duty::Void, [no, yes, no, no, no]),
        (Duty::ViewQueue, [yes, yes, yes, yes, yes]),
        (Duty::TransferQueue, [no, yes, no, no, no]),
        (Duty::ResolveConflicts, [no, yes, no, no, no]),
        (Duty::Verify, [yes, yes, no, no, no]),
        (Duty::Journal, [yes, yes, no, no, no]),
        (Duty::Board, [no, yes, no, no, no]),
        (Duty::CheckDevices, [yes, yes, yes, no, no]),
        (Duty::Configure, [no, no, yes, no, no]),
        (Duty::ManageAccounts, [no, no, no, yes, no]),
        (Duty::Audit, [no, no, no, no, yes]),
    ];
    assert_eq!(table.map(|(duty, _)| duty), Duty::ALL);
    for (duty, row) in table {
        for (role, allowed) in Role::ALL.into_iter().zip(row) {
            let expected = if allowed { Ok(()) } else { Err(Refusal::NotPermitted) };
            assert_eq!(permit(&[role], duty), expected, "{role:?} {duty:?}");
        }
    }
}

#[test]
fn s5_every_action_and_correction_command_belongs_to_a_duty() {
    for action in Action::ALL {
        assert_eq!(
            action.duty(),
            if action == Action::Void { Duty::Void } else { Duty::Serve },
            "{action:?}"
        );
    }
    let digest = || Digest::of(b"seen");
    let approve = CorrectionCommand::Approve { digest: digest(), opened: vec![] };
    for (command, duty) in [
        (CorrectionCommand::Submit, Some(Duty::Correct)),
        (CorrectionCommand::Withdraw, Some(Duty::Correct)),
        (approve, Some(Duty::Approve)),
        (
            CorrectionCommand::Reject { rejection: Rejection::EvidenceMissing, documents: Vec::new() },
            Some(Duty::Approve),
        ),
        (CorrectionCommand::Apply { registry_version: 1 }, None),
        (CorrectionCommand::MarkReplaced, None),
    ] {
        assert_eq!(command.duty(), duty, "{command:?}");
    }
}

#[test]
fn s5_system_security_and_audit_need_three_accounts() {
    use Role::{Auditor, Clerk, SecurityAdmin, Supervisor, SystemAdmin};
    for together in [
        &[SystemAdmin, SecurityAdmin][..],
        &[SystemAdmin, Auditor],
        &[SecurityAdmin, Auditor],
        &[Supervisor, Auditor],
        &[Clerk, Auditor],
        &Role::ALL,
        &[],
    ] {
        assert!(!may_combine(together), "{together:?}");
    }
    for together in
        [&[Clerk][..], &[Clerk, Supervisor], &[Supervisor, SystemAdmin], &[Auditor], &[Auditor, Auditor]]
    {
        assert!(may_combine(together), "{together:?}");
    }
}

proptest! {
    #[test]
    fn s5_an_account_may_do_what_any_of_its_roles_may(roles in subsequence(Role::ALL.to_vec(), 0..=5), duty in 0..Duty::ALL.len()) {
        let duty = Duty::ALL[duty];
        prop_assert_eq!(permit(&roles, duty).is_ok(), roles.iter().any(|role| permit(&[*role], duty).is_ok()));
    }

    #[test]
    fn s5_no_permitted_account_has_two_of_the_separate_roles(roles in subsequence(Role::ALL.to_vec(), 0..=5)) {
        if may_combine(&roles) {
            let separate = [Duty::Configure, Duty::ManageAccounts, Duty::Audit];
            prop_assert!(separate.into_iter().filter(|duty| permit(&roles, *duty).is_ok()).count() <= 1);
        }
    }
}
