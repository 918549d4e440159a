//! The citizen at the window: what the centre says, what this desk has done since, and what may be
//! done now.

mod known;
mod view;

pub use known::FRESH_MS;
pub(crate) use known::Known;
pub use view::{Citizen, KnownCode, RightValues, Source};

use crate::{
    blob::Blobs,
    case::Cases,
    centre::CallError,
    clock::Reading,
    core::Core,
    error::DeskError,
    line::OfflineReason,
    session::{Operator, Sessions},
    store::{
        self,
        audit::{Entry, Event},
    },
};
use rules::{
    life::Code,
    op::{CitizenRef, Declared, OpBody},
    permission::Duty,
    person::IdNumber,
    wire::{CitizenView, LookUpProof, LookUpRequest, ProtocolError},
};
use std::{sync::Arc, time::Duration};

/// How long the clerk waits for the centre's view before going on with what is here.
pub const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Component that looks citizens up.
pub struct Citizens {
    core: Arc<Core>,
    session: Arc<Sessions>,
    case: Arc<Cases>,
    blob: Blobs,
}

impl Citizens {
    pub(crate) fn new(core: Arc<Core>, session: Arc<Sessions>, case: Arc<Cases>, blob: Blobs) -> Self {
        Self { core, session, case, blob }
    }

    /// Looks the citizen of a card up: asks the centre for at most two seconds, else goes on with
    /// what is here. Audited.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`rules::Refusal::LookUpBudgetUsed`] and other refusals of the centre, and a database error
    /// if the store fails. An unreachable centre is no error: see [`Citizen::source`].
    pub async fn look_up(&self, operator: &Operator, number: &IdNumber) -> Result<Citizen, DeskError> {
        self.look_up_by(operator, number, LookUpProof::Card).await
    }

    /// Works as [`Citizens::look_up`], for a citizen who showed something else than a card.
    ///
    /// # Errors
    /// Returns the errors of [`Citizens::look_up`].
    pub(crate) async fn look_up_by(
        &self,
        operator: &Operator,
        number: &IdNumber,
        proof: LookUpProof,
    ) -> Result<Citizen, DeskError> {
        operator.may(Duty::Serve)?;
        let citizen_ref = self.core.citizen_ref(number);
        let case_number = self.case.number_to_look_up(&citizen_ref).await?;
        let reason = LookUpRequest { case_number, proof };
        let asked = self.ask_centre(&citizen_ref, &reason).await;
        let refusal = match &asked {
            Err(CallError::Refused(ProtocolError::Refused { code })) => Some(*code),
            _ => None,
        };
        let outcome = match &asked {
            Ok(()) => "fresh",
            Err(_) if refusal.is_some() => "refused",
            Err(_) => "offline",
        };
        let mut write = self.core.store.write().await?;
        let reading = self.core.clock.read();
        let entry = Entry {
            operator: &operator.staff,
            event: Event::LookUp,
            outcome,
            case_number: Some(reason.case_number.as_str()),
            detail: &citizen_ref.to_string(),
        };
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        if let Some(refusal) = refusal {
            return Err(refusal.into());
        }
        self.read(number, None).await
    }

    /// Returns the citizen from what is here, without asking the centre: after an operation, or
    /// with a declaration.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn read(&self, number: &IdNumber, declared: Option<&Declared>) -> Result<Citizen, DeskError> {
        let citizen_ref = self.core.citizen_ref(number);
        let reading: Reading = self.core.clock.read();
        let mut read = self.core.store.read().await?;
        let known = Known::read(&mut read, &citizen_ref, &self.core.sync, reading.at).await?;
        let here = store::escalation::of_citizen(&mut read, &citizen_ref).await?;
        let unfinished = store::case_file::unfinished(&mut read, Some(&citizen_ref)).await?;
        let now = reading.now(known.fresh);
        let holder = known.holder(number, declared, now.at.day(), &self.core.policy());
        let source = match &known.cached {
            Some(_) if known.fresh => Source::Fresh,
            Some(cached) => Source::Cached { fetched_at: cached.fetched_at },
            // The centre answered, and had nobody to show.
            None if self.core.sync.is_online() => Source::NotRegistered,
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
            Some(digest) => self.core.store.blob(&mut read, digest).await.unwrap_or(None),
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

    async fn ask_centre(&self, citizen_ref: &CitizenRef, reason: &LookUpRequest) -> Result<(), CallError> {
        let asked = async {
            let decided =
                self.decided_operations(citizen_ref).await.map_err(|_| CallError::Malformed("not read"))?;
            let started_ms = self.core.clock.monotonic_ms();
            let view = self
                .core
                .centre
                .citizen(citizen_ref, reason, self.session.token(), self.core.clock.read().at)
                .await?;
            let round_trip_ms = self.core.clock.monotonic_ms() - started_ms;
            let stored = self.remember_view(&view, &decided, round_trip_ms).await;
            stored.map_err(|_| CallError::Malformed("not stored"))?;
            Ok(view)
        };
        let view = match tokio::time::timeout(LOOK_UP_TIMEOUT, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(CallError::Unreachable(OfflineReason::Timeout)),
        };
        match view {
            Ok(view) => {
                self.core.sync.note_contact();
                if let Some(photo) = &view.photo {
                    // The picture may come late or not at all; the case goes on without it.
                    let _ = tokio::time::timeout(LOOK_UP_TIMEOUT, self.blob.get(photo)).await;
                }
                Ok(())
            }
            // Nobody of that number in the registry: the centre was reached, and there is no view.
            Err(CallError::Refused(ProtocolError::NotFound)) => {
                self.core.sync.note_contact();
                Err(CallError::Refused(ProtocolError::NotFound))
            }
            Err(error) => {
                if matches!(error, CallError::Unreachable(_)) {
                    self.core.sync.note_lost();
                }
                Err(error)
            }
        }
    }

    async fn decided_operations(&self, citizen_ref: &CitizenRef) -> Result<Vec<i64>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::code::state::decided_operations(&mut read, citizen_ref).await
    }

    async fn remember_view(
        &self,
        view: &CitizenView,
        decided: &[i64],
        round_trip_ms: i64,
    ) -> Result<(), DeskError> {
        let contact = self.core.clock.contact(view.server_time, round_trip_ms);
        let mut write = self.core.store.write().await?;
        store::sync_state::put_contact(&mut write, &contact).await?;
        let at = self.core.clock.read().at;
        store::citizen::put(&mut write, view, at).await?;
        store::code::state::tell_all(&mut write, view, decided, at).await?;
        write.commit().await
    }

    /// Returns all codes of a citizen that this desk knows, oldest first; `None` if it knows
    /// nothing of them.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn codes(&self, citizen_ref: &CitizenRef) -> Result<Option<Vec<Code>>, DeskError> {
        let mut read = self.core.store.read().await?;
        let now = self.core.clock.read().at;
        let known = Known::read(&mut read, citizen_ref, &self.core.sync, now).await?;
        let is_known = known.cached.is_some() || !known.codes.is_empty();
        Ok(is_known.then(|| known.codes.into_iter().map(|known| known.code).collect()))
    }

    /// Returns the masked name (M2) of a citizen: from the registry's view, else from what was done
    /// here. Empty when neither is kept.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn masked_name(&self, citizen_ref: Option<&CitizenRef>) -> Result<String, DeskError> {
        let Some(citizen_ref) = citizen_ref else { return Ok(String::new()) };
        let mut read = self.core.store.read().await?;
        if let Some(cached) = store::citizen::get(&mut read, citizen_ref).await? {
            return Ok(cached.view.name.masked());
        }
        let last = store::operation::last_of_citizen(&mut read, citizen_ref).await?;
        Ok(match last.map(|operation| operation.body) {
            Some(OpBody::Issue { holder, .. } | OpBody::CorrectionOpened { holder, .. }) => {
                holder.name.masked()
            }
            _ => String::new(),
        })
    }
}
