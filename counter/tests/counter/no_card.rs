//! Citizens without a card: on a paper document (I4), by a code on a phone (I2), through a bound
//! relative (I3).

use super::*;
use counter::view::{DocumentInput, SupervisorInput};
use fixture::view;
use rules::{
    op::{OpBody, Operation},
    proof::{Document, Proof, ProofKind, ShownBy},
    wire::{BoundRelative, LogInAgent, LookUpProof, WindowLogInResponse},
};
use uuid::Uuid;

const MOTHER: &str = "19850302";

impl Bench {
    /// A counter that is online, with these people in the registry and the clerk logged in.
    pub(super) async fn with_registered(people: &[&IdNumber]) -> Self {
        let bench = Self::online().await;
        tokio::spawn(bench.desk.clone().run_sync());
        for number in people {
            let known = view(number, "张演练");
            bench.centre.mind().views.insert((*number).clone(), known);
        }
        bench.log_in(CLERK).await;
        bench
    }

    async fn document(&self, number: &str, document: Document) -> Result<CounterView, String> {
        let page = self.counter.photos.load(picture()).await.unwrap().handle;
        self.on(DocumentInput { number: number.to_owned(), document, pages: vec![page] }).await
    }

    async fn on(&self, input: DocumentInput) -> Result<CounterView, String> {
        self.counter.proofs.serve_on_document(input).await.map_err(|failure| failure.code)
    }

    async fn confirms(
        &self,
        action: Action,
        input: ConfirmInput,
    ) -> Result<CounterView, (String, Option<FormField>)> {
        self.counter.actions.begin(action, None).await.map_err(|failure| (failure.code, failure.field))?;
        let done = self.counter.actions.confirm(input).await;
        if done.is_err() {
            self.counter.actions.cancel().await.unwrap();
        }
        done.map_err(|failure| (failure.code, failure.field))
    }

    async fn typed_look_ups(&self) -> i64 {
        let mut read = self.desk.store().readers().acquire().await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE event = 'look_up_typed'")
            .fetch_one(&mut *read)
            .await
            .unwrap()
    }

    /// Returns the newest operation that was done for a citizen.
    async fn newest(&self) -> Operation {
        let mut read = self.desk.store().readers().acquire().await.unwrap();
        let text: String = sqlx::query_scalar(
            "SELECT record FROM operation WHERE kind <> 'printed' ORDER BY n DESC LIMIT 1",
        )
        .fetch_one(&mut *read)
        .await
        .unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn confirmed_by(staff: &str) -> ConfirmInput {
    let password = Sensitive::new(PASSWORD.to_owned());
    let supervisor = SupervisorInput { staff: staff.to_owned(), password, second_factor: None };
    ConfirmInput { supervisor: Some(supervisor), ..agreed() }
}

#[tokio::test]
async fn i4_a_number_is_looked_up_only_with_its_check_digit_and_a_picture_of_the_document() {
    let bench = Bench::with_registered(&[&senior(1)]).await;
    let number = senior(1).expose().to_owned();
    assert_eq!(bench.counter.proofs.check_number(&number).unwrap(), None);
    let mut mistyped = number.clone();
    mistyped.replace_range(16..17, if &number[16..17] == "0" { "1" } else { "0" });
    let wrong = bench.counter.proofs.check_number(&mistyped).unwrap().unwrap();
    assert_eq!((wrong.code.as_str(), wrong.field), ("number_check_digit", Some(FormField::DocumentNumber)));
    assert_eq!(bench.document(&mistyped, Document::LossCertificate).await.unwrap_err(), "number_check_digit");
    let unseen = DocumentInput { number, document: Document::LossCertificate, pages: Vec::new() };
    assert_eq!(bench.on(unseen).await.unwrap_err(), "document_not_scanned");
    assert!(bench.centre.mind().looked_up.is_empty(), "nobody was looked up");
    // A number that the registry does not have proves nobody.
    let unknown = senior(9).expose().to_owned();
    let refused = bench.document(&unknown, Document::LossCertificate).await.unwrap_err();
    assert_eq!(refused, "document_not_registered");
    assert_eq!(bench.settled().await.step, Step::Waiting);
}

#[tokio::test]
async fn i4_a_lost_card_reports_a_loss_at_once_and_gets_a_code_only_with_a_supervisor() {
    let bench = Bench::with_registered(&[&senior(1)]).await;
    let shown = bench.document(senior(1).expose(), Document::LossCertificate).await.unwrap();
    let proof = shown.proof.unwrap();
    assert_eq!((proof.kind, proof.document), (ProofKind::Document, Some(Document::LossCertificate)));
    assert_eq!(bench.centre.mind().looked_up.last().unwrap().proof, LookUpProof::Document);
    assert_eq!(bench.typed_look_ups().await, 1);

    let begun = bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    assert!(begun.confirming.unwrap().supervisor_needed);
    bench.counter.actions.cancel().await.unwrap();
    let refused = |code: &str, field| Err((code.to_owned(), field));
    let of = |outcome: Result<CounterView, _>| outcome.map(|view| view.step);
    assert_eq!(of(bench.confirms(Action::Apply, agreed()).await), refused("document_needs_supervisor", None));
    let own = bench.confirms(Action::Apply, confirmed_by(CLERK)).await;
    assert_eq!(of(own), refused("same_person", Some(FormField::Supervisor)));
    let colleague = bench.confirms(Action::Apply, confirmed_by(OTHER_CLERK)).await;
    assert_eq!(of(colleague), refused("not_permitted", None));
    let done = bench.confirms(Action::Apply, confirmed_by(SUPERVISOR)).await.unwrap();
    assert_eq!(done.step, Step::Done);
    let issue = bench.newest().await;
    assert_eq!(issue.operator.as_str(), CLERK);
    let confirmation = issue.confirmation().unwrap();
    assert_eq!(confirmation.supervisor.as_str(), SUPERVISOR);
    confirmation.verify(&issue, &record(SUPERVISOR, &[Role::Supervisor]).public_key).unwrap();

    // No further copy on a paper, and no correction; a loss at once and alone.
    let refusal = |view: &CounterView, action| {
        let offer = view.offers.iter().find(|offer| offer.action == action).unwrap();
        offer.refusal.as_ref().map(|failure| failure.code.clone())
    };
    assert_eq!(refusal(&done, Action::Reprint).as_deref(), Some("document_not_for"));
    assert_eq!(refusal(&done, Action::ReportLoss), None);
    let correction = bench.counter.correction.open(Field::Name, None).await.unwrap_err();
    assert_eq!(correction.code, "document_not_for");
    let lost = bench.confirms(Action::ReportLoss, agreed()).await.unwrap();
    assert_eq!(lost.step, Step::Done);
    let loss = bench.newest().await;
    assert!(matches!(loss.body, OpBody::ReportLoss { .. }));
    assert_eq!(loss.proof.unwrap().kind(), ProofKind::Document);
}

#[tokio::test]
async fn i4_a_child_is_served_with_the_guardian_whose_card_is_laid() {
    let (child, mother) = (number("20180601", 3), number(MOTHER, 7));
    let bench = Bench::with_registered(&[&child]).await;
    bench.document(child.expose(), Document::HouseholdBook).await.unwrap();
    let begun = bench.counter.actions.begin(Action::Apply, None).await.unwrap().confirming.unwrap();
    assert_eq!((begun.guardian_needed, begun.supervisor_needed), (true, false));
    let typed = AgentInput {
        role: AgentRole::Guardian,
        number: mother.expose().to_owned(),
        name: "李演练".to_owned(),
        consent: true,
        proof: Vec::new(),
    };
    let with_mother = || ConfirmInput { agent: Some(typed.clone()), ..agreed() };
    // A number that was typed is no card that was laid.
    let refused = bench.counter.actions.confirm(with_mother()).await.unwrap_err();
    assert_eq!(refused.code, "document_needs_guardian");
    bench.lay(&mother, "李演练").await;
    let done = bench.counter.actions.confirm(with_mother()).await.unwrap();
    assert_eq!(done.step, Step::Done);
    let Some(Proof::Document { guardian: Some(guardian), evidence, .. }) =
        bench.newest().await.proof.map(|proof| *proof)
    else {
        unreachable!("the guardian belongs to the proof")
    };
    assert_eq!((guardian.number, evidence.len()), (mother, 1));
    // The mother takes her card; the child is still in front.
    assert_eq!(bench.lift().await.step, Step::Done);
}

#[tokio::test]
async fn i4_without_the_centre_a_paper_proves_nobody() {
    let mut bench = Bench::with_registered(&[&senior(1)]).await;
    bench.centre.stop().await;
    let refused = bench.document(senior(1).expose(), Document::TemporaryCard).await.unwrap_err();
    assert_eq!(refused, "document_needs_centre");
}

impl Bench {
    /// A phone shows this text, by which the centre knows the citizen.
    fn phone_shows(&self, token: &str, number: &IdNumber, agent: Option<&IdNumber>) {
        let agent =
            agent.map(|number| LogInAgent { number: number.clone(), name: fixture::name("李演练") });
        let answer = WindowLogInResponse { log_in: Uuid::from_u128(5), number: number.clone(), agent };
        self.centre.mind().log_ins.insert(token.to_owned(), Ok(answer));
    }

    async fn scans(&self, text: &str) -> Result<CounterView, String> {
        let scanned = self.counter.proofs.serve_on_code(Sensitive::new(text.to_owned())).await;
        scanned.map_err(|failure| failure.code)
    }
}

#[tokio::test]
async fn i2_a_code_on_a_phone_serves_once_and_not_without_the_centre() {
    let mut bench = Bench::with_registered(&[&senior(1)]).await;
    bench.phone_shows("token", &senior(1), None);
    let shown = bench.scans("SSL1:token").await.unwrap();
    assert_eq!((shown.step, shown.proof.unwrap().kind), (Step::Citizen, ProofKind::Code));
    assert_eq!(bench.centre.mind().looked_up.last().unwrap().proof, LookUpProof::Code);
    // Everything but the name.
    let name = bench.counter.correction.open(Field::Name, None).await.unwrap_err();
    assert_eq!(name.code, "code_not_for_name");
    bench.counter.correction.open(Field::Photo, None).await.unwrap();
    bench.confirms(Action::Apply, agreed()).await.unwrap();
    let proof = bench.newest().await.proof.map(|proof| *proof);
    assert_eq!(proof, Some(Proof::Code { log_in: Uuid::from_u128(5), shown_by: ShownBy::Citizen }));
    // Nothing lies on a reader; a card that is lifted there is not the citizen's.
    assert_eq!(bench.lift().await.step, Step::Done);
    bench.counter.case.next_citizen().await.unwrap();
    assert_eq!(bench.scans("SSL1:token").await.unwrap_err(), "log_in_used");
    assert_eq!(bench.scans("SSL1:invented").await.unwrap_err(), "log_in_not_accepted");
    bench.centre.stop().await;
    assert_eq!(bench.scans("SSL1:other").await.unwrap_err(), "code_needs_centre");
    assert_eq!(bench.settled().await.step, Step::Waiting);
}

#[tokio::test]
async fn i2_a_relatives_code_says_whose_phone_it_was_and_fills_in_the_agent() {
    let (child, mother) = (number("20180601", 3), number(MOTHER, 7));
    let bench = Bench::with_registered(&[&child]).await;
    bench.centre.mind().views.values_mut().for_each(|known| {
        known.relatives = vec![rules::wire::Relative {
            tag: known.tag_key.tag(&mother),
            masked_name: "李**".to_owned(),
            relation: "母".to_owned(),
        }];
    });
    bench.phone_shows("token", &child, Some(&mother));
    let shown = bench.scans("SSL1:token").await.unwrap();
    assert_eq!(shown.proof.unwrap().agent, Some(mother.masked()));
    bench.counter.actions.begin(Action::Apply, None).await.unwrap();
    let agent = bench.counter.agents.read_card().await.unwrap();
    assert_eq!((agent.number.as_str(), agent.name.as_str()), (mother.masked().as_str(), "李演练"));
    let agent = AgentInput { consent: true, ..agent };
    let done = bench.counter.actions.confirm(ConfirmInput { agent: Some(agent), ..agreed() }).await.unwrap();
    assert_eq!(done.step, Step::Done);
    let issue = bench.newest().await;
    assert_eq!(issue.proof.unwrap().agent(), Some(&mother));
}

#[tokio::test]
async fn i3_an_agent_who_laid_their_card_serves_a_bound_relative_and_corrects_as_guardian_only() {
    let (father, son) = (senior(1), number("19700101", 7));
    let bench = Bench::with_registered(&[&father, &son]).await;
    assert_eq!(bench.serve(&son).await.step, Step::Citizen);
    assert_eq!(bench.counter.proofs.relatives().await.unwrap().len(), 0);
    let ward = BoundRelative { masked_name: "张**".to_owned(), relation: "父".to_owned() };
    bench.centre.mind().wards.insert(son.clone(), vec![(father.clone(), ward)]);
    let listed = bench.counter.proofs.relatives().await.unwrap();
    assert_eq!((listed[0].masked_name.as_str(), listed[0].relation.as_str()), ("张**", "父"));
    let serve = |name: &str| bench.counter.proofs.serve_relative(0, name.to_owned());
    assert_eq!(serve("李**").await.unwrap_err().code, "not_bound", "the registry changed meanwhile");
    let shown = serve("张**").await.unwrap();
    let proof = shown.proof.unwrap();
    assert_eq!((proof.kind, proof.agent), (ProofKind::Bound, Some(son.masked())));
    assert_eq!(bench.centre.mind().looked_up.last().unwrap().proof, LookUpProof::Bound);
    // Nobody acts for others on somebody else's proof.
    assert_eq!(bench.counter.proofs.relatives().await.unwrap_err().code, "not_bound");
    for field in [Field::Name, Field::Photo] {
        let refused = bench.counter.correction.open(field, None).await.unwrap_err();
        assert_eq!(refused.code, "bound_not_for_correction");
    }
    bench.confirms(Action::Apply, agreed()).await.unwrap();
    let issue = bench.newest().await;
    assert_eq!(issue.proof.as_ref().unwrap().kind(), ProofKind::Bound);
    assert_eq!(issue.proof.unwrap().agent(), Some(&son));
    bench.counter.actions.begin(Action::Reprint, None).await.unwrap();
    let collector =
        AgentInput { role: AgentRole::Relative, ..bench.counter.agents.read_card().await.unwrap() };
    bench.counter.actions.cancel().await.unwrap();
    for action in [Action::Reprint, Action::ReportLoss] {
        let input = ConfirmInput { agent: Some(collector.clone()), ..agreed() };
        bench.confirms(action, input).await.unwrap();
        let done = bench.newest().await;
        assert_eq!(done.agent().map(|agent| &agent.number), Some(&son), "E10: who acted is on record");
        assert_eq!(done.proof.unwrap().agent(), Some(&son));
    }
}
