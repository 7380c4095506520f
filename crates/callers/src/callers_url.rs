//! Where callers are looked up, as one URL.

use std::{path::PathBuf, str::FromStr};

use url::Url;

/// Where callers are looked up.
///
/// | form | meaning |
/// |---|---|
/// | `https://host/api/user/` | an HTTP service; the number is appended, percent-encoded |
/// | `dynamodb://TABLE` | a DynamoDB table: partition key `Phone`, attribute `Name` |
/// | `file:///callers.csv` | a CSV file by its absolute path: columns `Phone` and `Name` |
///
/// `http://` is taken for a loopback address only: the numbers are personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallersUrl {
    /// An HTTP service. The address ends with a slash when it was parsed.
    Http(Url),
    /// A DynamoDB table.
    DynamoDb {
        /// The table's name.
        table: String,
    },
    /// A CSV file.
    File(PathBuf),
}

/// Why an address is no [`CallersUrl`]. No message repeats the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallersUrlError {
    /// None of the forms there are.
    #[error("expected https://HOST/PATH/, dynamodb://TABLE or file:///PATH")]
    Form,
    /// Begins like an HTTP address and is none.
    #[error("not a valid HTTP address: {0}")]
    Url(url::ParseError),
    /// Numbers would travel in clear text.
    #[error(
        "http:// is accepted for a loopback address only, since the numbers are personal data; use https://"
    )]
    PlainHttp,
    /// A user name or password in the address.
    #[error("the address holds a user name or password; that belongs into the API key")]
    Credentials,
    /// A query or fragment, behind which nothing can be appended to the path.
    #[error("the number is appended to the path, so the address can have no query and no fragment")]
    Query,
    /// Not a table's name.
    #[error("a table name is 3 to 255 letters, digits, '_', '-' and '.'")]
    Table,
    /// Not an absolute path on this machine.
    #[error("a file is named by its absolute path: file:///PATH")]
    Path,
}

impl FromStr for CallersUrl {
    type Err = CallersUrlError;

    fn from_str(text: &str) -> Result<Self, CallersUrlError> {
        let (scheme, rest) = text.split_once(':').ok_or(CallersUrlError::Form)?;
        match scheme {
            "https" | "http" => http_base(Url::parse(text).map_err(CallersUrlError::Url)?).map(Self::Http),
            "dynamodb" => table(rest).map(|table| Self::DynamoDb { table }),
            "file" => file(text).map(Self::File),
            _ => Err(CallersUrlError::Form),
        }
    }
}

/// The address with a slash at its end, if numbers may be sent there.
pub(crate) fn http_base(mut url: Url) -> Result<Url, CallersUrlError> {
    match url.scheme() {
        "http" | "https" if switchboard_https::is_confidential_transport(&url) => {}
        "http" => return Err(CallersUrlError::PlainHttp),
        _ => return Err(CallersUrlError::Form),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(CallersUrlError::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(CallersUrlError::Query);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn table(rest: &str) -> Result<String, CallersUrlError> {
    let name = rest.strip_prefix("//").ok_or(CallersUrlError::Form)?;
    let is_name = (3..=255).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_name.then(|| name.to_owned()).ok_or(CallersUrlError::Table)
}

fn file(text: &str) -> Result<PathBuf, CallersUrlError> {
    // `Url` alone would read `file:relative` as `/relative`.
    if !text.starts_with("file:///") {
        return Err(CallersUrlError::Path);
    }
    let url = Url::parse(text).map_err(|_| CallersUrlError::Path)?;
    if url.path() == "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(CallersUrlError::Path);
    }
    url.to_file_path().map_err(|()| CallersUrlError::Path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let http = |text: &str| CallersUrl::Http(Url::parse(text).unwrap());
        for (text, expected) in [
            ("https://crm.example/api/user/", http("https://crm.example/api/user/")),
            ("https://crm.example/api/user", http("https://crm.example/api/user/")),
            ("https://crm.example", http("https://crm.example/")),
            ("http://127.0.0.1:8080/user/", http("http://127.0.0.1:8080/user/")),
            ("http://127.8.8.8/", http("http://127.8.8.8/")),
            ("http://[::1]:8080/user", http("http://[::1]:8080/user/")),
            ("http://localhost:8080/user", http("http://localhost:8080/user/")),
            ("dynamodb://Callers", CallersUrl::DynamoDb { table: "Callers".into() }),
            ("dynamodb://my_callers-2.test", CallersUrl::DynamoDb { table: "my_callers-2.test".into() }),
            ("file:///callers.csv", CallersUrl::File("/callers.csv".into())),
            ("file:///data/my%20callers.csv", CallersUrl::File("/data/my callers.csv".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        use CallersUrlError as E;
        for (text, expected) in [
            ("", E::Form),
            ("callers.csv", E::Form),
            ("ftp://crm.example/", E::Form),
            ("sqlite:///callers.db", E::Form),
            ("dynamodb:Callers", E::Form),
            ("https://", E::Url(url::ParseError::EmptyHost)),
            ("https://crm.example:port/", E::Url(url::ParseError::InvalidPort)),
            ("http://crm.example/user/", E::PlainHttp),
            ("http://10.0.0.1/", E::PlainHttp),
            ("http://128.0.0.1/", E::PlainHttp),
            ("http://localhost.example/", E::PlainHttp),
            ("http://127.0.0.1.example/", E::PlainHttp),
            ("http://127.0.0.1@crm.example/", E::PlainHttp),
            ("https://me:secret@crm.example/", E::Credentials),
            ("https://token@crm.example/", E::Credentials),
            ("https://crm.example/user?phone=", E::Query),
            ("https://crm.example/#/user/", E::Query),
            ("dynamodb://", E::Table),
            ("dynamodb://ab", E::Table),
            ("dynamodb://Callers/", E::Table),
            ("dynamodb://Call ers", E::Table),
            ("file:callers.csv", E::Path),
            ("file://callers.csv", E::Path),
            ("file://./callers.csv", E::Path),
            ("file://host/callers.csv", E::Path),
            ("file:///", E::Path),
            ("file:///callers.csv?x", E::Path),
        ] {
            assert_eq!(text.parse::<CallersUrl>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_the_address() {
        for text in ["https://me:secret@crm.example/", "http://secret.example/", "dynamodb://secret/"] {
            let error = text.parse::<CallersUrl>().unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
