//! What a run comes to.

use std::collections::BTreeMap;
use std::fmt;

/// How many differences are kept; all are counted.
const SHOWN: usize = 20;

/// What became of a day.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines for people: what was sent, failed, retried, killed.
    pub lines: Vec<String>,
    /// How many items were given up.
    pub lost: u64,
    /// How many things came out more than once.
    pub doubled: u64,
    /// How many things were compared, by what they are.
    pub compared: BTreeMap<&'static str, u64>,
    /// How many differences there are.
    pub differences: u64,
    /// The first of them.
    pub shown: Vec<String>,
}

impl Report {
    /// Compares two things of this kind.
    pub(super) fn compare<T: PartialEq + fmt::Debug>(
        &mut self,
        kind: &'static str,
        of: impl fmt::Display,
        what: &str,
        (found, truth): (T, T),
    ) {
        *self.compared.entry(kind).or_default() += 1;
        if found != truth {
            self.differ(format!("{kind} of {of}: {what} is {found:?}, and was {truth:?}"));
        }
    }

    /// Compares how often something came out with how often it was to, and tells what was doubled.
    pub(super) fn compare_count(
        &mut self,
        kind: &'static str,
        of: impl fmt::Display,
        what: &str,
        (found, truth): (usize, usize),
    ) {
        self.doubled += u64::try_from(found.saturating_sub(truth)).unwrap_or(u64::MAX);
        self.compare(kind, of, what, (found, truth));
    }

    /// Notes a difference.
    pub(super) fn differ(&mut self, difference: String) {
        self.differences += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(difference);
        }
    }

    /// True if nothing was lost or doubled and nothing differs.
    pub fn is_good(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.differences == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        for (kind, count) in &self.compared {
            writeln!(f, "compared {kind}: {count}")?;
        }
        writeln!(f, "lost {}, doubled {}, differences {}", self.lost, self.doubled, self.differences)?;
        self.shown.iter().try_for_each(|difference| writeln!(f, "  {difference}"))
    }
}
