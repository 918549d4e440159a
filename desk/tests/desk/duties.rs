//! Who may do what at a desk, and who proves for the weighty steps that it is still them.

use desk::{
    Desk,
    error::DeskError,
    session::Operator,
    store::{
        Page,
        audit::{AuditQuery, Event},
        queue::QueueFilter,
    },
};
use fixture::{Fixture, auditor, clerk, correction, operator, senior, supervisor, until, wish};
use rules::{
    Refusal,
    permission::{Duty, Role, permit},
    wire::Verdict,
};
use std::path::Path;

const FIRST: Page = Page { offset: 0, limit: 50 };

fn one_of(desk: &Desk, role: Role) -> Operator {
    operator(desk, "9001", &[role])
}

/// Those who may not.
fn others(desk: &Desk, duty: Duty) -> impl Iterator<Item = Operator> {
    Role::ALL.into_iter().filter(move |role| !duty.roles().contains(role)).map(|role| one_of(desk, role))
}

fn assert_not_permitted<T: std::fmt::Debug>(done: Result<T, DeskError>, operator: &Operator) {
    assert_eq!(done.unwrap_err().code(), Refusal::NotPermitted.code(), "{:?}", operator.roles);
}

#[tokio::test]
async fn s5_a_conflict_is_closed_by_a_supervisor_only() {
    let fixture = Fixture::new().await;
    fixture.centre.mind().verdicts.insert(1, Verdict::NotEligible);
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let task = tokio::spawn(desk.clone().run_sync());
    let open = async || desk.lists.conflicts.page(true, FIRST).await.unwrap().total;
    until(async || open().await == 1).await;
    task.abort();
    for operator in others(desk, Duty::ResolveConflicts) {
        assert_not_permitted(desk.lists.conflicts.resolve(&operator, (1, 1), "called back").await, &operator);
        assert_eq!(open().await, 1);
    }
    desk.lists.conflicts.resolve(&supervisor(desk), (1, 1), "called back").await.unwrap();
    assert_eq!(open().await, 0);
}

#[tokio::test]
async fn s5_the_queue_leaves_and_enters_the_house_through_a_supervisor_only() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    desk.issue.new_code(&clerk(desk), &wish(desk, &senior(1)).await).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let carried = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
    for operator in others(desk, Duty::TransferQueue) {
        assert_not_permitted(desk.transfer.export(&operator, out.path()).await, &operator);
    }
    assert_eq!(carried(out.path()), 0);
    let path = desk.transfer.export(&supervisor(desk), out.path()).await.unwrap();
    assert_eq!(carried(out.path()), 1);
    for operator in others(desk, Duty::TransferQueue) {
        assert_not_permitted(desk.transfer.import(&operator, &path).await, &operator);
    }
    let query = AuditQuery { event: Some(Event::QueueImported), ..AuditQuery::default() };
    assert_eq!(desk.lists.audit.search(&auditor(desk), &query, FIRST).await.unwrap().total, 0);
    assert_eq!(desk.transfer.import(&supervisor(desk), &path).await.unwrap(), 1);
}

#[tokio::test]
async fn s5_each_list_and_each_service_is_for_those_whose_duty_it_is() {
    let fixture = Fixture::new().await;
    let desk = &fixture.desk;
    let (number, today) = (senior(1), desk.read_clock().at.day());
    let record = correction::hand_in(desk, &number).await;
    let (id, page) = (record.correction.id, &record.correction.content.evidence[0].digest);
    let nobody = Operator { roles: Vec::new(), ..one_of(desk, Role::Clerk) };
    for operator in Role::ALL.into_iter().map(|role| one_of(desk, role)).chain([nobody]) {
        let mut export = Vec::new();
        let asked = [
            (Duty::Serve, desk.case.open(&operator, None).await.map(drop)),
            (Duty::Serve, desk.citizen.look_up(&operator, &number).await.map(drop)),
            (Duty::Verify, desk.verification.verify(&operator, "no symbol of ours").await.map(drop)),
            (Duty::Approve, desk.correction.open_evidence(&operator, id, page).await),
            (Duty::Journal, desk.lists.day.journal(&operator, today).await.map(drop)),
            (Duty::Board, desk.lists.board.staff_names(&operator).await.map(drop)),
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
