//! Fetching the lists for verification without a line: a whole list once, and then what changed
//! since. Nothing is kept that the centre did not sign; the list held goes on ageing and says so.

use super::Driver;
use crate::{
    error::DeskError,
    renewal,
    store::{
        anchors, identity,
        trust::{self, KEYS, KEYS_DELTA, REVOCATIONS, REVOCATIONS_DELTA},
    },
    sync::{
        CallError, SyncEvent,
        machine::{Answer, RequestFailure},
    },
};
use rules::{
    At,
    issuing::Issued,
    keys::KeyList,
    revocation::RevocationFilter,
    wire::{KeyListDelta, ProtocolError, RevocationDelta, TrustAnchors},
};

/// What is held: the version of a list and of the delta beside it.
type Held = (u64, u64);

/// Lists fetched from the centre.
#[derive(Default)]
struct News {
    keys: Option<Issued<KeyList>>,
    keys_delta: Option<Issued<KeyListDelta>>,
    filter: Option<Issued<RevocationFilter>>,
    filter_delta: Option<Issued<RevocationDelta>>,
}

/// Returns whether the list held is too old for a delta.
const fn is_too_old<T>(answer: &Result<Option<T>, CallError>) -> bool {
    matches!(answer, Err(CallError::Refused(ProtocolError::NotFound)))
}

impl Driver<'_> {
    /// Brings keys and revocations up to date.
    pub(super) async fn fetch_trust(&self, now: At) -> Result<Answer, RequestFailure> {
        if let Err(error) = self.fetch_anchors(now).await? {
            self.core.sync.announce(SyncEvent::StoreFailed { code: error.code() });
        }
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

    /// Brings up to date what this desk knows its centre by. The root signed the revoked keys, so
    /// they count whoever hands them over, and the list itself is judged by them.
    async fn fetch_anchors(&self, now: At) -> Result<Result<(), DeskError>, CallError> {
        let held = match self.anchors_held().await {
            Ok(held) => held,
            Err(error) => return Ok(Err(error)),
        };
        let version = held.as_ref().map_or(0, |anchors| anchors.value.version);
        let newer = self.core.centre.trust_anchors(version, now).await?;
        let mut trust = self.core.trust();
        if let Some(revoked) = newer.as_ref().and_then(|anchors| anchors.value.revoked.as_ref()) {
            match trust.take(revoked) {
                Ok(true) => self.core.set_trust(trust.clone()),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "revoked issuing keys are not taken"),
            }
        }
        let class = self.core.identity.class();
        let newer = newer.filter(|anchors| anchors.verify(&trust).is_ok_and(|list| list.class == class));
        if let Some(anchors) = &newer {
            if let Err(error) = self.keep_anchors(anchors).await {
                return Ok(Err(error));
            }
            self.core.set_required(anchors.value.required);
        }
        let bundle = newer.or(held).and_then(|anchors| anchors.value.ca_bundle);
        Ok(match bundle {
            Some(bundle) => self.take_authority(bundle).await,
            None => Ok(()),
        })
    }

    async fn anchors_held(&self) -> Result<Option<Issued<TrustAnchors>>, DeskError> {
        anchors::get(&mut *self.core.store.read().await?).await
    }

    async fn keep_anchors(&self, anchors: &Issued<TrustAnchors>) -> Result<(), DeskError> {
        let mut write = self.core.store.write().await?;
        anchors::put(&mut write, anchors).await?;
        write.commit().await
    }

    /// Knows the centre by these authorities from now on. A bundle that the centre of now does not
    /// belong to would shut this desk out: the old one stays, and it is tried again.
    async fn take_authority(&self, bundle: String) -> Result<(), DeskError> {
        let identity = identity::get(&mut *self.core.store.read().await?).await?;
        let mut identity = identity.ok_or(DeskError::NotEnrolled)?;
        if identity.centre_ca.as_ref().is_none_or(|present| *present == bundle) {
            return Ok(());
        }
        if let Err(error) = self.core.centre.take_authority(&identity.centre_url, &bundle).await {
            tracing::warn!(%error, "the centre's new certificate authorities do not fit it; the old ones stay");
            return Ok(());
        }
        identity.centre_ca = Some(bundle);
        let mut write = self.core.store.write().await?;
        identity::put(&mut write, &identity).await?;
        write.commit().await?;
        tracing::info!("the centre is known by new certificate authorities");
        Ok(())
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
        let (trust, class) = (self.core.trust(), self.core.identity.class());
        if list > 0 {
            let answer = self.core.centre.keys_delta(list, delta.max(list), now).await;
            if !is_too_old(&answer) {
                let signed = |delta: &Issued<KeyListDelta>| {
                    delta.verify(&trust).is_ok_and(|delta| delta.class == class)
                };
                news.keys_delta = answer?.filter(signed);
                return Ok(());
            }
        }
        let answer = self.core.centre.keys(list, now).await?.map(|answer| answer.keys);
        news.keys = answer.filter(|keys| keys.verify(&trust).is_ok_and(|list| list.class == class));
        Ok(())
    }

    async fn fetch_revocations(
        &self,
        (mut list, mut delta): Held,
        news: &mut News,
        now: At,
    ) -> Result<(), CallError> {
        let (trust, class) = (self.core.trust(), self.core.identity.class());
        let mut answer = Err(CallError::Refused(ProtocolError::NotFound));
        if list > 0 {
            answer = self.core.centre.revocations_delta(list, delta, now).await;
        }
        if is_too_old(&answer) {
            let whole = self.core.centre.revocations(list, now).await?;
            let readable = |list: &RevocationFilter| list.class == class && list.open().is_ok();
            news.filter = whole.filter(|filter| filter.verify(&trust).is_ok_and(readable));
            let Some(filter) = &news.filter else { return Ok(()) };
            (list, delta) = (filter.value.version, 0);
            // A centre without deltas has the whole list only.
            answer = self.core.centre.revocations_delta(list, delta, now).await;
            if is_too_old(&answer) {
                return Ok(());
            }
        }
        let signed =
            |delta: &Issued<RevocationDelta>| delta.verify(&trust).is_ok_and(|delta| delta.class == class);
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
