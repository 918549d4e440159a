//! Corrections at a desk without the centre: what is approved here counts here at once, and all of
//! a step is written or nothing.

use std::sync::Arc;

use desk::{
    Desk,
    correction::{CorrectionStep, HandIn, OpenCorrectionRequest},
    issue::{IssueKind, IssueRequest, Issued},
    store::{Page, blob::Blob, queue::QueueFilter},
};
use fixture::{Fixture, chip, clerk, name, senior, supervisor, wish};
use rules::{
    Sensitive,
    correction::{Content, Digest, Evidence, EvidenceKind, Field, Reason, Rejection, State, Value},
    life::CodeState,
    op::HolderSeen,
    person::IdNumber,
};
use uuid::Uuid;

/// A desk with the centre away, at which a supervisor has logged in before.
struct Offline {
    _fixture: Fixture,
    desk: Arc<Desk>,
    number: IdNumber,
    issued: Issued,
}

impl Offline {
    async fn begin() -> Self {
        let mut fixture = Fixture::new().await;
        fixture::told_of(&fixture, vec![fixture::record("2001", &fixture::SUPERVISOR_ROLES)]).await;
        let desk = fixture.desk.clone();
        fixture::logged_in_once(&desk, &["2001"]).await;
        fixture.centre.stop().await;
        let number = senior(1);
        let issued = desk.issue.new_code(&clerk(&desk), &wish(&desk, &number).await).await.unwrap();
        Self { _fixture: fixture, desk, number, issued }
    }

    async fn keeps(&self, kind: EvidenceKind, bytes: &[u8]) -> Evidence {
        let blob = Blob { bytes: bytes.to_vec(), media_type: "image/jpeg".to_owned() };
        let digest = self.desk.blob.keep(&blob).await.unwrap();
        Evidence { kind, digest, media_type: blob.media_type, page: 1 }
    }

    fn request(&self, id: u128, content: Content) -> HandIn {
        HandIn::New(Box::new(OpenCorrectionRequest {
            id: Uuid::from_u128(id),
            case_number: self.issued.case_number.clone(),
            holder: HolderSeen {
                number: self.number.clone(),
                name: name("张演练"),
                photo: None,
                declared: None,
                registry_version: Some(1),
            },
            proof: chip(),
            field: content.reason.field(),
            content,
            escalation: None,
        }))
    }

    async fn hands_in(&self, handed_in: HandIn) -> Result<(), String> {
        let draft = (self.issued.case_number.as_str(), "correction");
        let done = self.desk.correction.submit(&clerk(&self.desk), handed_in, draft).await;
        done.map(drop).map_err(|error| error.code().to_owned())
    }

    async fn approves(&self, id: u128) {
        let id = Uuid::from_u128(id);
        let record = self.desk.correction.get(id).await.unwrap();
        for piece in &record.correction.content.evidence {
            self.desk.correction.open_evidence(&supervisor(&self.desk), id, &piece.digest).await.unwrap();
        }
        let credentials = fixture::credentials("2001", fixture::PASSWORD);
        let proof = self.desk.session.reauthenticate(&supervisor(&self.desk), &credentials).await.unwrap();
        let step =
            CorrectionStep::Approve { digest: record.correction.content.digest(), proof: Box::new(proof) };
        let revision = record.correction.revision;
        self.desk.correction.step(&supervisor(&self.desk), id, revision, step).await.unwrap();
    }

    async fn operations(&self) -> u32 {
        let page = Page { offset: 0, limit: 1 };
        self.desk.lists.queue.page(&clerk(&self.desk), QueueFilter::All, "", page).await.unwrap().total
    }
}

async fn wrong_name(offline: &Offline, right: &str) -> Content {
    Content {
        before: Value::Name(name("张演练")),
        after: Value::Name(name(right)),
        reason: Reason::TypingError,
        evidence: vec![offline.keeps(EvidenceKind::ChipRead, b"chip").await],
        chip_name: Some(name(right)),
        registry_version: 1,
        photo_shortfall: None,
        agent: None,
    }
}

async fn wrong_photo(offline: &Offline, reason: Reason) -> Content {
    let photo = offline.keeps(EvidenceKind::LivePhoto, b"live photo").await;
    Content {
        before: Value::Photo(Some(Digest::of(b"another person"))),
        after: Value::Photo(Some(photo.digest.clone())),
        reason,
        evidence: vec![photo, offline.keeps(EvidenceKind::ChipPhoto, b"chip photo").await],
        chip_name: None,
        registry_version: 1,
        photo_shortfall: None,
        agent: None,
    }
}

#[tokio::test]
async fn cr_truth_what_was_approved_here_stands_on_screen_and_sheet_before_the_centre_knows() {
    let offline = Offline::begin().await;
    let (photo, content) =
        (wrong_photo(&offline, Reason::PoorPhoto).await, wrong_name(&offline, "张验练").await);
    let Value::Photo(right_photo) = photo.after.clone() else { panic!("a photo") };
    offline.hands_in(offline.request(1, content)).await.unwrap();
    let before = offline.desk.citizen.read(&offline.number, None).await.unwrap();
    assert_eq!((before.right.name, before.right.version), (None, 0), "only handed in");
    offline.approves(1).await;
    let codes = async |number| offline.desk.citizen.codes(&offline.desk.citizen_ref(number)).await.unwrap();
    assert_eq!(codes(&offline.number).await.unwrap().len(), 1);
    assert_eq!(codes(&senior(2)).await, None, "not known is not the same as none");
    let after = offline.desk.citizen.read(&offline.number, None).await.unwrap();
    assert_eq!((after.right.name, after.right.version), (Some(name("张验练")), 1));

    offline.hands_in(offline.request(2, photo)).await.unwrap();
    offline.approves(2).await;
    let both = offline.desk.citizen.read(&offline.number, None).await.unwrap();
    assert_eq!(both.right.name, Some(name("张验练")));
    assert_eq!((both.right.photo, both.right.version), (right_photo, 2));
    assert_eq!(both.photo.unwrap().bytes, b"live photo", "what is printed");
    assert!(!both.holder.unused_corrections.is_empty());
}

#[tokio::test]
async fn p1_an_approval_without_the_centre_voids_the_code_and_nothing_is_replaced() {
    let offline = Offline::begin().await;
    let content = wrong_photo(&offline, Reason::AnotherPerson).await;
    offline.hands_in(offline.request(1, content)).await.unwrap();
    let state = async || {
        let citizen = offline.desk.citizen.read(&offline.number, None).await.unwrap();
        (citizen.codes[0].code.state, citizen.holder.unused_corrections.clone())
    };
    assert_eq!(state().await, (CodeState::Live, vec![]));
    offline.approves(1).await;
    assert_eq!(state().await, (CodeState::Voided, vec![]));
    let replace = IssueRequest {
        case_number: offline.issued.case_number.clone(),
        kind: IssueKind::Replacement { correction: Uuid::from_u128(1) },
        number: offline.number.clone(),
        proof: chip(),
        name: name("张演练"),
        photo: None,
        declared: None,
        agent: None,
        answer: None,
        confirmed_by_holder: true,
        consequence_confirmed: true,
    };
    let refused = offline.desk.issue.new_code(&clerk(&offline.desk), &replace).await.unwrap_err();
    assert_eq!(refused.code(), "no_approved_correction");
}

#[tokio::test]
async fn cr_one_open_a_second_one_is_refused_whole_and_its_draft_stays() {
    let offline = Offline::begin().await;
    offline.hands_in(offline.request(1, wrong_name(&offline, "张验练").await)).await.unwrap();
    let (before, case_number) = (offline.operations().await, &offline.issued.case_number);
    let typed = Sensitive::new("{}".to_owned());
    offline.desk.case.save_draft(&clerk(&offline.desk), case_number, "correction", typed).await.unwrap();
    let second = offline.request(2, wrong_name(&offline, "张岩练").await);
    assert_eq!(offline.hands_in(second).await, Err("correction_open".to_owned()));
    // Nor is one begun that may not be handed in: started and handed in are one transaction.
    let incomplete = Content { evidence: Vec::new(), ..wrong_photo(&offline, Reason::PoorPhoto).await };
    assert_eq!(offline.hands_in(offline.request(3, incomplete)).await, Err("evidence_missing".to_owned()));
    assert!(offline.desk.correction.get(Uuid::from_u128(3)).await.is_err());
    assert_eq!(offline.operations().await, before);
    assert_eq!(offline.desk.case.drafts(case_number).await.unwrap().len(), 1);
}

#[tokio::test]
async fn cr_states_one_sent_back_is_handed_in_again_as_a_new_revision() {
    let offline = Offline::begin().await;
    let content = wrong_name(&offline, "张验练").await;
    offline.hands_in(offline.request(1, content.clone())).await.unwrap();
    let id = Uuid::from_u128(1);
    let revision = offline.desk.correction.get(id).await.unwrap().correction.revision;
    let reject = async |revision| {
        let step = CorrectionStep::Reject { rejection: Rejection::EvidenceUnreadable, documents: Vec::new() };
        offline.desk.correction.step(&supervisor(&offline.desk), id, revision, step).await
    };
    let not_shown = reject(revision + 1).await.unwrap_err();
    assert_eq!(not_shown.code(), "correction_changed", "what was on screen is what is sent back");
    reject(revision).await.unwrap();
    let again = HandIn::Again { id, revision, content: Box::new(content) };
    offline.hands_in(again).await.unwrap();
    let handed_in = offline.desk.correction.get(id).await.unwrap().correction;
    assert_eq!(handed_in.revision, revision + 1);
    assert!(matches!(handed_in.state, State::Submitted { .. }));
    assert_eq!(handed_in.field, Field::Name);
}
