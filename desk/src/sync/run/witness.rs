//! This desk as a witness of the centre's audit log (D2): it keeps the newest signed head and asks
//! for a proof that the next one extends it.

use crate::{
    clock::Reading,
    core::Core,
    error::DeskError,
    store::{
        Connection,
        audit::{self, Entry, Event},
        tree_head::{self, HeldHead},
    },
    sync::{CallError, SyncEvent},
};
use rules::{
    At,
    audit::{HistoryError, TreeHead},
    issuing::Issued,
};

/// Witness of one look.
pub(super) struct Witness<'a>(pub(super) &'a Core);

impl Witness<'_> {
    /// Fetches the newest head and keeps it if it extends the one held. A centre that does not
    /// answer is asked again later.
    pub(super) async fn look(&self) {
        let now = self.0.clock.read().at;
        match self.look_at_log(now).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.0.sync.announce(SyncEvent::StoreFailed { code: error.code() }),
            Err(error) => tracing::debug!(%error, "the audit log was not seen"),
        }
    }

    async fn look_at_log(&self, now: At) -> Result<Result<(), DeskError>, CallError> {
        let held = match self.held().await {
            Ok(held) => held,
            Err(error) => return Ok(Err(error)),
        };
        let newest = self.0.centre.audit_head(now).await?;
        if newest.as_ref().is_some_and(|newest| newest.verify(&self.0.trust()).is_err()) {
            return Err(CallError::Malformed("audit head not signed by the centre"));
        }
        let shown = match (&held, &newest) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(HistoryError::Smaller),
            (Some(held), Some(newest)) => self.extends(&held.signed.value, &newest.value, now).await?,
        };
        Ok(match shown {
            Ok(()) => self.keep_head(held.as_ref(), newest.as_ref()).await,
            Err(why) => self.contradict(held.as_ref(), newest.as_ref(), why).await,
        })
    }

    async fn held(&self) -> Result<Option<HeldHead>, DeskError> {
        tree_head::get(&mut *self.0.store.read().await?).await
    }

    async fn extends(
        &self,
        held: &TreeHead,
        newest: &TreeHead,
        now: At,
    ) -> Result<Result<(), HistoryError>, CallError> {
        if newest.size <= held.size {
            return Ok(newest.check_extends(held, &[]));
        }
        let answer = self.0.centre.audit_consistency((held.size, newest.size), now).await?;
        // A centre that cannot prove it has something to hide.
        let proof = answer.map_or_else(Vec::new, |answer| answer.proof);
        Ok(newest.check_extends(held, &proof))
    }

    async fn keep_head(
        &self,
        held: Option<&HeldHead>,
        newest: Option<&Issued<TreeHead>>,
    ) -> Result<(), DeskError> {
        let Some(newest) = newest else { return Ok(()) };
        let reading = self.0.clock.read();
        let mut write = self.0.store.write().await?;
        tree_head::put(&mut write, newest, reading.at).await?;
        if held.is_some_and(|held| held.contradicted_at.is_some()) {
            let detail = format!("{} leaves", newest.value.size);
            note(&mut write, &reading, "ok", &detail).await?;
            tracing::warn!("the centre shows its whole audit log again");
        }
        write.commit().await
    }

    /// Raises the alarm, once: a row in the audit, a line in the log, and the status line until the
    /// centre shows its whole log again.
    async fn contradict(
        &self,
        held: Option<&HeldHead>,
        newest: Option<&Issued<TreeHead>>,
        why: HistoryError,
    ) -> Result<(), DeskError> {
        let Some(held) = held.filter(|held| held.contradicted_at.is_none()) else { return Ok(()) };
        let reading = self.0.clock.read();
        let (had, has) = (held.signed.value.size, newest.map_or(0, |newest| newest.value.size));
        let detail = format!("held {had} leaves, shown {has}: {why}");
        let mut write = self.0.store.write().await?;
        tree_head::contradict(&mut write, newest, reading.at).await?;
        note(&mut write, &reading, DeskError::CentreRewritten.code(), &detail).await?;
        write.commit().await?;
        tracing::error!(had, has, %why, "the centre's audit log does not extend what this desk has seen");
        self.0.sync.announce(SyncEvent::CentreRewritten);
        Ok(())
    }
}

async fn note(
    write: &mut Connection,
    reading: &Reading,
    outcome: &str,
    detail: &str,
) -> Result<(), DeskError> {
    let entry = Entry::of_program(Event::CentreLog, outcome, detail);
    audit::append(write, reading, &entry).await
}
