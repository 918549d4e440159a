//! A person's act counts by that person's own key (A1–A4).

use crate::{
    operations::operation,
    support::{issuers, key, staff},
};
use proptest::{prelude::*, sample::Index};
use rules::{
    At, DeviceNumber, Sensitive, StaffNumber,
    authority::{
        Consent, Credential, SessionProof, SessionRef, SessionStatement, StaffRecord, Unproven, WrappedKey,
        credential::UnwrapError,
        session::{SESSION_MS, sign_newest},
        unproven, unproven_at,
    },
    correction::{CorrectionCommand, Digest},
    issuing::Trust,
    keys::{PublicKey, Signed, Signer},
    op::{Batch, OpBody, Operation, genesis},
    permission::Role,
    proof::{Confirmation, Document, Proof},
};
use std::collections::BTreeMap;
use uuid::Uuid;

const CLERK: u8 = 41;
const SUPERVISOR: u8 = 42;
const SESSION_KEY: u8 = 43;
const THIEF: u8 = 44;

/// Keys the centre recorded: clerk C1 and supervisor S1.
struct Centre(BTreeMap<StaffNumber, PublicKey>);

impl Centre {
    fn new() -> Self {
        let keys = [("C1", CLERK), ("S1", SUPERVISOR)];
        Self(keys.into_iter().map(|(number, seed)| (staff(number), key(seed).public_key())).collect())
    }

    fn unproven(&self, batch: &Batch, proofs: &[SessionProof]) -> BTreeMap<u64, Unproven> {
        unproven(batch, proofs, |who, id| self.0.get(who).filter(|key| key.key_id() == id))
    }
}

fn statement() -> SessionStatement {
    let first = operation(1, genesis());
    SessionStatement {
        id: Uuid::from_u128(70),
        staff: staff("C1"),
        device: DeviceNumber(1),
        epoch: 1,
        session_key: key(SESSION_KEY).public_key(),
        begun_at: first.wall,
        boot_id: first.boot_id,
        monotonic_ms: first.monotonic_ms,
        centre_time: None,
    }
}

/// Operations of one session, each changed by `change` before it is linked and hashed.
fn batch(length: u64, change: impl Fn(u64, &mut Operation)) -> Batch {
    let (mut before, mut prev_hash) = (statement().first_link(), genesis());
    let mut ops = Vec::new();
    for seq in 1..=length {
        let mut next = operation(seq, prev_hash);
        next.session = SessionRef { id: statement().id, before };
        change(seq, &mut next);
        let next = next.seal();
        (before, prev_hash) = (next.content_digest(), next.hash.clone());
        ops.push(next);
    }
    Batch { device: DeviceNumber(1), epoch: 1, first_seq: 1, prev_hash: genesis(), ops }
}

fn proof(batch: &Batch, statement: SessionStatement, person: u8, session: u8) -> SessionProof {
    let newest = batch.ops.last().unwrap().content_digest();
    let signature = sign_newest(statement.id, &newest, &key(session)).unwrap();
    SessionProof { statement: Signed::sign(statement, &key(person)).unwrap(), signature }
}

fn all(length: u64, reason: Unproven) -> BTreeMap<u64, Unproven> {
    (1..=length).map(|seq| (seq, reason)).collect()
}

fn consented(operation: &mut Operation, operator: &str, signer: u8) {
    operation.operator = staff(operator);
    let id = (operation.op_id, operation.device, operation.session.id);
    operation.consent = Some(Consent::sign(id, &operation.operator, &operation.body, &key(signer)).unwrap());
}

#[test]
fn a3_a_session_proves_its_operations() {
    let batch = batch(5, |_, _| {});
    batch.check().unwrap();
    let proof = proof(&batch, statement(), CLERK, SESSION_KEY);
    assert_eq!(Centre::new().unproven(&batch, &[proof]), BTreeMap::new());
}

#[test]
fn a3_a_desk_key_alone_proves_nothing() {
    let batch = batch(3, |_, _| {});
    let centre = Centre::new();
    assert_eq!(centre.unproven(&batch, &[]), all(3, Unproven::NoSession));
    // The thief signs the statement with a key of their own, and names the clerk.
    let own = proof(&batch, statement(), THIEF, SESSION_KEY);
    assert_eq!(centre.unproven(&batch, &[own]), all(3, Unproven::Statement));
    // The thief has a statement that the clerk once signed, but not its session key.
    let replayed = proof(&batch, statement(), CLERK, THIEF);
    assert_eq!(centre.unproven(&batch, &[replayed]), all(3, Unproven::Signature));
}

#[test]
fn a3_a_statement_counts_at_its_desk_and_not_for_earlier_enrolments() {
    let batch = batch(2, |_, _| {});
    let centre = Centre::new();
    for other in [
        SessionStatement { device: DeviceNumber(2), ..statement() },
        SessionStatement { epoch: 2, ..statement() },
    ] {
        let proof = proof(&batch, other, CLERK, SESSION_KEY);
        assert_eq!(centre.unproven(&batch, &[proof]), all(2, Unproven::Statement));
    }
}

#[test]
fn a3_an_enrolment_later_the_session_still_proves_what_was_done_in_it() {
    let before = batch(3, |_, _| {});
    let proof = proof(&before, statement(), CLERK, SESSION_KEY);
    let mut prev_hash = genesis();
    let mut ops = Vec::new();
    for operation in before.ops {
        let next = Operation { epoch: 2, prev_hash, ..operation }.seal();
        prev_hash = next.hash.clone();
        ops.push(next);
    }
    let handed_over = Batch { device: DeviceNumber(1), epoch: 2, first_seq: 1, prev_hash: genesis(), ops };
    handed_over.check().unwrap();
    assert_eq!(Centre::new().unproven(&handed_over, &[proof]), BTreeMap::new());
}

#[test]
fn a3_what_was_slipped_in_is_not_covered_nor_what_is_before_it() {
    let mut batch = batch(4, |_, _| {});
    let proof = proof(&batch, statement(), CLERK, SESSION_KEY);
    // The thief changes the second one and hashes the desk's chain anew.
    batch.ops[1].case_number = Some("9".to_owned());
    for at in 1..4 {
        let mut next = batch.ops[at].clone();
        next.prev_hash = batch.ops[at - 1].hash.clone();
        batch.ops[at] = next.seal();
    }
    batch.check().unwrap();
    let found = Centre::new().unproven(&batch, &[proof]);
    assert_eq!(found, all(2, Unproven::Signature));
}

#[test]
fn a3_a_session_ends_after_ten_hours_and_with_the_boot() {
    let late = batch(2, |seq, operation| {
        operation.monotonic_ms = statement().monotonic_ms + SESSION_MS + i64::from(seq == 2);
    });
    let expired = Centre::new().unproven(&late, &[proof(&late, statement(), CLERK, SESSION_KEY)]);
    assert_eq!(expired, BTreeMap::from([(2, Unproven::Expired)]));
    let rebooted = batch(1, |_, operation| operation.boot_id = Uuid::from_u128(10));
    let found = Centre::new().unproven(&rebooted, &[proof(&rebooted, statement(), CLERK, SESSION_KEY)]);
    assert_eq!(found, all(1, Unproven::Expired));
}

#[test]
fn a4_another_person_counts_by_their_own_signature_only() {
    let centre = Centre::new();
    let approve = || OpBody::CorrectionCommanded {
        id: Uuid::from_u128(5),
        revision: 1,
        command: Box::new(CorrectionCommand::Approve { digest: Digest::of(b"seen"), opened: vec![] }),
    };
    let with = |change: &dyn Fn(&mut Operation)| {
        let batch = batch(1, |_, operation| {
            operation.body = approve();
            change(operation);
        });
        centre.unproven(&batch, &[proof(&batch, statement(), CLERK, SESSION_KEY)])
    };
    assert_eq!(with(&|operation| consented(operation, "S1", SUPERVISOR)), BTreeMap::new());
    // C1 of the findings: the desk names the supervisor.
    assert_eq!(with(&|operation| operation.operator = staff("S1")), all(1, Unproven::Operator));
    assert_eq!(with(&|operation| consented(operation, "S1", CLERK)), all(1, Unproven::Consent));
    assert_eq!(with(&|operation| consented(operation, "S1", THIEF)), all(1, Unproven::Consent));
    // A consent for another act, operation or session is none.
    let moved: [&dyn Fn(&mut Operation); 3] = [
        &|operation| operation.op_id = Uuid::from_u128(99),
        &|operation| {
            let command = CorrectionCommand::Approve { digest: Digest::of(b"other"), opened: vec![] };
            operation.body = OpBody::CorrectionCommanded {
                id: Uuid::from_u128(5),
                revision: 1,
                command: Box::new(command),
            };
        },
        &|operation| operation.body = approve_revision(2),
    ];
    for change in moved {
        let found = with(&|operation| {
            consented(operation, "S1", SUPERVISOR);
            change(operation);
        });
        assert_eq!(found, all(1, Unproven::Consent));
    }
}

#[test]
fn i4_a_supervisor_confirms_this_document_for_this_act_and_nothing_else() {
    let centre = Centre::new();
    let paper = |page: &[u8]| Proof::Document {
        document: Document::LossCertificate,
        evidence: vec![Digest::of(page)],
        guardian: None,
        confirmed: None,
    };
    let confirmed = |operation: &mut Operation, supervisor: &str, signer: u8| {
        let proof = paper(b"page");
        let (number, id) = (staff(supervisor), (operation.op_id, operation.device, operation.session.id));
        let people = (&operation.operator, &number);
        let made = Confirmation::sign(id, people, &operation.body, &proof, &key(signer)).unwrap();
        let Proof::Document { document, evidence, guardian, .. } = proof else { unreachable!() };
        let confirmed = Some(Box::new(made));
        operation.proof = Some(Box::new(Proof::Document { document, evidence, guardian, confirmed }));
    };
    let with = |change: &dyn Fn(&mut Operation)| {
        let batch = batch(1, |_, operation| change(operation));
        centre.unproven(&batch, &[proof(&batch, statement(), CLERK, SESSION_KEY)])
    };
    assert_eq!(with(&|operation| confirmed(operation, "S1", SUPERVISOR)), BTreeMap::new());
    for signer in [CLERK, THIEF] {
        assert_eq!(with(&|operation| confirmed(operation, "S1", signer)), all(1, Unproven::Consent));
    }
    let moved: [&dyn Fn(&mut Operation); 3] = [
        &|operation| operation.op_id = Uuid::from_u128(99),
        &|operation| {
            let OpBody::Issue { consequence_confirmed, .. } = &mut operation.body else { unreachable!() };
            *consequence_confirmed = !*consequence_confirmed;
        },
        &|operation| {
            let Some(Proof::Document { evidence, .. }) = operation.proof.as_deref_mut() else {
                unreachable!()
            };
            *evidence = vec![Digest::of(b"another page")];
        },
    ];
    for change in moved {
        let found = with(&|operation| {
            confirmed(operation, "S1", SUPERVISOR);
            change(operation);
        });
        assert_eq!(found, all(1, Unproven::Consent));
    }
}

fn approve_revision(revision: u32) -> OpBody {
    let command = CorrectionCommand::Approve { digest: Digest::of(b"seen"), opened: vec![] };
    OpBody::CorrectionCommanded { id: Uuid::from_u128(5), revision, command: Box::new(command) }
}

#[test]
fn a4_approving_and_voiding_need_a_consent_and_nothing_else_does() {
    let serial = crate::support::serial(1);
    assert!(approve_revision(1).needs_consent());
    assert!(OpBody::Void { serial, reason: String::new() }.needs_consent());
    assert!(!OpBody::ReportLoss { serial, agent: None, consequence_confirmed: true }.needs_consent());
    assert!(!operation(1, genesis()).body.needs_consent());
}

fn credential(number: &str, password: &str) -> (Trust, Credential) {
    let trust = Trust::of(key(1).public_key());
    let record = StaffRecord {
        number: staff(number),
        name: Sensitive::new("王窗口".to_owned()),
        site: "310101".parse().unwrap(),
        roles: vec![Role::Clerk],
        public_key: key(CLERK).public_key(),
        active: true,
        from: At(0),
        version: 1,
    };
    let password = Sensitive::new(password.to_owned());
    let wrapped_key = WrappedKey::wrap(&[CLERK; 32], &staff(number), &password, [3; 16], [4; 24]).unwrap();
    (trust, Credential { record: issuers(1).sign(record, At(0)).unwrap(), wrapped_key })
}

#[test]
fn a1_only_the_password_opens_a_key_and_only_for_its_account() {
    let (trust, credential) = credential("C1", "a long password");
    let right = Sensitive::new("a long password".to_owned());
    assert_eq!(credential.open(&trust, &right).unwrap().public_key(), key(CLERK).public_key());
    let wrong = Sensitive::new("A long password".to_owned());
    assert_eq!(credential.open(&trust, &wrong).unwrap_err(), UnwrapError::Password);
    assert_eq!(credential.wrapped_key.open(&staff("C2"), &right).unwrap_err(), UnwrapError::Password);
    assert_eq!(WrappedKey::of_nobody().open(&staff("C1"), &right).unwrap_err(), UnwrapError::Password);
    // A record that the centre did not sign, and one with another person's key.
    let thief = Trust::of(key(THIEF).public_key());
    assert_eq!(credential.open(&thief, &right).unwrap_err(), UnwrapError::Malformed);
    let mut swapped = credential.record.value.clone();
    swapped.public_key = key(SUPERVISOR).public_key();
    let swapped = Credential { record: issuers(1).sign(swapped, At(0)).unwrap(), ..credential };
    assert_eq!(swapped.open(&trust, &right).unwrap_err(), UnwrapError::Malformed);
}

#[test]
fn a1_a_forged_cost_stalls_nobody() {
    let (_, credential) = credential("C1", "a long password");
    let right = Sensitive::new("a long password".to_owned());
    for forged in [
        WrappedKey { memory_kib: u32::MAX, ..credential.wrapped_key.clone() },
        WrappedKey { passes: u32::MAX, ..credential.wrapped_key.clone() },
        WrappedKey { passes: 0, ..credential.wrapped_key.clone() },
        WrappedKey { salt: "00".to_owned(), ..credential.wrapped_key.clone() },
        WrappedKey { sealed: String::new(), ..credential.wrapped_key.clone() },
    ] {
        assert_eq!(forged.open(&staff("C1"), &right).unwrap_err(), UnwrapError::Malformed);
    }
}

#[test]
fn a3_a_statement_counts_if_its_key_was_the_persons_when_the_session_began() {
    let batch = batch(2, |_, _| {});
    let contents = batch.check_contents().unwrap();
    let proof = [proof(&batch, statement(), CLERK, SESSION_KEY)];
    let clerk = key(CLERK).public_key();
    let changed_at = |until: At| {
        unproven_at(&batch, &contents, &proof, |_, id, at| {
            (clerk.key_id() == id && at <= until).then_some(&clerk)
        })
    };
    assert_eq!(changed_at(statement().begun_at), BTreeMap::new());
    assert_eq!(changed_at(statement().begun_at.plus_ms(-1)), all(2, Unproven::Statement));
}

#[test]
fn a3_the_first_proof_of_a_session_counts() {
    let batch = batch(2, |_, _| {});
    let right = proof(&batch, statement(), CLERK, SESSION_KEY);
    let wrong = proof(&batch, statement(), THIEF, SESSION_KEY);
    let centre = Centre::new();
    assert_eq!(centre.unproven(&batch, &[right.clone(), wrong.clone()]), BTreeMap::new());
    assert_eq!(centre.unproven(&batch, &[wrong, right]), all(2, Unproven::Statement));
}

#[test]
fn a3_reasons_are_written_as_their_codes() {
    for reason in Unproven::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

#[test]
fn a1_a_key_that_is_cheap_to_guess_is_not_kept() {
    let wrapped = credential("C1", "a long password").1.wrapped_key;
    assert!(wrapped.is_keepable());
    for (cheap, what) in [
        (WrappedKey { memory_kib: wrapped.memory_kib - 1, ..wrapped.clone() }, "memory"),
        (WrappedKey { passes: 1, ..wrapped.clone() }, "passes"),
        (WrappedKey { memory_kib: u32::MAX, ..wrapped.clone() }, "too dear"),
        (WrappedKey { salt: "00".to_owned(), ..wrapped.clone() }, "salt"),
        (WrappedKey { sealed: wrapped.sealed.to_uppercase() + "00", ..wrapped.clone() }, "sealed"),
    ] {
        assert!(!cheap.is_keepable(), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a thief with the desk's key changes in a batch, the changed operation is unproven.
    #[test]
    fn a3_no_changed_operation_is_proven(length in 1_u64..8, at in any::<Index>(), what in 0_u8..6) {
        let mut changed = batch(length, |_, _| {});
        let proof = proof(&changed, statement(), CLERK, SESSION_KEY);
        let at = at.index(changed.ops.len());
        let operation = &mut changed.ops[at];
        match what {
            0 => operation.operator = staff("S1"),
            1 => operation.op_id = Uuid::from_u128(77),
            2 => operation.wall = operation.wall.plus_ms(-86_400_000),
            3 => operation.citizen = None,
            4 => operation.body = OpBody::Reprint { serial: crate::support::serial(9), agent: None },
            _ => operation.monotonic_ms += 1,
        }
        prop_assert!(Centre::new().unproven(&changed, &[proof]).contains_key(&(at as u64 + 1)));
    }
}
