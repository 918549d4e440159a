//! One's own second factor: the secret that is offered to a phone, and its first code.

use super::Session;
use crate::{
    failure::out_of_step,
    view::{Failure, FormField, SecondFactorInput, SecondFactorOfferView, StatusView},
};
use desk::{
    DeskError,
    session::{NewSecondFactor, draw_totp_secret},
};
use rules::{Refusal, Sensitive, StaffNumber};

/// Name under which authenticators list the account.
const ISSUER: &str = "Suishen";

impl Session {
    /// Draws a secret for the phone of who is logged in. It counts once a code of it comes back.
    ///
    /// # Errors
    /// Nobody is logged in.
    pub async fn offer_second_factor(&self) -> Result<SecondFactorOfferView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let secret = draw_totp_secret();
        // The form that authenticator programs read.
        let text =
            format!("otpauth://totp/{ISSUER}:{}?secret={}&issuer={ISSUER}", operator.staff, secret.expose());
        let symbol = paper::screen_symbol(&text)?;
        let groups: Vec<String> = secret
            .expose()
            .as_bytes()
            .chunks(4)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        *self.offered() = Some((operator.staff, secret));
        Ok(SecondFactorOfferView {
            secret: Sensitive::new(groups.join(" ")),
            side: u32::try_from(symbol.side).unwrap_or(0),
            path: Sensitive::new(symbol.path),
        })
    }

    /// Sets the second factor that was offered.
    ///
    /// # Errors
    /// None was offered; password or code is wrong; the centre cannot be asked.
    pub async fn set_second_factor(&self, input: SecondFactorInput) -> Result<StatusView, Failure> {
        let desk = self.core.desk()?;
        let operator = desk.session.operator()?;
        let secret = self.secret_of(&operator.staff).ok_or_else(out_of_step)?;
        let trimmed = |code: Sensitive<String>| Sensitive::new(code.expose().trim().to_owned());
        let new = NewSecondFactor {
            password: input.password,
            secret,
            code: trimmed(input.code),
            present: input.present.map(trimmed).filter(|code| !code.expose().is_empty()),
        };
        let set = desk.session.set_second_factor(&operator, new).await;
        set.map_err(|error| {
            let is_code = matches!(error, DeskError::Refused(Refusal::SecondFactorWrong));
            Failure::from(error).at(if is_code { FormField::SecondFactor } else { FormField::Password })
        })?;
        *self.offered() = None;
        self.status().await
    }

    fn secret_of(&self, staff: &StaffNumber) -> Option<Sensitive<String>> {
        self.offered().as_ref().filter(|(who, _)| who == staff).map(|(_, secret)| secret.clone())
    }
}
