//! What a stream's record carries: base64 of bytes that may be compressed.

use base64_simd::STANDARD;

use crate::{
    framing::Fault,
    gzip::{self, GzipError},
};

/// Why a record's data could not be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// It is not base64.
    #[error("not base64")]
    NotBase64,
    /// It begins as gzip does and is damaged, or holds too much.
    #[error("{0}")]
    Gzip(#[from] GzipError),
    /// What one invocation may unpack was used up by the records before it, and it does not fit into the rest.
    #[error("too much to unpack in one invocation")]
    OverBudget,
}

/// Why a part of a sequence of documents is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartFault {
    /// It is not JSON, or not all of it.
    #[error("{0}")]
    NotJson(Fault),
    /// Its gzip is damaged from there on.
    #[error("{0}")]
    Gzip(GzipError),
}

/// How many bytes one invocation may unpack in all.
///
/// A batch of a few megabytes of gzip may hold gigabytes. So all its records share one budget: what passes the
/// rest of it is refused alone, and costs nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    left: u64,
    cap_bytes: u64,
}

impl Budget {
    /// `bytes` for all records together, and at most `cap_bytes` for one.
    pub fn new(bytes: u64, cap_bytes: u64) -> Self {
        Self { left: bytes, cap_bytes }
    }

    /// The bytes of a record's data; of gzip, what is in it. A damaged gzip stream gives what stands before
    /// the damage, and its fault.
    ///
    /// # Errors
    /// When nothing can be had of it: it is not base64, holds more than one record may or than is left, or is
    /// damaged from its beginning.
    ///
    /// ```
    /// use switchboard_core::payload::{Budget, PayloadError};
    /// let mut budget = Budget::new(1024, 1024);
    /// assert_eq!(budget.unpack("e30=").unwrap().bytes, b"{}");
    /// assert_eq!(budget.unpack("{}"), Err(PayloadError::NotBase64));
    /// ```
    pub fn unpack(&mut self, data: &str) -> Result<gzip::Unpacked, PayloadError> {
        let bytes = STANDARD.decode_to_vec(data).map_err(|_| PayloadError::NotBase64)?;
        if !gzip::is_gzip(&bytes) {
            return Ok(gzip::Unpacked { bytes, fault: None });
        }
        self.gunzip(&bytes)
    }

    fn gunzip(&mut self, packed: &[u8]) -> Result<gzip::Unpacked, PayloadError> {
        let may = self.left.min(self.cap_bytes);
        let unpacked = gzip::gunzip(packed, may);
        match unpacked.fault {
            Some(GzipError::TooLarge { .. }) if may < self.cap_bytes => Err(PayloadError::OverBudget),
            Some(fault @ GzipError::TooLarge { .. }) => Err(fault.into()),
            Some(fault) if unpacked.bytes.is_empty() => Err(fault.into()),
            _ => {
                self.left = self.left.saturating_sub(unpacked.bytes.len() as u64);
                Ok(unpacked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn data(bytes: &[u8]) -> String {
        STANDARD.encode_to_string(packed(bytes))
    }

    #[test]
    fn what_passes_the_budget_is_refused_alone() {
        let mut budget = Budget::new(2_500, 1_000);
        let (thousand, more) = (data(&[b' '; 1_000]), data(&[b' '; 1_001]));
        let too_large = PayloadError::Gzip(GzipError::TooLarge { cap_bytes: 1_000 });
        assert_eq!(budget.unpack(&more), Err(too_large), "costs nothing of the budget");
        assert_eq!(budget.unpack(&thousand).unwrap().bytes.len(), 1_000);
        assert_eq!(budget.unpack(&thousand).unwrap().bytes.len(), 1_000);
        assert_eq!(budget.unpack(&thousand), Err(PayloadError::OverBudget));
        assert_eq!(budget.unpack(&data(&[b' '; 500])).unwrap().bytes.len(), 500);
        assert_eq!(budget.unpack(&data(b" ")), Err(PayloadError::OverBudget));
        assert_eq!(
            budget.unpack(&STANDARD.encode_to_string([b' '; 5_000])).unwrap().bytes.len(),
            5_000,
            "not packed"
        );
    }

    proptest! {
        #[test]
        fn what_is_base64_is_what_the_package_base64_says(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[A-Za-z0-9+/=_ \n-]{0,200}", at in any::<prop::sample::Index>()) {
            use base64::{Engine as _, engine::general_purpose};
            let mut encoded = general_purpose::STANDARD.encode(&bytes);
            prop_assert_eq!(STANDARD.encode_to_string(&bytes), encoded.clone());
            let theirs = |text: &str| general_purpose::STANDARD.decode(text).ok();
            let ours = |text: &str| STANDARD.decode_to_vec(text).ok();
            prop_assert_eq!(ours(&encoded), Some(bytes));
            prop_assert_eq!(ours(&text), theirs(&text));
            // Nearly: one character is another.
            if let Some(other) = text.chars().next().filter(|_| !encoded.is_empty()) {
                let at = at.index(encoded.len());
                encoded.replace_range(at..=at, &other.to_string());
                prop_assert_eq!(ours(&encoded), theirs(&encoded));
            }
        }
    }

    #[test]
    fn damage_costs_what_stands_behind_it() {
        let packed = packed(b"{\"a\":1}");
        let mut budget = Budget::new(14, 100);
        let cut = budget.unpack(&STANDARD.encode_to_string(&packed[..packed.len() - 1])).unwrap();
        assert_eq!(cut.bytes, b"{\"a\":1}");
        assert_eq!(cut.fault, Some(GzipError::CutOff { at: packed.len() as u64 - 1 }));
        let nothing = GzipError::CutOff { at: 5 };
        assert_eq!(budget.unpack(&STANDARD.encode_to_string(&packed[..5])), Err(nothing.into()));
        assert_eq!(
            budget.unpack(&STANDARD.encode_to_string(&packed)).unwrap().bytes.len(),
            7,
            "to the budget's last byte"
        );
    }
}
