//! Messages between desk and centre keep their format.

use crate::support::{desk_key, key, key_list, noon, today};
use rules::{
    DeviceNumber, Policy, Refusal,
    keys::{Class, DeskKey, KeyList},
    wire::{KeyListDelta, VerifyAnswer},
};

#[test]
fn l11_policy_settings_have_defaults_and_unknown_ones_are_refused() {
    let policy: Policy = serde_json::from_str("{\"offline_limit_hours\":24}").unwrap();
    assert_eq!(policy, Policy { offline_limit_hours: 24, ..Policy::default() });
    assert!(serde_json::from_str::<Policy>("{\"offline_hours\":24}").is_err());
    let defaults = serde_json::to_value(Policy::default()).unwrap();
    let expected = serde_json::json!({
        "validity_days": 180, "minor_age_years": 18, "senior_age_years": 60, "guardian_age_years": 14,
        "clock_tolerance_ms": 300_000, "offline_limit_hours": 72, "reprints_per_day": 5,
        "copies_per_code": 50, "password_rotation_days": 0, "visit_hours": 24,
    });
    assert_eq!(defaults, expected);
}

#[test]
fn l11_a_policy_outside_its_limits_is_refused() {
    let fits = |policy: Policy| policy.check();
    let ok = Policy::default();
    assert_eq!(fits(ok.clone()), Ok(()));
    for offline_limit_hours in [1, 168] {
        assert_eq!(fits(Policy { offline_limit_hours, ..ok.clone() }), Ok(()));
    }
    let same_age = Policy { guardian_age_years: 18, minor_age_years: 18, senior_age_years: 18, ..ok.clone() };
    assert_eq!(fits(same_age), Ok(()));
    assert_eq!(fits(Policy { clock_tolerance_ms: 0, validity_days: 1, ..ok.clone() }), Ok(()));
    for wrong in [
        Policy { offline_limit_hours: 0, ..ok.clone() },
        Policy { offline_limit_hours: 169, ..ok.clone() },
        Policy { validity_days: 0, ..ok.clone() },
        Policy { guardian_age_years: 19, ..ok.clone() },
        Policy { minor_age_years: 61, ..ok.clone() },
        Policy { clock_tolerance_ms: -1, ..ok.clone() },
    ] {
        assert_eq!(fits(wrong.clone()), Err(Refusal::PolicyOutOfRange), "{wrong:?}");
    }
}

#[test]
fn m6_answers_are_serialised_as_their_names() {
    let names = [
        (VerifyAnswer::Valid, "valid"),
        (VerifyAnswer::Provisional, "provisional"),
        (VerifyAnswer::Unknown, "unknown"),
        (VerifyAnswer::NotYetValid, "not_yet_valid"),
        (VerifyAnswer::OtherClass, "other_class"),
    ];
    for (answer, name) in names {
        assert_eq!(serde_json::to_value(answer).unwrap(), name);
    }
}

#[test]
fn s11_a_delta_applies_only_to_the_list_it_was_made_for() {
    let desk = |device, seed| DeskKey { device, ..desk_key(&key(seed), Class::Live) };
    let list = key_list(vec![desk(DeviceNumber(1), 1), desk(DeviceNumber(2), 2)], Class::Live);
    let delta = KeyListDelta {
        since: list.version,
        version: list.version + 2,
        made_at: noon(today()).plus_ms(1),
        class: Class::Live,
        desks: vec![
            DeskKey { retired_at: Some(noon(today())), ..desk(DeviceNumber(1), 1) },
            DeskKey { epoch: 2, ..desk(DeviceNumber(2), 3) },
        ],
    };
    let next = delta.applied_to(&list).unwrap();
    let expected = vec![desk(DeviceNumber(2), 2), delta.desks[0].clone(), delta.desks[1].clone()];
    assert_eq!((next.version, next.made_at, &next.desks), (delta.version, delta.made_at, &expected));
    assert_eq!(delta.applied_to(&next), None);
    assert_eq!(delta.applied_to(&KeyList { class: Class::Practice, ..list }), None);
}
