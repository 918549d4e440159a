//! Desks of many sites with their outboxes, prepared before anything is measured.

use crate::{Place, codes::ISSUER, report::line};
use central::{clock, store::Store as _};
use central_fixture::{
    desk::{DAY, Desk, MINUTE, senior, serial_of},
    people,
};
use rules::{
    At, DeviceNumber, SiteCode,
    case_number::CaseNumber,
    issuing::Issued,
    keys::{DeskKey, Signer as _},
    life::Action,
    op::{BATCH_LIMIT, OpBody},
    permission::Role,
    wire::PushRequest,
};

/// Number of desks per site, as in most service centres.
const DESKS_OF_A_SITE: u32 = 10;
/// Device numbers reserved for one fleet.
const NUMBERS: u32 = 100_000;

/// Size of a fleet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) desks: u32,
    pub(crate) operations: u32,
}

impl Plan {
    pub(crate) fn total(self) -> u64 {
        u64::from(self.desks) * u64::from(self.operations)
    }

    /// Returns the visits per desk; a visit is one issue and one printed sheet.
    fn visits(self) -> u32 {
        self.operations / 2
    }

    /// Returns the largest number of people who come.
    pub(crate) fn people(self) -> u32 {
        self.desks * self.visits()
    }

    /// Returns the person of a visit. One in a hundred people goes to two desks on the same day.
    fn person(self, desk: u32, visit: u32) -> u32 {
        let own = desk * self.visits() + visit;
        if visit % 100 == 99 { own.saturating_sub(self.visits() + 1) } else { own }
    }
}

/// One desk with its outbox as signed batches.
pub(crate) struct Queue {
    pub(crate) desk: Desk,
    pub(crate) requests: Vec<PushRequest>,
}

/// Desks that have been offline since yesterday.
pub(crate) struct Fleet {
    pub(crate) plan: Plan,
    /// Number of the first desk.
    pub(crate) first: u32,
    pub(crate) queues: Vec<Queue>,
}

impl Fleet {
    /// Enrols the desks of a fleet and fills their outboxes. Its people are those of the registry
    /// from `first_person` on. Everything happened yesterday, offline.
    pub(crate) async fn enrol(
        place: &Place,
        number: u32,
        plan: Plan,
        first_person: u32,
    ) -> anyhow::Result<Self> {
        let yesterday = At::start_of(clock::now().day()).plus_ms(9 * 60 * MINUTE - DAY);
        let first = number * NUMBERS;
        let mut queues = Vec::new();
        for index in 0..plan.desks {
            let site = SiteCode::new(first + index / DESKS_OF_A_SITE);
            let mut desk = Desk::new(DeviceNumber(first + index), 1);
            desk.operator = format!("C{site}").parse()?;
            desk.site = site;
            desk.issuer = ISSUER.to_owned();
            place.store.enrol(&desk.head(), &desk.certificate()).await?;
            if index % DESKS_OF_A_SITE == 0 {
                let clerk = people::staff(&desk.site, desk.operator.as_str(), &[Role::Clerk]);
                let sign = |record| place.keys.sign(record, "staff record");
                place.store.put_staff(clerk, sign).await?;
            }
            place.store.put_desk_key(&certificate(place, &desk)?).await?;
            let mut operations = Vec::new();
            for visit in 0..plan.visits() {
                let holder = senior(first_person + plan.person(index, visit));
                let at = yesterday.plus_ms(i64::from(visit) * MINUTE);
                desk.case_number = Some(CaseNumber::new(&desk.site, at.day(), 1, at.tenth_of_day())?.into());
                let issue = desk.issue(&holder, Action::Apply, at, None);
                let printed = OpBody::Printed { serial: serial_of(&issue), good: true };
                operations.push(issue);
                operations.push(desk.operation(&holder.number, at.plus_ms(20_000), printed));
            }
            let requests = operations.chunks(BATCH_LIMIT).map(|chunk| desk.push(chunk.to_vec())).collect();
            queues.push(Queue { desk, requests });
        }
        line(&format!("{} desks were offline with {} operations each", plan.desks, plan.operations))?;
        Ok(Self { plan, first, queues })
    }

    /// Returns the SQL condition that selects the rows of this fleet.
    pub(crate) fn rows(&self) -> String {
        format!("device BETWEEN {} AND {}", self.first, self.first + self.plan.desks - 1)
    }
}

/// Returns the certificate of a desk's key, signed by the root.
pub(crate) fn certificate(place: &Place, desk: &Desk) -> anyhow::Result<Issued<DeskKey>> {
    let key = DeskKey {
        public_key: desk.key.public_key(),
        device: desk.device,
        epoch: desk.epoch,
        site: desk.site,
        class: place.keys.class,
        not_before: At(0),
        not_after: clock::now().plus_ms(365 * DAY),
        retired_at: None,
        compromised_since: None,
    };
    Ok(place.keys.sign(key, "certificate")?)
}
