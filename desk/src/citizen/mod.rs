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
    Refusal, Sensitive,
    life::Code,
    op::{CitizenRef, Declared},
    permission::Duty,
    person::IdNumber,
    wire::{
        ChosenRelative, CitizenView, LookUpProof, LookUpRequest, ProtocolError, RelativesRequest,
        RelativesResponse, WINDOW_LOGIN_PREFIX, WindowLogInRequest, WindowLogInResponse,
    },
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
        self.look_up_on(operator, number, LookUpProof::Card).await
    }

    /// Works as [`Citizens::look_up`], on another proof than a card. The centre counts each kind
    /// apart (N-1), and the audit row says which it was.
    ///
    /// # Errors
    /// Returns the errors of [`Citizens::look_up`].
    pub async fn look_up_on(
        &self,
        operator: &Operator,
        number: &IdNumber,
        proof: LookUpProof,
    ) -> Result<Citizen, DeskError> {
        operator.may(Duty::Serve)?;
        let citizen_ref = self.core.citizen_ref(number);
        let case_number = self.case.number_to_look_up(&citizen_ref).await?;
        let reason = LookUpRequest { number: number.clone(), case_number, proof };
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
            event: match proof {
                LookUpProof::Card
                | LookUpProof::Code
                | LookUpProof::Bound
                | LookUpProof::Roster
                | LookUpProof::Visit => Event::LookUp,
                LookUpProof::Document | LookUpProof::Typed => Event::LookUpTyped,
            },
            outcome,
            case_number: Some(reason.case_number.as_str()),
            detail: &citizen_ref.to_string(),
        };
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        if let Some(refusal) = refusal {
            return Err(refusal.into());
        }
        let mut citizen = self.read(number, None).await?;
        // The line may seem up although this question was not answered.
        let is_answered = matches!(asked, Ok(()) | Err(CallError::Refused(ProtocolError::NotFound)));
        if !is_answered && citizen.source == Source::NotRegistered {
            citizen.source = Source::Blind;
        }
        Ok(citizen)
    }

    /// Has the centre check a code on a phone, once, and returns whose it is (I2). Audited.
    ///
    /// # Errors
    /// Returns [`Refusal::CodeNeedsCentre`] without the centre, [`Refusal::LogInUsed`] and other
    /// refusals of the centre, and a database error if the store fails.
    pub async fn log_in_by_code(
        &self,
        operator: &Operator,
        scanned: &Sensitive<String>,
    ) -> Result<WindowLogInResponse, DeskError> {
        operator.may(Duty::Serve)?;
        let token = scanned.expose().trim();
        let token = Sensitive::new(token.strip_prefix(WINDOW_LOGIN_PREFIX).unwrap_or(token).to_owned());
        let (request, now) = (WindowLogInRequest { token }, self.core.clock.read().at);
        let asked = self.core.centre.window_log_in(&request, self.session.token(), now);
        let answer = match tokio::time::timeout(LOOK_UP_TIMEOUT, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(CallError::Refused(ProtocolError::Refused { code }))) => Err(code),
            Ok(Err(_)) | Err(_) => Err(Refusal::CodeNeedsCentre),
        };
        let outcome = answer.as_ref().err().map_or("ok", |refusal| refusal.code());
        let event = Event::CodeScanned;
        let entry = Entry { operator: &operator.staff, event, outcome, case_number: None, detail: "" };
        self.core.note(&entry).await?;
        Ok(answer?)
    }

    /// Returns whose codes an agent who was looked up may handle, and the number of the one who is
    /// chosen (I3).
    ///
    /// # Errors
    /// Returns [`Refusal::BoundNeedsCentre`] without the centre, [`Refusal::NotBound`] and other
    /// refusals of the centre, and a database error if the store fails.
    pub async fn relatives(
        &self,
        operator: &Operator,
        agent: &IdNumber,
        chosen: Option<ChosenRelative>,
    ) -> Result<RelativesResponse, DeskError> {
        operator.may(Duty::Serve)?;
        let case_number = self.case.number_to_look_up(&self.core.citizen_ref(agent)).await?;
        let request = RelativesRequest { agent: agent.clone(), case_number, chosen };
        let asked = self.core.centre.relatives(&request, self.session.token(), self.core.clock.read().at);
        match tokio::time::timeout(LOOK_UP_TIMEOUT, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(CallError::Refused(ProtocolError::Refused { code }))) => Err(code.into()),
            Ok(Err(_)) | Err(_) => Err(Refusal::BoundNeedsCentre.into()),
        }
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
        let known = Known::read(&mut read, &citizen_ref, &self.core, &reading).await?;
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
        let corrections = known.records();
        let view = known.cached.map(|cached| cached.view);
        let mut escalations = view.as_ref().map(|view| view.escalations.clone()).unwrap_or_default();
        // One that was dismissed here is closed before the centre's view says so.
        escalations.retain(|one| !one.closed && !here.iter().any(|known| known.id == one.id && known.closed));
        escalations.extend(here.into_iter().filter(|one| {
            source != Source::Fresh
                && !one.closed
                && !view.iter().any(|view| view.escalations.iter().any(|e| e.id == one.id))
        }));
        let right = RightValues::of(view.as_ref(), &corrections, known.fresh);
        let photo = match &right.photo {
            Some(digest) => self.core.blob(&mut read, digest).await.unwrap_or(None),
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
            let view =
                self.core.centre.citizen(reason, self.session.token(), self.core.clock.read().at).await?;
            let round_trip_ms = self.core.clock.monotonic_ms() - started_ms;
            let stored = self.remember_view((citizen_ref, &view), &decided, round_trip_ms).await;
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
        (citizen_ref, view): (&CitizenRef, &CitizenView),
        decided: &[i64],
        round_trip_ms: i64,
    ) -> Result<(), DeskError> {
        let contact = self.core.clock.contact(view.server_time, round_trip_ms);
        let mut write = self.core.store.write().await?;
        store::sync_state::put_contact(&mut write, &contact).await?;
        let at = self.core.clock.read().at;
        store::citizen::put(&mut write, citizen_ref, view, at).await?;
        store::code::state::tell_all(&mut write, citizen_ref, view, decided, at).await?;
        write.commit().await
    }

    /// Returns all codes of a citizen that this desk knows, oldest first; `None` if it knows
    /// nothing of them.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn codes(&self, citizen_ref: &CitizenRef) -> Result<Option<Vec<Code>>, DeskError> {
        let mut read = self.core.store.read().await?;
        let reading = self.core.clock.read();
        let known = Known::read(&mut read, citizen_ref, &self.core, &reading).await?;
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
        let name = store::citizen::name(&mut read, citizen_ref).await?;
        let name = match name {
            Some(name) => Some(name),
            None => {
                let reading = self.core.clock.read();
                let view = store::visit::view(&self.core.store, &mut read, citizen_ref, &reading).await?;
                view.map(|cached| cached.view.name)
            }
        };
        Ok(name.map(|name| name.masked()).unwrap_or_default())
    }
}
