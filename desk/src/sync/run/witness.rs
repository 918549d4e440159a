//! This desk as a witness of the centre's audit log (D2): it keeps the newest signed head and asks
//! for a proof that the next one extends it.

use crate::{
    clock::Reading,
    core::Core,
    error::DeskError,
    store::{
        Connection,
        audit::{self, Entry, Event},
        centre_generation, credential, staff,
        tree_head::{self, HeldHead},
        trust::{self, KEYS, KEYS_DELTA},
    },
    sync::{CallError, SyncEvent},
};
use rules::{
    At,
    audit::{HistoryError, TreeHead},
    issuing::Issued,
    keys::KeyList,
    wire::{KeyListDelta, Restored, Testimony},
};

/// Witness of one look.
pub(super) struct Witness<'a>(pub(super) &'a Core);

impl Witness<'_> {
    /// Looks whether the centre was restored; then fetches the newest head and keeps it if it
    /// extends the one held. A centre that does not answer is asked again later. Returns whether a
    /// restore is news.
    pub(super) async fn look(&self) -> bool {
        let restored = self.hears_of_restore().await;
        self.look_at_head(self.0.clock.read().at).await;
        restored
    }

    /// Looks whether the centre was restored. Also before newer lists take the place of those that
    /// this desk holds: they are what it has to tell.
    pub(super) async fn hears_of_restore(&self) -> bool {
        self.look_at_generation(self.0.clock.read().at).await.unwrap_or_else(|error| {
            self.0.sync.announce(SyncEvent::StoreFailed { code: error.code() });
            false
        })
    }

    async fn look_at_head(&self, now: At) {
        match self.look_at_log(now).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.0.sync.announce(SyncEvent::StoreFailed { code: error.code() }),
            Err(error) => tracing::debug!(%error, "the audit log was not seen"),
        }
    }

    /// Takes a newer generation of the centre's database, and hands in what waits for it.
    async fn look_at_generation(&self, now: At) -> Result<bool, DeskError> {
        // A centre that does not say so was not restored: then its log must extend what was seen.
        let answer = self.0.centre.restore_statement(now).await.ok();
        let statement = answer.and_then(|answer| answer.restored);
        let restored = match statement.filter(|statement| statement.verify(&self.0.trust()).is_ok()) {
            Some(statement) => self.take_generation(&statement.value).await?,
            None => false,
        };
        if let Some(testimony) = self.testimony().await? {
            match self.hand_in(testimony, now).await {
                Ok(()) => self.handed_in().await?,
                Err(error) => tracing::warn!(%error, "what the centre had forgotten is not handed in yet"),
            }
        }
        Ok(restored)
    }

    /// Hands in what this desk holds; the list of keys only if nobody has handed in so new a one.
    async fn hand_in(&self, testimony: Testimony, now: At) -> Result<(), CallError> {
        let without = Testimony { keys: None, keys_delta: None, ..testimony.clone() };
        if self.0.centre.testify(&without, now).await?.wants_keys {
            self.0.centre.testify(&testimony, now).await?;
        }
        Ok(())
    }

    async fn testimony(&self) -> Result<Option<Testimony>, DeskError> {
        centre_generation::waiting(&mut *self.0.store.read().await?).await
    }

    async fn handed_in(&self) -> Result<(), DeskError> {
        let mut write = self.0.store.write().await?;
        centre_generation::done(&mut write).await?;
        write.commit().await
    }

    /// Keeps, in one write, that the centre was restored and all that this desk holds of what it
    /// signed before. The lists go on being used until newer ones come.
    ///
    /// The head of the log that was lost goes with it: the log from now on cannot extend it. The
    /// centre signed that it begins anew there, and this desk's audit has both numbers.
    async fn take_generation(&self, restored: &Restored) -> Result<bool, DeskError> {
        let mut write = self.0.store.write().await?;
        let known = centre_generation::get(&mut write).await?;
        if known.is_some_and(|known| restored.generation <= known) {
            return Ok(false);
        }
        let held = tree_head::get(&mut write).await?;
        // What was fetched since says nothing of what was forgotten.
        let keys: Option<Issued<KeyList>> = trust::get(&mut write, KEYS).await?;
        let keys = keys.filter(|list| list.value.made_at < restored.generation);
        let keys_delta: Option<Issued<KeyListDelta>> = trust::get(&mut write, KEYS_DELTA).await?;
        let keys_delta = keys_delta.filter(|delta| delta.value.made_at < restored.generation);
        let of_list = keys.as_ref().map(|list| list.value.version);
        let keys_version = of_list.max(keys_delta.as_ref().map(|delta| delta.value.version)).unwrap_or(0);
        let testimony = Testimony {
            generation: restored.generation,
            staff: staff::signed(&mut write).await?,
            credentials: credential::all(&mut write).await?,
            keys_version,
            keys,
            keys_delta,
            head: held.as_ref().map(|held| held.signed.clone()),
        };
        centre_generation::put(&mut write, &testimony).await?;
        let seen = held.map_or(0, |held| held.signed.value.size);
        if seen > restored.leaves {
            tree_head::forget(&mut write).await?;
        }
        let reading = self.0.clock.read();
        let detail = format!("{} leaves left, {seen} seen", restored.leaves);
        let entry = Entry::of_program(Event::CentreRestored, "ok", &detail);
        audit::append(&mut write, &reading, &entry).await?;
        write.commit().await?;
        tracing::warn!(leaves = restored.leaves, seen, "the centre says that it was restored");
        Ok(true)
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
