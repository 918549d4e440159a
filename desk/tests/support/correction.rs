//! A correction that may be handed in and approved: a name the chip has otherwise.

use super::{clerk, name, supervisor, wish};
use desk::{
    Desk,
    corrections::{CorrectionStep, HandIn, OpenCorrectionRequest},
    error::DeskError,
    session::Reauthenticated,
    store::blob::Blob,
};
use rules::{
    correction::{Content, Digest, Evidence, EvidenceKind, Reason, Value},
    op::HolderSeen,
    person::IdNumber,
    wire::CorrectionRecord,
};
use uuid::Uuid;

/// Keeps a page scanned here.
pub async fn keep(desk: &Desk, bytes: &[u8]) -> Digest {
    desk.keep_blob(&Blob { bytes: bytes.to_vec(), media_type: "image/jpeg".to_owned() }).await.unwrap()
}

/// The clerk hands it in, in a case of its own.
pub async fn hand_in(desk: &Desk, number: &IdNumber) -> CorrectionRecord {
    let case_number = wish(desk, number).await.case_number;
    let digest = keep(desk, case_number.as_bytes()).await;
    let media_type = "image/jpeg".to_owned();
    let content = Content {
        before: Value::Name(name("张演练")),
        after: Value::Name(name("张验练")),
        reason: Reason::N5,
        evidence: vec![Evidence { kind: EvidenceKind::ChipRead, digest, media_type, page: 1 }],
        chip_name: Some(name("张验练")),
        registry_version: 1,
        photo_shortfall: None,
        agent: None,
    };
    let holder = HolderSeen {
        number: number.clone(),
        name: name("张演练"),
        photo: None,
        declared: None,
        registry_version: Some(1),
    };
    let request = OpenCorrectionRequest {
        id: Uuid::now_v7(),
        case_number: case_number.clone(),
        holder,
        field: content.reason.field(),
        content,
        escalation: None,
    };
    let handed_in = HandIn::New(Box::new(request));
    desk.hand_in_correction(&clerk(), handed_in, (&case_number, "correction")).await.unwrap()
}

/// The supervisor opens every piece of its evidence.
pub async fn open_evidence(desk: &Desk, record: &CorrectionRecord) {
    for piece in &record.correction.content.evidence {
        desk.evidence_opened(&supervisor(), record.correction.id, &piece.digest).await.unwrap();
    }
}

/// The supervisor approves it as it was handed in, with this proof.
pub async fn approve(
    desk: &Desk,
    record: &CorrectionRecord,
    proof: Reauthenticated,
) -> Result<CorrectionRecord, DeskError> {
    let step = CorrectionStep::Approve { digest: record.correction.content.digest(), proof };
    let (id, revision) = (record.correction.id, record.correction.revision);
    desk.command_correction(&supervisor(), id, revision, step).await
}

/// The clerk takes it back.
pub async fn withdraw(desk: &Desk, record: &CorrectionRecord) {
    let (id, revision) = (record.correction.id, record.correction.revision);
    desk.command_correction(&clerk(), id, revision, CorrectionStep::Withdraw).await.unwrap();
}
