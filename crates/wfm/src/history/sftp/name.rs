//! The names of a file: its own, and the temporary ones.

use std::hash::{BuildHasher, RandomState};

use super::SftpError;

/// The longest file name in bytes. 255 is the usual limit of a file system.
pub const MAX_NAME_BYTES: usize = 249;

/// The longest temporary name in bytes.
const MAX_TEMPORARY_BYTES: usize = 255;

/// A checked file name.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileName<'n>(&'n str);

impl<'n> FileName<'n> {
    /// Rejects what would leave the directory or surprise a file system. A backslash separates folders
    /// on a Windows server.
    pub(super) fn parse(name: &'n str) -> Result<Self, SftpError> {
        let fault = if name.is_empty() {
            "it is empty"
        } else if name == "." || name == ".." {
            "it names a folder"
        } else if name.contains(['/', '\\']) {
            "it contains a path separator"
        } else if name.contains(char::is_control) {
            "it contains a control character"
        } else if name.len() > MAX_NAME_BYTES {
            "it is longer than 249 bytes"
        } else {
            return Ok(Self(name));
        };
        Err(SftpError::BadName(fault))
    }

    /// The name itself.
    pub(super) fn as_str(self) -> &'n str {
        self.0
    }

    /// The hidden name that the file of one attempt has until it is whole.
    pub(super) fn staged(self) -> String {
        self.temporary("part")
    }

    /// The hidden name of the file that is being replaced.
    #[cfg(any(test, feature = "ssh"))]
    pub(super) fn replaced(self) -> String {
        self.temporary("old")
    }

    /// A hidden name that no other attempt has, of this process or another.
    fn temporary(self, suffix: &str) -> String {
        // The keys of each are the system's random numbers.
        let random = RandomState::new().hash_one(self.0);
        let end = format!(".{random:016x}.{suffix}");
        let room = MAX_TEMPORARY_BYTES - 1 - end.len();
        let stem = self.0.get(..self.0.floor_char_boundary(room)).unwrap_or(self.0);
        format!(".{stem}{end}")
    }
}

#[cfg(test)]
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are of our own making")]
mod tests {
    use super::*;

    #[test]
    fn plain_and_foreign_names_pass() {
        for name in ["a.csv", "Übersicht März.csv", "日報 2026-11-20.csv", ".hidden", "a..b"] {
            assert_eq!(FileName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn every_attempt_has_a_name_of_its_own() {
        let name = FileName::parse("a.csv").unwrap();
        let names: std::collections::HashSet<_> = (0..1_000).map(|_| name.staged()).collect();
        assert_eq!(names.len(), 1_000);
        assert!(names.iter().all(|name| name.starts_with(".a.csv.") && name.ends_with(".part")));
        assert!(name.replaced().starts_with(".a.csv.") && name.replaced().ends_with(".old"));
    }

    #[test]
    fn a_long_name_has_a_temporary_name_that_fits() {
        for name in ["x".repeat(MAX_NAME_BYTES), "日".repeat(MAX_NAME_BYTES / 3)] {
            let staged = FileName::parse(&name).unwrap().staged();
            assert!((MAX_TEMPORARY_BYTES - 3..=MAX_TEMPORARY_BYTES).contains(&staged.len()), "{staged}");
        }
    }

    #[test]
    fn names_that_leave_the_folder_or_break_a_line_are_rejected() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for name in ["", ".", "..", "a/b", "/etc/passwd", "..\\a", "a\nb", "a\0b", "a\u{85}b", &long] {
            assert!(matches!(FileName::parse(name), Err(SftpError::BadName(_))), "{name:?}");
        }
        assert!(FileName::parse(&"x".repeat(MAX_NAME_BYTES)).is_ok());
    }
}
