//! What a stream's record carries: base64 of bytes that may be compressed.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::gzip::{self, GzipError};

/// Why a record's data could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is not base64.
    #[error("not base64")]
    NotBase64,
    /// It begins as gzip does and is damaged, or holds too much.
    #[error("{0}")]
    Gzip(#[from] GzipError),
}

/// The bytes of a record's data; of gzip, what is in it, at most `cap_bytes`.
///
/// # Errors
/// When the data is not base64, or damaged gzip.
///
/// ```
/// use switchboard_core::payload::{PayloadError, unpack};
/// assert_eq!(unpack("e30=", 1024).unwrap(), b"{}");
/// assert_eq!(unpack("{}", 1024), Err(PayloadError::NotBase64));
/// ```
pub fn unpack(data: &str, cap_bytes: u64) -> Result<Vec<u8>, PayloadError> {
    let bytes = STANDARD.decode(data).map_err(|_| PayloadError::NotBase64)?;
    if gzip::is_gzip(&bytes) { Ok(gzip::gunzip(&bytes, cap_bytes)?) } else { Ok(bytes) }
}
