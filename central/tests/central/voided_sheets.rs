//! A sheet whose issue the centre refuses is in somebody's hand: at the gate it is voided, whatever
//! the verdict was.

use crate::common::client::{Centre, ok};
use central_fixture::desk::{Desk, Holder, issue_body, number, senior, serial_of};
use rules::{
    At, Refusal,
    issuing::Issued,
    life::{Action, Serial},
    op::{OpBody, Operation},
    revocation::RevocationFilter,
    wire::{RevocationDelta, Verdict, VerifyAnswer, VerifyRequest, VerifyResponse},
};
use std::{collections::BTreeSet, time::Duration};

/// A window of a running centre.
struct Window<'a> {
    centre: &'a Centre,
    desk: Desk,
    token: String,
}

impl<'a> Window<'a> {
    async fn open(centre: &'a Centre, number: u16) -> Self {
        let (desk, _) = centre.enrol(number).await;
        let token = centre.device_token(&desk).await;
        Self { centre, desk, token }
    }

    fn body(&mut self, holder: &Holder, action: Action, at: At) -> OpBody {
        let serial = self.desk.serial(&holder.number);
        issue_body(holder, action, serial, at.day(), None)
    }

    async fn push(&self, operation: Operation) -> Verdict {
        let pushed = self.centre.push(&self.desk, &self.token, vec![operation]).await;
        pushed.results.unwrap().value.remove(0).verdict
    }

    /// What a guard's phone says of the sheet of an issue.
    async fn scan(&self, issue: &Operation) -> VerifyAnswer {
        let payload = self.desk.symbol(issue);
        let request = VerifyRequest {
            payload,
            scanner: "保安甲".to_owned(),
            place: "北门".to_owned(),
            register: false,
        };
        ok::<VerifyResponse>(self.centre.post("/v1/verify", None, &request).await).await.answer
    }
}

const fn rejected(code: Refusal) -> Verdict {
    Verdict::Rejected { code }
}

/// One issue for each way of being refused, with the verdict it gets.
fn refused_issues(window: &mut Window<'_>, first: &Operation, now: At) -> Vec<(Operation, Verdict)> {
    let served = senior(1);
    let mut cases = Vec::new();
    let mut case = |window: &mut Window<'_>, holder: &Holder, body: OpBody, verdict: Verdict| {
        cases.push((window.desk.operation(&holder.number, now, body), verdict));
    };
    let body = window.body(&served, Action::Apply, now);
    case(window, &served, body, Verdict::DuplicateSameDay { winner: serial_of(first) });

    let young = Holder::new(number("19900101", 10), "赵某");
    let body = window.body(&young, Action::Apply, now);
    case(window, &young, body, Verdict::NotEligible);

    // Booked on somebody else.
    let (one, other) = (senior(2), senior(3));
    let body = window.body(&one, Action::Apply, now);
    case(window, &other, body, rejected(Refusal::NotPermitted));

    // In a bucket that is not the citizen's.
    let elsewhere = (4..).map(senior).find(|holder| holder.citizen_ref.bucket() != one.citizen_ref.bucket());
    let serial = window.desk.serial(&elsewhere.unwrap().number);
    let body = issue_body(&one, Action::Apply, serial, now.day(), None);
    case(window, &one, body, rejected(Refusal::SerialMalformed));

    // With an end that is not the rules'.
    let mut body = window.body(&one, Action::Apply, now);
    if let OpBody::Issue { valid_through, .. } = &mut body {
        *valid_through = valid_through.yesterday().unwrap();
    }
    case(window, &one, body, rejected(Refusal::ClockNotTrusted));

    let body = window.body(&one, Action::Replace, now);
    case(window, &one, body, rejected(Refusal::NoApprovedCorrection));

    window.desk.operator = "30001".parse().unwrap();
    let body = window.body(&one, Action::Apply, now);
    case(window, &one, body, rejected(Refusal::NotPermitted));
    window.desk.operator = "10001".parse().unwrap();
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sheet_is_voided_at_the_gate_whatever_the_verdict() {
    let centre = Centre::start("central-refused").await;
    centre.staff("10001", "clerk").await;
    centre.staff("30001", "system-admin").await;
    let mut window = Window::open(&centre, 1).await;
    let now = central::clock::now();
    let holder = senior(1);
    let first = window.desk.issue(&holder, Action::Apply, now, None);
    window.push(first.clone()).await;
    let before: Issued<RevocationFilter> = ok(centre.get("/v1/revocations", None).await).await;
    let (mut refused, mut not_voided) = (BTreeSet::new(), Vec::new());
    for (issue, expected) in refused_issues(&mut window, &first, now) {
        let verdict = window.push(issue.clone()).await;
        assert_eq!(verdict, expected);
        match window.scan(&issue).await {
            VerifyAnswer::Voided => {}
            other => not_voided.push((issue.seq, verdict, other)),
        }
        refused.insert(serial_of(&issue));
    }
    assert_eq!(not_voided, []);
    assert_eq!(window.scan(&first).await, VerifyAnswer::Valid);
    are_revoked(&centre, before.value.version, &refused).await;
}

/// Who verifies without a line learns of them too.
async fn are_revoked(centre: &Centre, since: u64, serials: &BTreeSet<Serial>) {
    let path = format!("/v1/revocations/delta?since={since}");
    let told = async || {
        let delta: Issued<RevocationDelta> = ok(centre.get(&path, None).await).await;
        let revoked: BTreeSet<Serial> = delta.value.revoked.into_iter().collect();
        revoked.is_superset(serials).then_some(())
    };
    rig::process::until("the revocations", Duration::from_secs(120), told).await.unwrap();
}

/// A sheet shows its serial to whoever looks at it, and a refused operation may carry any.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_issue_ends_no_serial_of_somebody_else() {
    let centre = Centre::start("central-thief").await;
    centre.staff("10001", "clerk").await;
    let (mut window, mut thief) = (Window::open(&centre, 1).await, Window::open(&centre, 2).await);
    let now = central::clock::now();
    let holder = senior(1);
    let accomplice =
        (2..).map(senior).find(|other| other.citizen_ref.bucket() == holder.citizen_ref.bucket()).unwrap();
    let on_record = window.desk.issue(&holder, Action::Apply, now, None);
    window.push(on_record.clone()).await;
    // This one is in the holder's hand, and its desk has no line.
    let late_holder = senior(3);
    let on_its_way = window.desk.issue(&late_holder, Action::Apply, now, None);

    let mut steal = async |serial: Serial, holder: &Holder| {
        let body = issue_body(holder, Action::Apply, serial, now.day(), None);
        let operation = thief.desk.operation(&holder.number, now, body);
        thief.push(operation).await
    };
    for (issue, holder) in [(&on_record, &accomplice), (&on_record, &holder), (&on_its_way, &late_holder)] {
        let verdict = steal(serial_of(issue), holder).await;
        assert_eq!(verdict, rejected(Refusal::SerialMalformed));
    }
    assert_eq!(window.scan(&on_record).await, VerifyAnswer::Valid);
    let verdict = window.push(on_its_way.clone()).await;
    assert_eq!(verdict, Verdict::Applied { action: Some(Action::Apply) });
    assert_eq!(window.scan(&on_its_way).await, VerifyAnswer::Valid);

    // The desk itself, by mistake, for the same and for another citizen.
    for holder in [&holder, &accomplice] {
        let body = issue_body(holder, Action::Apply, serial_of(&on_record), now.day(), None);
        let again = window.desk.operation(&holder.number, now, body);
        assert_eq!(window.push(again).await, rejected(Refusal::SerialReused));
        assert_eq!(window.scan(&on_record).await, VerifyAnswer::Valid);
    }
}
