//! The practice site with the real counter at it: card reader, printer, scanner and centre are the
//! site's, and nothing else is there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use counter::{
    Counter,
    view::{
        ConfirmInput, Confirmation, CorrectionInput, CounterView, KnowledgeView, LoginInput, PageInput,
        Paper, Step, VisitInput, VisitView,
    },
};
use learn::{
    Site,
    citizen::{population, today_in_shanghai},
};
use rules::{
    At, Policy,
    correction::{CorrectionState, Field, Reason},
    keys::{Class, KeyList},
    life::Action,
    payload::{PayloadError, Verifier, verify_offline},
    practice::{PracticeOrder, PracticePerson, PracticeStarted},
    visit::VisitState,
    window::PrintState,
};
use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const CLERK: (&str, &str) = ("310001", "lianxi-chuangkou");
const SUPERVISOR: (&str, &str) = ("310002", "lianxi-zhuguan");
/// A bound against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(120);

/// A window at a practice site, with the clerk logged in.
struct Bench {
    counter: Arc<Counter>,
    runtime: Runtime,
    site: Site,
    papers: TempDir,
}

impl Bench {
    fn open() -> Self {
        let papers = tempfile::tempdir().unwrap();
        let site = Site::start(papers.path()).unwrap();
        let runtime = Runtime::new().unwrap();
        let started = site.started();
        let counter = runtime.block_on(async {
            let counter = Counter::open(started.folder).await;
            counter.settings.enrol_here(&started.code).await.unwrap();
            counter.start();
            counter
        });
        let bench = Self { counter, runtime, site, papers };
        bench.log_in(CLERK);
        bench
    }

    fn log_in(&self, (staff, password): (&str, &str)) {
        let input =
            LoginInput { staff: staff.to_owned(), password: password.to_owned().into(), second_factor: None };
        self.runtime.block_on(self.counter.session.login(input)).unwrap();
    }

    fn order(&mut self, order: PracticeOrder) {
        self.site.obey(&order).unwrap();
    }

    fn view(&self) -> CounterView {
        self.runtime.block_on(self.counter.case.view()).unwrap()
    }

    fn until(&self, what: &str, is_so: impl Fn(&CounterView) -> bool) -> CounterView {
        let begun = Instant::now();
        loop {
            let view = self.view();
            if is_so(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not happen: {view:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn visit_until(&self, what: &str, is_so: impl Fn(&VisitView) -> bool) -> VisitView {
        let begun = Instant::now();
        loop {
            let view = self.runtime.block_on(self.counter.visit.view()).unwrap();
            if is_so(&view) {
                return view;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not happen: {view:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn person(&self, key: &str) -> PracticePerson {
        self.site.view().people.into_iter().find(|person| person.key == key).unwrap()
    }

    /// Lays a card and waits until its holder is in front.
    fn serve(&mut self, key: &str) -> CounterView {
        self.order(PracticeOrder::Lay { person: key.to_owned() });
        let masked = self.person(key).masked_number;
        self.until("the citizen in front", |view| {
            view.step == Step::Citizen
                && view.citizen.as_ref().is_some_and(|citizen| citizen.masked_number == masked)
        })
    }

    fn act(&self, action: Action) -> CounterView {
        let agreed = ConfirmInput {
            confirmed_by_holder: true,
            consequence_confirmed: true,
            agent: None,
            declared: None,
            supervisor: None,
            reason: None,
            password: None,
        };
        self.runtime.block_on(async {
            let view = self.counter.case.view().await.unwrap();
            let offer = view.offers.into_iter().find(|offer| offer.action == action).unwrap();
            self.counter.actions.begin(action, offer.serial).await.unwrap();
            self.counter.actions.confirm(agreed).await.unwrap()
        })
    }

    fn confirmation(&self) -> Option<Confirmation> {
        self.view().done.map(|done| done.confirmation)
    }

    fn next(&mut self) {
        self.order(PracticeOrder::Lift);
        self.runtime.block_on(self.counter.case.next_citizen()).unwrap();
    }

    fn printed(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.papers.path()).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

fn has_printed(view: &CounterView, state: PrintState) -> bool {
    let prints = view.done.iter().flat_map(|done| &done.prints);
    prints.into_iter().any(|print| print.paper == Paper::Sheet && print.state == state)
}

fn text(pdf: &PathBuf) -> String {
    let read = Command::new("pdftotext").arg(pdf).arg("-").output().unwrap();
    String::from_utf8(read.stdout).unwrap()
}

#[test]
fn a_card_becomes_a_confirmed_code_on_practice_paper_that_reads_back() {
    let mut bench = Bench::open();
    bench.serve("senior");
    bench.act(Action::Apply);
    bench.until("the receipt", |view| {
        view.done.as_ref().is_some_and(|done| done.confirmation == Confirmation::Confirmed)
    });
    bench.until("the sheet", |view| has_printed(view, PrintState::Completed));
    let printed = bench.printed();
    assert_eq!(printed.len(), 1);
    let words = text(&printed[0]);
    assert!(words.contains("演练") && words.contains(&bench.person("senior").name), "{words}");

    bench.order(PracticeOrder::Scan);
    bench.until("the scan-back", |view| view.done.as_ref().is_some_and(|done| done.scan_back.is_some()));
}

#[test]
fn without_a_line_a_code_is_provisional_and_confirmed_once_the_line_is_back() {
    let mut bench = Bench::open();
    bench.order(PracticeOrder::Line { up: false });
    assert!(!bench.site.view().line_up);
    bench.serve("sixty-today");
    bench.act(Action::Apply);
    bench.until("the sheet", |view| has_printed(view, PrintState::Completed));
    assert_eq!(bench.confirmation(), Some(Confirmation::Provisional));
    assert!(bench.site.centre().newest_symbol().is_none(), "the centre heard of it without a line");

    bench.order(PracticeOrder::Line { up: true });
    bench.runtime.block_on(bench.counter.session.synchronise_now()).unwrap();
    bench.until("the receipt", |view| {
        view.done.as_ref().is_some_and(|done| done.confirmation == Confirmation::Confirmed)
    });
    assert!(bench.site.centre().newest_symbol().is_some());
}

#[test]
fn without_paper_a_sheet_waits_and_prints_once_there_is_some() {
    let mut bench = Bench::open();
    bench.order(PracticeOrder::Paper { loaded: false });
    bench.serve("disabled");
    bench.act(Action::Apply);
    bench.until("the printer's stop", |view| has_printed(view, PrintState::Stopped));
    assert!(bench.printed().is_empty());
    bench.order(PracticeOrder::Paper { loaded: true });
    bench.until("the sheet", |view| has_printed(view, PrintState::Completed));
    assert_eq!(bench.printed().len(), 1);
}

#[test]
fn a_code_of_an_earlier_day_is_reported_lost_and_issued_again() {
    let mut bench = Bench::open();
    bench.serve("holder");
    bench.act(Action::ReportLoss);
    bench.until("the receipt of the loss", |view| {
        view.done.as_ref().is_some_and(|done| done.confirmation == Confirmation::Confirmed)
    });
    bench.next();
    bench.serve("holder");
    bench.act(Action::Reissue);
    bench.until("the receipt of the reissue", |view| {
        view.done.as_ref().is_some_and(|done| {
            done.action == Action::Reissue && done.confirmation == Confirmation::Confirmed
        })
    });
}

#[test]
fn a_correction_is_approved_by_the_other_account_and_changes_the_registry() {
    let mut bench = Bench::open();
    let before = bench.person("wrong-character");
    assert_ne!(before.registered_name, before.name);
    bench.serve("wrong-character");
    let counter = Arc::clone(&bench.counter);
    let submitted = bench.runtime.block_on(async {
        let id = counter.correction.open(Field::Name, None).await.unwrap().id;
        let input = CorrectionInput {
            id: id.clone(),
            reason: Some(Reason::RareCharacter),
            name: Some(before.name.clone()),
            photo: None,
            photo_shortfall: None,
            guardian: None,
        };
        let mut view = counter.correction.save(input).await.unwrap();
        while let Some(kind) = view.evidence_missing.first().copied() {
            let handle = counter.photos.take().await.unwrap().handle;
            view = counter.correction.add_evidence(id.clone(), kind, handle).await.unwrap();
        }
        counter.correction.submit(id).await.unwrap()
    });
    assert_eq!(submitted.state, CorrectionState::Submitted);
    let own = bench.runtime.block_on(counter.approval.approve(
        submitted.id.clone(),
        submitted.digest.clone(),
        CLERK.1.to_owned().into(),
    ));
    assert!(own.is_err(), "the maker approved");

    bench.runtime.block_on(counter.session.lock()).unwrap();
    bench.runtime.block_on(counter.session.logout()).unwrap();
    bench.log_in(SUPERVISOR);
    bench.runtime.block_on(async {
        let page = PageInput { offset: 0, limit: 10, text: None };
        let waiting = counter.approval.list(page).await.unwrap();
        assert_eq!(waiting.rows.len(), 1);
        let view = counter.correction.view(submitted.id.clone()).await.unwrap();
        for one in &view.evidence {
            counter.correction.evidence(view.id.clone(), one.digest.clone()).await.unwrap();
        }
        let password = SUPERVISOR.1.to_owned().into();
        counter.approval.approve(view.id, view.digest, password).await.unwrap();
    });
    let begun = Instant::now();
    while bench.person("wrong-character").registered_name != before.name {
        assert!(begun.elapsed() < PATIENCE, "the registry was not corrected");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_home_visit_is_practised_from_the_list_to_the_return() {
    let mut bench = Bench::open();
    bench.serve("holder");
    bench.act(Action::Reprint);
    bench.until("the receipt of the copy", |view| {
        view.done.as_ref().is_some_and(|done| done.confirmation == Confirmation::Confirmed)
    });
    bench.next();
    let sixty = population(today_in_shanghai()).into_iter().find(|citizen| citizen.key == "sixty-today");
    let counter = Arc::clone(&bench.counter);
    bench.runtime.block_on(async {
        let case_number = counter.visit.view().await.unwrap().today[0].case_number.clone();
        counter.visit.add(VisitInput::Case { case_number }).await.unwrap();
        counter.visit.add(VisitInput::Number { number: sixty.unwrap().number }).await.unwrap();
        counter.visit.take(3).await.unwrap();
    });
    let visit = bench.visit_until("the kit", |view| {
        view.visit.as_ref().is_some_and(|visit| visit.state == VisitState::Out) && !view.fetching
    });
    let kit = visit.visit.unwrap();
    assert_eq!((kit.in_kit, kit.photos), (2, 2));

    bench.order(PracticeOrder::Line { up: false });
    let there = bench.serve("sixty-today");
    assert!(matches!(there.knowledge, KnowledgeView::Cached { .. }), "{:?}", there.knowledge);
    bench.act(Action::Apply);
    bench.until("the sheet", |view| has_printed(view, PrintState::Completed));
    bench.next();
    let early = bench.runtime.block_on(counter.visit.bring_back(2));
    assert!(early.is_err(), "something waits: {early:?}");

    bench.order(PracticeOrder::Line { up: true });
    bench.runtime.block_on(counter.session.synchronise_now()).unwrap();
    bench.visit_until("nothing waits", |view| view.visit.as_ref().is_some_and(|visit| visit.waiting == 0));
    let back = bench.runtime.block_on(counter.visit.bring_back(2)).unwrap();
    let last = back.last.unwrap();
    assert_eq!((last.served, last.sheets.open, last.missing), (1, 1, 0), "nobody confirmed the sheet");
    let begun = Instant::now();
    while !bench.printed().iter().any(|paper| text(paper).contains("上门服务归还单")) {
        assert!(begun.elapsed() < PATIENCE, "the report was not printed");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn s11_a_practice_code_verifies_neither_as_live_nor_at_another_practice_site() {
    let mut bench = Bench::open();
    bench.serve("senior");
    bench.act(Action::Apply);
    bench.until("the receipt", |view| {
        view.done.as_ref().is_some_and(|done| done.confirmation == Confirmation::Confirmed)
    });
    let centre = bench.site.centre();
    let symbol = centre.newest_symbol().unwrap();
    let (policy, now) = (Policy::default(), At(jiff::Timestamp::now().as_millisecond()));
    let read = |class: Class, keys: KeyList| {
        let verifier = Verifier { issuer: &centre.rulebook().issuer, class, policy: &policy };
        verify_offline(&symbol, &verifier, &keys, None, now).map(|answer| answer.claims.class)
    };
    let own = centre.key_list(now);
    assert_eq!(read(Class::Practice, own.clone()), Ok(Class::Practice), "the check can succeed");
    // Even a live verifier that were given the practice keys.
    let relabelled = KeyList { class: Class::Live, ..own };
    assert_eq!(read(Class::Live, relabelled), Err(PayloadError::Practice));

    let other = Bench::open();
    let others = other.site.centre().key_list(now);
    assert_eq!(read(Class::Practice, others), Err(PayloadError::UnknownKey));
}

#[test]
fn each_start_makes_a_new_folder_and_leaves_none() {
    let papers = tempfile::tempdir().unwrap();
    let (first, second) = (Site::start(papers.path()).unwrap(), Site::start(papers.path()).unwrap());
    let folders = [first.started().folder, second.started().folder];
    assert_ne!(folders[0], folders[1]);
    for folder in &folders {
        let entries: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(entries, ["desk.toml"], "the folder is not new");
    }
    drop((first, second));
    assert!(folders.iter().all(|folder| !folder.exists()));
}

#[test]
fn the_program_ends_with_the_window_that_started_it_and_leaves_nothing() {
    let papers = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_suishen-practice"));
    program.arg("--papers").arg(papers.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut program = program.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let started: PracticeStarted = serde_json::from_str(&line).unwrap();
    assert!(started.folder.join("desk.toml").is_file());
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
    assert!(!started.folder.exists());
}
