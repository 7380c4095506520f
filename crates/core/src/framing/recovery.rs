//! Finding the next document after damage. The rules are in the module above.

use super::{End, Lookahead, MAX_DOCUMENT_BYTES, end_of_object, whitespace};
use crate::scan::MemberSpan;

/// How often, all in all, the damaged bytes may be read over in search of a document. Bytes made to
/// look like many unclosed documents would otherwise cost the square of their number.
const READS: usize = 16;

/// Where the next document begins, behind the first byte. [`None`] if none can be told in these bytes,
/// or, where more are to come, not yet.
pub(super) fn next_document(bytes: &[u8], beyond: Lookahead) -> Option<usize> {
    let damaged_opening = opening(bytes);
    let mut budget = READS * bytes.len() + 4096;
    let braces = bytes.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'{');
    for (at, _) in braces {
        let (before, rest) = bytes.split_at(at);
        if !may_begin(before, rest, damaged_opening) {
            continue;
        }
        let cost = match end_of_object(rest, |_: MemberSpan| {}) {
            End::At(_) => return Some(at),
            End::Missing if beyond == Lookahead::Pending => return None,
            // Going on from here brings its end into sight.
            End::Missing if beyond == Lookahead::BeyondWindow && rest.len() < MAX_DOCUMENT_BYTES => {
                return Some(at);
            }
            End::Missing => rest.len(),
            End::NotJson { seen } => seen,
        };
        budget = budget.checked_sub(cost)?;
    }
    None
}

fn may_begin(before: &[u8], rest: &[u8], damaged_opening: Option<&[u8]>) -> bool {
    let Some(own) = opening(rest) else {
        return false;
    };
    before.ends_with(b"\n")
        || !matches!(before.trim_ascii_end().last(), Some(b':' | b',' | b'['))
        || damaged_opening == Some(own)
}

/// The name of the first member; [`None`] if the bytes do not begin an object with one.
fn opening(bytes: &[u8]) -> Option<&[u8]> {
    let inside = bytes.strip_prefix(b"{")?;
    let name = inside.get(whitespace(inside)..)?.strip_prefix(b"\"")?;
    // Names are short; looking for the end of a broken one through megabytes is not worth it.
    let length = name.iter().take(256).position(|byte| *byte == b'"')?;
    name.get(..length)
}
