//! The audit trail: what gets into it, and who gets it out.

use super::*;
use ::counter::view::{Event, PageInput, PasswordInput};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn c4_what_is_typed_into_the_staff_field_by_mistake_reaches_neither_audit_nor_export() {
    let bench = Bench::open().await;
    let person = senior(1);
    let mistakes = [person.expose(), PASSWORD, "Tiananmen-1949", "13800138000", ""];
    for typed in mistakes {
        let password = Sensitive::new(PASSWORD.to_owned());
        let input = LoginInput { staff: typed.to_owned(), password, second_factor: None };
        assert_eq!(bench.counter.session.login(input).await.unwrap_err().code, "login_failed");
        for activation in [false, true] {
            let [password, new_password] =
                [PASSWORD, "blue-horse-battery"].map(|text| Sensitive::new(text.to_owned()));
            let staff = typed.to_owned();
            let input = PasswordInput { staff, password, activation, second_factor: None, new_password };
            let refused = bench.counter.session.change_password(input).await.unwrap_err();
            assert_eq!(refused.code, "login_failed");
        }
    }
    bench.log_in(AUDITOR).await;
    let exported = bench.counter.lists.audit.export().await.unwrap();
    let text = std::fs::read_to_string(&exported).unwrap();
    assert!(text.contains("\"login\""), "{text}");
    assert!(!text.contains("login_failed"), "refused before it was written down: {text}");
    let store = fixture::whole_store(&bench.desk).await;
    assert!(store.contains(CLERK), "the whole store is read");
    for typed in mistakes.into_iter().filter(|typed| !typed.is_empty()) {
        assert!(!text.contains(typed), "{text}");
        assert!(!store.contains(typed), "{typed} is kept");
    }
}

#[tokio::test]
async fn c4_an_export_is_for_this_user_alone_and_is_not_begun_without_permission() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    assert_eq!(bench.counter.lists.audit.export().await.unwrap_err().code, "not_permitted");
    let folder = bench.folder.path().join("audit");
    assert!(!folder.exists());

    bench.gives_place_to(AUDITOR).await;
    let exported = bench.counter.lists.audit.export().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(exported.as_ref()), mode(&folder)), (0o600, 0o700));
}

#[tokio::test]
async fn rows_are_found_by_staff_number_part_of_a_case_number_or_event() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    bench.serve(&senior(1)).await;
    let case = bench.issue(agreed(), Action::Apply).await.case_number.unwrap();
    bench.gives_place_to(AUDITOR).await;
    let found = async |text: &str, events: Vec<Event>| {
        let page = PageInput { offset: 0, limit: 50, text: Some(text.to_owned()) };
        bench.counter.lists.audit.page(page, events).await.unwrap().rows
    };
    let of_clerk = found(CLERK, Vec::new()).await;
    assert!(!of_clerk.is_empty() && of_clerk.iter().all(|row| row.staff == CLERK));
    let of_case = found(&case[case.len() - 9..], Vec::new()).await;
    assert!(!of_case.is_empty() && of_case.iter().all(|row| row.case_number.as_ref() == Some(&case)));
    let issued = found("发码", vec![Event::Issue]).await;
    assert_eq!(issued.iter().map(|row| row.event).collect::<Vec<_>>(), [Event::Issue]);
    assert!(found("31019", Vec::new()).await.is_empty() && found("-", Vec::new()).await.is_empty());
}

#[tokio::test]
async fn m4_a_number_that_was_shown_in_full_stands_in_the_audit_without_it() {
    let bench = Bench::open().await;
    bench.log_in(CLERK).await;
    let person = senior(1);
    bench.serve(&person).await;
    assert_eq!(bench.counter.case.unmask().await.unwrap().value, person.expose());
    bench.gives_place_to(AUDITOR).await;
    let page = PageInput { offset: 0, limit: 50, text: None };
    let found = bench.counter.lists.audit.page(page, Vec::new()).await.unwrap().rows;
    let shown: Vec<&str> =
        found.iter().filter(|row| row.event == Event::Unmask).map(|row| row.staff.as_str()).collect();
    assert_eq!(shown, [CLERK]);
    assert!(!format!("{found:?}").contains(person.expose()));
}
