//! Lists of 100,000 rows.

use std::sync::Arc;

use desk::{
    clock::{SystemClock, TrustedClock},
    identity::Identity,
    signing::SessionKey,
    store::{Store, operation::NewOperation},
    sync::log::{DatabaseLog, Log},
    vault::Vault,
};
use fixture::{name, senior};
use practice::{
    clerk::Clerk,
    site::{FIRST_DESK, Site},
};
use rig::{display::Display, window::Window};
use rules::{
    At, DeviceNumber,
    correction::{Content, Correction, Digest, Evidence, EvidenceKind, Reason, State, Value},
    keys::{KeyId, RawSignature, SoftwareKey},
    life::{Action, Serial},
    op::{HolderSeen, OpBody},
    payload::SignedSymbol,
    wire::CorrectionRecord,
};
use uuid::Uuid;

use crate::{PictureOfFailure, ROUNDS, line};

const ROWS: u32 = 100_000;

/// Measures queue and approvals, until rows are on screen and while they scroll. The centre is
/// gone, so that the queue stays as long as it is.
pub async fn measure(site: &mut Site, display: &Display) {
    let supervisor = site.staff_with("supervisor").unwrap().clone();
    let window = site.open_window(FIRST_DESK, display).await.unwrap();
    // Who was here once may log in offline.
    Clerk::at(&window).log_in(&supervisor).await.unwrap();
    drop(window);
    site.central.stop();
    fill(site).await;
    let window = site.open_window(FIRST_DESK, display).await.unwrap();
    let _picture = PictureOfFailure(display);
    Clerk::at(&window).log_in(&supervisor).await.unwrap();
    for (place, rows) in [("queue", "queue-list"), ("approvals", "approvals-list")] {
        list(&window, place, rows).await;
    }
}

/// Writes 100,000 operations as a desk does it, and as many corrections that wait for approval.
async fn fill(site: &Site) {
    let vault = Vault::open_or_create_with_key_file(&site.desk_folder(FIRST_DESK).unwrap()).await.unwrap();
    let store = Store::open(&vault).await.unwrap();
    let mut raw = store.readers().acquire().await.unwrap();
    let identity: String =
        sqlx::query_scalar("SELECT record FROM identity").fetch_one(&mut *raw).await.unwrap();
    let author = serde_json::from_str::<Identity>(&identity).unwrap().author();
    let corrections = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO correction (id, citizen_ref, field, state, is_open, record, changed_at, submitted_at, flagged)
         SELECT printf('019abcde-0000-7000-8000-%012x', i), '{:064}', 'name', 'submitted', TRUE,
             json_set(?1, '$.correction.id', printf('019abcde-0000-7000-8000-%012x', i)),
             1790000000000 + i, 1790000000000 + i, i % 97 = 0 FROM n",
        0
    );
    sqlx::query("PRAGMA query_only = OFF").execute(&mut *raw).await.unwrap();
    sqlx::query(&corrections).bind(record()).execute(&mut *raw).await.unwrap();
    drop(raw);

    let clock = TrustedClock::new(Arc::new(SystemClock::new()), None, At(0));
    let clerk = &site.staff_with("clerk").unwrap().number;
    let person = SoftwareKey::from_bytes(&[41; 32]).unwrap();
    let begun = (Uuid::now_v7(), &[43; 32]);
    let session = SessionKey::begin(begun, author, clerk.parse().unwrap(), &clock.read(), &person).unwrap();
    let log = DatabaseLog::new(store.clone(), author);
    for _ in 0..ROWS {
        log.append(&clock.read(), &session, issue(clerk, clock.read().at)).await.unwrap();
    }
    store.close().await;
}

fn issue(clerk: &str, at: At) -> NewOperation {
    NewOperation {
        op_id: Uuid::now_v7(),
        consent: None,
        proof: None,
        answer: None,
        idempotency_key: None,
        citizen: Some(senior(1)),
        operator: clerk.parse().unwrap(),
        case_number: Some("3100002026112600134182057".to_owned()),
        body: OpBody::Issue {
            action: Action::Apply,
            serial: Serial([7; 16]),
            day: at.day(),
            valid_through: at.day(),
            holder: Box::new(HolderSeen {
                number: senior(1),
                name: name("顾莹生"),
                photo: None,
                declared: None,
                registry_version: None,
            }),
            agent: None,
            correction: None,
            provisional: true,
            confirmed_by_holder: true,
            consequence_confirmed: true,
            symbol: Box::new(SignedSymbol {
                claims: Digest([3; 32]),
                key_id: KeyId([4; 8]),
                signature: RawSignature([5; 64]),
            }),
        },
    }
}

/// Returns a correction as the centre would send it (JSON).
fn record() -> String {
    let piece = |page: u16| Evidence {
        kind: EvidenceKind::NewCardScan,
        digest: Digest([page.to_le_bytes()[0]; 32]),
        media_type: "image/jpeg".to_owned(),
        page,
    };
    let content = Content {
        before: Value::Name(name("顾玉贵")),
        after: Value::Name(name("顾莹生")),
        reason: Reason::TypingError,
        evidence: (1..=3).map(piece).collect(),
        chip_name: Some(name("顾莹生")),
        registry_version: 1,
        photo_shortfall: None,
        agent: None,
    };
    let record = CorrectionRecord {
        number: senior(1),
        masked_name: "顾**".to_owned(),
        under_fourteen: false,
        case_number: Some("3100002026112600134182057".to_owned()),
        device: DeviceNumber(1),
        correction: Correction {
            id: "019abcde-0000-7000-8000-000000000000".parse().unwrap(),
            field: content.reason.field(),
            maker: "310001".parse().unwrap(),
            revision: 1,
            content,
            state: State::Submitted { at: At(1_790_000_000_000) },
            escalation: None,
        },
    };
    serde_json::to_string(&record).unwrap()
}

async fn list(window: &Window, place: &str, rows: &str) {
    let open = format!(
        "const done = arguments[0];
         const rows = () => [...document.querySelectorAll('[data-testid={rows}-row] [role=gridcell]')].length > 8;
         const began = performance.now();
         document.querySelector('[data-testid=place-{place}]').click();
         const look = () => rows() ? done(performance.now() - began) : requestAnimationFrame(look);
         look();"
    );
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        window.click("place-verify").await.unwrap();
        window.find("verify").await.unwrap();
        figures.push(window.run_script(&open).await.unwrap().as_f64().unwrap());
    }
    line(&format!("{place} of {ROWS} rows → rows on screen"), figures);
    // Scrolls through the whole list in 180 frames, then jumps between beginning and end.
    let scroll = format!(
        "const done = arguments[0];
         const grid = document.querySelector('[data-testid={rows}-grid]');
         const frames = []; let last = null; let step = 0; const steps = 200;
         const turn = (now) => {{
           if (last !== null) frames.push(now - last);
           last = now; step += 1;
           if (step > steps) return done(frames);
           grid.scrollTop = step < steps - 20 ? (grid.scrollHeight * step) / steps : step % 2 === 0 ? 0 : grid.scrollHeight;
           requestAnimationFrame(turn);
         }};
         requestAnimationFrame(turn);"
    );
    let frames = window.run_script(&scroll).await.unwrap();
    let frames = frames.as_array().unwrap().iter().map(|frame| frame.as_f64().unwrap()).collect();
    line(&format!("{place}: one frame while scrolling through all of it"), frames);
}
