//! The encoding of operations, held to vectors that were not made by this program.

use rules::op::{OpBody, Operation};

/// An operation as JSON, and its hash: computed with Python (CBOR) and OpenSSL (SM3). Identifiers
/// are 16 bytes in CBOR and text in JSON.
const VOID: &str = r#"{"version":1,"op_id":"018f0000-0000-7000-8000-000000000001","device":3,"epoch":2,"seq":1,"citizen":null,"wall":1767240000000,"monotonic_ms":5000,"boot_id":"00000000-0000-4000-8000-000000000002","offset_ms":-120,"operator":"S1","session":{"id":"018f0000-0000-7000-8000-0000000000aa","before":"1111111111111111111111111111111111111111111111111111111111111111"},"consent":{"signature":"abababababababababababababababababababababababababababababababababababababababababababababababababababababababababababababababab","key_id":"0123456789abcdef"},"proof":null,"case_number":"31010120260101001000184","body":{"kind":"void","serial":"07000000010000000203030303030303","reason":"领取人不符"},"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","hash":"HASH"}"#;
const VOID_HASH: &str = "02fa93b19033bde513d6da331dcbae3a23038e19c895cc33738e3fdf653e93fb";

const ISSUE: &str = r#"{"version":1,"op_id":"018f0000-0000-7000-8000-000000000003","device":3,"epoch":2,"seq":2,"citizen":"310000202005050129","wall":1767240060000,"monotonic_ms":65000,"boot_id":"00000000-0000-4000-8000-000000000002","offset_ms":-120,"operator":"C1","session":{"id":"018f0000-0000-7000-8000-0000000000aa","before":"2222222222222222222222222222222222222222222222222222222222222222"},"consent":null,"proof":{"kind":"document","document":"household_book","evidence":["eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"],"guardian":{"number":"310000198503030121","role":"guardian","by":{"kind":"chip","card":"resident"}},"confirmed":null},"case_number":"3101012026010100100028101","body":{"kind":"issue","action":"apply","serial":"07000000030000000203030303030303","day":"2026-01-01","valid_through":"2026-06-30","holder":{"number":"310000202005050129","name":"张三","photo":null,"declared":null,"registry_version":3},"agent":{"role":"guardian","number":"310000198503030121","name":"李四","binding_verified":true,"proof":[],"consent":true},"correction":null,"provisional":true,"confirmed_by_holder":true,"consequence_confirmed":false,"symbol":{"claims":"abababababababababababababababababababababababababababababababab","key_id":"0102030405060708","signature":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}},"prev_hash":"02fa93b19033bde513d6da331dcbae3a23038e19c895cc33738e3fdf653e93fb","hash":"HASH"}"#;
const ISSUE_HASH: &str = "3f63d458a9f0fcadcae0f56727b71eb93497ec6aa2c406bad61fd6678cf93de3";

#[test]
fn an_operation_has_the_text_and_the_hash_of_the_vectors() {
    for (text, hash) in [(VOID, VOID_HASH), (ISSUE, ISSUE_HASH)] {
        let text = text.replace("HASH", hash);
        let operation: Operation = serde_json::from_str(&text).unwrap();
        assert!(operation.is_intact());
        assert_eq!(operation.clone().seal().hash.to_string(), hash);
        let written: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(&operation).unwrap(), written);
    }
}

#[test]
fn l6_l8_an_issue_without_its_confirmations_is_no_operation() {
    for field in [r#","confirmed_by_holder":true"#, r#","consequence_confirmed":false"#] {
        let text = ISSUE.replace("HASH", ISSUE_HASH);
        assert!(text.contains(field));
        assert!(serde_json::from_str::<Operation>(&text.replace(field, "")).is_err());
    }
}

#[test]
fn l8_a_confirmation_changed_afterwards_breaks_the_hash() {
    let mut operation: Operation = serde_json::from_str(&ISSUE.replace("HASH", ISSUE_HASH)).unwrap();
    let OpBody::Issue { confirmed_by_holder, .. } = &mut operation.body else { panic!("an issue") };
    *confirmed_by_holder = false;
    assert!(!operation.is_intact());
}
