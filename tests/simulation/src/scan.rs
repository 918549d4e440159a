//! A guard scans a code, at the centre and with the signed lists alone.

use crate::{plan::Break, simulated_centre::Centre};
use central::store::StoreError;
use rules::{
    At, Policy,
    keys::{Class, KeyList},
    life::Serial,
    payload::{self, PayloadError, Verifier, verify_offline},
    revocation::RevocationFilter,
    verification::{RecordedCode, VerifiedSymbol, verify_online},
    wire::VerifyAnswer,
};

/// What a guard hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Answer of the centre.
    pub online: VerifyAnswer,
    /// Whether the lists alone let the code pass, without a word on revocation.
    pub passes_offline: bool,
}

/// A guard with the lists of a moment.
pub struct Guard<'a> {
    centre: &'a Centre,
    keys: KeyList,
    filter: RevocationFilter,
    policy: Policy,
    broken: Option<Break>,
}

impl<'a> Guard<'a> {
    /// Fetches the lists as they are now.
    ///
    /// # Errors
    /// [`StoreError`] if the filter cannot be built, which it always can.
    pub fn new(centre: &'a Centre, broken: Option<Break>, now: At) -> Result<Self, StoreError> {
        let mut desks = centre.memory().keys();
        for key in &mut desks {
            match broken {
                Some(Break::TheftUnlisted) => key.compromised_since = None,
                Some(Break::RevokedKeyInForce) => key.retired_at = None,
                _ => {}
            }
        }
        let citizens = centre.memory().citizens();
        let codes = citizens.iter().flat_map(|citizen| &citizen.codes).cloned();
        let ended = codes.chain(centre.memory().voided()).filter(|issued| issued.code.state.is_revoked());
        let serials: Vec<Serial> = ended.map(|issued| issued.code.serial).collect();
        let filter = RevocationFilter::build(&serials, 1, now, Class::Practice)
            .map_err(|_| StoreError::Range("filter"))?;
        let mut policy = centre.policy().clone();
        if broken == Some(Break::DatesUnchecked) {
            policy.validity_days = u16::MAX;
        }
        let keys = KeyList { version: 1, made_at: now, class: Class::Practice, desks };
        Ok(Self { centre, keys, filter, policy, broken })
    }

    /// Scans a text at `now`.
    #[must_use]
    pub fn scan(&self, text: &str, now: At) -> Scanned {
        let verifier = Verifier { policy: &self.policy, ..self.centre.rulebook.verifier() };
        let read = self.read(text);
        let recorded = read.as_ref().ok().and_then(|symbol| self.recorded(symbol));
        let key = |symbol: &VerifiedSymbol| self.keys.find(symbol.imprint.key_id);
        let signed = match &read {
            Ok(symbol) => key(symbol).map(|key| (symbol, key)).ok_or(PayloadError::UnknownKey),
            Err(error) => Err(*error),
        };
        let asked_at = match (&read, self.broken) {
            (Ok(symbol), Some(Break::NeverUnknown)) => now.min(symbol.claims.issued_at.plus_ms(60_000)),
            _ => now,
        };
        let online = verify_online(signed, recorded.as_ref(), &verifier, asked_at).answer;
        let filter = self.filter.open().ok();
        let filter = filter.as_ref().map(|filter| (filter, self.keys.made_at));
        let answer = verify_offline(text, &verifier, &self.keys, filter, now);
        Scanned { online, passes_offline: answer.is_ok_and(|answer| !answer.probably_revoked) }
    }

    /// Reads a symbol and verifies its signature, as `/v1/verify` does.
    fn read(&self, text: &str) -> Result<VerifiedSymbol, PayloadError> {
        let unverified = payload::decode(text)?;
        let key = self.keys.find(unverified.key_id).ok_or(PayloadError::UnknownKey)?;
        VerifiedSymbol::verify(text, &key.public_key)
    }

    fn recorded(&self, symbol: &VerifiedSymbol) -> Option<RecordedCode> {
        let (_, issued) = self.centre.memory().code_of(symbol.claims.serial)?;
        let recorded = issued.recorded();
        Some(match self.broken {
            Some(Break::SymbolUncompared) => {
                RecordedCode { imprint: Some(symbol.imprint.clone()), ..recorded }
            }
            _ => recorded,
        })
    }
}
