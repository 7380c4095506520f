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
    /// The directory answered, and has no name for the number.
    Unknown,
    /// The directory did not answer in time, or not with something that can be understood.
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

/// The answers of one look-up, and their counts, each distinct number counted once.
///
/// `known + unknown + failed == asked`.
#[derive(Debug, Default)]
pub struct LookupResults {
    pub(crate) answers: HashMap<PhoneNumber, LookupResult>,
    /// Distinct numbers asked for.
    pub asked: usize,
    /// Those answered from the cache, without asking the backend.
    pub from_cache: usize,
    /// Those with a name.
    pub known: usize,
    /// Those the directory has no name for.
    pub unknown: usize,
    /// Those without an answer.
    pub failed: usize,
}

impl LookupResults {
    /// The answer for a number; [`LookupResult::Failed`] for one that was not asked for.
    pub fn get(&self, number: &PhoneNumber) -> &LookupResult {
        self.answers.get(number).unwrap_or(&LookupResult::Failed)
    }

    /// Fills in the counts that follow from the answers.
    pub(crate) fn counted(mut self) -> Self {
        self.asked = self.answers.len();
        for answer in self.answers.values() {
            match answer {
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
        let answers = HashMap::from([(number, LookupResult::Known("Ada Example".into()))]);
        let shown = format!("{:?}", LookupResults { answers, ..LookupResults::default() });
        assert!(shown.contains("Known(hidden)"), "{shown}");
        assert!(!shown.contains("Ada") && !shown.contains("6149"), "{shown}");
    }

    #[test]
    fn a_number_not_asked_for_reads_as_failed() {
        let number = PhoneNumber::parse("+61491570006").unwrap();
        assert_eq!(LookupResults::default().get(&number), &LookupResult::Failed);
    }
}
