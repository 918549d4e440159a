//! Somebody edits the database behind the centre's back, and whoever looks must notice.

use super::World;
use crate::{SimulationError, books::Books, city_audit, people, plan::Edit, thief::Thief};
use central::{audit::Event, machine::people::SiteOperator};
use central_fixture::{MemoryStore, Session};
use rules::{
    DeviceNumber,
    audit::TreeHead,
    authority::{Consent, SessionProof},
    correction::Digest,
    issuing::Issued,
    keys::{Signer as _, SoftwareKey},
    life::CodeState,
    op::{OpBody, Operation, genesis},
    permission::Role,
    wire::Verdict,
};
use std::collections::BTreeMap;

/// The whole database at one moment.
pub(super) struct Backup {
    memory: MemoryStore,
    books: Books,
}

impl World {
    /// Keeps a copy of the database.
    pub(super) fn back_up(&mut self) {
        self.backup = Some(self.copied());
    }

    fn copied(&self) -> Backup {
        let books = self.centre.store.inner().books().clone();
        Backup { memory: self.centre.memory().image(), books }
    }

    fn put_back(&self, backup: &Backup) {
        self.centre.memory().put_back(&backup.memory);
        *self.centre.store.inner().books() = backup.books.clone();
    }

    /// Makes leaves of events, signs the head, and lets the desks that have a line look at it.
    pub(super) fn sign_head(&mut self) -> Result<(), SimulationError> {
        if self.now_ms < self.centre_down_until_ms {
            return Ok(());
        }
        if let Some(fault) = self.centre.sequence(self.now())? {
            self.faults_of_history.push(fault.to_owned());
        }
        let Some(newest) = self.centre.store.inner().books().heads.last().cloned() else { return Ok(()) };
        // Every desk verifies the signature; the answer is the same for all of them.
        let is_signed = newest.verify(self.centre.trust()).is_ok();
        for at in 0..self.desks.len() {
            if self.desks[at].program.is_some() && !self.is_cut(at) {
                self.witness(at, &newest, is_signed);
            }
        }
        Ok(())
    }

    /// A desk takes the newest head if it continues the one it holds (D2).
    fn witness(&mut self, at: usize, newest: &Issued<TreeHead>, is_signed: bool) {
        let books = self.centre.store.inner().books();
        let fault = match &self.witnesses[at] {
            _ if !is_signed => Some("not signed".to_owned()),
            None => None,
            Some(held) => {
                let proof = books.consistency(held.value.size, newest.value.size).unwrap_or_default();
                newest.value.check_extends(&held.value, &proof).err().map(|error| error.to_string())
            }
        };
        drop(books);
        match fault {
            Some(fault) => self.faults_of_history.push(format!("desk {at}: {fault}")),
            None => self.witnesses[at] = Some(newest.clone()),
        }
    }

    /// Edits the database, looks, and puts it right again.
    pub(super) async fn edited(&mut self, edit: Edit) -> Result<(), SimulationError> {
        let (before, thief) = (self.copied(), self.thief.clone());
        if self.edit(edit).await? {
            self.counts.edits += 1;
            let found = self.audit()?;
            let first = found.first().cloned().unwrap_or_default();
            self.note(format_args!("{edit:?}: {} found, {first}", found.len()));
            if found.is_empty() {
                self.unfound.push(edit);
            }
        }
        self.put_back(&before);
        self.thief = thief;
        Ok(())
    }

    /// Returns what `audit verify` finds, given the heads that the desks hold.
    pub(crate) fn audit(&self) -> Result<Vec<String>, SimulationError> {
        let held: Vec<Issued<TreeHead>> = self.witnesses.iter().flatten().cloned().collect();
        city_audit::verify(self.centre.store.inner(), self.centre.trust(), &held, self.plan.broken)
    }

    /// Makes an edit; `false` if there is nothing to edit in this way.
    async fn edit(&mut self, edit: Edit) -> Result<bool, SimulationError> {
        match edit {
            Edit::RoleForAMoment => return self.role_for_a_moment().await,
            Edit::KeyForAMoment => return self.key_for_a_moment().await,
            Edit::RolledBack => return Ok(self.roll_back()),
            _ => {}
        }
        let pick = self.edits.next();
        let city = self.centre.store.inner();
        let memory = city.memory();
        let mut books = city.books();
        Ok(match edit {
            Edit::CodeRevived => edit_code(
                memory,
                pick,
                |code| code.state != CodeState::Live,
                |code| {
                    code.state = CodeState::Live;
                },
            ),
            Edit::CopiesForgotten => edit_code(memory, pick, |code| code.copies > 1, |code| code.copies = 1),
            Edit::CodeMoved => move_code(memory, pick),
            Edit::OperatorChanged => change_operator(memory, pick, false),
            Edit::OperatorRehashed => change_operator(memory, pick, true),
            Edit::OperationRemoved => remove_operation(memory, pick),
            Edit::VerdictChanged => memory.edit_verdicts(|verdicts| {
                let Some(at) = choose(verdicts, pick) else { return false };
                let Some((verdict, _)) = verdicts.get_mut(&at) else { return false };
                *verdict = match verdict {
                    Verdict::Applied { .. } => Verdict::Unproven,
                    _ => Verdict::Applied { action: None },
                };
                true
            }),
            Edit::CalledProven => memory.edit_log(|log| {
                let kept: BTreeMap<_, _> = log.iter().filter(|(_, item)| item.unproven.is_some()).collect();
                let Some(at) = choose(&kept, pick).copied() else { return false };
                if let Some(item) = log.get_mut(&at) {
                    item.unproven = None;
                }
                true
            }),
            Edit::RoleGranted => {
                let Some(account) = choose(&books.versions, pick) else { return Ok(false) };
                let record = books.versions.get_mut(&account).and_then(|row| row.record.as_mut());
                record.is_some_and(|record| {
                    record.value.roles.push(Role::Supervisor);
                    true
                })
            }
            Edit::DeskKeyChanged => memory.edit_heads(|heads| {
                let Some(at) = choose(heads, pick) else { return false };
                let key = SoftwareKey::from_bytes(&[9; 32]);
                let (Some(head), Ok(key)) = (heads.get_mut(&at), key) else { return false };
                head.public_key = key.public_key();
                true
            }),
            Edit::RevocationUndone => {
                let before = self.backup.as_ref().map(|backup| &backup.books.certificates);
                let (Some(before), Some(thief)) = (before, &self.thief) else { return Ok(false) };
                let key = (thief.device, thief.public_key().key_id());
                let is_good = before.get(&key).filter(|row| row.certificate.value.retired_at.is_none());
                match (is_good, thief.revoked_at) {
                    (Some(row), Some(_)) => {
                        books.certificates.insert(key, row.clone());
                        true
                    }
                    _ => false,
                }
            }
            Edit::StatementChanged => {
                let Some(at) = choose(&books.sessions, pick) else { return Ok(false) };
                let statement = books.sessions.get_mut(&at).and_then(|row| row.statement.as_mut());
                statement.is_some_and(|statement| {
                    statement.value.staff = people::supervisor(&people::SITES[1]);
                    true
                })
            }
            Edit::ProofRemoved => {
                let Some(desk) = choose(&books.batches, pick) else { return Ok(false) };
                books.batches.get_mut(&desk).is_some_and(|proofs| {
                    choose(proofs, pick).is_some_and(|last| proofs.remove(&last).is_some())
                })
            }
            Edit::EventRemoved => {
                let told = books.waiting.iter().position(|(leaf, _)| is_told_elsewhere(&leaf.kind));
                told.map(|at| books.waiting.remove(at)).is_some()
            }
            Edit::EventForged => {
                let event = Event::Command { name: "serve".to_owned(), subject: "forged".to_owned() };
                let recorded = books.record(city.key(), self.now(), &event).is_ok();
                if let Some((_, seal)) = books.waiting.last_mut() {
                    *seal = genesis();
                }
                recorded
            }
            Edit::LeafRemoved => {
                let at = index(pick, books.leaves.len());
                at.map(|at| books.leaves.remove(at)).is_some()
            }
            Edit::LeafChanged => change_leaf(&mut books, pick),
            Edit::HistoryRewritten => {
                let is_changed = change_leaf(&mut books, pick);
                books.recompute();
                books.heads.clear();
                is_changed
            }
            Edit::TreeCut => cut(&mut books, pick),
            Edit::AlarmRemoved => books.alarms.pop().is_some(),
            Edit::RoleForAMoment | Edit::KeyForAMoment | Edit::RolledBack => false,
        })
    }

    /// Puts the whole database back, if a desk has seen a newer head since.
    fn roll_back(&self) -> bool {
        let Some(backup) = &self.backup else { return false };
        let size = backup.books.leaves.len() as u64;
        let is_seen = self.witnesses.iter().flatten().any(|held| held.value.size > size);
        if is_seen {
            self.put_back(backup);
        }
        is_seen
    }

    /// A clerk who is in it voids a code while their account says that they may.
    async fn role_for_a_moment(&mut self) -> Result<bool, SimulationError> {
        let insider = people::insider();
        let Some(mut thief) = self.thief.take() else { return Ok(false) };
        let is_at_work = thief.dismissed_at.is_none() && !thief.is_barred();
        let grant = |operator: &mut SiteOperator| {
            operator.versions.iter_mut().for_each(|version| version.roles.push(Role::Supervisor));
        };
        let done = match self.void_of(&mut thief) {
            Some(operation) if is_at_work => {
                let key = people::key(&insider);
                let place = thief.place();
                let operation = Operation { operator: insider.clone(), session: place, ..operation };
                let operation = consented(operation, &key)?;
                let proofs = vec![thief.sealed(&operation)];
                self.while_edited(&thief, (&insider, grant), operation, proofs).await?
            }
            _ => false,
        };
        self.thief = Some(thief);
        Ok(done)
    }

    /// A code is voided in the name of the supervisor while their account names another key.
    async fn key_for_a_moment(&mut self) -> Result<bool, SimulationError> {
        let supervisor = people::supervisor(&people::SITES[0]);
        let Some(mut thief) = self.thief.take() else { return Ok(false) };
        let session = thief.invented(&supervisor, self.now(), false);
        let public_key = thief.public_key();
        let exchange = |operator: &mut SiteOperator| {
            operator.versions.iter_mut().for_each(|version| version.public_key = public_key.clone());
        };
        let done = match self.void_of(&mut thief) {
            Some(operation) if !thief.is_barred() => {
                let operation =
                    Operation { operator: supervisor.clone(), session: session.place(), ..operation };
                let operation = consented(operation, &thief.key)?;
                let proofs = vec![proof(&session, &operation)];
                self.while_edited(&thief, (&supervisor, exchange), operation, proofs).await?
            }
            _ => false,
        };
        self.thief = Some(thief);
        Ok(done)
    }

    /// A void of a live code at the end of the stolen desk's chain, by nobody yet.
    fn void_of(&self, thief: &mut Thief) -> Option<Operation> {
        let (citizen, serial) = self.live_code(thief)?;
        let body = OpBody::Void { serial, reason: "演练".to_owned() };
        let (clerk, place) = (thief.clerk.clone(), thief.place());
        Some(thief.operation(&clerk, place, self.now(), (&citizen, body)))
    }

    /// Lets the centre decide an operation while an account is edited, and takes the edit back.
    /// Returns whether the operation was applied.
    async fn while_edited(
        &mut self,
        thief: &Thief,
        (whose, edit): (&rules::StaffNumber, impl Fn(&mut SiteOperator)),
        operation: Operation,
        proofs: Vec<SessionProof>,
    ) -> Result<bool, SimulationError> {
        let true_account = self.centre.memory().edit_operators(|operators| {
            let account = operators.get_mut(whose)?;
            let before = account.clone();
            edit(account);
            Some(before)
        });
        let Some(true_account) = true_account else { return Ok(false) };
        let place = (operation.device, operation.epoch, operation.seq);
        let request = thief.batch(vec![operation], proofs)?;
        let is_taken = self.centre.push(&request, true, self.now()).await.is_ok();
        self.centre.memory().edit_operators(|operators| operators.insert(whose.clone(), true_account));
        let verdict = self.centre.memory().edit_verdicts(|verdicts| verdicts.get(&place).cloned());
        Ok(is_taken && matches!(verdict, Some((Verdict::Applied { .. }, _))))
    }
}

fn consented(operation: Operation, key: &SoftwareKey) -> Result<Operation, SimulationError> {
    let act = (operation.op_id, operation.device, operation.session.id);
    let consent = Consent::sign(act, &operation.operator, &operation.body, key)?;
    Ok(Operation { consent: Some(consent), ..operation }.seal())
}

fn proof(session: &Session, newest: &Operation) -> SessionProof {
    session.proof(&newest.content_digest())
}

/// An index below `length`, drawn by `pick`.
fn index(pick: u64, length: usize) -> Option<usize> {
    let length = u64::try_from(length).ok().filter(|length| *length > 0)?;
    usize::try_from(pick % length).ok()
}

fn choose<K: Clone + Ord, V>(rows: &BTreeMap<K, V>, pick: u64) -> Option<K> {
    rows.keys().nth(index(pick, rows.len())?).cloned()
}

/// Events that a row elsewhere tells of as well; others only say that something happened.
fn is_told_elsewhere(kind: &str) -> bool {
    ["batch", "verdicts", "account", "key", "alarm", "desk_enrolled"].contains(&kind)
}

fn edit_code(
    memory: &MemoryStore,
    pick: u64,
    fits: impl Fn(&rules::life::Code) -> bool,
    edit: impl Fn(&mut rules::life::Code),
) -> bool {
    memory.edit_citizens(|citizens| {
        let codes = citizens.values_mut().flat_map(|citizen| &mut citizen.codes);
        let mut fitting: Vec<_> = codes.filter(|issued| fits(&issued.code)).collect();
        let Some(at) = index(pick, fitting.len()) else { return false };
        edit(&mut fitting[at].code);
        true
    })
}

fn move_code(memory: &MemoryStore, pick: u64) -> bool {
    memory.edit_citizens(|citizens| {
        let with_code = citizens.values_mut().find(|citizen| !citizen.codes.is_empty());
        let Some((from, issued)) =
            with_code.and_then(|citizen| Some((citizen.citizen_ref.clone(), citizen.codes.pop()?)))
        else {
            return false;
        };
        let mut others: Vec<_> =
            citizens.values_mut().filter(|citizen| citizen.citizen_ref != from).collect();
        let Some(at) = index(pick, others.len()) else { return false };
        others[at].codes.push(issued);
        true
    })
}

/// Writes another operator into an operation, and computes the hashes from there on if `rehash`.
fn change_operator(memory: &MemoryStore, pick: u64, rehash: bool) -> bool {
    let chain: Option<Vec<(DeviceNumber, u32, u64)>> = memory.edit_log(|log| {
        let at = choose(log, pick)?;
        if let Some(item) = log.get_mut(&at) {
            let (one, other) = (people::supervisor(&people::SITES[1]), people::clerk(&people::SITES[1]));
            item.operation.operator = if item.operation.operator == one { other } else { one };
        }
        Some(log.range(at..=(at.0, at.1, u64::MAX)).map(|(place, _)| *place).collect())
    });
    let Some(chain) = chain else { return false };
    if !rehash {
        return true;
    }
    let mut newest: Option<Digest> = None;
    for place in &chain {
        memory.edit_log(|log| {
            if let Some(item) = log.get_mut(place) {
                if let Some(hash) = newest.clone() {
                    item.operation.prev_hash = hash;
                }
                item.operation = item.operation.clone().seal();
                newest = Some(item.operation.hash.clone());
            }
        });
    }
    memory.edit_heads(|heads| {
        if let (Some(head), Some(hash)) = (chain.first().and_then(|at| heads.get_mut(&(at.0, at.1))), newest)
        {
            head.last_hash = hash;
        }
    });
    true
}

fn remove_operation(memory: &MemoryStore, pick: u64) -> bool {
    let removed = memory.edit_log(|log| {
        let (device, epoch, _) = choose(log, pick)?;
        let last =
            log.range((device, epoch, 0)..=(device, epoch, u64::MAX)).next_back().map(|(at, _)| *at)?;
        log.remove(&last).map(|item| (last, item.operation.prev_hash))
    });
    let Some((at, hash)) = removed else { return false };
    memory.edit_verdicts(|verdicts| verdicts.remove(&at));
    memory.edit_heads(|heads| {
        if let Some(head) = heads.get_mut(&(at.0, at.1)) {
            (head.received_through, head.last_hash) = (at.2 - 1, hash);
        }
    });
    true
}

/// Changes a leaf and computes its own hash again.
fn change_leaf(books: &mut Books, pick: u64) -> bool {
    let Some(at) = index(pick, books.leaves.len()) else { return false };
    let (leaf, hash) = &mut books.leaves[at];
    leaf.body.push(' ');
    *hash = leaf.hash();
    true
}

/// Removes the newest leaves with the heads over them.
fn cut(books: &mut Books, pick: u64) -> bool {
    let Some(keep) = index(pick, books.leaves.len()) else { return false };
    let is_told = books.leaves[keep..].iter().any(|(leaf, _)| is_told_elsewhere(&leaf.kind));
    books.leaves.truncate(keep);
    books.heads.retain(|head| head.value.size <= keep as u64);
    is_told
}
