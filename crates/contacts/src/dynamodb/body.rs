//! The body of an entry of the history: its text, or gzip where that saves a write unit.

use std::io::Read as _;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use flate2::{Compression, read::GzEncoder};
use switchboard_core::gzip::{Unpacked, gunzip};

use crate::history::BODY_MAX_BYTES;

/// A write unit pays for so many bytes of an item.
const UNIT_BYTES: usize = 1024;

/// A body as it is kept in an item that has so many bytes beside it. The same body is the same bytes each time.
pub(super) fn kept(body: &str, beside: usize) -> AttributeValue {
    let units = |bytes: usize| (beside + bytes).div_ceil(UNIT_BYTES);
    let mut packed = Vec::new();
    if units(body.len()) > 1
        && GzEncoder::new(body.as_bytes(), Compression::best()).read_to_end(&mut packed).is_ok()
        && units(packed.len()) < units(body.len())
    {
        return AttributeValue::B(Blob::new(packed));
    }
    AttributeValue::S(body.to_owned())
}

/// The text of a body that is kept so; [`None`] if it is none.
pub(super) fn read(kept: &AttributeValue) -> Option<String> {
    match kept {
        AttributeValue::S(text) => Some(text.clone()),
        AttributeValue::B(packed) => match gunzip(packed.as_ref(), BODY_MAX_BYTES as u64) {
            Unpacked { bytes, fault: None } => String::from_utf8(bytes).ok(),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_packed_only_where_that_saves_a_unit() {
        let short = "x".repeat(1024 - 200);
        assert_eq!(kept(&short, 200), AttributeValue::S(short.clone()));
        for body in [format!("{short}x"), "é".repeat(BODY_MAX_BYTES / 2)] {
            let kept = kept(&body, 200);
            assert!(kept.is_b(), "{} bytes", body.len());
            assert_eq!(read(&kept), Some(body));
        }
        // Packed, it would take two units as well.
        assert_eq!(kept(&short, 1100), AttributeValue::S(short));
    }

    #[test]
    fn what_is_no_body_is_none() {
        let cut = kept(&"x".repeat(2000), 0).as_b().unwrap().as_ref()[..20].to_vec();
        for kept in [AttributeValue::B(Blob::new(cut)), AttributeValue::Bool(true)] {
            assert_eq!(read(&kept), None);
        }
    }
}
