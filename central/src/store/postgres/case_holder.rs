//! Whose each case number is. A device's operations are decided one after the other, so nobody else
//! writes its rows meanwhile.

use super::rows;
use crate::{
    machine::cases::{CaseHolder, SharedCase, holder_of},
    store::{Item, Result},
};
use rules::{At, DeviceNumber};
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeSet;

const FIND: &str = "
    SELECT c.device, c.case_number, c.citizen_ref, c.epoch, c.seq
    FROM unnest($1::integer[], $2::text[]) AS w(device, case_number)
    JOIN case_holder c ON c.device = w.device AND c.case_number = w.case_number";

const PUT: &str = "
    INSERT INTO case_holder (device, case_number, citizen_ref, epoch, seq)
    SELECT * FROM unnest($1::integer[], $2::text[], $3::bytea[], $4::integer[], $5::bigint[])
    ON CONFLICT (device, case_number) DO NOTHING";

const REVIEW: &str = "
    INSERT INTO review (bucket, device, epoch, seq, reason, at, case_number, first_epoch, first_seq)
    VALUES ($1, $2, $3, $4, 'case_number_shared', $5, $6, $7, $8)";

#[derive(FromRow)]
struct CaseHolderRow {
    device: i32,
    case_number: String,
    citizen_ref: Vec<u8>,
    epoch: i32,
    seq: i64,
}

impl CaseHolderRow {
    fn read(self) -> Result<CaseHolder> {
        Ok(CaseHolder {
            device: rows::device(self.device)?,
            case_number: self.case_number,
            citizen_ref: rows::reference(&self.citizen_ref)?,
            epoch: rows::unsigned(self.epoch)?,
            seq: rows::unsigned_large(self.seq)?,
        })
    }
}

/// What is known of the case numbers of these operations.
pub(super) async fn of(connection: &mut PgConnection, items: &[Item]) -> Result<Vec<CaseHolder>> {
    let numbers: BTreeSet<(DeviceNumber, String)> = items
        .iter()
        .filter_map(|item| holder_of(&item.operation, &item.citizen_ref))
        .map(|holder| (holder.device, holder.case_number))
        .collect();
    let (mut devices, mut case_numbers) = (Vec::new(), Vec::new());
    for (device, case_number) in numbers {
        devices.push(rows::small(device)?);
        case_numbers.push(case_number);
    }
    if devices.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<CaseHolderRow> =
        sqlx::query_as(FIND).bind(&devices).bind(&case_numbers).fetch_all(connection).await?;
    found.into_iter().map(CaseHolderRow::read).collect()
}

/// Keeps the holders of numbers that came for the first time.
pub(super) async fn put(connection: &mut PgConnection, holders: &[CaseHolder]) -> Result<()> {
    if holders.is_empty() {
        return Ok(());
    }
    let (mut devices, mut case_numbers, mut references) = (Vec::new(), Vec::new(), Vec::new());
    let (mut epochs, mut seqs) = (Vec::new(), Vec::new());
    for holder in holders {
        devices.push(rows::small(holder.device)?);
        case_numbers.push(holder.case_number.as_str());
        references.push(holder.citizen_ref.0.to_vec());
        epochs.push(rows::small(holder.epoch)?);
        seqs.push(rows::large(holder.seq)?);
    }
    sqlx::query(PUT)
        .bind(&devices)
        .bind(&case_numbers)
        .bind(&references)
        .bind(&epochs)
        .bind(&seqs)
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts the others before somebody. Seldom any.
pub(super) async fn review(connection: &mut PgConnection, shared: &[SharedCase], at: At) -> Result<()> {
    for SharedCase { second, first: (epoch, seq) } in shared {
        sqlx::query(REVIEW)
            .bind(i16::from(second.citizen_ref.bucket()))
            .bind(rows::small(second.device)?)
            .bind(rows::small(second.epoch)?)
            .bind(rows::large(second.seq)?)
            .bind(at.0)
            .bind(&second.case_number)
            .bind(rows::small(*epoch)?)
            .bind(rows::large(*seq)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
