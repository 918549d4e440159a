//! What the clerk sees of home visits.

use super::Visits;
use crate::{
    format::time_text,
    view::{Failure, KitView, ReturnView, ServedTodayView, VisitNowView, VisitPersonView, VisitView},
};
use desk::{
    Desk,
    visit::{ServedToday, Visit, VisitNow, VisitReport, VisitedPerson},
};
use rules::{At, case_number::grouped, visit::VisitState};

impl Visits {
    /// Returns the screen of home visits.
    ///
    /// # Errors
    /// Not permitted; the database fails.
    pub async fn view(&self) -> Result<VisitView, Failure> {
        let revision = self.core.next_revision();
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let now = desk.visit.now(&operator).await?;
        let waiting = desk.counts.queue_depth().await?.waiting;
        let last = desk.visit.last_returned(&operator).await?;
        let today = desk.visit.served_today(&operator).await?;
        let state = self.state();
        Ok(VisitView {
            revision,
            visit: now.map(|now| visit(&now, waiting)),
            last: last.as_ref().and_then(returned),
            today: today.into_iter().map(served_today).collect(),
            institutions: self.collective.institutions(),
            fetching: state.is_fetching,
            failure: state.failure.clone(),
        })
    }
}

fn visit(now: &VisitNow, waiting: u32) -> VisitNowView {
    let VisitNow { visit, people, sheets, overdue } = now;
    let count = |of: &dyn Fn(&&VisitedPerson) -> bool| {
        u32::try_from(people.iter().filter(|person| of(person)).count()).unwrap_or(u32::MAX)
    };
    VisitNowView {
        state: visit.state,
        in_kit: count(&|person| person.in_kit),
        served: count(&|person| person.served),
        photos: count(&|person| person.has_photo),
        photos_named: count(&|person| person.photo.is_some()),
        people: people.iter().map(person).collect(),
        sheets: *sheets,
        sheets_left: u32::try_from(sheets.missing()).unwrap_or(0),
        taken_at: visit.taken_at.map(time_text),
        ends_at: visit.ends_at.map(time_text),
        overdue: *overdue,
        waiting,
        report: returned(visit),
    }
}

fn person(person: &VisitedPerson) -> VisitPersonView {
    VisitPersonView {
        position: person.position,
        masked_number: person.masked_number.clone().unwrap_or_default(),
        masked_name: person.masked_name.clone(),
        ground: person.ground,
        in_kit: person.in_kit,
        has_photo: person.has_photo,
        refusal: person.refusal.map(Failure::from),
        served: person.served,
    }
}

fn returned(visit: &Visit) -> Option<ReturnView> {
    let VisitReport { people, served, done, sheets, back_at, .. } = visit.report.as_ref()?;
    Some(ReturnView {
        case_number: visit.case_number.as_deref().map(grouped).unwrap_or_default(),
        back_at: time_text(*back_at),
        late: visit.ends_at.is_some_and(|ends| *back_at > ends),
        people: *people,
        served: *served,
        done: u32::try_from(done.len()).unwrap_or(u32::MAX),
        sheets: *sheets,
        missing: u32::try_from(sheets.missing()).unwrap_or(0),
    })
}

fn served_today(served: ServedToday) -> ServedTodayView {
    let ServedToday { case_number, masked_name, masked_number, at } = served;
    ServedTodayView { case_number, masked_name, masked_number, at: time_text(at) }
}

/// Returns the kit that is out, for the status line.
pub(crate) async fn kit(desk: &Desk, now: At) -> Result<Option<KitView>, Failure> {
    let visit = desk.visit.under_way().await?.filter(|visit| visit.state != VisitState::Choosing);
    Ok(visit.map(|visit| KitView {
        state: visit.state,
        ends_at: visit.ends_at.map(time_text),
        overdue: visit.ends_out().is_some_and(|ends| now >= ends),
    }))
}
