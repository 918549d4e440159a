//! In any order of operations, receipts, news and views: what the centre has ended stays ended, in
//! the rows and in the map alike.

use super::{Origin, put_issued, put_seen, state};
use crate::signing::SessionKey;
use crate::{
    clock::{ManualClock, Reading, TrustedClock},
    store::{
        self, Store, Write,
        operation::{Author, NewOperation},
        receipt::VerifiedReceiptBatch,
    },
    vault::Vault,
};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use rules::{
    At, Day, DeviceNumber, Refusal,
    correction::{CorrectionCommand, Digest},
    issuing::{Issuers, Trust},
    keys::{Class, KeyId, RawSignature, Signer, SoftwareKey},
    life::{Action, Code, CodeState, Outcome, Serial, TakesEffect},
    op::{CitizenRef, HolderSeen, OpBody, Operation},
    payload::SignedSymbol,
    person::{IdNumber, Name},
    wire::{Change, CitizenView, Receipt, TagKey, Verdict},
};
use simulation::memory_log::Ledger;
use std::collections::BTreeMap;
use uuid::Uuid;

const AUTHOR: Author = Author { device: DeviceNumber(7), epoch: 1 };

fn number() -> IdNumber {
    IdNumber::parse("310000194502030017").unwrap()
}

/// Nobody reads the symbol here.
fn unsigned() -> SignedSymbol {
    let (key_id, signature) = (KeyId([0; 8]), RawSignature([0; 64]));
    SignedSymbol { claims: Digest([0; 32]), key_id, signature }
}

/// One thing; a number is that of a code or of an operation, modulo how many there are.
#[derive(Clone, Debug)]
enum Act {
    Issue,
    Loss(usize),
    Void(usize),
    Approve(usize),
    Reprint(usize),
    Receipt(usize, Verdict),
    Word(usize, CodeState),
    View(Vec<CodeState>),
}

fn state_of_a_code() -> impl Strategy<Value = CodeState> {
    prop_oneof![
        Just(CodeState::Live),
        Just(CodeState::Lost),
        Just(CodeState::Superseded),
        Just(CodeState::Voided),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let verdict = prop_oneof![
        4 => Just(Verdict::Applied { action: None }),
        3 => Just(Verdict::Rejected { code: Refusal::CodeNotLive }),
        1 => Just(Verdict::DuplicateSameDay { winner: Serial([1; 16]) }),
        1 => Just(Verdict::NeedsApproval),
        1 => Just(Verdict::Late),
        1 => Just(Verdict::Unproven),
    ];
    let number = || 0..100_usize;
    prop_oneof![
        3 => Just(Act::Issue),
        2 => number().prop_map(Act::Loss),
        2 => number().prop_map(Act::Void),
        1 => number().prop_map(Act::Approve),
        1 => number().prop_map(Act::Reprint),
        5 => (number(), verdict).prop_map(|(at, verdict)| Act::Receipt(at, verdict)),
        3 => (number(), state_of_a_code()).prop_map(|(at, state)| Act::Word(at, state)),
        1 => vec(state_of_a_code(), 4).prop_map(Act::View),
    ]
}

/// Issuing keys of the centre, always in force.
fn issuers() -> Issuers {
    let root = SoftwareKey::from_bytes(&[9; 32]).unwrap();
    let mut next = 100;
    let random = || {
        next += 1;
        [next; 32]
    };
    Issuers::draw(&root, Class::Practice, (At(0), At(i64::MAX / 2)), random).unwrap()
}

/// One citizen's codes, in both.
struct Both {
    rows: Write,
    map: Ledger,
    reading: Reading,
    session: SessionKey,
    issuers: Issuers,
    citizen_ref: CitizenRef,
    serials: Vec<Serial>,
    /// The same operation in both.
    operations: Vec<Operation>,
    /// What the centre told of each code, as far towards its end as it told.
    told: BTreeMap<Serial, CodeState>,
}

/// Returns whether a code that was told to be `told` may be `shown`.
fn may_follow(told: CodeState, shown: CodeState) -> bool {
    let has_ended = matches!(shown, CodeState::Superseded | CodeState::Voided);
    match told {
        CodeState::Live => true,
        CodeState::Lost => has_ended || shown == CodeState::Lost,
        CodeState::Superseded | CodeState::Voided => has_ended,
    }
}

impl Both {
    fn now(&self) -> Day {
        self.reading.at.day()
    }

    fn code(&self, serial: Serial, state: CodeState) -> Code {
        let (issued_at, valid_through) = (self.reading.at, self.now());
        Code { serial, state, issued_at, valid_through, provisional: false, copies: 1 }
    }

    fn holder(&self) -> HolderSeen {
        HolderSeen {
            number: number(),
            name: Name::read("张演练").unwrap().name,
            photo: None,
            declared: None,
            registry_version: None,
        }
    }

    /// Writes an operation with what it does into both.
    async fn does(&mut self, body: OpBody, outcome: Outcome) {
        let new = NewOperation {
            op_id: Uuid::now_v7(),
            consent: None,
            proof: None,
            answer: None,
            idempotency_key: None,
            citizen: Some(self.holder().number),
            operator: "1001".parse().unwrap(),
            case_number: None,
            body,
        };
        let rows = &mut self.rows;
        let operation =
            store::operation::append(rows, AUTHOR, &self.reading, &self.session, new).await.unwrap();
        self.map.append(&operation, Some(&outcome));
        let at = self.reading.at;
        for (serial, becomes) in &outcome.changes {
            state::change(rows, &operation, *serial, *becomes, at).await.unwrap();
        }
        if let Some(code) = &outcome.new_code {
            let origin = Origin {
                epoch: operation.epoch,
                seq: operation.seq,
                case_number: None,
                payload: "",
                counts_for: outcome.counts_for,
                correction: None,
            };
            let written = Code { provisional: true, ..code.clone() };
            put_issued(rows, &self.citizen_ref, &written, &origin, at).await.unwrap();
        }
        if let Some(serial) = outcome.reprinted {
            super::count_copy(rows, serial, at).await.unwrap();
        }
        self.operations.push(operation);
    }

    async fn takes(&mut self, act: Act) {
        let nothing = Outcome {
            new_code: None,
            changes: Vec::new(),
            counts_for: None,
            reprinted: None,
            used_correction: None,
            takes_effect: TakesEffect::AtNextSynchronisation,
        };
        let serial = |at: usize| self.serials.get(at % self.serials.len().max(1)).copied();
        match act {
            Act::Issue => {
                let serial = Serial([self.serials.len() as u8 + 1; 16]);
                let changes = self.serials.iter().map(|serial| (*serial, CodeState::Superseded)).collect();
                self.serials.push(serial);
                let body = OpBody::Issue {
                    action: Action::Apply,
                    serial,
                    day: self.now(),
                    valid_through: self.now(),
                    holder: Box::new(self.holder()),
                    agent: None,
                    correction: None,
                    provisional: true,
                    confirmed_by_holder: true,
                    consequence_confirmed: true,
                    symbol: Box::new(unsigned()),
                };
                let new_code = Some(self.code(serial, CodeState::Live));
                let counts_for = Some(self.now());
                self.does(body, Outcome { new_code, changes, counts_for, ..nothing }).await;
            }
            Act::Loss(at) => {
                let Some(serial) = serial(at) else { return };
                let changes = vec![(serial, CodeState::Lost)];
                self.does(
                    OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true },
                    Outcome { changes, ..nothing },
                )
                .await;
            }
            Act::Void(at) => {
                let Some(serial) = serial(at) else { return };
                let changes = vec![(serial, CodeState::Voided)];
                let body = OpBody::Void { serial, reason: "演练".to_owned() };
                self.does(body, Outcome { changes, ..nothing }).await;
            }
            Act::Approve(at) => {
                let Some(serial) = serial(at) else { return };
                let changes = vec![(serial, CodeState::Voided)];
                let command = Box::new(CorrectionCommand::Submit);
                let body = OpBody::CorrectionCommanded { id: Uuid::nil(), revision: 1, command };
                self.does(body, Outcome { changes, ..nothing }).await;
            }
            Act::Reprint(at) => {
                let Some(serial) = serial(at) else { return };
                let reprinted = Some(serial);
                self.does(OpBody::Reprint { serial, agent: None }, Outcome { reprinted, ..nothing }).await;
            }
            Act::Receipt(at, verdict) => {
                let Some(operation) = self.operations.get(at % self.operations.len().max(1)) else {
                    return;
                };
                let (batch, body) = (self.receipts(operation, &verdict), operation.body.clone());
                for receipt in batch.receipts() {
                    self.map.take_receipt(operation, receipt);
                }
                let new =
                    store::settle::receipts(&mut self.rows, AUTHOR, &batch, &self.reading).await.unwrap();
                let is_applied = matches!(verdict, Verdict::Applied { .. });
                match body {
                    _ if new.is_empty() || matches!(verdict, Verdict::NeedsApproval | Verdict::Late) => {}
                    OpBody::Issue { serial, .. } if !is_applied => self.tell(serial, CodeState::Voided),
                    OpBody::ReportLoss { serial, .. } if is_applied => self.tell(serial, CodeState::Lost),
                    OpBody::Void { serial, .. } if is_applied => self.tell(serial, CodeState::Voided),
                    _ => {}
                }
            }
            Act::Word(at, state) => {
                // One more than there are: a code nobody here has heard of.
                let at = at % (self.serials.len() + 1);
                let serial = *self.serials.get(at).unwrap_or(&Serial([0xff; 16]));
                self.tell(serial, state);
                let code = self.code(serial, state);
                self.map.tell(&code);
                let change = Change::CodeChanged { code };
                store::changes::apply(&mut self.rows, &change, self.reading.at).await.unwrap();
            }
            Act::View(states) => self.looks(&states).await,
        }
    }

    fn tell(&mut self, serial: Serial, state: CodeState) {
        let told = self.told.entry(serial).or_insert(state);
        if may_follow(*told, state) {
            *told = state;
        }
    }

    fn receipts(&self, operation: &Operation, verdict: &Verdict) -> VerifiedReceiptBatch {
        let receipt = Receipt {
            id: Uuid::nil(),
            device: operation.device,
            epoch: operation.epoch,
            seq: operation.seq,
            hash: operation.hash.clone(),
            verdict: verdict.clone(),
            decided_at: self.reading.at,
        };
        let batch = self.issuers.sign(vec![receipt], At(0)).unwrap();
        let root = SoftwareKey::from_bytes(&[9; 32]).unwrap().public_key();
        VerifiedReceiptBatch::check(batch, &Trust::of(root)).unwrap()
    }

    async fn looks(&mut self, states: &[CodeState]) {
        let shown: Vec<Code> =
            self.serials.iter().zip(states).map(|(serial, state)| self.code(*serial, *state)).collect();
        let holder = self.holder();
        let view = CitizenView {
            version: 1,
            number: holder.number,
            name: holder.name,
            photo: None,
            registered: true,
            shanghai_household: true,
            certificate: None,
            relatives: Vec::new(),
            tag_key: TagKey([0; 32]),
            codes: shown.clone(),
            symbol: None,
            issue_days: Vec::new(),
            corrections: Vec::new(),
            escalations: Vec::new(),
            server_time: self.reading.at,
        };
        for code in &shown {
            self.tell(code.serial, code.state);
            put_seen(&mut self.rows, Some(&self.citizen_ref), code, self.reading.at).await.unwrap();
        }
        let decided = state::decided_operations(&mut self.rows, &self.citizen_ref).await.unwrap();
        state::tell_all(&mut self.rows, &self.citizen_ref, &view, &decided, self.reading.at).await.unwrap();
        self.map.look(&view.number, &shown);
    }

    /// Both have the same codes, and none of them is what it was told it is no longer.
    async fn are_right(&mut self) {
        let rows = super::of_citizen(&mut self.rows, &self.citizen_ref, &[]).await.unwrap();
        let mut days: Vec<Day> = rows.iter().filter_map(|code| code.counts_for).collect();
        let rows: BTreeMap<Serial, Code> = rows.into_iter().map(|row| (row.code.serial, row.code)).collect();
        let map = self.map.codes_of(&self.holder().number);
        assert_eq!(rows, map.into_iter().map(|code| (code.serial, code)).collect());
        for (serial, code) in &rows {
            let told = self.told.get(serial);
            assert!(told.is_none_or(|told| may_follow(*told, code.state)), "{code:?}: told {told:?}");
        }
        let mut days_of_map = self.map.days_of(&self.holder().number);
        days.sort_unstable();
        days_of_map.sort_unstable();
        assert_eq!(days, days_of_map);
    }
}

#[test]
fn l_table_what_the_centre_has_ended_stays_ended_in_any_order_in_rows_and_in_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = runtime.block_on(async {
        let vault = Vault::open_or_create_with_key_file(folder.path()).await.unwrap();
        Store::open(&vault).await.unwrap()
    });
    let reading = TrustedClock::new(ManualClock::new(At(1_772_424_000_000)), None, At(0)).read();
    let config = Config { cases: 512, failure_persistence: None, ..Config::default() };
    let run = |acts: Vec<Act>| {
        runtime.block_on(async {
            let mut both = Both {
                // Nothing is committed: each course begins with an empty database.
                rows: store.write().await.unwrap(),
                map: Ledger::default(),
                session: SessionKey::begin(
                    (Uuid::now_v7(), &[43; 32]),
                    AUTHOR,
                    "1001".parse().unwrap(),
                    &reading,
                    &SoftwareKey::from_bytes(&[41; 32]).unwrap(),
                )
                .unwrap(),
                reading,
                issuers: issuers(),
                citizen_ref: store.citizen_ref(&number()),
                serials: Vec::new(),
                operations: Vec::new(),
                told: BTreeMap::new(),
            };
            for act in acts {
                both.takes(act).await;
                both.are_right().await;
            }
        });
        Ok(())
    };
    TestRunner::new(config).run(&vec(act(), 1..24), run).unwrap();
}
