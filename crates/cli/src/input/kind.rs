//! What a file is, told by what is in it.

use std::{io, path::Path};

use switchboard_core::framing::Piece;
use switchboard_wfm::report::is_agent_report;

use super::{
    documents::{Documents, Next},
    shape::Shape,
};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// JSON documents, at least one of them known; this is the first known one's shape.
    Documents(Shape),
    /// JSON documents, or meant to be; so damaged that none can be told.
    Damaged,
    /// The rows of Connect's agent report.
    AgentReport,
    /// A directory of callers: a CSV file with the columns Phone and Name.
    Callers,
    /// None of these.
    Unknown(Reason),
}

/// Why a file is none that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason(&'static str);

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl Kind {
    /// Reads a file until it is clear what it is: usually its first document.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let mut documents = Documents::open(path)?;
        let mut beginning = Beginning::Blank;
        let mut holds_json = None;
        let mut agents = None;
        loop {
            let next = documents.read()?;
            if beginning == Beginning::Blank {
                beginning = Beginning::of(documents.last_part());
            }
            if let Beginning::Is(kind) = beginning {
                return Ok(kind);
            }
            while let Some(piece) = documents.piece() {
                match piece {
                    Piece::Document { text, .. } => match Shape::of(text) {
                        Shape::Other(reason) => holds_json = holds_json.or(Some(reason)),
                        // Contact records may share their stream, and have more places to go.
                        Shape::AgentEvent => agents = Some(Self::Documents(Shape::AgentEvent)),
                        shape => return Ok(Self::Documents(shape)),
                    },
                    Piece::Damage { .. } if beginning == Beginning::Brace && holds_json.is_none() => {
                        return Ok(Self::Damaged);
                    }
                    Piece::Damage { .. } => {}
                }
            }
            if let Some(kind) = agents {
                return Ok(kind);
            }
            match next {
                Next::More { .. } => {}
                Next::Damaged { .. } => return Ok(Self::Damaged),
                Next::End => {
                    let reason = match holds_json {
                        _ if beginning == Beginning::Blank => "empty",
                        Some(_) => "JSON, but no event that is known here",
                        None => "no JSON documents in it",
                    };
                    return Ok(Self::Unknown(Reason(reason)));
                }
            }
        }
    }
}

/// What the first bytes of a file tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// Nothing yet: white space.
    Blank,
    /// All there is to know.
    Is(Kind),
    /// JSON documents, by the first character.
    Brace,
    /// Text, in which documents may follow.
    Text,
}

impl Beginning {
    fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if text.is_empty() {
            return Self::Blank;
        }
        if text.starts_with(b"{") {
            return Self::Brace;
        }
        if is_agent_report(text) {
            return Self::Is(Kind::AgentReport);
        }
        if text.contains(&0) {
            return Self::Is(Kind::Unknown(Reason("a binary file")));
        }
        if is_callers(text) {
            return Self::Is(Kind::Callers);
        }
        Self::Text
    }
}

/// True if the first line names the columns of a directory of callers.
fn is_callers(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let has = |name: &str| {
        line.split(',').any(|cell| cell.trim().trim_matches('"').trim().eq_ignore_ascii_case(name))
    };
    has("Phone") && has("Name")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn kind(bytes: &[u8]) -> Kind {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Kind::of(file.path()).unwrap()
    }

    const CTR: &str = r#"{"ContactId":"c","InitiationMethod":"API"}"#;

    #[test]
    fn documents_are_found_behind_others_and_behind_damage() {
        let records = Kind::Documents(Shape::ContactRecord);
        assert_eq!(kind(CTR.as_bytes()), records);
        assert_eq!(kind(format!("\u{feff}\n{CTR}").as_bytes()), records);
        assert_eq!(kind(format!("{{\"a\":1}}{CTR}").as_bytes()), records);
        assert_eq!(kind(format!("cut\":1}}\n{CTR}").as_bytes()), records);
        let agent = r#"{"AgentARN":"a","EventType":"LOGIN"}"#;
        assert_eq!(kind(format!("{agent}{CTR}").as_bytes()), records, "of a stream that they share");
        assert_eq!(kind(agent.as_bytes()), Kind::Documents(Shape::AgentEvent));
    }

    #[test]
    fn a_damaged_file_is_not_taken_for_none_of_ours() {
        assert_eq!(kind(&CTR.as_bytes()[..20]), Kind::Damaged);
        assert_eq!(kind(&[0x1f, 0x8b, 8, 0, 0]), Kind::Damaged);
    }

    #[test]
    fn other_files_are_told_by_their_beginning() {
        assert_eq!(kind(b"Name,\"PHONE\"\r\nx,+61491570006"), Kind::Callers);
        assert_eq!(kind(b"Agent,StartInterval,EndInterval,Online time\n"), Kind::AgentReport);
        for (bytes, reason) in [
            (&b" \n"[..], "empty"),
            (b"# Read me\n", "no JSON documents in it"),
            (br#"{"name":"package"}"#, "JSON, but no event that is known here"),
            (b"\x7fELF\0\0", "a binary file"),
        ] {
            assert_eq!(kind(bytes), Kind::Unknown(Reason(reason)));
        }
    }
}
