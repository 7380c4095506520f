//! A contact trace record with its caller's name and `@timestamp`, in one line, byte for byte otherwise.
//!
//! The new members are spliced into the original text. Nothing is parsed and printed again, so number
//! spellings, escapes, unknown members and their order come out as they went in, and the work is one scan of
//! the record. Of the whitespace only line breaks go: whoever reads documents by line, as a bulk request
//! of OpenSearch does, would take the second line for another document. `cargo bench` shows it beside a round trip through `serde_json::Value`.

use std::{borrow::Cow, fmt, ops::Range};

use crate::{
    ctr::{Ctr, Endpoint, NotACtr},
    instant::instant,
    json::{self, Raw},
    phone::PhoneNumber,
};

/// What the look-up of a record's caller came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LookUp<'a> {
    /// There was nothing to look up, or nowhere: `CustomerEndpoint` stays as it is.
    NotMade,
    /// The caller's name: becomes `CustomerEndpoint.Name`.
    Known(&'a str),
    /// The directory answered that it does not know the number: a `Name` from before goes.
    Unknown,
    /// No answer in time: `CustomerEndpoint.NameLookup` says so. A `Name` from an earlier pass stays,
    /// since nothing said that it is wrong.
    Failed,
}

impl fmt::Debug for LookUp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotMade => "NotMade",
            Self::Known(_) => "Known(hidden)",
            Self::Unknown => "Unknown",
            Self::Failed => "Failed",
        })
    }
}

const NAME: &str = "Name";
const NAME_LOOKUP: &str = "NameLookup";
const TIMESTAMP: &str = "@timestamp";

/// A contact trace record that was read once and can be written with its caller's name.
#[derive(Debug)]
pub struct Enrichable<'a> {
    document: &'a str,
    record: ReplaceableMembers,
    endpoint: ReplaceableMembers,
    timestamp: Option<Cow<'a, str>>,
    number: Option<PhoneNumber>,
}

impl<'a> Enrichable<'a> {
    /// Reads one document: a JSON object with no whitespace around it.
    ///
    /// # Errors
    /// [`NotACtr`] when it is something else.
    pub fn read(document: &'a str) -> Result<Self, NotACtr> {
        let mut ctr = Ctr::default();
        let mut record = ReplaceableMembers::of_object_at(0);
        let mut endpoint_start = 0;
        json::members(document, |member| {
            if member.name == "CustomerEndpoint" {
                endpoint_start = member.value_span().start;
            }
            record.visit(&member.name, &[TIMESTAMP], member.span.clone());
            ctr.visit(&member.name, member.value);
        })
        .map_err(|_| NotACtr::NotAnObject)?;
        ctr.check()?;

        let mut endpoint = ReplaceableMembers::of_object_at(endpoint_start);
        let mut customer = Endpoint::default();
        ctr.customer_endpoint.members(|member| {
            let span = endpoint_start + member.span.start..endpoint_start + member.span.end;
            endpoint.visit(&member.name, &[NAME, NAME_LOOKUP], span);
            customer.visit(&member.name, member.value);
        });
        Ok(Self {
            document,
            record,
            endpoint,
            timestamp: utc_without_zone(ctr.connected_to_system_timestamp)
                .or_else(|| utc_without_zone(ctr.initiation_timestamp)),
            number: customer.phone_number(),
        })
    }

    /// The number to look up, if the record has one.
    pub fn number(&self) -> Option<&PhoneNumber> {
        self.number.as_ref()
    }

    /// Appends the enriched record to `out`, and one newline.
    ///
    /// `@timestamp` is `ConnectedToSystemTimestamp` without its `Z`, as the workshop's index pattern
    /// expects it, or else `InitiationTimestamp`; a record with neither keeps what it has.
    pub fn write(&self, look_up: LookUp<'_>, out: &mut Vec<u8>) {
        let mut edits = Vec::with_capacity(4);
        // Where a number was read, the endpoint is an object that a member can be added to.
        if self.number.is_some() {
            let both = &[NAME, NAME_LOOKUP];
            match look_up {
                LookUp::NotMade => {}
                LookUp::Known(name) => self.endpoint.set(both, Some((NAME, name)), &mut edits),
                LookUp::Unknown => self.endpoint.set(both, None, &mut edits),
                LookUp::Failed => {
                    let failed = Some((NAME_LOOKUP, "failed"));
                    self.endpoint.set(&[NAME_LOOKUP], failed, &mut edits);
                }
            }
        }
        if let Some(timestamp) = self.timestamp.as_deref() {
            self.record.set(&[TIMESTAMP], Some((TIMESTAMP, timestamp)), &mut edits);
        }
        edits.sort_by_key(|edit| edit.span.start);

        let document = self.document.as_bytes();
        let mut copied = 0;
        for edit in edits {
            // Spans come from a parse of this very text, so they are in bounds and in order.
            copy_in_one_line(document.get(copied..edit.span.start).unwrap_or_default(), out);
            edit.write_new(out);
            copied = edit.span.end;
        }
        copy_in_one_line(document.get(copied..).unwrap_or_default(), out);
        out.push(b'\n');
    }
}

/// Appends valid JSON without its line breaks. They can only stand between tokens: inside a text they are escaped.
fn copy_in_one_line(json: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', json) {
        out.extend_from_slice(json.get(copied..at).unwrap_or_default());
        copied = at + 1;
    }
    out.extend_from_slice(json.get(copied..).unwrap_or_default());
}

/// The timestamp as it stands, less its `Z`; [`None`] if it is not of the form that the index takes, because an
/// index refuses a whole record for one bad date, or is no time that was set.
fn utc_without_zone(value: Raw<'_>) -> Option<Cow<'_, str>> {
    instant(value)?;
    let text = value.text()?;
    if !has_index_form(&text) {
        return None;
    }
    match text {
        Cow::Borrowed(text) => text.strip_suffix('Z').map(Cow::Borrowed),
        Cow::Owned(text) => text.strip_suffix('Z').map(|bare| Cow::Owned(bare.to_owned())),
    }
}

/// True for `yyyy-MM-ddTHH:mm:ssZ`, with up to nine digits of a second's fraction, and a second below 60: what
/// `strict_date_optional_time` takes of what jiff takes, which reads other forms of ISO 8601 too.
fn has_index_form(text: &str) -> bool {
    const FORM: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let bytes = text.as_bytes();
    let (Some(begin), Some(end)) = (bytes.get(..FORM.len()), bytes.get(FORM.len()..)) else {
        return false;
    };
    let fits = begin.iter().zip(FORM).all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        _ => byte == form,
    });
    let fraction = match end {
        b"Z" => true,
        [b'.', digits @ .., b'Z'] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    fits && fraction && !begin.ends_with(b"60")
}

/// A span of the document to leave out, and the member to put there.
struct Edit<'e> {
    span: Range<usize>,
    comma: bool,
    new: Option<(&'e str, &'e str)>,
}

impl Edit<'_> {
    fn write_new(&self, out: &mut Vec<u8>) {
        let Some((name, value)) = self.new else {
            return;
        };
        if self.comma {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        let printed = serde_json::to_writer(out, value);
        debug_assert!(printed.is_ok(), "printing a string to memory can't fail");
    }
}

/// Where an object's end is, and where those of its members lie that enrichment may replace.
#[derive(Debug)]
struct ReplaceableMembers {
    count: usize,
    last_end: usize,
    members: Vec<ReplaceableMember>,
}

/// A member that enrichment may replace.
#[derive(Debug)]
struct ReplaceableMember {
    name: &'static str,
    ordinal: usize,
    span: Range<usize>,
    previous_end: usize,
    next_start: Option<usize>,
}

impl ReplaceableMembers {
    fn of_object_at(start: usize) -> Self {
        Self { count: 0, last_end: start + 1, members: Vec::new() }
    }

    fn visit(&mut self, name: &str, ours: &[&'static str], span: Range<usize>) {
        if let Some(last) = self.members.last_mut() {
            last.next_start.get_or_insert(span.start);
        }
        let (ordinal, previous_end) = (self.count, self.last_end);
        self.count += 1;
        self.last_end = span.end;
        if let Some(&name) = ours.iter().find(|ours| **ours == name) {
            self.members.push(ReplaceableMember { name, ordinal, span, previous_end, next_start: None });
        }
    }

    /// Leaves out every member of these names and appends `new`, with the commas that takes.
    fn set<'e>(&self, names: &[&str], new: Option<(&'e str, &'e str)>, edits: &mut Vec<Edit<'e>>) {
        let mut removed = 0;
        for ours in self.members.iter().filter(|ours| names.contains(&ours.name)) {
            let keeps_one_before = ours.ordinal > removed;
            removed += 1;
            let span = if keeps_one_before {
                ours.previous_end..ours.span.end
            } else {
                ours.span.start..ours.next_start.unwrap_or(ours.span.end)
            };
            edits.push(Edit { span, comma: false, new: None });
        }
        if new.is_some() {
            edits.push(Edit { span: self.last_end..self.last_end, comma: self.count > removed, new });
        }
    }
}

#[cfg(test)]
mod tests;
