//! Home visits (V1–V5): the kit is sealed, serves without a line, ends, and comes back whole,
//! whatever breaks in between.

use super::authority::{HOUR_MS, audited, code, now};
use desk::{
    Desk, DeskError,
    citizen::Source,
    clock::ManualClock,
    issue::{IssueKind, IssueRequest, ReprintRequest},
    session::Operator,
    store::{
        audit::Event,
        print_job::{InHand, NewPrint},
    },
    visit::VisitNow,
};
use fixture::{Fixture, chip, logged_in_once, name, record, senior, told_of, until, view, whole_store};
use rules::{
    At, DeviceNumber, Refusal,
    digest::Digest,
    life::{Action, Code, CodeState, Serial},
    op::OpBody,
    permission::Role,
    person::IdNumber,
    visit::{SheetCount, VisitState},
    window::Paper,
    wire::RosterPerson,
};
use std::sync::Arc;
use uuid::Uuid;

const NAME: &str = "冯长寿";
const PHOTO: &[u8] = b"a face that nobody else has";

/// A desk with a clerk who logged in with the centre.
struct Bench {
    fixture: Fixture,
    clock: Arc<ManualClock>,
}

impl Bench {
    async fn new() -> Self {
        let clock = now();
        let fixture = Fixture::with_clock(clock.clone()).await;
        told_of(&fixture, vec![record("1001", &[Role::Clerk])]).await;
        logged_in_once(&fixture.desk, &["1001"]).await;
        Self { fixture, clock }
    }

    fn desk(&self) -> &Arc<Desk> {
        &self.fixture.desk
    }

    fn clerk(&self) -> Operator {
        self.desk().session.operator().unwrap()
    }

    /// The registry knows a person with a photo and a live code.
    fn registered(&self, n: u32) -> IdNumber {
        let mut known = view(&senior(n), NAME);
        known.photo = Some(Digest::of(PHOTO));
        known.codes = vec![code_of(n, self.clock_at())];
        let mut mind = self.fixture.centre.mind();
        mind.blobs.insert(Digest::of(PHOTO).to_string(), (PHOTO.to_vec(), true));
        mind.views.insert(senior(n), known);
        senior(n)
    }

    fn clock_at(&self) -> At {
        use desk::clock::Clock as _;
        self.clock.wall()
    }

    /// Puts these people on the list.
    async fn chosen(&self, people: &[IdNumber]) {
        for number in people {
            self.desk().visit.add_number(&self.clerk(), number).await.unwrap();
        }
    }

    /// Time passes for the desk and the centre.
    fn pass(&self, hours: i64) {
        self.clock.advance(hours * HOUR_MS);
        self.fixture.centre.mind().clock_offset_ms += hours * HOUR_MS;
    }

    async fn now(&self) -> Option<VisitNow> {
        self.desk().visit.now(&self.clerk()).await.unwrap()
    }

    async fn state(&self) -> Option<VisitState> {
        self.now().await.map(|now| now.visit.state)
    }

    /// The program is killed and started again, and the clerk logs in with the centre.
    async fn killed(&mut self) {
        self.fixture.desk.store().close().await;
        self.fixture.desk = fixture::open(self.fixture.folder.path(), self.clock.clone()).await;
        logged_in_once(&self.fixture.desk, &["1001"]).await;
    }

    /// Everything that was done gets its receipt.
    async fn handed_over(&self) {
        let task = tokio::spawn(self.desk().clone().run_sync());
        until(async || {
            self.desk().sync().now();
            self.desk().counts.queue_depth().await.unwrap().waiting == 0
        })
        .await;
        task.abort();
        let _ = task.await;
    }

    /// The line breaks, and the desk notices.
    async fn cut_off(&mut self) {
        self.fixture.centre.stop().await;
        let task = tokio::spawn(self.desk().clone().run_sync());
        until(async || {
            self.desk().sync().now();
            !self.desk().sync().is_online()
        })
        .await;
        task.abort();
        let _ = task.await;
    }

    async fn case(&self, number: &IdNumber) -> String {
        let desk = self.desk();
        let opened = desk.case.open(&self.clerk(), Some(&desk.citizen_ref(number))).await;
        opened.unwrap().as_str().to_owned()
    }

    /// Issues the code that fits, and prints its sheet.
    async fn issue(&self, number: &IdNumber, action: Action) -> Result<Serial, DeskError> {
        let case_number = self.case(number).await;
        let request = IssueRequest {
            kind: IssueKind::New { action },
            name: name(NAME),
            ..fixture::request(&case_number, number)
        };
        let issued = self.desk().issue.new_code(&self.clerk(), &request).await?;
        self.printed(&case_number, issued.serial, InHand::Good).await;
        Ok(issued.serial)
    }

    async fn printed(&self, case_number: &str, serial: Serial, in_hand: InHand) {
        let printing = &self.desk().printing;
        let new = NewPrint { case_number: Some(case_number), serial: Some(serial), paper: Paper::Sheet };
        let print = printing.ask(&self.clerk(), &new).await.unwrap();
        printing.confirm(&self.clerk(), print, in_hand).await.unwrap();
    }
}

fn code_of(n: u32, now: At) -> Code {
    let issued_at = now.plus_ms(-240 * HOUR_MS);
    Code {
        serial: Serial::new(1, DeviceNumber(9), 1, [u8::try_from(n).unwrap(); 7]),
        state: CodeState::Live,
        issued_at,
        valid_through: issued_at.plus_ms(180 * 24 * HOUR_MS).day(),
        provisional: false,
        copies: 1,
    }
}

#[tokio::test]
async fn v1_a_list_holds_no_more_than_a_kit_and_nobody_twice() {
    let bench = Bench::new().await;
    let (desk, clerk) = (bench.desk(), bench.clerk());
    assert_eq!(code(desk.visit.take(&clerk, 0).await), "visit_empty");
    for n in 0..20 {
        desk.visit.add_number(&clerk, &senior(n)).await.unwrap();
    }
    desk.visit.add_number(&clerk, &senior(3)).await.unwrap();
    assert_eq!(code(desk.visit.add_number(&clerk, &senior(20)).await), "visit_too_large", "by number");
    let roster: Vec<RosterPerson> =
        (100..141).map(|n| RosterPerson { number: senior(n), name: name(NAME) }).collect();
    assert_eq!(code(desk.visit.add_roster(&clerk, &roster).await), "visit_too_large", "61 people");
    assert_eq!(bench.now().await.unwrap().people.len(), 20, "nobody was added");
    desk.visit.add_roster(&clerk, &roster[1..]).await.unwrap();
    desk.visit.remove(&clerk, 1).await.unwrap();
    assert_eq!(code(desk.visit.remove(&clerk, 1).await), "visit_unknown");
    assert_eq!(bench.now().await.unwrap().people.len(), 59);
    assert!(bench.fixture.centre.mind().kits.is_empty(), "nobody was asked for");
}

#[tokio::test]
async fn v3_a_kit_is_sealed_serves_six_hours_offline_and_leaves_nothing() {
    let mut bench = Bench::new().await;
    let (old, lost, copied) = (bench.registered(1), bench.registered(2), bench.registered(3));
    bench.chosen(&[old.clone(), lost.clone(), copied.clone(), senior(9)]).await;
    bench.desk().visit.take(&bench.clerk(), 10).await.unwrap();
    let taken = bench.now().await.unwrap();
    assert_eq!(taken.visit.state, VisitState::Out);
    assert!(taken.people[..3].iter().all(|person| person.in_kit && person.has_photo));
    assert_eq!(taken.people[3].refusal, Some(Refusal::VisitNotRegistered));
    let kept = whole_store(bench.desk()).await;
    let hex: String = PHOTO.iter().map(|byte| format!("{byte:02X}")).collect();
    for secret in [NAME, old.expose(), hex.as_str()] {
        assert!(!kept.contains(secret), "sealed under the kit's own key: {secret}");
    }

    bench.cut_off().await;
    bench.pass(6);
    let seen = bench.desk().citizen.look_up(&bench.clerk(), &old).await.unwrap();
    assert!(matches!(seen.source, Source::Cached { .. }), "{:?}", seen.source);
    assert_eq!(seen.right.name, Some(name(NAME)));
    assert_eq!(seen.portrait().unwrap(), PHOTO);
    assert_eq!(bench.desk().blob.get(&Digest::of(PHOTO)).await.unwrap().bytes, PHOTO, "for the sheet");
    assert_eq!(bench.desk().citizen.masked_name(Some(&seen.citizen_ref)).await.unwrap(), "冯**");
    bench.issue(&old, Action::Reissue).await.unwrap();
    let case = bench.case(&lost).await;
    let live = code_of(2, bench.clock_at()).serial;
    bench.desk().issue.report_loss(&bench.clerk(), &case, (&lost, &chip()), live, true).await.unwrap();
    // The view of the third has no symbol to copy: that is said, and counts for nothing.
    let request = ReprintRequest {
        case_number: bench.case(&copied).await,
        serial: code_of(3, bench.clock_at()).serial,
        idempotency_key: Uuid::now_v7(),
        number: copied.clone(),
        proof: chip(),
        name: name(NAME),
        agent: None,
    };
    assert_eq!(code(bench.desk().issue.reprint(&bench.clerk(), &request).await), "symbol_not_here");
    let stranger = bench.desk().citizen.look_up(&bench.clerk(), &senior(50)).await.unwrap();
    assert_eq!(stranger.source, Source::Blind, "somebody who is not in the kit");

    bench.fixture.centre.start_again().await;
    let refused = bench.desk().visit.bring_back(&bench.clerk(), 9).await;
    assert!(matches!(refused, Err(DeskError::CentreUnreachable(_))), "nobody logged in with the centre");
    logged_in_once(bench.desk(), &["1001"]).await;
    assert_eq!(code(bench.desk().visit.bring_back(&bench.clerk(), 9).await), "visit_not_handed_over");
    bench.handed_over().await;
    assert_eq!(code(bench.desk().visit.bring_back(&bench.clerk(), 10).await), "visit_sheets_off");
    assert_eq!(bench.state().await, Some(VisitState::Out));
    bench.desk().visit.bring_back(&bench.clerk(), 8).await.unwrap();
    assert_eq!(bench.state().await, None);

    let told = bench.fixture.centre.mind().returned.last().unwrap().clone();
    let sheets = SheetCount { taken: 10, good: 1, spoilt: 0, open: 0, unused: 8 };
    assert_eq!((told.served, told.sheets, told.sheets.missing()), (2, sheets, 1));
    let last = bench.desk().visit.last_returned(&bench.clerk()).await.unwrap().unwrap();
    let done = last.report.unwrap().done;
    let actions: Vec<_> = done.iter().map(|act| (act.action, act.accepted)).collect();
    assert_eq!(actions, [(Action::Reissue, true), (Action::ReportLoss, true)]);
    let mut raw = fixture::raw(bench.desk()).await;
    let left: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM visit_person), (SELECT count(*) FROM visit WHERE sealed_key IS NOT NULL)",
    )
    .fetch_one(&mut *raw)
    .await
    .unwrap();
    assert_eq!(left, (0, 0));
    let log = bench.fixture.centre.mind().log[&(DeviceNumber(7), 1)].clone();
    let issues = log.iter().filter(|op| matches!(op.body, OpBody::Issue { .. })).count();
    assert_eq!(issues, 1, "applied once");
    assert_eq!(audited(bench.desk(), Event::VisitWiped).await, ["ok"]);
}

#[tokio::test]
async fn v3_v4_a_kit_past_its_end_is_unreadable_wiped_and_blocks_new_codes_offline() {
    let mut bench = Bench::new().await;
    let (old, lost) = (bench.registered(1), bench.registered(2));
    bench.chosen(&[old.clone(), lost.clone()]).await;
    bench.desk().visit.take(&bench.clerk(), 5).await.unwrap();
    bench.cut_off().await;
    bench.pass(23);
    // The session of the morning is over by now; the clerk logs in by what the desk kept.
    logged_in_once(bench.desk(), &["1001"]).await;
    assert!(bench.desk().citizen.read(&old, None).await.unwrap().view.is_some());
    bench.issue(&old, Action::Reissue).await.unwrap();
    let live = code_of(2, bench.clock_at()).serial;
    assert!(!bench.desk().visit.wipe_ended().await.unwrap());

    bench.pass(1);
    assert!(bench.desk().citizen.read(&old, None).await.unwrap().view.is_none(), "before anybody wiped it");
    assert!(bench.desk().blob.get(&Digest::of(PHOTO)).await.is_err());
    assert!(bench.desk().visit.wipe_ended().await.unwrap());
    assert!(!bench.desk().visit.wipe_ended().await.unwrap(), "once");
    let overdue = bench.now().await.unwrap();
    assert!(overdue.overdue && overdue.people.iter().all(|one| one.masked_number.is_none()));
    let mut raw = fixture::raw(bench.desk()).await;
    let left: (i64,) = sqlx::query_as(
        "SELECT count(*) FROM visit_person
         WHERE coalesce(number, masked_number, masked_name, sealed_view, photo, sealed_photo) IS NOT NULL",
    )
    .fetch_one(&mut *raw)
    .await
    .unwrap();
    assert_eq!(left.0, 0);
    drop(raw);

    assert_eq!(code(bench.issue(&senior(60), Action::Apply).await), "visit_overdue");
    let case = bench.case(&lost).await;
    // What the kit said of the code went with it; a loss of a code known here is taken.
    let unknown = bench.desk().issue.report_loss(&bench.clerk(), &case, (&lost, &chip()), live, true).await;
    assert_eq!(code(unknown), "unknown_code");
    let own = bench.desk().citizen.read(&old, None).await.unwrap();
    let issued = own.codes.last().unwrap().code.serial;
    let case = bench.case(&old).await;
    bench.desk().issue.report_loss(&bench.clerk(), &case, (&old, &chip()), issued, true).await.unwrap();

    bench.fixture.centre.start_again().await;
    logged_in_once(bench.desk(), &["1001"]).await;
    bench.handed_over().await;
    bench.desk().visit.bring_back(&bench.clerk(), 4).await.unwrap();
    let told = bench.fixture.centre.mind().returned.last().unwrap().clone();
    assert_eq!(told.served, 1, "who was served is known by reference");
    assert_eq!(bench.desk().issue.may_issue().map_err(|error| error.code()), Ok(()));
    assert_eq!(audited(bench.desk(), Event::VisitWiped).await.len(), 2);
}

#[tokio::test]
async fn v2_the_earlier_of_two_ends_counts_and_a_clock_set_back_gains_no_time() {
    let bench = Bench::new().await;
    let old = bench.registered(1);
    bench.fixture.centre.mind().kit_ends = Some(bench.clock_at().plus_ms(10_000 * HOUR_MS));
    bench.chosen(std::slice::from_ref(&old)).await;
    bench.desk().visit.take(&bench.clerk(), 0).await.unwrap();
    let ends = bench.now().await.unwrap().visit.ends_at.unwrap();
    let latest = bench.desk().read_clock().at.plus_ms(24 * HOUR_MS);
    assert!(ends <= latest, "a centre that says more is not believed");
    let is_readable = async || bench.desk().citizen.read(&old, None).await.unwrap().view.is_some();
    assert!(is_readable().await);
    bench.clock.advance(HOUR_MS);
    bench.clock.step(-2 * HOUR_MS);
    assert!(!is_readable().await, "it cannot tell whether the end has come");
}

#[tokio::test]
async fn v5_a_visit_that_is_killed_anywhere_is_taken_up_where_it_stands() {
    let mut bench = Bench::new().await;
    let old = bench.registered(1);
    bench.chosen(std::slice::from_ref(&old)).await;
    bench.killed().await;
    assert_eq!(bench.now().await.unwrap().people.len(), 1, "the list is kept");

    // The answer with the kit is lost.
    bench.fixture.centre.mind().loses_kits = true;
    assert_eq!(code(bench.desk().visit.take(&bench.clerk(), 3).await), "centre_busy");
    assert_eq!(bench.state().await, Some(VisitState::Fetching));
    assert_eq!(code(bench.desk().visit.add_number(&bench.clerk(), &senior(2)).await), "visit_out");
    bench.killed().await;
    bench.fixture.centre.mind().loses_kits = false;

    // The views are here, and the photo is not.
    let photo = bench.fixture.centre.mind().blobs.remove(&Digest::of(PHOTO).to_string());
    bench.desk().visit.take(&bench.clerk(), 99).await.unwrap();
    let taken = bench.now().await.unwrap();
    assert_eq!((taken.visit.state, taken.visit.sheets), (VisitState::Out, 3), "as it was begun");
    assert!(taken.people[0].in_kit && !taken.people[0].has_photo, "the centre has none");
    bench.fixture.centre.mind().blobs.extend(photo.map(|blob| (Digest::of(PHOTO).to_string(), blob)));
    let asked = bench.fixture.centre.mind().kits.clone();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1], "the same kit again");
    bench.killed().await;
    assert!(bench.desk().citizen.read(&old, None).await.unwrap().view.is_some(), "it opens again");

    // The answer to the return is lost: the kit is gone, and the centre hears of it twice.
    bench.fixture.centre.mind().loses_returns = true;
    assert_eq!(code(bench.desk().visit.bring_back(&bench.clerk(), 3).await), "centre_busy");
    assert_eq!(bench.state().await, Some(VisitState::Back));
    assert!(bench.desk().citizen.read(&old, None).await.unwrap().view.is_none());
    bench.killed().await;
    bench.fixture.centre.mind().loses_returns = false;
    bench.desk().visit.bring_back(&bench.clerk(), 0).await.unwrap();
    assert_eq!(bench.state().await, None);
    let told = bench.fixture.centre.mind().returned.clone();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], told[1], "with the count of the first time");
}

#[tokio::test]
async fn v1_a_refused_kit_leaves_the_list_as_it_was() {
    let bench = Bench::new().await;
    bench.chosen(&[senior(1)]).await;
    bench.fixture.centre.mind().kit_refusal = Some(Refusal::VisitOut);
    assert_eq!(code(bench.desk().visit.take(&bench.clerk(), 3).await), "visit_out");
    assert_eq!(bench.state().await, Some(VisitState::Choosing));
    bench.fixture.centre.mind().kit_refusal = None;
    bench.desk().visit.take(&bench.clerk(), 3).await.unwrap();
    assert_eq!(bench.state().await, Some(VisitState::Out));
    assert_eq!(audited(bench.desk(), Event::VisitTaken).await.len(), 2);
}
