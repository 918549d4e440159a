//! Months of the log that are gone from the database, read from their archives.

use crate::{
    archive::{ArchiveError, ArchiveFile, ArchivedOperation, Month, OperationMark, read_manifest},
    audit::verify::{Facts, Findings, KeptOperation, MonthFacts, OperationRow, ProofRow},
};
use rules::{DeviceNumber, correction::Digest, issuing::Trust, op::CitizenRef};
use std::{collections::BTreeMap, path::Path};

/// Archives of the months that were dropped, each read once from its beginning to its end.
#[derive(Default)]
pub(super) struct ArchiveReader(BTreeMap<Month, ArchiveFile>);

impl ArchiveReader {
    /// Opens the archives of all months that the log says were dropped. One that is missing or
    /// another than was archived is a finding; its rows are read all the same, to name those that
    /// differ, if it is of that month.
    pub(super) fn open(folder: &Path, trust: &Trust, facts: &mut Facts, findings: &mut Findings) -> Self {
        let mut opened = BTreeMap::new();
        for (month, archived) in facts.months.removed() {
            // Without such a leaf the month itself is a finding.
            let Some((place, archived)) = archived else { continue };
            let name = format!("archive of {month}");
            match read_manifest(folder, month).map(|manifest| manifest.verify(trust).cloned()) {
                Err(error) => findings.add(format_args!("{name}: {error}")),
                Ok(Err(error)) => findings.add(format_args!("{name}: its manifest: {error}")),
                Ok(Ok(said)) if said.contents != archived => {
                    findings.add(format_args!("{name}: its manifest is another one than by {place}"));
                    if said.contents.month != month {
                        continue;
                    }
                }
                Ok(Ok(_)) => {}
            }
            match ArchiveFile::open(folder, month).and_then(ArchiveFile::contents) {
                Err(error) => findings.add(format_args!("{name}: {error}")),
                Ok(contents) if contents.lines != archived.lines => {
                    findings.add(format_args!("{name}: it holds other lines than by {place}"));
                }
                Ok(_) => {}
            }
            if let Ok(file) = ArchiveFile::open(folder, month) {
                facts.months.read(month);
                opened.insert(month, file);
            }
        }
        Self(opened)
    }

    /// Takes what the batches of an enrolment were proven with, by last sequence number.
    pub(super) fn batches(
        &mut self,
        desk: (DeviceNumber, u32),
        findings: &mut Findings,
    ) -> Vec<(u64, ProofRow)> {
        let mut rows = Vec::new();
        self.each(findings, |_, file, _| {
            for batch in file.batches(desk)? {
                let (first_seq, received_at) = (batch.first_seq, batch.received_at);
                let (signature, sessions) = (batch.signature, batch.sessions);
                rows.push((batch.last_seq, ProofRow { first_seq, received_at, signature, sessions }));
            }
            Ok(())
        });
        rows
    }

    /// Puts the archived operation into a row of which the database has only the mark.
    pub(super) fn fill(
        &mut self,
        desk: (DeviceNumber, u32),
        row: OperationRow,
        months: &mut MonthFacts,
        findings: &mut Findings,
    ) -> OperationRow {
        let KeptOperation::Mark(deed) = &row.kept else { return row };
        let (device, epoch) = desk;
        let OperationRow { seq, bucket, received_at, .. } = row;
        let mark = OperationMark {
            device,
            epoch,
            seq,
            bucket,
            received_at,
            hash: row.hash.clone(),
            deed: deed.clone(),
        };
        months.mark(&mark);
        let month = Month::of(received_at);
        let Some(file) = self.0.get_mut(&month) else { return row };
        let name = format!("operation {device}/{epoch}/{seq}");
        match file.operation(desk, seq) {
            Ok(Some(archived)) => {
                if OperationMark::of(&archived) != mark {
                    findings.add(format_args!("{name}: another one in the archive of {month}"));
                }
                whole(archived, row)
            }
            Ok(None) => {
                findings.add(format_args!("{name}: not in the archive of {month}"));
                row
            }
            Err(error) => {
                findings.add(format_args!("archive of {month}: read as far as {name}: {error}"));
                self.0.remove(&month);
                row
            }
        }
    }

    /// Names archives that hold more than the database knows of.
    pub(super) fn end(self, findings: &mut Findings) {
        for (month, file) in &self.0 {
            if let Some((device, epoch)) = file.next_desk() {
                findings.add(format_args!(
                    "archive of {month}: what it holds of desk {device}/{epoch} is not known here"
                ));
            }
        }
    }

    /// Does something with each archive. One that cannot be read further is left out from then on.
    fn each(
        &mut self,
        findings: &mut Findings,
        mut read: impl FnMut(Month, &mut ArchiveFile, &mut Findings) -> Result<(), ArchiveError>,
    ) {
        self.0.retain(|month, file| match read(*month, file, findings) {
            Ok(()) => true,
            Err(error) => {
                findings.add(format_args!("archive of {month}: {error}"));
                false
            }
        });
    }
}

/// The row as it was before its month was archived.
fn whole(archived: ArchivedOperation, row: OperationRow) -> OperationRow {
    let ArchivedOperation { seq, bucket, citizen, hash, received_at, unproven, operation, .. } = archived;
    let bytes = rules::hex::decode(&citizen).unwrap_or_default();
    let citizen_ref = bytes.try_into().map(CitizenRef).ok();
    let hash: Digest = hash;
    let kept = KeptOperation::Whole { citizen_ref, unproven, operation };
    OperationRow { seq, bucket, hash, received_at, kept, verdict: row.verdict }
}
