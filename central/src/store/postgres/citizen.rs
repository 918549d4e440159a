//! Loads and stores citizens as aggregates (record, codes, days, corrections, escalations,
//! relatives), many at a time.

use super::rows;
use crate::{
    machine::citizen::{Citizen, IssuedCode, Person},
    store::{Result, StoreError},
};
use rules::{
    At, Sensitive,
    life::{Code, Serial},
    op::CitizenRef,
    payload::SignedSymbol,
    person::{DisabilityCertificate, IdNumber, Name},
    verification::{Imprint, RecordedCode},
    wire::{Relative, TagKey},
};
use sqlx::{FromRow, PgConnection, PgPool, postgres::PgRow};
use std::collections::{HashMap, HashSet};

/// Whether the records are locked for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Read without a lock.
    None,
    /// Locked until the transaction ends, always in key order, so that two workers cannot deadlock.
    Decision,
}

/// Primary keys of citizens as two parallel columns, in key order.
struct CitizenKeys {
    buckets: Vec<i16>,
    references: Vec<Vec<u8>>,
}

impl CitizenKeys {
    fn of<'a>(citizens: impl Iterator<Item = &'a CitizenRef>) -> Self {
        let mut pairs: Vec<(i16, Vec<u8>)> =
            citizens.map(|citizen| (i16::from(citizen.bucket()), citizen.0.to_vec())).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let (buckets, references) = pairs.into_iter().unzip();
        Self { buckets, references }
    }
}

/// Builds a statement that joins a table with the keys passed as `unnest` arrays.
macro_rules! over_keys {
    ($columns:literal, $table:literal, $rest:literal) => {
        concat!(
            "SELECT t.citizen_ref, ",
            $columns,
            " FROM unnest($1::smallint[], $2::bytea[]) AS w(bucket, citizen_ref) JOIN ",
            $table,
            " t ON t.bucket = w.bucket AND t.citizen_ref = w.citizen_ref ",
            $rest
        )
    };
}

const PERSON_COLUMNS: &str = over_keys!(
    "t.version, t.number, t.name, t.photo, t.shanghai_household, t.certificate, t.certificate_valid_through, t.registered",
    "citizen",
    "ORDER BY t.bucket, t.citizen_ref"
);
const PERSON_LOCKED: &str = over_keys!(
    "t.version, t.number, t.name, t.photo, t.shanghai_household, t.certificate, t.certificate_valid_through, t.registered",
    "citizen",
    "ORDER BY t.bucket, t.citizen_ref FOR NO KEY UPDATE OF t"
);
const CODES: &str = over_keys!(
    "t.serial, t.state, t.issued_at, t.valid_through, t.copies, t.duplicate_of, t.claims, t.key_id, t.signature",
    "code",
    "ORDER BY t.issued_at, t.serial"
);
const DAYS: &str = over_keys!("t.day, t.serial", "issue_day", "");
const CORRECTIONS: &str = over_keys!("t.record", "correction", "ORDER BY t.correction_id");
const ESCALATIONS: &str = over_keys!("t.record", "escalation", "ORDER BY t.escalation_id");
const RELATIVES: &str = over_keys!("t.relative_ref", "relative", "ORDER BY t.relative_ref");

/// Loads citizens. `detailed` names those whose corrections, escalations and relatives are loaded
/// too (`None` = all), since most operations need none of them.
pub(super) async fn load(
    connection: &mut PgConnection,
    wanted: &[CitizenRef],
    lock: Lock,
    detailed: Option<&HashSet<CitizenRef>>,
) -> Result<HashMap<CitizenRef, Citizen>> {
    let keys = CitizenKeys::of(wanted.iter());
    let mut found: HashMap<CitizenRef, Citizen> =
        wanted.iter().map(|one| (one.clone(), Citizen::unknown(one.clone()))).collect();
    let people = if lock == Lock::Decision { PERSON_LOCKED } else { PERSON_COLUMNS };
    each(connection, people, &keys, &mut found, |citizen, row: PersonRow| {
        citizen.person = Some(row.read()?);
        Ok(())
    })
    .await?;
    each(connection, CODES, &keys, &mut found, |citizen, row: CodeRow| {
        citizen.codes.push(row.read()?);
        Ok(())
    })
    .await?;
    each(connection, DAYS, &keys, &mut found, |citizen, row: IssueDayRow| {
        citizen.issue_days.insert(rows::day(row.day)?, rows::serial(&row.serial)?);
        Ok(())
    })
    .await?;
    let keys = match detailed {
        Some(some) if some.is_empty() => return Ok(found),
        Some(some) => CitizenKeys::of(some.iter()),
        None => keys,
    };
    each(connection, CORRECTIONS, &keys, &mut found, |citizen, row: RecordRow| {
        citizen.corrections.push(rows::record(&row.record, "correction")?);
        Ok(())
    })
    .await?;
    each(connection, ESCALATIONS, &keys, &mut found, |citizen, row: RecordRow| {
        citizen.escalations.push(rows::record(&row.record, "escalation")?);
        Ok(())
    })
    .await?;
    each(connection, RELATIVES, &keys, &mut found, |citizen, row: RelativeRow| {
        citizen.relatives.push(rows::reference(&row.relative_ref)?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// A row with the citizen it belongs to.
#[derive(FromRow)]
struct OfCitizen<Part> {
    citizen_ref: Vec<u8>,
    #[sqlx(flatten)]
    part: Part,
}

async fn each<Part: for<'r> FromRow<'r, PgRow> + Send + Unpin>(
    connection: &mut PgConnection,
    statement: &'static str,
    keys: &CitizenKeys,
    found: &mut HashMap<CitizenRef, Citizen>,
    take: impl Fn(&mut Citizen, Part) -> Result<()>,
) -> Result<()> {
    let result: Vec<OfCitizen<Part>> =
        sqlx::query_as(statement).bind(&keys.buckets).bind(&keys.references).fetch_all(connection).await?;
    for OfCitizen { citizen_ref, part } in result {
        if let Some(citizen) = found.get_mut(&rows::reference(&citizen_ref)?) {
            take(citizen, part)?;
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct PersonRow {
    version: i64,
    number: String,
    name: String,
    photo: Option<Vec<u8>>,
    shanghai_household: bool,
    certificate: Option<String>,
    certificate_valid_through: Option<i32>,
    registered: bool,
}

impl PersonRow {
    fn read(self) -> Result<Person> {
        let certificate = self
            .certificate
            .zip(self.certificate_valid_through)
            .map(|(number, through)| -> Result<DisabilityCertificate> {
                Ok(DisabilityCertificate {
                    number: Sensitive::new(number),
                    valid_through: rows::day(through)?,
                })
            })
            .transpose()?;
        Ok(Person {
            version: rows::unsigned_large(self.version)?,
            number: IdNumber::parse(&self.number).map_err(|_| StoreError::Corrupt("number"))?,
            name: read_name(self.name)?,
            photo: self.photo.as_deref().map(rows::digest).transpose()?,
            shanghai_household: self.shanghai_household,
            certificate,
            registered: self.registered,
        })
    }
}

#[derive(FromRow)]
struct IssueDayRow {
    day: i32,
    serial: Vec<u8>,
}

/// A correction or an escalation.
#[derive(FromRow)]
struct RecordRow {
    record: String,
}

#[derive(FromRow)]
struct RelativeRow {
    relative_ref: Vec<u8>,
}

/// Reads a stored name. It was normalised when stored, so [`Name::read`] is not applied again.
pub(super) fn read_name(name: String) -> Result<Name> {
    serde_json::from_value(serde_json::Value::String(name)).map_err(|_| StoreError::Corrupt("name"))
}

#[derive(FromRow)]
struct CodeRow {
    serial: Vec<u8>,
    duplicate_of: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
    #[sqlx(flatten)]
    scan: ScanRow,
}

impl CodeRow {
    fn read(self) -> Result<IssuedCode> {
        let RecordedCode { code, imprint } = self.scan.read(rows::serial(&self.serial)?)?;
        let signature = self.signature.as_deref().map(rows::signature).transpose()?;
        Ok(IssuedCode {
            code,
            duplicate_of: self.duplicate_of.as_deref().map(rows::serial).transpose()?,
            symbol: imprint.zip(signature).map(|(Imprint { claims, key_id }, signature)| SignedSymbol {
                claims,
                key_id,
                signature,
            }),
        })
    }
}

/// The columns that answer a scan.
#[derive(FromRow)]
struct ScanRow {
    state: i16,
    issued_at: i64,
    valid_through: i32,
    copies: i32,
    claims: Option<Vec<u8>>,
    key_id: Option<Vec<u8>>,
}

impl ScanRow {
    fn read(self, serial: Serial) -> Result<RecordedCode> {
        let code = Code {
            serial,
            state: rows::state(self.state)?,
            issued_at: At(self.issued_at),
            valid_through: rows::day(self.valid_through)?,
            provisional: false,
            copies: rows::unsigned(self.copies)?,
        };
        let imprint = self
            .claims
            .zip(self.key_id)
            .map(|(claims, key_id)| -> Result<Imprint> {
                Ok(Imprint { claims: rows::digest(&claims)?, key_id: rows::key_id(&key_id)? })
            })
            .transpose()?;
        Ok(RecordedCode { code, imprint })
    }
}

/// A code by the place of its serial among those asked for.
#[derive(FromRow)]
struct PlacedRow {
    place: i64,
    #[sqlx(flatten)]
    scan: ScanRow,
}

pub(super) async fn code(pool: &PgPool, serial: Serial) -> Result<Option<IssuedCode>> {
    let row: Option<CodeRow> = sqlx::query_as(
        "SELECT serial, state, issued_at, valid_through, copies, duplicate_of, claims, key_id, signature
         FROM code WHERE bucket = $1 AND serial = $2",
    )
    .bind(i16::from(serial.bucket()))
    .bind(&serial.0[..])
    .fetch_optional(pool)
    .await?;
    row.map(CodeRow::read).transpose()
}

/// Looks each serial up by primary key; the index covers these columns, so the table is not read.
/// LATERAL keeps that plan for any number of serials.
const BY_SERIAL: &str = "
    SELECT w.place, c.state, c.issued_at, c.valid_through, c.copies, c.claims, c.key_id
    FROM unnest($1::smallint[], $2::bytea[]) WITH ORDINALITY AS w(bucket, serial, place),
    LATERAL (SELECT state, issued_at, valid_through, copies, claims, key_id FROM code o
             WHERE o.bucket = w.bucket AND o.serial = w.serial LIMIT 1) c";

/// Returns the codes in the order of `serials`. A code that cannot be decoded does not
/// affect the others.
pub(super) async fn codes(pool: &PgPool, serials: &[Serial]) -> Result<Vec<Option<Result<RecordedCode>>>> {
    let buckets: Vec<i16> = serials.iter().map(|serial| i16::from(serial.bucket())).collect();
    let bytes: Vec<&[u8]> = serials.iter().map(|serial| &serial.0[..]).collect();
    let rows: Vec<PlacedRow> = sqlx::query_as(BY_SERIAL).bind(&buckets).bind(&bytes).fetch_all(pool).await?;
    let mut found: Vec<_> = serials.iter().map(|serial| (*serial, None)).collect();
    for PlacedRow { place, scan } in rows {
        // `WITH ORDINALITY` counts from one.
        let asked = usize::try_from(place - 1).ok().and_then(|place| found.get_mut(place));
        let (serial, code) = asked.ok_or(StoreError::Corrupt("place"))?;
        *code = Some(scan.read(*serial));
    }
    Ok(found.into_iter().map(|(_, code)| code).collect())
}

pub(super) async fn put_person(pool: &PgPool, citizen: &CitizenRef, person: &Person) -> Result<()> {
    sqlx::query(
        "INSERT INTO citizen (bucket, citizen_ref, version, number, name, photo, shanghai_household, certificate,
                              certificate_valid_through, registered)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (bucket, citizen_ref) DO UPDATE SET version = excluded.version, number = excluded.number,
             name = excluded.name, photo = excluded.photo, shanghai_household = excluded.shanghai_household,
             certificate = excluded.certificate, certificate_valid_through = excluded.certificate_valid_through,
             registered = excluded.registered",
    )
    .bind(i16::from(citizen.bucket()))
    .bind(&citizen.0[..])
    .bind(rows::large(person.version)?)
    .bind(person.number.expose())
    .bind(person.name.expose())
    .bind(person.photo.as_ref().map(|photo| &photo.0[..]))
    .bind(person.shanghai_household)
    .bind(person.certificate.as_ref().map(|certificate| certificate.number.expose()))
    .bind(person.certificate.as_ref().map(|certificate| rows::day_number(certificate.valid_through)))
    .bind(person.registered)
    .execute(pool)
    .await?;
    Ok(())
}

impl super::PgStore {
    /// E9: returns the people bound to a citizen, with masked names.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn relatives(&self, citizen: &CitizenRef) -> Result<Vec<Bound>> {
        let bound: Vec<(Vec<u8>, String, String)> = sqlx::query_as(
            "SELECT relative_ref, relative_number, relation FROM relative WHERE bucket = $1 AND citizen_ref = $2 ORDER BY relative_ref",
        )
        .bind(i16::from(citizen.bucket()))
        .bind(&citizen.0[..])
        .fetch_all(self.pool())
        .await?;
        self.with_names(bound).await
    }

    /// E9: returns the people whose codes a citizen may handle. The filter is not the distribution
    /// column, so a cluster asks all nodes, once per channel log-in.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails or a row cannot be decoded.
    pub async fn relatives_of(&self, citizen: &CitizenRef) -> Result<Vec<Bound>> {
        let bound: Vec<(Vec<u8>, String, String)> = sqlx::query_as(
            "SELECT r.citizen_ref, c.number, r.relation FROM relative r
             JOIN citizen c ON c.bucket = r.bucket AND c.citizen_ref = r.citizen_ref
             WHERE r.relative_ref = $1 ORDER BY r.citizen_ref",
        )
        .bind(&citizen.0[..])
        .fetch_all(self.pool())
        .await?;
        self.with_names(bound).await
    }

    async fn with_names(&self, bound: Vec<(Vec<u8>, String, String)>) -> Result<Vec<Bound>> {
        if bound.is_empty() {
            return Ok(Vec::new());
        }
        let mut connection = self.pool().acquire().await?;
        let references: Vec<CitizenRef> =
            bound.iter().map(|(bytes, _, _)| rows::reference(bytes)).collect::<Result<_>>()?;
        let people = load(&mut connection, &references, Lock::None, Some(&HashSet::new())).await?;
        let relatives = references.into_iter().zip(bound).map(|(citizen_ref, (_, number, relation))| {
            let person = people.get(&citizen_ref).and_then(|relative| relative.person.as_ref());
            let masked_name = person.map_or_else(|| "*".to_owned(), |person| person.name.masked());
            let number = IdNumber::parse(&number).map_err(|_| StoreError::Corrupt("number"))?;
            Ok(Bound { citizen_ref, number, masked_name, relation })
        });
        relatives.collect()
    }
}

/// E9: a person bound to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Reference of the person.
    pub citizen_ref: CitizenRef,
    /// Number of the person.
    pub number: IdNumber,
    /// Masked name of the person; `*` = not in the registry.
    pub masked_name: String,
    /// Relation, such as 父, 母, 子, 女, 配偶.
    pub relation: String,
}

impl Bound {
    /// Returns the person as a desk sees them: by a tag that says nothing without the number.
    #[must_use]
    pub fn tagged(self, key: &TagKey) -> Relative {
        Relative { tag: key.tag(&self.number), masked_name: self.masked_name, relation: self.relation }
    }
}
