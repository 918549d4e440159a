//! What the citizen takes home: the notice says to them, and not to the clerk, what is missing.

use super::{masked::with_printer, *};
use ::counter::view::Paper;
use fixture::view;
use rules::{Day, correction::Rejection, time::day_in_chinese};

/// Words that only a clerk can act on.
const FOR_THE_CLERK: [&str; 6] = ["请告知", "请申请人", "当事人", "残联", "本机", "打印告知书"];

/// The notice for somebody in the registry, and the day it is given on.
async fn notice_of(born: fn(Day) -> Day) -> (String, Day) {
    let (mut bench, printer) = with_printer().await;
    bench.centre.start_again().await;
    bench.log_in(CLERK).await;
    let today = bench.desk.read_clock().at.day();
    let number = number(&born(today).strftime("%Y%m%d").to_string(), 1);
    bench.centre.mind().views.insert(number.clone(), view(&number, "张演练"));
    bench.serve(&number).await;
    bench.counter.papers.print(Paper::Notice).await.unwrap();
    let notice = printer.text(1).await;
    for words in FOR_THE_CLERK {
        assert!(!notice.contains(words), "{words}: {notice}");
    }
    (notice, today)
}

#[tokio::test]
async fn e2_who_turns_60_tomorrow_is_told_so_and_sent_nowhere_else() {
    let (notice, today) = notice_of(|today| {
        let tomorrow = today.tomorrow().unwrap();
        tomorrow.with().year(tomorrow.year() - 60).build().unwrap()
    })
    .await;
    assert!(notice.contains("还差1天满60周岁"), "{notice}");
    assert!(notice.contains(&day_in_chinese(today.tomorrow().unwrap())), "{notice}");
}

/// A correction was sent back because documents are missing: the approver says which.
#[tokio::test]
async fn cr_e1_the_notice_lists_the_documents_that_were_ticked() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    let id = handed_in(&bench, 1, "张研练").await;
    bench.gives_place_to(SUPERVISOR).await;
    let reject = async |documents: &[EvidenceKind]| {
        let why = (Rejection::EvidenceMissing, documents.to_vec());
        bench.counter.approval.reject(id.clone(), 1, why, PASSWORD.to_owned().into()).await
    };
    assert_eq!(reject(&[]).await.unwrap_err().code, "documents_not_named");
    let ticked = [EvidenceKind::HouseholdBookChangePage, EvidenceKind::NewCardScan];
    let view = reject(&ticked).await.unwrap();
    assert_eq!((view.rejection, view.documents.as_slice()), (Some(Rejection::EvidenceMissing), &ticked[..]));

    bench.gives_place_to(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.counter.papers.print(Paper::Notice).await.unwrap();
    let notice = printer.text(1).await;
    for line in ["一次性告知书", "√居民户口簿变更页（原件）", "√新领取的居民身份证（原件）", "备齐后"]
    {
        assert!(notice.contains(line), "{line}: {notice}");
    }
    assert!(!notice.contains("E1") && !notice.contains("出生医学证明"), "{notice}");
}

/// F8 on a draft: the citizen is sent home with a list of what the draft lacks.
#[tokio::test]
async fn the_notice_of_a_draft_ticks_the_documents_that_are_missing() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, _) = bench.begin_correction().await;
    let print = async || bench.counter.correction.print_missing(&id).await.map_err(|failure| failure.code);
    assert_eq!(print().await.unwrap_err(), "reason_missing", "nobody knows yet what is needed");
    bench.adds(&id, EvidenceKind::NewCardScan).await;
    bench.counter.correction.save(new_name(&id, "张研练")).await.unwrap();
    let shown = print().await.unwrap();
    assert_eq!(shown.step, Step::Citizen);
    let notice = printer.text(1).await;
    for words in ["姓名更正", "请补齐以下材料", "√居民户口簿变更页（原件）", &senior(1).masked()]
    {
        assert!(notice.contains(words), "{words}: {notice}");
    }
    for words in ["√新领取", "张研练", senior(1).expose()].into_iter().chain(FOR_THE_CLERK) {
        assert!(!notice.contains(words), "{words}: {notice}");
    }
    bench.adds(&id, EvidenceKind::HouseholdBookChangePage).await;
    assert_eq!(print().await.unwrap_err(), "nothing_missing");
    // The draft waits for the citizen to come again.
    bench.lift().await;
    assert_eq!(bench.suspended().await.len(), 1);
}

#[tokio::test]
async fn a_correction_that_was_handed_in_has_a_receipt_and_a_draft_has_none() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(2)).await;
    let (draft, _) = bench.begin_correction().await;
    assert_eq!(bench.counter.papers.print_accepted(&draft).await.unwrap_err().code, "correction_unknown");
    bench.lift().await;
    bench.counter.case.next_citizen().await.unwrap();

    let id = handed_in(&bench, 1, "张研练").await;
    bench.counter.papers.print_accepted(&id).await.unwrap();
    let receipt = printer.text(1).await;
    let case_number = bench.counter.correction.view(id.clone()).await.unwrap().case_number.unwrap();
    for words in ["受理回执", "姓名更正", "张**", &senior(1).masked(), &case_number, "查询结果"]
    {
        assert!(receipt.contains(words), "{words}: {receipt}");
    }
    for words in ["办结", "张研练", "张演练", senior(1).expose()] {
        assert!(!receipt.contains(words), "{words}: {receipt}");
    }
    bench.counter.correction.withdraw(id.clone()).await.unwrap();
    assert!(bench.counter.papers.print_accepted(&id).await.is_err(), "nothing is accepted any more");
}

#[tokio::test]
async fn e3_a_healthy_38_year_old_is_told_of_the_code_on_the_phone() {
    let (notice, _) = notice_of(|today| today.with().year(today.year() - 38).day(1).build().unwrap()).await;
    assert!(notice.contains("手机上的随申码") && !notice.contains("还差"), "{notice}");
    assert!(notice.contains("不予受理告知书") && !notice.contains("备齐"), "{notice}");
}
