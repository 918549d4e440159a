//! L13: the centre requires a newer program, and the real desk and the real centre keep to it.

use outage::{
    books::agree,
    centre::Centre,
    window::{Window, senior},
};
use rules::{Refusal, op::OpBody, wire::Verdict};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn l13_after_the_end_a_desk_that_did_not_hear_of_it_is_refused_by_the_centre_and_one_that_did_by_itself()
 {
    let centre = Centre::start("outage-program").await.unwrap();
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.online();
    let first = window.issue(&senior(1).unwrap()).await.unwrap();
    window.drained().await.unwrap();
    let listed = centre.central.command(&["desk", "list"]).await.unwrap();
    let program = rules::program::ProgramVersion::THIS.to_string();
    assert!(listed.contains(&format!("\t{program}\t")), "{listed}");

    // Required while the window is cut off, from a day that is over.
    window.offline().await;
    centre.central.command(&["version", "require", "99.0.0", "--from", "2020-01-01"]).await.unwrap();
    window.issue(&senior(2).unwrap()).await.unwrap();
    window.lose(&senior(1).unwrap(), &first).await.unwrap();
    window.online();
    window.drained().await.unwrap();
    let settled = agree(&centre, &window).await.unwrap();
    let [(_, before), (issue, refused), (loss, taken)] = &settled[..] else { panic!("{settled:?}") };
    assert!(matches!(before, Verdict::Applied { .. }));
    assert!(matches!(issue.body, OpBody::Issue { .. }));
    assert_eq!(*refused, Verdict::Rejected { code: Refusal::ProgramTooOld });
    assert!(matches!(loss.body, OpBody::ReportLoss { .. }));
    assert_eq!(*taken, Verdict::Applied { action: None });
    let voided = centre.count("SELECT count(*) FROM code WHERE state = 3").await.unwrap();
    assert_eq!(voided, 1, "the sheet of the refused issue");

    // Once it has heard of it, the window refuses by itself, and still takes losses.
    let published = "SELECT count(*) FROM trust_list WHERE kind = 'anchors' AND body LIKE '%99.0.0%'";
    let is_published = async || (centre.count(published).await.ok()? == 1).then_some(());
    rig::process::until("the requirement in the lists", Duration::from_secs(240), is_published)
        .await
        .unwrap();
    window.restart().await.unwrap();
    let heard = async || window.desk.issue.may_issue().is_err().then_some(());
    rig::process::until("the requirement at the window", Duration::from_secs(240), heard).await.unwrap();
    let refused = window.issue(&senior(3).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "program_too_old");
    let listed = centre.central.command(&["desk", "list", "--only", "old"]).await.unwrap();
    assert_eq!(listed.lines().count(), 2, "{listed}");
}
