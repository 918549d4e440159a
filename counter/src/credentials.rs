//! Password and second factor, as typed.

use crate::view::{Failure, FormField};
use desk::{
    Desk,
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

/// Asks for the password again before a weighty step, which it lets the person sign (S4, A4).
pub(crate) async fn password_again(
    desk: &Desk,
    operator: &Operator,
    password: Sensitive<String>,
) -> Result<Reauthenticated, Failure> {
    let typed = credentials(operator.staff.clone(), password, None);
    let opened = desk.session.reauthenticate(operator, &typed).await;
    opened.map_err(|error| Failure::from(error).at(FormField::Password))
}
