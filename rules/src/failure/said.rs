//! How the arguments of a sentence are written in each language.

use super::Refusal;
use crate::{
    DeviceNumber, Language,
    person::code_point_text,
    program::ProgramVersion,
    time::{At, Day, day_in_chinese},
};

/// Something that can stand in a sentence.
pub(crate) trait Said {
    /// Returns how it is written in this language.
    fn said(&self, language: Language) -> String;
}

macro_rules! said_as_displayed {
    ($($type:ty),+) => {
        $(impl Said for $type {
            fn said(&self, _: Language) -> String {
                self.to_string()
            }
        })+
    };
}

said_as_displayed!(u16, u32, u64, usize, DeviceNumber, &'static str, ProgramVersion);

impl Said for At {
    fn said(&self, _: Language) -> String {
        self.civil().strftime("%Y-%m-%d %H:%M").to_string()
    }
}

impl Said for Day {
    fn said(&self, language: Language) -> String {
        match language {
            Language::Chinese => day_in_chinese(*self),
            Language::English => self.to_string(),
        }
    }
}

impl Said for Refusal {
    fn said(&self, language: Language) -> String {
        self.message(language).to_owned()
    }
}

/// Characters that are named by their code points, as rule N5 asks: `U+20087`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePoints(pub Vec<char>);

impl Said for CodePoints {
    fn said(&self, language: Language) -> String {
        let points: Vec<String> = self.0.iter().map(|&character| code_point_text(character)).collect();
        points.join(language.pick("、", ", "))
    }
}
