//! What every invented contact centre has: its account, its instance, its flows.

/// The account that AWS's documentation uses where the workshop's simulator did.
pub(crate) const ACCOUNT: &str = "012345678910";
/// The instance; every other ARN begins with it.
pub const INSTANCE_ARN: &str =
    "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";
/// The Region of the instance.
pub(crate) const REGION_NAME: &str = "ap-southeast-2";
/// The outbound campaign.
pub(crate) const CAMPAIGN: &str = "d5b2f1c7-0e94-4a68-9c31-7f8e2a6b40d9";
/// The number that customers call, from the range that is reserved for fiction.
pub(crate) const SYSTEM_NUMBER: &str = "+61491579455";
/// Where customers write to.
pub(crate) const SYSTEM_EMAIL: &str = "service@example.com";
/// The external number that agents transfer calls to.
pub(crate) const PARTNER_NUMBER: &str = "+61491579760";
/// The flow that a transfer to a queue goes through.
pub(crate) const TRANSFER_FLOW: &str = "contact-flow/2fd1a7c8-7e44-4b0e-9a35-c6b81f0d2e97";
/// Where recordings and transcripts are kept: bucket, prefix and instance alias.
pub(crate) const RECORDINGS: &str = "example-contact-centre/connect/example";
/// The form that calls are evaluated by.
pub(crate) const EVALUATION_FORM: &str = "6e3c9b17-48d2-4fa5-8b60-d19e7c2a5f84";

/// The log group of flows.
pub(crate) const LOG_GROUP: &str = "/aws/connect/example";
/// The function that flows ask.
pub(crate) const LOOKUP_FUNCTION: &str = "arn:aws:lambda:ap-southeast-2:012345678910:function:contact-flow";
/// Where customers begin.
pub(crate) const MAIN_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/4c81f0de-92b6-4a35-8d17-e60f3b5a9c24";
/// Where a campaign's calls begin.
pub(crate) const CAMPAIGN_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/91d3a7f2-5be0-4c18-b6a4-0e72c8d5f319";
/// What customers hear in the queue.
pub(crate) const QUEUE_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/b7e24c90-3fa1-4d56-8e0b-96c1d3f7a582";
/// Where a transfer to a queue goes through.
pub(crate) const TRANSFER_FLOW_ARN: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/2fd1a7c8-7e44-4b0e-9a35-c6b81f0d2e97";
/// What the agent hears before the customer is there.
pub(crate) const AGENT_WHISPER_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/e60b9d13-c824-4f7a-a15d-3b9f0e82c746";
/// What the customer hears before the agent is there.
pub(crate) const CUSTOMER_WHISPER_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/0a9f5e27-61dc-4b83-9f72-d84e1c6b3a05";
/// What the customer hears on hold.
pub(crate) const HOLD_FLOW: &str = "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834/contact-flow/5d28c6b1-fe09-4a37-8c64-a17b0f93e2d8";

/// A hierarchy group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

/// The group that all teams belong to.
pub(crate) static REGION: Group = Group { name: "Australia", id: "e0a3d9b4-5c17-4f86-9b2d-0f7c6a1e8d53" };

/// The ARN of something in the instance, such as `("queue", id)` or `("queue/agent", id)`.
pub(crate) fn arn(kind: &str, id: &str) -> String {
    format!("{INSTANCE_ARN}/{kind}/{id}")
}
