//! The citizen at the window: what the centre says, what this desk has done since, and what may be
//! done now.

use crate::{
    Desk,
    clock::Reading,
    error::DeskError,
    session::Operator,
    store::{
        self, Connection,
        audit::{Entry, Event},
        blob::{Blob, BlobOrigin},
        case_file::CaseFile,
        citizen::Cached,
        code::LocalCode,
    },
    sync::{CallError, Reason, SyncHandle},
};
use rules::{
    At, Day, Policy,
    correction::{Correction, Digest, State, Value},
    eligibility::{Knowledge, eligibility},
    life::{Action, Code, Holder, Now, offers},
    op::{CitizenRef, Declared},
    permission::Duty,
    person::{IdNumber, Name},
    wire::{CitizenView, CorrectionRecord, Escalation, ProtocolError},
};
use std::time::Duration;

/// A view this young, seen while the line is up, is the centre's word for the case at the window.
/// Longer than a case takes with an elderly citizen, shorter than a lunch break.
pub const FRESH_MS: i64 = 10 * 60 * 1000;
/// How long the clerk waits for the centre's view before going on with what is here.
pub const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the knowledge of a citizen comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The centre, now.
    Fresh,
    /// The centre, earlier.
    Cached {
        /// When.
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
    /// Reference.
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
    /// Photo.
    pub photo: Option<Digest>,
    /// Version of the registry's record when all of them are applied.
    pub version: u64,
}

impl RightValues {
    fn of(view: Option<&CitizenView>, corrections: &[CorrectionRecord], fresh: bool) -> Self {
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
    /// The code.
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

    /// A correction was applied to the registry since this view of it came.
    pub fn is_outdated(&self) -> bool {
        let version = self.view.as_ref().map_or(0, |view| view.version);
        self.corrections.iter().any(|record| {
            matches!(record.correction.state, State::Applied { registry_version, .. } if registry_version > version)
        })
    }

    /// E9: whether the registry, as far as its view is here, binds somebody to this holder.
    pub fn is_bound_to(&self, agent: &CitizenRef) -> bool {
        let relatives = self.view.iter().flat_map(|view| view.relatives.iter());
        relatives.into_iter().any(|relative| relative.citizen_ref == *agent)
    }

    /// All seven actions with whether they are allowed now.
    pub fn offers(&self, policy: &Policy) -> Vec<(Action, Result<(), rules::Refusal>)> {
        offers(&self.holder, &self.now, policy)
    }
}

/// What this desk knows of a citizen, read in one transaction.
pub(crate) struct Known {
    pub(crate) cached: Option<Cached>,
    pub(crate) fresh: bool,
    pub(crate) codes: Vec<KnownCode>,
    local: Vec<LocalCode>,
    corrections: Vec<CorrectionRecord>,
}

impl Known {
    /// Reads it. The line says whether a view of some age may still decide.
    pub(crate) async fn read(
        connection: &mut Connection,
        citizen_ref: &CitizenRef,
        line: &SyncHandle,
        now: At,
    ) -> Result<Self, DeskError> {
        let cached = store::citizen::get(connection, citizen_ref).await?;
        let local = store::code::of_citizen(connection, citizen_ref).await?;
        let corrections = store::correction::of_citizen(connection, citizen_ref).await?;
        let fresh = cached.as_ref().is_some_and(|cached| {
            line.vouches_for(cached.fetched_at) && (0..FRESH_MS).contains(&now.since_ms(cached.fetched_at))
        });
        let codes = merge(cached.as_ref(), &local);
        Ok(Self { cached, fresh, codes, local, corrections })
    }

    /// What the rules need.
    pub(crate) fn holder(
        &self,
        number: &IdNumber,
        declared: Option<&Declared>,
        today: Day,
        policy: &Policy,
    ) -> Holder {
        let knowledge = self.knowledge(declared);
        let mut issue_days: Vec<Day> =
            self.cached.iter().flat_map(|cached| cached.view.issue_days.iter().copied()).collect();
        issue_days.extend(self.local.iter().filter_map(|local| local.counts_for));
        issue_days.sort_unstable();
        issue_days.dedup();
        Holder {
            eligibility: eligibility(number, &knowledge, today, policy),
            codes: self.codes.iter().map(|known| known.code.clone()).collect(),
            issue_days,
            unused_corrections: self.unused_corrections(),
        }
    }

    /// E5: only the centre's fresh word is the registry's; offline it is what the clerk declares.
    fn knowledge(&self, declared: Option<&Declared>) -> Knowledge {
        match (&self.cached, declared) {
            (Some(cached), _) if self.fresh => Knowledge::Registry {
                shanghai_household: cached.view.shanghai_household,
                certificate: cached.view.certificate.clone(),
            },
            (_, Some(declared)) => Knowledge::Declared {
                shanghai_household: declared.shanghai_household,
                certificate: declared.certificate.clone(),
            },
            (_, None) => Knowledge::Nothing,
        }
    }

    /// All corrections: those of the view that this desk has not heard of by itself, and its own.
    pub(crate) fn corrections(&self) -> impl Iterator<Item = &Correction> + Clone {
        let own = self.corrections.iter().map(|record| &record.correction);
        self.made_elsewhere().map(|(_, correction)| correction).chain(own)
    }

    /// Those this desk has not heard of by itself, with the view that has them.
    fn made_elsewhere(&self) -> impl Iterator<Item = (&CitizenView, &Correction)> + Clone {
        let is_here = |id| self.corrections.iter().any(|record| record.correction.id == id);
        let views = self.cached.iter().map(|cached| &cached.view);
        views
            .flat_map(|view| view.corrections.iter().map(move |correction| (view, correction)))
            .filter(move |(_, correction)| !is_here(correction.id))
    }

    /// All of them as records, oldest first.
    fn records(&self, citizen_ref: &CitizenRef) -> Vec<CorrectionRecord> {
        let elsewhere = self.made_elsewhere().map(|(view, correction)| CorrectionRecord {
            citizen_ref: citizen_ref.clone(),
            masked_name: view.name.masked(),
            masked_number: view.number.masked(),
            under_fourteen: false,
            correction: correction.clone(),
            case_number: None,
            device: 0,
        });
        let mut all: Vec<_> = self.corrections.iter().cloned().chain(elsewhere).collect();
        all.sort_by_key(|record| record.correction.id);
        all
    }

    /// Corrections a `replace` may be made for, and none was made here.
    fn unused_corrections(&self) -> Vec<uuid::Uuid> {
        let used = |id| {
            let alive = |local: &&LocalCode| local.code.state != rules::life::CodeState::Voided;
            self.local.iter().filter(alive).any(|local| local.correction == Some(id))
        };
        let unused =
            |correction: &&Correction| correction.allows_replacement(self.fresh) && !used(correction.id);
        let mut unused: Vec<_> = self.corrections().filter(unused).map(|correction| correction.id).collect();
        unused.sort_unstable();
        unused
    }
}

/// The registry's codes with this desk's own laid over them: what was done here counts while the
/// centre has not seen it. A code has ended when either says so, whichever is younger; where they
/// name two ends the registry is right.
fn merge(cached: Option<&Cached>, local: &[LocalCode]) -> Vec<KnownCode> {
    let mut codes: Vec<KnownCode> = cached
        .iter()
        .flat_map(|cached| cached.view.codes.iter())
        .map(|code| KnownCode {
            code: code.clone(),
            case_number: None,
            payload: None,
            counts_for: None,
            waits: false,
        })
        .collect();
    for here in local {
        let known = KnownCode {
            code: here.code.clone(),
            case_number: here.case_number.clone(),
            payload: here.payload.clone(),
            counts_for: here.counts_for,
            waits: here.waits,
        };
        match codes.iter_mut().find(|code| code.code.serial == here.code.serial) {
            None => codes.push(known),
            Some(central) => {
                let code = Code {
                    state: central.code.state.moved_to(here.code.state),
                    provisional: here.code.provisional && central.code.provisional,
                    copies: here.code.copies.max(central.code.copies),
                    ..here.code.clone()
                };
                *central = KnownCode { code, ..known };
            }
        }
    }
    codes.sort_by_key(|known| (known.code.issued_at, known.code.serial));
    codes
}

impl Desk {
    /// Looks a citizen up: asks the centre for at most two seconds, else goes on with what is here.
    /// Audited.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; the disk's. An unreachable centre is no error: see
    /// [`Citizen::source`].
    pub async fn look_up(&self, operator: &Operator, number: &IdNumber) -> Result<Citizen, DeskError> {
        operator.may(Duty::Serve)?;
        let citizen_ref = self.citizen_ref(number);
        let asked = self.ask_centre(&citizen_ref).await;
        let outcome = match &asked {
            Ok(()) => "fresh",
            Err(_) => "offline",
        };
        let mut write = self.store.write().await?;
        let reading = self.clock.read();
        let entry = Entry {
            operator: &operator.staff,
            event: Event::LookUp,
            outcome,
            case_number: None,
            detail: &citizen_ref.0,
        };
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        self.citizen(number, None).await
    }

    /// The citizen with what is here now, without asking the centre: after an operation, or with a
    /// declaration.
    ///
    /// # Errors
    /// The disk's.
    pub async fn citizen(
        &self,
        number: &IdNumber,
        declared: Option<&Declared>,
    ) -> Result<Citizen, DeskError> {
        let citizen_ref = self.citizen_ref(number);
        let reading: Reading = self.clock.read();
        let mut read = self.store.read().await?;
        let known = Known::read(&mut read, &citizen_ref, &self.sync, reading.at).await?;
        let here = store::escalation::of_citizen(&mut read, &citizen_ref).await?;
        let unfinished = store::case_file::unfinished(&mut read, Some(&citizen_ref)).await?;
        let now = reading.now(known.fresh);
        let holder = known.holder(number, declared, now.at.day(), &self.policy());
        let source = match &known.cached {
            Some(_) if known.fresh => Source::Fresh,
            Some(cached) => Source::Cached { fetched_at: cached.fetched_at },
            // The centre answered, and had nobody to show.
            None if self.sync.is_online() => Source::NotRegistered,
            None => Source::Blind,
        };
        let corrections = known.records(&citizen_ref);
        let view = known.cached.map(|cached| cached.view);
        let mut escalations = view.as_ref().map(|view| view.escalations.clone()).unwrap_or_default();
        escalations.extend(here.into_iter().filter(|one| {
            source != Source::Fresh
                && !view.iter().any(|view| view.escalations.iter().any(|e| e.id == one.id))
        }));
        escalations.retain(|one| !one.closed);
        let right = RightValues::of(view.as_ref(), &corrections, known.fresh);
        let photo = match &right.photo {
            Some(digest) => self.store.blob(&mut read, digest).await.unwrap_or(None),
            None => None,
        };
        Ok(Citizen {
            citizen_ref,
            number: number.clone(),
            fresh: known.fresh,
            source,
            view,
            holder,
            now,
            codes: known.codes,
            corrections,
            escalations,
            unfinished,
            right,
            photo,
        })
    }

    async fn ask_centre(&self, citizen_ref: &CitizenRef) -> Result<(), CallError> {
        let asked = async {
            let decided = self.decided(citizen_ref).await.map_err(|_| CallError::Malformed("not read"))?;
            let started_ms = self.clock.monotonic_ms();
            let view = self.centre.citizen(citizen_ref, self.operator_token(), self.clock.read().at).await?;
            let round_trip_ms = self.clock.monotonic_ms() - started_ms;
            let stored = self.remember_view(&view, &decided, round_trip_ms).await;
            stored.map_err(|_| CallError::Malformed("not stored"))?;
            Ok(view)
        };
        let view = match tokio::time::timeout(LOOK_UP_TIMEOUT, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Unreachable(Reason::Timeout)),
        };
        match view {
            Ok(view) => {
                self.sync.heard();
                if let Some(photo) = &view.photo {
                    // The picture may come late or not at all; the case goes on without it.
                    let _ = tokio::time::timeout(LOOK_UP_TIMEOUT, self.blob(photo)).await;
                }
                Ok(())
            }
            // Nobody of that number in the registry: the centre was reached, and there is no view.
            Err(CallError::Refused(ProtocolError::NotFound)) => {
                self.sync.heard();
                Err(CallError::Refused(ProtocolError::NotFound))
            }
            Err(error) => {
                if matches!(error, CallError::Unreachable(_)) {
                    self.sync.lost();
                }
                Err(error)
            }
        }
    }

    async fn decided(&self, citizen_ref: &CitizenRef) -> Result<Vec<i64>, DeskError> {
        let mut read = self.store.read().await?;
        store::code::state::decided(&mut read, citizen_ref).await
    }

    async fn remember_view(
        &self,
        view: &CitizenView,
        decided: &[i64],
        round_trip_ms: i64,
    ) -> Result<(), DeskError> {
        let contact = self.clock.contact(view.server_time, round_trip_ms);
        let mut write = self.store.write().await?;
        store::sync_state::put_contact(&mut write, &contact).await?;
        let at = self.clock.read().at;
        store::citizen::put(&mut write, view, at).await?;
        store::code::state::tell_all(&mut write, view, decided, at).await?;
        write.commit().await
    }

    /// A picture or scan: from here, else from the centre, and then kept.
    ///
    /// # Errors
    /// [`DeskError::BlobUnknown`] when neither has it; [`DeskError::BlobDamaged`].
    pub async fn blob(&self, digest: &Digest) -> Result<Blob, DeskError> {
        let mut read = self.store.read().await?;
        if let Some(blob) = self.store.blob(&mut read, digest).await? {
            return Ok(blob);
        }
        drop(read);
        let fetched = self.centre.get_blob(digest, self.operator_token(), self.clock.read().at).await;
        let blob = fetched.map_err(|_| DeskError::BlobUnknown)?;
        if Digest::of(&blob.bytes) != *digest {
            return Err(DeskError::BlobDamaged);
        }
        let mut write = self.store.write().await?;
        self.store.put_blob(&mut write, &blob, BlobOrigin::Centre, self.clock.read().at).await?;
        write.commit().await?;
        Ok(blob)
    }

    /// Keeps a picture or scan made here; it is uploaded when the line allows.
    ///
    /// # Errors
    /// [`DeskError::BlobTooLarge`]; the disk's.
    pub async fn keep_blob(&self, blob: &Blob) -> Result<Digest, DeskError> {
        let mut write = self.store.write().await?;
        let digest = self.store.put_blob(&mut write, blob, BlobOrigin::Desk, self.clock.read().at).await?;
        write.commit().await?;
        self.sync.wake();
        Ok(digest)
    }
}
