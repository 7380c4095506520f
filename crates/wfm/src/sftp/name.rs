//! The names a file has on its way.

use super::SftpError;

/// The longest name in bytes: 255 is the usual limit of a file system, and the temporary name is longer
/// by a dot and `.part`.
const MAX_BYTES: usize = 249;

/// A checked file name.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileName<'n>(&'n str);

impl<'n> FileName<'n> {
    /// Refuses what would leave the directory or surprise a file system. A backslash separates folders
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
        } else if name.len() > MAX_BYTES {
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

    /// The hidden name the file has until it is whole.
    pub(super) fn part(self) -> String {
        format!(".{}.part", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_foreign_names_pass() {
        for name in ["a.csv", "Übersicht März.csv", "日報 2026-11-20.csv", ".hidden", "a..b"] {
            assert_eq!(FileName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(FileName::parse("a.csv").unwrap().part(), ".a.csv.part");
    }

    #[test]
    fn names_that_leave_the_folder_or_break_a_line_are_refused() {
        let long = "x".repeat(MAX_BYTES + 1);
        for name in ["", ".", "..", "a/b", "/etc/passwd", "..\\a", "a\nb", "a\0b", "a\u{85}b", &long] {
            assert!(matches!(FileName::parse(name), Err(SftpError::BadName(_))), "{name:?}");
        }
        assert!(FileName::parse(&"x".repeat(MAX_BYTES)).is_ok());
    }
}
