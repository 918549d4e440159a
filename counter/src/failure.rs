//! Whatever goes wrong at the counter, in the words of the catalogue.

mod devices;

pub use devices::device_failure;
pub(crate) use devices::job_failure;

use crate::{
    picture::PictureError,
    view::{Failure, FormField},
};
use desk::error::DeskError;
use paper::PaperError;
use rules::{
    Language, Refusal,
    failure::{CounterFailure, DeviceFailure, FailureCode, ListFailure},
};

impl Failure {
    /// Returns the failure as one of this field of the form.
    #[must_use]
    pub(super) const fn at(mut self, field: FormField) -> Self {
        self.field = Some(field);
        self
    }
}

impl From<FailureCode> for Failure {
    fn from(failure: FailureCode) -> Self {
        Self {
            code: failure.code().to_owned(),
            zh: failure.message(Language::Chinese).into_owned(),
            en: failure.message(Language::English).into_owned(),
            field: None,
        }
    }
}

macro_rules! shown_as_failures {
    ($($part:ty),+ $(,)?) => {
        $(impl From<$part> for Failure {
            fn from(part: $part) -> Self {
                FailureCode::from(part).into()
            }
        })+
    };
}

shown_as_failures!(Refusal, CounterFailure, DeviceFailure, ListFailure);

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        error.failure().into()
    }
}

impl From<PaperError> for Failure {
    fn from(error: PaperError) -> Self {
        // The sentence does not have the reason of system or parser. Characters of a name stay out
        // of the log.
        if !matches!(error, PaperError::Unprintable(_)) {
            tracing::error!(%error, "the paper could not be made");
        }
        error.failure().into()
    }
}

impl From<PictureError> for Failure {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::TooManyBytes => CounterFailure::PictureTooManyBytes,
            PictureError::NotAPicture => CounterFailure::PictureType,
            PictureError::Dimensions { .. } => CounterFailure::PictureDimensions,
            PictureError::CutOff => CounterFailure::PictureCutOff,
            PictureError::Damaged => CounterFailure::PictureDamaged,
            PictureError::CropInvalid => CounterFailure::PictureCrop,
        }
        .into()
    }
}

/// A step that does not fit where the case stands: a key pressed twice, or a screen that was
/// overtaken.
pub(super) fn out_of_step() -> Failure {
    CounterFailure::OutOfStep.into()
}

/// There is nobody in front.
pub(super) fn no_citizen() -> Failure {
    CounterFailure::NoCitizen.into()
}
