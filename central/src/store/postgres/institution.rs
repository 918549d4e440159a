//! Institutions, their agents and rosters (集体代办, I5).

use super::{PgStore, Write, citizen::read_name, rows};
use crate::{
    machine::{citizen::Citizen, roster::claimed},
    store::{Item, Result, StoreError},
};
use rules::{
    At, Day, DeviceNumber, StaffNumber,
    case_number::CaseNumber,
    institution::{InstitutionKind, RosterId},
    op::CitizenRef,
    person::{IdNumber, Name},
    wire::{Institution, RosterPerson},
};
use sqlx::{FromRow, PgConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// An institution as the administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedInstitution {
    /// Identifier of the institution.
    pub id: Uuid,
    /// Name of the institution.
    pub name: String,
    /// What it is.
    pub kind: InstitutionKind,
    /// Where it is.
    pub address: String,
    /// Agents who may act for it today.
    pub agents: u32,
    /// People on its roster today.
    pub people: u32,
}

#[derive(FromRow)]
struct ListedRow {
    institution: Uuid,
    name: String,
    kind: String,
    address: String,
    agents: i64,
    people: i64,
}

impl ListedRow {
    fn read(self) -> Result<ListedInstitution> {
        Ok(ListedInstitution {
            id: self.institution,
            kind: kind(&self.kind)?,
            name: self.name,
            address: self.address,
            agents: u32::try_from(self.agents).map_err(|_| StoreError::Corrupt("agents"))?,
            people: u32::try_from(self.people).map_err(|_| StoreError::Corrupt("people"))?,
        })
    }
}

#[derive(FromRow)]
struct OfAgentRow {
    institution: Uuid,
    list: Uuid,
    name: String,
    kind: String,
    address: String,
    through_day: Option<i32>,
}

/// Whose rosters the operations of a batch rest on, as parallel columns.
const STANDING: &str = "
    SELECT w.nth, r.institution, r.list
    FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY AS w(holder, agent, day, nth)
    JOIN institution_agent a ON a.number = w.agent AND a.from_day <= w.day
        AND (a.through_day IS NULL OR w.day <= a.through_day)
    JOIN roster r ON r.institution = a.institution AND r.from_day <= w.day
        AND (r.through_day IS NULL OR w.day <= r.through_day)
    JOIN roster_person p ON p.list = r.list AND p.number = w.holder";

fn kind(word: &str) -> Result<InstitutionKind> {
    let found = InstitutionKind::ALL.into_iter().find(|kind| kind.word() == word);
    found.ok_or(StoreError::Corrupt("kind of institution"))
}

/// Returns the rosters that each operation of an institution's agent rests on, by device, epoch and
/// sequence number.
pub(super) async fn standing(
    connection: &mut PgConnection,
    items: &[Item],
    citizens: &HashMap<CitizenRef, Citizen>,
) -> Result<HashMap<(DeviceNumber, u32, u64), Vec<RosterId>>> {
    let mut claims = Vec::new();
    for item in items {
        let Some((agent, named)) = claimed(&item.operation) else { continue };
        let person = citizens.get(&item.citizen_ref).and_then(|citizen| citizen.person.as_ref());
        let Some(holder) = named.or(person.map(|person| &person.number)) else { continue };
        claims.push((item, holder.modern(), agent.modern()));
    }
    let mut standing = HashMap::new();
    if claims.is_empty() {
        return Ok(standing);
    }
    let holders: Vec<&str> = claims.iter().map(|(_, holder, _)| holder.as_str()).collect();
    let agents: Vec<&str> = claims.iter().map(|(_, _, agent)| agent.as_str()).collect();
    let days: Vec<i32> =
        claims.iter().map(|(item, ..)| rows::day_number(item.operation.business_at().day())).collect();
    let found: Vec<(i64, Uuid, Uuid)> =
        sqlx::query_as(STANDING).bind(&holders).bind(&agents).bind(&days).fetch_all(connection).await?;
    for (nth, institution, list) in found {
        let at = usize::try_from(nth - 1).ok().and_then(|at| claims.get(at));
        let (item, ..) = at.ok_or(StoreError::Corrupt("roster"))?;
        let key = (item.operation.device, item.operation.epoch, item.operation.seq);
        standing.entry(key).or_insert_with(Vec::new).push(RosterId { institution, list });
    }
    Ok(standing)
}

impl PgStore {
    /// Registers an institution. Returns its identifier; `None` if the name is taken.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn add_institution(
        &self,
        name: &str,
        kind: InstitutionKind,
        address: &str,
        now: At,
    ) -> Result<Option<Uuid>> {
        let added: Option<Uuid> = sqlx::query_scalar(
            "INSERT INTO institution (institution, name, kind, address, added_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO NOTHING RETURNING institution",
        )
        .bind(Uuid::now_v7())
        .bind(name)
        .bind(kind.word())
        .bind(address)
        .bind(now.0)
        .fetch_optional(self.pool())
        .await?;
        Ok(added)
    }

    /// Returns all institutions, by name.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn institutions(&self, today: Day) -> Result<Vec<ListedInstitution>> {
        let found: Vec<ListedRow> = sqlx::query_as(
            "SELECT i.institution, i.name, i.kind, i.address,
                 (SELECT count(*) FROM institution_agent a WHERE a.institution = i.institution
                      AND a.from_day <= $1 AND (a.through_day IS NULL OR $1 <= a.through_day)) AS agents,
                 (SELECT count(*) FROM roster r JOIN roster_person p ON p.list = r.list
                      WHERE r.institution = i.institution AND r.through_day IS NULL) AS people
             FROM institution i ORDER BY i.name",
        )
        .bind(rows::day_number(today))
        .fetch_all(self.pool())
        .await?;
        found.into_iter().map(ListedRow::read).collect()
    }

    /// Registers an agent of an institution, or changes from when to when they may act for it.
    /// Returns `false` if there is no such institution.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn put_institution_agent(
        &self,
        institution: Uuid,
        (number, name): (&IdNumber, &Name),
        from: Day,
        through: Option<Day>,
    ) -> Result<bool> {
        let put = sqlx::query(
            "INSERT INTO institution_agent (institution, number, name, from_day, through_day)
             SELECT institution, $2, $3, $4, $5 FROM institution WHERE institution = $1
             ON CONFLICT (institution, number) DO UPDATE SET name = excluded.name, from_day = excluded.from_day,
                 through_day = excluded.through_day",
        )
        .bind(institution)
        .bind(number.modern())
        .bind(name.expose())
        .bind(rows::day_number(from))
        .bind(through.map(rows::day_number))
        .execute(self.pool())
        .await?;
        Ok(put.rows_affected() == 1)
    }

    /// Ends an agent with this day. What they did before stays good. Returns `false` if the
    /// institution has no such agent.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn end_institution_agent(
        &self,
        institution: Uuid,
        number: &IdNumber,
        through: Day,
    ) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE institution_agent SET through_day = $3 WHERE institution = $1 AND number = $2",
        )
        .bind(institution)
        .bind(number.modern())
        .bind(rows::day_number(through))
        .execute(self.pool())
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Stores a new roster, which counts from today; the one before counts until the end of today.
    /// Returns `None` if there is no such institution.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; then nothing is stored.
    pub async fn import_roster(
        &self,
        institution: Uuid,
        people: &[(IdNumber, Name)],
        now: At,
    ) -> Result<Option<Uuid>> {
        let mut write = Write::begin(self.pool()).await?;
        // Two imports at once follow one another.
        let known: Option<Uuid> =
            sqlx::query_scalar("SELECT institution FROM institution WHERE institution = $1 FOR UPDATE")
                .bind(institution)
                .fetch_optional(&mut *write)
                .await?;
        if known.is_none() {
            write.rollback().await?;
            return Ok(None);
        }
        let today = rows::day_number(now.day());
        sqlx::query("UPDATE roster SET through_day = $2 WHERE institution = $1 AND through_day IS NULL")
            .bind(institution)
            .bind(today)
            .execute(&mut *write)
            .await?;
        let list = Uuid::now_v7();
        sqlx::query("INSERT INTO roster (list, institution, from_day, imported_at) VALUES ($1, $2, $3, $4)")
            .bind(list)
            .bind(institution)
            .bind(today)
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        let numbers: Vec<String> = people.iter().map(|(number, _)| number.modern()).collect();
        let names: Vec<&str> = people.iter().map(|(_, name)| name.expose()).collect();
        sqlx::query(
            "INSERT INTO roster_person (list, position, number, name)
             SELECT $1, p.position, p.number, p.name
             FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p(number, name, position)",
        )
        .bind(list)
        .bind(&numbers)
        .bind(&names)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(Some(list))
    }

    /// Returns the institutions that a person may act for on a day, each with its newest roster.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn institutions_of_agent(&self, agent: &IdNumber, today: Day) -> Result<Vec<Institution>> {
        let found: Vec<OfAgentRow> = sqlx::query_as(
            "SELECT i.institution, r.list, i.name, i.kind, i.address, a.through_day
             FROM institution_agent a
             JOIN institution i ON i.institution = a.institution
             JOIN roster r ON r.institution = i.institution AND r.through_day IS NULL
             WHERE a.number = $1 AND a.from_day <= $2 AND (a.through_day IS NULL OR $2 <= a.through_day)
             ORDER BY i.name",
        )
        .bind(agent.modern())
        .bind(rows::day_number(today))
        .fetch_all(self.pool())
        .await?;
        let mut institutions = Vec::with_capacity(found.len());
        for row in found {
            institutions.push(Institution {
                people: self.roster_people(row.list).await?,
                roster: RosterId { institution: row.institution, list: row.list },
                kind: kind(&row.kind)?,
                name: row.name,
                address: row.address,
                agent_through: row.through_day.map(rows::day).transpose()?,
            });
        }
        Ok(institutions)
    }

    async fn roster_people(&self, list: Uuid) -> Result<Vec<RosterPerson>> {
        let found: Vec<(String, String)> =
            sqlx::query_as("SELECT number, name FROM roster_person WHERE list = $1 ORDER BY position")
                .bind(list)
                .fetch_all(self.pool())
                .await?;
        let corrupt = |_| StoreError::Corrupt("person of a roster");
        found
            .into_iter()
            .map(|(number, name)| {
                let number = IdNumber::parse(&number).map_err(corrupt)?;
                Ok(RosterPerson { number, name: read_name(name)? })
            })
            .collect()
    }

    /// Records that a roster was shown at a desk.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn note_roster_visit(
        &self,
        device: DeviceNumber,
        operator: &StaffNumber,
        (list, case_number): (Uuid, &CaseNumber),
        now: At,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO roster_visit (device, operator, day, list, case_number) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(rows::small(device)?)
        .bind(operator.as_str())
        .bind(rows::day_number(now.day()))
        .bind(list)
        .bind(case_number.as_str())
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Returns whether a person is on a roster that this operator was shown at this desk today.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn is_on_visited_roster(
        &self,
        device: DeviceNumber,
        operator: &str,
        number: &IdNumber,
        now: At,
    ) -> Result<bool> {
        let found: Option<i32> = sqlx::query_scalar(
            "SELECT 1 FROM roster_visit v JOIN roster_person p ON p.list = v.list AND p.number = $4
             WHERE v.device = $1 AND v.operator = $2 AND v.day = $3 LIMIT 1",
        )
        .bind(rows::small(device)?)
        .bind(operator)
        .bind(rows::day_number(now.day()))
        .bind(number.modern())
        .fetch_optional(self.pool())
        .await?;
        Ok(found.is_some())
    }
}
