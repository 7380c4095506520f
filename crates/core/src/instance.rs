//! An instance of Amazon Connect, by its ARN.

use std::{fmt, str::FromStr};

use crate::arn::{last_segment, region};

/// An Amazon Connect instance, by its ARN: its Region distinguishes a replica from its source, whose id is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    arn: String,
}

/// A text that is not the ARN of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an instance's ARN is arn:aws:connect:REGION:ACCOUNT:instance/ID, where ID is a UUID")]
pub struct NotAnInstance;

impl Instance {
    /// The ARN, as it was given.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The Region.
    pub fn region(&self) -> &str {
        region(&self.arn).unwrap_or_default()
    }

    /// The id, which is unique within a Region.
    pub fn id(&self) -> &str {
        last_segment(&self.arn)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}

impl FromStr for Instance {
    type Err = NotAnInstance;

    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        let parts: Vec<_> = text.split(':').collect();
        let ["arn", partition, "connect", region, account, resource] = parts.as_slice() else {
            return Err(NotAnInstance);
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_instance = resource.strip_prefix("instance/").is_some_and(is_uuid);
        let is_whole = !partition.is_empty() && !region.is_empty() && is_account && is_instance;
        is_whole.then(|| Self { arn: text.to_owned() }).ok_or(NotAnInstance)
    }
}

/// True for `8-4-4-4-12` hexadecimal digits, which the id of every instance and of every contact is.
pub fn is_uuid(text: &str) -> bool {
    let groups = text
        .split('-')
        .map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    #[test]
    fn an_arn_has_the_id() {
        for partition in ["aws", "aws-us-gov"] {
            let arn = format!("arn:{partition}:connect:ap-southeast-2:111122223333:instance/{ID}");
            let instance: Instance = arn.parse().unwrap();
            assert_eq!((instance.id(), instance.region()), (ID, "ap-southeast-2"));
            assert_eq!(instance.arn(), arn);
            assert_eq!(instance.to_string(), arn);
        }
    }

    #[test]
    fn what_is_no_arn_of_an_instance_is_refused_and_the_error_shows_one() {
        let arn = |region: &str, account: &str, resource: &str| {
            format!("arn:aws:connect:{region}:{account}:{resource}")
        };
        let texts = [
            "",
            "nope",
            ID,
            "arn:aws:s3:::instance/1",
            "arn:aws:sqs:x:1:queue",
            &arn("", "111122223333", &format!("instance/{ID}")),
            &arn("eu-west-1", "", &format!("instance/{ID}")),
            &arn("eu-west-1", "1111", &format!("instance/{ID}")),
            &arn("eu-west-1", "111122223333", &format!("instance/{ID}/queue/1")),
            &arn("eu-west-1", "111122223333", "instance/00000000-0000-4000-8000-00000000000g"),
            &arn("eu-west-1", "111122223333", "instance/0000000-00000-4000-8000-000000000001"),
            &arn("eu-west-1", "111122223333", &format!("queue/{ID}")),
        ];
        for text in texts {
            assert_eq!(text.parse::<Instance>(), Err(NotAnInstance), "{text}");
        }
        assert!(NotAnInstance.to_string().contains("arn:aws:connect:REGION:ACCOUNT:instance/ID"));
    }
}
