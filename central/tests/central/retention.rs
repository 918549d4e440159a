//! Retention: what goes after its time, by a plan that two people sign, and what a hold keeps.

use crate::common::client::{Centre, case_number, ok};
use central::store::postgres::{HoldLift, HoldOn, LegalHold, RetentionPlan};
use central_fixture::desk::{self, senior};
use rules::{
    case_number::CaseNumber,
    life::Action,
    op::CitizenRef,
    wire::{CitizenView, LookUpProof, OperatorAuthResponse},
};
use std::time::Duration;
use uuid::Uuid;

/// Moves everything but the look-ups of one case to long ago, and adds what has no look-up.
fn long_ago(but: &CaseNumber) -> String {
    let (first, second) = (senior(1).number.modern(), senior(2).number.modern());
    format!(
        "UPDATE look_up SET at = 1500000000000, day = 20170714 WHERE case_number <> '{but}';
         UPDATE look_up_count SET day = 20170714;
         INSERT INTO institution VALUES ('{HOME}', '阳光养老院', 'nursing_home', '某路1号', 0);
         INSERT INTO roster VALUES ('{ROSTER}', '{HOME}', 20170101, 20170714, 0),
                                   ('{NOW}', '{HOME}', 20170715, NULL, 0);
         INSERT INTO roster_person VALUES ('{ROSTER}', 1, '{first}', '王秀英'), ('{NOW}', 1, '{second}', '王秀英');
         INSERT INTO institution_agent VALUES ('{HOME}', '{second}', '李四', 20170101, 20170714);
         INSERT INTO visit (visit, device, epoch, site, operator, case_number, people, list, taken_at, ends_at, returned_at)
             SELECT '{HOME}', device, 1, site, '10001', '1', 1, '', 0, 1, 2 FROM device;
         INSERT INTO visit (visit, device, epoch, site, operator, case_number, people, list, taken_at, ends_at)
             SELECT '{NOW}', device, 1, site, '10001', '2', 1, '', 0, 1 FROM device;"
    )
}

const PATIENCE: Duration = Duration::from_secs(60);
const HOME: Uuid = Uuid::from_u128(1);
const ROSTER: Uuid = Uuid::from_u128(2);
const NOW: Uuid = Uuid::from_u128(3);

/// Returns the rows of a plan that go, by table, leaving out those without any.
fn rows(plan: &RetentionPlan) -> Vec<(&'static str, u64)> {
    plan.outdated.iter().filter(|one| one.rows > 0).map(|one| (one.table, one.rows)).collect()
}

impl Centre {
    async fn plan(&self) -> RetentionPlan {
        let (index, kept) = (self.keys().index, central::config::Retention::default());
        let reference = |number: &rules::person::IdNumber| CitizenRef::at_centre(number, &index);
        self.store().await.remove_outdated(&kept, central::clock::now(), reference, None).await.unwrap()
    }

    async fn apply(&self, plan: &str) -> Result<String, rig::RigError> {
        let second = self.second();
        let arguments = ["retention", "apply", plan, "--second", &second];
        self.central.command_as_owner(&self.postgres, &arguments).await
    }

    /// Folder with the credential of the auditor.
    fn second(&self) -> String {
        self.folder.path().join("central/keys/practice").display().to_string()
    }

    async fn looked_up(&self) -> String {
        self.postgres
            .query("SELECT string_agg(case_number, ' ' ORDER BY case_number) FROM look_up")
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outdated_rows_go_by_a_plan_that_two_sign_and_stay_under_a_hold() {
    let centre = Centre::start("central-retention").await;
    let password = centre.staff("10001", "clerk").await;
    let (mut desk, _) = centre.enrol(1).await;
    let device = centre.device_token(&desk).await;
    let session: OperatorAuthResponse = ok(centre.operator_login(&device, "10001", &password).await).await;
    let clerk = session.token.token.into_exposed();
    let mut cases = Vec::new();
    for person in 1..=4 {
        let issue = desk.issue(&senior(person), Action::Apply, central::clock::now(), None);
        centre.push(&desk, &device, vec![issue]).await;
        let case = case_number(desk::SITE, 1);
        let number = senior(person).number;
        let _: CitizenView = ok(centre.look_up_with(&clerk, &case, LookUpProof::Card, &number).await).await;
        cases.push(case);
    }
    let [held_citizen, held_case, nobodys, todays] = &cases[..] else { panic!("{cases:?}") };
    centre.postgres.query(&long_ago(todays)).await.unwrap();

    // The service removes nothing, and a plan only counts.
    let refused = centre.central.command(&["retention", "plan"]).await.unwrap_err().to_string();
    assert!(refused.contains("owner of the tables"), "{refused}");
    let all = centre.plan().await;
    let expected = [
        ("look_up", 3),
        ("look_up_count", 1),
        ("visit", 1),
        ("roster_person", 1),
        ("roster", 1),
        ("institution_agent", 1),
    ];
    assert_eq!(rows(&all), expected, "a kit that is out stays, and so does what did not end");
    let shown = centre.central.command_as_owner(&centre.postgres, &["retention", "plan"]).await.unwrap();
    assert!(shown.ends_with(&format!("plan\t{}\n", all.id())), "{shown}");

    // A hold on the site keeps everything that was done there.
    let store = centre.store().await;
    let (now, by) = (central::clock::now(), "90002".parse().unwrap());
    let on = HoldOn::Site(desk::SITE.to_owned());
    let site =
        LegalHold { id: Uuid::new_v4(), on, reason: "a complaint".to_owned(), at: now, by, lifted: None };
    assert!(store.place_hold(&site).await.unwrap());
    let elsewhere = LegalHold { id: Uuid::new_v4(), on: HoldOn::Site("310199".to_owned()), ..site.clone() };
    assert!(!store.place_hold(&elsewhere).await.unwrap(), "there is no such site");
    assert_eq!(rows(&centre.plan().await), expected[3..], "nobody was shown the roster there");
    let (by, second) = (site.by.clone(), "90003".parse().unwrap());
    let lift = HoldLift { reason: "settled".to_owned(), at: now, by, second };
    assert!(store.lift_hold(site.id, &lift).await.unwrap());
    assert!(!store.lift_hold(site.id, &lift).await.unwrap(), "once");

    // One on a citizen keeps what they are in, also where only their number stands.
    let number = format!("{}\n", senior(1).number.expose());
    let add = ["hold", "add", "--citizen", "--reason", "file 12 of the court"];
    let citizen = centre.central.command_with_input(&add, &number).await.unwrap();
    let grouped = held_case.grouped();
    centre.central.command(&["hold", "add", "--case", &grouped, "--reason", "file 13"]).await.unwrap();
    let less = centre.plan().await;
    assert_eq!(rows(&less), [("look_up", 1), ("visit", 1), ("institution_agent", 1)]);

    let stale = centre.apply(&all.id()).await.unwrap_err().to_string();
    assert!(stale.contains("not the plan of today"), "{stale}");
    assert_eq!(centre.postgres.query("SELECT count(*) FROM look_up").await.unwrap(), "4");
    assert_eq!(centre.apply(&less.id()).await.unwrap(), "3 rows removed\n");
    assert!(!centre.looked_up().await.contains(nobodys.as_str()));
    for kept in [held_citizen, held_case, todays] {
        assert!(centre.looked_up().await.contains(kept.as_str()));
    }

    // Lifting takes an auditor too.
    let lift = ["hold", "lift", citizen.trim(), "--reason", "the court has decided"];
    assert!(centre.central.command(&lift).await.is_err(), "one alone lifts nothing");
    let second = centre.second();
    let lift = [&lift[..], &["--second", &second]].concat();
    centre.central.command(&lift).await.unwrap();
    let listed = centre.central.command(&["hold", "list"]).await.unwrap();
    assert_eq!(listed.lines().filter(|line| line.contains("90003")).count(), 2, "{listed}");
    let last = centre.plan().await;
    assert_eq!(rows(&last), [("look_up", 1), ("roster_person", 1), ("roster", 1)]);
    centre.apply(&last.id()).await.unwrap();
    assert!(!centre.looked_up().await.contains(held_citizen.as_str()));
    assert!(centre.looked_up().await.contains(held_case.as_str()));

    // Each act is in the log, with who agreed. Nobody agreed to what was lifted by SQL.
    let whole = async || {
        let waiting = centre.postgres.query("SELECT count(*) FROM audit_event").await.ok()?;
        (waiting == "0").then_some(())
    };
    rig::process::until("events in the log", PATIENCE, whole).await.unwrap();
    let found = centre.central.command(&["audit", "verify"]).await.unwrap_err().to_string();
    assert!(found.contains(&format!("hold lift {}: no auditor agreed", site.id)), "{found}");
    assert_eq!(found.matches("no auditor agreed").count(), 1, "{found}");
    let removed = "SELECT sum((body::json->>'rows')::integer) FROM audit_leaf WHERE kind = 'removed'";
    assert_eq!(centre.postgres.query(removed).await.unwrap(), "6");
}
