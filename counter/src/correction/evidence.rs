//! Evidence of a correction: pages scanned, photographed or made here.

use super::{
    Corrections,
    draft::{Draft, TEXT, save},
    guardian_bound, may_look, parse_id, signature,
};
use crate::{
    case::InFront,
    format::data_url,
    photo_editing::JPEG,
    picture::Picture,
    view::{AgentInput, CorrectionView, Failure},
};
use desk::{Desk, DeskError, store::blob::Blob};
use rules::{
    correction::{Digest, Evidence, EvidenceKind},
    permission::Duty,
};

impl Corrections {
    /// Adds a picture as evidence.
    ///
    /// # Errors
    /// Not permitted; the picture is gone; the database fails.
    pub async fn add_evidence(
        &self,
        id: String,
        kind: EvidenceKind,
        handle: String,
    ) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let page = self.photos.picture(&handle)?.evidence()?; // takes its time, so before the permit
        let _permit = self.case.permit().await;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        self.attach(&desk, &mut draft, kind, &Blob { bytes: page, media_type: JPEG.to_owned() }).await?;
        save(&desk, &operator, &draft).await?;
        let view = self.view_of(&desk, &operator, id).await?;
        signature::asked(self, &desk, (id, view)).await
    }

    /// Attaches the whole picture of a photo taken here, in the place of an earlier live photo.
    pub(super) async fn attach_live_photo(
        &self,
        desk: &Desk,
        draft: &mut Draft,
        picture: &Picture,
    ) -> Result<(), Failure> {
        let page = Blob { bytes: picture.evidence()?, media_type: JPEG.to_owned() };
        let digest = Digest::of(&page.bytes);
        draft.evidence.retain(|piece| piece.kind != EvidenceKind::LivePhoto || piece.digest == digest);
        self.attach(desk, draft, EvidenceKind::LivePhoto, &page).await
    }

    /// Checks the guardian with the registry and attaches the record of their consent (E8), in the
    /// place of an earlier one.
    pub(super) async fn record_guardian(&self, desk: &Desk, draft: &mut Draft) -> Result<(), Failure> {
        draft.guardian_bound = guardian_bound(desk, draft).await?;
        let may_act = draft.guardian(desk.read_clock().at.day(), &desk.policy()).is_ok();
        let Some(guardian) = draft.form.guardian().filter(|_| draft.under_fourteen && may_act) else {
            return Ok(());
        };
        let is_record =
            |piece: &Evidence| piece.kind == EvidenceKind::GuardianConsent && piece.media_type == TEXT;
        draft.evidence.retain(|piece| !is_record(piece));
        self.attach(desk, draft, EvidenceKind::GuardianConsent, &consent_record(&guardian, desk)).await
    }

    pub(super) async fn attach(
        &self,
        desk: &Desk,
        draft: &mut Draft,
        kind: EvidenceKind,
        blob: &Blob,
    ) -> Result<(), Failure> {
        let digest = desk.blob.keep(blob).await?;
        if draft.evidence.iter().any(|piece| piece.digest == digest && piece.kind == kind) {
            return Ok(());
        }
        let pages = draft.evidence.iter().filter(|piece| piece.kind == kind).count();
        let page = u16::try_from(pages + 1).unwrap_or(u16::MAX);
        draft.evidence.push(Evidence { kind, digest, media_type: blob.media_type.clone(), page });
        Ok(())
    }

    /// Removes a piece of evidence from a draft.
    ///
    /// # Errors
    /// Not permitted; unknown draft; the database fails.
    pub async fn remove_evidence(&self, id: String, digest: String) -> Result<CorrectionView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Correct)?;
        let id = parse_id(&id)?;
        let _permit = self.case.permit().await;
        let mut draft = self.draft_or_begin(&desk, id).await?;
        draft.evidence.retain(|piece| piece.digest.to_string() != digest);
        save(&desk, &operator, &draft).await?;
        let view = self.view_of(&desk, &operator, id).await?;
        signature::asked(self, &desk, (id, view)).await
    }

    /// Returns a piece of evidence as a data URL. For an approver it is recorded as opened.
    ///
    /// # Errors
    /// Not permitted; no piece of this correction, or neither here nor at the centre.
    pub async fn evidence(&self, id: String, digest: String) -> Result<String, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        may_look(&operator)?;
        let id = parse_id(&id)?;
        let digest: Digest = digest.parse().map_err(|_| DeskError::BlobUnknown)?;
        let own = match self.draft_of(&desk, &operator, id).await? {
            Some(draft) => draft.evidence.iter().any(|piece| piece.digest == digest),
            None => false,
        };
        if !own {
            let record = self.record(&desk, id).await?;
            if !record.correction.content.evidence.iter().any(|piece| piece.digest == digest) {
                return Err(DeskError::BlobUnknown.into());
            }
        }
        let blob = desk.blob.get(&digest).await?;
        if !own && operator.may(Duty::Approve).is_ok() {
            desk.correction.open_evidence(&operator, id, &digest).await?;
        }
        Ok(data_url(&blob.media_type, &blob.bytes))
    }
}

/// Returns the reading of the chip as evidence, character by character.
pub(super) fn chip_record(person: &InFront) -> Blob {
    let as_read = person.card_holder.name.as_read.expose();
    let points: Vec<_> = as_read
        .chars()
        .map(|character| format!("{character} {}", rules::person::code_point_text(character)))
        .collect();
    let valid = match (person.card_holder.valid_through, person.card_holder.long_term) {
        (_, true) => "长期".to_owned(),
        (Some(last), _) if person.card_holder.is_expired() => format!("{last}，已过期"),
        (Some(last), _) => last.to_string(),
        (None, false) => "本卡未载明".to_owned(),
    };
    let text = format!(
        "芯片读取记录\n号码 {}\n姓名 {as_read}\n字符 {}\n证件有效期至 {valid}\n读取日 {}\n",
        person.card_holder.number.masked(),
        points.join("、"),
        person.card_holder.read_on
    );
    Blob { bytes: text.into_bytes(), media_type: TEXT.to_owned() }
}

/// Returns the record of the guardian and their consent (E8).
fn consent_record(guardian: &AgentInput, desk: &Desk) -> Blob {
    let text = format!(
        "监护人同意书\n监护人 {}\n证件号码 {}\n已当面同意本次更正。\n{}\n",
        guardian.name,
        guardian.number,
        desk.read_clock().at.day()
    );
    Blob { bytes: text.into_bytes(), media_type: TEXT.to_owned() }
}
