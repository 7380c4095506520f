//! Where `WFM_SFTP` points.

use std::path::PathBuf;
use std::str::FromStr;

use super::SftpError;

/// Where the files go: the value of `WFM_SFTP`. Paths are read as they are, without percent-decoding.
///
/// ```
/// use switchboard_wfm::history::sftp::SftpTargetUrl;
/// assert_eq!("dir:///tmp/wfm".parse::<SftpTargetUrl>().unwrap(), SftpTargetUrl::Folder("/tmp/wfm".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SftpTargetUrl {
    /// `secretsmanager://ARN`: the secret's ARN. Its text is an [`Account`](super::Account)'s JSON.
    Secret(String),
    /// `file:///secret.json`: a file with the same JSON.
    SecretFile(PathBuf),
    /// `dir:///path`: a local folder instead of a server.
    Folder(PathBuf),
}

impl FromStr for SftpTargetUrl {
    type Err = SftpError;

    /// # Errors
    /// [`SftpError::Settings`] for every other form. The text is not repeated: it may be a secret that
    /// was put in the wrong place.
    fn from_str(text: &str) -> Result<Self, SftpError> {
        if let Some(arn) = text.strip_prefix("secretsmanager://") {
            return if arn.starts_with("arn:") && arn.contains(":secretsmanager:") {
                Ok(Self::Secret(arn.to_owned()))
            } else {
                Err(fault("after secretsmanager:// comes the ARN of a secret, arn:aws:secretsmanager:…"))
            };
        }
        if let Some(path) = text.strip_prefix("file://") {
            return absolute(path).map(Self::SecretFile);
        }
        if let Some(path) = text.strip_prefix("dir://") {
            return absolute(path).map(Self::Folder);
        }
        Err(fault("expected secretsmanager://ARN, file:///secret.json or dir:///path"))
    }
}

fn absolute(path: &str) -> Result<PathBuf, SftpError> {
    if path.starts_with('/') && path.len() > 1 {
        Ok(PathBuf::from(path))
    } else {
        Err(fault("the path has to be absolute, with three slashes as in file:///secret.json or dir:///path"))
    }
}

fn fault(text: &str) -> SftpError {
    SftpError::Settings(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms() {
        let arn = "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:wfm-AbCdEf";
        assert_eq!(
            format!("secretsmanager://{arn}").parse::<SftpTargetUrl>().unwrap(),
            SftpTargetUrl::Secret(arn.to_owned())
        );
        assert_eq!(
            "file:///s.json".parse::<SftpTargetUrl>().unwrap(),
            SftpTargetUrl::SecretFile("/s.json".into())
        );
        assert_eq!(
            "dir:///var/wfm".parse::<SftpTargetUrl>().unwrap(),
            SftpTargetUrl::Folder("/var/wfm".into())
        );
    }

    #[test]
    fn everything_else_names_what_is_expected_and_repeats_nothing() {
        for (text, expected) in [
            ("", "secretsmanager://ARN"),
            ("sftp://u:hunter2@host", "dir:///path"),
            ("secretsmanager://hunter2", "ARN of a secret"),
            ("file://hunter2.json", "three slashes"),
            ("dir:///", "absolute"),
        ] {
            let message = text.parse::<SftpTargetUrl>().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
