//! Collective service: a list of a hundred people, the desk killed in the middle, the centre away
//! in the middle, and the list run again.

use counter::list_file;
use desk::{
    Desk,
    collective::{Reason, WrongLine},
    store::blob::Blob,
};
use fixture::{
    institution_list::{WRONG, registry_and_roster, spreadsheet},
    name, senior,
};
use outage::{
    books::agree,
    centre::{CLERK, Centre},
    window::Window,
};
use rig::{
    folder::workspace_program,
    process::{Daemon, bound_to_rig},
};
use rules::{
    failure::ListFailure,
    institution::{JobPersonState, JobState},
    life::Action,
    list::{List, ListedPerson},
    op::OpBody,
    wire::{Institution, Verdict},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

const AGENT: u32 = 900;

/// The registry knows everybody; the nursing home has them on its roster, and an agent.
async fn prepared(centre: &Centre) {
    let (registry, roster) = registry_and_roster();
    let file = |name: &str| centre.folder.path().join(name).display().to_string();
    std::fs::write(file("people.csv"), registry).unwrap();
    std::fs::write(file("roster.csv"), roster).unwrap();
    let command = async |words: &[&str]| centre.central.command(words).await.unwrap().trim().to_owned();
    command(&["import-population", &file("people.csv")]).await;
    let add =
        ["institution", "add", "--kind", "nursing-home", "--name", "阳光养老院", "--address", "某路1号"];
    let id = command(&add).await;
    command(&["institution", "roster", "import", &id, &file("roster.csv")]).await;
    let agent = format!("{} 李四\n", senior(AGENT).expose());
    centre.central.command_with_input(&["institution", "agent", "add", &id], &agent).await.unwrap();
}

/// The agent comes to a window with a list; returns the job, everybody looked up.
async fn begun(desk: &Desk, people: Vec<ListedPerson>, wrong: Vec<WrongLine>) -> Uuid {
    let clerk = desk.session.operator().unwrap();
    let agent = senior(AGENT);
    let case = desk.case.open(&clerk, Some(&desk.citizen_ref(&agent))).await.unwrap();
    let institutions = desk.collective.institutions(&clerk, &agent, case.as_str()).await.unwrap();
    let home: &Institution = &institutions[0];
    let list = Some((people, wrong));
    let job =
        desk.collective.begin(&clerk, (&agent, &name("李四")), case.as_str(), home, list).await.unwrap();
    while desk.collective.look_at_next(&clerk, job).await.unwrap() {}
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_people_of_a_list_get_one_code_each_whatever_breaks() {
    let mut centre = Centre::start("outage-collective").await.unwrap();
    prepared(&centre).await;
    let mut window = Window::enrol(&centre, 1, &centre.central.url()).await.unwrap();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    window.online();
    window.connected().await.unwrap();
    let List { people, wrong } = list_file::read(&spreadsheet(), window.desk.read_clock().at.day()).unwrap();
    assert_eq!(people.len(), 93);
    assert_eq!(wrong.iter().map(|row| row.line).collect::<Vec<_>>(), WRONG.map(|(line, _)| line));
    assert_eq!(wrong[5].why, ListFailure::Repeated { line: 2 });
    let wrong: Vec<_> =
        wrong.into_iter().map(|row| WrongLine { line: row.line, why: Reason::of(&row.why.into()) }).collect();

    let job = begun(&window.desk, people.clone(), wrong).await;
    let (_, counts) = window.desk.collective.job(job).await.unwrap();
    assert_eq!((counts.waiting, counts.refused), (81, 12), "the preview names who cannot be served");
    let clerk = window.desk.session.operator().unwrap();
    let page = Blob { bytes: vec![0xFF, 0xD8, 0xFF, 0xD9], media_type: "image/jpeg".to_owned() };
    let page = window.desk.blob.keep(&page).await.unwrap();
    window.desk.collective.add_consent(&clerk, job, page).await.unwrap();
    window.close().await.unwrap();

    // Killed three times while it serves.
    for round in 1..=3_u64 {
        let mut command = bound_to_rig(workspace_program("outage-desk").unwrap());
        command.arg(window.folder.path()).arg("job").arg(job.to_string());
        command.env("OUTAGE_PASSWORD", centre.passwords[0].expose());
        let mut desk = Daemon::start("desk", command, &centre.folder).unwrap();
        let some_are_served = async || {
            let codes = centre.count("SELECT count(*) FROM code").await.ok()?;
            (codes >= 10 * round).then_some(())
        };
        rig::process::until("codes at the centre", Duration::from_secs(60), some_are_served).await.unwrap();
        assert_eq!(desk.ended().unwrap(), None, "it works until it is killed");
        desk.kill();
    }

    // The centre is away for twenty of them.
    centre.central.kill();
    window.restart().await.unwrap();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    let clerk = window.desk.session.operator().unwrap();
    window.desk.collective.set_state(&clerk, job, JobState::Running).await.unwrap();
    let began = Instant::now();
    for _ in 0..20 {
        assert!(window.desk.collective.serve_next(&clerk, job).await.unwrap());
    }
    println!("twenty people in {:?}", began.elapsed());
    centre.central.start_again(&centre.folder).await.unwrap();

    // It is back; somebody logs in with it and the rest is served.
    window.online();
    window.drained().await.unwrap();
    window.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    let clerk = window.desk.session.operator().unwrap();
    while window.desk.collective.serve_next(&clerk, job).await.unwrap() {}
    window.drained().await.unwrap();

    let (done, counts) = window.desk.collective.job(job).await.unwrap();
    assert_eq!((done.state, counts.issued, counts.refused), (JobState::Done, 81, 12));
    let everybody = window.desk.collective.everybody(&clerk, job).await.unwrap();
    let applied = Some(Verdict::Applied { action: Some(Action::Apply) });
    let issued: Vec<_> = everybody.iter().filter(|one| one.person.state == JobPersonState::Issued).collect();
    assert!(issued.iter().all(|one| one.verdict == applied), "the centre took each of them");
    let refused = everybody.iter().filter(|one| one.person.state == JobPersonState::Refused);
    let reasons: Vec<_> = refused.map(|one| one.person.reason.as_ref().unwrap().code.as_str()).collect();
    assert_eq!(reasons, ["not_eligible"; 12]);

    // One operation each, in the order of the list, and one code each at the centre.
    let operations = agree(&centre, &window).await.unwrap();
    let served: Vec<_> = operations
        .iter()
        .filter_map(|(operation, _)| match &operation.body {
            OpBody::Issue { holder, .. } => Some(holder.number.clone()),
            _ => None,
        })
        .collect();
    let in_order: Vec<_> = issued.iter().map(|one| one.person.number.clone()).collect();
    assert_eq!(served, in_order);
    assert_eq!(centre.count("SELECT count(*) FROM code").await.unwrap(), 81);
    assert_eq!(centre.count("SELECT count(DISTINCT citizen_ref) FROM code").await.unwrap(), 81);

    // The same list at another window makes nothing.
    let mut other = Window::enrol(&centre, 2, &centre.central.url()).await.unwrap();
    other.log_in(CLERK, &centre.passwords[0]).await.unwrap();
    other.online();
    other.connected().await.unwrap();
    let again = begun(&other.desk, people, Vec::new()).await;
    let (_, counts) = other.desk.collective.job(again).await.unwrap();
    assert_eq!((counts.waiting, counts.refused), (0, 93));
    assert_eq!(centre.count("SELECT count(*) FROM code").await.unwrap(), 81);
}
