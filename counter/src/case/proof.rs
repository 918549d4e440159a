//! Citizens without a card: how they are proved instead (I2–I4), and the proof of what is done for
//! them.

use super::{CaseInHand, card::CardHolder, stage::InFront, state::Case};
use crate::{
    core::{Core, CounterEvent},
    credentials::credentials,
    failure::no_citizen,
    photo_editing::{JPEG, PhotoEditing},
    view::{AgentInput, CounterView, DocumentInput, Failure, FormField, RelativeView, SupervisorInput},
};
use desk::{
    Desk, DeskError,
    citizen::{Citizen, Source},
    session::{Operator, Reauthenticated},
    store::blob::Blob,
};
use rules::{
    Refusal, Sensitive,
    agent::AgentRole,
    correction::Digest,
    permission::Duty,
    person::{IdNumber, Name},
    proof::{AgentProof, Proof, ProvedAgent, ShownBy},
    wire::{BoundRelative, ChosenRelative, LookUpProof, RelativesResponse, WindowLogInResponse},
};
use std::sync::Arc;

/// Proof of identity of people without a card.
pub struct Proofs {
    core: Arc<Core>,
    case: Arc<CaseInHand>,
    photos: Arc<PhotoEditing>,
}

impl Proofs {
    pub(crate) fn new(core: Arc<Core>, case: Arc<CaseInHand>, photos: Arc<PhotoEditing>) -> Self {
        Self { core, case, photos }
    }

    /// Returns what is wrong with a number while it is typed; `None`: its check digit fits (N1).
    ///
    /// # Errors
    /// Not logged in.
    pub fn check_number(&self, number: &str) -> Result<Option<Failure>, Failure> {
        let desk = self.core.desk()?;
        desk.session.operator()?;
        Ok(read_number(&desk, number).err())
    }

    /// Serves a citizen on a paper document (I4): keeps its pictures, then looks the typed number
    /// up. Nothing is looked up before the document lies under the camera.
    ///
    /// # Errors
    /// Not permitted; somebody is in front; the number; no picture; what the registry says.
    pub async fn serve_on_document(&self, input: DocumentInput) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        operator.may(Duty::Serve)?;
        let number = read_number(&desk, &input.number)?;
        let evidence = self.keep_pages(&desk, &input.pages).await?;
        let generation = self.case.state().begin_without_card()?;
        self.core.announce(CounterEvent::Case);
        let proof = Proof::Document { document: input.document, evidence, guardian: None, confirmed: None };
        let proved = Proved { proof, agent: None, looked_up: LookUpProof::Document };
        let seated = self.seat(&desk, &operator, generation, &number, proved).await;
        self.settle(generation, seated)?;
        self.case.view().await
    }

    /// Serves the citizen whose code was scanned from a phone (I2): their own, or that of a
    /// relative of who has the phone.
    ///
    /// # Errors
    /// Not permitted; somebody is in front; the centre is away; what it says of the code.
    pub async fn serve_on_code(&self, scanned: Sensitive<String>) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let generation = self.case.state().begin_without_card()?;
        self.core.announce(CounterEvent::Case);
        let seated = self.seat_by_code(&desk, &operator, generation, &scanned).await;
        self.settle(generation, seated)?;
        self.case.view().await
    }

    /// Takes a scan of the serial scanner, if it is the code of a phone.
    pub(crate) async fn take_scan(self: Arc<Self>, scanned: String) {
        if let Err(failure) = self.serve_on_code(Sensitive::new(scanned)).await {
            tracing::debug!(code = failure.code, "nobody was served on the code of a phone");
            self.case.state().failure = Some(failure);
            self.core.announce(CounterEvent::Case);
        }
    }

    async fn seat_by_code(
        &self,
        desk: &Desk,
        operator: &Operator,
        generation: u64,
        scanned: &Sensitive<String>,
    ) -> Result<(), Failure> {
        let WindowLogInResponse { log_in, number, agent } =
            desk.citizen.log_in_by_code(operator, scanned).await?;
        let shown_by = match &agent {
            None => ShownBy::Citizen,
            Some(agent) => ShownBy::Relative { agent: Box::new(agent.number.clone()) },
        };
        let proved = Proved {
            proof: Proof::Code { log_in, shown_by },
            agent: agent.map(|agent| (agent.number, agent.name)),
            looked_up: LookUpProof::Code,
        };
        self.seat(desk, operator, generation, &number, proved).await
    }

    /// Returns for whom the citizen in front may act (I3).
    ///
    /// # Errors
    /// Nobody in front; they were not proved by card or code; the centre is away.
    pub async fn relatives(&self) -> Result<Vec<RelativeView>, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let (number, ..) = self.agent_in_front()?;
        let RelativesResponse { relatives, .. } = desk.citizen.relatives(&operator, &number, None).await?;
        let view = |one: BoundRelative| RelativeView { masked_name: one.masked_name, relation: one.relation };
        Ok(relatives.into_iter().map(view).collect())
    }

    /// Serves a relative of the citizen in front, who becomes the agent (I3).
    ///
    /// # Errors
    /// As for [`Self::relatives`]; the registry changed meanwhile; what it says of the relative.
    pub async fn serve_relative(&self, place: u32, masked_name: String) -> Result<CounterView, Failure> {
        let _permit = self.case.permit().await;
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let (number, name, by) = self.agent_in_front()?;
        let chosen = Some(ChosenRelative { place, masked_name });
        let chosen = desk.citizen.relatives(&operator, &number, chosen).await?.chosen;
        let relative = chosen.ok_or(Refusal::NotBound)?;
        let (generation, left) = self.case.state().begin_for_relative()?;
        self.case.put_away(left).await;
        self.core.announce(CounterEvent::Case);
        let agent = Box::new(ProvedAgent { number: number.clone(), role: AgentRole::Relative, by });
        let proved = Proved {
            proof: Proof::Bound { agent },
            agent: Some((number, name)),
            looked_up: LookUpProof::Bound,
        };
        let seated = self.seat(&desk, &operator, generation, &relative, proved).await;
        self.settle(generation, seated)?;
        self.case.view().await
    }

    /// Returns number, name and proof of the citizen in front, who acts for somebody else. Only
    /// their own card or code makes them an agent.
    fn agent_in_front(&self) -> Result<(IdNumber, Name, AgentProof), Failure> {
        let case = self.case.state();
        let person = case.in_front().ok_or_else(no_citizen)?;
        let by = match &person.card_holder.proof {
            Proof::Chip { card } => AgentProof::Chip { card: *card },
            Proof::Code { log_in, shown_by: ShownBy::Citizen } => AgentProof::Code { log_in: *log_in },
            _ => return Err(Refusal::NotBound.into()),
        };
        Ok((person.card_holder.number.clone(), person.name().clone(), by))
    }

    /// Shows how the look-up of somebody without a card ended.
    fn settle(&self, generation: u64, seated: Result<(), Failure>) -> Result<(), Failure> {
        if let Err(failure) = &seated {
            self.case.state().fail_look_up(generation, failure.clone());
        }
        self.core.announce(CounterEvent::Case);
        self.core.announce(CounterEvent::Status);
        seated
    }

    async fn keep_pages(&self, desk: &Desk, pages: &[String]) -> Result<Vec<Digest>, Failure> {
        let missing = || Failure::from(Refusal::DocumentNotScanned).at(FormField::DocumentPages);
        if pages.is_empty() {
            return Err(missing());
        }
        let mut kept = Vec::with_capacity(pages.len());
        for handle in pages {
            let bytes = self.photos.picture(handle).map_err(|_| missing())?.evidence()?;
            kept.push(desk.blob.keep(&Blob { bytes, media_type: JPEG.to_owned() }).await?);
        }
        Ok(kept)
    }

    async fn seat(
        &self,
        desk: &Desk,
        operator: &Operator,
        generation: u64,
        number: &IdNumber,
        Proved { proof, agent, looked_up }: Proved,
    ) -> Result<(), Failure> {
        let citizen = desk.citizen.look_up_on(operator, number, looked_up).await?;
        let view = registered(&citizen)?;
        let holder = CardHolder::without_card(view, proof, citizen.now.at.day())?;
        if self.case.state().prove(generation, CardHolder { agent, ..holder }) {
            self.case.seat(desk, generation, citizen).await?;
        }
        Ok(())
    }
}

/// How somebody without a card was proved, and with whom.
struct Proved {
    proof: Proof,
    agent: Option<(IdNumber, Name)>,
    looked_up: LookUpProof,
}

/// Returns the registry's view of somebody whom only the registry can prove.
fn registered(citizen: &Citizen) -> Result<&rules::wire::CitizenView, Failure> {
    match (&citizen.view, citizen.source) {
        (Some(view), _) if view.registered => Ok(view),
        (None, Source::Blind) => Err(Refusal::DocumentNeedsCentre.into()),
        _ => Err(Failure::from(Refusal::DocumentNotRegistered).at(FormField::DocumentNumber)),
    }
}

fn read_number(desk: &Desk, typed: &str) -> Result<IdNumber, Failure> {
    IdNumber::read_on(typed.trim(), desk.read_clock().at.day())
        .map_err(|error| Failure::from(Refusal::from(error)).at(FormField::DocumentNumber))
}

/// Returns the proof of what is done now: with a document, the guardian whose card was laid belongs
/// to it.
pub(crate) fn proof_now(case: &Case, agent: Option<&AgentInput>) -> Result<Proof, Failure> {
    let person = case.in_front().ok_or_else(no_citizen)?;
    Ok(with_guardian(person.card_holder.proof.clone(), case.agent_card.as_ref(), agent))
}

/// Adds the guardian to a document. Only a guardian whose own card was read is one: a typed number
/// proves nobody.
pub(crate) fn with_guardian(proof: Proof, card: Option<&CardHolder>, typed: Option<&AgentInput>) -> Proof {
    if let (Proof::Bound { agent }, Some(typed)) = (&proof, typed) {
        // In which capacity they act is said with each act.
        let agent = Box::new(ProvedAgent { role: typed.role, ..(**agent).clone() });
        return Proof::Bound { agent };
    }
    let (Proof::Document { document, evidence, confirmed, .. }, Some(card), Some(typed)) =
        (&proof, card, typed)
    else {
        return proof;
    };
    let is_same = IdNumber::parse(&typed.number).is_ok_and(|number| number.modern() == card.number.modern());
    let Proof::Chip { card: kind } = card.proof else { return proof };
    let guardian = is_same.then(|| {
        Box::new(ProvedAgent {
            number: card.number.clone(),
            role: typed.role,
            by: AgentProof::Chip { card: kind },
        })
    });
    Proof::Document {
        document: *document,
        evidence: evidence.clone(),
        guardian,
        confirmed: confirmed.clone(),
    }
}

/// Returns the pages that show the binding between a guardian and the holder, where the proof is a
/// family document.
pub(super) fn family_pages(person: &InFront) -> &[Digest] {
    match &person.card_holder.proof {
        Proof::Document { document, evidence, .. } if document.shows_family() => evidence,
        _ => &[],
    }
}

/// Opens the key of the supervisor who confirms a document on the spot (I4, A4).
pub(super) async fn supervisor_again(
    desk: &Desk,
    operator: &Operator,
    input: &SupervisorInput,
) -> Result<Reauthenticated, Failure> {
    if input.staff.trim().is_empty() {
        return Err(Failure::from(Refusal::DocumentNeedsSupervisor).at(FormField::Supervisor));
    }
    let staff = input
        .staff
        .trim()
        .parse()
        .map_err(|_| Failure::from(DeskError::LoginFailed).at(FormField::Supervisor))?;
    if staff == operator.staff {
        return Err(Failure::from(Refusal::SamePerson).at(FormField::Supervisor));
    }
    let typed = credentials(staff, input.password.clone(), input.second_factor.clone());
    let opened = desk.session.reauthenticate(operator, &typed).await;
    opened.map_err(|error| Failure::from(error).at(FormField::SupervisorPassword))
}
