//! Which blobs an operation names: they belong to the site of its desk (N-2).

use rules::{
    correction::{Digest, Value},
    op::{OpBody, Operation},
};

/// Returns the digests of evidence and photos that an operation names.
pub fn named(operation: &Operation) -> impl Iterator<Item = Digest> {
    let mut digests = Vec::new();
    match &operation.body {
        OpBody::Issue { holder, agent, .. } => {
            digests.extend(holder.photo.clone());
            digests.extend(agent.iter().flat_map(|agent| agent.proof.iter().cloned()));
        }
        OpBody::CorrectionOpened { correction, holder } => {
            let content = &correction.content;
            digests.extend(holder.photo.clone());
            digests.extend(content.evidence.iter().map(|piece| piece.digest.clone()));
            digests.extend(content.agent.iter().flat_map(|agent| agent.proof.iter().cloned()));
            for value in [&content.before, &content.after] {
                if let Value::Photo(Some(photo)) = value {
                    digests.push(photo.clone());
                }
            }
        }
        OpBody::ReportLoss { .. }
        | OpBody::Reprint { .. }
        | OpBody::Void { .. }
        | OpBody::Printed { .. }
        | OpBody::CorrectionCommanded { .. } => {}
    }
    digests.into_iter()
}
