//! Reasons why no companion device can connect.

/// Reason why the socket is not there.
#[derive(Debug, thiserror::Error)]
pub enum CompanionError {
    /// The folder or the socket cannot be made.
    #[error("the socket for companion devices cannot be made")]
    Socket(#[from] std::io::Error),
    /// The path is longer than a socket's name may be.
    #[error("the path of the socket is too long")]
    PathTooLong,
}
