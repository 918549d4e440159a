//! What a screen shows of a citizen.

use crate::store::{blob::Blob, case_file::CaseFile};
use rules::{
    At, Day, Policy,
    correction::{Correction, Digest, State, Value},
    life::{Action, Code, Holder, Now, offers},
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::{CitizenView, CorrectionRecord, Escalation},
};

/// Where the knowledge of a citizen comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The centre, now.
    Fresh,
    /// The centre, earlier.
    Cached {
        /// When the view came.
        fetched_at: At,
    },
    /// The centre, now: nobody of this number is registered.
    NotRegistered,
    /// This desk only.
    Blind,
}

/// Everything the Window screen shows of a citizen.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// Reference under which this desk files the citizen.
    pub citizen_ref: CitizenRef,
    /// Number from the card.
    pub number: IdNumber,
    /// The registry's view.
    pub view: Option<CitizenView>,
    /// Where it comes from.
    pub source: Source,
    /// Whether the view may decide: fresh enough and the line is up.
    pub fresh: bool,
    /// What the rules need, with this desk's own operations merged in.
    pub holder: Holder,
    /// The instant and vantage decisions are made with.
    pub now: Now,
    /// All codes, oldest first, with what only this desk knows of them.
    pub codes: Vec<KnownCode>,
    /// Corrections, oldest first.
    pub corrections: Vec<CorrectionRecord>,
    /// Open escalations, oldest first.
    pub escalations: Vec<Escalation>,
    /// Cases of this citizen that were put aside here.
    pub unfinished: Vec<CaseFile>,
    /// What belongs on a sheet: [`RightValues`].
    pub right: RightValues,
    /// Its photo, if it is here or could be fetched.
    pub photo: Option<Blob>,
}

/// The registry's name and photo, with every approved correction that its view does not show yet
/// laid over them (order of truth): an approval made here reaches the centre before anything that
/// is done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightValues {
    /// Name; `None`: the registry is not known here, and no correction says one.
    pub name: Option<Name>,
    /// Digest of the photo.
    pub photo: Option<Digest>,
    /// Version of the registry's record when all of them are applied.
    pub version: u64,
}

impl RightValues {
    pub(super) fn of(view: Option<&CitizenView>, corrections: &[CorrectionRecord], fresh: bool) -> Self {
        let mut right = Self {
            name: view.map(|view| view.name.clone()),
            photo: view.and_then(|view| view.photo.clone()),
            version: view.map_or(0, |view| view.version),
        };
        for Correction { state, content, .. } in corrections.iter().map(|record| &record.correction) {
            right.version = match state {
                State::Applied { registry_version, .. } if *registry_version > right.version => {
                    *registry_version
                }
                State::Approved { .. } if !fresh => right.version + 1,
                _ => continue,
            };
            match &content.after {
                Value::Name(name) => right.name = Some(name.clone()),
                Value::Photo(photo) => right.photo.clone_from(photo),
            }
        }
        right
    }
}

/// A code as the screens show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownCode {
    /// The code as this desk knows it.
    pub code: Code,
    /// Issued here in this case.
    pub case_number: Option<String>,
    /// Text of the symbol, if it was signed here.
    pub payload: Option<String>,
    /// The day it used up.
    pub counts_for: Option<Day>,
    /// Something done to it here waits for the centre.
    pub waits: bool,
}

impl Citizen {
    /// Returns the encoded photo, if it is here.
    pub fn portrait(&self) -> Option<Vec<u8>> {
        self.photo.as_ref().map(|blob| blob.bytes.clone())
    }

    /// Returns whether a correction was applied to the registry since this view of it came.
    pub fn is_outdated(&self) -> bool {
        let version = self.view.as_ref().map_or(0, |view| view.version);
        self.corrections.iter().any(|record| {
            matches!(record.correction.state, State::Applied { registry_version, .. } if registry_version > version)
        })
    }

    /// Returns whether the registry's view binds an agent to this holder (E9).
    pub fn is_bound_to(&self, agent: &IdNumber) -> bool {
        self.view.as_ref().is_some_and(|view| view.is_bound_to(agent))
    }

    /// Returns all seven actions with whether they are allowed now.
    pub fn offers(&self, policy: &Policy) -> Vec<(Action, Result<(), rules::Refusal>)> {
        offers(&self.holder, &self.now, policy)
    }
}
