//! Events at the desk in a thief's hands, and what becomes of them.

use super::World;
use crate::{
    SimulationError,
    people::{self, Citizen},
    plan::{Attack, Break},
    simulated_centre::NoAnswer,
    thief::{Deed, Expected, Thief},
};
use central::store::Store as _;
use central_fixture::people::then;
use desk::sync::log::Log as _;
use rules::{
    At, StaffNumber,
    authority::{SessionProof, session::SESSION_MS},
    digest::Digest,
    life::{CodeState, Serial},
    op::{OpBody, Operation, genesis},
    policy::CLOCK_TOLERANCE_MS,
    wire::{DeskAudit, EarlierRow, ProtocolError, PushRequest},
};
use uuid::Uuid;

const HOUR_MS: i64 = 60 * 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Time between the last honest work at the desk and the theft, in milliseconds.
const STOLEN_AFTER_MS: i64 = 5_000;

/// An operation with what may become of it.
type Done = (Operation, Expected, Option<&'static str>);

impl World {
    /// Lets the clerk of the desk work before it is stolen.
    pub(super) async fn before_the_theft(&mut self) -> Result<(), SimulationError> {
        let Some(mut thief) = self.thief.take() else { return Ok(()) };
        let now = self.now();
        self.centre.enrol(thief.device, &people::SITES[0], thief.public_key()).await?;
        self.centre.contact(thief.device, (Some(&thief.audit), None), now).await?;
        let own: Vec<Citizen> = self.citizens.iter().rev().take(2).cloned().collect();
        for citizen in &own {
            let (body, text) = thief.issue(citizen, now)?;
            let OpBody::Issue { serial, .. } = body else { continue };
            thief.sheets.push((text, serial));
            self.honest(&mut thief, citizen, body).await?;
            self.honest(&mut thief, citizen, OpBody::Reprint { serial, agent: None }).await?;
        }
        thief.stolen_at = now.plus_ms(STOLEN_AFTER_MS);
        self.thief = Some(thief);
        Ok(())
    }

    async fn honest(
        &mut self,
        thief: &mut Thief,
        citizen: &Citizen,
        body: OpBody,
    ) -> Result<(), SimulationError> {
        let (clerk, place, now) = (thief.clerk.clone(), thief.place(), self.now());
        let operation = thief.operation(&clerk, place, now, (citizen, body));
        let proofs = vec![thief.sealed(&operation)];
        let request = thief.batch(vec![operation.clone()], proofs)?;
        thief.overhear(&request);
        if self.centre.push(&request, true, now).await.is_ok() {
            let (seq, expected) = (operation.seq, Expected::Counts);
            thief.taken(operation, Deed { seq, attack: None, expected, review: None });
        }
        Ok(())
    }

    /// Dismisses the clerk of the stolen desk.
    pub(super) async fn dismiss(&mut self) -> Result<(), SimulationError> {
        let now = self.now();
        let Some(thief) = self.thief.as_mut().filter(|thief| thief.dismissed_at.is_none()) else {
            return Ok(());
        };
        thief.dismissed_at = Some(now);
        let next = then(&people::insider_account(), now, |record| record.active = false);
        self.centre.store.inner().put_staff(next, |record| self.centre.certify(record)).await?;
        Ok(())
    }

    /// Takes the stolen desk out of service.
    pub(super) fn revoke(&mut self) -> Result<(), SimulationError> {
        let now = self.now();
        let Some(thief) = self.thief.as_mut().filter(|thief| thief.revoked_at.is_none()) else {
            return Ok(());
        };
        thief.revoked_at = Some(now);
        self.centre.revoke(thief.device, now, thief.stolen_at)?;
        Ok(())
    }

    /// Attacks the centre, unless it is away.
    pub(super) async fn attack(&mut self, attack: Attack) -> Result<(), SimulationError> {
        if self.now_ms < self.centre_down_until_ms {
            return Ok(());
        }
        let Some(mut thief) = self.thief.take() else { return Ok(()) };
        self.counts.attacks += 1;
        let done = self.attack_with(&mut thief, attack).await;
        self.thief = Some(thief);
        done
    }

    async fn attack_with(&mut self, thief: &mut Thief, attack: Attack) -> Result<(), SimulationError> {
        let now = self.now();
        match attack {
            Attack::Nobody => {
                let who = self.anybody(thief);
                let place = rules::op::SessionRef { id: thief.random.uuid(), before: genesis() };
                let operation = self.wished(thief, &who, place, now)?;
                self.put_in(thief, attack, vec![(operation, Expected::Nothing, None)], Vec::new()).await
            }
            Attack::Invented => {
                let (who, claims_key) = (self.anybody(thief), thief.random.per_mille(500));
                let session = thief.invented(&who, now, claims_key);
                let operation = self.wished(thief, &who, session.place(), now)?;
                let proofs = vec![session.proof(&operation.content_digest())];
                self.put_in(thief, attack, vec![(operation, Expected::Nothing, None)], proofs).await
            }
            Attack::Swapped => {
                let proofs = self.swapped(thief).await?;
                let Some(proof) = proofs.first() else { return Ok(()) };
                let (who, id) = (proof.statement.value.staff.clone(), proof.statement.value.id);
                let before = proof.statement.value.first_link();
                let mut operation = self.wished(thief, &who, rules::op::SessionRef { id, before }, now)?;
                (operation.boot_id, operation.monotonic_ms) =
                    (proof.statement.value.boot_id, proof.statement.value.monotonic_ms);
                let operation = operation.seal();
                self.put_in(thief, attack, vec![(operation, Expected::Nothing, None)], proofs).await
            }
            Attack::Altered => {
                // Somebody else of the site, who may do the same.
                let (other, place) = (people::clerk(&people::SITES[0]), thief.place());
                let operation = self.wished(thief, &other, place, now)?;
                let proofs = Self::in_session(thief, &operation);
                self.put_in(thief, attack, vec![(operation, Expected::Nothing, None)], proofs).await
            }
            Attack::Overheard => {
                let (clerk, place, proofs) = (thief.clerk.clone(), thief.place(), thief.overheard());
                let operation = self.wished(thief, &clerk, place, now)?;
                self.put_in(thief, attack, vec![(operation, Expected::Nothing, None)], proofs).await
            }
            Attack::Resent => {
                let Some(request) = thief.recorded() else { return Ok(()) };
                let before = self.centre.memory().items().len();
                let answer = self.push_as(thief, &request).await?;
                if self.centre.memory().items().len() != before || (answer && thief.is_barred()) {
                    thief.let_in.push(attack);
                }
                Ok(())
            }
            Attack::Rechained => self.rechain(thief).await,
            Attack::Forked => {
                let at = thief.random.index(thief.chain.len());
                let Some(place) = thief.chain.get(at).cloned() else { return Ok(()) };
                let (clerk, session) = (thief.clerk.clone(), place.session.clone());
                let other = self.wished(thief, &clerk, session, now)?;
                let (seq, prev_hash) = (place.seq, place.prev_hash);
                self.refused_whole(thief, attack, Operation { seq, prev_hash, ..other }.seal()).await
            }
            Attack::Gap => {
                let (clerk, place) = (thief.clerk.clone(), thief.place());
                let operation = self.wished(thief, &clerk, place, now)?;
                let seq = operation.seq + 3;
                self.refused_whole(thief, attack, Operation { seq, ..operation }.seal()).await
            }
            Attack::Foreign => {
                let Some((device, site)) = self.desks.first().map(|desk| (desk.device, desk.site)) else {
                    return Ok(());
                };
                let Some(head) = self.centre.store.inner().head(device, 1).await? else { return Ok(()) };
                let place = rules::op::SessionRef { id: thief.random.uuid(), before: genesis() };
                let operation = self.wished(thief, &people::clerk(&site), place, now)?;
                let (seq, prev_hash) = (head.received_through + 1, head.last_hash);
                self.refused_whole(thief, attack, Operation { device, seq, prev_hash, ..operation }.seal())
                    .await
            }
            Attack::AtWork => self.at_work(thief, attack, (now, now.0), None).await,
            Attack::BackDated => {
                let back_ms = thief.random.ms(CLOCK_TOLERANCE_MS, 2 * DAY_MS);
                self.at_work(thief, attack, (now.plus_ms(-back_ms), now.0), None).await
            }
            Attack::FutureDated => {
                let ahead_ms = thief.random.ms(2 * CLOCK_TOLERANCE_MS, 2 * DAY_MS);
                let review = Some("clock_in_the_future");
                self.at_work(thief, attack, (now.plus_ms(ahead_ms), now.0), review).await
            }
            Attack::AfterHours => {
                let late = now.0 + SESSION_MS + thief.random.ms(1, HOUR_MS);
                self.at_work(thief, attack, (now, late), None).await
            }
            Attack::SelfApproved => self.approve_alone(thief).await,
            Attack::Minted => self.mint(thief),
            Attack::AuditShown => self.show_audit(thief).await,
        }
    }

    /// Clerk or supervisor; the thief has the key of neither.
    fn anybody(&self, thief: &mut Thief) -> StaffNumber {
        if thief.random.per_mille(500) { thief.clerk.clone() } else { people::supervisor(&people::SITES[0]) }
    }

    /// Proof that the thief can give for an operation in the clerk's session: the session's own
    /// while it is in their hands, else what went over the line before.
    fn in_session(thief: &Thief, operation: &Operation) -> Vec<SessionProof> {
        if thief.is_live { vec![thief.sealed(operation)] } else { thief.overheard() }
    }

    /// Statement of another desk's session, or the clerk's own with another name in it.
    async fn swapped(&self, thief: &Thief) -> Result<Vec<SessionProof>, SimulationError> {
        for desk in &self.desks {
            if let Some(batch) = desk.log.batch(1, rules::op::BATCH_LIMIT).await? {
                return Ok(batch.sessions);
            }
        }
        let mut proofs = thief.overheard();
        for proof in &mut proofs {
            proof.statement.value.staff = people::supervisor(&people::SITES[0]);
        }
        Ok(proofs)
    }

    /// An operation that somebody with a stolen desk wishes: an end of somebody's code, another
    /// copy of one, or a new one.
    fn wished(
        &self,
        thief: &mut Thief,
        who: &StaffNumber,
        place: rules::op::SessionRef,
        at: At,
    ) -> Result<Operation, SimulationError> {
        let citizen = self.citizens[thief.random.index(self.citizens.len())].clone();
        let live = self.live_code(thief);
        let (citizen, body) = match (live, thief.random.below(3)) {
            (Some((holder, serial)), 0) => {
                (holder, OpBody::ReportLoss { serial, consequence_confirmed: true, agent: None })
            }
            (Some((holder, serial)), 1) => (holder, OpBody::Reprint { serial, agent: None }),
            _ => (citizen.clone(), thief.issue(&citizen, at)?.0),
        };
        Ok(thief.operation(who, place, at, (&citizen, body)))
    }

    /// A live code of one of the people of the run.
    pub(super) fn live_code(&self, thief: &mut Thief) -> Option<(Citizen, Serial)> {
        let known = self.centre.memory().citizens();
        let mut live = Vec::new();
        for citizen in &self.citizens {
            let record = known.iter().find(|one| one.citizen_ref == citizen.citizen_ref);
            let codes = record.into_iter().flat_map(|record| &record.codes);
            let codes = codes.filter(|issued| issued.code.state == CodeState::Live);
            live.extend(codes.map(|issued| (citizen.clone(), issued.code.serial)));
        }
        let at = thief.random.index(live.len());
        live.get(at).cloned()
    }

    /// Work in the clerk's session, at these times of the wall clock and of the monotonic one.
    async fn at_work(
        &mut self,
        thief: &mut Thief,
        attack: Attack,
        (at, monotonic_ms): (At, i64),
        review: Option<&'static str>,
    ) -> Result<(), SimulationError> {
        let (clerk, place) = (thief.clerk.clone(), thief.place());
        let operation = self.wished(thief, &clerk, place, at)?;
        let operation = Operation { monotonic_ms, ..operation }.seal();
        let expected = thief.expected(at, monotonic_ms, self.now());
        let proofs = Self::in_session(thief, &operation);
        self.put_in(thief, attack, vec![(operation, expected, review)], proofs).await
    }

    async fn rechain(&mut self, thief: &mut Thief) -> Result<(), SimulationError> {
        let Some(recorded) = thief.recorded() else { return Ok(()) };
        let Some(old) = recorded.batch.ops.first().cloned() else { return Ok(()) };
        let (seq, prev_hash) = thief.head();
        let again = Operation { seq: seq + 1, prev_hash, ..old }.seal();
        // With the proof it had, its person stands behind it; without, nobody does.
        let has_proof = thief.random.per_mille(800);
        let proofs = if has_proof { recorded.sessions } else { Vec::new() };
        let review = (has_proof && again.counts_each_time()).then_some("repeated");
        let expected = if has_proof { Expected::Once } else { Expected::Nothing };
        self.put_in(thief, Attack::Rechained, vec![(again, expected, review)], proofs).await
    }

    async fn approve_alone(&mut self, thief: &mut Thief) -> Result<(), SimulationError> {
        let Some((citizen, serial)) = self.live_code(thief) else { return Ok(()) };
        let (place, now) = (thief.place(), self.now());
        let is_own = thief.random.per_mille(300);
        let who = if is_own { thief.clerk.clone() } else { people::supervisor(&people::SITES[0]) };
        let body = OpBody::Void { serial, reason: "演练".to_owned() };
        let mut operation = thief.operation(&who, place, now, (&citizen, body));
        if !is_own || thief.random.per_mille(500) {
            operation.consent = Some(thief.false_consent(&operation)?);
        }
        let operation = operation.seal();
        let proofs = Self::in_session(thief, &operation);
        self.put_in(thief, Attack::SelfApproved, vec![(operation, Expected::Nothing, None)], proofs).await
    }

    async fn show_audit(&mut self, thief: &mut Thief) -> Result<(), SimulationError> {
        let (known, now) = (thief.audit.clone(), self.now());
        // History that was written anew, and has gone on since.
        let earlier = EarlierRow { number: known.rows, hash: Digest::of(b"other") };
        let shown = match thief.random.below(6) {
            0 => None,
            1 => Some(DeskAudit { rows: 0, hash: genesis(), ..known }),
            2 => Some(DeskAudit { rows: known.rows - 3, ..known }),
            3 => Some(DeskAudit { hash: Digest::of(b"other"), ..known }),
            4 => Some(DeskAudit { rows: known.rows + 1, hash: Digest::of(b"more"), ..known }),
            _ => Some(DeskAudit { generation: Uuid::from_u128(1), rows: known.rows + 1, ..known }),
        };
        // A desk that is out of service is not let in, whatever it shows.
        if thief.is_barred() {
            return Ok(());
        }
        self.centre.contact(thief.device, (shown.as_ref(), Some(&earlier)), now).await?;
        thief.barred_by = Some(Attack::AuditShown);
        Ok(())
    }

    /// Sends operations after the end of the chain, which the centre takes and decides.
    async fn put_in(
        &mut self,
        thief: &mut Thief,
        attack: Attack,
        done: Vec<Done>,
        proofs: Vec<SessionProof>,
    ) -> Result<(), SimulationError> {
        let ops = done.iter().map(|(operation, ..)| operation.clone()).collect();
        let request = thief.batch(ops, proofs)?;
        if !self.push_as(thief, &request).await? {
            return Ok(());
        }
        if thief.is_barred() {
            thief.let_in.push(attack);
            return Ok(());
        }
        let is_nobodys = matches!(
            attack,
            Attack::Nobody | Attack::Invented | Attack::Swapped | Attack::Altered | Attack::Overheard
        );
        for (operation, expected, review) in done {
            if is_nobodys {
                thief.keep_symbol(&operation);
            }
            let deed = Deed { seq: operation.seq, attack: Some(attack), expected, review };
            thief.taken(operation, deed);
        }
        Ok(())
    }

    /// Sends an operation that the centre must not take into its log at all.
    async fn refused_whole(
        &mut self,
        thief: &mut Thief,
        attack: Attack,
        operation: Operation,
    ) -> Result<(), SimulationError> {
        let proofs = Self::in_session(thief, &operation);
        let request = thief.batch(vec![operation], proofs)?;
        if self.push_as(thief, &request).await? {
            thief.let_in.push(attack);
        }
        thief.has_sent_malformed |= attack == Attack::Foreign;
        if attack == Attack::Forked && !thief.is_barred() {
            thief.barred_by = Some(attack);
        }
        Ok(())
    }

    /// Pushes a batch; returns whether the centre took it.
    async fn push_as(&mut self, thief: &mut Thief, request: &PushRequest) -> Result<bool, SimulationError> {
        let (decide, now) = (thief.random.per_mille(700), self.now());
        let mut request = request.clone();
        let of = self.desks.iter().find(|desk| desk.device == request.batch.device);
        if let (Some(Break::BatchUnsigned), Some(desk)) = (self.plan.broken, of) {
            let signature = desk.signer().sign(&request.signed_bytes());
            request.signature = signature.map(|bytes| rules::hex::encode(&bytes)).unwrap_or_default();
        }
        let answer = self.centre.push(&request, decide, now).await;
        if let Err(NoAnswer::Refused(ProtocolError::Malformed)) = &answer {
            self.centre.store.inner().malformed(thief.device, now)?;
        }
        let word = match &answer {
            Ok(answer) => format!("received {}", answer.received_through),
            Err(NoAnswer::Refused(error)) => format!("{error:?}"),
            Err(NoAnswer::Died) => "no answer".to_owned(),
        };
        self.note(format_args!("centre to the thief: {word}"));
        Ok(answer.is_ok())
    }
}
