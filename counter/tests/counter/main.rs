//! The counter as the window uses it, without window and devices: the test is the card reader.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use counter::{
    Counter,
    view::{AgentInput, ConfirmInput, CorrectionInput, CounterView, CropInput, FormField, LoginInput, Step},
};
use desk::{Desk, store::case_file::CaseState};
use drivers::card::{Card, CardEvent, SocialSecurityCard};
use fixture::{Fixture, PASSWORD, TestCentre, logged_in_once, number, record, senior, told_of};
use rules::{
    Sensitive,
    case_number::ungrouped,
    correction::{CorrectionState, EvidenceKind, Field, Reason},
    life::Action,
    op::AgentRole,
    permission::Role,
    person::IdNumber,
};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;

const CLERK: &str = "1001";
const OTHER_CLERK: &str = "1002";
const SUPERVISOR: &str = "2001";
const AUDITOR: &str = "4001";

/// A counter whose centre has gone away after its staff had logged in. What it keeps is looked into
/// through its desk.
struct Bench {
    counter: Arc<Counter>,
    desk: Arc<Desk>,
    folder: TempDir,
    centre: TestCentre,
}

impl Bench {
    async fn open() -> Self {
        let mut bench = Self::online().await;
        bench.centre.stop().await;
        bench
    }

    /// A counter whose centre is there.
    async fn online() -> Self {
        Self::of(Self::staffed().await).await
    }

    /// A desk whose staff have logged in once.
    async fn staffed() -> Fixture {
        let fixture = Fixture::new().await;
        let people = [
            (CLERK, Role::Clerk),
            (OTHER_CLERK, Role::Clerk),
            (AUDITOR, Role::Auditor),
            (SUPERVISOR, Role::Supervisor),
        ];
        told_of(&fixture, people.map(|(number, role)| record(number, &[role])).to_vec()).await;
        logged_in_once(&fixture.desk, &[CLERK, OTHER_CLERK, AUDITOR, SUPERVISOR]).await;
        fixture
    }

    async fn of(fixture: Fixture) -> Self {
        let Fixture { folder, centre, desk } = fixture;
        desk.store().close().await;
        let counter = Counter::open(folder.path().to_owned()).await;
        let desk = counter.desk().unwrap();
        Self { counter, desk, folder, centre }
    }

    async fn log_in(&self, staff: &str) {
        let password = Sensitive::new(PASSWORD.to_owned());
        let input = LoginInput { staff: staff.to_owned(), password, second_factor: None };
        self.counter.session.login(input).await.unwrap();
    }

    /// The other one sits down, as from the lock screen.
    async fn gives_place_to(&self, staff: &str) {
        self.counter.session.lock().await.unwrap();
        self.counter.session.logout().await.unwrap();
        self.log_in(staff).await;
    }

    async fn lay(&self, number: &IdNumber, name: &str) -> CounterView {
        self.counter.case.handle_card_event(CardEvent::CardFound { reader: reader() }).await;
        let card = Box::new(card(number, name));
        self.counter
            .case
            .handle_card_event(CardEvent::Read { reader: reader(), card, took: Duration::ZERO })
            .await;
        self.settled().await
    }

    /// Lays it, and waits until whoever it names is in front.
    async fn serve(&self, number: &IdNumber) -> CounterView {
        self.lay(number, "张演练").await;
        for _ in 0..200 {
            let view = self.counter.case.view().await.unwrap();
            if view.step == Step::Citizen {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.settled().await
    }

    async fn settled(&self) -> CounterView {
        self.counter.case.view().await.unwrap()
    }

    async fn lift(&self) -> CounterView {
        self.counter.case.handle_card_event(CardEvent::CardRemoved { reader: reader() }).await;
        self.settled().await
    }

    async fn state_of(&self, case_number: &str) -> CaseState {
        self.desk.case.get(&ungrouped(case_number)).await.unwrap().state
    }

    async fn suspended(&self) -> Vec<String> {
        let cases = self.counter.case.suspended().await.unwrap();
        cases.into_iter().map(|case| case.case_number).collect()
    }

    /// Begins a correction of the name of whoever is in front. The case has a number then.
    async fn begin_correction(&self) -> (String, String) {
        let view = self.counter.correction.open(Field::Name, None).await.unwrap();
        (view.id, view.case_number.unwrap())
    }

    async fn adds(&self, id: &str, kind: EvidenceKind) {
        let handle = self.counter.photos.load(picture()).await.unwrap().handle;
        self.counter.correction.add_evidence(id.to_owned(), kind, handle).await.unwrap();
    }

    async fn issue(&self, second: ConfirmInput, action: Action) -> CounterView {
        self.counter.actions.begin(action, None).await.unwrap();
        self.counter.actions.confirm(second).await.unwrap()
    }
}

fn reader() -> String {
    "reader".to_owned()
}

fn card(number: &IdNumber, name: &str) -> Card {
    let text = |text: &str| text.to_owned();
    Card::SocialSecurity(SocialSecurityCard {
        card_id: text("31000000000000000000000000000000"),
        class: text("3"),
        version: text("3.00"),
        initialiser: text("310000000000000000000000"),
        issued: text("20200101"),
        expires: text("20991231"),
        card_number: text("000000001"),
        number: number.expose().to_owned(),
        name: name.to_owned(),
        name_fills_field: false,
        sex: text("1"),
        ethnic_group: text("01"),
        birthplace: None,
        birth: number.expose()[6..14].to_owned(),
    })
}

fn agreed() -> ConfirmInput {
    ConfirmInput {
        confirmed_by_holder: true,
        consequence_confirmed: true,
        agent: None,
        declared: None,
        supervisor: None,
        reason: None,
        password: None,
    }
}

#[tokio::test]
async fn e8_while_a_correction_is_open_the_case_stays_and_takes_the_guardians_card() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let (child, mother) = (number("20200505", 1), number("19850301", 1));
    bench.serve(&child).await;
    let (id, case) = bench.begin_correction().await;
    bench.counter.correction.attend(Some(id.clone())).await.unwrap();

    let lifted = bench.lift().await;
    assert_eq!((lifted.step, lifted.case_number.as_ref()), (Step::Citizen, Some(&case)));
    assert_eq!(bench.counter.agents.read_card().await.err().unwrap().code, "no_agent_card");
    let laid = bench.lay(&mother, "李四").await;
    assert_eq!((laid.step, laid.case_number.as_ref()), (Step::Citizen, Some(&case)));
    let agent = bench.counter.agents.read_card().await.unwrap();
    assert_eq!((agent.number, agent.name.as_str()), (mother.masked(), "李四"));

    // A lock is no leaving.
    bench.counter.session.lock().await.unwrap();
    bench.counter.session.unlock(PASSWORD.to_owned().into(), None).await.unwrap();
    assert_eq!(bench.settled().await.case_number.as_ref(), Some(&case));

    // Left with somebody else's card on the reader: nobody is in front, and nothing is lost.
    bench.counter.correction.attend(None).await.unwrap();
    let left = bench.settled().await;
    assert_eq!((left.step, left.failure.unwrap().code.as_str()), (Step::Waiting, "holder_card_away"));
    assert_eq!(bench.suspended().await, [case.as_str()]);
    bench.lift().await;
    assert_eq!(bench.serve(&child).await.case_number.as_ref(), Some(&case));

    // With their own card back in time, they stay.
    bench.counter.correction.attend(Some(id)).await.unwrap();
    bench.lift().await;
    bench.lay(&child, "张演练").await;
    bench.counter.correction.attend(None).await.unwrap();
    assert_eq!(bench.settled().await.step, Step::Citizen);
    assert_eq!(bench.counter.agents.read_card().await.err().unwrap().code, "no_agent_card");
}

#[tokio::test]
async fn e8_a_childs_correction_goes_in_with_a_guardian_who_may_act_and_says_who() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let child = number("20200505", 1);
    bench.serve(&child).await;
    let (id, _) = bench.begin_correction().await;
    for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
        bench.adds(&id, kind).await;
    }
    let typed = |guardian: &IdNumber, consent| CorrectionInput {
        guardian: Some(AgentInput {
            role: AgentRole::Guardian,
            number: guardian.expose().to_owned(),
            name: "李四".to_owned(),
            consent,
            proof: Vec::new(),
        }),
        ..new_name(&id, "张三")
    };
    let refused = async |guardian: &IdNumber, consent| {
        bench.counter.correction.save(typed(guardian, consent)).await.unwrap();
        let failure = bench.counter.correction.submit(id.clone()).await.unwrap_err();
        assert_eq!(failure.field, Some(FormField::Guardian));
        failure.code
    };
    let mother = number("19850301", 1);
    assert_eq!(refused(&child, true).await, "guardian_needed");
    assert_eq!(refused(&number("20160301", 1), true).await, "guardian_needed");
    assert_eq!(refused(&mother, false).await, "guardian_needed");
    assert_eq!(refused(&mother, true).await, "agent_not_bound", "the registry is not known here");
    bench.adds(&id, EvidenceKind::BirthCertificate).await;
    // M1: the number is shown masked once it was kept, and stays the same when it comes back so.
    let shown = bench.counter.correction.view(id.clone()).await.unwrap().typed.unwrap();
    assert_eq!(shown.guardian.as_ref().unwrap().number, mother.masked());
    bench.counter.correction.save(shown).await.unwrap();
    let view = bench.counter.correction.submit(id.clone()).await.unwrap();
    assert_eq!(
        (view.state, view.guardian_recorded, view.guardian_bound),
        (CorrectionState::Submitted, true, false)
    );
    assert!(view.evidence.iter().any(|piece| piece.kind == EvidenceKind::GuardianConsent));
    let record = bench.desk.correction.get(id.parse().unwrap()).await.unwrap();
    assert_eq!(record.correction.content.agent.unwrap().number, mother);

    // Handed in again, it still says who, and has one record of their consent.
    bench.counter.correction.save(typed(&number("19860401", 1), true)).await.unwrap();
    let again = bench.counter.correction.submit(id).await.unwrap();
    assert_eq!((again.state, again.revision), (CorrectionState::Submitted, view.revision + 1));
    let consents = again.evidence.iter().filter(|piece| piece.kind == EvidenceKind::GuardianConsent);
    assert_eq!(consents.count(), 1);
}

#[tokio::test]
async fn cr_p4_a_photo_that_falls_short_goes_in_with_the_clerks_reason_and_not_without() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let id = bench.counter.correction.open(Field::Photo, None).await.unwrap().id;
    bench.adds(&id, EvidenceKind::NewCardScan).await;
    // One grey area: no face, no contrast, nothing sharp.
    let handle = bench.counter.photos.load(picture()).await.unwrap().handle;
    let whole = CropInput { handle, x: 0.0, y: 0.0, width: 400.0, rotation: 0.0 };
    let photo = Some(bench.counter.photos.crop(whole).await.unwrap().digest);
    let handed_in = async |reason: Option<&str>| {
        let typed = CorrectionInput {
            id: id.clone(),
            reason: Some(Reason::ExpiredCard),
            name: None,
            photo: photo.clone(),
            photo_shortfall: reason.map(str::to_owned),
            guardian: None,
        };
        bench.counter.correction.save(typed).await.unwrap();
        bench.counter.correction.submit(id.clone()).await
    };
    for nothing in [None, Some("  ")] {
        let failure = handed_in(nothing).await.unwrap_err();
        assert_eq!(
            (failure.code.as_str(), failure.field),
            ("photo_reason_needed", Some(FormField::PhotoShortfall))
        );
    }
    let view = handed_in(Some("申请人无法久坐")).await.unwrap();
    assert_eq!(
        (view.state, view.photo_shortfall.as_deref()),
        (CorrectionState::Submitted, Some("申请人无法久坐"))
    );
}

#[tokio::test]
async fn another_citizens_correction_on_the_page_keeps_nobody() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let (id, _) = bench.begin_correction().await;
    bench.lift().await;
    bench.counter.correction.attend(Some(id)).await.unwrap();
    bench.serve(&senior(2)).await;
    assert_eq!(bench.lift().await.step, Step::Waiting);
}

/// A wrong name of the card of another time, handed in by the clerk: the registry is not known
/// here, so the chip's name counts as the one before.
async fn handed_in(bench: &Bench, nth: u32, name: &str) -> String {
    bench.serve(&senior(nth)).await;
    let (id, _) = bench.begin_correction().await;
    for kind in [EvidenceKind::NewCardScan, EvidenceKind::HouseholdBookChangePage] {
        bench.adds(&id, kind).await;
    }
    bench.counter.correction.save(new_name(&id, name)).await.unwrap();
    assert_eq!(bench.counter.correction.submit(id.clone()).await.unwrap().state, CorrectionState::Submitted);
    bench.lift().await;
    id
}

/// N4, which may differ from the chip.
fn new_name(id: &str, name: &str) -> CorrectionInput {
    CorrectionInput {
        id: id.to_owned(),
        reason: Some(Reason::LegalChange),
        name: Some(name.to_owned()),
        photo: None,
        photo_shortfall: None,
        guardian: None,
    }
}

/// A picture file, base64.
fn picture() -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(400, 500, image::Rgb([200, 200, 200]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    STANDARD.encode(png.into_inner())
}

mod audit;
mod board;
mod calls;
mod drafts;
mod endings;
mod escalations;
mod finding;
mod masked;
mod no_card;
mod notices;
mod opening;
mod people_lists;
mod races;
mod report;
mod sessions;
mod signature;
mod troubles;
mod waiting;
