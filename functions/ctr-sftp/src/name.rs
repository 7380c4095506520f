//! The format of an object and its file's name, by the object's name alone: other objects have no influence.

use std::hash::{DefaultHasher, Hasher};

use switchboard_wfm::history::sftp::MAX_NAME_BYTES;

/// The format of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectFormat {
    /// A report, which goes as it is.
    Report,
    /// Contact records.
    Records,
}

/// How an object is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeliveryPlan {
    /// Its format.
    pub(crate) format: ObjectFormat,
    /// Whether gzip is unpacked on the way.
    pub(crate) unpack: bool,
    /// The file's name at the WFM.
    pub(crate) name: String,
}

/// The rules of the crate's documentation.
pub(crate) fn plan(key: &str) -> DeliveryPlan {
    let base = key.rsplit('/').next().unwrap_or(key).replace(':', "_");
    let (stem, packed) = match without_suffix(&base, ".gz") {
        Some(stem) => (stem, true),
        None => (base.as_str(), false),
    };
    match without_suffix(stem, ".csv") {
        Some(report) => {
            let suffix = stem.get(report.len()..).unwrap_or(".csv");
            DeliveryPlan {
                format: ObjectFormat::Report,
                unpack: packed,
                name: file_name(report, suffix, key),
            }
        }
        None => {
            DeliveryPlan { format: ObjectFormat::Records, unpack: true, name: file_name(stem, ".csv", key) }
        }
    }
}

/// A name that a server accepts, Windows ones included. Where that is not the object's own, a digest of the whole key keeps
/// it from being another object's.
fn file_name(stem: &str, suffix: &str, key: &str) -> String {
    let is_rejected = |char: char| char.is_control() || "\\<>\"|?*".contains(char);
    let fits = stem.len() + suffix.len() <= MAX_NAME_BYTES;
    if fits && !stem.is_empty() && !stem.contains(is_rejected) {
        return format!("{stem}{suffix}");
    }
    let end = format!("~{:016x}{suffix}", digest(key));
    let stem = stem.replace(is_rejected, "_");
    let room = stem.floor_char_boundary(MAX_NAME_BYTES - end.len());
    format!("{}{end}", stem.get(..room).unwrap_or_default())
}

/// Of the key's bytes, the same in every process.
fn digest(key: &str) -> u64 {
    let mut digest = DefaultHasher::new();
    digest.write(key.as_bytes());
    digest.finish()
}

/// The name without this suffix, in small letters or capitals.
fn without_suffix<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(stem)
}

#[cfg(test)]
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are of our own making")]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use switchboard_wfm::history::sftp::{FileUploader, Target};

    use super::*;

    /// Characters that a server or a file system may reject, and some that none does.
    const KEY: &str =
        r#"[a-c/\\:<>"|?*\x00-\x1f\u{80}-\u{9f}é日_. ]{1,40}(x{200,300})?(\.csv|\.gz|\.csv\.gz|/)?"#;

    proptest! {
        /// Every key that S3 accepts makes a file, and a name is changed for one key alone.
        #[test]
        fn every_key_makes_a_file_name(keys in prop::collection::hash_set(KEY, 1..20)) {
            let folder = tempfile::tempdir().unwrap();
            let uploader = FileUploader::new(Target::Folder(folder.path().to_owned()));
            let soon = std::time::Instant::now() + std::time::Duration::from_secs(20);
            let mut changed: HashMap<String, String> = HashMap::new();
            for key in keys {
                let name = plan(&key).name;
                prop_assert!(uploader.upload(&name, |_| Ok(()), soon).is_ok(), "{key:?} {name:?}");
                prop_assert!(!name.contains(['<', '>', '"', '|', '?', '*', ':']), "{name}");
                if name.contains('~') {
                    prop_assert_eq!(changed.insert(name, key), None);
                }
            }
        }
    }

    #[test]
    fn a_name_that_no_server_takes_is_changed_with_a_digest_of_the_key() {
        let name = |key: &str| plan(key).name;
        assert!(name("in/b\\c").starts_with("b_c~") && name("in/b\\c").ends_with(".csv"));
        assert_ne!(name("in/b\\c"), name("in/b\u{1}c"));
        assert_ne!(name("in/b\\c"), name("other/b\\c"));
        assert_eq!(name("in/b\\c"), name("in/b\\c"));
        assert!(name("r\n.CSV").ends_with(".CSV"));
        assert_eq!(name(&"x".repeat(245)).len(), MAX_NAME_BYTES);
        assert!(!name(&"x".repeat(245)).contains('~'));
        assert_eq!(name(&"x".repeat(246)).len(), MAX_NAME_BYTES);
        assert!(name(&"日".repeat(300)).contains('~'));
        assert!(name("folder/").starts_with('~'));
    }

    #[test]
    fn names_decide_how_an_object_is_delivered() {
        use ObjectFormat::{Records, Report};
        for (key, format, unpack, name) in [
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
        ] {
            assert_eq!(plan(key), DeliveryPlan { format, unpack, name: name.into() }, "{key}");
        }
    }
}
