//! Corrections (更正) through the real page, by keyboard alone: making and approving them.

use rig::window::{Key, Window};
use rig::{Result, RigError};

use crate::clerk::{Action, Clerk, Confirmation};
use crate::site::Staff;

/// The field that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// 姓名 of the holder.
    Name,
    /// 照片 of the holder.
    Photo,
}

impl Wrong {
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Photo => "photo",
        }
    }

    /// Returns the key that chooses the field after F7.
    fn key(self) -> char {
        match self {
            Self::Name => '1',
            Self::Photo => '2',
        }
    }
}

impl Clerk<'_> {
    /// Presses F7 and chooses the field. Opens a new correction of the current citizen, or the
    /// one in progress. A mistake that a kiosk reported opens its form without a choice.
    ///
    /// # Errors
    /// [`RigError`] if the form does not open.
    pub async fn opens_correction(&self, wrong: Wrong) -> Result<()> {
        let window = self.window();
        let reported = window.shows("history-escalation").await;
        window.press(Key::F7.into()).await?;
        if !reported {
            window.find("wrong-field").await?;
            window.press(wrong.key()).await?;
        }
        window.has("correction", "data-field-name", wrong.word()).await
    }

    /// Chooses the reason (N1–N5, P1–P4).
    ///
    /// # Errors
    /// [`RigError`] if the reason is not offered.
    pub async fn chooses_reason(&self, reason: &str) -> Result<()> {
        choose(self.window(), "reason-", &format!("reason-{reason}")).await?;
        self.window().has("draft-saved", "data-saved", "saved").await
    }

    /// Takes a picture of a document with the desk's camera, as evidence that is still missing.
    ///
    /// # Errors
    /// [`RigError`] if the evidence is not asked for, or the camera shows nothing.
    pub async fn adds_evidence(&self, kind: &str) -> Result<()> {
        let window = self.window();
        window.tab_to(&format!("evidence-add-{kind}")).await?;
        window.press(' ').await?;
        window.find("capture-frame").await?;
        window.press(Key::F8.into()).await?;
        window.gone("capture").await?;
        window.find(&format!("evidence-open-{kind}")).await?;
        Ok(())
    }

    /// Takes the new photo with the desk's camera. The drawn person sits right, so the frame
    /// fits at once.
    ///
    /// # Errors
    /// [`RigError`] if the camera shows nothing or the photo is not measured.
    pub async fn takes_photo(&self) -> Result<()> {
        let window = self.window();
        window.tab_to("photo-capture").await?;
        window.press(' ').await?;
        window.find("capture-frame").await?;
        window.press(Key::F8.into()).await?;
        window.gone("capture").await?;
        window.find("measure-sharpness").await?;
        window.has("draft-saved", "data-saved", "saved").await
    }

    /// Presses F9, which submits the correction.
    ///
    /// # Errors
    /// [`RigError`] if something is still missing.
    pub async fn hands_in(&self) -> Result<()> {
        self.window().press(Key::F9.into()).await?;
        self.sees_correction("submitted").await
    }

    /// Replaces the code: F4, the holder confirms, F9; waits for the printed sheet.
    ///
    /// # Errors
    /// [`RigError`] if the replacement is not offered or fails.
    pub async fn replaces(&self, confirmation: Confirmation) -> Result<()> {
        let window = self.window();
        window.press(Key::F4.into()).await?;
        window.has("confirm", "data-action", "replace").await?;
        self.holder_agrees().await?;
        self.does_it().await?;
        self.sees_done(Action::Replace, confirmation).await?;
        self.sees_sheet_printed().await
    }

    /// Checks the state of the correction.
    ///
    /// # Errors
    /// [`RigError`] if it does not get there in time.
    pub async fn sees_correction(&self, state: &str) -> Result<()> {
        self.window().has("correction-state", "data-state", state).await
    }
}

/// Chooses one of a group of radio buttons. Tab enters the group once; the arrows move within it.
async fn choose(window: &Window, group: &str, wanted: &str) -> Result<()> {
    const MOST: usize = 10;
    window.tab_into(group).await?;
    window.press(' ').await?;
    for _ in 0..MOST {
        if window.focused().await? == wanted {
            return Ok(());
        }
        window.press(Key::Down.into()).await?;
    }
    Err(RigError::Unexpected(format!("{wanted} cannot be chosen")))
}

/// A supervisor (主管) at a window.
#[derive(Debug)]
pub struct Supervisor<'a> {
    window: &'a Window,
    staff: &'a Staff,
}

impl<'a> Supervisor<'a> {
    /// Creates a supervisor who is logged in at this window.
    #[must_use]
    pub fn at(window: &'a Window, staff: &'a Staff) -> Self {
        Self { window, staff }
    }

    /// Goes to the approvals and opens the first correction.
    ///
    /// # Errors
    /// [`RigError`] if no correction waits.
    pub async fn opens_first(&self) -> Result<()> {
        self.window.tab_to("place-approvals").await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.find("approvals-list-row").await?;
        self.window.tab_to("approvals-list-grid").await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.has("approval", "data-state", "submitted").await
    }

    /// Looks at each piece of evidence; approving is impossible before that.
    ///
    /// # Errors
    /// [`RigError`] if a piece cannot be opened.
    pub async fn looks_at_evidence(&self, kinds: &[&str]) -> Result<()> {
        for kind in kinds {
            self.window.tab_to(&format!("evidence-open-{kind}")).await?;
            self.window.press(Key::Enter.into()).await?;
            let shown = if *kind == "chip_read" || *kind == "guardian_consent" {
                "evidence-text"
            } else {
                "evidence-picture"
            };
            self.window.find(shown).await?;
        }
        self.window.gone("approve-why").await
    }

    /// Approves with F9 and the password (S4).
    ///
    /// # Errors
    /// [`RigError`] if the approval is refused.
    pub async fn approves(&self) -> Result<()> {
        self.window.press(Key::F9.into()).await?;
        self.decides().await
    }

    /// Rejects with F7, a reason and the password.
    ///
    /// # Errors
    /// [`RigError`] if the rejection is refused.
    pub async fn rejects(&self, rejection: &str) -> Result<()> {
        self.window.press(Key::F7.into()).await?;
        choose(self.window, "rejection-", &format!("rejection-{rejection}")).await?;
        self.decides().await
    }

    async fn decides(&self) -> Result<()> {
        self.window.find("decision").await?;
        self.window.tab_to("decision-password").await?;
        self.window.type_keys(&self.staff.password).await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.gone("decision").await
    }
}
