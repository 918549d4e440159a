//! The messages between desk and centre keep their shape.

use rules::{Policy, wire::VerifyAnswer};

#[test]
fn l11_policy_settings_are_read_with_their_defaults_and_unknown_ones_refused() {
    let policy: Policy = serde_json::from_str("{\"offline_limit_hours\":24}").unwrap();
    assert_eq!(policy, Policy { offline_limit_hours: 24, ..Policy::default() });
    assert!(serde_json::from_str::<Policy>("{\"offline_hours\":24}").is_err());
    let defaults = serde_json::to_value(Policy::default()).unwrap();
    let expected = serde_json::json!({
        "validity_days": 180, "minor_age_years": 18, "senior_age_years": 60, "guardian_age_years": 14,
        "clock_tolerance_ms": 300_000, "offline_limit_hours": 72, "password_rotation_days": 0,
    });
    assert_eq!(defaults, expected);
}

#[test]
fn m6_answers_go_by_their_names() {
    let names = [
        (VerifyAnswer::Valid, "valid"),
        (VerifyAnswer::Provisional, "provisional"),
        (VerifyAnswer::NotYetValid, "not_yet_valid"),
        (VerifyAnswer::OtherClass, "other_class"),
    ];
    for (answer, name) in names {
        assert_eq!(serde_json::to_value(answer).unwrap(), name);
    }
}
