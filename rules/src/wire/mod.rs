//! Requests and answers between desk and centre (JSON), shared so that both speak the same.
//! Suffixes: none = stored, `View` = shown, `Request`, `Response`.

mod changes;
mod citizen;
mod error;
mod session;
mod sync;
mod trust;
mod verification;

pub use changes::{Change, ChangesResponse, Channel, CorrectionRecord, Escalation, Staff};
pub use citizen::{CitizenView, Relative};
pub use error::ProtocolError;
pub use session::{
    DeviceAssertion, DeviceAuthRequest, EnrolRequest, EnrolResponse, OperatorAuthRequest, TokenResponse,
};
pub use sync::{PushRequest, PushResponse, Receipt, ResultsResponse, Verdict};
pub use trust::{KeyListDelta, RevocationDelta, TrustResponse};
pub use verification::{VerifyAnswer, VerifyRequest, VerifyResponse};
