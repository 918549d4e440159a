//! Case numbers are for ever. A desk whose files were put back may give one to a second citizen:
//! somebody is told, and the citizen has what they came for all the same.

use central::{
    store::{Store, postgres::PgStore},
    sync,
};
use central_fixture::{
    MemoryStore,
    desk::{Desk, Holder, MINUTE, MORNING, SITE, rulebook, senior},
    people::employ,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use rig::{RigFolder, postgres::Postgres};
use rules::{
    DeviceNumber,
    case_number::CaseNumber,
    life::Action,
    op::{OpBody, Operation},
    permission::Role,
    wire::Verdict,
};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};

const DEVICE: DeviceNumber = DeviceNumber(7);

/// What the log holds.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn case(tenth: u32) -> CaseNumber {
    CaseNumber::new(&SITE.parse().unwrap(), MORNING.day(), 1, tenth).unwrap()
}

/// A first code and its sheet, in a case.
fn visit(desk: &mut Desk, holder: &Holder, case: &CaseNumber) -> [Operation; 2] {
    desk.case_number = Some(case.as_str().to_owned());
    let issue = desk.issue(holder, Action::Apply, MORNING, None);
    let OpBody::Issue { serial, .. } = issue.body else { unreachable!() };
    [issue, desk.operation(&holder.number, MORNING, OpBody::Reprint { serial, agent: None })]
}

async fn decide<S: Store>(store: &S, desk: &Desk, operations: Vec<Operation>) {
    let (after, count) = (operations[0].seq - 1, operations.len());
    sync::push(store, &rulebook(), &desk.push(operations), MORNING).await.unwrap();
    while sync::apply(store, &rulebook(), 4, MORNING.plus_ms(MINUTE)).await.unwrap() > 0 {}
    let receipts = store.results(desk.device, desk.epoch, after, 100).await.unwrap();
    assert_eq!(receipts.len(), count);
    let is_done = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
    assert!(
        receipts.iter().all(|receipt| is_done(&receipt.verdict)),
        "each citizen has what they came for: {receipts:?}"
    );
}

/// In a batch the case is the first citizen's already; in the next one, of a later enrolment, it
/// still is.
async fn one_number_for_three<S: Store>(store: &S) {
    let mut desk = Desk::new(DEVICE, 1);
    store.enrol(&desk.head(), &desk.certificate()).await.unwrap();
    employ(store, &SITE.parse().unwrap(), "10001", &[Role::Clerk]).await;
    let mut first = visit(&mut desk, &senior(1), &case(1)).to_vec();
    first.extend(visit(&mut desk, &senior(2), &case(2)));
    first.extend(visit(&mut desk, &senior(3), &case(1)));
    decide(store, &desk, first).await;

    let mut again = Desk::new(DEVICE, 2);
    store.enrol(&again.head(), &again.certificate()).await.unwrap();
    let mut second = visit(&mut again, &senior(4), &case(2)).to_vec();
    second.extend(visit(&mut again, &senior(5), &case(3)));
    decide(store, &again, second).await;

    // The same number at another device is another matter: its own numbers begin with its own
    // window.
    let mut other = Desk::new(DeviceNumber(DEVICE.0 + 1), 1);
    store.enrol(&other.head(), &other.certificate()).await.unwrap();
    let others = visit(&mut other, &senior(6), &case(3)).to_vec();
    decide(store, &other, others).await;
}

#[tokio::test]
async fn two_citizens_under_one_case_number_are_put_before_somebody_and_served() {
    let store = MemoryStore::default();
    one_number_for_three(&store).await;
    let shared = |epoch, seq| (DEVICE, epoch, seq, "case_number_shared");
    assert_eq!(store.reviews(), [shared(1, 5), shared(1, 6), shared(2, 1), shared(2, 2)]);
}

#[tokio::test]
async fn the_review_names_the_number_and_both_operations_and_the_log_nobody() {
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || lines.clone()).finish();
    // With one subscriber only, a test in another thread decides for all what is logged.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _logging = tracing::subscriber::set_default(subscriber);
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counting = metrics::set_default_local_recorder(&recorder);

    let folder = RigFolder::new("central-case-numbers").unwrap();
    let postgres = Postgres::start(&folder).await.unwrap();
    let store = PgStore::connect(&postgres.url(), 4).await.unwrap();
    store.migrate(MORNING).await.unwrap();
    one_number_for_three(&store).await;

    let reviews = "SELECT case_number, epoch, seq, first_epoch, first_seq FROM review
                   WHERE reason = 'case_number_shared' AND device = 7 ORDER BY epoch, seq";
    let (one, two) = (case(1), case(2));
    let expected = [
        format!("{one}|1|5|1|1"),
        format!("{one}|1|6|1|1"),
        format!("{two}|2|1|1|3"),
        format!("{two}|2|2|1|3"),
    ];
    assert_eq!(postgres.query(reviews).await.unwrap(), expected.join("\n"));
    assert_eq!(postgres.query("SELECT count(*) FROM review").await.unwrap(), "4");
    assert_eq!(postgres.query("SELECT count(*) FROM case_holder").await.unwrap(), "4");

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let warnings: Vec<_> =
        log.lines().filter(|line| line.contains("two citizens under one case number")).collect();
    assert_eq!(warnings.len(), 4);
    assert!(warnings.iter().all(|line| line.contains("WARN") && line.contains("\"device\":7")));
    for holder in (1..7).map(senior) {
        assert!(!log.contains(holder.number.expose()) && !log.contains(holder.name.expose()));
        assert!(warnings.iter().all(|line| !line.contains(&holder.citizen_ref.to_string())));
    }
    assert!(recorder.handle().render().contains("central_case_numbers_shared_total 4"));
}
