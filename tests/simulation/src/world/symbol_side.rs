//! Symbols that the stolen desk never printed, and what a guard hears of them.

use super::World;
use crate::{
    SimulationError,
    scan::Guard,
    thief::{Minted, Thief, claims},
};
use rules::{
    At,
    life::{CodeState, valid_through},
    payload::{self, Claims},
    wire::VerifyAnswer,
};

const DAY_MS: i64 = 24 * 60 * 60_000;
/// Time after which no code may be provisional any more, in milliseconds.
const LONG_AFTER_MS: i64 = 100 * 60 * 60_000;

impl World {
    /// Signs a symbol that the desk never printed, and shows it.
    pub(super) fn mint(&self, thief: &mut Thief) -> Result<(), SimulationError> {
        let (now, stolen_at) = (self.now(), thief.stolen_at);
        let citizen = self.citizens[thief.random.index(self.citizens.len())].clone();
        let sheet = thief.sheets[thief.random.index(thief.sheets.len())].0.clone();
        let Ok(printed) = payload::decode(&sheet).map(|symbol| symbol.claims) else { return Ok(()) };
        let fresh = thief.serial(&citizen);
        let end = |from: At| At::end_of(valid_through(from.day(), self.centre.policy()));
        let (claims, is_possible) = match thief.random.below(8) {
            0 => (Claims { masked_name: "李*".to_owned(), ..printed }, true),
            1 => (Claims { expires_at: printed.expires_at.plus_ms(-10 * DAY_MS), ..printed }, true),
            2 => (Claims { issued_at: printed.issued_at.plus_ms(-DAY_MS / 2), ..printed }, true),
            3 => (claims(&citizen, fresh, (now, end(now))), true),
            4 => {
                let at = At(thief.random.ms(stolen_at.0, now.0.max(stolen_at.0)));
                (claims(&citizen, fresh, (at, end(at))), true)
            }
            5 => (claims(&citizen, fresh, (now, now.plus_ms(5 * 365 * DAY_MS))), false),
            6 => {
                let at = now.plus_ms(2 * DAY_MS);
                (claims(&citizen, fresh, (at, end(at))), false)
            }
            _ => match self.live_code(thief) {
                Some((holder, serial)) if serial.device() != thief.device => {
                    (claims(&holder, serial, (now, end(now))), true)
                }
                _ => return Ok(()),
            },
        };
        thief.mint(claims, is_possible)?;
        self.look_at_minted(thief)
    }

    /// Shows every minted symbol to a guard, now and long after.
    fn look_at_minted(&self, thief: &mut Thief) -> Result<(), SimulationError> {
        let now = self.now();
        let guard = Guard::new(&self.centre, self.plan.broken, now)?;
        let mut passed = Vec::new();
        for Minted { text, claims, is_possible } in &thief.minted {
            let long_after = now.max(claims.issued_at).plus_ms(LONG_AFTER_MS);
            let (scanned, later) = (guard.scan(text, now), guard.scan(text, long_after));
            let is_shown = |answer| matches!(answer, VerifyAnswer::Valid | VerifyAnswer::Provisional);
            let is_known = thief.revoked_at.is_some() && claims.issued_at >= thief.stolen_at;
            let is_wrong = scanned.online == VerifyAnswer::Valid
                || is_shown(later.online)
                || is_shown(scanned.online) && (!is_possible || thief.revoked_at.is_some())
                || scanned.passes_offline && (!is_possible || is_known);
            if is_wrong {
                passed.push(format!("{scanned:?}, later {later:?}: {claims:?}"));
            }
        }
        for (text, serial) in &thief.sheets {
            let code = self.centre.memory().code_of(*serial);
            let is_live = code.is_some_and(|(_, issued)| issued.code.state == CodeState::Live);
            let scanned = guard.scan(text, now);
            if is_live && (scanned.online != VerifyAnswer::Valid || !scanned.passes_offline) {
                passed.push(format!("a sheet of before the theft is {scanned:?}"));
            }
        }
        thief.passed.extend(passed);
        Ok(())
    }

    /// Shows the symbols once more when everything has come to rest.
    pub(super) fn last_look(&mut self) -> Result<(), SimulationError> {
        let Some(mut thief) = self.thief.take() else { return Ok(()) };
        let looked = self.look_at_minted(&mut thief);
        self.thief = Some(thief);
        looked
    }
}
