//! What an object is, by its name alone: nothing that another object was decides about this one.

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A report, which goes as it is.
    Report,
    /// Contact records.
    Records,
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether gzip is unpacked on the way.
    pub(crate) unpack: bool,
    /// The file's name at the WFM.
    pub(crate) name: String,
}

/// The rules of the crate's documentation.
pub(crate) fn plan(key: &str) -> Plan {
    let base = key.rsplit('/').next().unwrap_or(key).replace(':', "_");
    let (stem, packed) = match without_suffix(&base, ".gz") {
        Some(stem) => (stem, true),
        None => (base.as_str(), false),
    };
    if without_suffix(stem, ".csv").is_some() {
        return Plan { kind: Kind::Report, unpack: packed, name: stem.to_owned() };
    }
    // The marker that S3's console puts for a folder has no name, and then no file either.
    let name = if stem.is_empty() { String::new() } else { format!("{stem}.csv") };
    Plan { kind: Kind::Records, unpack: true, name }
}

/// The name without this suffix, in small letters or capitals.
fn without_suffix<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_becomes_of_an_object() {
        use Kind::{Records, Report};
        for (key, kind, unpack, name) in [
            (
                "2024/05/01/feed-2-2024-05-01-10-00-00-uuid",
                Records,
                true,
                "feed-2-2024-05-01-10-00-00-uuid.csv",
            ),
            ("feed-10:00:00.json", Records, true, "feed-10_00_00.json.csv"),
            ("a/x.gz", Records, true, "x.csv"),
            ("a/x.GZ", Records, true, "x.csv"),
            (
                "reports/Agent Performance-2024-05-01T10:00:00Z.csv",
                Report,
                false,
                "Agent Performance-2024-05-01T10_00_00Z.csv",
            ),
            ("r.CSV", Report, false, "r.CSV"),
            ("r.csv.gz", Report, true, "r.csv"),
            ("日報", Records, true, "日報.csv"),
            ("é.cs", Records, true, "é.cs.csv"),
            ("a.csv/b", Records, true, "b.csv"),
            ("folder/", Records, true, ""),
        ] {
            assert_eq!(plan(key), Plan { kind, unpack, name: name.into() }, "{key}");
        }
    }
}
