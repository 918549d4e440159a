//! Operations of older program versions, kept as test vectors.

use rules::op::{Agent, AgentRole, OP_VERSION, OpBody, Operation};

/// An operation of version 1 as first written. Text and hash must stay valid for ever.
///
/// The hash was computed with Python (CBOR) and OpenSSL (SM3). Identifiers are 16 bytes in CBOR and
/// text in JSON.
const VERSION_1: &str = r#"{"version":1,"op_id":"018f0000-0000-7000-8000-000000000001","device":3,"epoch":2,"seq":1,"citizen_ref":null,"bucket":null,"wall":1767240000000,"monotonic_ms":5000,"boot_id":"00000000-0000-4000-8000-000000000002","offset_ms":-120,"operator":"S1","case_number":"31010120260101001000184","body":{"kind":"void","serial":"07000000010000000203030303030303","reason":"领取人不符"},"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","hash":"HASH"}"#;
const VERSION_1_HASH: &str = "5849935bfd3bddfe121f8d2892d466529a63e6af5b93c1e924bfa3d55156f1c5";

#[test]
fn version_1_is_still_parsed_and_intact() {
    let op: Operation = serde_json::from_str(&VERSION_1.replace("HASH", VERSION_1_HASH)).unwrap();
    assert_eq!(op.clone().seal().hash.to_string(), VERSION_1_HASH);
    assert!(op.is_intact());
    let again: serde_json::Value = serde_json::to_value(&op).unwrap();
    let written: serde_json::Value =
        serde_json::from_str(&VERSION_1.replace("HASH", VERSION_1_HASH)).unwrap();
    assert_eq!(again, written);
}

/// An operation of version 1 with a guardian. It had no field for consent, because a guardian was
/// recorded only after it.
const VERSION_1_GUARDIAN: &str = r#"{"version":1,"op_id":"018f0000-0000-7000-8000-000000000003","device":3,"epoch":2,"seq":2,"citizen_ref":"1d3b1ea1a1f06a8f6a1c4d0d5b4bd55a0a9cd1bfe8a2fbd5cc6d3ce3a3c0a111","bucket":7,"wall":1767240060000,"monotonic_ms":65000,"boot_id":"00000000-0000-4000-8000-000000000002","offset_ms":-120,"operator":"C1","case_number":"31010120260101001000281","body":{"kind":"issue","action":"apply","serial":"07000000030000000203030303030303","day":"2026-01-01","valid_through":"2026-06-30","holder":{"number":"310000202005050129","name":"张三","photo":null,"declared":null,"registry_version":3},"agent":{"role":"guardian","number":"310000198503030121","name":"李四","phone":null,"binding_verified":true,"proof":[]},"correction":null,"provisional":true},"prev_hash":"5849935bfd3bddfe121f8d2892d466529a63e6af5b93c1e924bfa3d55156f1c5","hash":"HASH"}"#;
const VERSION_1_GUARDIAN_HASH: &str = "752e54e3a51c28f0f5f3b4e984c872629adc37d91fab72f90dece63e4c01881c";

#[test]
fn e8_a_guardian_of_version_1_counts_as_having_agreed() {
    let text = VERSION_1_GUARDIAN.replace("HASH", VERSION_1_GUARDIAN_HASH);
    let op: Operation = serde_json::from_str(&text).unwrap();
    assert!(op.is_intact(), "the field that came later is not in its hash");
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_value(&op).unwrap(), written);
    let OpBody::Issue { agent: Some(agent), .. } = &op.body else { panic!("an issue with an agent") };
    assert!(!agent.consent);
    assert!(agent.read_as(1).consent);
    for version in 2..=OP_VERSION {
        assert!(!agent.read_as(version).consent, "from version 2 on it is said");
    }
    let relative = Agent { role: AgentRole::Relative, ..(**agent).clone() };
    assert!(!relative.read_as(1).consent);
    let agreed = Agent { consent: true, ..relative };
    assert_eq!(agreed.read_as(OP_VERSION), agreed);
    assert_eq!(serde_json::to_value(&agreed).unwrap()["consent"], true);
}
