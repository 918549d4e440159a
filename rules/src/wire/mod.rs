//! Requests and answers between desk and centre (JSON), shared by both.
//!
//! Suffixes of type names: none for stored data, `View` for displayed data, `Request` and
//! `Response` for calls.

mod account;
mod audit;
mod board;
mod changes;
mod channel;
mod channel_calls;
mod citizen;
mod error;
mod heartbeat;
mod institution;
mod log_in;
mod report_number;
mod restore;
mod session;
mod sync;
mod trust;
mod verification;
mod visit;
mod window_settings;

pub use account::{
    AccountActRequest, AccountsResponse, ActivateRequest, SecondFactorChange, SecondFactorRequest,
    SiteAccount, TakenRequest, TakenResponse,
};
pub use audit::{ConsistencyResponse, DeskAudit, EarlierRow};
pub use board::{
    BOARD_CASES, BOARD_DAYS, BoardCase, BoardCasesRequest, BoardCasesResponse, BoardDays, BoardDesk,
    BoardDeskState, BoardResponse, BoardTold, CorrectionFigure, Figure, FigureKey, FigureOutcome,
    FiguresResponse,
};
pub use changes::{Change, ChangesResponse, Channel, CorrectionRecord, Escalation};
pub use channel::{
    ChannelAssertion, ChannelAuthRequest, ChannelEnrolRequest, ChannelEnrolResponse, ChannelKey,
    LOGIN_TOKEN_PREFIX, LoginClaims,
};
pub use channel_calls::{
    CardRequest, ChannelCode, ChannelRelative, ChannelReport, ChannelView, ConfirmRequest, EscalateRequest,
    EscalateResponse, LoginRequest, Offer, SessionResponse, SwitchRequest,
};
pub use citizen::{
    CitizenView, LookUpProof, LookUpRequest, Relative, ReleaseRequest, ReleaseResponse, TagKey,
};
pub use error::ProtocolError;
pub use heartbeat::{DeviceTrouble, DeviceTroubles, FailureName, Heartbeat, NotATrouble};
pub use institution::{Institution, RosterPerson, RosterRequest, RosterResponse};
pub use log_in::{
    BoundRelative, ChosenRelative, LogInAgent, RelativesRequest, RelativesResponse, WINDOW_LOGIN_CLIENT,
    WINDOW_LOGIN_PREFIX, WindowLogInRequest, WindowLogInResponse,
};
pub use report_number::{NoReportNumber, ReportNumber};
pub use restore::{RestoreResponse, Restored, Testimony, TestimonyResponse};
pub use session::{
    ChangePasswordRequest, DeviceAssertion, DeviceAuthRequest, EnrolRequest, EnrolResponse, KeyChange,
    OperatorAuthRequest, OperatorAuthResponse, RenewRequest, RenewResponse, TokenResponse,
};
pub use sync::{PushRequest, PushResponse, Receipt, ResultsResponse, SealedResponse, Verdict};
pub use trust::{KeyListDelta, RevocationDelta, TrustAnchors, TrustResponse};
pub use verification::{
    REGISTRATION_PREFIX, RegistrationClaims, RegistrationOutcome, RegistrationRequest, RegistrationResponse,
    VerifyAnswer, VerifyRequest, VerifyResponse,
};
pub use visit::{
    VisitAnswer, VisitPerson, VisitRequest, VisitResponse, VisitReturnRequest, VisitReturnResponse,
};
pub use window_settings::{CentralSettings, WindowSettings};
