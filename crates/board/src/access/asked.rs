//! Which page of which instance a request asks for: `/i/INSTANCE/agents` is the page `/agents` of that instance.

use axum::{
    extract::Request,
    http::{Uri, request::Parts, uri::PathAndQuery},
};

/// What the address of a page of one instance begins with.
const PREFIX: &str = "/i/";

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct AskedFor {
    /// The name of the instance, as it stands in the address.
    instance: Option<String>,
    /// The address without the instance, as the routes have it, with its query.
    target: String,
}

impl AskedFor {
    /// Takes the instance out of a request's address, so that each page has one route.
    pub(crate) fn take_out(mut request: Request) -> Request {
        let mut asked = Self { instance: None, target: target(request.uri()) };
        if let Some(rest) = asked.target.strip_prefix(PREFIX) {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (instance, rest) = rest.split_at(end);
            let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
            if let Some(uri) = with_target(request.uri(), &path) {
                (asked.instance, asked.target) = (Some(instance.to_owned()), path);
                *request.uri_mut() = uri;
            }
        }
        request.extensions_mut().insert(asked);
        request
    }

    /// What was taken out.
    pub(crate) fn in_request(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// The name of the instance.
    pub(crate) fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// What the addresses of the instance's pages begin with; nothing without one.
    pub(crate) fn base(&self) -> String {
        self.instance.as_ref().map(|instance| format!("{PREFIX}{instance}")).unwrap_or_default()
    }

    /// The same page, of that instance.
    pub(crate) fn of_instance(&self, name: &str) -> String {
        format!("{PREFIX}{name}{}", self.target)
    }

    /// The address without the instance, with its query.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    /// The whole address, as it was asked for.
    #[cfg(feature = "sign-in")]
    pub(crate) fn whole(&self) -> String {
        format!("{}{}", self.base(), self.target)
    }
}

fn target(uri: &Uri) -> String {
    uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned()
}

fn with_target(uri: &Uri, target: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(address: &str) -> (String, Option<String>, String) {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = address.parse().unwrap();
        let (parts, _) = AskedFor::take_out(request).into_parts();
        let asked = AskedFor::in_request(&parts);
        (target(&parts.uri), asked.instance().map(str::to_owned), asked.base())
    }

    #[test]
    fn the_instance_is_taken_out_of_the_address() {
        for (address, left, instance) in [
            ("/", "/", None),
            ("/agents?text=/i/a", "/agents?text=/i/a", None),
            ("/i/main", "/", Some("main")),
            ("/i/main?tv", "/?tv", Some("main")),
            ("/i/main/", "/", Some("main")),
            ("/i/main/agents?team=a%20b", "/agents?team=a%20b", Some("main")),
            ("/i/main/api/v1/board", "/api/v1/board", Some("main")),
            ("/i/main/i/other/", "/i/other/", Some("main")),
            ("/i/", "/", Some("")),
            ("/items", "/items", None),
        ] {
            let expected = (left.to_owned(), instance.map(str::to_owned));
            let (target, instance, base) = asked(address);
            assert_eq!((target, instance.clone()), expected, "{address}");
            assert_eq!(base, instance.map(|instance| format!("/i/{instance}")).unwrap_or_default());
        }
    }
}
