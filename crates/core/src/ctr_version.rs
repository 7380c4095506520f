//! Which of several copies of a contact record is the newest.

use std::fmt;

use jiff::Timestamp;

use crate::{
    ctr::Ctr,
    instant::{instant, is_ahead},
};

/// The version of a copy of a contact record. Versions compare by, in this order:
///
/// 1. `LastUpdateTimestamp` as an instant; absent, unreadable or [ahead of now](is_ahead) is older than any;
/// 2. the length of the text: an update adds (a recording's place, an evaluation);
/// 3. a digest of the text, so that the choice does not depend on which copy came first.
///
/// Equal versions are the same text, so either may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CtrVersion {
    last_update: Option<Timestamp>,
    length_bytes: usize,
    digest: u64,
}

impl CtrVersion {
    /// The version of a record and the document it was read from `now`.
    pub fn of(ctr: &Ctr<'_>, document: &str, now: Timestamp) -> Self {
        Self {
            last_update: instant(ctr.last_update_timestamp).filter(|at| !is_ahead(*at, now)),
            length_bytes: document.len(),
            digest: digest(document),
        }
    }
}

/// As a text of one form, which sorts by its bytes as versions do.
impl fmt::Display for CtrVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(last_update) = self.last_update {
            write!(f, "{last_update:.9}")?;
        }
        write!(f, " {:010} {:016x}", self.length_bytes, self.digest)
    }
}

/// FNV-1a, by eight bytes at a time: the same in every process and every build, so that all choose alike. By single bytes
/// it would take longer than reading the record.
fn digest(document: &str) -> u64 {
    let step = |digest: u64, word: u64| (digest ^ word).wrapping_mul(0x0100_0000_01b3);
    let (words, rest) = document.as_bytes().as_chunks();
    let digest =
        words.iter().fold(0xcbf2_9ce4_8422_2325, |digest, word| step(digest, u64::from_le_bytes(*word)));
    rest.iter().fold(digest, |digest, byte| step(digest, u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(document: &str) -> CtrVersion {
        CtrVersion::of(&Ctr::parse(document).unwrap(), document, "2030-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_text_sorts_as_versions_do() {
        let document = |last_update: &str, note: &str| {
            format!(r#"{{"ContactId":"c","InitiationMethod":"API"{last_update},"Tags":"{note}"}}"#)
        };
        let times = [
            "",
            "1990-01-01T00:00:00Z",
            "2024-05-01T10:00:00Z",
            "2024-05-01T10:00:00.5Z",
            "2024-05-01T10:00:00.25Z",
        ];
        let times = times.map(|time| {
            if time.is_empty() { String::new() } else { format!(r#","LastUpdateTimestamp":"{time}""#) }
        });
        let long = "n".repeat(2000);
        let documents: Vec<_> =
            times.iter().flat_map(|time| ["a", "b", &long].map(|note| document(time, note))).collect();
        for one in &documents {
            for other in &documents {
                let (one, other) = (version(one), version(other));
                assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()), "{one} {other}");
            }
        }
    }
}
