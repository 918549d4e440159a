//! Home visits (上门服务): the list, the kit that is taken along, and what came of it. The kit is
//! sealed under a key of its own, and cannot be read after its end (V3).

mod kit;

pub(crate) use kit::{Kit, photo, view};

use super::{Connection, from_json, from_word, instant, parse_column, to_json, to_word, total};
use crate::{clock::Reading, error::DeskError};
use rules::{
    At, Refusal, StaffNumber,
    digest::Digest,
    life::Action,
    op::CitizenRef,
    person::IdNumber,
    visit::{SheetCount, VisitGround, VisitState},
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// A home visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Identifier, also at the centre.
    pub id: Uuid,
    /// How far it is.
    pub state: VisitState,
    /// Who took the kit, or chooses its people.
    pub operator: StaffNumber,
    /// Case under which the kit was asked for.
    pub case_number: Option<String>,
    /// Blank sheets that are taken along.
    pub sheets: u32,
    /// When the kit was taken.
    pub taken_at: Option<At>,
    /// End of the kit (V2).
    pub ends_at: Option<At>,
    /// When the kit was wiped.
    pub wiped_at: Option<At>,
    /// What the return report says.
    pub report: Option<VisitReport>,
}

impl Visit {
    /// Returns the end of a kit that was taken and did not come back (V4).
    pub fn ends_out(&self) -> Option<At> {
        self.ends_at.filter(|_| matches!(self.state, VisitState::Fetching | VisitState::Out))
    }
}

/// What came of a visit, without a word of who was visited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitReport {
    /// People on the list.
    pub people: u32,
    /// People whose views were in the kit.
    pub in_kit: u32,
    /// People of the kit for whom something was done.
    pub served: u32,
    /// What was done at this desk since the kit was taken.
    pub done: Vec<VisitAct>,
    /// What became of the sheets.
    pub sheets: SheetCount,
    /// When it came back.
    pub back_at: At,
    /// Who brought it back.
    pub back_by: StaffNumber,
}

/// Something that was done on a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitAct {
    /// Case it was done in.
    pub case_number: String,
    /// What was done.
    pub action: Action,
    /// When it was served.
    pub at: At,
    /// Whether the centre took it.
    pub accepted: bool,
}

/// Somebody on the list of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitedPerson {
    /// Place on the list, from 1.
    pub position: u32,
    /// Reference under which this desk files the person.
    pub citizen_ref: CitizenRef,
    /// ID number of the person, until their view is here.
    pub number: Option<IdNumber>,
    /// Masked number (M1), until the kit is wiped.
    pub masked_number: Option<String>,
    /// Why they are on the list.
    pub ground: VisitGround,
    /// Masked name (M2), once one is known.
    pub masked_name: Option<String>,
    /// Why the centre gave nothing.
    pub refusal: Option<Refusal>,
    /// Whether their view came with the kit.
    pub in_kit: bool,
    /// Photo in the view.
    pub photo: Option<Digest>,
    /// Whether the photo is here.
    pub has_photo: bool,
    /// Whether something was done for them since the kit was taken.
    pub served: bool,
}

#[derive(FromRow)]
struct VisitRow {
    id: String,
    state: String,
    operator: String,
    case_number: Option<String>,
    sheets: i64,
    taken_at: Option<i64>,
    ends_at: Option<i64>,
    wiped_at: Option<i64>,
    report: Option<String>,
}

impl VisitRow {
    fn read(self) -> Result<Visit, DeskError> {
        Ok(Visit {
            id: parse_column(&self.id)?,
            state: from_word(&self.state)?,
            operator: parse_column(&self.operator)?,
            case_number: self.case_number,
            sheets: total(self.sheets),
            taken_at: instant(self.taken_at),
            ends_at: instant(self.ends_at),
            wiped_at: instant(self.wiped_at),
            report: self.report.as_deref().map(from_json).transpose()?,
        })
    }
}

const VISIT: &str =
    "SELECT id, state, operator, case_number, sheets, taken_at, ends_at, wiped_at, report FROM visit";

/// Returns the visit that is not returned, if there is one.
pub(crate) async fn under_way(connection: &mut Connection) -> Result<Option<Visit>, DeskError> {
    let row: Option<VisitRow> =
        sqlx::query_as(&format!("{VISIT} WHERE state <> 'returned'")).fetch_optional(connection).await?;
    row.map(VisitRow::read).transpose()
}

/// Returns the visit that was returned last, while this desk keeps it.
pub(crate) async fn last_returned(connection: &mut Connection) -> Result<Option<Visit>, DeskError> {
    let row: Option<VisitRow> =
        sqlx::query_as(&format!("{VISIT} WHERE state = 'returned' ORDER BY changed_at DESC LIMIT 1"))
            .fetch_optional(connection)
            .await?;
    row.map(VisitRow::read).transpose()
}

/// Writes a visit, new or changed. The kit's key has its own way.
pub(crate) async fn put(connection: &mut Connection, visit: &Visit, at: At) -> Result<(), DeskError> {
    sqlx::query(
        "INSERT INTO visit (id, state, operator, case_number, sheets, taken_at, ends_at, wiped_at, report, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (id) DO UPDATE SET state = ?2, operator = ?3, case_number = ?4, sheets = ?5,
             taken_at = ?6, ends_at = ?7, wiped_at = ?8, report = ?9, changed_at = ?10",
    )
    .bind(visit.id.to_string())
    .bind(to_word(&visit.state)?)
    .bind(visit.operator.as_str())
    .bind(visit.case_number.as_deref())
    .bind(visit.sheets)
    .bind(visit.taken_at.map(|at| at.0))
    .bind(visit.ends_at.map(|at| at.0))
    .bind(visit.wiped_at.map(|at| at.0))
    .bind(visit.report.as_ref().map(to_json).transpose()?)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct PersonRow {
    position: i64,
    citizen_ref: String,
    number: Option<String>,
    masked_number: Option<String>,
    ground: String,
    masked_name: Option<String>,
    refusal: Option<String>,
    in_kit: bool,
    photo: Option<String>,
    has_photo: bool,
    served: bool,
}

impl PersonRow {
    fn read(self) -> Result<VisitedPerson, DeskError> {
        Ok(VisitedPerson {
            position: total(self.position),
            citizen_ref: parse_column(&self.citizen_ref)?,
            number: self.number.as_deref().map(number).transpose()?,
            masked_number: self.masked_number,
            ground: from_word(&self.ground)?,
            masked_name: self.masked_name,
            refusal: self.refusal.as_deref().map(from_word).transpose()?,
            in_kit: self.in_kit,
            photo: self.photo.as_deref().map(parse_column).transpose()?,
            has_photo: self.has_photo,
            served: self.served,
        })
    }
}

fn number(text: &str) -> Result<IdNumber, DeskError> {
    IdNumber::parse(text).map_err(|_| DeskError::DatabaseDamaged)
}

/// Returns the people of a visit, in the order of its list.
pub(crate) async fn people(
    connection: &mut Connection,
    visit: &Visit,
) -> Result<Vec<VisitedPerson>, DeskError> {
    let rows: Vec<PersonRow> = sqlx::query_as(
        "SELECT position, citizen_ref, number, masked_number, ground, masked_name, refusal, in_kit, photo,
             sealed_photo IS NOT NULL AS has_photo,
             EXISTS (SELECT 1 FROM case_file c JOIN operation o ON o.case_number = c.case_number
                 WHERE c.citizen_ref = p.citizen_ref AND o.at >= ?2) AS served
         FROM visit_person p WHERE visit = ?1 ORDER BY position",
    )
    .bind(visit.id.to_string())
    .bind(visit.taken_at.map_or(i64::MAX, |at| at.0))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(PersonRow::read).collect()
}

/// Puts somebody at the end of the list; `false` if they are on it.
pub(crate) async fn add_person(
    connection: &mut Connection,
    id: Uuid,
    (citizen_ref, number): (&CitizenRef, &IdNumber),
    ground: VisitGround,
    masked_name: Option<&str>,
) -> Result<bool, DeskError> {
    let added = sqlx::query(
        "INSERT INTO visit_person (visit, position, citizen_ref, number, masked_number, ground, masked_name)
         SELECT ?1, ifnull(max(position), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM visit_person WHERE visit = ?1
         ON CONFLICT (visit, citizen_ref) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(citizen_ref.to_string())
    .bind(number.expose())
    .bind(number.masked())
    .bind(to_word(&ground)?)
    .bind(masked_name)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes somebody off the list.
pub(crate) async fn remove_person(
    connection: &mut Connection,
    id: Uuid,
    position: u32,
) -> Result<(), DeskError> {
    let removed = sqlx::query("DELETE FROM visit_person WHERE visit = ? AND position = ?")
        .bind(id.to_string())
        .bind(position)
        .execute(connection)
        .await?;
    if removed.rows_affected() == 1 { Ok(()) } else { Err(DeskError::VisitUnknown) }
}

/// Removes the kit with its key: nobody reads it any more. References stay, to tell who was served.
pub(crate) async fn wipe(connection: &mut Connection, id: Uuid, at: At) -> Result<(), DeskError> {
    sqlx::query("UPDATE visit SET sealed_key = NULL, wiped_at = ifnull(wiped_at, ?2) WHERE id = ?1")
        .bind(id.to_string())
        .bind(at.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE visit_person SET number = NULL, masked_number = NULL, masked_name = NULL, sealed_view = NULL, photo = NULL,
             sealed_photo = NULL WHERE visit = ?",
    )
    .bind(id.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

/// Wipes the kit that is out once it has ended (V3). Returns whether there was one.
pub(crate) async fn wipe_ended(connection: &mut Connection, now: &Reading) -> Result<bool, DeskError> {
    let Some(visit) = under_way(&mut *connection).await? else { return Ok(false) };
    let has_ended = visit.wiped_at.is_none() && visit.ends_at.is_some_and(|ends| now.at_least() >= ends);
    if has_ended {
        wipe(connection, visit.id, now.at).await?;
    }
    Ok(has_ended)
}

/// Forgets who was on the list of a visit that is over.
pub(crate) async fn forget_people(connection: &mut Connection, id: Uuid) -> Result<(), DeskError> {
    sqlx::query("DELETE FROM visit_person WHERE visit = ?").bind(id.to_string()).execute(connection).await?;
    Ok(())
}

/// Counts the code sheets printed at this desk since an instant: good, spoilt, and those of which
/// nobody has said how they came out.
pub(crate) async fn printed_since(connection: &mut Connection, at: At) -> Result<(u32, u32, u32), DeskError> {
    let (good, spoilt, open): (i64, i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE confirmed = 'good'), count(*) FILTER (WHERE confirmed = 'spoilt'),
             count(*) FILTER (WHERE confirmed IS NULL AND spooler_state = 'completed')
         FROM print_job WHERE paper = 'sheet' AND day >= ? AND asked_at >= ?",
    )
    .bind(at.day().to_string())
    .bind(at.0)
    .fetch_one(connection)
    .await?;
    Ok((total(good), total(spoilt), total(open)))
}

/// Returns the numbers of the cases in which something was done since an instant, oldest first.
pub(crate) async fn cases_since(connection: &mut Connection, at: At) -> Result<Vec<String>, DeskError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT case_number FROM operation
         WHERE n >= ifnull((SELECT max(first) FROM log_day WHERE at <= ?1), 0)
             AND at >= ?1 AND case_number IS NOT NULL
         GROUP BY case_number ORDER BY min(n)",
    )
    .bind(at.0)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}
