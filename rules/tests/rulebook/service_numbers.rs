//! Staff numbers: what is one, and how it is written.

use crate::{
    operations::operation,
    support::{number, staff},
};
use rules::{
    StaffNumber,
    op::{Operation, canonical, genesis},
};
use serde_json::json;

#[test]
fn c4_what_is_typed_into_the_wrong_field_is_no_staff_number() {
    for good in ["", "1", "10001", "C1", "PDXQ0123456789"] {
        assert_eq!(good.parse::<StaffNumber>().unwrap().as_str(), good);
    }
    let id_number = number(jiff::civil::date(1945, 2, 3));
    for bad in [
        id_number.expose(),
        "310101450203001",         // an old ID number
        "13800138000",             // a mobile number
        "correct horse battery 9", // passwords
        "Sommer2026!",
        "hunter",
        "abcde1",
        "1001x",
        "１００１",
        "工号 7",
        " 1001",
        "10-01",
        "a\0",
        "\n",
    ] {
        assert!(bad.parse::<StaffNumber>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_staff_number_is_written_as_its_text_alone() {
    let number = staff("PD7");
    assert_eq!(number.to_string(), "PD7");
    assert_eq!(serde_json::to_value(&number).unwrap(), json!("PD7"));
    assert_eq!(canonical(&number), canonical(&"PD7"));
}

#[test]
fn an_operation_with_a_malformed_staff_number_is_not_read() {
    let mut text = serde_json::to_value(operation(1, genesis())).unwrap();
    assert!(serde_json::from_value::<Operation>(text.clone()).is_ok());
    for bad in ["C1\0", &"9".repeat(11)] {
        text["operator"] = json!(bad);
        assert!(serde_json::from_value::<Operation>(text.clone()).is_err(), "{bad:?}");
    }
}
