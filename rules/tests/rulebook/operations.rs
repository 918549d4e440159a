//! Operations: canonical encoding, hashes and the chain.

use crate::support::{claims, day, key, name, noon, number, serial, staff, today};
use ciborium::Value;
use proptest::{collection::vec, prelude::*};
use rules::{
    At, DeviceNumber,
    authority::{Consent, SessionRef},
    correction::Digest,
    keys::KeyId,
    life::Action,
    op::{
        BATCH_LIMIT, Batch, ChainError, CitizenRef, HolderSeen, OP_VERSION, OpBody, Operation, canonical,
        genesis,
    },
    payload::{SignedSymbol, encode},
    person::IdNumber,
    proof::{ChipCard, Proof},
};
use sm3::{Digest as _, Sm3};
use uuid::Uuid;

const INDEX_KEY: [u8; 32] = [5; 32];

pub(crate) fn operation(seq: u64, prev_hash: Digest) -> Operation {
    let holder_number = number(day(1950, 1, 1));
    let holder = HolderSeen {
        number: holder_number.clone(),
        name: name("张三"),
        photo: None,
        declared: None,
        registry_version: Some(3),
    };
    let body = OpBody::Issue {
        action: Action::Apply,
        serial: serial(seq as u32),
        day: today(),
        valid_through: day(2026, 6, 30),
        holder: Box::new(holder),
        agent: None,
        correction: None,
        provisional: true,
        confirmed_by_holder: true,
        consequence_confirmed: true,
        symbol: Box::new(SignedSymbol::of(&encode(&claims(), &key(2)).unwrap()).unwrap()),
    };
    Operation {
        version: OP_VERSION,
        op_id: Uuid::from_u128(seq.into()),
        device: DeviceNumber(1),
        epoch: 1,
        seq,
        citizen: Some(holder_number),
        wall: noon(today()).plus_ms(1000 * seq as i64),
        monotonic_ms: 1000 * seq as i64,
        boot_id: Uuid::from_u128(9),
        offset_ms: 250,
        operator: staff("C1"),
        session: SessionRef { id: Uuid::from_u128(7), before: Digest::of(b"session") },
        consent: None,
        proof: Some(Box::new(Proof::Chip { card: ChipCard::Resident })),
        answer: None,
        case_number: None,
        body,
        prev_hash,
        hash: genesis(),
    }
    .seal()
}

fn batch(first_seq: u64, length: usize) -> Batch {
    let prev_hash = if first_seq == 1 { genesis() } else { Digest::of(b"before") };
    let mut ops: Vec<Operation> = Vec::new();
    for seq in (first_seq..).take(length) {
        let previous = ops.last().map_or_else(|| prev_hash.clone(), |op| op.hash.clone());
        ops.push(operation(seq, previous));
    }
    Batch { device: DeviceNumber(1), epoch: 1, first_seq, prev_hash, ops }
}

#[test]
fn an_unbroken_chain_passes() {
    for (first, length) in [(1, 1), (1, 5), (40, 3), (1, BATCH_LIMIT)] {
        assert_eq!(batch(first, length).check(), Ok(()));
    }
}

#[test]
fn a_batch_has_one_to_two_hundred_operations() {
    assert_eq!(batch(1, 0).check(), Err(ChainError::Size));
    assert_eq!(batch(1, BATCH_LIMIT + 1).check(), Err(ChainError::Size));
}

#[test]
fn every_break_of_the_chain_is_found_at_its_place() {
    type Break = fn(&mut Batch);
    let breaks: [(Break, ChainError); 12] = [
        (|batch| drop(batch.ops.remove(1)), ChainError::Sequence(3)),
        (|batch| batch.ops.swap(0, 1), ChainError::Sequence(2)),
        (|batch| batch.first_seq = 2, ChainError::Sequence(1)),
        (|batch| batch.prev_hash = Digest::of(b"x"), ChainError::Link(1)),
        (|batch| reseal(&mut batch.ops[2], |op| op.prev_hash = Digest::of(b"x")), ChainError::Link(3)),
        (|batch| batch.ops[1].offset_ms += 1, ChainError::Altered(2)),
        (|batch| batch.ops[2].hash = Digest::of(b"x"), ChainError::Altered(3)),
        (|batch| reseal(&mut batch.ops[0], |op| op.device = DeviceNumber(2)), ChainError::Foreign(1)),
        (|batch| reseal(&mut batch.ops[0], |op| op.epoch = 2), ChainError::Foreign(1)),
        (|batch| reseal(&mut batch.ops[0], |op| op.version = OP_VERSION + 1), ChainError::Version(1)),
        (|batch| reseal(&mut batch.ops[0], |op| op.version = 0), ChainError::Version(1)),
        (|batch| reseal(&mut batch.ops[0], |op| op.version = 0), ChainError::Version(1)),
    ];
    for (at, (break_it, error)) in breaks.into_iter().enumerate() {
        let mut broken = batch(1, 4);
        break_it(&mut broken);
        assert_eq!(broken.check(), Err(error), "break {at}");
    }
}

/// Without a key, every change to a batch breaks the chain or invalidates the signature.
#[test]
fn a_signature_over_both_ends_covers_everything_between() {
    type Forgery = fn(&mut Batch);
    let forgeries: [Forgery; 6] = [
        |batch| batch.ops.truncate(3),
        |batch| {
            let first = batch.ops.remove(0);
            (batch.first_seq, batch.prev_hash) = (2, first.hash);
        },
        |batch| forge_from(batch, 1, |op| op.offset_ms += 1),
        |batch| forge_from(batch, 3, |op| op.operator = staff("C11")),
        |batch| {
            batch.device = DeviceNumber(2);
            forge_from(batch, 0, |op| op.device = DeviceNumber(2));
        },
        |batch| {
            batch.epoch = 2;
            forge_from(batch, 0, |op| op.epoch = 2);
        },
    ];
    let sessions = Digest::of(b"proofs");
    let signed = batch(1, 4).signed_bytes(&sessions);
    assert_ne!(batch(1, 4).signed_bytes(&Digest::of(b"other proofs")), signed);
    for (at, forge) in forgeries.into_iter().enumerate() {
        let mut forged = batch(1, 4);
        forge(&mut forged);
        assert_eq!(forged.check(), Ok(()), "forgery {at} has a chain of its own");
        assert_ne!(forged.signed_bytes(&sessions), signed, "forgery {at}");
    }
}

/// Changes the operations from `from` on and rebuilds the chain.
fn forge_from(batch: &mut Batch, from: usize, change: fn(&mut Operation)) {
    for at in from..batch.ops.len() {
        let previous = at.checked_sub(1).map(|before| batch.ops[before].hash.clone());
        reseal(&mut batch.ops[at], |op| {
            change(op);
            op.prev_hash = previous.unwrap_or_else(|| op.prev_hash.clone());
        });
    }
}

fn reseal(op: &mut Operation, change: impl FnOnce(&mut Operation)) {
    change(op);
    *op = op.clone().seal();
}

#[test]
fn the_first_operation_of_an_epoch_follows_the_genesis_hash() {
    let mut forked = batch(1, 1);
    forked.prev_hash = Digest::of(b"x");
    reseal(&mut forked.ops[0], |op| op.prev_hash = Digest::of(b"x"));
    assert_eq!(forked.check(), Err(ChainError::Link(1)));
    let mut zeroth = batch(1, 1);
    zeroth.first_seq = 0;
    reseal(&mut zeroth.ops[0], |op| op.seq = 0);
    assert_eq!(zeroth.check(), Err(ChainError::Sequence(0)));
    assert_eq!(genesis().to_string(), "0".repeat(64));
}

#[test]
fn the_hash_covers_every_field() {
    let changes: [fn(&mut Operation); 18] = [
        |op| op.version = 7,
        |op| op.op_id = Uuid::nil(),
        |op| op.device = DeviceNumber(7),
        |op| op.epoch = 7,
        |op| op.seq = 7,
        |op| op.citizen = None,
        |op| op.wall = At(7),
        |op| op.monotonic_ms = 7,
        |op| op.boot_id = Uuid::nil(),
        |op| op.offset_ms = 7,
        |op| op.operator = staff("C7"),
        |op| op.session.id = Uuid::nil(),
        |op| op.session.before = Digest::of(b"7"),
        |op| op.consent = Some(Consent { signature: String::new(), key_id: KeyId([7; 8]) }),
        |op| op.proof = Some(Box::new(Proof::Chip { card: ChipCard::SocialSecurity })),
        |op| op.case_number = Some("7".into()),
        |op| op.body = OpBody::ReportLoss { serial: serial(7), agent: None, consequence_confirmed: true },
        |op| op.prev_hash = Digest::of(b"7"),
    ];
    // A new field that the hash does not cover fails here.
    let fields = serde_json::to_value(operation(1, genesis())).unwrap().as_object().unwrap().len();
    assert_eq!(changes.len(), fields - 1 + 1, "`session` counts twice, `hash` not");
    for change in changes {
        let mut op = operation(1, genesis());
        assert!(op.is_intact());
        change(&mut op);
        assert!(!op.is_intact());
    }
}

#[test]
fn operations_keep_their_hash_through_json() {
    let batch = batch(1, 3);
    let back: Batch = serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap();
    assert_eq!(back, batch);
    assert_eq!(back.check(), Ok(()));
}

#[test]
fn c2_citizen_references_are_hmac_sm3_under_a_key_and_the_centres_begin_with_the_bucket() {
    let number = number(day(1950, 1, 1));
    // HMAC as in RFC 2104, written out.
    let pad = |byte: u8| [INDEX_KEY.map(|key| key ^ byte), [byte; 32]].concat();
    let inner = Sm3::new().chain_update(pad(0x36)).chain_update(number.expose()).finalize();
    let outer = Sm3::new().chain_update(pad(0x5C)).chain_update(inner).finalize();
    let reference = CitizenRef::at_desk(&number, &INDEX_KEY);
    assert_eq!(reference.0[..], outer[..]);
    let at_centre = CitizenRef::at_centre(&number, &INDEX_KEY);
    assert_eq!((at_centre.bucket(), &at_centre.0[1..]), (number.bucket(), &outer[1..]));
    assert_ne!(reference, CitizenRef::at_desk(&number, &[6; 32]));
    let old = IdNumber::parse("310105491231002").unwrap();
    let modern = IdNumber::parse(&old.modern()).unwrap();
    assert_eq!(CitizenRef::at_desk(&old, &INDEX_KEY), CitizenRef::at_desk(&modern, &INDEX_KEY));
    // No key is in the bucket, and a form of the number makes no difference.
    let public = Sm3::new().chain_update("suishen bucket ").chain_update(modern.expose()).finalize();
    assert_eq!((old.bucket(), modern.bucket()), (public[0], public[0]));
    assert_eq!(reference.to_string().parse(), Ok(reference.clone()));
    assert!("not hexadecimal".parse::<CitizenRef>().is_err());
    assert!(reference.to_string().to_uppercase().parse::<CitizenRef>().is_err());
}

#[test]
fn canonical_encoding_follows_rfc_8949() {
    let encoded = |value: Value| rules::hex::encode(&canonical(&value));
    // Examples from appendix A.
    for (value, bytes) in [
        (Value::from(0), "00"),
        (Value::from(23), "17"),
        (Value::from(24), "1818"),
        (Value::from(255), "18ff"),
        (Value::from(256), "190100"),
        (Value::from(65_536), "1a00010000"),
        (Value::from(1_000_000_000_000_u64), "1b000000e8d4a51000"),
        (Value::from(u64::MAX), "1bffffffffffffffff"),
        (Value::from(-1), "20"),
        (Value::from(-1000), "3903e7"),
        (Value::from("ü"), "62c3bc"),
        (Value::from("水"), "63e6b0b4"),
        (Value::Bytes(vec![1, 2, 3, 4]), "4401020304"),
        (Value::Array(vec![1.into(), Value::Array(vec![2.into(), 3.into()])]), "8201820203"),
        (Value::Null, "f6"),
        (Value::Bool(true), "f5"),
    ] {
        assert_eq!(encoded(value), bytes);
    }
    // Example from section 4.2.1: 10, 100, -1, "z", "aa", [100], [-1], false.
    let keys = [
        Value::Bool(false),
        Value::Array(vec![(-1).into()]),
        Value::Array(vec![100.into()]),
        "aa".into(),
        "z".into(),
        (-1).into(),
        100.into(),
        10.into(),
    ];
    let map = Value::Map(keys.into_iter().map(|key| (key, 0.into())).collect());
    let expected = ["a8", "0a", "1864", "20", "617a", "626161", "811864", "8120", "f4"]
        .join("00")
        .replacen("a800", "a8", 1)
        + "00";
    assert_eq!(encoded(map), expected);
}

#[test]
fn canonical_maps_are_sorted_at_every_depth() {
    let inner =
        |first: &str, second: &str| Value::Map(vec![(first.into(), 1.into()), (second.into(), 1.into())]);
    let outer =
        |value: Value| Value::Array(vec![Value::Tag(9, Box::new(Value::Map(vec![("k".into(), value)])))]);
    assert_eq!(canonical(&outer(inner("b", "a"))), canonical(&outer(inner("a", "b"))));
    let of_keys = |first: &str, second: &str| Value::Map(vec![(inner(first, second), 1.into())]);
    assert_eq!(canonical(&of_keys("b", "a")), canonical(&of_keys("a", "b")));
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        vec(any::<u8>(), 0..8).prop_map(Value::Bytes),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let entries = proptest::collection::btree_map("[a-z]{0,12}", inner.clone(), 0..6);
        prop_oneof![
            vec(inner, 0..6).prop_map(Value::Array),
            entries.prop_map(|entries| Value::Map(
                entries.into_iter().map(|(key, value)| (key.into(), value)).collect()
            )),
        ]
    })
}

/// Returns the same value with the entries of its maps in reverse order.
fn reversed(value: Value) -> Value {
    match value {
        Value::Map(entries) => {
            Value::Map(entries.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(reversed).collect()),
        other => other,
    }
}

proptest! {
    #[test]
    fn canonical_encoding_is_unique(value in tree(), other in tree()) {
        let bytes = canonical(&value);
        prop_assert_eq!(&canonical(&reversed(value.clone())), &bytes);
        let back: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        prop_assert_eq!(&canonical(&back), &bytes);
        // Two values may share an encoding only if their sorted trees are equal.
        let other_back: Value = ciborium::from_reader(canonical(&other).as_slice()).unwrap();
        prop_assert_eq!(canonical(&other) == bytes, other_back == back);
    }

    #[test]
    fn an_operation_altered_anywhere_in_its_text_is_detected(seq in 1_u64..50, at in any::<proptest::sample::Index>(), to in 0x20_u8..0x7F) {
        let op = operation(seq, genesis());
        let mut text = serde_json::to_string(&op).unwrap().into_bytes();
        let at = at.index(text.len());
        let changed = text[at] != to;
        text[at] = to;
        if let Ok(read) = serde_json::from_slice::<Operation>(&text) {
            // The change is only another spelling of the same value, or the hash is wrong.
            prop_assert!(!changed || read == op || !read.is_intact());
        }
    }

    #[test]
    fn hexadecimal_text_is_unique(bytes in vec(any::<u8>(), 0..40), text in "[0-9a-fA-F]{0,8}") {
        let encoded = rules::hex::encode(&bytes);
        prop_assert_eq!(rules::hex::decode(&encoded), Some(bytes));
        if let Some(decoded) = rules::hex::decode(&text) {
            prop_assert_eq!(rules::hex::encode(&decoded), text.clone());
            prop_assert_eq!(rules::hex::decode_array::<4>(&text).is_some(), text.len() == 8);
        }
    }
}
