//! Fetching the lists for verification without a line: a whole list once, and then what changed
//! since. Nothing is kept that the root did not sign; the list held goes on ageing and says so.

use super::Driver;
use crate::{
    error::DeskError,
    renewal,
    store::trust::{self, KEYS, KEYS_DELTA, REVOCATIONS, REVOCATIONS_DELTA},
    sync::{
        CallError, SyncEvent,
        machine::{Answer, RequestFailure},
    },
};
use rules::{
    At,
    keys::{KeyList, Signed},
    revocation::RevocationFilter,
    wire::{KeyListDelta, ProtocolError, RevocationDelta},
};

/// What is held: the version of a list and of the delta beside it.
type Held = (u64, u64);

/// Lists fetched from the centre.
#[derive(Default)]
struct News {
    keys: Option<Signed<KeyList>>,
    keys_delta: Option<Signed<KeyListDelta>>,
    filter: Option<Signed<RevocationFilter>>,
    filter_delta: Option<Signed<RevocationDelta>>,
}

/// Returns whether the list held is too old for a delta.
const fn is_too_old<T>(answer: &Result<Option<T>, CallError>) -> bool {
    matches!(answer, Err(CallError::Refused(ProtocolError::NotFound)))
}

impl Driver<'_> {
    /// Brings keys and revocations up to date.
    pub(super) async fn fetch_trust(&self, now: At) -> Result<Answer, RequestFailure> {
        let (keys_held, filter_held) = self.lists_held().await.unwrap_or_default();
        let mut news = News::default();
        self.fetch_keys(keys_held, &mut news, now).await?;
        self.fetch_revocations(filter_held, &mut news, now).await?;
        if let Err(error) = self.keep_lists(&news, now).await {
            self.core.sync.announce(SyncEvent::StoreFailed { code: error.code() });
        }
        self.renew_key(now).await;
        Ok(Answer::Trust)
    }

    /// Renews this desk's key when that is due (B4). Failing today does no harm: it is asked again
    /// every few minutes for days.
    async fn renew_key(&self, now: At) {
        if let Err(error) = renewal::ask(self.core, now).await {
            tracing::warn!(code = error.code(), "the key was not renewed");
        }
    }

    async fn lists_held(&self) -> Result<(Held, Held), DeskError> {
        let mut read = self.core.store.read().await?;
        let keys = (trust::version(&mut read, KEYS).await?, trust::version(&mut read, KEYS_DELTA).await?);
        let filter = (
            trust::version(&mut read, REVOCATIONS).await?,
            trust::version(&mut read, REVOCATIONS_DELTA).await?,
        );
        Ok((keys, filter))
    }

    async fn fetch_keys(&self, (list, delta): Held, news: &mut News, now: At) -> Result<(), CallError> {
        let (root, class) = (&self.core.identity.root, self.core.identity.class());
        if list > 0 {
            let answer = self.core.centre.keys_delta(list, delta.max(list), now).await;
            if !is_too_old(&answer) {
                let signed =
                    |delta: &Signed<KeyListDelta>| delta.verify(root).is_ok_and(|delta| delta.class == class);
                news.keys_delta = answer?.filter(signed);
                return Ok(());
            }
        }
        let answer = self.core.centre.keys(list, now).await?.map(|answer| answer.keys);
        news.keys = answer.filter(|keys| keys.verify(root).is_ok_and(|list| list.class == class));
        Ok(())
    }

    async fn fetch_revocations(
        &self,
        (mut list, mut delta): Held,
        news: &mut News,
        now: At,
    ) -> Result<(), CallError> {
        let (root, class) = (&self.core.identity.root, self.core.identity.class());
        let mut answer = Err(CallError::Refused(ProtocolError::NotFound));
        if list > 0 {
            answer = self.core.centre.revocations_delta(list, delta, now).await;
        }
        if is_too_old(&answer) {
            let whole = self.core.centre.revocations(list, now).await?;
            let readable = |list: &RevocationFilter| list.class == class && list.open().is_ok();
            news.filter = whole.filter(|filter| filter.verify(root).is_ok_and(readable));
            let Some(filter) = &news.filter else { return Ok(()) };
            (list, delta) = (filter.value.version, 0);
            // A centre without deltas has the whole list only.
            answer = self.core.centre.revocations_delta(list, delta, now).await;
            if is_too_old(&answer) {
                return Ok(());
            }
        }
        let signed =
            |delta: &Signed<RevocationDelta>| delta.verify(root).is_ok_and(|delta| delta.class == class);
        news.filter_delta = answer?.filter(signed);
        Ok(())
    }

    async fn keep_lists(&self, news: &News, now: At) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        if let Some(keys) = &news.keys {
            trust::put(&mut write, KEYS, keys.value.version, keys, now).await?;
        }
        if let Some(delta) = &news.keys_delta {
            trust::put(&mut write, KEYS_DELTA, delta.value.version, delta, now).await?;
        }
        if let Some(filter) = &news.filter {
            trust::put(&mut write, REVOCATIONS, filter.value.version, filter, now).await?;
        }
        if let Some(delta) = &news.filter_delta {
            trust::put(&mut write, REVOCATIONS_DELTA, delta.value.version, delta, now).await?;
        }
        write.commit().await
    }
}
