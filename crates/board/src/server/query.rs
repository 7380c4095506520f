//! The query of an address, and the fields of a form.

use url::form_urlencoded;

use super::failure::Failure;

/// The members of a query or of a form, of each the last.
#[derive(Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query, or of a form's body.
    pub(super) fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// A text, without space around it; [`None`] if it is absent or empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|(key, _)| key == name);
        last.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// True if it is there, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A number in that range, or the default.
    ///
    /// # Errors
    /// If it is something else.
    pub(super) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<usize>,
        default: usize,
        detail: &'static str,
    ) -> Result<usize, Failure> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or(Failure::Invalid(detail))
    }
}
