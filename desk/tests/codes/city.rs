//! Three real desks on real files, and the centre's own decisions on one citizen: every message between them is carried
//! by hand, so that it can be late, come again or be overtaken.

use crate::{
    log,
    support::{
        PASSWORD, TestCentre, clerk, credentials, enrolled, name, number, open, password_hash,
        staff, supervisor, view,
    },
};
use central::machine::{
    Rulebook,
    apply::{self, Announcement, Audience, Setting},
    channel::{self, Asking, Request},
    citizen::{Citizen, Effect, IssuedCode, Person},
    people::Operator,
    receipt::receipt,
};
use desk::{
    Desk,
    clock::{Clock, ManualClock},
    corrections::{CorrectionStep, HandIn, OpenCorrectionRequest},
    operations::{IssueRequest, ReplaceRequest, ReprintRequest, VoidRequest},
    store::blob::Blob,
    sync::log::{Log, VerifiedRoll},
};
use rules::{
    At, Policy,
    correction::{Content, Digest, Evidence, EvidenceKind, Reason, Value},
    keys::{Class, Signed, Signer, SoftwareKey},
    life::{Action, Code, CodeState, Serial, code_acted_on, valid_through},
    op::{HolderSeen, OpBody, Operation},
    permission::Role,
    person::IdNumber,
    wire::{Change, Channel, CitizenView, Receipt, Verdict},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tempfile::TempDir;
use uuid::Uuid;

const DAY_MS: i64 = 86_400_000;
/// Noon in Shanghai, 2026-03-02.
const START: At = At(1_772_424_000_000);
const SITES: [&str; 3] = ["310101", "310101", "310104"];
const FIRST_DEVICE: u32 = 7;

/// One thing that happens; a number is a desk's.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Whichever of the three issues fits.
    Issue(usize),
    Replace(usize),
    Loss(usize),
    Void(usize),
    Reprint(usize),
    /// A correction is handed in and approved; P1 voids the code.
    Correct(usize, Reason),
    /// What a desk did reaches the centre, which decides it.
    Push(usize),
    /// The next so many receipts reach the desk.
    Receipts(usize, usize),
    /// All receipts it had come again.
    ReceiptsAgain(usize),
    /// The next so many pieces of news reach the desk.
    News(usize, usize),
    /// The desk looks the citizen up, and gets the view from so many decisions ago; then the line is up or down.
    Look(usize, usize, bool),
    /// The citizen reports a loss on the portal, or gets a code there.
    PortalLoss,
    PortalIssue,
    Restart(usize),
    NextDay,
    /// Eight days pass, and every desk keeps house.
    NextWeek,
}

struct Window {
    folder: TempDir,
    desk: Arc<Desk>,
}

/// The desks, and how they are reached.
pub struct City {
    centre: TestCentre,
    clock: Arc<ManualClock>,
    root: SoftwareKey,
    windows: Vec<Window>,
    people: u32,
}

impl City {
    pub async fn new() -> Self {
        let centre = TestCentre::start().await;
        let clock = ManualClock::new(START);
        let mut city = Self {
            centre,
            clock,
            root: SoftwareKey::from_bytes(&[9; 32]).unwrap(),
            windows: Vec::new(),
            people: 0,
        };
        city.centre_follows_the_clock();
        let record = staff("2001", &password_hash(), &supervisor().roles);
        for device in (FIRST_DEVICE..).take(SITES.len()) {
            city.centre.mind().device = device;
            let folder = tempfile::tempdir().unwrap();
            let desk = enrolled(folder.path(), &city.centre.url, city.clock.clone()).await;
            let known = Change::Staff(Box::new(record.clone()));
            log(&desk).record_changes(&[known], 0, &desk.read_clock()).await.unwrap();
            city.windows.push(Window { folder, desk });
        }
        city.centre.stop().await;
        city
    }

    fn centre_follows_the_clock(&self) {
        let real = jiff::Timestamp::now().as_millisecond();
        self.centre.mind().clock_offset_ms = self.clock.wall().0 - real;
    }

    fn desk(&self, at: usize) -> Arc<Desk> {
        self.windows[at].desk.clone()
    }

    /// A desk looks somebody up; afterwards the line is up or down.
    async fn look_up(&mut self, at: usize, shown: CitizenView, stays_up: bool) {
        self.centre_follows_the_clock();
        let (desk, person) = (self.desk(at), shown.number.clone());
        self.centre.mind().views.insert(shown.citizen_ref.0.clone(), shown);
        self.centre.start_again().await;
        desk.look_up(&clerk(), &person).await.unwrap();
        self.centre.stop().await;
        while !stays_up && desk.sync().is_online() {
            desk.look_up(&clerk(), &person).await.unwrap();
        }
    }

    async fn restart(&mut self, at: usize) {
        let window = &mut self.windows[at];
        window.desk.store().close().await;
        window.desk = open(window.folder.path(), self.clock.clone()).await;
    }
}

/// What one desk has heard in a course, and what the centre told it has ended.
#[derive(Default)]
struct Heard {
    taken: u64,
    receipts: Vec<Receipt>,
    delivered: usize,
    news: usize,
    told: BTreeMap<Serial, CodeState>,
    /// Codes whose state here each operation changed, by seq.
    moved: BTreeMap<u64, BTreeSet<Serial>>,
}

impl Heard {
    fn tell(&mut self, serial: Serial, state: CodeState) {
        let told = self.told.entry(serial).or_insert(state);
        if may_follow(*told, state) {
            *told = state;
        }
    }
}

/// Whether a code that was told to be `told` may be `shown`: nothing comes back to life, and an end is for good.
fn may_follow(told: CodeState, shown: CodeState) -> bool {
    match told {
        CodeState::Live => true,
        CodeState::Lost => shown != CodeState::Live,
        CodeState::Superseded | CodeState::Voided => {
            matches!(shown, CodeState::Superseded | CodeState::Voided)
        }
    }
}

/// One citizen's course through the city.
pub struct Course<'a> {
    city: &'a mut City,
    number: IdNumber,
    rulebook: Rulebook,
    /// The centre's record, and the views it could have shown so far.
    citizen: Citizen,
    views: Vec<CitizenView>,
    news: Vec<(String, Change)>,
    ended_by: BTreeMap<(u32, u64), Vec<(Serial, CodeState)>>,
    heard: Vec<Heard>,
}

impl<'a> Course<'a> {
    /// A citizen nobody has seen, at desks that are offline and have spoken to the centre a moment ago.
    pub async fn begin(city: &'a mut City, has_a_code: bool) -> Self {
        city.people += 1;
        let (month, day) = (1 + city.people / 900 % 12, 1 + city.people / 40 % 28);
        let number = number(&format!("1945{month:02}{day:02}"), city.people % 1000);
        let passer_by = view(&city.desk(0), &crate::senior(999), "张演练");
        let mut heard = Vec::new();
        for at in 0..city.windows.len() {
            city.look_up(at, passer_by.clone(), false).await;
            let head = log(&city.desk(at)).position().await.unwrap().head;
            heard.push(Heard { taken: head, ..Heard::default() });
        }
        let mut citizen = Citizen::unknown(city.desk(0).citizen_ref(&number));
        citizen.person = Some(Person {
            version: 1,
            number: number.clone(),
            name: name("张演练"),
            photo: None,
            shanghai_household: true,
            certificate: None,
            registered: true,
        });
        if has_a_code {
            let issued_at = city.clock.wall().plus_ms(-10 * DAY_MS);
            let serial = Serial::new(citizen.bucket, FIRST_DEVICE, u32::MAX, [city.people as u8; 7]);
            let valid_through = valid_through(issued_at.day(), &Policy::default());
            let state = CodeState::Live;
            let code = Code { serial, state, issued_at, valid_through, provisional: false, copies: 1 };
            citizen.take(&Effect::CodeAdded(IssuedCode { code, duplicate_of: None }));
        }
        let rulebook = Rulebook::new(Policy::default(), Class::Practice, [0xab; 32]);
        let (views, news, ended_by) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut course = Self { city, number, rulebook, citizen, views, news, ended_by, heard };
        course.remember_view();
        course
    }

    pub async fn take(&mut self, step: Step) {
        self.city.clock.advance(60_000);
        match step {
            Step::Issue(at)
            | Step::Replace(at)
            | Step::Loss(at)
            | Step::Void(at)
            | Step::Reprint(at)
            | Step::Correct(at, _) => self.serve(at, step).await,
            Step::Push(at) => self.push(at).await,
            Step::Receipts(at, count) => self.receive(at, count).await,
            Step::ReceiptsAgain(at) => {
                self.deliver(at, self.heard[at].receipts[..self.heard[at].delivered].to_vec()).await
            }
            Step::News(at, count) => self.hear(at, count).await,
            Step::Look(at, ago, stays_up) => {
                let shown = self.views[self.views.len().saturating_sub(1 + ago)].clone();
                self.city.look_up(at, shown.clone(), stays_up).await;
                for code in &shown.codes {
                    self.heard[at].tell(code.serial, code.state);
                }
            }
            Step::PortalLoss => self.portal(&Request::ReportLoss { confirmed: true }),
            Step::PortalIssue => {
                let holder =
                    self.citizen.holder(&self.number, self.city.clock.wall().day(), &Policy::default());
                let action = rules::life::fitting_action(&holder, self.city.clock.wall().day());
                let serial =
                    Serial::new(self.citizen.bucket, apply::CENTRE_DEVICE, self.views.len() as u32, [1; 7]);
                self.portal(&Request::Issue { action, serial, confirmed: true });
            }
            Step::Restart(at) => self.city.restart(at).await,
            Step::NextDay => self.city.clock.advance(DAY_MS),
            Step::NextWeek => {
                self.city.clock.advance(8 * DAY_MS);
                for window in &self.city.windows {
                    window.desk.keep_house().await.unwrap();
                }
            }
        }
    }

    /// Everything is delivered, and everybody looks at the registry.
    pub async fn end(&mut self) {
        for at in 0..self.heard.len() {
            self.push(at).await;
        }
        for at in 0..self.heard.len() {
            self.receive(at, usize::MAX).await;
            self.hear(at, usize::MAX).await;
        }
        self.check().await;
        for at in 0..self.heard.len() {
            self.take(Step::Look(at, 0, false)).await;
        }
        self.check().await;
        let at_centre: BTreeMap<Serial, CodeState> =
            self.citizen.codes.iter().map(|issued| (issued.code.serial, issued.code.state)).collect();
        for window in &self.city.windows {
            let citizen = window.desk.citizen(&self.number, None).await.unwrap();
            assert!(citizen.codes.iter().all(|known| !known.waits && !known.code.provisional));
            let here: BTreeMap<Serial, CodeState> =
                citizen.codes.iter().map(|known| (known.code.serial, known.code.state)).collect();
            assert_eq!(here, at_centre, "device {}", window.desk.identity().desk_key().device);
        }
    }

    /// No desk shows, offers or prints a code as live that the centre has ended and told it of.
    pub async fn check(&self) {
        for (window, heard) in self.city.windows.iter().zip(&self.heard) {
            let desk = &window.desk;
            let citizen = desk.citizen(&self.number, None).await.unwrap();
            let device = desk.identity().desk_key().device;
            for known in &citizen.codes {
                let (serial, shown) = (known.code.serial, known.code.state);
                let Some(&told) = heard.told.get(&serial) else { continue };
                assert!(
                    may_follow(told, shown),
                    "device {device} shows {serial} as {shown:?}: it is {told:?}"
                );
                if told == CodeState::Live {
                    continue;
                }
                let today = citizen.now.at.day();
                for action in [Action::ReportLoss, Action::Reprint, Action::Void] {
                    let acted_on = code_acted_on(&citizen.holder, action, today).map(|code| code.serial);
                    let may_be_voided = action == Action::Void && told == CodeState::Lost;
                    assert!(
                        may_be_voided || acted_on != Some(serial),
                        "device {device} offers {action:?} of {serial}"
                    );
                }
                let case = desk.open_case(&clerk(), Some(&citizen.citizen_ref)).await.unwrap();
                let refused = desk.reprint(&clerk(), &self.copy(serial, case.as_str())).await.unwrap_err();
                assert_eq!(refused.code(), "code_not_live", "device {device} prints {serial}");
            }
        }
    }

    fn copy(&self, serial: Serial, case_number: &str) -> ReprintRequest {
        let (number, name) = (self.number.clone(), name("张演练"));
        ReprintRequest { case_number: case_number.to_owned(), serial, press: Uuid::now_v7(), number, name }
    }

    /// A clerk does what the desk allows; what it refuses is not done.
    async fn serve(&mut self, at: usize, step: Step) {
        let desk = self.city.desk(at);
        let before = self.states(&desk).await;
        let citizen = desk.citizen(&self.number, None).await.unwrap();
        let case = desk.open_case(&clerk(), Some(&citizen.citizen_ref)).await.unwrap().as_str().to_owned();
        let acted_on = |action| {
            let code = code_acted_on(&citizen.holder, action, citizen.now.at.day());
            code.map(|code| code.serial)
        };
        let done = match step {
            Step::Issue(_) => {
                let fits = |action: &Action| action.counts_for_the_day();
                let offers = citizen.offers(&desk.policy());
                let offered = offers.into_iter().find(|(action, allowed)| fits(action) && allowed.is_ok());
                let Some((action, _)) = offered else { return };
                let request = IssueRequest {
                    case_number: case,
                    action,
                    number: self.number.clone(),
                    name: name("张演练"),
                    photo: None,
                    declared: None,
                    agent: None,
                    confirmed_by_holder: true,
                    consequence_confirmed: true,
                };
                desk.issue(&clerk(), &request).await.map(drop)
            }
            Step::Replace(_) => {
                let Some(&correction) = citizen.holder.unused_corrections.last() else { return };
                let request = ReplaceRequest {
                    case_number: case,
                    correction,
                    number: self.number.clone(),
                    name: name("张演练"),
                    photo: None,
                    agent: None,
                    confirmed_by_holder: true,
                    consequence_confirmed: true,
                };
                desk.replace(&clerk(), &request).await.map(drop)
            }
            Step::Loss(_) => {
                let Some(serial) = acted_on(Action::ReportLoss) else { return };
                desk.report_loss(&clerk(), &case, &self.number, serial, true).await.map(drop)
            }
            Step::Reprint(_) => {
                let Some(serial) = acted_on(Action::Reprint) else { return };
                desk.reprint(&clerk(), &self.copy(serial, &case)).await.map(drop)
            }
            Step::Void(_) => {
                let Some(serial) = acted_on(Action::Void) else { return };
                // Not after three days without the centre.
                let Ok(proof) = desk.reauthenticate(&credentials("2001", PASSWORD)).await else { return };
                let (number, reason) = (self.number.clone(), "演练".to_owned());
                desk.void(&supervisor(), proof, &VoidRequest { case_number: case, serial, number, reason })
                    .await
                    .map(drop)
            }
            Step::Correct(_, reason) => self.correct(&desk, &case, reason, citizen.right.version).await,
            _ => return,
        };
        if let Err(error) = done {
            assert!(!error.code().starts_with("database") && !error.code().starts_with("disk"), "{error}");
        }
        let head = log(&desk).position().await.unwrap().head;
        let after = self.states(&desk).await;
        let moved = after
            .into_iter()
            .filter(|(serial, state)| before.get(serial).is_some_and(|before| before != state));
        self.heard[at].moved.entry(head).or_default().extend(moved.map(|(serial, _)| serial));
    }

    async fn states(&self, desk: &Desk) -> BTreeMap<Serial, CodeState> {
        let citizen = desk.citizen(&self.number, None).await.unwrap();
        citizen.codes.iter().map(|known| (known.code.serial, known.code.state)).collect()
    }

    async fn correct(
        &self,
        desk: &Desk,
        case: &str,
        reason: Reason,
        registry_version: u64,
    ) -> Result<(), desk::DeskError> {
        let Ok(proof) = desk.reauthenticate(&credentials("2001", PASSWORD)).await else { return Ok(()) };
        let mut evidence = Vec::new();
        for (kind, bytes) in
            [(EvidenceKind::LivePhoto, &b"live photo"[..]), (EvidenceKind::ChipPhoto, b"chip photo")]
        {
            let blob = Blob { bytes: bytes.to_vec(), media_type: "image/jpeg".to_owned() };
            let digest = desk.keep_blob(&blob).await?;
            evidence.push(Evidence { kind, digest, media_type: blob.media_type, page: 1 });
        }
        let content = Content {
            before: Value::Photo(Some(Digest::of(b"another person"))),
            after: Value::Photo(Some(evidence[0].digest.clone())),
            reason,
            evidence: evidence.clone(),
            chip_name: None,
            registry_version,
            photo_shortfall: None,
            agent: None,
        };
        let holder = HolderSeen {
            number: self.number.clone(),
            name: name("张演练"),
            photo: None,
            declared: None,
            registry_version: Some(registry_version),
        };
        let (id, field) = (Uuid::now_v7(), reason.field());
        let case_number = case.to_owned();
        let new = OpenCorrectionRequest { id, case_number, holder, field, content, escalation: None };
        desk.hand_in_correction(&clerk(), HandIn::New(Box::new(new)), (case, "correction")).await?;
        for piece in &evidence {
            desk.evidence_opened(&supervisor(), id, &piece.digest).await?;
        }
        let correction = desk.correction(id).await?.correction;
        let approve = CorrectionStep::Approve { digest: correction.content.digest(), proof };
        desk.command_correction(&supervisor(), id, correction.revision, approve).await.map(drop)
    }

    /// The centre takes and decides what a desk has not sent yet.
    async fn push(&mut self, at: usize) {
        let log = log(&self.city.desk(at));
        let Some(batch) = log.batch(self.heard[at].taken + 1, 200).await.unwrap() else { return };
        for operation in batch.ops {
            self.heard[at].taken = operation.seq;
            let verdict = self.decide(&operation, SITES[at]);
            let Operation { device, epoch, seq, hash, .. } = operation;
            let receipt = receipt(device, epoch, seq, hash, verdict, self.city.clock.wall());
            self.heard[at].receipts.push(receipt);
        }
        log.record_received(self.heard[at].taken).await.unwrap();
    }

    fn decide(&mut self, operation: &Operation, site: &str) -> Verdict {
        assert_eq!(operation.citizen_ref.as_ref(), Some(&self.citizen.citizen_ref));
        let roles = if operation.operator == "2001" { supervisor().roles } else { vec![Role::Clerk] };
        let operator =
            Operator { number: operation.operator.clone(), site: site.to_owned(), roles, disabled_at: None };
        let setting = Setting {
            operation,
            previous: None,
            received_at: self.city.clock.wall(),
            site,
            operator: Some(&operator),
            serial_taken: false,
            rulebook: &self.rulebook,
        };
        let decision = apply::decide(&mut self.citizen, &setting);
        let ended = decision.effects.iter().filter_map(|effect| match effect {
            Effect::CodeState(serial, state) => Some((*serial, *state)),
            _ => None,
        });
        self.ended_by.insert((operation.device, operation.seq), ended.collect());
        self.announce(decision.announcements);
        self.remember_view();
        decision.verdict
    }

    fn portal(&mut self, request: &Request) {
        let acting = self.citizen.person.clone().unwrap();
        let acting_ref = self.citizen.citizen_ref.clone();
        let asking = Asking {
            acting: &acting,
            acting_ref: &acting_ref,
            channel: Channel::Portal,
            site: SITES[0],
            at: self.city.clock.wall(),
            rulebook: &self.rulebook,
        };
        if let Ok((decision, _)) = channel::decide(&mut self.citizen, request, &asking) {
            self.announce(decision.announcements);
            self.remember_view();
        }
    }

    fn announce(&mut self, announcements: Vec<Announcement>) {
        for Announcement { audience, change } in announcements {
            let site = match audience {
                Audience::Site(site) => site,
                Audience::SiteOfDevice(device) => SITES[(device - FIRST_DEVICE) as usize].to_owned(),
                Audience::SiteOfEscalation(..) => continue,
            };
            self.news.push((site, change));
        }
    }

    fn remember_view(&mut self) {
        let person = self.citizen.person.as_ref().unwrap();
        let blank = view(&self.city.windows[0].desk, &self.number, "张演练");
        self.views.push(CitizenView {
            version: person.version,
            photo: person.photo.clone(),
            codes: self.citizen.codes.iter().map(|issued| issued.code.clone()).collect(),
            issue_days: self.citizen.issue_days.keys().copied().collect(),
            corrections: self.citizen.corrections.iter().map(|record| record.correction.clone()).collect(),
            ..blank
        });
    }

    async fn receive(&mut self, at: usize, count: usize) {
        let heard = &mut self.heard[at];
        let next: Vec<Receipt> = heard.receipts.iter().skip(heard.delivered).take(count).cloned().collect();
        heard.delivered += next.len();
        let log = log(&self.city.windows[at].desk);
        for receipt in &next {
            let sent = log.batch(receipt.seq, 1).await.unwrap().unwrap();
            match (&receipt.verdict, &sent.ops[0].body) {
                (Verdict::Applied { .. }, _) => {
                    let by = (receipt.device, receipt.seq);
                    let ended = self.ended_by.get(&by).cloned().unwrap_or_default();
                    let moved = heard.moved.get(&receipt.seq).cloned().unwrap_or_default();
                    for (serial, state) in ended {
                        if moved.contains(&serial) {
                            heard.tell(serial, state);
                        }
                    }
                }
                (_, OpBody::Issue { serial, .. }) => heard.tell(*serial, CodeState::Voided),
                _ => {}
            }
        }
        self.deliver(at, next).await;
    }

    async fn deliver(&self, at: usize, receipts: Vec<Receipt>) {
        let root = &self.city.root;
        let roll = VerifiedRoll::check(Signed::sign(receipts, root).unwrap(), &root.public_key()).unwrap();
        let desk = &self.city.windows[at].desk;
        log(desk).record_receipts(&roll, &desk.read_clock()).await.unwrap();
    }

    async fn hear(&mut self, at: usize, count: usize) {
        let (heard, desk) = (&mut self.heard[at], &self.city.windows[at].desk);
        let of_site =
            self.news.iter().filter(|(site, _)| site == SITES[at]).map(|(_, change)| change.clone());
        let next: Vec<Change> = of_site.skip(heard.news).take(count).collect();
        heard.news += next.len();
        for change in &next {
            if let Change::CodeChanged { code, .. } = change {
                heard.tell(code.serial, code.state);
            }
        }
        log(desk).record_changes(&next, heard.news as u64, &desk.read_clock()).await.unwrap();
    }
}
