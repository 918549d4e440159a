//! Bulk import of the registry: COPY into a temporary table, then one merge statement.

use super::{PgStore, Write, rows};
use crate::store::{Result, StoreError};
use rules::{
    Day, Sensitive,
    correction::Digest,
    op::CitizenRef,
    person::{IdNumber, Name},
};
use std::{collections::HashMap, fmt::Write as _};

/// One person of the registry, as imported.
#[derive(Debug)]
pub struct ImportRow {
    /// Pseudonym of the person.
    pub citizen_ref: CitizenRef,
    /// Citizen number of the person.
    pub number: IdNumber,
    /// Name in the normalised form of N2.
    pub name: Name,
    /// Digest of the photo, which is stored as a blob.
    pub photo: Option<Digest>,
    /// Whether the person has 本市户籍.
    pub shanghai_household: bool,
    /// Number and last valid day of the disability certificate.
    pub certificate: Option<(Sensitive<String>, Day)>,
    /// Bound relatives: reference, number and relation.
    pub relatives: Vec<(CitizenRef, IdNumber, String)>,
}

const STAGE: &str = "
    CREATE TEMPORARY TABLE incoming (
        bucket smallint, citizen_ref bytea, number text, name text, photo bytea, shanghai_household boolean,
        certificate text, certificate_valid_through integer) ON COMMIT DROP";

/// A delivery is compared with the name and photo delivered before, not with those in force: a
/// correction approved here stays until the registry itself changes. The version grows only if the
/// record in force changes.
const MERGE: &str = "
    INSERT INTO citizen AS c (bucket, citizen_ref, version, number, name, photo, shanghai_household, certificate,
                              certificate_valid_through, registered, delivered_name, delivered_photo)
    SELECT bucket, citizen_ref, 1, number, name, photo, shanghai_household, certificate, certificate_valid_through, true,
           name, photo
    FROM incoming ORDER BY bucket, citizen_ref
    ON CONFLICT (bucket, citizen_ref) DO UPDATE SET
        version = c.version + CASE
            WHEN (c.number, c.shanghai_household, c.certificate, c.certificate_valid_through, c.registered)
                     IS DISTINCT FROM (excluded.number, excluded.shanghai_household, excluded.certificate,
                                       excluded.certificate_valid_through, true)
                 OR (excluded.name IS DISTINCT FROM c.delivered_name AND excluded.name IS DISTINCT FROM c.name)
                 OR (excluded.photo IS DISTINCT FROM c.delivered_photo AND excluded.photo IS DISTINCT FROM c.photo)
            THEN 1 ELSE 0 END,
        number = excluded.number,
        name = CASE WHEN excluded.name IS DISTINCT FROM c.delivered_name THEN excluded.name ELSE c.name END,
        photo = CASE WHEN excluded.photo IS DISTINCT FROM c.delivered_photo THEN excluded.photo ELSE c.photo END,
        delivered_name = excluded.delivered_name, delivered_photo = excluded.delivered_photo,
        shanghai_household = excluded.shanghai_household, certificate = excluded.certificate,
        certificate_valid_through = excluded.certificate_valid_through, registered = true
    WHERE (c.number, c.delivered_name, c.delivered_photo, c.shanghai_household, c.certificate, c.certificate_valid_through,
           c.registered)
        IS DISTINCT FROM (excluded.number, excluded.name, excluded.photo, excluded.shanghai_household,
                          excluded.certificate, excluded.certificate_valid_through, true)";

/// E9: unbinds relatives that the new record does not name.
const UNBIND: &str = "
    DELETE FROM relative r USING incoming i
    WHERE r.bucket = i.bucket AND r.citizen_ref = i.citizen_ref
      AND NOT EXISTS (SELECT 1 FROM unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS u(bucket, citizen_ref, relative_ref)
                      WHERE u.bucket = r.bucket AND u.citizen_ref = r.citizen_ref AND u.relative_ref = r.relative_ref)";

const BIND: &str = "
    INSERT INTO relative (bucket, citizen_ref, relative_ref, relative_number, relation)
    SELECT DISTINCT ON (bucket, citizen_ref, relative_ref) *
    FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::text[], $5::text[])
        AS u(bucket, citizen_ref, relative_ref, relative_number, relation)
    ON CONFLICT (bucket, citizen_ref, relative_ref)
        DO UPDATE SET relation = excluded.relation, relative_number = excluded.relative_number";

impl PgStore {
    /// Imports new or changed people in one transaction. A record is complete: relatives it does
    /// not name are unbound. Of several records of one person the last counts.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails; nothing was imported.
    pub async fn import(&self, people: &[ImportRow]) -> Result<()> {
        let last: HashMap<&CitizenRef, &ImportRow> =
            people.iter().map(|person| (&person.citizen_ref, person)).collect();
        let people: Vec<&ImportRow> = last.into_values().collect();
        if people.is_empty() {
            return Ok(());
        }
        let mut write = Write::begin(self.pool()).await?;
        sqlx::query(STAGE).execute(&mut *write).await?;
        let mut copy = write.copy_in_raw("COPY incoming FROM STDIN").await?;
        copy.send(copy_text(&people)?.into_bytes()).await?;
        copy.finish().await?;
        sqlx::query(MERGE).execute(&mut *write).await?;
        let (mut buckets, mut references) = (Vec::new(), Vec::new());
        let (mut relatives, mut numbers, mut relations) = (Vec::new(), Vec::new(), Vec::new());
        for person in &people {
            for (relative, number, relation) in &person.relatives {
                buckets.push(i16::from(person.citizen_ref.bucket()));
                references.push(person.citizen_ref.0.to_vec());
                relatives.push(relative.0.to_vec());
                numbers.push(number.expose().to_owned());
                relations.push(relation.clone());
            }
        }
        sqlx::query(UNBIND).bind(&buckets).bind(&references).bind(&relatives).execute(&mut *write).await?;
        if !relations.is_empty() {
            sqlx::query(BIND)
                .bind(&buckets)
                .bind(&references)
                .bind(&relatives)
                .bind(&numbers)
                .bind(&relations)
                .execute(&mut *write)
                .await?;
        }
        write.commit().await
    }
}

/// Formats the people as COPY text.
fn copy_text(people: &[&ImportRow]) -> Result<String> {
    let mut text = String::with_capacity(people.len() * 160);
    for person in people {
        let bucket = person.citizen_ref.bucket();
        let photo = person.photo.as_ref().map_or_else(|| "\\N".to_owned(), |photo| format!("\\\\x{photo}"));
        let (certificate, through) = match &person.certificate {
            Some((number, through)) => (escaped(number.expose()), rows::day_number(*through).to_string()),
            None => ("\\N".to_owned(), "\\N".to_owned()),
        };
        let household = if person.shanghai_household { 't' } else { 'f' };
        writeln!(
            text,
            "{bucket}\t\\\\x{}\t{}\t{}\t{photo}\t{household}\t{certificate}\t{through}",
            person.citizen_ref,
            escaped(person.number.expose()),
            escaped(person.name.expose()),
        )
        .map_err(|_| StoreError::Range("import"))?;
    }
    Ok(text)
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}
