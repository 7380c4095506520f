//! The parts of an Amazon Resource Name.

/// The last segment of an ARN, which is the id of the resource; the whole text where it has no `/`.
pub fn last_segment(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The Region of an ARN; [`None`] if it names none.
pub fn region(arn: &str) -> Option<&str> {
    field(arn, 3)
}

/// The account of an ARN; [`None`] if it names none.
pub fn account(arn: &str) -> Option<&str> {
    field(arn, 4)
}

fn field(arn: &str, n: usize) -> Option<&str> {
    arn.split(':').nth(n).filter(|field| arn.starts_with("arn:") && !field.is_empty())
}

/// The ARN of the Connect instance that a resource belongs to; [`None`] if the ARN is not that of a resource of an instance.
pub fn instance_arn(arn: &str) -> Option<&str> {
    let is_connect = arn.starts_with("arn:") && arn.split(':').nth(2) == Some("connect");
    let (before, resource) = arn.split_once(":instance/").filter(|_| is_connect)?;
    let id = resource.split('/').next().filter(|id| !id.is_empty())?;
    arn.get(..before.len() + ":instance/".len() + id.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTANCE: &str = "arn:aws:connect:ap-southeast-2:111122223333:instance/i";

    #[test]
    fn an_arn_may_have_a_region_and_an_account() {
        assert_eq!((region(INSTANCE), account(INSTANCE)), (Some("ap-southeast-2"), Some("111122223333")));
        for other in ["", "f", "arn:aws:s3:::bucket", "x:aws:connect:r:1:instance/i"] {
            assert_eq!((region(other), account(other)), (None, None), "{other}");
        }
    }

    #[test]
    fn a_resource_has_an_id_and_an_instance() {
        let flow = format!("{INSTANCE}/contact-flow/f");
        assert_eq!((last_segment(&flow), last_segment("q")), ("f", "q"));
        assert_eq!((instance_arn(&flow), instance_arn(INSTANCE)), (Some(INSTANCE), Some(INSTANCE)));
        for other in [
            "",
            "f",
            "arn:aws:lambda:r:1:function:f",
            "arn:aws:connect:r:1:instance/",
            "x:aws:connect:r:1:instance/i",
            "arn:aws:x:r:1:instance/i",
        ] {
            assert_eq!(instance_arn(other), None, "{other}");
        }
    }
}
