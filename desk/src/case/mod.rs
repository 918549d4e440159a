//! Cases (办件): opened when a citizen is at the window, put aside, taken up again, closed; with
//! their drafts.

mod number;

use crate::{
    core::Core,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{self, Event},
        case_file::{CaseFile, CaseState},
        draft::Draft,
    },
};
use number::Next;
use rules::{
    At, Refusal, Sensitive,
    case_number::{CaseNumber, ungrouped},
    op::CitizenRef,
    permission::Duty,
    person::Name,
};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A case taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFound {
    /// The case.
    pub case: CaseFile,
    /// What was typed and not handed in.
    pub drafts: Vec<Draft>,
}

/// Digits of a case number that are looked for at least: the end of a number on a paper.
const SHORTEST_PART: usize = 4;
/// Digits of a whole case number.
const WHOLE_NUMBER: usize = 25;
/// Cases that one search returns at most.
const FOUND_AT_MOST: u32 = 50;
/// Cases whose citizens' names one search compares at most: some days of a busy window.
const LOOKED_THROUGH: u32 = 2_000;

/// Returns whether a number was reserved for this citizen today.
fn is_for((holder, number): &(CitizenRef, CaseNumber), citizen_ref: Option<&CitizenRef>, at: At) -> bool {
    citizen_ref == Some(holder) && number.day() == Ok(at.day())
}

/// Component for cases.
pub struct Cases {
    core: Arc<Core>,
    /// Number that the next case of a citizen gets, because they were looked up under it (N-1).
    reserved: Mutex<Option<(CitizenRef, CaseNumber)>>,
}

impl Cases {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, reserved: Mutex::new(None) }
    }

    /// Opens a case and gives it its number, made here and unique for ever.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::NotPermitted`] if no role of the operator allows it,
    /// [`DeskError::CaseNumbersUsedUp`] if no number of this day is left, and a database error if
    /// the store fails.
    pub async fn open(
        &self,
        operator: &Operator,
        citizen_ref: Option<&CitizenRef>,
    ) -> Result<CaseNumber, DeskError> {
        operator.may(Duty::Serve)?;
        let mut reserved = self.reserved.lock().await;
        loop {
            let mut write = self.core.store.write().await?;
            let reading = self.core.clock.read();
            let own = reserved.as_ref().filter(|one| is_for(one, citizen_ref, reading.at));
            let own = own.map(|(_, number)| Next::Number(number.clone()));
            let next = match own {
                Some(own) => own,
                None => number::next(&self.core, &mut write, reading.at, reserved.as_ref()).await?,
            };
            let number = match next {
                Next::Number(number) => number,
                Next::After(duration) => {
                    drop(write);
                    self.core.clock.wait(duration).await;
                    continue;
                }
            };
            store::case_file::open(&mut write, &reading, number.as_str(), citizen_ref, &operator.staff)
                .await?;
            let entry = operator.entry(Event::CaseOpened, Some(number.as_str()), "");
            audit::append(&mut write, &reading, &entry).await?;
            write.commit().await?;
            if reserved.as_ref().is_some_and(|(_, taken)| *taken == number) {
                *reserved = None;
            }
            return Ok(number);
        }
    }

    /// Returns the number under which a citizen is looked up (N-1): that of their unfinished case
    /// here, or the one that their next case gets.
    ///
    /// # Errors
    /// [`DeskError::CaseNumbersUsedUp`] if no number of this day is left, and a database error if
    /// the store fails.
    pub(crate) async fn number_to_look_up(&self, citizen_ref: &CitizenRef) -> Result<CaseNumber, DeskError> {
        let mut reserved = self.reserved.lock().await;
        loop {
            let mut read = self.core.store.read().await?;
            let unfinished = store::case_file::unfinished(&mut read, Some(citizen_ref)).await?;
            if let Some(number) = unfinished.iter().find_map(|case| case.case_number.parse().ok()) {
                return Ok(number);
            }
            let at = self.core.clock.read().at;
            if let Some((_, number)) = reserved.as_ref().filter(|one| is_for(one, Some(citizen_ref), at)) {
                return Ok(number.clone());
            }
            match number::next(&self.core, &mut read, at, reserved.as_ref()).await? {
                Next::Number(number) => {
                    *reserved = Some((citizen_ref.clone(), number.clone()));
                    return Ok(number);
                }
                Next::After(duration) => {
                    drop(read);
                    self.core.clock.wait(duration).await;
                }
            }
        }
    }

    async fn set_state(
        &self,
        operator: &Operator,
        case_number: &str,
        state: CaseState,
        event: Event,
    ) -> Result<(), DeskError> {
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        store::case_file::put_state(&mut write, case_number, state, reading.at).await?;
        if state == CaseState::Closed {
            store::call_back::forget_phones(&mut write).await?;
        }
        audit::append(&mut write, &reading, &operator.entry(event, Some(case_number), "")).await?;
        write.commit().await
    }

    /// Puts a case aside (挂起); its drafts stay.
    ///
    /// # Errors
    /// Returns [`DeskError::CaseUnknown`] if there is no such case, and a database error if the
    /// store fails.
    pub async fn suspend(&self, operator: &Operator, case_number: &str) -> Result<(), DeskError> {
        self.set_state(operator, case_number, CaseState::Suspended, Event::CaseSuspended).await
    }

    /// Takes a case up again, found by its number.
    ///
    /// # Errors
    /// Returns [`DeskError::CaseUnknown`] if there is no such case, [`DeskError::CaseClosed`] if it
    /// is closed, and a database error if the store fails.
    pub async fn resume(&self, operator: &Operator, case_number: &str) -> Result<CaseFound, DeskError> {
        if self.get(case_number).await?.state == CaseState::Closed {
            return Err(DeskError::CaseClosed);
        }
        self.set_state(operator, case_number, CaseState::Open, Event::CaseResumed).await?;
        let mut read = self.core.store.read().await?;
        let case = store::case_file::get(&mut read, case_number).await?.ok_or(DeskError::CaseUnknown)?;
        let drafts = store::draft::of_case(&mut read, case_number).await?;
        Ok(CaseFound { case, drafts })
    }

    /// Closes a case (办结).
    ///
    /// # Errors
    /// Returns [`DeskError::CaseUnknown`] if there is no such case, and a database error if the
    /// store fails.
    pub async fn close(&self, operator: &Operator, case_number: &str) -> Result<(), DeskError> {
        self.set_state(operator, case_number, CaseState::Closed, Event::CaseClosed).await
    }

    /// Puts aside or closes what the program left open when it ended. Once, before anybody is at
    /// work.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn put_aside_left_open(&self) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::case_file::leave_open(&mut write, self.core.clock.read().at).await?;
        store::call_back::forget_phones(&mut write).await?;
        write.commit().await
    }

    /// Returns a case by its number.
    ///
    /// # Errors
    /// Returns [`DeskError::CaseUnknown`] if there is no such case, and a database error if the
    /// store fails.
    pub async fn get(&self, case_number: &str) -> Result<CaseFile, DeskError> {
        let mut read = self.core.store.read().await?;
        store::case_file::get(&mut read, case_number).await?.ok_or(DeskError::CaseUnknown)
    }

    /// Returns open and suspended cases, all or of one citizen, last changed first.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn unfinished(&self, citizen_ref: Option<&CitizenRef>) -> Result<Vec<CaseFile>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::case_file::unfinished(&mut read, citizen_ref).await
    }

    /// Returns the cases with this number, a part of it, or the citizen's full name, newest first.
    ///
    /// # Errors
    /// Returns [`rules::Refusal::CaseNumberMalformed`] for a whole number with a wrong digit and
    /// for fewer than four digits, the [`rules::Refusal`] of a text that is no name,
    /// [`rules::Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn find(&self, operator: &Operator, typed: &str) -> Result<Vec<CaseFile>, DeskError> {
        operator.may(Duty::Serve)?;
        let mut read = self.core.store.read().await?;
        let part = ungrouped(typed);
        if part.chars().all(|character| character.is_ascii_digit()) {
            match part.len() {
                0..SHORTEST_PART => return Err(Refusal::CaseNumberMalformed.into()),
                WHOLE_NUMBER.. => drop(CaseNumber::try_from(part.clone())?),
                _ => {}
            }
            return store::case_file::with_number(&mut read, &part, FOUND_AT_MOST).await;
        }
        let wanted = Name::read(typed.trim()).map_err(Refusal::from)?.name;
        let mut found = Vec::new();
        for case in store::case_file::of_citizens(&mut read, LOOKED_THROUGH).await? {
            let Some(citizen_ref) = &case.citizen_ref else { continue };
            let name = store::citizen::name(&mut read, citizen_ref).await?;
            if name.is_some_and(|name| name.compares_equal(&wanted)) {
                found.push(case);
            }
        }
        found.truncate(usize::try_from(FOUND_AT_MOST).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Saves what is being typed. Durable when this returns: it survives a power cut.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn save_draft(
        &self,
        operator: &Operator,
        case_number: &str,
        form: &str,
        content: Sensitive<String>,
    ) -> Result<(), DeskError> {
        let draft = Draft {
            case_number: case_number.to_owned(),
            form: form.to_owned(),
            content,
            operator: operator.staff.clone(),
            saved_at: self.core.clock.read().at,
        };
        let mut write = self.core.store.write().await?;
        store::draft::put(&mut write, &draft).await?;
        write.commit().await
    }

    /// Returns the drafts of a case.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn drafts(&self, case_number: &str) -> Result<Vec<Draft>, DeskError> {
        let mut read = self.core.store.read().await?;
        store::draft::of_case(&mut read, case_number).await
    }

    /// Throws a draft away: it was handed in, or is not wanted.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn discard_draft(&self, case_number: &str, form: &str) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::draft::remove(&mut write, case_number, form).await?;
        write.commit().await
    }

    /// Returns the draft of a form that belongs to one case only, whichever it is.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn draft(&self, form: &str) -> Result<Option<Draft>, DeskError> {
        store::draft::of_form(&mut *self.core.store.read().await?, form).await
    }
}
