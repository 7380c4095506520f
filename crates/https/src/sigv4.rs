//! AWS's signature version 4, for the few operations that need no SDK of their own.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use reqwest::Method;
use url::Url;

/// A request before it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a Method,
    /// The address.
    pub url: &'a Url,
    /// Further headers that the signature covers; they are sent as they are.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a str,
}

/// The headers that sign a request as of now, the body's checksum among them; [`None`] where it can't be signed. `service` is as
/// signatures name it, such as `es`.
pub fn signed_headers(
    request: Unsigned<'_>,
    credentials: Credentials,
    region: &str,
    service: &str,
) -> Option<Vec<(String, String)>> {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity = credentials.into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .ok()?
        .into();
    let Unsigned { method, url, headers, body } = request;
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new(method.as_str(), url.as_str(), headers.iter().copied(), body).ok()?;
    let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
    Some(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
