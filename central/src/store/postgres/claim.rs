//! Claims undecided operations for a worker, and loads and locks everything their decisions need.

use super::{
    PgStore, Write, blob, case_holder,
    citizen::{self, Lock},
    desk_key, earlier, fleet, institution, rows,
    signed::Signatures,
    staff, window_log_in,
};
use crate::{
    machine::{
        citizen::Citizen,
        correction::{is_approval, needed, offered_content},
        proof,
    },
    store::{Item, Next, Result, StoreError, Unread, Work},
};
use rules::{
    At, DeviceNumber, SiteCode,
    authority::Unproven,
    digest::Digest,
    life::{Action, Serial},
    op::{CitizenRef, OpBody},
};
use sqlx::{FromRow, PgConnection, PgPool};
use std::collections::{HashMap, HashSet};

/// An open write that holds the locks of the work.
pub struct PgClaim {
    pub(super) write: Write,
}

#[derive(FromRow)]
struct LoggedRow {
    citizen_ref: Vec<u8>,
    received_at: i64,
    unproven: Option<String>,
    operation: String,
}

impl LoggedRow {
    fn read(self) -> Result<Item> {
        let reason = |code: String| {
            let reason = Unproven::ALL.into_iter().find(|reason| reason.code() == code);
            reason.ok_or(StoreError::Corrupt("unproven"))
        };
        Ok(Item {
            operation: rows::record(&self.operation, "operation")?,
            citizen_ref: rows::reference(&self.citizen_ref)?,
            received_at: At(self.received_at),
            unproven: self.unproven.map(reason).transpose()?,
        })
    }
}

/// A desk with undecided operations.
#[derive(FromRow)]
struct WaitingDesk {
    device: i32,
    epoch: i32,
    applied_through: i64,
    received_through: i64,
    #[sqlx(try_from = "String")]
    site: SiteCode,
    /// When what waits was received at the earliest.
    since: i64,
}

#[derive(FromRow)]
struct NextRow {
    device: i32,
    epoch: i32,
    seq: i64,
    bucket: i16,
}

impl NextRow {
    fn read(self) -> Result<Next> {
        Ok(Next {
            device: rows::device(self.device)?,
            epoch: rows::unsigned(self.epoch)?,
            seq: rows::unsigned_large(self.seq)?,
            bucket: u8::try_from(self.bucket).map_err(|_| StoreError::Corrupt("bucket"))?,
        })
    }
}

/// Condition that every earlier enrolment of the device is decided, and that nothing waits for
/// evidence at the time that is the first parameter.
macro_rules! may_be_decided {
    () => {
        "a.waits_until <= $1 AND NOT EXISTS (SELECT 1 FROM apply_head b
                      JOIN device_head g ON g.device = b.device AND g.epoch = b.epoch AND g.received_through > b.applied_through
                      WHERE b.device = a.device AND b.epoch < a.epoch)"
    };
}

/// Selects heads of desks with undecided operations.
macro_rules! heads {
    () => {
        "
    SELECT a.device, a.epoch, a.applied_through, h.received_through, d.site,
           CASE WHEN h.month_seq <= a.applied_through + 1 THEN h.month_since ELSE 0 END AS since
    FROM apply_head a
    JOIN device_head h ON h.device = a.device AND h.epoch = a.epoch AND h.received_through > a.applied_through
    JOIN device d ON d.device = a.device
    WHERE "
    };
}

/// Claims desks with undecided operations, least recently served first; skips desks
/// another worker holds.
///
/// Replanned each call: a plan cached on an empty table times out at 1,500 desks. [`NEXT`]
/// is replanned too.
const DESKS: &str = concat!(
    heads!(),
    may_be_decided!(),
    "
    ORDER BY a.applied_at, a.device LIMIT $2
    FOR UPDATE OF a SKIP LOCKED"
);

/// Claims one desk if it has undecided operations.
const DESK: &str = concat!(
    heads!(),
    "a.device = $2 AND a.epoch = $3 AND ",
    may_be_decided!(),
    "
    FOR UPDATE OF a SKIP LOCKED"
);

/// LATERAL forces a walk along the primary key, even when a fresh table has no statistics. The time
/// keeps the planner from the partitions of earlier months.
const OPERATIONS: &str = "
    SELECT l.citizen_ref, l.received_at, l.unproven, l.operation
    FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[]) AS w(device, epoch, after, through),
    LATERAL (SELECT device, epoch, seq, citizen_ref, received_at, unproven, operation FROM op_log o
             WHERE o.device = w.device AND o.epoch = w.epoch AND o.seq > w.after AND o.seq <= w.through
               AND o.received_at >= $6
             ORDER BY o.seq LIMIT $5) l
    ORDER BY l.device, l.epoch, l.seq";

const TAKEN: &str = "
    SELECT c.serial FROM unnest($1::smallint[], $2::bytea[]) AS w(bucket, serial)
    JOIN code c ON c.bucket = w.bucket AND c.serial = w.serial";

/// Selects the next operation of the least recently served desk.
const NEXT: &str = concat!(
    "
    SELECT l.device, l.epoch, l.seq, l.bucket
    FROM apply_head a
    JOIN device_head h ON h.device = a.device AND h.epoch = a.epoch AND h.received_through > a.applied_through
    JOIN op_log l ON l.device = a.device AND l.epoch = a.epoch AND l.seq = a.applied_through + 1
    WHERE ",
    may_be_decided!(),
    "
    ORDER BY a.applied_at, a.device LIMIT 1"
);

const UNREAD: &str = "
    SELECT l.operation FROM apply_head a
    JOIN op_log l ON l.device = a.device AND l.epoch = a.epoch AND l.seq = $3
    WHERE a.device = $1 AND a.epoch = $2 AND a.applied_through = $3 - 1
    FOR UPDATE OF a SKIP LOCKED";

pub(super) async fn next(pool: &PgPool, now: At) -> Result<Option<Next>> {
    let row: Option<NextRow> =
        sqlx::query_as(NEXT).persistent(false).bind(now.0).fetch_optional(pool).await?;
    row.map(NextRow::read).transpose()
}

pub(super) async fn claim_unread(pool: &PgPool, next: Next) -> Result<Option<Unread<PgClaim>>> {
    let mut write = Write::begin(pool).await?;
    let (device, epoch, seq) = (rows::small(next.device)?, rows::small(next.epoch)?, rows::large(next.seq)?);
    let text: Option<String> =
        sqlx::query_scalar(UNREAD).bind(device).bind(epoch).bind(seq).fetch_optional(&mut *write).await?;
    let Some(text) = text else { return Ok(None) };
    // Also an enrolment whose first operation is rejected unread repeats what came before it.
    earlier::note_of(&mut write, device, epoch, seq - 1).await?;
    Ok(Some(Unread { claim: PgClaim { write }, text }))
}

pub(super) async fn claim(
    store: &PgStore,
    now: At,
    devices: usize,
    operations: usize,
) -> Result<Option<Work<PgClaim>>> {
    let mut write = Write::begin(store.pool()).await?;
    let limit = i64::try_from(devices).unwrap_or(i64::MAX);
    let desks =
        sqlx::query_as(DESKS).persistent(false).bind(now.0).bind(limit).fetch_all(&mut *write).await?;
    of_desks(write, store.signatures(), &desks, operations).await
}

pub(super) async fn claim_of(
    store: &PgStore,
    now: At,
    (device, epoch): (DeviceNumber, u32),
    operations: usize,
) -> Result<Option<Work<PgClaim>>> {
    let mut write = Write::begin(store.pool()).await?;
    let desks = sqlx::query_as(DESK)
        .bind(now.0)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .fetch_all(&mut *write)
        .await?;
    of_desks(write, store.signatures(), &desks, operations).await
}

/// What waits of desks whose heads are locked. A write that is dropped is rolled back some time
/// later, and until then its desks are passed over; so one that comes to nothing ends here.
async fn of_desks(
    mut write: Write,
    signatures: Option<&Signatures>,
    desks: &[WaitingDesk],
    operations: usize,
) -> Result<Option<Work<PgClaim>>> {
    if desks.is_empty() {
        return Ok(None);
    }
    match read(&mut write, signatures, desks, operations).await {
        Ok(work) => Ok(Some(work.claimed_by(PgClaim { write }))),
        Err(error) => {
            write.rollback().await?;
            Err(error)
        }
    }
}

async fn read(
    transaction: &mut PgConnection,
    signatures: Option<&Signatures>,
    desks: &[WaitingDesk],
    operations: usize,
) -> Result<Work<()>> {
    // A cached plan made for a small table would still be used when the table is large.
    sqlx::query("SET LOCAL plan_cache_mode = force_custom_plan").execute(&mut *transaction).await?;
    let mut sites = HashMap::new();
    let (mut numbers, mut epochs, mut after, mut through) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let since = desks.iter().map(|desk| desk.since).min().unwrap_or(0);
    for desk in desks {
        earlier::note_of(transaction, desk.device, desk.epoch, desk.applied_through).await?;
        sites.insert(rows::device(desk.device)?, desk.site);
        numbers.push(desk.device);
        epochs.push(desk.epoch);
        after.push(desk.applied_through);
        through.push(desk.received_through);
    }
    let logged: Vec<LoggedRow> = sqlx::query_as(OPERATIONS)
        .bind(&numbers)
        .bind(&epochs)
        .bind(&after)
        .bind(&through)
        .bind(i64::try_from(operations).unwrap_or(i64::MAX))
        .bind(since)
        .fetch_all(&mut *transaction)
        .await?;
    let items: Vec<Item> = logged.into_iter().map(LoggedRow::read).collect::<Result<_>>()?;
    read_for(transaction, signatures, items, sites).await
}

/// Reads what the decisions of operations depend on, and locks their citizens.
async fn read_for(
    transaction: &mut PgConnection,
    signatures: Option<&Signatures>,
    items: Vec<Item>,
    mut sites: HashMap<DeviceNumber, SiteCode>,
) -> Result<Work<()>> {
    let (wanted, detailed) = wanted(&items);
    let citizens = citizen::load(transaction, &wanted, Lock::Decision, Some(&detailed)).await?;
    let confirmed = items.iter().filter_map(|item| proof::supervisor(&item.operation));
    let numbers = items.iter().map(|item| &item.operation.operator).chain(confirmed).cloned().collect();
    let operators = staff::operators(transaction, signatures, &numbers).await?;
    let keys = desk_key::of_issues(transaction, &items).await?;
    let taken = taken(transaction, &items).await?;
    let earlier = earlier::of(transaction, &items).await?;
    let cases = case_holder::of(transaction, &items).await?;
    let rosters = institution::standing(transaction, &items, &citizens).await?;
    let evidence = blob::present(transaction, &evidence_of(&items, &citizens)).await?;
    let log_ins = window_log_in::of(transaction, &items).await?;
    let devices: Vec<DeviceNumber> = sites.keys().copied().collect();
    let programs = fleet::programs(transaction, &devices).await?;
    add_makers(transaction, &citizens, &mut sites).await?;
    Ok(Work {
        claim: (),
        items,
        citizens,
        operators,
        sites,
        keys,
        taken,
        earlier,
        cases,
        rosters,
        evidence,
        log_ins,
        programs,
    })
}

/// Adds the sites of the desks that made the citizens' corrections (N-2).
async fn add_makers(
    connection: &mut PgConnection,
    citizens: &HashMap<CitizenRef, Citizen>,
    sites: &mut HashMap<DeviceNumber, SiteCode>,
) -> Result<()> {
    let makers = citizens.values().flat_map(|citizen| &citizen.corrections).map(|record| record.device);
    let makers: HashSet<DeviceNumber> = makers.filter(|maker| !sites.contains_key(maker)).collect();
    if makers.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i32> = makers.into_iter().map(rows::small).collect::<Result<_>>()?;
    let found: Vec<(i32, String)> = sqlx::query_as("SELECT device, site FROM device WHERE device = ANY($1)")
        .bind(&numbers)
        .fetch_all(connection)
        .await?;
    for (device, site) in found {
        sites.insert(rows::device(device)?, rows::site(&site)?);
    }
    Ok(())
}

/// Returns the evidence that approvals among the operations may need; empty without an approval.
fn evidence_of(items: &[Item], citizens: &HashMap<CitizenRef, Citizen>) -> HashSet<Digest> {
    if !items.iter().any(|item| is_approval(&item.operation.body)) {
        return HashSet::new();
    }
    let known = citizens.values().flat_map(|citizen| &citizen.corrections);
    let offered = items.iter().filter_map(|item| offered_content(&item.operation.body));
    known.map(|record| &record.correction.content).chain(offered).flat_map(needed).cloned().collect()
}

/// Returns the citizens the operations concern, and those whose corrections and relatives matter.
/// Print results change no citizen.
fn wanted(items: &[Item]) -> (Vec<CitizenRef>, HashSet<CitizenRef>) {
    let (mut wanted, mut detailed) = (HashSet::new(), HashSet::new());
    for item in items {
        let by_agent = proof::needs_relatives(&item.operation);
        let in_detail = match &item.operation.body {
            OpBody::Printed { .. } => continue,
            OpBody::Issue { action, agent, .. } => *action == Action::Replace || agent.is_some(),
            OpBody::CorrectionOpened { .. }
            | OpBody::CorrectionCommanded { .. }
            | OpBody::EscalationDismissed { .. } => true,
            OpBody::Reprint { agent, .. } => agent.is_some(),
            OpBody::ReportLoss { .. } | OpBody::Void { .. } => false,
        };
        if in_detail || by_agent {
            detailed.insert(item.citizen_ref.clone());
        }
        wanted.insert(item.citizen_ref.clone());
    }
    (wanted.into_iter().collect(), detailed)
}

async fn taken(connection: &mut PgConnection, items: &[Item]) -> Result<HashSet<Serial>> {
    let new = items.iter().filter_map(|item| match item.operation.body {
        OpBody::Issue { serial, .. } => Some((i16::from(serial.bucket()), serial.0.to_vec())),
        _ => None,
    });
    let (buckets, serials): (Vec<i16>, Vec<Vec<u8>>) = new.unzip();
    if serials.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Vec<u8>> =
        sqlx::query_scalar(TAKEN).bind(&buckets).bind(&serials).fetch_all(connection).await?;
    found.iter().map(|bytes| rows::serial(bytes)).collect()
}

/// Claims an operation that waits in review as `late`.
const LATE: &str = "
    SELECT l.citizen_ref, l.received_at, l.unproven, l.operation, d.site
    FROM review r
    JOIN op_log l ON l.device = r.device AND l.epoch = r.epoch AND l.seq = r.seq
    JOIN device d ON d.device = r.device
    WHERE r.device = $1 AND r.epoch = $2 AND r.seq = $3 AND r.reason = 'late' AND r.decision IS NULL
    FOR UPDATE OF r";

#[derive(FromRow)]
struct LateRow {
    #[sqlx(flatten)]
    logged: LoggedRow,
    #[sqlx(try_from = "String")]
    site: SiteCode,
}

/// Returns a late operation with everything its decision depends on; `None` if it does not wait.
pub(super) async fn claim_late(
    store: &PgStore,
    (device, epoch, seq): (DeviceNumber, u32, u64),
) -> Result<Option<Work<PgClaim>>> {
    let mut write = Write::begin(store.pool()).await?;
    let row: Option<LateRow> = sqlx::query_as(LATE)
        .bind(rows::small(device)?)
        .bind(rows::small(epoch)?)
        .bind(rows::large(seq)?)
        .fetch_optional(&mut *write)
        .await?;
    let Some(LateRow { logged, site }) = row else { return Ok(None) };
    let sites = HashMap::from([(device, site)]);
    let read = read_for(&mut write, store.signatures(), vec![logged.read()?], sites).await?;
    Ok(Some(read.claimed_by(PgClaim { write })))
}

pub(super) async fn claim_citizen(pool: &PgPool, citizen_ref: &CitizenRef) -> Result<(PgClaim, Citizen)> {
    let mut write = Write::begin(pool).await?;
    let mut found =
        citizen::load(&mut write, std::slice::from_ref(citizen_ref), Lock::Decision, None).await?;
    let citizen = found.remove(citizen_ref).unwrap_or_else(|| Citizen::unknown(citizen_ref.clone()));
    Ok((PgClaim { write }, citizen))
}
