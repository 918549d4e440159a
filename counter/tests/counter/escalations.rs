//! What a kiosk or the portal filed is answered for its citizen and for nobody else.

use super::*;
use counter::view::{FormField, TimelineEntryView};
use fixture::heard;
use rules::{
    correction::Dismissal,
    op::{OpBody, Operation},
    wire::{Change, Channel, Escalation},
};
use uuid::Uuid;

#[tokio::test]
async fn an_escalation_opens_a_correction_for_its_citizen_only_and_for_its_field_only() {
    let bench = Bench::told_of_escalation().await;
    bench.log_in(CLERK).await;
    let escalation = bench.counter.escalation.list().await.unwrap()[0].id.clone();
    let open = async |field| bench.counter.correction.open(field, Some(escalation.clone())).await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "no_citizen");

    bench.serve(&senior(2)).await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "escalation_of_another");
    assert_eq!(bench.settled().await.case_number, None, "nothing was begun");
    // Nor is the correction shown that they began themselves.
    bench.begin_correction().await;
    assert_eq!(open(Field::Name).await.unwrap_err().code, "escalation_of_another");

    bench.lift().await;
    bench.serve(&senior(1)).await;
    assert_eq!(open(Field::Photo).await.unwrap_err().code, "escalation_of_another");
    open(Field::Name).await.unwrap();
}

#[tokio::test]
async fn an_escalation_that_needs_no_correction_is_closed_once_and_with_its_reason() {
    let bench = Bench::told_of_escalation().await;
    bench.log_in(CLERK).await;
    let id = bench.counter.escalation.list().await.unwrap()[0].id.clone();
    let dismiss = async |reason| {
        bench.counter.escalation.dismiss(id.clone(), reason).await.map_err(|failure| failure.code)
    };
    // A correction under way answers it.
    bench.serve(&senior(1)).await;
    let view = bench.counter.correction.open(Field::Name, Some(id.clone())).await.unwrap();
    bench.adds(&view.id, EvidenceKind::NewCardScan).await;
    bench.adds(&view.id, EvidenceKind::HouseholdBookChangePage).await;
    bench.counter.correction.save(new_name(&view.id, "张研练")).await.unwrap();
    bench.counter.correction.submit(view.id.clone()).await.unwrap();
    assert_eq!(dismiss(Dismissal::RegisteredRightly).await.unwrap_err(), "correction_open");
    bench.counter.correction.withdraw(view.id).await.unwrap();

    assert_eq!(dismiss(Dismissal::RegisteredRightly).await.unwrap(), []);
    let still_shown = |view: &CounterView| {
        view.timeline.iter().any(|entry| matches!(entry, TimelineEntryView::Escalation { .. }))
    };
    assert!(!still_shown(&bench.settled().await));
    assert_eq!(dismiss(Dismissal::Duplicate).await.unwrap_err(), "escalation_closed");
    let mut read = bench.desk.store().readers().acquire().await.unwrap();
    let written: Vec<String> =
        sqlx::query_scalar("SELECT record FROM operation WHERE kind = 'escalation_dismissed'")
            .fetch_all(&mut *read)
            .await
            .unwrap();
    let [written] = written.as_slice() else { panic!("{} operations", written.len()) };
    let operation: Operation = serde_json::from_str(written).unwrap();
    let body = OpBody::EscalationDismissed { id: Uuid::from_u128(7), reason: Dismissal::RegisteredRightly };
    assert_eq!((operation.body, operation.operator.as_str()), (body, CLERK));
    assert!(operation.case_number.is_some(), "it belongs to the case in hand");
}

#[tokio::test]
async fn f3_finds_what_a_kiosk_filed_by_the_number_on_its_ticket_until_it_is_answered() {
    let bench = Bench::told_of_escalation().await;
    bench.log_in(CLERK).await;
    let number = bench.counter.escalation.list().await.unwrap()[0].number.clone();
    assert_eq!(number, "0000-0007", "as the kiosk prints it");
    let find = async |typed: &str| bench.counter.escalation.find(typed.to_owned()).await;
    for typed in [number.as_str(), "00000007", " 0000 0007 "] {
        let found = find(typed).await.unwrap();
        assert_eq!(
            (found.cases, found.escalations),
            (vec![], bench.counter.escalation.list().await.unwrap())
        );
    }
    let unknown = find("1a2b-3c4d").await.unwrap_err();
    assert_eq!((unknown.code.as_str(), unknown.field), ("case_unknown", Some(FormField::CaseNumber)));

    bench.serve(&senior(1)).await;
    let shown = bench.issue(agreed(), Action::Apply).await.case_number.unwrap();
    let digits = shown.replace('-', "");
    let by_part = find(&digits[digits.len() - 8..]).await.unwrap();
    assert_eq!(by_part.cases.len(), 1, "eight digits of a case's number are still found");

    let id = bench.counter.escalation.list().await.unwrap()[0].id.clone();
    bench.counter.escalation.dismiss(id, Dismissal::RegisteredRightly).await.unwrap();
    assert_eq!(find(&number).await.unwrap_err().code, "escalation_closed");
}

impl Bench {
    /// A counter that was told of an escalation of the first senior's name.
    async fn told_of_escalation() -> Self {
        let fixture = Self::staffed().await;
        let filed = Escalation {
            id: Uuid::from_u128(7),
            number: senior(1),
            masked_name: "张**".to_owned(),
            field: Field::Name,
            channel: Channel::Kiosk,
            at: fixture.desk.read_clock().at,
            remark: None,
            closed: false,
            dismissed: None,
        };
        fixture.centre.mind().changes.push(Change::Escalation(Box::new(filed)));
        heard(&fixture).await;
        let mut bench = Self::of(fixture).await;
        bench.centre.stop().await;
        bench
    }
}
