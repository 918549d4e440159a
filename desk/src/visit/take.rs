//! Takes the kit: the centre is asked once for all views, then for each photo.

use super::{Visit, VisitedPerson, Visits};
use crate::{
    centre::CallError,
    error::DeskError,
    session::Operator,
    store::{
        self,
        audit::{Entry, Event},
        visit::Kit,
    },
};
use rules::{
    Refusal,
    digest::Digest,
    permission::Duty,
    visit::{VisitState, check_list, ends_at},
    wire::{ProtocolError, VisitAnswer, VisitPerson, VisitRequest, VisitResponse},
};
use std::collections::BTreeSet;

impl Visits {
    /// Takes the kit of the list, or goes on with one that was broken off. It is out once its last
    /// photo is here, or the centre has none.
    ///
    /// # Errors
    /// Returns [`Refusal::VisitEmpty`], [`Refusal::VisitTooLarge`], [`Refusal::VisitOut`] and other
    /// refusals of the centre, after which the list can be changed;
    /// [`DeskError::CentreUnreachable`] and other trouble with the line, after which the same call
    /// goes on; [`Refusal::NotPermitted`] if no role of the operator allows it, and a database
    /// error if the store fails.
    pub async fn take(&self, operator: &Operator, sheets: u32) -> Result<(), DeskError> {
        operator.may(Duty::Serve)?;
        let _turn = self.turn.lock().await;
        let visit = self.under_way().await?.ok_or(Refusal::VisitEmpty)?;
        self.require_token()?;
        let visit = match visit.state {
            VisitState::Choosing => self.begin_to_fetch(operator, visit, sheets).await?,
            VisitState::Fetching => visit,
            VisitState::Out | VisitState::Back | VisitState::Returned => {
                return Err(Refusal::VisitOut.into());
            }
        };
        let visit = if visit.ends_at.is_none() { self.fetch_views(operator, visit).await? } else { visit };
        self.fetch_photos(&visit).await?;
        self.leave(operator, visit).await
    }

    async fn begin_to_fetch(
        &self,
        operator: &Operator,
        mut visit: Visit,
        sheets: u32,
    ) -> Result<Visit, DeskError> {
        let people = store::visit::people(&mut *self.core.store.read().await?, &visit).await?;
        check_list(people.iter().map(|person| person.ground))?;
        let case_number = self.case.open(operator, None).await?;
        self.case.close(operator, case_number.as_str()).await?;
        visit.case_number = Some(case_number.as_str().to_owned());
        (visit.state, visit.sheets, visit.operator) = (VisitState::Fetching, sheets, operator.staff.clone());
        self.put(&visit).await?;
        Ok(visit)
    }

    async fn put(&self, visit: &Visit) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        store::visit::put(&mut write, visit, self.core.clock.read().at).await?;
        write.commit().await
    }

    /// Asks the centre for the views, and seals them.
    async fn fetch_views(&self, operator: &Operator, mut visit: Visit) -> Result<Visit, DeskError> {
        let people = store::visit::people(&mut *self.core.store.read().await?, &visit).await?;
        let request = self.request(&visit, &people)?;
        let asked_at = self.core.clock.read();
        let mut answer = self.ask(&request).await;
        if matches!(answer, Err(CallError::Refused(ProtocolError::Refused { code: Refusal::VisitOut }))) {
            // A centre that was restored has forgotten that the one before came back.
            self.tell_last_again().await?;
            answer = self.ask(&request).await;
        }
        let answer = match answer {
            Ok(answer) if answer.people.len() == people.len() => answer,
            Ok(_) => return Err(DeskError::CentreRefused("kit")),
            Err(CallError::Refused(ProtocolError::Refused { code })) => {
                (visit.state, visit.case_number) = (VisitState::Choosing, None);
                self.put(&visit).await?;
                self.note(operator, &visit, code.code(), "").await?;
                return Err(code.into());
            }
            Err(error) => {
                if matches!(error, CallError::Unreachable(_)) {
                    self.core.sync.note_lost();
                }
                return Err(error.into());
            }
        };
        self.core.sync.note_contact();
        // Of the centre's end and the desk's own the earlier counts.
        let own_end = ends_at(asked_at.at, &self.core.policy());
        visit.ends_at = Some(answer.ends_at.min(own_end));
        visit.taken_at = Some(asked_at.at);
        let mut write = self.core.store.write().await?;
        store::visit::put(&mut write, &visit, asked_at.at).await?;
        let kit = Kit::make(&self.core.store, &mut write, visit.id).await?;
        for (person, answer) in people.iter().zip(&answer.people) {
            match answer {
                VisitAnswer::View(view) if self.core.citizen_ref(&view.number) == person.citizen_ref => {
                    kit.keep_view(&mut write, &person.citizen_ref, view).await?;
                }
                VisitAnswer::View(_) => return Err(DeskError::CentreRefused("kit")),
                VisitAnswer::Refused(refusal) => {
                    kit.keep_refusal(&mut write, &person.citizen_ref, *refusal).await?;
                }
            }
        }
        write.commit().await?;
        self.core.set_kit_ends(visit.ends_at);
        Ok(visit)
    }

    fn request(&self, visit: &Visit, people: &[VisitedPerson]) -> Result<VisitRequest, DeskError> {
        let case_number = visit.case_number.as_deref().and_then(|number| number.parse().ok());
        let people = people.iter().map(|person| {
            let number = person.number.clone().ok_or(DeskError::VisitUnknown)?;
            Ok(VisitPerson { number, ground: person.ground })
        });
        Ok(VisitRequest {
            visit: visit.id,
            case_number: case_number.ok_or(DeskError::CaseUnknown)?,
            people: people.collect::<Result<_, DeskError>>()?,
        })
    }

    async fn ask(&self, request: &VisitRequest) -> Result<VisitResponse, CallError> {
        let now = self.core.clock.read().at;
        self.core.centre.take_kit(request, self.session.token(), now).await
    }

    /// Fetches the photos that are not here yet. One that the centre does not give is left out.
    async fn fetch_photos(&self, visit: &Visit) -> Result<(), DeskError> {
        let people = store::visit::people(&mut *self.core.store.read().await?, visit).await?;
        let missing = people.iter().filter(|person| !person.has_photo);
        let digests: BTreeSet<&Digest> = missing.filter_map(|person| person.photo.as_ref()).collect();
        for digest in digests {
            let photo = match self.blob.fetch(digest).await {
                Ok(photo) => photo,
                // The next call goes on here.
                Err(error @ (DeskError::CentreUnreachable(_) | DeskError::CentreBusy)) => return Err(error),
                Err(error) => {
                    tracing::warn!(code = error.code(), "a photo of a kit was not given");
                    continue;
                }
            };
            let mut write = self.core.store.write().await?;
            let kit = Kit::make(&self.core.store, &mut write, visit.id).await?;
            kit.keep_photo(&mut write, digest, &photo).await?;
            write.commit().await?;
        }
        Ok(())
    }

    async fn leave(&self, operator: &Operator, mut visit: Visit) -> Result<(), DeskError> {
        visit.state = VisitState::Out;
        self.put(&visit).await?;
        let people = store::visit::people(&mut *self.core.store.read().await?, &visit).await?;
        let in_kit = people.iter().filter(|person| person.in_kit).count();
        let detail = format!("{in_kit} of {} people, {} sheets", people.len(), visit.sheets);
        self.note(operator, &visit, "ok", &detail).await
    }

    /// Writes an audit row about taking the kit.
    async fn note(
        &self,
        operator: &Operator,
        visit: &Visit,
        outcome: &str,
        detail: &str,
    ) -> Result<(), DeskError> {
        let detail = format!("{} {detail}", visit.id);
        let case_number = visit.case_number.as_deref();
        let entry = Entry { outcome, ..operator.entry(Event::VisitTaken, case_number, detail.trim_end()) };
        self.core.note(&entry).await
    }
}
