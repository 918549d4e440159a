//! The population registry (人口库), wherever it is. The centre keeps a copy of what it needs of it: decisions are made under a lock, hundreds in
//! one transaction, and nobody waits for another authority's system there. Whatever delivers records is a [`Registry`]; here it is a file
//! ([`file::RegistryFile`]), in a city the registry's own feed.

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

/// Records taken over in one transaction.
const CHUNK: usize = 50_000;

/// One person as the registry has them.
#[derive(Debug)]
pub struct Record {
    /// 公民身份号码
    pub number: IdNumber,
    /// 姓名
    pub name: Name,
    /// JPEG.
    pub photo: Option<Vec<u8>>,
    /// E5: 本市户籍
    pub shanghai_household: bool,
    /// E6: number and last valid day of the disability certificate (残疾人证).
    pub certificate: Option<(Sensitive<String>, Day)>,
    /// E9: who is bound to them (亲属), with the relation.
    pub relatives: Vec<(IdNumber, String)>,
}

/// Why a registry gives no record. Never says what is in it.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Which record, from 1, and what is wrong with it.
    #[error("record {place}: {what}")]
    Record {
        /// From 1.
        place: usize,
        /// Which part.
        what: &'static str,
    },
    /// Nothing more comes.
    #[error("registry: {0}")]
    Source(#[from] std::io::Error),
}

/// Something that delivers the registry's records, all of them or those that changed.
pub trait Registry {
    /// The next one, whole: what it does not name is not so. `None` = that was all.
    ///
    /// # Errors
    /// When it cannot be read, or the source fails. What was given before stays good.
    fn next(&mut self) -> Result<Option<Record>, RegistryError>;
}

/// Why records are not taken over.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// The registry's.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The photos'.
    #[error(transparent)]
    Photo(#[from] BlobError),
}

/// Takes over everything a registry delivers and says how many records that were. Stopped half-way it is begun again: a record that is there
/// already, and the same, changes nothing, and its version stays.
///
/// # Errors
/// The first thing that fails; chunks before it are kept.
pub async fn take_over(
    registry: &mut (dyn Registry + Send),
    store: &PgStore,
    blobs: &Blobs,
    index_key: &[u8; 32],
) -> Result<usize, TakeOverError> {
    let mut count = 0;
    loop {
        let mut rows = Vec::new();
        // One at a time: a record has its photo in memory until it lies with the others.
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
    let reference = |number: &IdNumber| CitizenRef::of(number, index_key);
    let relatives = record.relatives.into_iter();
    Ok(ImportRow {
        citizen_ref: reference(&record.number),
        relatives: relatives.map(|(number, relation)| (reference(&number), relation)).collect(),
        number: record.number,
        name: record.name,
        photo,
        shanghai_household: record.shanghai_household,
        certificate: record.certificate,
    })
}
