//! The parts of an Amazon Resource Name.

/// The last segment of an ARN, which is the id of the resource; the whole text where it has no `/`.
pub fn last_segment(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
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
