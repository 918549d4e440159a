//! Corrections (更正) through the real page, by keyboard alone: whoever makes one, and whoever approves it.

use rig::window::{Key, Window};
use rig::{Result, RigError};

use crate::clerk::{Action, Clerk, Confirmation};
use crate::site::Staff;

/// Which field is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// 姓名
    Name,
    /// 照片
    Photo,
}

impl Wrong {
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Photo => "photo",
        }
    }

    /// The key that chooses it after F7.
    fn key(self) -> char {
        match self {
            Self::Name => '1',
            Self::Photo => '2',
        }
    }
}

impl Clerk<'_> {
    /// F7, then which field. Opens the correction of the citizen in front, or the one that is open already.
    ///
    /// # Errors
    /// When the form does not open.
    pub async fn opens_correction(&self, wrong: Wrong) -> Result<()> {
        let window = self.window();
        window.press(Key::F7.into()).await?;
        window.find("wrong-field").await?;
        window.press(wrong.key()).await?;
        window.has("correction", "data-field-name", wrong.word()).await
    }

    /// Chooses the reason (N1–N5, P1–P4).
    ///
    /// # Errors
    /// When it is not offered.
    pub async fn chooses_reason(&self, reason: &str) -> Result<()> {
        choose(self.window(), "reason-", &format!("reason-{reason}")).await?;
        self.window().has("draft-saved", "data-saved", "saved").await
    }

    /// Takes a picture of a document with the desk's camera, as evidence that is still missing.
    ///
    /// # Errors
    /// When it is not asked for, or the camera shows nothing.
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

    /// Takes the new photo with the desk's camera. The frame lies right at once when the person sits right.
    ///
    /// # Errors
    /// When the camera shows nothing or the photo is not measured.
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

    /// F9: hands in.
    ///
    /// # Errors
    /// When something is still missing.
    pub async fn hands_in(&self) -> Result<()> {
        self.window().press(Key::F9.into()).await?;
        self.sees_correction("submitted").await
    }

    /// F4, the holder agrees, F9: the replacement, with the sheet in the tray.
    ///
    /// # Errors
    /// When it is not offered, or does not go as it should.
    pub async fn replaces(&self, confirmation: Confirmation) -> Result<()> {
        let window = self.window();
        window.press(Key::F4.into()).await?;
        window.has("confirm", "data-action", "replace").await?;
        window.tab_to("confirm-holder").await?;
        window.press(' ').await?;
        self.does_it().await?;
        self.sees_done(Action::Replace, confirmation).await?;
        self.sees_sheet_printed().await
    }

    /// Sees the correction in a state.
    ///
    /// # Errors
    /// When it does not get there in time.
    pub async fn sees_correction(&self, state: &str) -> Result<()> {
        self.window().has("correction-state", "data-state", state).await
    }
}

/// Chooses one of a group of radio buttons. The group is one stop of the tab key; the arrows move in it.
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
    /// Somebody who has logged in there.
    #[must_use]
    pub fn at(window: &'a Window, staff: &'a Staff) -> Self {
        Self { window, staff }
    }

    /// Goes to the queue and opens the first correction in it.
    ///
    /// # Errors
    /// When nothing waits.
    pub async fn opens_first(&self) -> Result<()> {
        self.window.tab_to("place-approvals").await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.find("approvals-list-row").await?;
        self.window.tab_to("approvals-list-grid").await?;
        self.window.press(Key::Enter.into()).await?;
        self.window.has("approval", "data-state", "submitted").await
    }

    /// Opens each piece of evidence. Until then approving is not possible.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub async fn looks_at_evidence(&self, kinds: &[&str]) -> Result<()> {
        for kind in kinds {
            self.window.find("approve-why").await?;
            self.window.tab_to(&format!("evidence-open-{kind}")).await?;
            self.window.press(Key::Enter.into()).await?;
            let shown = if *kind == "chip_read" || *kind == "guardian_consent" {
                "evidence-text"
            } else {
                "evidence-picture"
            };
            self.window.find(shown).await?;
            self.window.press(Key::Escape.into()).await?;
            self.window.gone("evidence-viewer").await?;
        }
        self.window.gone("approve-why").await
    }

    /// F9, and the password again (S4).
    ///
    /// # Errors
    /// When it is refused.
    pub async fn approves(&self) -> Result<()> {
        self.window.press(Key::F9.into()).await?;
        self.decides().await
    }

    /// F7, the reason for sending it back, and the password again.
    ///
    /// # Errors
    /// When it is refused.
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
