//! Whoever holds a desk's key makes sheets: none of them is good for anyone, and taking the desk
//! out of service ends them (B1–B3, B5).

use crate::common::client::{Centre, ok};
use central_fixture::desk::{DAY, Desk, MINUTE, senior, serial_of};
use rules::{
    At, DeviceNumber, Policy, Refusal,
    issuing::Issued,
    keys::{Class, KeyList},
    life::Action,
    op::Operation,
    payload::{Claims, PayloadError, Verifier, encode, verify_offline},
    wire::{EnrolResponse, TrustResponse, Verdict, VerifyAnswer, VerifyRequest, VerifyResponse},
};
use std::{os::unix::fs::PermissionsExt as _, time::Duration};

const APPLIED: Verdict = Verdict::Applied { action: Some(Action::Apply) };

struct Window<'a> {
    centre: &'a Centre,
    desk: Desk,
    enrolled: EnrolResponse,
}

impl<'a> Window<'a> {
    async fn open(centre: &'a Centre, number: u16) -> Self {
        let (desk, enrolled) = centre.enrol(number).await;
        Self { centre, desk, enrolled }
    }

    fn issue(&mut self, index: u32, at: At) -> Operation {
        let holder = senior(index);
        self.desk.issue(&holder, Action::Apply, at, None)
    }

    async fn push(&self, operation: Operation) -> Verdict {
        let token = self.centre.device_token(&self.desk).await;
        let pushed = self.centre.push(&self.desk, &token, vec![operation]).await;
        pushed.results.unwrap().value.remove(0).verdict
    }

    /// Signs anything with this desk's key, as a thief of it would.
    fn forge(&self, claims: &Claims) -> String {
        encode(claims, &self.desk.key).unwrap()
    }

    async fn revoke(&self, since: Option<&str>) -> String {
        let device = self.desk.device.to_string();
        let mut arguments = vec!["desk", "revoke", &device];
        if let Some(since) = since {
            arguments.extend(["--compromised-since", since]);
        }
        self.centre.central.command(&arguments).await.unwrap()
    }
}

async fn scan(centre: &Centre, payload: &str) -> VerifyResponse {
    let (scanner, place) = ("保安甲".to_owned(), "北门".to_owned());
    let request = VerifyRequest { payload: payload.to_owned(), scanner, place, register: true };
    ok(centre.post("/v1/verify", None, &request).await).await
}

/// What is scanned is what was forged, once and again: the second answer comes from the cache.
async fn answer(centre: &Centre, payload: &str) -> VerifyAnswer {
    let first = scan(centre, payload).await;
    let second = scan(centre, payload).await;
    assert_eq!(first.answer, second.answer);
    let is_shown = matches!(first.answer, VerifyAnswer::Valid | VerifyAnswer::Provisional);
    assert_eq!((first.masked_name.is_some(), second.masked_name.is_some()), (is_shown, is_shown));
    assert_eq!(first.registration_reference.is_some(), first.answer == VerifyAnswer::Valid);
    first.answer
}

async fn until_answer(centre: &Centre, payload: &str, expected: VerifyAnswer) {
    let is_so = async || (scan(centre, payload).await.answer == expected).then_some(());
    rig::process::until("the answer", Duration::from_secs(30), is_so).await.unwrap();
    assert_eq!(answer(centre, payload).await, expected, "and from then on");
}

#[tokio::test(flavor = "multi_thread")]
async fn b1_a_live_serial_under_another_name_number_or_key_is_a_wrong_signature() {
    let centre = Centre::start("central-forged").await;
    centre.staff("10001", "clerk").await;
    let (mut window, thief) = (Window::open(&centre, 1).await, Window::open(&centre, 2).await);
    let issue = window.issue(1, central::clock::now());
    let (genuine, claims) = (window.desk.symbol(&issue), window.desk.claims(&issue));
    let others = [
        Claims { masked_name: "赵**".to_owned(), ..claims.clone() },
        Claims { masked_number: "110***********0007".to_owned(), ..claims.clone() },
        Claims { issued_at: claims.issued_at.plus_ms(-1_000), ..claims.clone() },
        Claims { expires_at: claims.expires_at.plus_ms(-DAY), ..claims.clone() },
    ];
    let mut forged: Vec<String> = Vec::new();
    for claims in &others {
        forged.extend([window.forge(claims), thief.forge(claims)]);
    }
    forged.push(thief.forge(&claims));
    // Scanned before the operation is here, so that the cache knows them.
    assert_eq!(answer(&centre, &genuine).await, VerifyAnswer::Provisional);
    for text in &forged {
        assert_eq!(answer(&centre, text).await, VerifyAnswer::Provisional);
    }
    assert_eq!(window.push(issue).await, APPLIED);
    assert_eq!(answer(&centre, &genuine).await, VerifyAnswer::Valid);
    for text in &forged {
        assert_eq!(answer(&centre, text).await, VerifyAnswer::WrongSignature);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_impossible_dates_and_another_issuer_are_refused() {
    let centre = Centre::start("central-dates").await;
    let mut window = Window::open(&centre, 1).await;
    let now = central::clock::now();
    let issue = window.issue(1, now);
    let claims = window.desk.claims(&issue);
    let longest = now.plus_ms(Policy::default().longest_validity_ms());
    for (changed, expected) in [
        (Claims { expires_at: At(4_102_416_000_000), ..claims.clone() }, VerifyAnswer::WrongSignature),
        (Claims { expires_at: longest.plus_ms(1_000), ..claims.clone() }, VerifyAnswer::WrongSignature),
        (Claims { expires_at: longest.plus_ms(-1_000), ..claims.clone() }, VerifyAnswer::Provisional),
        (Claims { expires_at: now.plus_ms(-1_000), ..claims.clone() }, VerifyAnswer::WrongSignature),
        (Claims { issuer: "SOMEBODY".to_owned(), ..claims.clone() }, VerifyAnswer::Foreign),
        (Claims { issued_at: now.plus_ms(10 * MINUTE), ..claims.clone() }, VerifyAnswer::NotYetValid),
        (Claims { class: Class::Live, ..claims.clone() }, VerifyAnswer::OtherClass),
    ] {
        assert_eq!(answer(&centre, &window.forge(&changed)).await, expected, "{changed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_a_serial_nobody_sent_is_provisional_for_the_offline_limit_and_then_unknown() {
    let centre = Centre::start("central-unknown").await;
    let mut window = Window::open(&centre, 1).await;
    // Enrolled long ago, so that the key itself stands in nobody's way.
    centre.make_key_older(&window.desk, &window.enrolled, 10 * DAY).await;
    let now = central::clock::now();
    let dated_back = |days: i64| now.plus_ms(-days * DAY);
    for (index, (at, expected)) in [
        (dated_back(0), VerifyAnswer::Provisional),
        (dated_back(3).plus_ms(MINUTE), VerifyAnswer::Provisional),
        (dated_back(3).plus_ms(-MINUTE), VerifyAnswer::Unknown),
        (dated_back(9), VerifyAnswer::Unknown),
    ]
    .into_iter()
    .enumerate()
    {
        let issue = window.issue(u32::try_from(index).unwrap() + 1, at);
        until_answer(&centre, &window.desk.symbol(&issue), expected).await;
    }
    let issue = window.issue(9, now.plus_ms(-MINUTE));
    let symbol = window.desk.symbol(&issue);
    assert_eq!(answer(&centre, &symbol).await, VerifyAnswer::Provisional);
    window.revoke(None).await;
    until_answer(&centre, &symbol, VerifyAnswer::Unknown).await;
}

/// Returns the list of keys once it has the end of a desk.
async fn keys(centre: &Centre, device: DeviceNumber) -> KeyList {
    let has_ended = async || {
        let answer: TrustResponse = ok(centre.get("/v1/keys", None).await).await;
        let list = answer.keys.value;
        list.desks.iter().any(|key| key.device == device && key.retired_at.is_some()).then_some(list)
    };
    rig::process::until("the end of the key", Duration::from_secs(30), has_ended).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_revoking_a_stolen_key_ends_what_had_not_arrived_and_reports_the_rest() {
    let centre = Centre::start("central-stolen").await;
    centre.staff("10001", "clerk").await;
    let mut window = Window::open(&centre, 1).await;
    centre.make_key_older(&window.desk, &window.enrolled, DAY).await;
    let now = central::clock::now();
    let stolen_at = now.plus_ms(-30 * MINUTE);
    let arrived = window.issue(1, now);
    assert_eq!(window.push(arrived.clone()).await, APPLIED);
    let (before, after) = (window.issue(2, now.plus_ms(-40 * MINUTE)), window.issue(3, now));
    let symbols = [&arrived, &before, &after].map(|issue| window.desk.symbol(issue));
    let thief = Claims { serial: serial_of(&window.issue(4, now)), ..window.desk.claims(&after) };
    let forged = window.forge(&thief);
    assert_eq!(answer(&centre, &forged).await, VerifyAnswer::Provisional);

    let since = stolen_at.civil().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let report = window.revoke(Some(&since)).await;
    until_answer(&centre, &forged, VerifyAnswer::Unknown).await;
    let answers = [VerifyAnswer::Valid, VerifyAnswer::Unknown, VerifyAnswer::Unknown];
    for (symbol, expected) in symbols.iter().zip(answers) {
        assert_eq!(answer(&centre, symbol).await, expected);
    }
    // Without a line nobody can tell the arrived ones: all since the theft are to be asked for.
    let list = keys(&centre, window.desk.device).await;
    let policy = Policy::default();
    let verifier = Verifier { issuer: &window.enrolled.issuer, class: Class::Practice, policy: &policy };
    let offline = |text: &str| {
        verify_offline(text, &verifier, &list, None, central::clock::now())
            .map(|answer| answer.probably_revoked)
    };
    assert_eq!(symbols.each_ref().map(|symbol| offline(symbol)), [Ok(true), Ok(false), Ok(true)]);
    assert_eq!(offline(&forged), Ok(true));
    let later = Claims { issued_at: now.plus_ms(4 * MINUTE), ..thief };
    assert_eq!(offline(&window.forge(&later)), Err(PayloadError::KeyNotValid));

    assert!(report.contains(&serial_of(&arrived).to_string()) && report.contains("applied"), "{report}");
    let holder = senior(1);
    assert!(report.contains(&holder.name.masked()) && report.contains(&holder.number.masked()));
    assert!(!report.contains(holder.name.expose()) && !report.contains(holder.number.expose()), "{report}");
    assert!(!report.contains(&serial_of(&before).to_string()), "did not arrive");

    // Enrolled again, the desk hands over what it still has.
    let (mut again, _) = centre.enrol(1).await;
    again.issuer.clone_from(&window.enrolled.issuer);
    // The sessions stay: their proofs were kept with the operations.
    again.sessions = std::mem::take(&mut window.desk.sessions);
    let window = Window { desk: again, ..window };
    let token = centre.device_token(&window.desk).await;
    let mut desk = window.desk;
    let handed_over: Vec<Operation> = [before, after]
        .into_iter()
        .map(|operation| {
            let mut operation = operation;
            desk.seq += 1;
            (operation.epoch, operation.seq, operation.prev_hash) = (desk.epoch, desk.seq, desk.last.clone());
            desk.seal(operation)
        })
        .collect();
    let pushed = centre.push(&desk, &token, handed_over).await;
    let verdicts: Vec<Verdict> =
        pushed.results.unwrap().value.into_iter().map(|receipt| receipt.verdict).collect();
    assert_eq!(verdicts, [APPLIED, Verdict::Rejected { code: Refusal::SymbolNotAccepted }]);
    let answers = [VerifyAnswer::Valid, VerifyAnswer::Valid, VerifyAnswer::Voided];
    for (symbol, expected) in symbols.iter().zip(answers) {
        assert_eq!(scan(&centre, symbol).await.answer, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_the_report_goes_to_a_file_of_the_administrator_alone() {
    let centre = Centre::start("central-report").await;
    let window = Window::open(&centre, 1).await;
    let file = centre.folder.path().join("report.tsv");
    let path = file.display().to_string();
    let device = window.desk.device.to_string();
    let revoke =
        ["desk", "revoke", &device, "--compromised-since", "2026-01-01T00:00", "--report", path.as_str()];
    let told = centre.central.command(&revoke).await.unwrap();
    assert_eq!(told.trim(), format!("device {device} is out of service"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(&file).unwrap().contains("0 operations"));
    assert!(centre.central.command(&revoke).await.is_err(), "never overwritten");
}

/// The end of a key comes from the root, not from whoever answers.
#[tokio::test(flavor = "multi_thread")]
async fn b5_the_key_list_says_since_when_a_key_is_doubtful_and_is_signed() {
    let centre = Centre::start("central-doubtful").await;
    let window = Window::open(&centre, 1).await;
    window.revoke(Some("2026-01-01T00:00")).await;
    let list = keys(&centre, window.desk.device).await;
    let key = list.desks.iter().find(|key| key.device == window.desk.device).unwrap();
    assert_eq!(key.compromised_since, Some(At::start_of(rules::Day::constant(2026, 1, 1))));
    let answer: TrustResponse = ok(centre.get("/v1/keys", None).await).await;
    let keys: &Issued<KeyList> = &answer.keys;
    assert!(keys.verify(&window.enrolled.trust()).is_ok());
}
