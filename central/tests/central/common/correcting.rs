//! Name corrections as desks send them.

use central_fixture::desk::Holder;
use rules::{
    correction::{
        Content, Correction, CorrectionCommand, Digest, Evidence, EvidenceKind, Field, Reason, State, Value,
    },
    op::{HolderSeen, OpBody},
    person::Name,
};
use uuid::Uuid;

/// Staff number of the clerk who makes them.
pub(crate) const MAKER: &str = "10001";
/// Content of the only evidence attached.
pub(crate) const EVIDENCE: &[u8] = b"what the chip said";

pub(crate) fn draft(id: Uuid, holder: &Holder, after: &str, registry_version: u64) -> Correction {
    let after = Name::read(after).unwrap().name;
    let content = Content {
        before: Value::Name(holder.name.clone()),
        after: Value::Name(after.clone()),
        reason: Reason::TypingError,
        evidence: vec![Evidence {
            kind: EvidenceKind::ChipRead,
            digest: Digest::of(EVIDENCE),
            media_type: "application/json".to_owned(),
            page: 1,
        }],
        chip_name: Some(after),
        registry_version,
        photo_shortfall: None,
        agent: None,
    };
    Correction {
        id,
        field: Field::Name,
        maker: MAKER.parse().unwrap(),
        revision: 0,
        content,
        state: State::Draft,
        escalation: None,
    }
}

pub(crate) fn opened(correction: &Correction, holder: &Holder) -> OpBody {
    let seen = HolderSeen {
        number: holder.number.clone(),
        name: holder.name.clone(),
        photo: None,
        declared: None,
        registry_version: Some(correction.content.registry_version),
    };
    OpBody::CorrectionOpened { correction: Box::new(correction.clone()), holder: Box::new(seen) }
}

pub(crate) fn commanded(id: Uuid, command: CorrectionCommand) -> OpBody {
    OpBody::CorrectionCommanded { id, revision: 0, command: Box::new(command) }
}

pub(crate) fn approve(correction: &Correction) -> CorrectionCommand {
    CorrectionCommand::Approve { digest: correction.content.digest(), opened: vec![Digest::of(EVIDENCE)] }
}
