//! Drafts of corrections: what is left when one cannot be read.

use super::*;
use ::counter::view::CorrectionView;
use rules::Sensitive;

/// Overwrites the draft of the case in front with a text that is no draft of this version.
async fn damage_draft(bench: &Bench, case_number: &str) {
    let case_number = ungrouped(case_number);
    let operator = bench.desk.session.operator().unwrap();
    let drafts = bench.desk.case.drafts(&case_number).await.unwrap();
    assert_eq!(drafts.len(), 1);
    let text = Sensitive::new(r#"{"version":0}"#.to_owned());
    bench.desk.case.save_draft(&operator, &case_number, &drafts[0].form, text).await.unwrap();
}

fn is_noticed(view: &CorrectionView) -> bool {
    view.problems.iter().any(|problem| problem.code == "draft_unreadable")
}

#[tokio::test]
async fn a_draft_that_cannot_be_read_is_an_empty_form_with_a_notice() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, case) = bench.begin_correction().await;
    bench.counter.correction.save(new_name(&id, "张三")).await.unwrap();
    damage_draft(&bench, &case).await;

    // By its id and with F7: one form, and no second one beside it.
    let by_id = bench.counter.correction.view(id.clone()).await.unwrap();
    let by_key = bench.counter.correction.open(Field::Name, None).await.unwrap();
    bench.counter.correction.attend(Some(id.clone())).await.unwrap();
    for view in [by_id, by_key] {
        assert_eq!((&view.id, view.reason), (&id, None));
        assert_eq!(view.typed.as_ref().unwrap().name.as_deref(), Some("张演练"), "as on the chip");
        assert!(is_noticed(&view));
        assert!(view.evidence.iter().any(|piece| piece.kind == EvidenceKind::ChipRead));
    }
    assert_eq!(bench.desk.case.drafts(&ungrouped(&case)).await.unwrap().len(), 1);

    // The notice stays until something is typed; then the form works as any other.
    for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
        bench.adds(&id, kind).await;
    }
    assert!(is_noticed(&bench.counter.correction.view(id.clone()).await.unwrap()));
    let typed = bench.counter.correction.save(new_name(&id, "张三")).await.unwrap();
    assert!(!is_noticed(&typed));
    assert_eq!(bench.counter.correction.submit(id).await.unwrap().state, CorrectionState::Submitted);
}

#[tokio::test]
async fn an_unreadable_draft_of_a_submitted_correction_is_begun_again_from_it() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, case) = bench.begin_correction().await;
    for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
        bench.adds(&id, kind).await;
    }
    bench.counter.correction.save(new_name(&id, "张三")).await.unwrap();
    bench.counter.correction.submit(id.clone()).await.unwrap();
    bench.counter.correction.save(new_name(&id, "张四")).await.unwrap();
    damage_draft(&bench, &case).await;

    let view = bench.counter.correction.view(id.clone()).await.unwrap();
    assert_eq!(view.typed.as_ref().unwrap().name.as_deref(), Some("张三"), "as submitted");
    assert!(is_noticed(&view));

    // The supervisor sees the correction that was submitted.
    bench.gives_place_to(SUPERVISOR).await;
    let shown = bench.counter.correction.view(id).await.unwrap();
    assert_eq!((shown.state, is_noticed(&shown)), (CorrectionState::Submitted, false));
}

#[tokio::test]
async fn an_unreadable_draft_is_begun_again_for_its_own_citizen_and_can_be_withdrawn() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, case) = bench.begin_correction().await;
    damage_draft(&bench, &case).await;
    bench.lift().await;
    bench.serve(&senior(2)).await;
    assert_eq!(bench.counter.correction.view(id.clone()).await.unwrap_err().code, "no_citizen");

    bench.lift().await;
    bench.serve(&senior(1)).await;
    assert_eq!(bench.counter.correction.withdraw(id).await.unwrap().state, CorrectionState::Withdrawn);
    assert!(bench.desk.case.drafts(&ungrouped(&case)).await.unwrap().is_empty());
}
