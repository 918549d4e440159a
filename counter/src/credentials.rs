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
    password: String,
    second_factor: Option<String>,
) -> Credentials {
    let second_factor = second_factor.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
    Credentials {
        staff,
        password: Sensitive::new(password),
        second_factor: second_factor.map(Sensitive::new),
    }
}

/// Asks for the password again before a weighty step, which it lets the person sign (S4, A4).
pub(crate) async fn password_again(
    desk: &Desk,
    operator: &Operator,
    password: String,
) -> Result<Reauthenticated, Failure> {
    let typed = credentials(operator.staff.clone(), password, None);
    let opened = desk.session.reauthenticate(operator, &typed).await;
    opened.map_err(|error| Failure::from(error).at(FormField::Password))
}
