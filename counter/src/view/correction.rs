//! The Correction (更正) and Approvals (审批) screens.

use rules::{
    DeviceNumber,
    correction::{CorrectionState, EvidenceKind, Field, Reason, Rejection},
    photo::Measure,
    wire::Channel,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AgentInput, CaseRowView, Failure, SentenceView};

/// A correction, in the editor or before the approver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CorrectionView {
    /// Identifier, which commands take.
    pub id: String,
    /// Case number it was started in.
    pub case_number: Option<String>,
    /// Field that is corrected.
    pub field: Field,
    /// Revision, which grows with each submission.
    pub revision: u32,
    /// Current state.
    pub state: CorrectionState,
    /// Why it was sent back.
    pub rejection: Option<Rejection>,
    /// Documents that the citizen has to bring after a rejection.
    pub documents: Vec<EvidenceKind>,
    /// Reason chosen so far.
    pub reason: Option<Reason>,
    /// Reasons to choose from for this field.
    pub reasons: Vec<Reason>,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked ID number (M1).
    pub masked_number: String,
    /// Names side by side, for a correction of the name.
    pub names: Option<NamesView>,
    /// Photos side by side, for a correction of the photo.
    pub photos: Option<PhotosView>,
    /// Evidence added so far.
    pub evidence: Vec<EvidenceView>,
    /// Sets of evidence, of which one must be complete.
    pub evidence_needed: Vec<Vec<EvidenceKind>>,
    /// Evidence that the nearest set still lacks.
    pub evidence_missing: Vec<EvidenceKind>,
    /// What prevents submitting; empty if it can be submitted.
    pub problems: Vec<Failure>,
    /// Whether a guardian must be recorded (under 14).
    pub guardian_needed: bool,
    /// Whether a guardian is recorded.
    pub guardian_recorded: bool,
    /// Whether the registry binds the guardian to the holder. If not, the approver looks at the
    /// proof.
    pub guardian_bound: bool,
    /// Staff number of the maker.
    pub maker: String,
    /// Staff number of the approver, once there is one.
    pub approver: Option<String>,
    /// Device number of the desk that started it.
    pub device: DeviceNumber,
    /// Time of the submission.
    pub submitted_at: Option<String>,
    /// Whether it should have been decided by now.
    pub overdue: bool,
    /// Digest of the content, which the approval binds; empty for a draft.
    pub digest: String,
    /// Registry version it was made against.
    pub registry_version: String,
    /// Clerk's reason for a photo below the limits.
    pub photo_shortfall: Option<String>,
    /// Effect of the approval on registry and code.
    pub effect: SentenceView,
    /// Earlier corrections of this holder.
    pub earlier: Vec<CorrectionRowView>,
    /// Whether the photo shows another person (P1), which security looks into.
    pub security_flag: bool,
    /// Why this person may not approve, such as being the maker.
    pub approval_refusal: Option<Failure>,
    /// The form so far, for a person who may change it. The next save sends all of it again.
    pub typed: Option<CorrectionInput>,
}

/// A row of a list of corrections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectionRowView {
    /// Identifier, which commands take.
    pub id: String,
    /// Case number it was started in.
    pub case_number: Option<String>,
    /// Field that is corrected.
    pub field: Field,
    /// Reason for the correction.
    pub reason: Reason,
    /// Current state.
    pub state: CorrectionState,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked ID number (M1).
    pub masked_number: String,
    /// Staff number of the maker.
    pub maker: String,
    /// Device number of the desk that started it.
    pub device: DeviceNumber,
    /// Time of the submission or last change.
    pub at: String,
    /// Whether it should have been decided by now.
    pub overdue: bool,
    /// Whether the approver should look closely: another person's photo (P1), or one below the
    /// limits.
    pub risk: bool,
}

/// Page of a list of corrections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectionPageView {
    /// Rows of this page.
    pub rows: Vec<CorrectionRowView>,
    /// Number of rows in the whole list.
    pub total: u32,
}

/// Names side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamesView {
    /// Name in the registry.
    pub before: NameView,
    /// Name after the correction.
    pub after: Option<NameView>,
    /// Name on the chip.
    pub chip: Option<NameView>,
    /// Differences between before and after.
    pub differences: Vec<DifferenceView>,
    /// Whether the chip's name is a prefix of the new one (N3).
    pub chip_is_prefix: bool,
    /// Whether the new name equals the chip's exactly (N5).
    pub equals_chip: bool,
}

/// A name, character by character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NameView {
    /// The whole name.
    pub text: String,
    /// Its characters in order.
    pub characters: Vec<CharacterView>,
}

/// A character as it will print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CharacterView {
    /// The character itself.
    pub character: String,
    /// Code point, such as `U+20087`.
    pub code_point: String,
    /// Outline; `None` if no print font has the character.
    pub glyph: Option<GlyphView>,
    /// Whether it lies outside GB 18030-2022.
    pub outside_repertoire: bool,
    /// Whether it is a private-use character without a standard one.
    pub private_use: bool,
}

/// Outline of a character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GlyphView {
    /// SVG path data in font units, y upwards.
    pub path: String,
    /// Advance width in font units.
    pub width: u16,
    /// Font units per em.
    pub units_per_em: u16,
}

/// A difference between two names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// Position in the name, from 1.
    pub position: u16,
    /// Character before; `None` if one was inserted.
    pub before: Option<CharacterView>,
    /// Character after; `None` if one was removed.
    pub after: Option<CharacterView>,
}

/// Photos side by side, as data URLs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct PhotosView {
    /// Photo in the registry.
    pub before: Option<String>,
    /// Photo after the correction.
    pub after: Option<String>,
    /// Photo on the chip, if it can be decoded.
    pub chip: Option<String>,
    /// Quality of the new photo.
    pub measures: Vec<MeasureView>,
}

/// A quality figure of a photo, with its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct MeasureView {
    /// Figure that was measured.
    pub measure: Measure,
    /// Measured value.
    pub value: f64,
    /// Lower limit.
    pub at_least: Option<f64>,
    /// Upper limit.
    pub at_most: Option<f64>,
    /// Whether the value lies within the limits.
    pub ok: bool,
}

/// A picture to be cropped. The desk keeps it; the page has a preview and a handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PictureView {
    /// Handle, which `crop` takes.
    pub handle: String,
    /// Preview as a data URL.
    pub preview: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Rectangle to cut out, in pixels of the picture after its rotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CropInput {
    /// Handle of the picture.
    pub handle: String,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width; the height follows from 358 : 441.
    pub width: f64,
    /// Clockwise rotation in degrees.
    pub rotation: f64,
}

/// A cropped photo with its quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CroppedView {
    /// Photo as a data URL.
    pub photo: String,
    /// SM3 digest, which the form takes.
    pub digest: String,
    /// Quality of the photo.
    pub measures: Vec<MeasureView>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceView {
    /// Kind of evidence.
    pub kind: EvidenceKind,
    /// SM3 digest, which commands take.
    pub digest: String,
    /// Page number within its kind.
    pub page: u16,
    /// Whether this approver opened it.
    pub opened: bool,
}

/// Form of a correction. Every change saves all of it as a draft.
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CorrectionInput {
    /// Identifier of the correction.
    pub id: String,
    /// Reason chosen.
    pub reason: Option<Reason>,
    /// New name.
    pub name: Option<String>,
    /// Digest of the new photo, returned by `crop`.
    pub photo: Option<String>,
    /// Why a photo below the limits is used.
    pub photo_shortfall: Option<String>,
    /// Guardian of a holder under 14.
    pub guardian: Option<AgentInput>,
}

/// An escalation that waits at this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EscalationView {
    /// Identifier, which commands take.
    pub id: String,
    /// Number on the ticket that a kiosk printed.
    pub number: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked ID number (M1).
    pub masked_number: String,
    /// Field that is wrong.
    pub field: Field,
    /// Channel that it came through.
    pub channel: Channel,
    /// Time of the report.
    pub at: String,
    /// Remark of the citizen.
    pub remark: Option<String>,
}

/// What F3 found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FoundView {
    /// Cases of this desk.
    pub cases: Vec<CaseRowView>,
    /// Escalations with this number; then there are no cases.
    pub escalations: Vec<EscalationView>,
}

/// Query for characters.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum CharacterQuery {
    /// By code point.
    CodePoint {
        /// `U+20087`, `20087`, or the character itself.
        text: String,
    },
    /// By radical and further strokes.
    Radical {
        /// Kangxi radical, 1–214.
        radical: u8,
        /// Number of strokes besides the radical.
        strokes: Option<u8>,
    },
    /// By components, all of which the character contains.
    Components {
        /// Components, such as 龙天.
        text: String,
    },
    /// By Mandarin reading.
    Reading {
        /// Pinyin without tones.
        text: String,
    },
}

impl std::fmt::Debug for CorrectionInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorrectionInput").field("id", &self.id).finish_non_exhaustive()
    }
}
