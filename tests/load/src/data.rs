//! People, desks and their queues, made before anything is measured.

use crate::{
    desk::{DAY, Desk, MINUTE, SITE, senior, serial_of, staff},
    report::line,
};
use central::{
    clock,
    keys::Keys,
    store::{
        Store as _,
        postgres::{ImportRow, PgStore},
    },
};
use rules::{
    At,
    keys::{DeskKey, Signed, Signer as _},
    life::Action,
    op::{BATCH_LIMIT, OpBody},
    permission::Role,
    wire::PushRequest,
};

/// How much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) desks: u32,
    pub(crate) operations: u32,
}

impl Plan {
    pub(crate) fn total(self) -> u64 {
        u64::from(self.desks) * u64::from(self.operations)
    }

    /// One visit = one issue and one printed sheet. One in a hundred people goes to two desks on the same day.
    fn visits(self) -> u32 {
        self.operations / 2
    }

    fn person(self, desk: u32, visit: u32) -> u32 {
        let own = desk * self.visits() + visit;
        if visit % 100 == 99 { own.saturating_sub(self.visits() + 1) } else { own }
    }
}

/// One desk with its signed queue.
pub(crate) struct Queue {
    pub(crate) desk: Desk,
    pub(crate) requests: Vec<PushRequest>,
}

pub(crate) async fn population(store: &PgStore, plan: &Plan, keys: &Keys) -> anyhow::Result<()> {
    let begin = std::time::Instant::now();
    let people = plan.desks * plan.visits();
    for chunk in (0..people).collect::<Vec<_>>().chunks(50_000) {
        let rows: Vec<ImportRow> = chunk
            .iter()
            .map(|index| {
                let holder = senior(*index).with_key(&keys.index);
                ImportRow {
                    citizen_ref: holder.citizen_ref,
                    number: holder.number,
                    name: holder.name,
                    photo: None,
                    shanghai_household: true,
                    certificate: None,
                    relatives: Vec::new(),
                }
            })
            .collect();
        store.import(&rows).await?;
    }
    line(&format!("{people} people imported in {:.1} s", begin.elapsed().as_secs_f64()))
}

/// Enrols the desks and fills their queues: everything happened yesterday, with the line down.
pub(crate) async fn desks(store: &PgStore, plan: &Plan, keys: &Keys) -> anyhow::Result<Vec<Queue>> {
    let yesterday = At::start_of(clock::now().day()).plus_ms(9 * 60 * MINUTE - DAY);
    let mut queues = Vec::new();
    for number in 0..plan.desks {
        let mut desk = Desk::new(number + 1, 1);
        store.enrol(&desk.head()).await?;
        if number == 0 {
            store.put_staff(SITE, &staff("10001", &[Role::Clerk]), None).await?;
        }
        let certificate = DeskKey {
            public_key: desk.key.public_key(),
            device: desk.device,
            epoch: 1,
            site: SITE.to_owned(),
            class: keys.class,
            not_before: At(0),
            not_after: clock::now().plus_ms(365 * DAY),
            retired_at: None,
        };
        store.put_desk_key(&Signed::sign(certificate, &*keys.root)?).await?;
        let mut operations = Vec::new();
        for visit in 0..plan.visits() {
            let holder = senior(plan.person(number, visit)).with_key(&keys.index);
            let at = yesterday.plus_ms(i64::from(visit) * MINUTE);
            let issue = desk.issue(&holder, Action::Apply, at, None);
            let printed = OpBody::Printed { serial: serial_of(&issue), good: true };
            operations.push(issue);
            operations.push(desk.operation(&holder.citizen_ref, at.plus_ms(20_000), printed));
        }
        let requests = operations.chunks(BATCH_LIMIT).map(|chunk| desk.push(chunk.to_vec())).collect();
        queues.push(Queue { desk, requests });
    }
    line(&format!("{} desks with {} operations each", plan.desks, plan.operations))?;
    Ok(queues)
}
