//! Checks of the centre before it logs an operation, and before it decides a repeated one again.

use crate::{
    corrections::draft,
    operations::operation,
    support::{day, name, number, staff},
};
use rules::{
    DeviceNumber, Sensitive,
    op::{Declared, HolderSeen, OpBody, Operation, genesis},
    person::DisabilityCertificate,
};
use uuid::Uuid;

/// Returns an operation whose body was edited by `change`.
fn with_body(change: impl FnOnce(&mut OpBody)) -> Operation {
    let mut operation = operation(1, genesis());
    change(&mut operation.body);
    operation
}

#[test]
fn an_operation_is_storable_unless_a_text_or_day_is_out_of_range() {
    let good = operation(1, genesis());
    assert!(good.is_storable());
    for bad in ["\u{1}", &"9".repeat(65)] {
        assert!(!Operation { case_number: Some(bad.to_owned()), ..good.clone() }.is_storable(), "{bad:?}");
    }
    for (year, storable) in [(-9999, false), (0, false), (1, true), (9999, true)] {
        let first = day(year, 1, 1);
        let number = Sensitive::new("1".to_owned());
        let certificate = Some(DisabilityCertificate { number, valid_through: first });
        let declared = Some(Declared { shanghai_household: true, certificate });
        let cases = [
            with_body(|body| {
                if let OpBody::Issue { day, .. } = body {
                    *day = first
                }
            }),
            with_body(|body| {
                if let OpBody::Issue { valid_through, .. } = body {
                    *valid_through = first
                }
            }),
            with_body(|body| {
                if let OpBody::Issue { holder, .. } = body {
                    holder.declared = declared.clone();
                }
            }),
            with_body(|body| {
                if let OpBody::Issue { holder, .. } = body.clone() {
                    let holder = Box::new(HolderSeen { declared: declared.clone(), ..*holder });
                    *body = OpBody::CorrectionOpened { correction: Box::new(draft()), holder };
                }
            }),
        ];
        for case in cases {
            assert_eq!(case.is_storable(), storable, "year {year}");
        }
    }
}

#[test]
fn an_operation_repeats_only_its_own_copy_from_earlier_in_the_log_of_its_desk() {
    let earlier = operation(4, genesis());
    let again = Operation { epoch: 2, seq: 1, ..earlier.clone() };
    assert!(again.repeats(&earlier.deed()));
    let in_place = Operation { seq: 5, ..earlier.clone() };
    assert!(in_place.repeats(&earlier.deed()) && !earlier.repeats(&in_place.deed()));
    assert!(!earlier.repeats(&again.deed()), "the first is not the repetition");
    assert!(!earlier.repeats(&earlier.deed()), "a batch that is sent twice is no new operation");
    let other_holder = with_body(|body| {
        if let OpBody::Issue { holder, .. } = body {
            (holder.number, holder.name) = (number(day(1951, 1, 1)), name("李四"));
        }
    });
    for other in [
        Operation { op_id: Uuid::from_u128(77), ..again.clone() },
        Operation { device: DeviceNumber(2), ..again.clone() },
        Operation { operator: staff("C2"), ..again.clone() },
        Operation { citizen: None, ..again.clone() },
        Operation { case_number: Some("1".to_owned()), ..again.clone() },
        Operation { body: other_holder.body, ..again },
    ] {
        assert!(!other.repeats(&earlier.deed()), "{other:?}");
    }
}
