//! Texts of events, as they are kept. Pure.

use std::borrow::Cow;

use switchboard_core::json::Raw;

/// The longest code, name or id. Connect's own are shorter by half, and Teleopti's service takes no longer code.
const TEXT_MAX_CHARS: usize = 300;

/// A text that is not empty.
pub(crate) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty())
}

/// At most [`TEXT_MAX_CHARS`] of a text, so that no event makes a record that can't be stored or sent.
pub(crate) fn cut(text: Cow<'_, str>) -> String {
    // Nearly every one: as many bytes have no more characters.
    if text.len() <= TEXT_MAX_CHARS {
        return text.into_owned();
    }
    match text.char_indices().nth(TEXT_MAX_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.into_owned(),
    }
}
