//! The file of the case in front: opened, closed, put aside and taken up again, so that none is
//! left open unseen.

use super::{
    CaseInHand,
    stage::{Left, Resumed, Stage},
};
use crate::{
    core::CounterEvent,
    failure::no_citizen,
    format::time_text,
    view::{CaseRowView, CounterView, Failure, FormField},
};
use desk::{
    Desk, DeskError,
    citizen::Citizen,
    session::Operator,
    store::case_file::{CaseFile, CaseState},
};
use rules::{
    Refusal, Sensitive,
    case_number::{CaseNumber, grouped},
    failure::CounterFailure,
    op::CitizenRef,
};

impl CaseInHand {
    /// Closes the case for the next citizen.
    ///
    /// # Errors
    /// Not logged in; the database fails.
    pub async fn next_citizen(&self) -> Result<CounterView, Failure> {
        let _permit = self.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        // Taken out first: a card that is lifted meanwhile finds nothing to put aside.
        let (number, resumed) = {
            let mut case = self.state();
            (case.number.take(), case.resumed.take())
        };
        if let Some(number) = number
            && let Err(failure) = end(&desk, &operator, &number).await
        {
            self.state().number.get_or_insert(number);
            return Err(failure);
        }
        if let Some(resumed) = resumed {
            desk.case.suspend(&operator, &resumed.number).await?; // nobody came for it
        }
        // A card that was laid down meanwhile belongs to the next citizen already.
        if !matches!(self.state().stage, Stage::Reading(_)) {
            self.clear();
        }
        self.view().await
    }

    /// F10: suspends the case. It is found again by its number or by the citizen's card.
    ///
    /// # Errors
    /// Nobody is in front; the database fails.
    pub async fn suspend(&self) -> Result<CounterView, Failure> {
        let _permit = self.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let resumed = self.state().resumed.as_ref().map(|resumed| resumed.number.clone());
        let number = match resumed {
            Some(number) => number,
            None => self.number(&desk).await?,
        };
        desk.case.suspend(&operator, &number).await?;
        self.clear();
        self.view().await
    }

    /// Resumes a case by its number, with or without the dashes. The card of the citizen confirms
    /// who they are.
    ///
    /// # Errors
    /// A number with a wrong digit; unknown or closed case; the database fails.
    pub async fn resume(&self, case_number: String) -> Result<CounterView, Failure> {
        let _permit = self.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let at_number = |failure: Failure| failure.at(FormField::CaseNumber);
        let number: CaseNumber = case_number.parse().map_err(|refusal: Refusal| at_number(refusal.into()))?;
        let found = desk.case.resume(&operator, number.as_str()).await.map_err(|error| match error {
            DeskError::CaseUnknown | DeskError::CaseClosed => at_number(error.into()),
            error => error.into(),
        })?;
        let found = found.case;
        let left = {
            let mut case = self.state();
            let is_in_front = case
                .in_front()
                .is_some_and(|person| Some(&person.citizen.citizen_ref) == found.citizen_ref.as_ref());
            if is_in_front {
                case.take_up(found.case_number)
            } else {
                let left = case.next().filter(|left| left.number != found.case_number);
                case.resumed = Some(Resumed { number: found.case_number, citizen_ref: found.citizen_ref });
                case.failure = Some(Failure::from(CounterFailure::LayCardAgain));
                left
            }
        };
        self.printing.clear();
        self.photos.clear();
        self.put_away(left).await;
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
        self.view().await
    }

    /// Returns the cases suspended at this desk.
    ///
    /// # Errors
    /// Not logged in; the database fails.
    pub async fn suspended(&self) -> Result<Vec<CaseRowView>, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?;
        let mut cases = desk.case.unfinished(None).await?;
        cases.retain(|case| case.state == CaseState::Suspended);
        rows(&desk, cases).await
    }

    /// F3: returns the cases with this number, a part of it of at least four digits, or the
    /// citizen's name, newest first. A closed case is only shown.
    ///
    /// # Errors
    /// A number with a wrong digit; no such case; the database fails.
    pub async fn find(&self, typed: String) -> Result<Vec<CaseRowView>, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let at_number = |error: DeskError| Failure::from(error).at(FormField::CaseNumber);
        let cases = desk.case.find(&operator, &typed).await.map_err(at_number)?;
        if cases.is_empty() {
            return Err(at_number(DeskError::CaseUnknown));
        }
        rows(&desk, cases).await
    }

    /// Keeps a phone for the case in hand, in the place of the one before; `None` forgets it.
    ///
    /// # Errors
    /// Not permitted; nobody in front; no phone number; the database fails.
    pub async fn leave_phone(&self, phone: Option<Sensitive<String>>) -> Result<CounterView, Failure> {
        let _permit = self.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let number = self.number(&desk).await?;
        let left = desk.call_back.leave_phone(&operator, &number, phone.as_ref()).await;
        left.map_err(|error| match error {
            DeskError::Refused(Refusal::PhoneMalformed) => Failure::from(error).at(FormField::Phone),
            error => error.into(),
        })?;
        self.core.announce(CounterEvent::Case);
        self.view().await
    }

    /// Returns the phone of the case in hand, masked (M3).
    pub(super) async fn masked_phone(&self, desk: &Desk) -> Result<Option<String>, Failure> {
        let number = self.state().number.clone();
        match number {
            Some(number) => Ok(desk.call_back.masked_phone(&number).await?),
            None => Ok(None),
        }
    }

    /// Takes whose correction is open on the page; `None` when none is any more. While it is open,
    /// the citizen's case stays although their card is lifted, and another card on the reader is
    /// that of somebody acting for them (E8).
    pub(crate) async fn attend(&self, citizen_ref: Option<CitizenRef>) {
        let left = self.state().attend(citizen_ref);
        self.put_away(left).await;
        self.core.announce(CounterEvent::Case);
    }

    /// Returns the number of the case in hand; opens a case if there is none yet.
    pub(crate) async fn number(&self, desk: &Desk) -> Result<String, Failure> {
        let (generation, citizen_ref) = {
            let case = self.state();
            if let Some(number) = &case.number {
                return Ok(number.clone());
            }
            let person = case.in_front().ok_or_else(no_citizen)?;
            (case.generation, person.citizen.citizen_ref.clone())
        };
        let operator = desk.session.operator()?;
        let number = desk.case.open(&operator, Some(&citizen_ref)).await?.as_str().to_owned();
        let still_there = {
            let mut case = self.state();
            let still_there = case.generation == generation;
            if still_there {
                case.number = Some(number.clone());
            }
            still_there
        };
        if still_there {
            return Ok(number);
        }
        desk.case.close(&operator, &number).await?; // the card was lifted meanwhile, and nothing was done
        Err(no_citizen())
    }

    /// Puts a case away that was left: a finished one is closed, any other is suspended.
    pub(super) async fn put_away(&self, left: Option<Left>) {
        let Some(left) = left else { return };
        let put_away = async {
            let desk = self.core.desk()?;
            let operator = desk.session.logged_in().ok_or(DeskError::NotLoggedIn)?;
            end_or_suspend(&desk, &operator, left).await
        };
        if let Err(failure) = put_away.await {
            tracing::error!(code = failure.code, "a case could not be put away");
            self.state().failure = Some(failure);
        }
        self.core.announce(CounterEvent::Lists);
    }

    /// Seats the citizen whose card was read, with their earlier case: the one resumed by its
    /// number, else the one this operator suspended.
    pub(super) async fn seat(&self, desk: &Desk, generation: u64, citizen: Citizen) -> Result<(), Failure> {
        let operator = desk.session.operator()?;
        let resumed = {
            let mut case = self.state();
            if case.generation != generation {
                return Ok(());
            }
            case.resumed.take()
        };
        let own = citizen.unfinished.iter().find(|case| case.operator == operator.staff);
        let number = match resumed {
            Some(resumed) if resumed.fits(&citizen.citizen_ref) => Some(resumed.number),
            other => {
                if let Some(resumed) = other {
                    desk.case.suspend(&operator, &resumed.number).await?; // somebody else came
                }
                match own {
                    Some(case) => {
                        Some(desk.case.resume(&operator, &case.case_number).await?.case.case_number)
                    }
                    None => None,
                }
            }
        };
        let portrait = citizen.portrait();
        let seated = self.state().seat(generation, citizen, portrait, number.clone());
        if let Some(number) = number.filter(|_| !seated) {
            desk.case.suspend(&operator, &number).await?;
        }
        Ok(())
    }

    /// Puts the case away because its operator leaves: a finished one is closed, any other is
    /// suspended.
    pub(crate) async fn leave(&self, desk: &Desk, operator: &Operator) -> Result<(), Failure> {
        let left = {
            let mut case = self.state();
            // The page says by itself which correction is open when the next operator comes.
            let held = case.attend(None);
            held.or_else(|| case.next())
        };
        if let Some(left) = left {
            end_or_suspend(desk, operator, left).await?;
        }
        self.clear();
        Ok(())
    }

    /// Clears the screen after the case was closed or suspended. A card still on the reader belongs
    /// to that case.
    pub(crate) fn clear(&self) {
        let _ = self.state().next();
        self.printing.clear();
        self.photos.clear();
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
    }
}

/// Ends the file of a finished case and suspends that of any other.
async fn end_or_suspend(desk: &Desk, operator: &Operator, left: Left) -> Result<(), Failure> {
    if left.is_done {
        end(desk, operator, &left.number).await
    } else {
        Ok(desk.case.suspend(operator, &left.number).await?)
    }
}

/// Closes a case, or suspends it if it has drafts: they are found again with it.
async fn end(desk: &Desk, operator: &Operator, number: &str) -> Result<(), Failure> {
    if desk.case.drafts(number).await?.is_empty() {
        desk.case.close(operator, number).await?;
    } else {
        desk.case.suspend(operator, number).await?;
    }
    Ok(())
}

/// Returns the number of cases suspended at this desk.
pub(super) async fn suspended_count(desk: &Desk) -> u32 {
    let cases = desk.case.unfinished(None).await.unwrap_or_default();
    let suspended = cases.iter().filter(|case| case.state == CaseState::Suspended).count();
    u32::try_from(suspended).unwrap_or(u32::MAX)
}

/// Returns cases as they stand in a list.
async fn rows(desk: &Desk, cases: Vec<CaseFile>) -> Result<Vec<CaseRowView>, Failure> {
    let mut rows = Vec::with_capacity(cases.len());
    for case in cases {
        rows.push(CaseRowView {
            masked_name: desk.citizen.masked_name(case.citizen_ref.as_ref()).await?,
            draft: !desk.case.drafts(&case.case_number).await?.is_empty(),
            case_number: grouped(&case.case_number),
            state: case.state,
            since: time_text(case.changed_at),
            staff: case.operator.into(),
        });
    }
    Ok(rows)
}
