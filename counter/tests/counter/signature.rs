//! 无误 or 有误 on the citizen window, and the signature that is kept as evidence.

use super::*;
use ::counter::{
    DeskConfig,
    view::{AnswerState, CitizenStage},
};
use desk::store::blob::Blob;
use rules::{
    correction::Digest,
    handwriting::{CitizenAnswer, Point, Signature, Unsigned},
    op::{OpBody, Operation},
};

/// A bench whose citizen window asks for a signature.
async fn asking() -> Bench {
    let bench = Bench::open().await;
    bench.desk.store().close().await;
    let mut config = DeskConfig::load(bench.folder.path()).unwrap();
    (config.citizen_window.open, config.citizen_window.sign) = (true, true);
    config.save(bench.folder.path()).unwrap();
    let counter = Counter::open(bench.folder.path().to_owned()).await;
    let bench = Bench { desk: counter.desk().unwrap(), counter, ..bench };
    bench.log_in(CLERK).await;
    bench
}

fn strokes() -> Vec<Vec<Point>> {
    vec![vec![Point { x: 100, y: 500, ms: 0 }, Point { x: 2000, y: 480, ms: 900 }]]
}

impl Bench {
    async fn signs(&self) {
        self.counter.signatures.answer(true).await.unwrap();
        self.counter.signatures.sign(strokes()).await.unwrap();
        assert_eq!(self.answer().await, Some(AnswerState::Signed));
    }

    async fn answer(&self) -> Option<AnswerState> {
        let clerks = self.counter.case.view().await.unwrap().answer;
        assert_eq!(self.counter.case.citizen_window().await.unwrap().answer, clerks, "both windows agree");
        clerks
    }

    async fn newest_operation(&self) -> Operation {
        let mut read = fixture::raw(&self.desk).await;
        let newest = "SELECT record FROM operation WHERE kind <> 'printed' ORDER BY n DESC LIMIT 1";
        let record: String = sqlx::query_scalar(newest).fetch_one(&mut *read).await.unwrap();
        serde_json::from_str(&record).unwrap()
    }

    async fn record(&self, digest: &Digest) -> (String, Blob) {
        let blob = self.desk.blob.get(digest).await.unwrap();
        assert!(!self.desk.blob.is_uploaded(digest).await.unwrap(), "it waits for the centre");
        (String::from_utf8(blob.bytes.clone()).unwrap(), blob)
    }

    /// Fills in a correction of the name, which the page keeps open.
    async fn fills_in(&self) -> String {
        let (id, _) = self.begin_correction().await;
        self.counter.correction.attend(Some(id.clone())).await.unwrap();
        for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
            self.adds(&id, kind).await;
        }
        self.counter.correction.save(new_name(&id, "张三")).await.unwrap();
        id
    }
}

#[tokio::test]
async fn the_signature_below_an_issue_is_kept_for_the_centre_and_hashed_in_the_operation() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    assert_eq!(bench.answer().await, None, "nothing is asked yet");
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    assert_eq!(bench.answer().await, Some(AnswerState::Asked));
    let early = bench.counter.signatures.sign(strokes()).await.unwrap_err();
    assert_eq!(early.code, "nobody_asked", "no signature without 无误");
    bench.signs().await;
    let done = bench.counter.actions.confirm(agreed()).await.unwrap();

    let operation = bench.newest_operation().await;
    assert!(matches!(operation.body, OpBody::Issue { .. }) && operation.is_intact());
    let Some(CitizenAnswer::Signed { signature }) = operation.answer.as_deref() else {
        panic!("{:?}", operation.answer)
    };
    let (record, blob) = bench.record(signature).await;
    assert_eq!(blob.media_type, Signature::MEDIA_TYPE);
    assert!(record.contains(r#"points="100,500 2000,480" data-ms="0 900""#), "{record}");
    assert!(record.contains(&done.case_number.unwrap()) && record.contains("首次申领"), "{record}");
    assert_eq!(bench.answer().await, None, "the question is over");
    assert_eq!(bench.counter.signatures.answer(true).await.unwrap_err().code, "nobody_asked");
}

#[tokio::test]
async fn without_a_signature_the_clerk_is_not_kept_and_the_reason_is_on_record() {
    let bench = asking().await;
    for (nth, reason) in [(1, None), (2, Some(Unsigned::CannotWrite))] {
        bench.serve(&senior(nth)).await;
        bench.counter.actions.begin(Action::Apply, None).await.unwrap();
        if let Some(reason) = reason {
            bench.counter.signatures.leave_unsigned(reason).await.unwrap();
        }
        bench.counter.actions.confirm(agreed()).await.unwrap();
        let expected = CitizenAnswer::Unsigned { reason: reason.unwrap_or(Unsigned::NotAwaited) };
        assert_eq!(bench.newest_operation().await.answer.as_deref(), Some(&expected));
        bench.counter.case.next_citizen().await.unwrap();
        bench.lift().await;
    }
}

#[tokio::test]
async fn nothing_is_done_after_wrong_until_the_citizen_was_asked_again() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    bench.counter.signatures.answer(false).await.unwrap();
    assert_eq!(bench.answer().await, Some(AnswerState::Wrong));
    let refused = bench.counter.actions.confirm(agreed()).await.unwrap_err();
    assert_eq!(refused.code, "citizen_says_wrong");
    let unsigned = bench.counter.signatures.leave_unsigned(Unsigned::Declined).await.unwrap_err();
    assert_eq!(unsigned.code, "out_of_step", "the clerk cannot overrule 有误");
    bench.counter.signatures.ask_again().await.unwrap();
    assert_eq!(bench.answer().await, Some(AnswerState::Asked));
    bench.signs().await;
    bench.counter.actions.confirm(agreed()).await.unwrap();
}

#[tokio::test]
async fn a_correction_from_the_confirm_screen_leaves_it() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    bench.counter.signatures.answer(false).await.unwrap();
    let (id, _) = bench.begin_correction().await;
    bench.counter.correction.attend(Some(id)).await.unwrap();
    assert_eq!(bench.settled().await.step, Step::Citizen);
    let window = bench.counter.case.citizen_window().await.unwrap();
    assert_eq!((window.stage, window.answer), (CitizenStage::Correcting, None));
}

#[tokio::test]
async fn a_correction_carries_the_signature_as_evidence_for_this_content_only() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    let id = bench.fills_in().await;
    let window = bench.counter.case.citizen_window().await.unwrap();
    assert_eq!(window.stage, CitizenStage::CheckCorrection);
    let shown = window.correction.unwrap();
    assert_eq!((shown.before.as_deref(), shown.after.as_deref()), (Some("张演练"), Some("张三")));
    bench.signs().await;
    // The same form saved once more keeps the answer; another name is asked about anew.
    bench.counter.correction.save(new_name(&id, "张三")).await.unwrap();
    assert_eq!(bench.answer().await, Some(AnswerState::Signed));
    bench.counter.correction.save(new_name(&id, "张四")).await.unwrap();
    assert_eq!(bench.answer().await, Some(AnswerState::Asked));
    bench.signs().await;
    let submitted = bench.counter.correction.submit(id.clone()).await.unwrap();
    let pieces = submitted.evidence.iter().filter(|piece| piece.kind == EvidenceKind::Signature);
    let [piece] = pieces.collect::<Vec<_>>()[..] else { panic!("{:?}", submitted.evidence) };

    // The approver sees it beside the correction, and must have opened it.
    bench.gives_place_to(SUPERVISOR).await;
    let shown = bench.counter.correction.evidence(id.clone(), piece.digest.clone()).await.unwrap();
    assert!(shown.starts_with("data:image/svg+xml;base64,"), "{shown}");
    let (record, _) = bench.record(&piece.digest.parse().unwrap()).await;
    assert!(record.contains("更正姓名") && record.contains("points="), "{record}");
    let password = Sensitive::new(PASSWORD.to_owned());
    let digest = submitted.digest.clone();
    let refused = bench.counter.approval.approve(id, digest, password).await.unwrap_err();
    assert_eq!(refused.code, "evidence_not_opened", "the other pieces are not opened yet");
}

#[tokio::test]
async fn a_correction_without_a_signature_says_why_and_wrong_stops_it() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    let id = bench.fills_in().await;
    bench.counter.signatures.answer(false).await.unwrap();
    assert_eq!(bench.counter.correction.submit(id.clone()).await.unwrap_err().code, "citizen_says_wrong");
    bench.counter.signatures.ask_again().await.unwrap();
    bench.counter.signatures.leave_unsigned(Unsigned::Declined).await.unwrap();
    let submitted = bench.counter.correction.submit(id).await.unwrap();
    let piece = submitted.evidence.iter().find(|piece| piece.kind == EvidenceKind::Signature).unwrap();
    let (record, _) = bench.record(&piece.digest.parse().unwrap()).await;
    assert!(record.contains("未签名") && record.contains("不愿签名"), "{record}");
}

#[tokio::test]
async fn a_desk_that_does_not_ask_records_no_answer() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    assert_eq!(bench.answer().await, None);
    assert_eq!(bench.counter.signatures.answer(true).await.unwrap_err().code, "nobody_asked");
    bench.counter.actions.confirm(agreed()).await.unwrap();
    assert_eq!(bench.newest_operation().await.answer, None);
}

#[tokio::test]
async fn behind_a_lock_nobody_answers() {
    let bench = asking().await;
    bench.serve(&senior(1)).await;
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    bench.counter.session.lock().await.unwrap();
    assert_eq!(bench.counter.case.citizen_window().await.unwrap().answer, None);
    assert!(bench.counter.signatures.answer(true).await.is_err());
}
