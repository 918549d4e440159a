//! The number of a new case: site, day, desk and tenth of a second, unique for ever.

use crate::{
    core::Core,
    error::DeskError,
    store::{self, Connection},
};
use rules::{At, case_number::CaseNumber, op::CitizenRef};
use std::time::Duration;

const TENTH_MS: u64 = 100;
/// Tenths of a second. A number further ahead was given before the clock was put right: the next
/// ones follow it without waiting.
const WORTH_WAITING: u32 = 10;

/// What a new case gets.
pub(super) enum Next {
    Number(CaseNumber),
    /// Nothing before so much time has passed: numbers that ran ahead of it could be given again by
    /// files that are put back meanwhile.
    After(Duration),
}

/// Returns the number of the tenth of a second now, if no case of this day has it or a later
/// one. The tenth in which the program started may be that of a case in files that were
/// replaced since.
pub(super) async fn next(
    core: &Core,
    connection: &mut Connection,
    at: At,
    reserved: Option<&(CitizenRef, CaseNumber)>,
) -> Result<Next, DeskError> {
    let number = |tenth| {
        CaseNumber::new(core.identity.site(), at.day(), core.identity.desk_number, tenth)
            .map_err(|_| DeskError::CaseNumbersUsedUp)
    };
    let now = at.tenth_of_day();
    let last = store::case_file::last_of_its_day(connection, &number(now)?).await?;
    let reserved = reserved.map(|(_, number)| number).filter(|number| number.day() == Ok(at.day()));
    let last = last.map(|last| last.tenth()).max(reserved.map(CaseNumber::tenth));
    let started_now = core.started_at.day() == at.day() && core.started_at.tenth_of_day() == now;
    let free = last.max(started_now.then_some(now)).map_or(0, |taken| taken + 1);
    match free.checked_sub(now) {
        Some(ahead @ 1..=WORTH_WAITING) => {
            let since = u64::try_from(at.0.rem_euclid(TENTH_MS.cast_signed())).unwrap_or(0);
            Ok(Next::After(Duration::from_millis(u64::from(ahead) * TENTH_MS - since)))
        }
        _ => number(free.max(now)).map(Next::Number),
    }
}
