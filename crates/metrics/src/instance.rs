//! Which Amazon Connect instance is asked.

use std::str::FromStr;

/// An Amazon Connect instance, by its id or its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    id: String,
    arn: Option<String>,
}

/// A text that names no instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither an instance's id nor its ARN (arn:aws:connect:REGION:ACCOUNT:instance/ID)")]
pub struct NotAnInstance;

impl Instance {
    /// The id, which most operations are asked with.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ARN, which `GetMetricDataV2` is asked with: as given, or read off the ARN of something in the instance,
    /// such as a queue's. `None` where neither tells it.
    pub fn arn(&self, of_a_resource: Option<&str>) -> Option<String> {
        self.arn.clone().or_else(|| {
            let resource = of_a_resource?;
            let (before, after) = resource.split_once(":instance/")?;
            let id = after.split('/').next()?;
            (id == self.id && before.starts_with("arn:")).then(|| format!("{before}:instance/{id}"))
        })
    }
}

impl FromStr for Instance {
    type Err = NotAnInstance;

    fn from_str(text: &str) -> Result<Self, NotAnInstance> {
        let (id, arn) = match text.split_once(":instance/") {
            Some((service, id)) if service.starts_with("arn:") && service.contains(":connect:") => {
                (id, Some(text.to_owned()))
            }
            Some(_) => return Err(NotAnInstance),
            None => (text, None),
        };
        if is_uuid(id) { Ok(Self { id: id.to_owned(), arn }) } else { Err(NotAnInstance) }
    }
}

/// True for `8-4-4-4-12` hexadecimal digits, which every instance's id is.
fn is_uuid(text: &str) -> bool {
    let groups = text
        .split('-')
        .map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str =
        "arn:aws:connect:ap-southeast-2:111122223333:instance/00000000-0000-4000-8000-000000000001";
    const ID: &str = "00000000-0000-4000-8000-000000000001";

    #[test]
    fn an_id_and_an_arn_name_the_same_instance() {
        let by_arn: Instance = ARN.parse().unwrap();
        let by_id: Instance = ID.parse().unwrap();
        assert_eq!((by_arn.id(), by_id.id()), (ID, ID));
        assert_eq!(by_arn.arn(None).as_deref(), Some(ARN));
        assert_eq!(by_id.arn(None), None);
    }

    #[test]
    fn a_queue_tells_the_arn_of_its_own_instance_only() {
        let by_id: Instance = ID.parse().unwrap();
        assert_eq!(by_id.arn(Some(&format!("{ARN}/queue/0001"))).as_deref(), Some(ARN));
        assert_eq!(
            by_id.arn(Some("arn:aws:connect:ap-southeast-2:111122223333:instance/other/queue/0001")),
            None
        );
    }

    #[test]
    fn what_names_no_instance_is_refused() {
        for text in [
            "",
            "nope",
            "an instance",
            "00000000-0000-4000-8000-00000000000g",
            "0000000-00000-4000-8000-000000000001",
            "arn:aws:s3:::instance/1",
            "arn:aws:sqs:x:1:queue",
            &"1".repeat(101),
        ] {
            assert_eq!(text.parse::<Instance>(), Err(NotAnInstance), "{text}");
        }
    }
}
