//! A clerk at the window, acting through the real page.

use rig::Result;
use rig::window::{Key, Window};

use crate::citizen::Citizen;
use crate::site::Staff;

/// An action for a citizen, as the page names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// 首次申领 of a code.
    Apply,
    /// 再次申领 after expiry.
    Reapply,
    /// 补领 after a loss.
    Reissue,
    /// 更正换发 after a correction.
    Replace,
    /// 挂失 of the live code.
    ReportLoss,
    /// 二次打印 of the live code.
    Reprint,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Reapply => "reapply",
            Self::Reissue => "reissue",
            Self::Replace => "replace",
            Self::ReportLoss => "report_loss",
            Self::Reprint => "reprint",
        }
    }
}

/// Answer of the centre to an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// 已确认: the centre applied it.
    Confirmed,
    /// 暂定: issued offline (L9).
    Provisional,
}

impl Confirmation {
    fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Provisional => "provisional",
        }
    }
}

/// A clerk who works by keyboard first, as at a real counter.
#[derive(Debug)]
pub struct Clerk<'a> {
    window: &'a Window,
}

impl<'a> Clerk<'a> {
    /// Creates a clerk at this window.
    #[must_use]
    pub fn at(window: &'a Window) -> Self {
        Self { window }
    }

    /// Returns the clerk's window.
    #[must_use]
    pub fn window(&self) -> &'a Window {
        self.window
    }

    /// Logs in with staff number and password. A card on the reader is read at once.
    ///
    /// # Errors
    /// [`rig::RigError`] if the log-in does not lead to the counter.
    pub async fn log_in(&self, staff: &Staff) -> Result<()> {
        self.sits_down(staff, "window").await
    }

    /// Logs in a person whose work begins at another place of the page.
    ///
    /// # Errors
    /// [`rig::RigError`] if the log-in does not lead to that place.
    pub async fn sits_down(&self, staff: &Staff, place: &str) -> Result<()> {
        self.window.type_into("login-staff", staff.number).await?;
        self.window.type_into("login-password", &staff.password).await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.find(place).await?;
        Ok(())
    }

    /// Locks the screen and logs another person in. The current case waits for the one who leaves.
    ///
    /// # Errors
    /// [`rig::RigError`] if the log-in does not lead to the counter.
    pub async fn gives_place_to(&self, staff: &Staff) -> Result<()> {
        self.window.press_with(Key::Control, 'l').await?;
        self.window.tab_to("lock-other").await?;
        self.window.press(Key::Enter.into()).await?;
        self.log_in(staff).await
    }

    /// Checks that the window waits for a card.
    ///
    /// # Errors
    /// [`rig::RigError`] if it does not in time.
    pub async fn waits(&self) -> Result<()> {
        self.window.has("window", "data-step", "waiting").await
    }

    /// Checks that the window shows the citizen under the registry's name, with the eligibility.
    ///
    /// # Errors
    /// [`rig::RigError`] if it shows another person or none.
    pub async fn sees(&self, citizen: &Citizen) -> Result<()> {
        self.sees_named(citizen.registered_name()).await
    }

    /// Checks that the window shows a person of this name, with the eligibility.
    ///
    /// # Errors
    /// [`rig::RigError`] if it shows another person or none.
    pub async fn sees_named(&self, name: &str) -> Result<()> {
        self.window.has("window", "data-step", "citizen").await?;
        self.window.text_with("citizen-name", name).await?;
        self.window.find("eligibility").await?;
        Ok(())
    }

    /// Begins an action, which leads to the confirmation.
    ///
    /// # Errors
    /// [`rig::RigError`] if the action is not offered.
    pub async fn begins(&self, action: Action) -> Result<()> {
        self.window.click(&format!("offer-{}", action.word())).await?;
        self.window.has("confirm", "data-action", action.word()).await
    }

    /// Checks that the holder is asked to compare name and photo (L8). F9 then answers for them.
    ///
    /// # Errors
    /// [`rig::RigError`] if the screen does not ask for it.
    pub async fn holder_agrees(&self) -> Result<()> {
        self.window.find("confirm-holder").await?;
        Ok(())
    }

    /// Presses F9, which says that all is right and carries the action out.
    ///
    /// # Errors
    /// [`rig::RigError`] if the window is gone.
    pub async fn does_it(&self) -> Result<()> {
        self.window.press(Key::F9.into()).await
    }

    /// Checks that the action is done, with the centre's answer.
    ///
    /// # Errors
    /// [`rig::RigError`] if it is not in time.
    pub async fn sees_done(&self, action: Action, confirmation: Confirmation) -> Result<()> {
        self.window.has("done", "data-action", action.word()).await?;
        self.window.has("done-confirmation", "data-confirmation", confirmation.word()).await
    }

    /// Checks that the sheet is printed; it is sent to the printer as soon as the code is issued.
    ///
    /// # Errors
    /// [`rig::RigError`] if it is not printed in time.
    pub async fn sees_sheet_printed(&self) -> Result<()> {
        self.window.has("print-state", "data-state", "completed").await
    }

    /// Confirms the sheet as good and goes on to the next citizen.
    ///
    /// # Errors
    /// [`rig::RigError`] if the window does not return to waiting.
    pub async fn hands_over(&self) -> Result<()> {
        self.window.click("print-good").await?;
        self.window.has("print-in-hand", "data-good", "true").await?;
        self.window.click("done-next").await
    }

    /// Waits until the citizen has left with the card, without any action.
    ///
    /// # Errors
    /// [`rig::RigError`] if the window does not return to waiting.
    pub async fn sends_away(&self) -> Result<()> {
        // Lifting the card clears the screen. Escape would clear it sooner, but then the next
        // card could come within the 400 ms between two looks of the card service, which would
        // miss the change.
        self.waits().await
    }

    /// Serves a citizen whose card lies on the reader, up to the issued code.
    ///
    /// # Errors
    /// [`rig::RigError`] of the first step that fails.
    pub async fn issues(&self, citizen: &Citizen, action: Action, confirmation: Confirmation) -> Result<()> {
        self.sees(citizen).await?;
        self.begins(action).await?;
        self.holder_agrees().await?;
        self.does_it().await?;
        self.sees_done(action, confirmation).await
    }
}
