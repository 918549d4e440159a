//! Short prompts for the citizen at each stage, spoken where the site wants it. Never a name or
//! number: everybody in the hall hears them.

use crate::view::{CitizenStage, Confirmation};
use drivers::speech::{Speaker, SpeechSettings};
use rules::Language;

/// Speaks the prompts.
pub(crate) struct Speech {
    speaker: Speaker,
    language: Language,
}

impl Speech {
    /// Starts speaking as the site chose.
    pub(crate) fn start(settings: &SpeechSettings) -> Self {
        let language =
            if settings.language.starts_with("en") { Language::English } else { Language::Chinese };
        Self { speaker: Speaker::start(settings.clone()), language }
    }

    /// Says what the citizen does now; nothing at stages in which they only wait.
    pub(crate) fn say(&self, stage: CitizenStage, result: Option<Confirmation>) {
        if let Some(prompt) = prompt(stage, result, self.language) {
            self.speaker.say(prompt);
        }
    }
}

/// Returns the prompt of a stage.
const fn prompt(
    stage: CitizenStage,
    result: Option<Confirmation>,
    language: Language,
) -> Option<&'static str> {
    Some(match (stage, result) {
        (CitizenStage::Welcome, _) => {
            language.pick("请将证件放在读卡器上", "Please lay your card on the reader")
        }
        (CitizenStage::TakeCard, _) => language.pick("请取回证件", "Please take your card"),
        (CitizenStage::PleaseCheck, _) => {
            language.pick("请看屏幕，核对您的信息", "Please check your details on the screen")
        }
        (CitizenStage::CheckCorrection, _) => {
            language.pick("请看屏幕，核对更正内容", "Please check the correction on the screen")
        }
        (CitizenStage::TakeNotice, _) => {
            language.pick("请取回证件和告知书", "Please take your card and your notice")
        }
        (CitizenStage::Trouble | CitizenStage::NotEligible, _)
        | (CitizenStage::Done, Some(Confirmation::Refused)) => {
            language.pick("请听窗口人员说明", "Please speak to the clerk")
        }
        (CitizenStage::Done, _) => language.pick("请取回您的证件和材料", "Please take your card and papers"),
        (
            CitizenStage::Closed
            | CitizenStage::Reading
            | CitizenStage::InProgress
            | CitizenStage::Correcting,
            _,
        ) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_prompt_has_a_number_and_each_is_short() {
        let stages = [
            CitizenStage::Welcome,
            CitizenStage::TakeCard,
            CitizenStage::PleaseCheck,
            CitizenStage::CheckCorrection,
            CitizenStage::TakeNotice,
            CitizenStage::Trouble,
            CitizenStage::NotEligible,
            CitizenStage::Done,
        ];
        for stage in stages {
            for language in [Language::Chinese, Language::English] {
                let said = prompt(stage, None, language).unwrap();
                assert!(said.chars().count() <= 45 && !said.contains(char::is_numeric), "{said}");
            }
        }
    }

    #[test]
    fn what_the_centre_refused_is_not_called_done() {
        let said = |result| prompt(CitizenStage::Done, Some(result), Language::Chinese).unwrap();
        assert_ne!(said(Confirmation::Refused), said(Confirmation::Confirmed));
    }
}
