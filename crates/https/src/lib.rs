//! The HTTPS client for servers that are not AWS's own APIs: where it may go, and how it is built.

#[cfg(feature = "sigv4")]
pub mod sigv4;

use std::sync::Arc;

use reqwest::{Client, header::HeaderMap, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS configuration is not possible.
    #[error("TLS can't be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built")]
    Http(#[source] reqwest::Error),
}

/// True if numbers, names and keys may go to this address: over TLS, or in clear text within this machine.
pub fn is_confidential_transport(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

/// A client for calls of one server, which sends `headers` with each. No connection is made.
///
/// It speaks TLS with `ring` and the roots compiled in, since reading those of the system takes a start tens of
/// milliseconds. It has no timeout of its own: each call has a deadline.
///
/// # Errors
/// When it can't be built.
pub fn client(server: &Url, headers: HeaderMap) -> Result<Client, ClientError> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls()?)
        .default_headers(headers)
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        // A redirect leads to a sign-in page or to another host, and the key would go along.
        .redirect(redirect::Policy::none());
    if is_loopback(server) {
        // A proxy of the environment would get everything in clear text.
        builder = builder.no_proxy();
    }
    builder.build().map_err(ClientError::Http)
}

fn tls() -> Result<ClientConfig, ClientError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// True if requests to this address stay on this machine. `localhost` does, by RFC 6761.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_stays_on_this_machine() {
        let is_confidential_transport = |url: &str| is_confidential_transport(&url.parse().unwrap());
        for private in
            ["https://crm.example/", "http://127.0.0.1:8000/", "http://[::1]/", "http://localhost/x"]
        {
            assert!(is_confidential_transport(private), "{private}");
        }
        for public in
            ["http://crm.example/", "http://10.0.0.1/", "http://localhost.example/", "ftp://localhost/"]
        {
            assert!(!is_confidential_transport(public), "{public}");
        }
    }

    #[test]
    fn a_client_can_be_built() {
        for server in ["https://crm.example/", "http://127.0.0.1/"] {
            assert!(client(&server.parse().unwrap(), HeaderMap::new()).is_ok(), "{server}");
        }
    }
}
