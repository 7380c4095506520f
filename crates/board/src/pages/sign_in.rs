//! The page of a sign-in that ended, well or not.

use askama::Template;

use super::frame::rendered;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'a> {
    title: &'a str,
    detail: &'a str,
}

/// The page of a sign-in that ended so.
pub(crate) fn sign_in(title: &str, detail: &str) -> String {
    rendered(&SignInPage { title, detail })
}
