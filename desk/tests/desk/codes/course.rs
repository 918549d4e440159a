//! One citizen's course through the city, and what must be so after each step.

use super::city::{City, DAY_MS, FIRST_DEVICE};
use super::two_desks::log;
use central::machine::{
    Rulebook,
    channel::Request,
    citizen::{Citizen, Effect, IssuedCode, Person},
};
use desk::{clock::Clock, sync::log::Log};
use fixture::{clerk, name, number};
use rules::{
    DeviceNumber, Policy,
    correction::Reason,
    keys::Class,
    life::{Action, Code, CodeState, Serial, code_acted_on, valid_through},
    person::IdNumber,
    wire::{Change, CitizenView, Receipt},
};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The desk looks the citizen up, and gets the view from so many decisions ago; then the line
    /// is up or down.
    Look(usize, usize, bool),
    /// The citizen reports a loss on the portal, or gets a code there.
    PortalLoss,
    PortalIssue,
    Restart(usize),
    NextDay,
    /// Eight days pass, and every desk keeps house.
    NextWeek,
}

/// What one desk has heard in a course, and what the centre told it has ended.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) taken: u64,
    /// Each with the first view that shows what came of it.
    pub(super) receipts: Vec<(Receipt, usize)>,
    pub(super) delivered: usize,
    pub(super) news: usize,
    pub(super) told: BTreeMap<Serial, CodeState>,
    /// Codes whose state here each operation changed, by seq.
    pub(super) moved: BTreeMap<u64, BTreeSet<Serial>>,
}

impl Heard {
    pub(super) fn tell(&mut self, serial: Serial, state: CodeState) {
        let told = self.told.entry(serial).or_insert(state);
        if may_follow(*told, state) {
            *told = state;
        }
    }
}

/// Whether a code that was told to be `told` may be `shown`: nothing comes back to life, and an end
/// is for good.
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
    pub(super) city: &'a mut City,
    pub(super) number: IdNumber,
    pub(super) rulebook: Rulebook,
    /// The centre's record, and the views it could have shown so far.
    pub(super) citizen: Citizen,
    pub(super) views: Vec<CitizenView>,
    /// The oldest view that an answer under way may show.
    pub(super) under_way_from: usize,
    pub(super) news: Vec<(String, Change)>,
    pub(super) ended_by: BTreeMap<(DeviceNumber, u64), Vec<(Serial, CodeState)>>,
    pub(super) heard: Vec<Heard>,
}

impl<'a> Course<'a> {
    /// A citizen no desk has seen. The desks are offline and have spoken to the centre a moment
    /// ago: each course ends so.
    pub async fn begin(city: &'a mut City, has_a_code: bool) -> Self {
        city.people += 1;
        let (month, day) = (1 + city.people / 900 % 12, 1 + city.people / 40 % 28);
        let number = number(&format!("1945{month:02}{day:02}"), city.people % 1000);
        let mut heard = Vec::new();
        for at in 0..city.windows.len() {
            let head = log(&city.desk(at)).position().await.unwrap().head;
            heard.push(Heard { taken: head, ..Heard::default() });
        }
        let rulebook = Rulebook::new(Policy::default(), Class::Practice, "practice", [0xab; 32]);
        let mut citizen = Citizen::unknown(rulebook.citizen_ref(&number));
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
            let serial =
                Serial::new(citizen.bucket, DeviceNumber(FIRST_DEVICE), u32::MAX, [city.people as u8; 7]);
            let valid_through = valid_through(issued_at.day(), &Policy::default());
            let state = CodeState::Live;
            let code = Code { serial, state, issued_at, valid_through, provisional: false, copies: 1 };
            citizen.take(&Effect::CodeAdded(IssuedCode { code, duplicate_of: None, symbol: None }));
        }
        let (views, news, ended_by) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut course =
            Self { city, number, rulebook, citizen, views, under_way_from: 0, news, ended_by, heard };
        let serials: Vec<Serial> = course.citizen.codes.iter().map(|issued| issued.code.serial).collect();
        serials.into_iter().for_each(|serial| course.sign(serial));
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
                let heard = &self.heard[at];
                let all = heard.receipts.iter().take(heard.delivered);
                self.deliver(at, all.map(|(receipt, _)| receipt.clone()).collect()).await
            }
            Step::News(at, count) => self.hear(at, count).await,
            Step::Look(at, ago, stays_up) => {
                // Answers overtake each other, but none is older than what was here when it was
                // asked for.
                let heard = &self.heard[at];
                let all = heard.receipts.iter().take(heard.delivered);
                let earliest = all.map(|(_, shown_from)| *shown_from).max().unwrap_or(0);
                let shown = self.views
                    [(self.views.len() - 1).saturating_sub(ago).max(earliest).max(self.under_way_from)]
                .clone();
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
                    Serial::new(self.citizen.bucket, DeviceNumber::CENTRE, self.views.len() as u32, [1; 7]);
                self.portal(&Request::Issue { action, serial, confirmed: true });
            }
            Step::Restart(at) => self.city.restart(at).await,
            Step::NextDay => self.city.clock.advance(DAY_MS),
            Step::NextWeek => {
                self.city.clock.advance(8 * DAY_MS);
                // No answer is a week on its way.
                self.under_way_from = self.views.len() - 1;
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
            let citizen = window.desk.citizen.read(&self.number, None).await.unwrap();
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
            let citizen = desk.citizen.read(&self.number, None).await.unwrap();
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
                let case = desk.case.open(&clerk(desk), Some(&citizen.citizen_ref)).await.unwrap();
                let refused =
                    desk.issue.reprint(&clerk(desk), &self.copy(serial, case.as_str())).await.unwrap_err();
                assert_eq!(refused.code(), "code_not_live", "device {device} prints {serial}");
            }
        }
    }
}
