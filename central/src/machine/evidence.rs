//! Which blobs an operation names: they belong to the site of its desk (N-2).

use super::correction::offered_content;
use rules::{
    correction::{Content, Digest, Value},
    handwriting::CitizenAnswer,
    op::{OpBody, Operation},
};

/// Returns the digests of evidence and photos that an operation names.
pub fn named(operation: &Operation) -> impl Iterator<Item = Digest> {
    let mut digests = operation.proof.as_ref().map(|proof| proof.evidence().to_vec()).unwrap_or_default();
    match &operation.body {
        OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. } => {
            digests.extend(holder.photo.clone());
        }
        OpBody::ReportLoss { .. }
        | OpBody::Reprint { .. }
        | OpBody::Void { .. }
        | OpBody::Printed { .. }
        | OpBody::CorrectionCommanded { .. }
        | OpBody::EscalationDismissed { .. } => {}
    }
    let answer = operation.answer.as_deref();
    digests.extend(answer.and_then(CitizenAnswer::signature).cloned());
    digests.extend(operation.agent().iter().flat_map(|agent| agent.proof.iter().cloned()));
    digests.extend(offered_content(&operation.body).into_iter().flat_map(of_content));
    digests.into_iter()
}

fn of_content(content: &Content) -> Vec<Digest> {
    let evidence = content.evidence.iter().map(|piece| piece.digest.clone());
    let proof = content.agent.iter().flat_map(|agent| agent.proof.iter().cloned());
    let photos = [&content.before, &content.after].into_iter().filter_map(|value| match value {
        Value::Photo(photo) => photo.clone(),
        Value::Name(_) => None,
    });
    evidence.chain(proof).chain(photos).collect()
}
