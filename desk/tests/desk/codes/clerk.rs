//! What clerks and supervisors do at a desk in a course.

use super::course::{Course, Step};
use super::two_desks::log;
use desk::session::Reauthenticated;
use desk::{
    Desk, DeskError,
    correction::{CorrectionStep, HandIn, OpenCorrectionRequest},
    issue::{IssueKind, IssueRequest, ReprintRequest, VoidRequest},
    store::blob::Blob,
    sync::log::Log,
};
use fixture::{PASSWORD, chip, clerk, credentials, name, supervisor};
use rules::{
    correction::{Content, Digest, Evidence, EvidenceKind, Reason, Value},
    life::{Action, CodeState, Serial, code_acted_on},
    op::HolderSeen,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The supervisor's password again, at the clerk's window.
async fn proof(desk: &Desk) -> Option<Reauthenticated> {
    desk.session.reauthenticate(&clerk(desk), &credentials("2001", PASSWORD)).await.ok()
}

impl Course<'_> {
    pub(super) fn copy(&self, serial: Serial, case_number: &str) -> ReprintRequest {
        let (number, name) = (self.number.clone(), name("张演练"));
        ReprintRequest {
            agent: None,
            case_number: case_number.to_owned(),
            serial,
            idempotency_key: Uuid::now_v7(),
            proof: chip(),
            number,
            name,
        }
    }

    /// A clerk does what the desk allows; what it refuses is not done.
    pub(super) async fn serve(&mut self, at: usize, step: Step) {
        let desk = self.city.desk(at);
        let before = self.states(&desk).await;
        let citizen = desk.citizen.read(&self.number, None).await.unwrap();
        let case =
            desk.case.open(&clerk(&desk), Some(&citizen.citizen_ref)).await.unwrap().as_str().to_owned();
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
                let kind = IssueKind::New { action };
                let request = IssueRequest { kind, ..fixture::request(&case, &self.number) };
                desk.issue.new_code(&clerk(&desk), &request).await.map(drop)
            }
            Step::Replace(_) => {
                let Some(&correction) = citizen.holder.unused_corrections.last() else { return };
                let kind = IssueKind::Replacement { correction };
                let request = IssueRequest { kind, ..fixture::request(&case, &self.number) };
                desk.issue.new_code(&clerk(&desk), &request).await.map(drop)
            }
            Step::Loss(_) => {
                let Some(serial) = acted_on(Action::ReportLoss) else { return };
                desk.issue
                    .report_loss(&clerk(&desk), &case, (&self.number, &chip()), serial, true)
                    .await
                    .map(drop)
            }
            Step::Reprint(_) => {
                let Some(serial) = acted_on(Action::Reprint) else { return };
                desk.issue.reprint(&clerk(&desk), &self.copy(serial, &case)).await.map(drop)
            }
            Step::Void(_) => {
                let Some(serial) = acted_on(Action::Void) else { return };
                // Not after three days without the centre.
                let Some(proof) = proof(&desk).await else { return };
                let (number, reason) = (self.number.clone(), "演练".to_owned());
                desk.issue
                    .void(proof, &VoidRequest { case_number: case, serial, number, reason })
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

    pub(super) async fn states(&self, desk: &Desk) -> BTreeMap<Serial, CodeState> {
        let citizen = desk.citizen.read(&self.number, None).await.unwrap();
        citizen.codes.iter().map(|known| (known.code.serial, known.code.state)).collect()
    }

    pub(super) async fn correct(
        &self,
        desk: &Desk,
        case: &str,
        reason: Reason,
        registry_version: u64,
    ) -> Result<(), DeskError> {
        let Some(proof) = proof(desk).await else { return Ok(()) };
        let mut evidence = Vec::new();
        for (kind, bytes) in
            [(EvidenceKind::LivePhoto, &b"live photo"[..]), (EvidenceKind::ChipPhoto, b"chip photo")]
        {
            let blob = Blob { bytes: bytes.to_vec(), media_type: "image/jpeg".to_owned() };
            let digest = desk.blob.keep(&blob).await?;
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
        let new = OpenCorrectionRequest {
            id,
            case_number,
            holder,
            proof: chip(),
            field,
            content,
            escalation: None,
        };
        desk.correction.submit(&clerk(desk), HandIn::New(Box::new(new)), (case, "correction")).await?;
        for piece in &evidence {
            desk.correction.open_evidence(&supervisor(desk), id, &piece.digest).await?;
        }
        let correction = desk.correction.get(id).await?.correction;
        let approve = CorrectionStep::Approve { digest: correction.content.digest(), proof: Box::new(proof) };
        desk.correction.step(&supervisor(desk), id, correction.revision, approve).await.map(drop)
    }
}
