//! Where state is kept, as one URL.

use std::{path::PathBuf, str::FromStr};

/// Where state is kept: the settings `CONTACTS` and `AGENTS`.
///
/// | form | meaning |
/// |---|---|
/// | `dynamodb://TABLE` | a DynamoDB table |
/// | `sqlite:///path.db` | an SQLite file by its absolute path, made if there is none; `%20` is a space |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// A DynamoDB table.
    DynamoDb {
        /// The table's name.
        table: String,
    },
    /// An SQLite file.
    Sqlite(PathBuf),
}

/// Several places, with commas between them, at least one: what the board takes as `AGENTS`. A comma in a path is `%2C`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrls(pub Vec<StoreUrl>);

impl FromStr for StoreUrls {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        text.split(',').map(|url| url.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

/// Why a text is no [`StoreUrl`]. No message repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// None of the forms there are.
    #[error("expected dynamodb://TABLE or sqlite:///PATH")]
    Form,
    /// Not a table's name.
    #[error("a table name is 3 to 255 letters, digits, '_', '-' and '.'")]
    Table,
    /// Not an absolute path on this machine.
    #[error("an SQLite file is named by its absolute path, without options: sqlite:///PATH")]
    Path,
}

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        if let Some(name) = text.strip_prefix("dynamodb://") {
            return table(name);
        }
        match text.strip_prefix("sqlite:") {
            Some(rest) => sqlite(rest),
            None => Err(StoreUrlError::Form),
        }
    }
}

fn table(name: &str) -> Result<StoreUrl, StoreUrlError> {
    let is_name = (3..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_name.then(|| StoreUrl::DynamoDb { table: name.to_owned() }).ok_or(StoreUrlError::Table)
}

fn sqlite(rest: &str) -> Result<StoreUrl, StoreUrlError> {
    // `Url` alone would read `sqlite:relative` as an opaque path, and `sqlite://host/path` as another machine's.
    let path = rest.strip_prefix("//").filter(|path| path.starts_with('/')).ok_or(StoreUrlError::Path)?;
    let names_a_file = !path.ends_with('/') && !path.contains(['?', '#']);
    let decoded =
        percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| StoreUrlError::Path)?;
    (names_a_file && !decoded.contains('\0'))
        .then(|| StoreUrl::Sqlite(PathBuf::from(decoded.as_ref())))
        .ok_or(StoreUrlError::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        for (text, expected) in [
            ("dynamodb://Contacts", StoreUrl::DynamoDb { table: "Contacts".into() }),
            ("dynamodb://my_contacts-2.test", StoreUrl::DynamoDb { table: "my_contacts-2.test".into() }),
            ("sqlite:///contacts.db", StoreUrl::Sqlite("/contacts.db".into())),
            ("sqlite:///data/my%20contacts", StoreUrl::Sqlite("/data/my contacts".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn several_stand_with_commas_between_them() {
        let urls: StoreUrls = "dynamodb://one, sqlite:///a%2Cb.db".parse().unwrap();
        assert_eq!(urls.0, [StoreUrl::DynamoDb { table: "one".into() }, StoreUrl::Sqlite("/a,b.db".into())]);
        assert_eq!("dynamodb://one,".parse::<StoreUrls>(), Err(StoreUrlError::Form));
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        use StoreUrlError as E;
        for (text, expected) in [
            ("", E::Form),
            ("contacts.db", E::Form),
            ("file:///contacts.db", E::Form),
            ("postgres://host/contacts", E::Form),
            ("dynamodb:Contacts", E::Form),
            ("dynamodb://", E::Table),
            ("dynamodb://ab", E::Table),
            ("dynamodb://Contacts/", E::Table),
            ("dynamodb://Con tacts", E::Table),
            ("sqlite:contacts.db", E::Path),
            ("sqlite::memory:", E::Path),
            ("sqlite://contacts.db", E::Path),
            ("sqlite://host/contacts.db", E::Path),
            ("sqlite:///", E::Path),
            ("sqlite:///data/", E::Path),
            ("sqlite:///contacts.db?mode=ro", E::Path),
            ("sqlite:///%ff.db", E::Path),
        ] {
            assert_eq!(text.parse::<StoreUrl>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_the_text() {
        for text in ["dynamodb://secret/", "sqlite://secret", "secret"] {
            let error = text.parse::<StoreUrl>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
