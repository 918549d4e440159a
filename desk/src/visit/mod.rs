//! Home visits (上门服务): the people are chosen here, their views and photos come sealed from the
//! centre, and the same window serves them there without a line (V1–V5).
//!
//! Every step is written down before the next one begins. A visit that was broken off anywhere is
//! taken up where it stands: the centre gives the same kit again, and hears of a return twice
//! without harm.

mod back;
mod take;

pub use crate::store::visit::{Visit, VisitAct, VisitReport, VisitedPerson};

use crate::{
    blob::Blobs,
    case::Cases,
    core::Core,
    error::DeskError,
    housekeeping,
    line::OfflineReason,
    session::{Operator, Sessions},
    store::{self, audit::Event},
};
use rules::{
    At, Refusal,
    op::CitizenRef,
    permission::Duty,
    person::IdNumber,
    visit::{SheetCount, VisitGround, VisitState, check_list},
    wire::RosterPerson,
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::Mutex;
use uuid::Uuid;

/// The visit under way, for the screen.
#[derive(Clone, Debug)]
pub struct VisitNow {
    /// The visit as the desk keeps it.
    pub visit: Visit,
    /// The people of its list.
    pub people: Vec<VisitedPerson>,
    /// Sheets so far; nobody has said how many are unused.
    pub sheets: SheetCount,
    /// Whether its kit has ended and was not returned (V4).
    pub overdue: bool,
}

/// Somebody who was served at this window today.
#[derive(Clone, Debug)]
pub struct ServedToday {
    /// Case of the person.
    pub case_number: String,
    /// Masked name (M2).
    pub masked_name: String,
    /// Masked number (M1).
    pub masked_number: String,
    /// When the case was opened.
    pub at: At,
}

/// Component for home visits.
pub struct Visits {
    core: Arc<Core>,
    session: Arc<Sessions>,
    case: Arc<Cases>,
    blob: Blobs,
    /// Held while a visit changes: two windows of one program never take two kits.
    turn: Mutex<()>,
}

impl Visits {
    pub(crate) fn new(core: Arc<Core>, session: Arc<Sessions>, case: Arc<Cases>, blob: Blobs) -> Self {
        Self { core, session, case, blob, turn: Mutex::default() }
    }

    /// Returns the visit under way, if there is one.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn now(&self, operator: &Operator) -> Result<Option<VisitNow>, DeskError> {
        operator.may(Duty::Serve)?;
        let mut read = self.core.store.read().await?;
        let Some(visit) = store::visit::under_way(&mut read).await? else { return Ok(None) };
        let people = store::visit::people(&mut read, &visit).await?;
        let (good, spoilt, open) = match visit.taken_at {
            Some(at) => store::visit::printed_since(&mut read, at).await?,
            None => (0, 0, 0),
        };
        let sheets = SheetCount { taken: visit.sheets, good, spoilt, open, unused: 0 };
        let at = self.core.clock.read().at_least();
        let overdue = visit.ends_out().is_some_and(|ends| at >= ends);
        Ok(Some(VisitNow { visit, people, sheets, overdue }))
    }

    /// Returns the visit that is not returned without its people, for the status line.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn under_way(&self) -> Result<Option<Visit>, DeskError> {
        store::visit::under_way(&mut *self.core.store.read().await?).await
    }

    /// Returns the visit that was returned last, while this desk keeps it.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn last_returned(&self, operator: &Operator) -> Result<Option<Visit>, DeskError> {
        operator.may(Duty::Serve)?;
        store::visit::last_returned(&mut *self.core.store.read().await?).await
    }

    /// Returns who was served at this window today and can be put on the list, oldest first.
    ///
    /// # Errors
    /// Returns [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn served_today(&self, operator: &Operator) -> Result<Vec<ServedToday>, DeskError> {
        operator.may(Duty::Serve)?;
        let mut read = self.core.store.read().await?;
        let today = self.core.clock.read().at.day();
        let mut seen = BTreeSet::new();
        let mut served = Vec::new();
        for case in store::case_file::of_day(&mut read, today).await? {
            let Some(citizen_ref) = case.citizen_ref.filter(|one| seen.insert(one.clone())) else { continue };
            let Some(known) = store::citizen::get(&mut read, &citizen_ref).await? else { continue };
            served.push(ServedToday {
                case_number: case.case_number,
                masked_name: known.view.name.masked(),
                masked_number: known.view.number.masked(),
                at: case.opened_at,
            });
        }
        Ok(served)
    }

    /// Puts somebody on the list by their number.
    ///
    /// # Errors
    /// Returns [`Refusal::VisitTooLarge`] above the bound (V1), [`Refusal::VisitOut`] while a kit
    /// is out, [`Refusal::NotPermitted`] if no role of the operator allows it, and a database error
    /// if the store fails.
    pub async fn add_number(&self, operator: &Operator, number: &IdNumber) -> Result<(), DeskError> {
        self.add(operator, vec![(number.clone(), None)], VisitGround::Typed).await
    }

    /// Puts everybody of a roster on the list.
    ///
    /// # Errors
    /// Returns the errors of [`Self::add_number`]; nobody is added then.
    pub async fn add_roster(&self, operator: &Operator, people: &[RosterPerson]) -> Result<(), DeskError> {
        let people = people.iter().map(|one| (one.number.clone(), Some(one.name.masked()))).collect();
        self.add(operator, people, VisitGround::Roster).await
    }

    /// Puts the citizen of a case of today on the list.
    ///
    /// # Errors
    /// Returns the errors of [`Self::add_number`], and [`DeskError::VisitUnknown`] if nobody of
    /// such a case is known here.
    pub async fn add_of_case(&self, operator: &Operator, case_number: &str) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let mut read = self.core.store.read().await?;
        let case = store::case_file::get(&mut read, case_number).await?;
        let citizen_ref = case.and_then(|case| case.citizen_ref).ok_or(DeskError::VisitUnknown)?;
        let known = store::citizen::get(&mut read, &citizen_ref).await?.ok_or(DeskError::VisitUnknown)?;
        drop(read);
        let person = (known.view.number, Some(known.view.name.masked()));
        self.add(operator, vec![person], VisitGround::Today).await
    }

    async fn add(
        &self,
        operator: &Operator,
        people: Vec<(IdNumber, Option<String>)>,
        ground: VisitGround,
    ) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let visit = match store::visit::under_way(&mut write).await? {
            Some(visit) if visit.state == VisitState::Choosing => visit,
            Some(_) => return Err(Refusal::VisitOut.into()),
            None => {
                let visit = new_visit(operator);
                store::visit::put(&mut write, &visit, reading.at).await?;
                visit
            }
        };
        let mut added = 0_u32;
        for (number, masked_name) in &people {
            let citizen_ref: CitizenRef = self.core.citizen_ref(number);
            let person = (&citizen_ref, number);
            let name = masked_name.as_deref();
            added += u32::from(store::visit::add_person(&mut write, visit.id, person, ground, name).await?);
        }
        let list = store::visit::people(&mut write, &visit).await?;
        check_list(list.iter().map(|person| person.ground))?;
        let detail = format!("{} {added} added, {} people", visit.id, list.len());
        let entry = operator.entry(Event::VisitList, None, &detail);
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await
    }

    /// Takes somebody off the list.
    ///
    /// # Errors
    /// Returns [`DeskError::VisitUnknown`] if there is nobody at this place,
    /// [`Refusal::VisitOut`] while a kit is out, [`Refusal::NotPermitted`] if no role of the
    /// operator allows it, and a database error if the store fails.
    pub async fn remove(&self, operator: &Operator, position: u32) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let reading = self.core.clock.read();
        let mut write = self.core.store.write().await?;
        let visit = store::visit::under_way(&mut write).await?.ok_or(DeskError::VisitUnknown)?;
        if visit.state != VisitState::Choosing {
            return Err(Refusal::VisitOut.into());
        }
        store::visit::remove_person(&mut write, visit.id, position).await?;
        let detail = format!("{} 1 removed", visit.id);
        let entry = operator.entry(Event::VisitList, None, &detail);
        store::audit::append(&mut write, &reading, &entry).await?;
        write.commit().await
    }

    /// Checks that the centre will know who asks.
    fn require_token(&self) -> Result<(), DeskError> {
        if self.session.token().is_some() {
            Ok(())
        } else if self.core.sync.is_online() {
            Err(Refusal::VisitNeedsLogIn.into())
        } else {
            Err(DeskError::CentreUnreachable(OfflineReason::Connection))
        }
    }

    /// Wipes the kit once it has ended (V3). Returns whether there was one.
    ///
    /// # Errors
    /// Returns a database error if the store fails.
    pub async fn wipe_ended(&self) -> Result<bool, DeskError> {
        let reading = self.core.clock.read();
        if self.core.kit_ends().is_none_or(|ends| reading.at_least() < ends) {
            return Ok(false);
        }
        let mut write = self.core.store.write().await?;
        let is_wiped = housekeeping::visit_ended(&mut write, &reading).await?;
        write.commit().await?;
        Ok(is_wiped)
    }
}

fn new_visit(operator: &Operator) -> Visit {
    Visit {
        id: Uuid::now_v7(),
        state: VisitState::Choosing,
        operator: operator.staff.clone(),
        case_number: None,
        sheets: 0,
        taken_at: None,
        ends_at: None,
        wiped_at: None,
        report: None,
    }
}
