//! The boards of sites (看板). What counts is copied from the log into narrow rows when a board is
//! asked for: the log itself has neither an index by time nor columns to count by.

use super::{ListedDesk, PgStore, Write, rows};
use crate::{
    machine::board::{BegunCorrection, Counted, Fact},
    store::{Result, StoreError},
};
use rules::{
    At, Day, SiteCode, StaffNumber,
    op::Operation,
    wire::{
        BOARD_CASES, BoardCase, BoardCasesRequest, BoardDays, FailureName, FigureKey, FigureOutcome, Verdict,
    },
};
use serde::de::DeserializeOwned;
use sqlx::{FromRow, PgConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Operations copied in one transaction.
const AT_ONCE: i64 = 2_000;
/// End of the year 9999. An operation with a later instant is forged, and counts there.
const LATEST_MS: i64 = 253_402_300_799_999;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A desk of a site, and what its board shows besides.
pub struct DeskOnBoard {
    /// The desk as the fleet lists it.
    pub desk: ListedDesk,
    /// Code sheets spoilt there on the day.
    pub spoilt: u32,
    /// End of the kit of a home visit that is out.
    pub kit_ends_at: Option<At>,
}

#[derive(FromRow)]
struct NewRow {
    seq: i64,
    operation: String,
    verdict: String,
}

/// Operations of an enrolment that are decided and not copied yet.
#[derive(FromRow)]
struct Span {
    device: i32,
    epoch: i32,
    counted_through: i64,
    applied_through: i64,
}

#[derive(FromRow)]
struct CountedRow {
    channel: String,
    desk_number: Option<i16>,
    staff: Option<String>,
    day_number: i32,
    hour: i16,
    kind: String,
    action: Option<String>,
    outcome: String,
    reason: Option<String>,
    correction_reason: Option<String>,
    count: i64,
}

impl CountedRow {
    fn read(self) -> Result<Counted> {
        Ok(Counted {
            channel: rows::of_word(self.channel, "channel")?,
            desk_number: desk_number(self.desk_number)?,
            staff: staff(self.staff)?,
            day: At(i64::from(self.day_number) * DAY_MS).day(),
            hour: u8::try_from(self.hour).map_err(|_| StoreError::Corrupt("hour"))?,
            kind: rows::of_word(self.kind, "kind")?,
            action: optional(self.action, "action")?,
            outcome: rows::of_word(self.outcome, "outcome")?,
            reason: optional(self.reason, "reason")?,
            correction_reason: optional(self.correction_reason, "reason of a correction")?,
            count: u32::try_from(self.count).unwrap_or(u32::MAX),
        })
    }
}

#[derive(FromRow)]
struct CaseRow {
    at: i64,
    channel: String,
    desk_number: Option<i16>,
    staff: Option<String>,
    kind: String,
    action: Option<String>,
    outcome: String,
    reason: Option<String>,
    case_number: Option<String>,
    total: i64,
}

impl CaseRow {
    fn read(self) -> Result<BoardCase> {
        Ok(BoardCase {
            at: At(self.at),
            channel: rows::of_word(self.channel, "channel")?,
            desk_number: desk_number(self.desk_number)?,
            staff: staff(self.staff)?,
            kind: rows::of_word(self.kind, "kind")?,
            action: optional(self.action, "action")?,
            outcome: rows::of_word(self.outcome, "outcome")?,
            reason: optional(self.reason, "reason")?,
            case_number: self.case_number,
        })
    }
}

fn desk_number(number: Option<i16>) -> Result<Option<u16>> {
    number.map(|number| u16::try_from(number).map_err(|_| StoreError::Corrupt("desk number"))).transpose()
}

fn staff(number: Option<String>) -> Result<Option<StaffNumber>> {
    number.map(|number| number.parse().map_err(|_| StoreError::Corrupt("staff number"))).transpose()
}

fn optional<T: DeserializeOwned>(word: Option<String>, what: &'static str) -> Result<Option<T>> {
    word.map(|word| rows::of_word(word, what)).transpose()
}

const COUNTED: &str = "
    SELECT channel, desk_number, staff, day_number, hour, kind, action, outcome, reason, correction_reason,
           count(*) AS count
    FROM board_event WHERE site = $1 AND at >= $2 AND at < $3
    GROUP BY channel, desk_number, staff, day_number, hour, kind, action, outcome, reason, correction_reason";

/// The conditions of [`crate::machine::board::is_behind`].
const CASES: &str = "
    SELECT at, channel, desk_number, staff, kind, action, outcome, reason, case_number,
           count(*) OVER () AS total
    FROM board_event
    WHERE site = $1 AND at >= $2 AND at < $3
      AND ($4::smallint IS NULL OR hour = $4)
      AND ($5::text IS NULL OR channel = $5)
      AND ($6::smallint IS NULL OR desk_number = $6)
      AND ($7::text IS NULL OR staff = $7)
      AND ($8::text IS NULL OR (kind = $8 AND action IS NOT DISTINCT FROM $9::text))
      AND ($10::text IS NULL OR reason = $10)
      AND ($11::text IS NULL OR correction_reason = $11)
      AND CASE WHEN $12::text IS NULL THEN outcome <> 'spoilt' ELSE outcome = $12 END
    ORDER BY at DESC, case_number LIMIT $13";

/// What a key selects, as columns.
#[derive(Default)]
struct Wanted {
    hour: Option<i16>,
    channel: Option<String>,
    desk_number: Option<i16>,
    staff: Option<String>,
    kind: Option<String>,
    action: Option<String>,
    reason: Option<String>,
    correction_reason: Option<String>,
}

impl Wanted {
    fn of(key: &FigureKey) -> Result<Self> {
        let none = Self::default();
        Ok(match key {
            FigureKey::All | FigureKey::Day { .. } => none,
            FigureKey::Hour { hour } => Self { hour: Some(i16::from(*hour)), ..none },
            FigureKey::Channel { channel } => Self { channel: Some(rows::word(channel)?), ..none },
            // No desk has a number that no column holds.
            FigureKey::Desk { desk_number } => {
                Self { desk_number: Some(i16::try_from(*desk_number).unwrap_or(-1)), ..none }
            }
            FigureKey::Staff { staff } => Self { staff: Some(staff.to_string()), ..none },
            FigureKey::Act { kind, action } => Self {
                kind: Some(rows::word(kind)?),
                action: action.as_ref().map(rows::word).transpose()?,
                ..none
            },
            FigureKey::Refusal { reason } => Self { reason: Some(reason.to_string()), ..none },
            FigureKey::Correction { reason } => Self { correction_reason: Some(rows::word(reason)?), ..none },
        })
    }
}

/// Returns the instants that days begin and end at.
fn bounds(days: BoardDays) -> (i64, i64) {
    (At::start_of(days.from).0, At::end_of(days.through).0)
}

impl PgStore {
    /// Returns the desks of a site that are not out of service, with what was counted at each on a
    /// day and the kits of home visits that are out.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn board_desks(&self, site: &SiteCode, today: Day) -> Result<Vec<DeskOnBoard>> {
        self.count_new(site).await?;
        let (from, until) = bounds(BoardDays { from: today, through: today });
        let spoilt: Vec<(i16, i64)> = sqlx::query_as(
            "SELECT desk_number, count(*) FROM board_event
             WHERE site = $1 AND at >= $2 AND at < $3 AND outcome = 'spoilt' GROUP BY desk_number",
        )
        .bind(site.as_str())
        .bind(from)
        .bind(until)
        .fetch_all(self.pool())
        .await?;
        let spoilt: HashMap<i16, i64> = spoilt.into_iter().collect();
        let spoilt_at = |desk: &ListedDesk| {
            let count = i16::try_from(desk.desk_number).ok().and_then(|number| spoilt.get(&number));
            count.map_or(0, |count| u32::try_from(*count).unwrap_or(u32::MAX))
        };
        let kits: Vec<(i32, i64)> = sqlx::query_as(
            "SELECT device, ends_at FROM visit
             WHERE site = $1 AND returned_at IS NULL AND lost_at IS NULL",
        )
        .bind(site.as_str())
        .fetch_all(self.pool())
        .await?;
        let kits: HashMap<i32, i64> = kits.into_iter().collect();
        let kit_of = |desk: &ListedDesk| {
            let kit = rows::small(desk.device).ok().and_then(|device| kits.get(&device));
            kit.map(|ends_at| At(*ends_at))
        };
        let mut desks = self.desks_of(Some(site)).await?;
        desks.retain(|desk| desk.revoked_at.is_none());
        let on_board = |desk| DeskOnBoard { spoilt: spoilt_at(&desk), kit_ends_at: kit_of(&desk), desk };
        Ok(desks.into_iter().map(on_board).collect())
    }

    /// Returns what was done for a site in these days, counted.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn board_counted(&self, site: &SiteCode, days: BoardDays) -> Result<Vec<Counted>> {
        self.count_new(site).await?;
        let (from, until) = bounds(days);
        let found: Vec<CountedRow> =
            sqlx::query_as(COUNTED).bind(site.as_str()).bind(from).bind(until).fetch_all(self.pool()).await?;
        found.into_iter().map(CountedRow::read).collect()
    }

    /// Returns the corrections begun at a site in these days.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn board_corrections(&self, site: &SiteCode, days: BoardDays) -> Result<Vec<BegunCorrection>> {
        let (from, until) = bounds(days);
        let begun: Vec<(Uuid, String, i64)> = sqlx::query_as(
            "SELECT f.correction, f.correction_reason, f.at FROM board_fact f JOIN device d ON d.device = f.device
             WHERE d.site = $1 AND f.at >= $2 AND f.at < $3 AND f.correction_reason IS NOT NULL",
        )
        .bind(site.as_str())
        .bind(from)
        .bind(until)
        .fetch_all(self.pool())
        .await?;
        let ids: Vec<Uuid> = begun.iter().map(|(id, ..)| *id).collect();
        let decided: Vec<(Uuid, i64)> = sqlx::query_as(
            "SELECT correction, min(at) FROM board_fact
             WHERE correction = ANY($1) AND correction_reason IS NULL AND outcome = 'done' GROUP BY correction",
        )
        .bind(&ids)
        .fetch_all(self.pool())
        .await?;
        let decided: BTreeMap<Uuid, i64> = decided.into_iter().collect();
        let read = |(id, reason, at): (Uuid, String, i64)| {
            let reason = rows::of_word(reason, "reason of a correction")?;
            Ok(BegunCorrection { reason, begun_at: At(at), decided_at: decided.get(&id).copied().map(At) })
        };
        begun.into_iter().map(read).collect()
    }

    /// Returns the newest cases behind a figure of a site, and the number of all.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn board_cases(
        &self,
        site: &SiteCode,
        request: &BoardCasesRequest,
    ) -> Result<(Vec<BoardCase>, u32)> {
        self.count_new(site).await?;
        let (mut from, mut until) = bounds(request.days);
        if let FigureKey::Day { day } = &request.key {
            from = from.max(At::start_of(*day).0);
            until = until.min(At::end_of(*day).0);
        }
        let wanted = Wanted::of(&request.key)?;
        let outcome: Option<String> =
            request.outcome.as_ref().map(rows::word::<FigureOutcome>).transpose()?;
        let found: Vec<CaseRow> = sqlx::query_as(CASES)
            .bind(site.as_str())
            .bind(from)
            .bind(until)
            .bind(wanted.hour)
            .bind(wanted.channel)
            .bind(wanted.desk_number)
            .bind(wanted.staff)
            .bind(wanted.kind)
            .bind(wanted.action)
            .bind(wanted.reason)
            .bind(wanted.correction_reason)
            .bind(outcome)
            .bind(i64::try_from(BOARD_CASES).unwrap_or(i64::MAX))
            .fetch_all(self.pool())
            .await?;
        let total = found.first().map_or(0, |row| row.total);
        let cases = found.into_iter().map(CaseRow::read).collect::<Result<_>>()?;
        Ok((cases, u32::try_from(total).unwrap_or(u32::MAX)))
    }

    /// Copies what was decided since the last board of this site.
    async fn count_new(&self, site: &SiteCode) -> Result<()> {
        let spans: Vec<Span> = sqlx::query_as(
            "SELECT a.device, a.epoch, coalesce(h.counted_through, 0) AS counted_through, a.applied_through
             FROM apply_head a JOIN device d ON d.device = a.device
             LEFT JOIN board_head h ON h.device = a.device AND h.epoch = a.epoch
             WHERE d.site = $1 AND a.applied_through > coalesce(h.counted_through, 0)",
        )
        .bind(site.as_str())
        .fetch_all(self.pool())
        .await?;
        for mut span in spans {
            while span.counted_through < span.applied_through {
                let through = span.applied_through.min(span.counted_through + AT_ONCE);
                // Somebody else who looks at the board copies the same: the first one wins.
                if !self.copy(&span, through).await? {
                    break;
                }
                span.counted_through = through;
            }
        }
        Ok(())
    }

    /// Copies the operations of a span through `through`. Returns `false` if another process was
    /// first.
    async fn copy(&self, span: &Span, through: i64) -> Result<bool> {
        let mut write = Write::begin(self.pool()).await?;
        let moved = sqlx::query(
            "INSERT INTO board_head (device, epoch, counted_through) VALUES ($1, $2, $4)
             ON CONFLICT (device, epoch) DO UPDATE SET counted_through = excluded.counted_through
             WHERE board_head.counted_through = $3",
        )
        .bind(span.device)
        .bind(span.epoch)
        .bind(span.counted_through)
        .bind(through)
        .execute(&mut *write)
        .await?;
        if moved.rows_affected() == 0 {
            write.rollback().await?;
            return Ok(false);
        }
        let new: Vec<NewRow> = sqlx::query_as(
            "SELECT l.seq, l.operation, r.verdict FROM op_log l
             JOIN op_result r ON r.bucket = l.bucket AND r.device = l.device AND r.epoch = l.epoch AND r.seq = l.seq
             WHERE l.device = $1 AND l.epoch = $2 AND l.seq > $3 AND l.seq <= $4 ORDER BY l.seq",
        )
        .bind(span.device)
        .bind(span.epoch)
        .bind(span.counted_through)
        .bind(through)
        .fetch_all(&mut *write)
        .await?;
        insert(&mut write, span.device, &new).await?;
        write.commit().await?;
        Ok(true)
    }
}

/// Columns of new facts.
#[derive(Default)]
struct Columns {
    op_ids: Vec<Uuid>,
    at: Vec<i64>,
    staff: Vec<String>,
    kinds: Vec<String>,
    actions: Vec<Option<String>>,
    outcomes: Vec<String>,
    reasons: Vec<Option<String>>,
    case_numbers: Vec<Option<String>>,
    corrections: Vec<Option<Uuid>>,
    correction_reasons: Vec<Option<String>>,
}

impl Columns {
    fn push(&mut self, operation: Operation, fact: Fact) -> Result<()> {
        self.op_ids.push(operation.op_id);
        self.at.push(fact.at.0.clamp(0, LATEST_MS));
        self.staff.push(operation.operator.into());
        self.kinds.push(rows::word(&fact.kind)?);
        self.actions.push(fact.action.as_ref().map(rows::word).transpose()?);
        self.outcomes.push(rows::word(&fact.outcome)?);
        self.reasons.push(fact.reason.map(FailureName::into));
        self.case_numbers.push(operation.case_number);
        self.corrections.push(fact.correction);
        self.correction_reasons.push(fact.correction_reason.as_ref().map(rows::word).transpose()?);
        Ok(())
    }
}

/// Inserts what counts of these operations. One that was sent again under a later enrolment counts
/// once.
async fn insert(connection: &mut PgConnection, device: i32, new: &[NewRow]) -> Result<()> {
    let mut columns = Columns::default();
    for row in new {
        let operation: Operation = rows::record(&row.operation, "operation")?;
        let verdict: Verdict = rows::record(&row.verdict, "verdict")?;
        if let Some(fact) = Fact::of(&operation, &verdict) {
            columns.push(operation, fact)?;
        }
    }
    let inserted = sqlx::query(
        "INSERT INTO board_fact (device, op_id, at, staff, kind, action, outcome, reason, case_number, correction,
                                 correction_reason)
         SELECT $1, * FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                                  $8::text[], $9::text[], $10::uuid[], $11::text[])
         ON CONFLICT (device, op_id) DO NOTHING",
    )
    .bind(device)
    .bind(&columns.op_ids)
    .bind(&columns.at)
    .bind(&columns.staff)
    .bind(&columns.kinds)
    .bind(&columns.actions)
    .bind(&columns.outcomes)
    .bind(&columns.reasons)
    .bind(&columns.case_numbers)
    .bind(&columns.corrections)
    .bind(&columns.correction_reasons)
    .execute(connection)
    .await?;
    tracing::debug!(
        device,
        facts = inserted.rows_affected(),
        through = new.last().map(|row| row.seq),
        "counted"
    );
    Ok(())
}
