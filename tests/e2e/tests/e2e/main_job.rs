//! The main job: a card on the reader becomes a code on paper and a row at the centre.

use practice::clerk::{Action, Confirmation};
use practice::sheet;
use rig::window::Key;

use crate::Counter;

#[tokio::test]
async fn a_card_becomes_a_code_on_paper_and_a_row_at_the_centre() {
    let counter = Counter::open("main-job").await;
    let citizen = counter.site.citizen("senior").unwrap();
    let clerk = counter.clerk();
    let _card = counter.site.lay("senior").unwrap();

    clerk.sees(citizen).await.unwrap();
    let shown = counter.window().text("citizen-number").await.unwrap();
    let masked = format!("310***********{}", &citizen.number[14..]);
    assert!(shown.contains(&masked), "M1: {shown}");
    counter.window().has("eligibility", "data-answer", "eligible").await.unwrap();
    counter.window().find("citizen-portrait").await.unwrap();

    clerk.issues(citizen, Action::Apply, Confirmation::Confirmed).await.unwrap();
    clerk.sees_sheet_printed().await.unwrap();

    let printed = counter.site.printer.printed().unwrap();
    assert_eq!(printed.len(), 1);
    let symbol = sheet::symbol(&printed[0]).await.unwrap();
    let desk_key = counter.site.desk_public_key().await.unwrap();
    sheet::verify_with_openssl(&symbol, &desk_key).await.unwrap();
    // The same check must be able to fail.
    let mut other_key = desk_key;
    other_key[10] ^= 1;
    assert!(sheet::verify_with_openssl(&symbol, &other_key).await.is_err());

    let words = sheet::text(&printed[0]).await.unwrap();
    for must_stand in ["离线随申码", "演练", "12345", citizen.name, masked.as_str()] {
        assert!(words.contains(must_stand), "M5: {must_stand} is missing on the sheet");
    }
    assert!(!words.contains(&citizen.number), "M1: the full number is on the sheet");

    assert_eq!(counter.codes_at_the_centre().await, 1);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM current_code").await, 1);
    assert_eq!(counter.at_the_centre("SELECT count(*) FROM issue_day").await, 1);
}

#[tokio::test]
async fn e3_a_person_of_working_age_without_certificate_is_refused_with_the_reason() {
    let counter = Counter::open("refusal").await;
    let citizen = counter.site.citizen("mother").unwrap();
    let _card = counter.site.lay("mother").unwrap();
    counter.clerk().sees(citizen).await.unwrap();
    counter.window().has("eligibility", "data-answer", "not_eligible").await.unwrap();
    assert!(!counter.window().shows("offer-apply").await);
    counter.window().press(Key::F1.into()).await.unwrap();
    counter.window().find("refused-apply").await.unwrap();
    assert_eq!(counter.codes_at_the_centre().await, 0);
}
