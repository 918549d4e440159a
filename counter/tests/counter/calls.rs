//! Phones that citizens leave for one case, and calls to those who were away when something was
//! decided.

use super::*;
use counter::view::CallView;
use rules::{call_back::CallOutcome, correction::Rejection};

const PHONE: &str = "13812345678";

impl Bench {
    async fn leaves(&self, phone: &str) -> Result<CounterView, (String, Option<FormField>)> {
        let left = self.counter.case.leave_phone(Some(Sensitive::new(phone.to_owned()))).await;
        left.map_err(|failure| (failure.code, failure.field))
    }

    async fn calls(&self) -> Vec<CallView> {
        self.counter.lists.calls.list().await.unwrap()
    }

    async fn phones(&self) -> i64 {
        let mut read = self.desk.store().readers().acquire().await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM phone").fetch_one(&mut *read).await.unwrap()
    }

    /// Waits until the phone is gone with what it was left for.
    async fn phone_goes(&self) {
        for _ in 0..600 {
            if self.phones().await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the phone stays");
    }

    /// Returns every text that operations, audit rows and drafts hold.
    async fn texts(&self) -> Vec<String> {
        let mut read = self.desk.store().readers().acquire().await.unwrap();
        let all = "SELECT record FROM operation WHERE record IS NOT NULL
            UNION ALL SELECT detail FROM audit UNION ALL SELECT content FROM draft
            UNION ALL SELECT record FROM correction UNION ALL SELECT hex(sealed) FROM phone";
        sqlx::query_scalar(all).fetch_all(&mut *read).await.unwrap()
    }
}

#[tokio::test]
async fn a_phone_is_left_for_one_case_masked_and_gone_with_it() {
    let bench = Bench::with_registered(&[&senior(1)]).await;
    assert_eq!(bench.leaves(PHONE).await.unwrap_err().0, "no_citizen");
    bench.serve(&senior(1)).await;
    for wrong in ["", "12345", "1381234567a"] {
        let refused = bench.leaves(wrong).await.unwrap_err();
        assert_eq!(refused, ("phone_malformed".to_owned(), Some(FormField::Phone)));
    }
    let view = bench.leaves("138-1234 5678").await.unwrap();
    assert_eq!(view.phone.as_deref(), Some("138****5678"));
    bench.issue(agreed(), Action::Apply).await;
    assert_eq!(bench.settled().await.phone.as_deref(), Some("138****5678"));
    for text in bench.texts().await {
        assert!(!text.contains(PHONE) && !text.contains(&hex(PHONE)), "{text}");
    }
    bench.counter.case.next_citizen().await.unwrap();
    bench.phone_goes().await;
    bench.lift().await;
    bench.serve(&senior(1)).await;
    assert_eq!(bench.settled().await.phone, None);
    // Taken back before anything is done.
    bench.leaves(PHONE).await.unwrap();
    assert_eq!(bench.counter.case.leave_phone(None).await.unwrap().phone, None);
    assert_eq!(bench.phones().await, 0);
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

#[tokio::test]
async fn who_was_away_is_called_until_they_are_told_also_after_a_restart() {
    let mut bench = Bench::with_registered(&[&senior(1)]).await;
    bench.serve(&senior(1)).await;
    let (id, _) = bench.begin_correction().await;
    bench.leaves(PHONE).await.unwrap();
    for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
        bench.adds(&id, kind).await;
    }
    bench.counter.correction.save(new_name(&id, "张研练")).await.unwrap();
    bench.counter.correction.submit(id.clone()).await.unwrap();
    bench.lift().await;
    assert_eq!(bench.calls().await, [], "nothing is decided yet");
    bench.gives_place_to(SUPERVISOR).await;
    let why = (Rejection::EvidenceUnreadable, Vec::new());
    bench.counter.approval.reject(id.clone(), 1, why, PASSWORD.to_owned().into()).await.unwrap();
    bench.gives_place_to(CLERK).await;

    let due = bench.calls().await.remove(0);
    assert_eq!((due.masked_name.as_str(), due.masked_phone.as_str()), ("张**", "138****5678"));
    assert!(due.about.zh.contains("姓名") && due.about.zh.contains("已退回"), "{}", due.about.zh);
    let shown = bench.counter.lists.calls.show_phone(&due.id).await.unwrap();
    assert_eq!(shown.value, PHONE);
    let left = bench.counter.lists.calls.record(&due.id, CallOutcome::NotReached).await.unwrap();
    assert_eq!(left[0].calls.len(), 1);
    let mut read = bench.desk.store().readers().acquire().await.unwrap();
    let audited: Vec<String> = sqlx::query_scalar(
        "SELECT event FROM audit WHERE event IN ('phone_left', 'phone_shown', 'call_made') ORDER BY n",
    )
    .fetch_all(&mut *read)
    .await
    .unwrap();
    assert_eq!(audited, ["phone_left", "phone_shown", "call_made"]);
    drop(read);
    assert!(bench.texts().await.iter().all(|text| !text.contains(PHONE)));

    bench.counter.session.logout().await.unwrap();
    bench.desk.store().close().await;
    bench.counter = Counter::open(bench.folder.path().to_owned()).await;
    bench.desk = bench.counter.desk().unwrap();
    tokio::spawn(bench.desk.clone().run_sync());
    bench.log_in(CLERK).await;
    assert_eq!(bench.calls().await, left);
    assert_eq!(bench.counter.lists.calls.record(&due.id, CallOutcome::ComesAgain).await.unwrap(), []);
    bench.phone_goes().await;
    let refused = bench.counter.lists.calls.show_phone(&due.id).await.err().unwrap();
    assert_eq!(refused.code, "call_unknown");
}
