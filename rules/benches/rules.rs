//! Measures two ratios that must hold on any machine, and SM2 beside OpenSSL's.
//!
//! One is the time of a decision in relation to its limit of one microsecond. The other is the
//! whole check of a scanned code in relation to the SM2 verification inside it.

use criterion::{Criterion, criterion_group, criterion_main};
use rules::{
    At, Day, DeviceNumber, Policy,
    eligibility::{Eligibility, Ground},
    keys::{Class, DeskKey, KeyList, Signer, SoftwareKey},
    life::{self, Action, Code, CodeState, Command, Holder, Now, Serial, Vantage},
    payload::{self, Claims},
    revocation::RevocationFilter,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Longest time of one decision.
const DECIDE_LIMIT: Duration = Duration::from_micros(1);
/// Largest ratio of a code's whole check to the bare SM2 verification inside it.
const VERIFY_RATIO_LIMIT: f64 = 1.2;

const NOW: At = At(1_767_200_400_000);

fn holder() -> Holder {
    let code = |counter, state| Code {
        serial: Serial::new(7, DeviceNumber(1), counter, [counter as u8; 7]),
        state,
        issued_at: NOW.plus_ms(-86_400_000),
        valid_through: Day::constant(2026, 6, 1),
        provisional: false,
        copies: 1,
    };
    Holder {
        eligibility: Eligibility::Eligible {
            ground: Ground::Senior,
            provisional: false,
            guardian_needed: false,
        },
        codes: vec![code(1, CodeState::Superseded), code(2, CodeState::Superseded), code(3, CodeState::Lost)],
        issue_days: vec![Day::constant(2025, 12, 1), Day::constant(2025, 12, 30)],
        unused_corrections: Vec::new(),
    }
}

fn decide(holder: &Holder) -> bool {
    let command = Command::Issue {
        action: Action::Reissue,
        serial: Serial::new(7, DeviceNumber(1), 4, [9; 7]),
        confirmed_by_holder: true,
        consequence_confirmed: true,
        guardian_recorded: false,
    };
    let now = Now { at: black_box(NOW), vantage: Vantage::Centre };
    life::decide(black_box(holder), &command, &now, &Policy::default()).is_ok()
}

struct Verifier {
    text: String,
    keys: KeyList,
    filter: RevocationFilter,
    key: rules::keys::PublicKey,
    message: Vec<u8>,
    signature: [u8; 64],
}

#[expect(clippy::expect_used, reason = "a bench whose setup fails cannot measure anything")]
fn verifier() -> Verifier {
    let desk = SoftwareKey::from_bytes(&[7; 32]).expect("the bytes are a valid scalar");
    let claims = Claims {
        issuer: "SH".into(),
        issued_at: NOW,
        expires_at: NOW.plus_ms(180 * 86_400_000),
        serial: Serial::new(7, DeviceNumber(1), 4, [9; 7]),
        masked_name: "张**".into(),
        masked_number: "310***********1234".into(),
        class: Class::Live,
    };
    let text = payload::encode(&claims, &desk).expect("a software key always signs");
    let key = DeskKey {
        public_key: desk.public_key(),
        device: DeviceNumber(1),
        epoch: 1,
        site: "310101".parse().unwrap(),
        class: Class::Live,
        not_before: At(0),
        not_after: At(i64::MAX),
        retired_at: None,
        compromised_since: None,
    };
    let revoked: Vec<Serial> =
        (0..10_000).map(|counter| Serial::new(1, DeviceNumber(2), counter, [0; 7])).collect();
    let message = vec![0x5A; text.len()];
    Verifier {
        text,
        keys: KeyList { version: 1, made_at: NOW, class: Class::Live, desks: vec![key] },
        filter: RevocationFilter::build(&revoked, 1, NOW, Class::Live)
            .expect("a filter of distinct serials can be built"),
        key: desk.public_key(),
        signature: desk.sign(&message).expect("a software key always signs"),
        message,
    }
}

/// Returns the fastest of many rounds, divided by `times`. Other load on the machine can
/// only add time.
fn fastest(rounds: usize, times: u32, mut work: impl FnMut() -> bool) -> Duration {
    let round = |_| {
        let start = Instant::now();
        (0..times).for_each(|_| assert!(black_box(work())));
        start.elapsed() / times
    };
    (0..rounds).map(round).min().unwrap_or(Duration::MAX)
}

#[expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its results; the filter was just built"
)]
fn ratios(_: &mut Criterion) {
    let (holder, verifier) = (holder(), verifier());
    let filter = verifier.filter.open().expect("the filter was just built");
    let decide_time = fastest(200, 1_000, || decide(&holder));
    let decide_ratio = decide_time.as_secs_f64() / DECIDE_LIMIT.as_secs_f64();
    println!("decide / 1 µs: {decide_ratio:.3} ({decide_time:?})");

    let policy = Policy::default();
    let expected = payload::Verifier { issuer: "SH", class: Class::Live, policy: &policy };
    let bare = fastest(400, 1, || verifier.key.verify(&verifier.message, &verifier.signature).is_ok());
    let whole = fastest(400, 1, || {
        let filter = Some((&filter, NOW));
        payload::verify_offline(&verifier.text, &expected, &verifier.keys, filter, NOW).is_ok()
    });
    let verify_ratio = whole.as_secs_f64() / bare.as_secs_f64();
    println!("payload check / bare SM2 verification: {verify_ratio:.3} ({whole:?} / {bare:?})");
    assert!(decide_ratio <= 1.0, "a decision takes longer than {DECIDE_LIMIT:?}");
    assert!(
        verify_ratio <= VERIFY_RATIO_LIMIT,
        "a check costs more than {VERIFY_RATIO_LIMIT} signature checks"
    );
}

fn details(criterion: &mut Criterion) {
    let (holder, verifier) = (holder(), verifier());
    criterion.bench_function("decide", |bencher| bencher.iter(|| decide(&holder)));
    criterion.bench_function("payload decode", |bencher| {
        bencher.iter(|| payload::decode(black_box(&verifier.text)))
    });
}

/// Measures SM2 beside OpenSSL's, each on one core in the same minute.
#[expect(clippy::print_stdout, clippy::expect_used, reason = "a bench prints its results; the key is valid")]
fn sm2(_: &mut Criterion) {
    let verifier = verifier();
    let signer = SoftwareKey::from_bytes(&[7; 32]).expect("the bytes are a valid scalar");
    let ours = [
        fastest(100, 20, || signer.sign(&verifier.message).is_ok()),
        fastest(100, 20, || verifier.key.verify(&verifier.message, &verifier.signature).is_ok()),
    ];
    let Some(theirs) = openssl() else {
        println!("SM2: this machine has no `openssl` to compare with; sign and verify take {ours:?}");
        return;
    };
    for ((what, ours), theirs) in ["signing", "verifying"].into_iter().zip(ours).zip(theirs) {
        let ours = 1.0 / ours.as_secs_f64();
        println!("SM2 {what}: {ours:.0}/s, OpenSSL {theirs:.0}/s, ratio {:.2}", ours / theirs);
    }
}

/// Returns OpenSSL's signatures and verifications a second, as `openssl speed` reports them.
fn openssl() -> Option<[f64; 2]> {
    let output =
        std::process::Command::new("openssl").args(["speed", "-seconds", "3", "-mr", "sm2"]).output();
    let said = String::from_utf8(output.ok()?.stdout).ok()?;
    // "+F7:0:256:CurveSM2:signs:verifies"
    let line = said.lines().find(|line| line.starts_with("+F7:"))?;
    let mut figures = line.rsplit(':').map_while(|figure| figure.parse().ok());
    let (verifies, signs) = (figures.next()?, figures.next()?);
    Some([signs, verifies])
}

criterion_group!(benches, ratios, sm2, details);
criterion_main!(benches);
