//! What a look-up found.

use std::{collections::HashMap, fmt, sync::Arc};

use switchboard_core::phone::PhoneNumber;

/// What a directory says about one number.
///
/// [`Debug`](fmt::Debug) hides the name.
#[derive(Clone, PartialEq, Eq)]
pub enum LookupResult {
    /// The name of whoever has the number: one line, trimmed, 1 to 256 characters.
    Known(Arc<str>),
    /// The directory responded, and has no name for the number.
    Unknown,
    /// The directory did not respond in time, or not with something that can be understood.
    Failed,
}

impl fmt::Debug for LookupResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known(hidden)",
            Self::Unknown => "Unknown",
            Self::Failed => "Failed",
        })
    }
}

/// The results of one look-up, and their counts, each distinct number counted once.
///
/// `known + unknown + failed == requested`.
#[derive(Debug, Default)]
pub struct LookupResults {
    pub(crate) results: HashMap<PhoneNumber, LookupResult>,
    /// Distinct numbers requested.
    pub requested: usize,
    /// Those found in the cache, without a request to the backend.
    pub from_cache: usize,
    /// Those with a name.
    pub known: usize,
    /// Those the directory has no name for.
    pub unknown: usize,
    /// Those without a result.
    pub failed: usize,
}

impl LookupResults {
    /// The result for a number; [`LookupResult::Failed`] for one that was not requested.
    pub fn get(&self, number: &PhoneNumber) -> &LookupResult {
        self.results.get(number).unwrap_or(&LookupResult::Failed)
    }

    /// Fills in the counts that follow from the results.
    pub(crate) fn counted(mut self) -> Self {
        self.requested = self.results.len();
        for result in self.results.values() {
            match result {
                LookupResult::Known(_) => self.known += 1,
                LookupResult::Unknown => self.unknown += 1,
                LookupResult::Failed => self.failed += 1,
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_names_and_numbers() {
        let number = PhoneNumber::parse("+61491570006").unwrap();
        let results = HashMap::from([(number, LookupResult::Known("Ada Example".into()))]);
        let shown = format!("{:?}", LookupResults { results, ..LookupResults::default() });
        assert!(shown.contains("Known(hidden)"), "{shown}");
        assert!(!shown.contains("Ada") && !shown.contains("6149"), "{shown}");
    }

    #[test]
    fn a_number_not_asked_for_reads_as_failed() {
        let number = PhoneNumber::parse("+61491570006").unwrap();
        assert_eq!(LookupResults::default().get(&number), &LookupResult::Failed);
    }
}
