//! Import of the population registry (人口库).
//!
//! The centre keeps a copy of the registry data it needs. Decisions run under a lock, hundreds in
//! one transaction, and cannot wait for another authority's system. A [`Registry`] delivers the
//! records: here a file ([`file::RegistryFile`]), in a city the registry's own feed.

pub mod file;

use crate::{
    blobs::{BlobError, Blobs},
    store::{
        StoreError,
        postgres::{ImportRow, PgStore},
    },
};
use rules::{
    Day, Sensitive,
    correction::Digest,
    op::CitizenRef,
    person::{IdNumber, Name},
};

/// Records imported in one transaction.
const CHUNK: usize = 50_000;

/// One person as the registry has them.
#[derive(Debug)]
pub struct Record {
    /// 公民身份号码 of the person.
    pub number: IdNumber,
    /// 姓名 in the normalised form of N2.
    pub name: Name,
    /// Photo as a JPEG, if any.
    pub photo: Option<Vec<u8>>,
    /// E5: whether the person has 本市户籍.
    pub shanghai_household: bool,
    /// E6: number and last valid day of the disability certificate (残疾人证).
    pub certificate: Option<(Sensitive<String>, Day)>,
    /// E9: numbers of bound relatives (亲属), each with the relation.
    pub relatives: Vec<(IdNumber, String)>,
}

/// Reason why a registry gave no record. It never quotes the record.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A record is malformed.
    #[error("record {place}: {what}")]
    Record {
        /// Position of the record, from 1.
        place: usize,
        /// The malformed part.
        what: &'static str,
    },
    /// The source failed; no further records follow.
    #[error("registry: {0}")]
    Source(#[from] std::io::Error),
}

/// A source of registry records, either all of them or those that changed.
pub trait Registry {
    /// Returns the next record, or `None` at the end. A record is whole: a fact it does not name
    /// does not hold.
    ///
    /// # Errors
    /// [`RegistryError`] if the record is malformed or the source fails. Earlier
    /// records remain valid.
    fn next(&mut self) -> Result<Option<Record>, RegistryError>;
}

/// Reason why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The registry gave no record.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database refused the records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A photo could not be stored.
    #[error(transparent)]
    Photo(#[from] BlobError),
}

/// Imports every record a registry delivers. Returns their number.
///
/// An interrupted import is simply repeated: an unchanged record keeps its version.
///
/// # Errors
/// [`TakeOverError`] of the first failure; chunks imported before it are kept.
pub async fn take_over(
    registry: &mut (dyn Registry + Send),
    store: &PgStore,
    blobs: &Blobs,
    index_key: &[u8; 32],
) -> Result<usize, TakeOverError> {
    let mut count = 0;
    loop {
        let mut rows = Vec::new();
        // Sequential on purpose: each record holds its photo in memory until the photo is stored.
        while rows.len() < CHUNK
            && let Some(record) = registry.next()?
        {
            rows.push(row(record, blobs, index_key).await?);
        }
        if rows.is_empty() {
            return Ok(count);
        }
        store.import(&rows).await?;
        count += rows.len();
    }
}

async fn row(record: Record, blobs: &Blobs, index_key: &[u8; 32]) -> Result<ImportRow, BlobError> {
    let photo = match record.photo {
        None => None,
        Some(bytes) => {
            let digest = Digest::of(&bytes);
            if !blobs.exists(&digest).await? {
                blobs.put(&digest, "image/jpeg", &bytes).await?;
            }
            Some(digest)
        }
    };
    let reference = |number: &IdNumber| CitizenRef::at_centre(number, index_key);
    let relatives = record.relatives.into_iter();
    Ok(ImportRow {
        citizen_ref: reference(&record.number),
        relatives: relatives.map(|(number, relation)| (reference(&number), number, relation)).collect(),
        number: record.number,
        name: record.name,
        photo,
        shanghai_household: record.shanghai_household,
        certificate: record.certificate,
    })
}
