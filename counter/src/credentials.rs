//! Password and second factor, as typed.

use crate::view::{Failure, FormField};
use desk::{
    Desk, DeskError,
    session::{Credentials, Operator, Reauthenticated},
};
use rules::{Sensitive, StaffNumber};

/// Returns credentials as typed.
pub(crate) fn credentials(
    staff: StaffNumber,
    password: Sensitive<String>,
    second_factor: Option<Sensitive<String>>,
) -> Credentials {
    let second_factor = second_factor
        .map(|code| Sensitive::new(code.expose().trim().to_owned()))
        .filter(|code| !code.expose().is_empty());
    Credentials { staff, password, second_factor }
}

/// Checks password and second factor again before a weighty step (S4).
pub(crate) async fn password_again(
    desk: &Desk,
    operator: &Operator,
    password: Sensitive<String>,
    second_factor: Option<Sensitive<String>>,
) -> Result<Reauthenticated, Failure> {
    desk.session.reauthenticate(&credentials(operator.staff.clone(), password, second_factor)).await.map_err(
        |error| {
            let field = match error {
                DeskError::SecondFactorNeeded => FormField::SecondFactor,
                _ => FormField::Password,
            };
            Failure::from(error).at(field)
        },
    )
}
