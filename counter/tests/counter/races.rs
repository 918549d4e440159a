//! What overtakes what: cards while nobody is at work, two cards at once, a form that is saved
//! while a page is added to it.

use super::*;

/// F2, and the reader answers.
async fn reads_again(bench: &Bench, number: &IdNumber) -> CounterView {
    assert_eq!(bench.counter.case.read_card().await.unwrap().step, Step::Reading);
    let card = Box::new(card(number, "张演练"));
    bench
        .counter
        .case
        .handle_card_event(CardEvent::Read { reader: reader(), card, took: Duration::ZERO })
        .await;
    in_front(bench).await
}

async fn in_front(bench: &Bench) -> CounterView {
    fixture::until(async || bench.settled().await.step == Step::Citizen).await;
    bench.settled().await
}

#[tokio::test]
async fn a_card_laid_while_nobody_is_at_work_waits_and_is_read_with_f2() {
    let bench = Bench::open().await;
    bench.counter.case.handle_card_event(CardEvent::CardFound { reader: reader() }).await;
    let read = || CardEvent::Read {
        reader: reader(),
        card: Box::new(card(&senior(1), "张演练")),
        took: Duration::ZERO,
    };
    bench.counter.case.handle_card_event(read()).await;
    bench.log_in(CLERK).await;
    let view = bench.settled().await;
    assert_eq!((view.step, view.card_present, view.failure), (Step::Waiting, true, None));
    reads_again(&bench, &senior(1)).await;

    // The same behind the locked screen, after the citizen before has gone.
    bench.lift().await;
    bench.counter.session.lock().await.unwrap();
    bench.counter.case.handle_card_event(CardEvent::CardFound { reader: reader() }).await;
    bench.counter.case.handle_card_event(read()).await;
    bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap();
    assert_eq!(bench.settled().await.step, Step::Waiting);
    reads_again(&bench, &senior(1)).await;
}

#[tokio::test]
async fn of_two_cards_read_at_once_the_second_is_in_front_with_nothing_of_the_first() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.issue(agreed(), Action::Apply).await;
    bench.counter.case.next_citizen().await.unwrap();
    bench.lift().await;

    bench.counter.case.handle_card_event(CardEvent::CardFound { reader: reader() }).await;
    let first = Box::new(card(&senior(1), "张演练"));
    // Found on both before either is read.
    bench.counter.case.handle_card_event(CardEvent::CardFound { reader: "second reader".to_owned() }).await;
    bench
        .counter
        .case
        .handle_card_event(CardEvent::Read { reader: reader(), card: first, took: Duration::ZERO })
        .await;
    let second = Box::new(card(&senior(2), "李四"));
    bench
        .counter
        .case
        .handle_card_event(CardEvent::Read {
            reader: "second reader".to_owned(),
            card: second,
            took: Duration::ZERO,
        })
        .await;
    let view = in_front(&bench).await;
    let shown = view.citizen.unwrap();
    assert_eq!((shown.name.as_str(), shown.masked_number), ("李四", senior(2).masked()));
    assert!(view.timeline.is_empty(), "the code is the first one's");
}

#[tokio::test]
async fn a_form_saved_while_pages_are_added_keeps_both() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, _) = bench.begin_correction().await;
    let kinds = [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage, EvidenceKind::CardScan];
    for (nth, kind) in kinds.into_iter().enumerate() {
        let name = ["张三", "张四", "张五"][nth];
        let handle = bench.counter.photos.load(picture()).await.unwrap().handle;
        let (added, saved) = tokio::join!(
            bench.counter.correction.add_evidence(id.clone(), kind, handle),
            bench.counter.correction.save(new_name(&id, name)),
        );
        added.unwrap();
        saved.unwrap();
        let view = bench.counter.correction.view(id.clone()).await.unwrap();
        assert_eq!(view.typed.unwrap().name.as_deref(), Some(name));
        assert!(view.evidence.iter().any(|piece| piece.kind == kind), "{kind:?}");
    }
    let view = bench.counter.correction.view(id.clone()).await.unwrap();
    let digest = view.evidence.last().unwrap().digest.clone();
    let (removed, saved) = tokio::join!(
        bench.counter.correction.remove_evidence(id.clone(), digest.clone()),
        bench.counter.correction.save(new_name(&id, "张六")),
    );
    removed.unwrap();
    saved.unwrap();
    let view = bench.counter.correction.view(id).await.unwrap();
    assert_eq!(view.typed.unwrap().name.as_deref(), Some("张六"));
    assert!(view.evidence.iter().all(|piece| piece.digest != digest));
}
