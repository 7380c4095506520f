//! Why somebody is not signed in.

/// Why somebody is not signed in. It holds nothing of a token.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no session.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The token's time is over; a refresh token may renew it.
    #[error("the token is over")]
    Over,
    /// The token is none of the server's for this board.
    #[error("the token is not valid")]
    Invalid,
    /// The browser comes back from a sign-in that it did not begin here, or not within the last minutes.
    #[error("the sign-in was not begun here")]
    NotBegun,
    /// The server did not sign the user in, or does not renew the session any more.
    #[error("the server refuses")]
    Refused,
    /// No group of the user's has a role.
    #[error("the user has no role")]
    NoRole,
    /// Another site sends the request.
    #[error("another site sends this")]
    OtherOrigin,
    /// A token is longer than a cookie may be.
    #[error("the token is too long for a cookie")]
    TooLong,
    /// The server does not answer as it should.
    #[error("the sign-in's server does not answer")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system has no random numbers.
    #[error("there are no random numbers")]
    NoRandom,
}
