//! What an HTTP directory's response means, and what counts as a name.
//!
//! Services respond in plain text, as a JSON string or as an object; some say "nobody" with 404, some with
//! `null`, some with nothing. And all of them sometimes respond with an error page, which must not end up
//! as somebody's name in a contact record.

use std::sync::Arc;

use serde_json::Value;
use switchboard_core::text;

use crate::failure::{BackendResult, Failure};

/// The longest name there is, in characters. What is longer is a message of some kind.
const MAX_NAME_CHARS: usize = 256;

/// The longest body that is read, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// Something other than a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAName;

impl From<NotAName> for Failure {
    fn from(_: NotAName) -> Self {
        Self::NotUnderstood
    }
}

/// Reads an HTTP response.
///
/// | response | meaning |
/// |---|---|
/// | 200 with text, a JSON string, or a JSON object with a string `name` | that name |
/// | 404, 204; 200 with nothing, `null`, `""`, `{"name": null}` or `{"name": ""}` | nobody |
/// | any other status, HTML, another JSON value, broken JSON, more than one line, too long | a failure |
///
/// The content type counts only where it says HTML: services that label plain text as JSON are common.
/// A body longer than [`MAX_BODY_BYTES`] is a failure, so no more than one byte past that need be read.
pub(crate) fn read(status: u16, content_type: &str, body: &[u8]) -> BackendResult {
    match status {
        204 | 404 => return Ok(None),
        200..=299 => {}
        _ => return Err(Failure::Status(status)),
    }
    if body.len() > MAX_BODY_BYTES || is_html(content_type) {
        return Err(Failure::NotUnderstood);
    }
    let text = str::from_utf8(body).map_err(|_| Failure::NotUnderstood)?;
    Ok(from_text(text.trim_start_matches('\u{feff}').trim())?)
}

fn is_html(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| media_type.eq_ignore_ascii_case(html))
}

fn from_text(text: &str) -> Result<Option<Arc<str>>, NotAName> {
    match serde_json::from_str(text) {
        Ok(Value::Null) => Ok(None),
        Ok(Value::String(text)) => name(&text),
        Ok(Value::Object(members)) => match members.get("name") {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => name(text),
            _ => Err(NotAName),
        },
        Ok(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => Err(NotAName),
        // A document that broke off is no name.
        Err(_) if text.starts_with(['{', '[', '"']) => Err(NotAName),
        Err(_) => name(text),
    }
}

/// A name without the white space around it; [`None`] if nothing is left.
///
/// # Errors
///
/// If it has more than one line, a control character (those that turn the direction of text among them), or more than
/// 256 characters, begins as markup does, or is an error's text or a placeholder.
pub(crate) fn name(text: &str) -> Result<Option<Arc<str>>, NotAName> {
    let name = text.trim();
    if name.contains(text::is_control)
        || name.starts_with('<')
        || name.chars().count() > MAX_NAME_CHARS
        || is_message(name)
    {
        return Err(NotAName);
    }
    Ok((!name.is_empty()).then(|| name.into()))
}

/// What services and frameworks say in place of a name, with a status that says that all is well.
const MESSAGES: [&str; 26] = [
    "undefined",
    "nan",
    "none",
    "nil",
    "n/a",
    "unknown",
    "error",
    "[object object]",
    "ok",
    "success",
    "no content",
    "bad request",
    "unauthorized",
    "forbidden",
    "access denied",
    "not found",
    "user not found",
    "no such user",
    "method not allowed",
    "request timeout",
    "too many requests",
    "internal server error",
    "not implemented",
    "bad gateway",
    "service unavailable",
    "gateway timeout",
];

/// True for an error's text, with its status before it or not, and for a placeholder. `Null` is a name that people have.
fn is_message(name: &str) -> bool {
    let text = name.to_lowercase();
    let text = text.strip_prefix("http/1.1 ").unwrap_or(&text);
    let code: String = text.chars().take_while(char::is_ascii_digit).collect();
    let is_status = code.len() == 3 && code.starts_with(['2', '4', '5']);
    let rest = if is_status { text.get(code.len()..).unwrap_or_default() } else { text };
    let rest =
        rest.trim_matches(|character: char| !character.is_alphanumeric() && !"[]/".contains(character));
    MESSAGES.contains(&rest) || text.starts_with("error:") || is_status && rest.is_empty()
}

#[cfg(test)]
mod tests;
