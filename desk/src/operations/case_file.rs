//! Cases (办件): opened when a citizen is at the window, put aside, taken up again, closed; with their drafts.

use super::entry;
use crate::{
    Desk,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{self, Event},
        case_file::{CaseFile, CaseState},
        draft::Draft,
    },
};
use rules::{Sensitive, case_number::CaseNumber, op::CitizenRef, permission::Duty};

/// A case taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFound {
    /// The case.
    pub case: CaseFile,
    /// What was typed and not handed in.
    pub drafts: Vec<Draft>,
}

impl Desk {
    /// Opens a case and gives it its number, made here and unique for ever.
    ///
    /// # Errors
    /// [`rules::Refusal::NotPermitted`]; [`DeskError::CaseNumbersUsedUp`]; the disk's.
    pub async fn open_case(
        &self,
        operator: &Operator,
        citizen_ref: Option<&CitizenRef>,
    ) -> Result<CaseNumber, DeskError> {
        operator.may(Duty::Serve)?;
        let reading = self.clock.read();
        let day = reading.at.day();
        let mut write = self.store.write().await?;
        let sequence = store::counter::next(&mut write, &format!("case {day}")).await?;
        let sequence = u16::try_from(sequence).map_err(|_| DeskError::CaseNumbersUsedUp)?;
        let number = CaseNumber::new(self.identity.site(), day, self.identity.desk_number, sequence)
            .map_err(|_| DeskError::CaseNumbersUsedUp)?;
        store::case_file::open(&mut write, &reading, number.as_str(), citizen_ref, &operator.staff).await?;
        let entry = entry(operator, Event::CaseOpened, Some(number.as_str()), "");
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        Ok(number)
    }

    async fn set_case(
        &self,
        operator: &Operator,
        case_number: &str,
        state: CaseState,
        event: Event,
    ) -> Result<(), DeskError> {
        let reading = self.clock.read();
        let mut write = self.store.write().await?;
        store::case_file::put_state(&mut write, case_number, state, reading.at).await?;
        audit::append(&mut write, &reading, &entry(operator, event, Some(case_number), "")).await?;
        write.commit().await
    }

    /// Puts a case aside (挂起); its drafts stay.
    ///
    /// # Errors
    /// [`DeskError::CaseUnknown`]; the disk's.
    pub async fn suspend_case(&self, operator: &Operator, case_number: &str) -> Result<(), DeskError> {
        self.set_case(operator, case_number, CaseState::Suspended, Event::CaseSuspended).await
    }

    /// Takes a case up again, found by its number.
    ///
    /// # Errors
    /// [`DeskError::CaseUnknown`]; the disk's.
    pub async fn resume_case(&self, operator: &Operator, case_number: &str) -> Result<CaseFound, DeskError> {
        self.set_case(operator, case_number, CaseState::Open, Event::CaseResumed).await?;
        let mut read = self.store.read().await?;
        let case = store::case_file::get(&mut read, case_number).await?.ok_or(DeskError::CaseUnknown)?;
        let drafts = store::draft::of_case(&mut read, case_number).await?;
        Ok(CaseFound { case, drafts })
    }

    /// Closes a case (办结).
    ///
    /// # Errors
    /// [`DeskError::CaseUnknown`]; the disk's.
    pub async fn close_case(&self, operator: &Operator, case_number: &str) -> Result<(), DeskError> {
        self.set_case(operator, case_number, CaseState::Closed, Event::CaseClosed).await
    }

    /// Puts aside or closes what the program left open when it ended. Once, before anybody is at work.
    ///
    /// # Errors
    /// The disk's.
    pub async fn settle_open_cases(&self) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::case_file::settle_open(&mut write, self.clock.read().at).await?;
        write.commit().await
    }

    /// One case by its number.
    ///
    /// # Errors
    /// [`DeskError::CaseUnknown`]; the disk's.
    pub async fn case(&self, case_number: &str) -> Result<CaseFile, DeskError> {
        let mut read = self.store.read().await?;
        store::case_file::get(&mut read, case_number).await?.ok_or(DeskError::CaseUnknown)
    }

    /// Open and suspended cases, all or of one citizen, last changed first.
    ///
    /// # Errors
    /// The disk's.
    pub async fn unfinished_cases(
        &self,
        citizen_ref: Option<&CitizenRef>,
    ) -> Result<Vec<CaseFile>, DeskError> {
        let mut read = self.store.read().await?;
        store::case_file::unfinished(&mut read, citizen_ref).await
    }

    /// Saves what is being typed. Durable when this returns: it survives a power cut.
    ///
    /// # Errors
    /// The disk's.
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
            saved_at: self.clock.read().at,
        };
        let mut write = self.store.write().await?;
        store::draft::put(&mut write, &draft).await?;
        write.commit().await
    }

    /// The drafts of a case.
    ///
    /// # Errors
    /// The disk's.
    pub async fn drafts(&self, case_number: &str) -> Result<Vec<Draft>, DeskError> {
        let mut read = self.store.read().await?;
        store::draft::of_case(&mut read, case_number).await
    }

    /// Throws a draft away: it was handed in, or is not wanted.
    ///
    /// # Errors
    /// The disk's.
    pub async fn discard_draft(&self, case_number: &str, form: &str) -> Result<(), DeskError> {
        let mut write = self.store.write().await?;
        store::draft::remove(&mut write, case_number, form).await?;
        write.commit().await
    }
}
