//! Who may do what at a desk, and who proves for the weighty steps that it is still them.

use desk::{
    error::DeskError,
    issue::VoidRequest,
    session::{Credentials, Operator},
    store::{
        Page,
        audit::{AuditQuery, Event},
        queue::QueueFilter,
    },
};
use fixture::{
    Fixture, PASSWORD, clerk, correction, credentials, password_hash, senior, staff, supervisor, told_of,
    until, wish,
};
use rules::{
    Refusal, Sensitive,
    correction::State,
    life::CodeState,
    permission::{Duty, Role, permit},
    wire::{Staff, Verdict},
};
use std::path::Path;

const FIRST: Page = Page { offset: 0, limit: 50 };

/// A desk without the centre that knows a clerk and two supervisors.
async fn staffed() -> Fixture {
    let mut fixture = Fixture::new().await;
    let hash = password_hash();
    let (clerks, supervisors) = ([Role::Clerk], supervisor().roles);
    let people = vec![
        staff("1001", &hash, &clerks),
        staff("2001", &hash, &supervisors),
        staff("2002", &hash, &supervisors),
    ];
    told_of(&fixture, people).await;
    fixture.centre.stop().await;
    fixture
}

fn one_of(role: Role) -> Operator {
    Operator { staff: "9001".parse().unwrap(), name: Sensitive::new("演练".to_owned()), roles: vec![role] }
}

/// Those who may not.
fn others(duty: Duty) -> impl Iterator<Item = Operator> {
    Role::ALL.into_iter().filter(move |role| !duty.roles().contains(role)).map(one_of)
}

fn assert_not_permitted<T: std::fmt::Debug>(done: Result<T, DeskError>, operator: &Operator) {
    assert_eq!(done.unwrap_err().code(), Refusal::NotPermitted.code(), "{:?}", operator.roles);
}

#[tokio::test]
async fn s4_an_approval_takes_the_approvers_own_password_and_nobody_elses() {
    let fixture = staffed().await;
    let desk = &fixture.desk;
    let record = correction::hand_in(desk, &senior(1)).await;
    correction::open_evidence(desk, &record).await;
    for somebody_else in ["1001", "2002"] {
        let proof = desk.session.reauthenticate(&credentials(somebody_else, PASSWORD)).await.unwrap();
        let refused = correction::approve(desk, &record, proof).await.unwrap_err();
        assert_eq!(refused.code(), Refusal::ReauthenticationNeeded.code(), "{somebody_else}");
    }
    let wrong = desk.session.reauthenticate(&credentials("2001", "something else")).await.unwrap_err();
    assert_eq!(wrong.code(), "login_failed");
    let state = async || desk.correction.get(record.correction.id).await.unwrap().correction.state;
    assert!(matches!(state().await, State::Submitted { .. }));
    let own = desk.session.reauthenticate(&credentials("2001", PASSWORD)).await.unwrap();
    correction::approve(desk, &record, own).await.unwrap();
    assert!(matches!(state().await, State::Approved { .. }));
}

#[tokio::test]
async fn s4_a_void_takes_the_supervisors_own_password_and_nobody_elses() {
    let fixture = staffed().await;
    let desk = &fixture.desk;
    let request = wish(desk, &senior(1)).await;
    let issued = desk.issue.new_code(&clerk(), &request).await.unwrap();
    let void = VoidRequest {
        case_number: request.case_number.clone(),
        serial: issued.serial,
        number: request.number.clone(),
        reason: "领取人不符".to_owned(),
    };
    for somebody_else in ["1001", "2002"] {
        let proof = desk.session.reauthenticate(&credentials(somebody_else, PASSWORD)).await.unwrap();
        let refused = desk.issue.void(&supervisor(), proof, &void).await.unwrap_err();
        assert_eq!(refused.code(), DeskError::ReauthenticationNeeded.code(), "{somebody_else}");
    }
    let state = async || desk.citizen.read(&request.number, None).await.unwrap().codes[0].code.state;
    assert_eq!(state().await, CodeState::Live);
    let own = desk.session.reauthenticate(&credentials("2001", PASSWORD)).await.unwrap();
    desk.issue.void(&supervisor(), own, &void).await.unwrap();
    assert_eq!(state().await, CodeState::Voided);
}

#[tokio::test]
async fn s5_a_conflict_is_closed_by_a_supervisor_only() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().verdicts.insert(1, Verdict::NotEligible);
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(), &wish(desk, &senior(1)).await).await.unwrap();
    let task = tokio::spawn(desk.clone().run_sync());
    let open = async || desk.lists.conflicts.page(true, FIRST).await.unwrap().total;
    until(async || open().await == 1).await;
    task.abort();
    for operator in others(Duty::ResolveConflicts) {
        assert_not_permitted(desk.lists.conflicts.resolve(&operator, (1, 1), "called back").await, &operator);
        assert_eq!(open().await, 1);
    }
    desk.lists.conflicts.resolve(&supervisor(), (1, 1), "called back").await.unwrap();
    assert_eq!(open().await, 0);
}

#[tokio::test]
async fn s5_the_queue_leaves_and_enters_the_house_through_a_supervisor_only() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(), &wish(desk, &senior(1)).await).await.unwrap();
    let phrase = Sensitive::new("carry it by hand".to_owned());
    let out = tempfile::tempdir().unwrap();
    let carried = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    for operator in others(Duty::TransferQueue) {
        assert_not_permitted(desk.transfer.export(&operator, out.path(), &phrase).await, &operator);
    }
    assert_eq!(carried(out.path()), 0);
    let path = desk.transfer.export(&supervisor(), out.path(), &phrase).await.unwrap();
    assert_eq!(carried(out.path()), 1);
    for operator in others(Duty::TransferQueue) {
        assert_not_permitted(desk.transfer.import(&operator, &path, &phrase).await, &operator);
    }
    let query = AuditQuery { event: Some(Event::QueueImported), ..AuditQuery::default() };
    assert_eq!(desk.lists.audit.search(&fixture::auditor(), &query, FIRST).await.unwrap().total, 0);
    assert_eq!(desk.transfer.import(&supervisor(), &path, &phrase).await.unwrap(), 1);
}

#[tokio::test]
async fn s5_each_list_and_each_service_is_for_those_whose_duty_it_is() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let (number, today) = (senior(1), desk.read_clock().at.day());
    let record = correction::hand_in(desk, &number).await;
    let (id, page) = (record.correction.id, &record.correction.content.evidence[0].digest);
    let nobody = Operator { roles: Vec::new(), ..one_of(Role::Clerk) };
    for operator in Role::ALL.into_iter().map(one_of).chain([nobody]) {
        let mut export = Vec::new();
        let asked = [
            (Duty::Serve, desk.case.open(&operator, None).await.map(drop)),
            (Duty::Serve, desk.citizen.look_up(&operator, &number).await.map(drop)),
            (Duty::Verify, desk.verification.verify(&operator, "no symbol of ours").await.map(drop)),
            (Duty::Approve, desk.correction.open_evidence(&operator, id, page).await),
            (Duty::Journal, desk.lists.day.journal(&operator, today).await.map(drop)),
            (Duty::ViewQueue, desk.lists.queue.page(&operator, QueueFilter::All, "", FIRST).await.map(drop)),
            (Duty::Audit, desk.lists.audit.search(&operator, &AuditQuery::default(), FIRST).await.map(drop)),
            (Duty::Audit, desk.lists.audit.check(&operator).await.map(drop)),
            (Duty::Audit, desk.lists.audit.export(&operator, &mut export).await.map(drop)),
            (Duty::Configure, desk.settings.change(&operator, "practice", &1).await),
            (Duty::ManageAccounts, desk.session.accounts(&operator).await.map(drop)),
        ];
        for (nth, (duty, done)) in asked.into_iter().enumerate() {
            let code = done.err().map(|error| error.code());
            let may = permit(&operator.roles, duty).is_ok();
            let refused = (!may).then(|| Refusal::NotPermitted.code());
            assert_eq!(code, refused, "{nth}: {duty:?} by {:?}", operator.roles);
        }
        assert_eq!(export.is_empty(), !operator.roles.contains(&Role::Auditor));
    }
}

#[tokio::test]
async fn s4_who_was_dismissed_does_not_log_in_with_or_without_the_centre() {
    let mut fixture = Fixture::new().await;
    let hash = password_hash();
    let totp_secret = Some(Sensitive::new(fixture::TOTP_SECRET.to_owned()));
    let plain = staff("1001", &hash, &[Role::Clerk]);
    let with_factor = Staff { totp_secret, ..staff("1002", &hash, &[Role::Clerk]) };
    told_of(&fixture, vec![plain.clone(), with_factor.clone()]).await;
    fixture.centre.stop().await;
    let desk = fixture.desk.clone();
    let second = || Credentials {
        second_factor: Some(Sensitive::new(fixture::totp())),
        ..credentials("1002", PASSWORD)
    };
    let first = || credentials("1001", PASSWORD);
    desk.session.log_in(&first()).await.unwrap();
    desk.session.log_in(&second()).await.unwrap();

    fixture.centre.start_again().await;
    let dismissed = [&plain, &with_factor].map(|who| Staff { active: false, version: 2, ..who.clone() });
    // The earlier word may come once more behind the later one.
    told_of(&fixture, [dismissed.to_vec(), vec![plain, with_factor]].concat()).await;
    for centre_vouches in [true, false] {
        if centre_vouches {
            let known = ["1001", "1002"].map(|who| (who.to_owned(), PASSWORD.to_owned()));
            fixture.centre.mind().passwords.extend(known);
        } else {
            fixture.centre.stop().await;
        }
        // Nor does the desk say that the password was right.
        for typed in [first(), second(), credentials("1002", PASSWORD)] {
            assert_eq!(
                desk.session.log_in(&typed).await.unwrap_err().code(),
                "login_failed",
                "{centre_vouches}"
            );
        }
        assert_eq!(desk.session.reauthenticate(&first()).await.unwrap_err().code(), "login_failed");
    }
}
