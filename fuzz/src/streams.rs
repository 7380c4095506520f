//! Bytes into documents.

#![expect(clippy::disallowed_types, reason = "ours stands beside it, and it is capped")]

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    ops::Range,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use switchboard_core::{
    framing::{Fault, Framer, MAX_DOCUMENT_BYTES, Piece, pieces},
    gzip::{Gunzip, GzipError, Unpacked, gunzip, is_gzip},
    json::{self, Raw},
    log_batch::LogBatch,
    payload::{Budget, PayloadError},
};

/// What one stream may hold, in bytes.
const CAP_BYTES: u64 = 64 * 1024;

/// The members of an object, beside `serde_json`.
pub fn scanner(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut last: BTreeMap<String, Raw<'_>> = BTreeMap::new();
    let ours = json::members(text, |member| {
        assert_eq!(text.get(member.value_span()), Some(member.value.json()), "a value's place");
        assert!(text.get(member.span.clone()).is_some_and(|span| span.starts_with('"')), "a member's place");
        value(member.value);
        last.insert(member.name.into_owned(), member.value);
    });
    let theirs = text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    assert_eq!(ours.is_ok(), theirs, "what is one object");
    // Not where a name has half a surrogate pair, which they refuse to unescape.
    if let (true, Ok(theirs)) = (theirs, serde_json::from_str::<BTreeMap<String, &RawValue>>(text)) {
        let theirs: BTreeMap<_, _> =
            theirs.iter().map(|(name, value)| (name.as_str(), value.get())).collect();
        let ours: BTreeMap<_, _> = last.iter().map(|(name, value)| (name.as_str(), value.json())).collect();
        assert_eq!(ours, theirs, "names and values");
    }
}

fn value(raw: Raw<'_>) {
    let theirs: Option<String> = serde_json::from_str(raw.json()).ok();
    assert_eq!(raw.text().as_deref(), theirs.as_deref(), "a text");
    // `-0` is a float to them.
    if raw.json() != "-0" {
        assert_eq!(raw.integer(), serde_json::from_str(raw.json()).ok(), "a whole number");
    }
    raw.members(|member| value(member.value));
}

/// A stream's piece, owned.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    range: Range<u64>,
    bytes: Vec<u8>,
    fault: Option<Fault>,
}

impl From<Piece<'_>> for Found {
    fn from(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Document { text, range } => Self { range, bytes: text.into(), fault: None },
            Piece::Damage { bytes, range, fault } => Self { range, bytes: bytes.into(), fault: Some(fault) },
        }
    }
}

/// The documents of a stream, whole and in parts whose length the first byte says.
pub fn framing(bytes: &[u8]) {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let whole: Vec<Found> = pieces(bytes).map(Found::from).collect();
    let mut end = 0;
    for found in &whole {
        let at = usize::try_from(found.range.start).expect("a place")
            ..usize::try_from(found.range.end).expect("a place");
        assert_eq!(bytes.get(at.clone()), Some(&*found.bytes), "the bytes of the piece's place");
        separators(bytes.get(end..at.start).expect("pieces come in order"));
        end = at.end;
        if found.fault.is_none() {
            assert!(found.bytes.starts_with(b"{") && found.bytes.len() <= MAX_DOCUMENT_BYTES, "a document");
            assert!(serde_json::from_slice::<IgnoredAny>(&found.bytes).is_ok(), "a document is JSON");
        }
    }
    separators(bytes.get(end..).expect("pieces end within the bytes"));

    let (mut framer, mut streamed) = (Framer::new(), Vec::new());
    for part in bytes.chunks(usize::from(first).max(1)) {
        framer.push(part);
        while let Some(piece) = framer.next() {
            streamed.push(Found::from(piece));
        }
    }
    framer.finish();
    while let Some(piece) = framer.next() {
        streamed.push(Found::from(piece));
    }
    assert_eq!(streamed, whole, "in parts and whole");
}

/// What may stand between pieces: whitespace, a byte order mark, and an array's own.
fn separators(bytes: &[u8]) {
    let is_separator =
        |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'[' | b',' | b']' | 0xef | 0xbb | 0xbf);
    assert!(bytes.iter().all(is_separator), "a byte that is in no piece");
}

fn in_parts(bytes: &[u8], part: usize, cap_bytes: u64) -> Unpacked {
    let (mut stream, mut out) = (Gunzip::new(cap_bytes), Vec::new());
    let mut fault = None;
    for part in bytes.chunks(part.max(1)) {
        fault = fault.or(stream.push(part, &mut out).err());
    }
    let end = stream.finish(&mut out).err();
    Unpacked { bytes: out, fault: fault.or(end) }
}

/// A gzip stream that may be none, whole and in parts whose length the first byte says.
pub fn gzip(bytes: &[u8]) {
    let Some((&first, bytes)) = bytes.split_first() else { return };
    let whole = gunzip(bytes, CAP_BYTES);
    assert!(whole.bytes.len() as u64 <= CAP_BYTES, "the cap");
    assert!(whole.fault.is_some() || is_gzip(bytes), "what does not begin as gzip is none");
    let parts = in_parts(bytes, usize::from(first), CAP_BYTES);
    assert_eq!(parts.bytes, whole.bytes, "in parts and whole");
    assert_eq!(parts.fault.map(verdict), whole.fault.map(verdict), "in parts and whole");
    let mut theirs = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(CAP_BYTES + 1).read_to_end(&mut theirs);
    if whole.fault.is_none() && read.is_ok() {
        assert_eq!(theirs, whole.bytes, "what flate2 reads");
    }
}

/// A fault without its place.
fn verdict(fault: GzipError) -> std::mem::Discriminant<GzipError> {
    std::mem::discriminant(&fault)
}

fn packed(bytes: &[u8], level: u8) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(u32::from(level % 10)));
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// Bytes that `flate2` packs, in one member and in two, whole and cut: the first three bytes say how.
pub fn gzip_round_trip(bytes: &[u8]) {
    let Some((&[level, part, cut], bytes)) = bytes.split_first_chunk() else { return };
    let (first, second) = bytes.split_at(bytes.len() * usize::from(cut) / 256);
    let cap_bytes = bytes.len() as u64;
    let two = [packed(first, level), packed(second, part)].concat();
    for stream in [packed(bytes, level), two] {
        let whole = Unpacked { bytes: bytes.to_vec(), fault: None };
        assert_eq!(gunzip(&stream, cap_bytes), whole);
        assert_eq!(in_parts(&stream, part.into(), cap_bytes), whole);
        if let Some(less) = cap_bytes.checked_sub(1) {
            let fault = Some(GzipError::TooLarge { cap_bytes: less });
            assert_eq!(gunzip(&stream, less).fault, fault);
            assert_eq!(in_parts(&stream, part.into(), less).fault, fault);
        }
    }
    let stream = packed(bytes, level);
    let kept = stream.len() * usize::from(cut) / 256;
    let unpacked = gunzip(&stream[..kept], cap_bytes);
    assert_eq!(unpacked.fault, Some(GzipError::CutOff { at: kept as u64 }));
    assert!(bytes.starts_with(&unpacked.bytes), "what stands before the cut");
}

/// The data of a stream's record: text that may be base64, and bytes that are packed so.
pub fn payload(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let theirs = STANDARD.decode(text);
        match Budget::new(CAP_BYTES, CAP_BYTES).unpack(text) {
            Ok(unpacked) => {
                let theirs = theirs.expect("base64");
                assert!(is_gzip(&theirs) || unpacked.bytes == theirs, "as the package reads it");
            }
            Err(PayloadError::NotBase64) => assert!(theirs.is_err(), "what is no base64"),
            Err(_) => assert!(theirs.is_ok_and(|bytes| is_gzip(&bytes)), "a fault of gzip"),
        }
    }
    let bytes = bytes.get(..bytes.len().min(1 << 14)).unwrap_or_default();
    let mut budget = Budget::new(CAP_BYTES, CAP_BYTES);
    let unpacked = budget.unpack(&STANDARD.encode(packed(bytes, 1)));
    assert_eq!(unpacked, Ok(Unpacked { bytes: bytes.to_vec(), fault: None }));
}

/// A log batch: the text as it is, and packed as CloudWatch Logs packs it.
pub fn log_batch(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(batch) = LogBatch::unpack(text, CAP_BYTES)
    {
        lines(&batch);
    }
    let delivered = format!(r#"{{"awslogs":{{"data":"{}"}}}}"#, STANDARD.encode(packed(bytes, 1)));
    if let Ok(batch) = LogBatch::unpack(&delivered, CAP_BYTES) {
        lines(&batch);
    }
}

fn lines(batch: &LogBatch) {
    for event in batch.events() {
        let _ = (event.id.text(), event.at(), event.message.text());
    }
}
