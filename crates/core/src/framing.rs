//! A byte stream into JSON documents, whatever stands between them.
//!
//! Firehose glues records together (`}{`) unless told otherwise; other producers write a line each, or
//! print them prettily. A split on `}{` or on lines cuts through values that hold those characters, so
//! here a JSON parser finds each document's end. What is not a whole JSON object comes out as
//! [`Piece::Damage`] with its place, and reading goes on at the next document that can be told.
//! The objects of a JSON array are documents, too: what people export is often one array of records.
//!
//! Every byte of the stream is in exactly one piece, or stands between two: whitespace, and an array's `[`, `,`
//! and `]`.
//!
//! # Where the next document begins after damage
//!
//! The first `{` from which a whole object can be read, and which is not simply a value inside the
//! damaged document. It counts as the beginning of a document if one of these holds:
//!
//! 1. it is the first character of a line;
//! 2. what stands before it is not `:`, `,` or `[`, after which a nested object may stand;
//! 3. its first member has the name that the damaged document began with, as all records of one
//!    producer do (`{"AWSAccountId":…`).

mod recovery;

use std::ops::Range;

use crate::{
    outline::Outline,
    scan::{self, MemberSpan, ScanError, Visit},
};

/// The longest document that is looked for. Connect's longest are 1 MiB, a Lambda event's 6 MiB;
/// an unclosed brace must not gather a whole file in memory.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;

/// A part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// One whole JSON object, without whitespace around it.
    Document {
        /// Its text.
        text: &'a str,
        /// Where it stood in the stream, in bytes.
        range: Range<u64>,
    },
    /// Something else.
    Damage {
        /// What stood there.
        bytes: &'a [u8],
        /// Where it stood in the stream, in bytes.
        range: Range<u64>,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// What is wrong with a part of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Text that does not begin with `{`.
    #[error("not a JSON object")]
    NotAnObject,
    /// The stream ends, or another document begins, inside this one.
    #[error("the document is cut off")]
    CutOff,
    /// The document breaks the rules of JSON.
    #[error("not valid JSON")]
    NotJson,
    /// A whole document, but not UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// No end within [`MAX_DOCUMENT_BYTES`].
    #[error("the document is longer than {MAX_DOCUMENT_BYTES} bytes")]
    TooLong,
}

/// Frames a stream that arrives in parts, in memory for the longest document and one part.
///
/// ```
/// use switchboard_core::framing::{Framer, Piece};
/// let mut framer = Framer::new();
/// let mut documents = Vec::new();
/// for part in [r#"{"a":"}{"}{"b""#, ":2}\n"] {
///     framer.push(part.as_bytes());
///     while let Some(piece) = framer.next() {
///         let Piece::Document { text, .. } = piece else { unreachable!() };
///         documents.push(text.to_owned());
///     }
/// }
/// framer.finish();
/// assert_eq!(framer.next(), None);
/// assert_eq!(documents, [r#"{"a":"}{"}"#, r#"{"b":2}"#]);
/// ```
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// How much of the buffer was handed out.
    used: usize,
    /// Where the buffer begins in the stream.
    offset: u64,
    /// How long the rest must be before it is worth another look.
    look_at: usize,
    finished: bool,
    /// True from an array's beginning to its end.
    in_array: bool,
}

impl Framer {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next part of the stream. Call [`next`](Self::next) until it has no more before the
    /// next part: what was not taken stays in memory.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.offset += self.used as u64;
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the stream ended: what is left is a document now, or damage.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// The next piece, or [`None`] until more is pushed.
    #[expect(
        clippy::should_implement_trait,
        reason = "the piece borrows the framer; Iterator can't say that"
    )]
    pub fn next(&mut self) -> Option<Piece<'_>> {
        self.next_telling(|_: MemberSpan| {})
    }

    /// The same, with the outline of a piece that is a document.
    pub fn next_with(&mut self, outline: &mut Outline) -> Option<Piece<'_>> {
        outline.clear();
        self.next_telling(outline)
    }

    #[inline]
    fn next_telling(&mut self, visit: impl Visit) -> Option<Piece<'_>> {
        let rest = self.buffer.get(self.used..).unwrap_or_default();
        if !self.finished && rest.len() < self.look_at {
            return None;
        }
        let mut in_array = self.in_array;
        let step = step(rest, self.finished, &mut in_array, visit);
        if step == Step::NeedsMore {
            // Looking again at each small part would cost the square of the document's length.
            self.look_at = (rest.len() + rest.len() / 2).min(WINDOW);
            return None;
        }
        self.look_at = 0;
        self.in_array = in_array;
        let before = self.used;
        self.used += step.taken();
        piece(self.offset + before as u64, step)
    }
}

/// The pieces of a stream that is all in memory.
///
/// ```
/// use switchboard_core::framing::{Fault, Piece, pieces};
/// let all: Vec<_> = pieces(b"{\"a\":{\"b\":1\n{\"a\":2}").collect();
/// assert!(matches!(all[0], Piece::Damage { fault: Fault::NotJson, .. }));
/// assert_eq!(all[1], Piece::Document { text: "{\"a\":2}", range: 12..19 });
/// ```
pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let (mut used, mut in_array) = (0, false);
    std::iter::from_fn(move || {
        let step = step(bytes.get(used..).unwrap_or_default(), true, &mut in_array, |_: MemberSpan| {});
        let before = used;
        used += step.taken();
        piece(before as u64, step)
    })
}

/// Two of the longest documents: after a damaged one of that length the next is still seen whole.
const WINDOW: usize = 2 * MAX_DOCUMENT_BYTES;

/// What stands at the beginning of the rest of a stream, `skipped` bytes on that stand between two pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Document {
        skipped: usize,
        text: &'a str,
    },
    Damage {
        skipped: usize,
        bytes: &'a [u8],
        fault: Fault,
    },
    /// Only what stands between two pieces.
    Nothing {
        skipped: usize,
    },
    /// What it is depends on bytes that have not arrived.
    NeedsMore,
}

impl Step<'_> {
    /// How many bytes are done with.
    fn taken(self) -> usize {
        match self {
            Self::Document { skipped, text } => skipped + text.len(),
            Self::Damage { skipped, bytes, .. } => skipped + bytes.len(),
            Self::Nothing { skipped } => skipped,
            Self::NeedsMore => 0,
        }
    }
}

/// Decides by a window of the rest, so that a stream comes out the same in whatever parts it arrived.
fn step<'a>(rest: &'a [u8], ended: bool, in_array: &mut bool, visit: impl Visit) -> Step<'a> {
    let Some(skipped) = between(rest, ended, in_array) else {
        return Step::NeedsMore;
    };
    let all = rest.get(skipped..).unwrap_or_default();
    let window = all.get(..WINDOW).unwrap_or(all);
    let Some(first) = window.first() else {
        return Step::Nothing { skipped };
    };
    let lookahead = if window.len() == WINDOW {
        Lookahead::BeyondWindow
    } else if ended {
        Lookahead::Eof
    } else {
        Lookahead::Pending
    };
    let fault = if *first == b'{' {
        match end_of_object(window, visit) {
            End::At(length) => {
                let bytes = window.get(..length).unwrap_or(window);
                return match std::str::from_utf8(bytes) {
                    Ok(text) => Step::Document { skipped, text },
                    Err(_) => Step::Damage { skipped, bytes, fault: Fault::NotUtf8 },
                };
            }
            End::Missing if lookahead == Lookahead::Pending => return Step::NeedsMore,
            End::Missing if window.len() > MAX_DOCUMENT_BYTES => Fault::TooLong,
            End::Missing => Fault::CutOff,
            End::NotJson { .. } => Fault::NotJson,
        }
    } else {
        Fault::NotAnObject
    };
    let length = match recovery::next_document(window, lookahead) {
        Some(start) => start,
        None if lookahead == Lookahead::Pending => return Step::NeedsMore,
        None => window.len(),
    };
    let damage = window.get(..length).unwrap_or(window);
    // A newline before the next document belongs to neither.
    let length = damage.trim_ascii_end().len().max(1);
    Step::Damage { skipped, bytes: window.get(..length).unwrap_or(window), fault }
}

/// What follows the bytes in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lookahead {
    /// The stream ends with them.
    Eof,
    /// Bytes that have not arrived.
    Pending,
    /// More than is looked at in one go.
    BeyondWindow,
}

/// Where the object that the bytes begin with ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    At(usize),
    /// Not within the bytes there are, or not within the longest document.
    Missing,
    /// There is none: what stands `seen` bytes on breaks the rules of JSON.
    NotJson {
        seen: usize,
    },
}

fn end_of_object(bytes: &[u8], visit: impl Visit) -> End {
    let bytes = bytes.get(..MAX_DOCUMENT_BYTES).unwrap_or(bytes);
    match scan::object(bytes, visit) {
        Ok(end) => End::At(end),
        Err(ScanError::UnexpectedEnd) => End::Missing,
        Err(ScanError::Syntax { at }) => End::NotJson { seen: at },
    }
}

/// How many bytes stand before the next piece: whitespace, and what an array has around its objects. [`None`] if
/// that depends on bytes that have not arrived.
fn between(bytes: &[u8], ended: bool, in_array: &mut bool) -> Option<usize> {
    let mut at = 0;
    loop {
        at += whitespace(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            Some(b'[') => {
                let inside = bytes.get(at + 1..).unwrap_or_default();
                match inside.get(whitespace(inside)) {
                    Some(b'{') => *in_array = true,
                    None if !ended => return None,
                    // An array of something else, which is damage.
                    _ => return Some(at),
                }
            }
            Some(b',') if *in_array => {}
            Some(b']') if *in_array => *in_array = false,
            _ => return Some(at),
        }
        at += 1;
    }
}

/// How many bytes of whitespace the bytes begin with; a byte order mark counts as such.
fn whitespace(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at..) {
            Some([b' ' | b'\t' | b'\r' | b'\n', ..]) => at += 1,
            Some([0xef, 0xbb, 0xbf, ..]) => at += 3,
            _ => return at,
        }
    }
}

/// The piece of a step that was made `from` bytes into the stream.
fn piece(from: u64, step: Step<'_>) -> Option<Piece<'_>> {
    let range = |skipped: usize, length: usize| {
        let start = from + skipped as u64;
        start..start + length as u64
    };
    match step {
        Step::Document { skipped, text } => Some(Piece::Document { text, range: range(skipped, text.len()) }),
        Step::Damage { skipped, bytes, fault } => {
            Some(Piece::Damage { bytes, range: range(skipped, bytes.len()), fault })
        }
        Step::Nothing { .. } | Step::NeedsMore => None,
    }
}

#[cfg(test)]
mod tests;
