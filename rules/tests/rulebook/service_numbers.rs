//! Staff numbers: what is one, and how it is written.

use crate::{operations::operation, support::staff};
use rules::{
    StaffNumber,
    op::{Operation, canonical, genesis},
};
use serde_json::json;

#[test]
fn staff_numbers_are_short_and_have_no_control_characters() {
    for good in ["", "10001", "工号 7", &"9".repeat(64)] {
        assert_eq!(good.parse::<StaffNumber>().unwrap().as_str(), good);
    }
    for bad in ["a\0", "\n", "\u{7f}", "\u{85}", &"9".repeat(65)] {
        assert!(bad.parse::<StaffNumber>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_staff_number_is_written_as_its_text_alone() {
    let number = staff("工号 7");
    assert_eq!(number.to_string(), "工号 7");
    assert_eq!(serde_json::to_value(&number).unwrap(), json!("工号 7"));
    assert_eq!(canonical(&number), canonical(&"工号 7"));
}

#[test]
fn an_operation_with_a_malformed_staff_number_is_not_read() {
    let mut text = serde_json::to_value(operation(1, genesis())).unwrap();
    assert!(serde_json::from_value::<Operation>(text.clone()).is_ok());
    for bad in ["C1\0", &"9".repeat(65)] {
        text["operator"] = json!(bad);
        assert!(serde_json::from_value::<Operation>(text.clone()).is_err(), "{bad:?}");
    }
}
