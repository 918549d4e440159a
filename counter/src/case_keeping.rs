//! The file of the case in front: opened, closed, put aside and taken up again, so that none is
//! left open unseen.

use super::{
    Counter, CounterEvent,
    case::{Left, Resumed, Stage},
    correction_draft,
    corrections::parse_id,
    failure::no_citizen,
    format::time_text,
};
use crate::view::{CounterView, Failure, SuspendedCaseView};
use desk::{Desk, DeskError, citizen::Citizen, session::Operator, store::case_file::CaseState};
use rules::{
    Refusal,
    case_number::{CaseNumber, grouped},
    failure::CounterFailure,
};
use std::sync::Arc;

impl Counter {
    /// Closes the case.
    ///
    /// # Errors
    /// Not logged in; the disk's.
    pub async fn next_citizen(self: &Arc<Self>) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.operator()?;
        // Taken out first: a card that is lifted meanwhile finds nothing to put aside.
        let (number, resumed) = {
            let mut case = self.case();
            (case.number.take(), case.resumed.take())
        };
        if let Some(number) = number
            && let Err(failure) = end(&desk, &operator, &number).await
        {
            self.case().number.get_or_insert(number);
            return Err(failure);
        }
        if let Some(resumed) = resumed {
            desk.suspend_case(&operator, &resumed.number).await?; // nobody came for it
        }
        // A card that was laid down meanwhile belongs to the next citizen already.
        if !matches!(self.case().stage, Stage::Reading(_)) {
            self.clear();
        }
        self.counter().await
    }

    /// F10: puts the case aside; it is found again by its number or the citizen's card.
    ///
    /// # Errors
    /// Nobody is in front; the disk's.
    pub async fn suspend_case(self: &Arc<Self>) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let resumed = self.case().resumed.as_ref().map(|resumed| resumed.number.clone());
        let number = match resumed {
            Some(number) => number,
            None => self.case_number(&desk).await?,
        };
        desk.suspend_case(&operator, &number).await?;
        self.clear();
        self.counter().await
    }

    /// Takes a case up again by its number, typed as it is printed or without the dashes. The
    /// citizen is known by the number written down with the case; their card confirms them.
    ///
    /// # Errors
    /// A number with a wrong digit; unknown case; the disk's.
    pub async fn resume_case(self: &Arc<Self>, case_number: String) -> Result<CounterView, Failure> {
        let _turn = self.turn.lock().await;
        let desk = self.desk()?;
        let operator = desk.operator()?;
        let at_number = |failure: Failure| failure.at("case_number");
        let number: CaseNumber = case_number.parse().map_err(|refusal: Refusal| at_number(refusal.into()))?;
        let found = desk.resume_case(&operator, number.as_str()).await.map_err(|error| match error {
            DeskError::CaseUnknown => at_number(error.into()),
            error => error.into(),
        })?;
        let found = found.case;
        let left = {
            let mut case = self.case();
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
        self.prints().clear();
        self.held_pictures().clear();
        self.put_away(left).await;
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
        self.counter().await
    }

    /// Cases put aside at this desk.
    ///
    /// # Errors
    /// Not logged in; the disk's.
    pub async fn suspended_cases(&self) -> Result<Vec<SuspendedCaseView>, Failure> {
        let desk = self.desk()?;
        desk.operator()?;
        let mut views = Vec::new();
        for case in desk.unfinished_cases(None).await? {
            if case.state != CaseState::Suspended {
                continue;
            }
            views.push(SuspendedCaseView {
                masked_name: desk.masked_name(case.citizen_ref.as_ref()).await?,
                draft: !desk.drafts(&case.case_number).await?.is_empty(),
                case_number: grouped(&case.case_number),
                since: time_text(case.changed_at),
                staff: case.operator,
            });
        }
        Ok(views)
    }

    /// Which correction is open on the page; `None`: none any more. While it is, the citizen's case
    /// stays although their card is lifted, and another card on the reader is that of somebody
    /// acting for them (E8).
    ///
    /// # Errors
    /// Not logged in; unknown correction; the disk's.
    pub async fn attend_correction(&self, id: Option<String>) -> Result<(), Failure> {
        let desk = self.desk()?;
        desk.operator()?;
        let citizen_ref = match id {
            Some(id) => {
                let id = parse_id(&id)?;
                Some(match correction_draft::load(&desk, id).await? {
                    Some(draft) => desk.citizen_ref(&draft.number),
                    None => self.record(&desk, id).await?.citizen_ref,
                })
            }
            None => None,
        };
        let left = self.case().attend(citizen_ref);
        self.put_away(left).await;
        self.tell(CounterEvent::Case);
        Ok(())
    }

    /// The number of the case in hand; opens one if there is none yet.
    pub(super) async fn case_number(&self, desk: &Desk) -> Result<String, Failure> {
        let (generation, citizen_ref) = {
            let case = self.case();
            if let Some(number) = &case.number {
                return Ok(number.clone());
            }
            let person = case.in_front().ok_or_else(no_citizen)?;
            (case.generation, person.citizen.citizen_ref.clone())
        };
        let operator = desk.operator()?;
        let number = desk.open_case(&operator, Some(&citizen_ref)).await?.as_str().to_owned();
        let still_there = {
            let mut case = self.case();
            let still_there = case.generation == generation;
            if still_there {
                case.number = Some(number.clone());
            }
            still_there
        };
        if still_there {
            return Ok(number);
        }
        desk.close_case(&operator, &number).await?; // the card was lifted meanwhile, and nothing was done
        Err(no_citizen())
    }

    /// A case that nobody closed or put aside is not lost: what was finished is closed, anything
    /// else waits.
    pub(super) async fn put_away(&self, left: Option<Left>) {
        let Some(Left { number, is_done }) = left else { return };
        let put_away = async {
            let desk = self.desk()?;
            let operator = desk.operator().ok().or_else(|| desk.locked_by()).ok_or(DeskError::NotLoggedIn)?;
            if is_done {
                end(&desk, &operator, &number).await
            } else {
                Ok(desk.suspend_case(&operator, &number).await?)
            }
        };
        if let Err(failure) = put_away.await {
            tracing::error!(code = failure.code, "a case could not be put away");
            self.case().failure = Some(failure);
        }
        self.tell(CounterEvent::Lists);
    }

    /// Whoever's card was read is in front, with the case they have already: the one that was taken
    /// up by its number, else what this operator put aside for them.
    pub(super) async fn seat(&self, desk: &Desk, generation: u64, citizen: Citizen) -> Result<(), Failure> {
        let operator = desk.operator()?;
        let resumed = {
            let mut case = self.case();
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
                    desk.suspend_case(&operator, &resumed.number).await?; // somebody else came
                }
                match own {
                    Some(case) => {
                        Some(desk.resume_case(&operator, &case.case_number).await?.case.case_number)
                    }
                    None => None,
                }
            }
        };
        let portrait = citizen.portrait();
        let seated = self.case().known(generation, citizen, portrait, number.clone());
        if let Some(number) = number.filter(|_| !seated) {
            desk.suspend_case(&operator, &number).await?;
        }
        Ok(())
    }

    /// Wipes the case from screen, its file being closed or put aside; a card still on the reader
    /// belongs to the case that is over.
    pub(super) fn clear(&self) {
        let _ = self.case().next();
        self.prints().clear();
        self.held_pictures().clear();
        self.tell(CounterEvent::Case);
        self.tell(CounterEvent::Status);
    }
}

/// Closes a case; what was typed into a form is found again with it, so then it is put aside.
pub(super) async fn end(desk: &Desk, operator: &Operator, number: &str) -> Result<(), Failure> {
    if desk.drafts(number).await?.is_empty() {
        desk.close_case(operator, number).await?;
    } else {
        desk.suspend_case(operator, number).await?;
    }
    Ok(())
}

/// How many cases wait at this desk.
pub(super) async fn suspended_count(desk: &Desk) -> u32 {
    let cases = desk.unfinished_cases(None).await.unwrap_or_default();
    let suspended = cases.iter().filter(|case| case.state == CaseState::Suspended).count();
    u32::try_from(suspended).unwrap_or(u32::MAX)
}
