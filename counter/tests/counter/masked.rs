//! What shows a citizen to others: papers, lists and the citizen window have name and number masked
//! (M1, M2, M4). The full name stands on the sheet, and on the citizen window while it is checked.

use super::*;
use ::counter::{
    DeskConfig,
    view::{CitizenStage, CitizenWindowView, PageInput, Paper},
};
use fixture::{printer::TestPrinter, until, view};
use rules::{correction::Digest, wire::Verdict};

const NAME: &str = "张演练";
const MASKED_NAME: &str = "张**";

/// A bench with a printer.
pub(super) async fn with_printer() -> (Bench, TestPrinter) {
    let (bench, printer) = (Bench::open().await, TestPrinter::start().await);
    bench.desk.store().close().await;
    let mut config = DeskConfig::load(bench.folder.path()).unwrap();
    config.printer.uri = printer.uri.clone();
    config.save(bench.folder.path()).unwrap();
    let counter = Counter::open(bench.folder.path().to_owned()).await;
    (Bench { desk: counter.desk().unwrap(), counter, ..bench }, printer)
}

/// Nothing but masks, whoever finds it.
fn assert_masked(shown: &str, number: &IdNumber) {
    assert!(shown.contains(&number.masked()), "{shown}");
    assert!(shown.contains(MASKED_NAME), "{shown}");
    assert!(!shown.contains(number.expose()), "{shown}");
    assert!(!shown.contains(NAME), "{shown}");
}

#[tokio::test]
async fn m1_a_sheet_has_the_full_name_and_the_number_masked() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    bench.counter.papers.print(Paper::Sheet).await.unwrap();
    for nth in [1, 2] {
        let sheet = printer.text(nth).await;
        assert!(sheet.contains(NAME) && sheet.contains(&senior(1).masked()), "{sheet}");
        assert!(!sheet.contains(senior(1).expose()), "{sheet}");
    }
}

#[tokio::test]
async fn m1_m2_a_receipt_and_a_notice_have_name_and_number_masked() {
    let (bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    printer.text(1).await; // the sheet
    bench.counter.papers.print(Paper::Receipt).await.unwrap();
    assert_masked(&printer.text(2).await, &senior(1));
    bench.counter.papers.print(Paper::Notice).await.unwrap();
    assert_masked(&printer.text(3).await, &senior(1));
}

#[tokio::test]
async fn m1_m2_queue_conflicts_and_their_notice_have_name_and_number_masked() {
    let (mut bench, printer) = with_printer().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    bench.centre.mind().verdicts.insert(1, Verdict::NotEligible);
    bench.centre.start_again().await;
    let task = tokio::spawn(bench.desk.clone().run_sync());
    until(async || bench.desk.counts.sync_status().await.unwrap().conflicts == 1).await;
    task.abort();
    bench.centre.stop().await;

    let page = PageInput { offset: 0, limit: 50, text: None };
    let queue = bench.counter.lists.queue.page(page, None).await.unwrap();
    assert_eq!(queue.rows[0].masked_name.as_deref(), Some(MASKED_NAME));
    let shown = serde_json::to_string(&queue).unwrap();
    assert!(!shown.contains(senior(1).expose()) && !shown.contains(NAME), "{shown}");
    let row = bench.desk.lists.queue.get(1).await.unwrap().unwrap();
    assert_eq!(row.masked_number, Some(senior(1).masked()));

    for done in [
        bench.counter.lists.conflicts.list().await.map(drop),
        bench.counter.lists.conflicts.close(1, 1, "called back".to_owned()).await.map(drop),
        bench.counter.lists.conflicts.print_notice(1, 1).await,
    ] {
        assert_eq!(done.unwrap_err().code, "not_permitted", "S5: a clerk's are not the conflicts");
    }
    bench.gives_place_to(SUPERVISOR).await;
    let conflicts = bench.counter.lists.conflicts.list().await.unwrap();
    assert!(!conflicts[0].closed);
    assert_masked(&serde_json::to_string(&conflicts).unwrap(), &senior(1));
    printer.text(1).await; // the sheet
    bench.counter.lists.conflicts.print_notice(1, 1).await.unwrap();
    assert_masked(&printer.text(2).await, &senior(1));
}

async fn window(bench: &Bench) -> CitizenWindowView {
    bench.counter.case.citizen_window().await.unwrap()
}

/// What it shows of a citizen at a stage.
fn shown(view: &CitizenWindowView) -> (CitizenStage, Option<&str>, Option<&str>, bool) {
    (view.stage, view.name.as_deref(), view.masked_number.as_deref(), view.portrait.is_some())
}

#[tokio::test]
async fn l8_m4_the_citizen_window_has_full_name_and_portrait_only_while_they_are_checked() {
    let mut bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.centre.start_again().await;
    let portrait = b"not really a photo".to_vec();
    let digest = Digest::of(&portrait);
    let mut known = view(&senior(1), NAME);
    known.photo = Some(digest.clone());
    bench.centre.mind().blobs.insert(digest.to_string(), (portrait, true));
    bench.centre.mind().views.insert(known.number.clone(), known);
    let number = senior(1).masked();
    let masked = |stage| (stage, Some(MASKED_NAME), Some(number.as_str()), false);
    let checked = (CitizenStage::PleaseCheck, Some(NAME), Some(number.as_str()), true);

    assert_eq!(shown(&window(&bench).await), (CitizenStage::Welcome, None, None, false));
    let view = bench.serve(&senior(1)).await;
    assert!(view.citizen.unwrap().portrait.is_some(), "the clerk sees it");
    bench.centre.stop().await;
    assert_eq!(shown(&window(&bench).await), masked(CitizenStage::InProgress));
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    assert_eq!(shown(&window(&bench).await), checked);
    bench.counter.actions.cancel().await.unwrap();
    assert_eq!(shown(&window(&bench).await), masked(CitizenStage::InProgress));

    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    bench.counter.session.lock().await.unwrap();
    assert_eq!(shown(&window(&bench).await), (CitizenStage::Closed, None, None, false));
    bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap();
    assert_eq!(shown(&window(&bench).await), checked);
    // Nobody synchronises, so the verdict is waited for.
    let confirmed = tokio::spawn({
        let counter = bench.counter.clone();
        async move { counter.actions.confirm(agreed()).await }
    });
    until(async || bench.settled().await.step == Step::Working).await;
    assert_eq!(shown(&window(&bench).await), masked(CitizenStage::InProgress));
    assert_eq!(confirmed.await.unwrap().unwrap().step, Step::Done);
    assert_eq!(shown(&window(&bench).await), masked(CitizenStage::Done));
}
