//! The Correction (更正) and Approvals (审批) screens.

use rules::correction::{EvidenceKind, Field, Reason, Rejection};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::Failure;

/// A correction, open in the editor or before the approver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CorrectionView {
    /// Id.
    pub id: String,
    /// Case number.
    pub case_number: Option<String>,
    /// Field.
    pub field: Field,
    /// Revision.
    pub revision: u32,
    /// `draft`, `submitted`, `approved`, `applied`, `rejected`, `withdrawn`, `conflicted`.
    pub state: String,
    /// Why rejected.
    pub rejection: Option<Rejection>,
    /// Reason chosen.
    pub reason: Option<Reason>,
    /// Reasons that can be chosen for this field.
    pub reasons: Vec<Reason>,
    /// M2
    pub masked_name: String,
    /// M1
    pub masked_number: String,
    /// Name before / after / chip, character by character (name corrections).
    pub names: Option<NamesView>,
    /// Photo before / after / chip (photo corrections).
    pub photos: Option<PhotosView>,
    /// Evidence added.
    pub evidence: Vec<EvidenceView>,
    /// Sets of which one must be complete.
    pub evidence_needed: Vec<Vec<EvidenceKind>>,
    /// Still missing of the nearest set.
    pub evidence_missing: Vec<EvidenceKind>,
    /// What stands against submitting, in words; empty = may be submitted.
    pub problems: Vec<Failure>,
    /// Under 14: guardian recorded.
    pub guardian_needed: bool,
    /// Guardian is recorded.
    pub guardian_recorded: bool,
    /// The registry binds the guardian to the holder; if not, the approver looks at the proof.
    pub guardian_bound: bool,
    /// Maker's staff number and name.
    pub maker: String,
    /// Approver, once there is one.
    pub approver: Option<String>,
    /// Desk that made it.
    pub device: u32,
    /// Submitted at.
    pub submitted_at: Option<String>,
    /// Due at the counter (10 minutes) or the same day.
    pub overdue: bool,
    /// Digest the approval binds.
    pub digest: String,
    /// Registry version seen.
    pub registry_version: String,
    /// Clerk's reason for a photo below the limits.
    pub photo_shortfall: Option<String>,
    /// Effect on the live code, in words.
    pub effect: super::SentenceView,
    /// Earlier corrections of this holder.
    pub earlier: Vec<CorrectionRowView>,
    /// P1: security flag.
    pub security_flag: bool,
    /// Why this person may not approve (same person, role …).
    pub approval_refusal: Option<Failure>,
    /// What was typed so far, for whom may change it: the next save sends all of it again.
    pub typed: Option<CorrectionInput>,
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectionRowView {
    /// Id.
    pub id: String,
    /// Case number.
    pub case_number: Option<String>,
    /// Field.
    pub field: Field,
    /// Reason.
    pub reason: Reason,
    /// State.
    pub state: String,
    /// M2
    pub masked_name: String,
    /// M1
    pub masked_number: String,
    /// Maker.
    pub maker: String,
    /// Device.
    pub device: u32,
    /// Submitted or last changed.
    pub at: String,
    /// Past its due time.
    pub overdue: bool,
    /// P1, photo shortfall: looks first.
    pub risk: bool,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CorrectionPageView {
    /// Rows.
    pub rows: Vec<CorrectionRowView>,
    /// Of how many.
    pub total: u32,
}

/// Names side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NamesView {
    /// Registry.
    pub before: NameView,
    /// Wanted.
    pub after: Option<NameView>,
    /// Chip.
    pub chip: Option<NameView>,
    /// Differences before → after.
    pub differences: Vec<DifferenceView>,
    /// Chip name is a prefix of the new one (N3).
    pub chip_is_prefix: bool,
    /// New name equals the chip's exactly (N5).
    pub equals_chip: bool,
}

/// A name, character by character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct NameView {
    /// The text.
    pub text: String,
    /// Its characters.
    pub characters: Vec<CharacterView>,
}

/// A character as it will print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CharacterView {
    /// The character.
    pub character: String,
    /// `U+20087`
    pub code_point: String,
    /// Outline as SVG path in font units, y up; `None` = no print font has it (N5).
    pub glyph: Option<GlyphView>,
    /// Outside GB 18030-2022 (N2).
    pub outside_repertoire: bool,
    /// Private use without mapping (N3).
    pub private_use: bool,
}

/// An outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct GlyphView {
    /// SVG path data, y up.
    pub path: String,
    /// Advance in font units.
    pub width: u16,
    /// Font units per em.
    pub units_per_em: u16,
    /// Font.
    pub font: String,
}

/// One position of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DifferenceView {
    /// Position from 1.
    pub position: u16,
    /// Before; `None` = inserted.
    pub before: Option<CharacterView>,
    /// After; `None` = removed.
    pub after: Option<CharacterView>,
}

/// Photos side by side, as data URLs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct PhotosView {
    /// Registry.
    pub before: Option<String>,
    /// Wanted.
    pub after: Option<String>,
    /// Chip, where decodable.
    pub chip: Option<String>,
    /// Figures of the wanted one.
    pub measures: Vec<MeasureView>,
}

/// One quality figure with its limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct MeasureView {
    /// Which.
    pub measure: rules::photo::Measure,
    /// The figure.
    pub value: f64,
    /// Lower limit.
    pub at_least: Option<f64>,
    /// Upper limit.
    pub at_most: Option<f64>,
    /// Within.
    pub ok: bool,
}

/// A picture to be cropped, in the desk's hands (never the page's).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PictureView {
    /// Handle for `crop`.
    pub handle: String,
    /// Preview.
    pub preview: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Crop rectangle in pixels of the picture after rotation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CropInput {
    /// Handle.
    pub handle: String,
    /// Left.
    pub x: f64,
    /// Top.
    pub y: f64,
    /// Width; height follows from 358 : 441.
    pub width: f64,
    /// Clockwise, degrees.
    pub rotation: f64,
}

/// A cropped photo with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Type)]
pub struct CroppedView {
    /// `data:image/jpeg;base64,…`
    pub photo: String,
    /// SM3.
    pub digest: String,
    /// Figures.
    pub measures: Vec<MeasureView>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EvidenceView {
    /// Kind.
    pub kind: EvidenceKind,
    /// SM3.
    pub digest: String,
    /// Page.
    pub page: u16,
    /// Media type.
    pub media_type: String,
    /// At the centre already.
    pub uploaded: bool,
    /// The approver who looks has opened it.
    pub opened: bool,
}

/// Form of a correction: everything typed so far (saved as a draft at every change).
#[derive(Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CorrectionInput {
    /// Id.
    pub id: String,
    /// Reason.
    pub reason: Option<Reason>,
    /// New name.
    pub name: Option<String>,
    /// New photo, digest given by `crop`.
    pub photo: Option<String>,
    /// Why a photo below the limits.
    pub photo_shortfall: Option<String>,
    /// Guardian.
    pub guardian: Option<super::AgentInput>,
}

/// An escalation in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EscalationView {
    /// Id.
    pub id: String,
    /// M2
    pub masked_name: String,
    /// M1
    pub masked_number: String,
    /// Field.
    pub field: Field,
    /// Channel.
    pub channel: rules::wire::Channel,
    /// When.
    pub at: String,
    /// What the citizen said.
    pub remark: Option<String>,
}

/// How characters are searched.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum CharacterQuery {
    /// `U+20087`, `20087`, or the character itself.
    CodePoint {
        /// Text.
        text: String,
    },
    /// Radical (1–214) and further strokes.
    Radical {
        /// Kangxi radical.
        radical: u8,
        /// Strokes besides the radical.
        strokes: Option<u8>,
    },
    /// Characters that contain all these components.
    Components {
        /// Components, e.g. 龙天.
        text: String,
    },
    /// Mandarin reading without tones.
    Reading {
        /// Pinyin.
        text: String,
    },
}

impl std::fmt::Debug for CorrectionInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorrectionInput").field("id", &self.id).finish_non_exhaustive()
    }
}
