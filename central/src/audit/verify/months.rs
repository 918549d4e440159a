//! Months of the operations' log: which were archived and dropped, and whether what stays of them
//! is what was archived.

use super::{Findings, Place};
use crate::{
    archive::{ArchiveContents, MarksDigest, Month, OperationMark},
    audit::Event,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything the log says of its months.
#[derive(Debug, Default)]
pub struct MonthFacts {
    archived: BTreeMap<Month, (Place, ArchiveContents)>,
    removed: BTreeMap<Month, Place>,
    /// Months in which batches were received.
    written: BTreeSet<Month>,
    /// Months that are read from their archives.
    read: BTreeSet<Month>,
    marks: BTreeMap<Month, MarksDigest>,
}

impl MonthFacts {
    pub(super) fn take(&mut self, place: Place, event: &Event) {
        match event {
            Event::LogArchived(contents) => {
                self.archived.insert(contents.month, (place, contents.clone()));
            }
            Event::LogMonthRemoved { month, .. } => {
                self.removed.insert(*month, place);
            }
            _ => {}
        }
    }

    pub(super) fn received(&mut self, month: Month) {
        self.written.insert(month);
    }

    /// Returns the months that were dropped, with what was archived of them and where the log says
    /// so.
    #[must_use]
    pub fn removed(&self) -> Vec<(Month, Option<(Place, ArchiveContents)>)> {
        self.removed.keys().map(|month| (*month, self.archived.get(month).cloned())).collect()
    }

    /// Says that a month is read from its archive.
    pub fn read(&mut self, month: Month) {
        self.read.insert(month);
    }

    /// Returns whether a month was dropped, and is not read from its archive.
    pub(super) fn is_unread(&self, month: Month) -> bool {
        self.removed.contains_key(&month) && !self.read.contains(&month)
    }

    /// Takes what stays of an operation. They come by device, epoch and sequence number.
    pub fn mark(&mut self, mark: &OperationMark) {
        self.marks.entry(Month::of(mark.received_at)).or_default().take(mark);
    }

    /// Compares the months with the partitions that the database has.
    pub fn end(&mut self, partitions: &BTreeSet<Month>, findings: &mut Findings) {
        let mut marks = std::mem::take(&mut self.marks);
        for (month, removed) in &self.removed {
            let found = marks.remove(month).unwrap_or_default().end();
            match self.archived.get(month) {
                None => findings.add(format_args!(
                    "month {month} of the log: dropped by {removed}, and no leaf says that it was archived"
                )),
                Some((place, archived)) if archived.marks != found => findings.add(format_args!(
                    "month {month} of the log: what stays of its operations is other than by {place}"
                )),
                Some(_) => {}
            }
        }
        for month in marks.keys() {
            findings.add(format_args!(
                "month {month} of the log: operations are gone but for their marks, and no leaf says that it was dropped"
            ));
        }
        let gone = |month: &&Month| !partitions.contains(month) && !self.removed.contains_key(month);
        for month in self.written.iter().filter(gone) {
            findings.add(format_args!(
                "month {month} of the log: its partition is gone, and no leaf says that it was dropped"
            ));
        }
    }
}
