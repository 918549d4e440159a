//! The person at the window: what a clerk does, through the real page.

use rig::Result;
use rig::window::{Key, Window};

use crate::citizen::Citizen;
use crate::site::Staff;

/// What is done for a citizen, as the page names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// 首次申领
    Apply,
    /// 再次申领
    Reapply,
    /// 补领
    Reissue,
    /// 更正换发
    Replace,
    /// 挂失
    ReportLoss,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Reapply => "reapply",
            Self::Reissue => "reissue",
            Self::Replace => "replace",
            Self::ReportLoss => "report_loss",
        }
    }
}

/// How the centre answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// 已确认
    Confirmed,
    /// 暂定 (L9)
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

/// A clerk at a window. Keyboard first, as at a real counter.
#[derive(Debug)]
pub struct Clerk<'a> {
    window: &'a Window,
}

impl<'a> Clerk<'a> {
    /// Sits down at the window.
    #[must_use]
    pub fn at(window: &'a Window) -> Self {
        Self { window }
    }

    /// The window they sit at.
    #[must_use]
    pub fn window(&self) -> &'a Window {
        self.window
    }

    /// Logs in with staff number and password.
    ///
    /// # Errors
    /// When the login does not lead to the window. Where a card lies on the reader, it is read at once.
    pub async fn log_in(&self, staff: &Staff) -> Result<()> {
        self.sits_down(staff, "window").await
    }

    /// Logs somebody in whose work begins at another place of the rail.
    ///
    /// # Errors
    /// When the login does not lead there.
    pub async fn sits_down(&self, staff: &Staff, place: &str) -> Result<()> {
        self.window.type_into("login-staff", staff.number).await?;
        self.window.type_into("login-password", &staff.password).await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.find(place).await?;
        Ok(())
    }

    /// Locks the screen and lets somebody else sit down. The case in hand waits for whoever leaves.
    ///
    /// # Errors
    /// When the other's login does not lead to the window.
    pub async fn gives_place_to(&self, staff: &Staff) -> Result<()> {
        self.window.press_with(Key::Control, 'l').await?;
        self.window.tab_to("lock-other").await?;
        self.window.press(Key::Enter.into()).await?;
        self.log_in(staff).await
    }

    /// Sees that the window waits for a card.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn waits(&self) -> Result<()> {
        self.window.has("window", "data-step", "waiting").await
    }

    /// Sees the citizen as the registry has them: name, masked number, and the answer on eligibility.
    ///
    /// # Errors
    /// When another or nobody is shown.
    pub async fn sees(&self, citizen: &Citizen) -> Result<()> {
        self.sees_named(citizen.registered_name()).await
    }

    /// Sees somebody of this name.
    ///
    /// # Errors
    /// When another or nobody is shown.
    pub async fn sees_named(&self, name: &str) -> Result<()> {
        self.window.has("window", "data-step", "citizen").await?;
        self.window.text_with("citizen-name", name).await?;
        self.window.find("eligibility").await?;
        Ok(())
    }

    /// Chooses what is done; comes to the Confirm screen.
    ///
    /// # Errors
    /// When it is not offered.
    pub async fn begins(&self, action: Action) -> Result<()> {
        self.window.click(&format!("offer-{}", action.word())).await?;
        self.window.has("confirm", "data-action", action.word()).await
    }

    /// The holder has compared name and photo on their own window (L8), where that is asked.
    ///
    /// # Errors
    /// When the screen asks nothing.
    pub async fn holder_agrees(&self) -> Result<()> {
        self.window.click("confirm-holder").await
    }

    /// Presses the key that does it: F9, never the key that asked.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn does_it(&self) -> Result<()> {
        self.window.press(Key::F9.into()).await
    }

    /// Sees that it is done, with the centre's answer.
    ///
    /// # Errors
    /// When it is not in time.
    pub async fn sees_done(&self, action: Action, confirmation: Confirmation) -> Result<()> {
        self.window.has("done", "data-action", action.word()).await?;
        self.window.has("done-confirmation", "data-confirmation", confirmation.word()).await
    }

    /// Sees the sheet come out of the printer; it is sent there as soon as the code is issued.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn sees_sheet_printed(&self) -> Result<()> {
        self.window.has("print-state", "data-state", "completed").await
    }

    /// The sheet is good; on to the next citizen.
    ///
    /// # Errors
    /// When the window does not come back to waiting.
    pub async fn hands_over(&self) -> Result<()> {
        self.window.click("print-good").await?;
        self.window.has("print-in-hand", "data-good", "true").await?;
        self.window.click("done-next").await
    }

    /// The citizen goes without anything done.
    ///
    /// # Errors
    /// When the window does not come back to waiting.
    pub async fn sends_away(&self) -> Result<()> {
        // The lifted card clears the screen by itself. Pressing Escape would clear it sooner, and the next card would be
        // laid down faster than a hand can: the card service looks every 400 ms and would not see the change.
        self.waits().await
    }

    /// Serves a citizen whose card lies on the reader up to the printed sheet.
    ///
    /// # Errors
    /// At the first step that does not go as it should.
    pub async fn issues(&self, citizen: &Citizen, action: Action, confirmation: Confirmation) -> Result<()> {
        self.sees(citizen).await?;
        self.begins(action).await?;
        self.holder_agrees().await?;
        self.does_it().await?;
        self.sees_done(action, confirmation).await
    }
}
