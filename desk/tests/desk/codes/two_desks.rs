//! Two desks and a centre that is there while they synchronise, and what is looked at.

use desk::{
    Desk,
    clock::SystemClock,
    issue::{Issued, ReprintRequest, VoidRequest},
    store::operation::Author,
    sync::log::{DatabaseLog, Log},
};
use fixture::{self, Fixture, TestCentre, chip, clerk, credentials, enrolled, name, until};
use rules::{
    DeviceNumber, Refusal,
    life::{Action, Code, CodeState, Serial},
    person::IdNumber,
    wire::Verdict,
};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// What the centre says of an operation on a code that has ended.
pub const NOT_LIVE: Verdict = Verdict::Rejected { code: Refusal::CodeNotLive };

/// Two desks of one centre, which is there while they synchronise and away otherwise. A supervisor
/// is known at A.
pub struct TwoDesks {
    pub a: Fixture,
    pub b: Arc<Desk>,
    _b_folder: TempDir,
}

impl TwoDesks {
    pub async fn new() -> Self {
        let centre = TestCentre::start().await;
        centre.mind().employ(vec![fixture::record("2001", &fixture::SUPERVISOR_ROLES)]);
        let b_folder = tempfile::tempdir().unwrap();
        centre.mind().device = DeviceNumber(8);
        let b = enrolled(b_folder.path(), &centre.url, Arc::new(SystemClock::new())).await;
        centre.mind().device = DeviceNumber(7);
        let mut a = Fixture::of(centre, Arc::new(SystemClock::new())).await;
        fixture::logged_in_once(&a.desk, &["2001"]).await;
        a.centre.stop().await;
        Self { a, b, _b_folder: b_folder }
    }

    /// One desk after the other empties its outbox and hears the news; then the line is down again.
    pub async fn synchronise(&mut self, desks: &[&Arc<Desk>]) {
        self.a.centre.start_again().await;
        for desk in desks {
            let cursor = self.a.centre.mind().changes.len() as u64;
            let running = tokio::spawn((*desk).clone().run_sync());
            desk.sync().now();
            until(|| async {
                let position = log(desk).position().await.unwrap();
                position.decided_through == position.head && position.cursor == cursor
            })
            .await;
            running.abort();
            let _ = running.await;
        }
        self.a.centre.stop().await;
    }
}

pub fn log(desk: &Desk) -> DatabaseLog {
    let key = desk.identity().desk_key();
    DatabaseLog::new(desk.store().clone(), Author { device: key.device, epoch: key.epoch })
}

pub fn copy_of(number: &IdNumber, issued: &Issued) -> ReprintRequest {
    ReprintRequest {
        agent: None,
        case_number: issued.case_number.clone(),
        serial: issued.serial,
        idempotency_key: Uuid::now_v7(),
        proof: chip(),
        number: number.clone(),
        name: name("张演练"),
    }
}

pub async fn voids(desk: &Desk, number: &IdNumber, issued: &Issued) -> Result<u64, &'static str> {
    let typed = credentials("2001", fixture::PASSWORD);
    let proof = desk.session.reauthenticate(&clerk(desk), &typed).await.unwrap();
    let request = VoidRequest {
        case_number: issued.case_number.clone(),
        serial: issued.serial,
        number: number.clone(),
        reason: "演练".to_owned(),
    };
    desk.issue.void(proof, &request).await.map(|voided| voided.seq).map_err(|error| error.code())
}

pub async fn known(desk: &Desk, number: &IdNumber, serial: Serial) -> Code {
    let citizen = desk.citizen.read(number, None).await.unwrap();
    citizen.codes.into_iter().find(|known| known.code.serial == serial).unwrap().code
}

/// Nothing can be done with a code that was voided, and nothing is offered.
pub async fn is_dead(desk: &Desk, number: &IdNumber, issued: &Issued) {
    let code = known(desk, number, issued.serial).await;
    assert_eq!((code.state, code.provisional), (CodeState::Voided, false));
    let citizen = desk.citizen.read(number, None).await.unwrap();
    for (action, offer) in citizen.offers(&desk.policy()) {
        if matches!(action, Action::ReportLoss | Action::Reprint | Action::Void | Action::Replace) {
            assert!(offer.is_err(), "{action:?} is offered");
        }
    }
    let refused = desk.issue.reprint(&clerk(desk), &copy_of(number, issued)).await.unwrap_err();
    assert_eq!(refused.code(), "code_not_live");
    let refused = desk
        .issue
        .report_loss(&clerk(desk), &issued.case_number, (number, &chip()), issued.serial, true)
        .await;
    assert_eq!(refused.unwrap_err().code(), "code_not_live");
    assert_eq!(voids(desk, number, issued).await.unwrap_err(), "code_not_live");
}
