//! Who and what the invented contact centre has: its instance, queues and agents, always the same.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// The account that AWS's documentation uses where the workshop's simulator did.
pub(crate) const ACCOUNT: &str = "012345678910";
/// The instance; every other ARN begins with it.
pub(crate) const INSTANCE_ARN: &str =
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

/// Numbers of the range reserved for fiction, for a centre that was given no callers.
pub(crate) const FICTIONAL_CALLERS: [&str; 22] = [
    "+61491570006",
    "+61491570156",
    "+61491570157",
    "+61491570158",
    "+61491570159",
    "+61491570313",
    "+61491570737",
    "+61491571266",
    "+61491571491",
    "+61491571804",
    "+61491572549",
    "+61491572665",
    "+61491572983",
    "+61491573087",
    "+61491573770",
    "+61491574118",
    "+61491574632",
    "+61491575254",
    "+61491575789",
    "+61491576398",
    "+61491576801",
    "+61491577426",
];

/// A queue that customers wait in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Queue {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

pub(crate) static SALES: Queue = Queue { name: "Sales", id: "1b9d6bcd-4c2e-4f53-8f0a-77b0c5e3a101" };
pub(crate) static SUPPORT: Queue = Queue { name: "Support", id: "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b" };
pub(crate) static MEMBERS: Queue = Queue { name: "Members", id: "c1e5f8a2-90d4-4b6c-b1e7-3d8f2a64c909" };

/// A queue; Support is the busiest.
pub(crate) fn any_queue(rng: &mut ChaCha8Rng) -> &'static Queue {
    match rng.random_range(0..6_u8) {
        0..=2 => &SUPPORT,
        3 | 4 => &SALES,
        _ => &MEMBERS,
    }
}

/// Somebody who takes contacts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) username: &'static str,
    pub(crate) id: &'static str,
    pub(crate) team: &'static Group,
    pub(crate) profile: &'static Profile,
}

/// A hierarchy group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

/// A routing profile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
}

/// The group that both teams belong to.
pub(crate) static REGION: Group = Group { name: "Australia", id: "e0a3d9b4-5c17-4f86-9b2d-0f7c6a1e8d53" };
pub(crate) static SYDNEY: Group = Group { name: "Sydney", id: "94b7c2d0-68ef-4a15-8d3c-b5e10f27a961" };
pub(crate) static PERTH: Group = Group { name: "Perth", id: "27d8f5a1-3e90-4c6b-a74f-8c02d9e16b35" };

pub(crate) static CENTRE: Profile =
    Profile { name: "Contact centre", id: "7af41b60-d25c-49e8-b3a9-164e0d8c7f92" };
pub(crate) static BASIC: Profile =
    Profile { name: "Basic Routing Profile", id: "b83e07c5-9f1d-4d72-8a64-e2c95b30f718" };

/// The agents that records name.
pub(crate) static AGENTS: [Agent; 6] = [
    agent("james", "0f6d2c18-a4b7-4e39-9c50-d17e83f5b26a", &SYDNEY, &CENTRE),
    agent("rachel", "3a91e7d4-58c2-4f06-b8e3-6d40a2c9f17b", &SYDNEY, &CENTRE),
    agent("adam", "5c27b0f9-e163-4d8a-a294-f80b3e6d915c", &SYDNEY, &BASIC),
    agent("bob", "8e40d6a3-17f5-4b92-8d6c-29c5f1a7e03d", &PERTH, &BASIC),
    agent("emily", "a5d9038c-6b2e-47f1-9e08-b4173dc6f85e", &PERTH, &CENTRE),
    agent("taylor", "d2f81b67-c09a-4e54-b13d-7a6e95084c2f", &PERTH, &BASIC),
];

/// An agent.
pub(crate) fn any_agent(rng: &mut ChaCha8Rng) -> &'static Agent {
    AGENTS.get(usize::from(rng.random_range(0..6_u8))).unwrap_or(&AGENTS[0])
}

const fn agent(
    username: &'static str,
    id: &'static str,
    team: &'static Group,
    profile: &'static Profile,
) -> Agent {
    Agent { username, id, team, profile }
}

/// The ARN of something in the instance, such as `("queue", id)` or `("queue/agent", id)`.
pub(crate) fn arn(kind: &str, id: &str) -> String {
    format!("{INSTANCE_ARN}/{kind}/{id}")
}
