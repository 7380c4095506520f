//! A contact as the record that Connect writes of it.

use std::{borrow::Cow, collections::BTreeMap};

use switchboard_core::{arn::last_segment, phone::PhoneNumber};

use crate::{
    contact::{Contact, ContactKind, WaitedIn},
    ctr, fixtures,
    times::Handling,
};

mod media;

use media::{has_sound, quality, recording, recordings, voice_activity};

/// The record of a contact.
pub(crate) fn of(contact: &Contact) -> ctr::Record<'_> {
    let kind = contact.kind;
    let times = &contact.times;
    let is_task = kind == ContactKind::Task;
    let details: &[_] = if is_task {
        &[("Description", "Call the customer back about the order"), ("Name", "Call back")]
    } else {
        &[]
    };
    ctr::Record {
        account_id: fixtures::ACCOUNT,
        format_version: "2017-03-10",
        agent: contact.agent.zip(times.agent).map(|(agent, handling)| agent_part(contact, agent, handling)),
        agent_connection_attempts: contact.agent.map_or(0, |_| 1),
        answering_machine_detection_status: None,
        attributes: &contact.attributes,
        campaign: ctr::Campaign { campaign_id: None },
        channel: channel(kind),
        chat_metrics: None,
        connected_to_system_timestamp: times.connected_to_system.map(|offset| times.at(offset)),
        contact_association_id: contact.initial.as_deref().or(Some(&contact.id)),
        contact_details: details.iter().copied().collect(),
        contact_evaluations: BTreeMap::new(),
        contact_id: &contact.id,
        contact_lens: has_sound(contact).then(ctr::ContactLens::of_calls),
        customer: None,
        customer_endpoint: customer_endpoint(contact),
        customer_id: None,
        customer_voice_activity: voice_activity(contact),
        disconnect_details: None,
        disconnect_reason: disconnect_reason(contact),
        disconnect_timestamp: times.at(times.disconnect),
        external_third_party: third_party(contact),
        global_resiliency_metadata: None,
        initial_contact_id: contact.initial.as_deref(),
        initiation_method: initiation_method(kind),
        initiation_timestamp: times.at(0),
        instance_arn: fixtures::INSTANCE_ARN,
        last_paused_timestamp: None,
        last_resumed_timestamp: None,
        last_update_timestamp: times.at(times.last_update),
        media_streams: media(kind).map(|media| [ctr::MediaStream { r#type: media }]),
        next_contact_id: contact.next.as_deref(),
        outbound_strategy: None,
        previous_contact_id: contact.previous.as_deref(),
        quality_metrics: has_sound(contact).then(|| quality(contact)),
        queue: queue(contact),
        recording: recording(contact),
        recordings: recordings(contact),
        references: references(kind),
        related_contact_id: None,
        routing_criteria: None,
        scheduled_timestamp: None,
        segment_attributes: BTreeMap::from([(
            "connect:Subtype",
            ctr::SegmentAttribute { value_string: subtype(kind) },
        )]),
        system_endpoint: system_endpoint(kind),
        tags: BTreeMap::from([("aws:connect:instanceId", instance_id()), ("environment", "example")]),
        task_template_info: None,
        total_pause_count: is_task.then_some(0),
        total_pause_duration_in_seconds: is_task.then_some(0),
        transfer_completed_timestamp: transfer_completed(contact),
        transferred_to_endpoint: transferred_to(contact),
        voice_id_result: None,
        wisdom_info: None,
    }
}

fn agent_part<'a>(contact: &Contact, agent: &'a fixtures::Agent, handling: Handling) -> ctr::Agent<'a> {
    let times = &contact.times;
    let group = |group: &'a fixtures::Group| ctr::Group {
        arn: fixtures::arn("agent-group", group.id),
        group_name: group.name,
    };
    ctr::Agent {
        arn: fixtures::arn("agent", agent.id),
        accepted_by_agent_timestamp: times.at(handling.connected),
        active_region: None,
        after_contact_work_duration: handling.work_end - handling.left,
        after_contact_work_end_timestamp: times.at(handling.work_end),
        after_contact_work_start_timestamp: times.at(handling.left),
        agent_initiated_hold_duration: handling.held,
        agent_interaction_duration: handling.left - handling.connected - handling.held,
        agent_pause_duration: 0,
        capabilities: None,
        connected_to_agent_timestamp: times.at(handling.connected),
        customer_hold_duration: handling.held,
        device_info: ctr::DeviceInfo {
            operating_system: "Windows",
            platform_name: "Chrome",
            platform_version: "141.0.0.0",
        },
        hierarchy_groups: ctr::Hierarchy {
            level1: group(&fixtures::REGION),
            level2: group(agent.team),
            level3: None,
            level4: None,
            level5: None,
        },
        longest_hold_duration: handling.longest_hold,
        number_of_holds: handling.holds,
        preview_end_timestamp: None,
        routing_profile: ctr::Named {
            arn: fixtures::arn("routing-profile", agent.profile.id),
            name: agent.profile.name,
        },
        state_transitions: None,
        username: agent.username,
        voice_enhancement_mode: has_sound(contact).then_some("NOISE_SUPPRESSION"),
    }
}

fn channel(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Chat => "CHAT",
        ContactKind::Task => "TASK",
        ContactKind::Email => "EMAIL",
        ContactKind::Inbound
        | ContactKind::Outbound
        | ContactKind::AskedForCallback
        | ContactKind::Callback
        | ContactKind::MovedOn
        | ContactKind::QueueTransferIn
        | ContactKind::TransferIn
        | ContactKind::TransferredOut => "VOICE",
    }
}

fn media(kind: ContactKind) -> Option<&'static str> {
    match channel(kind) {
        "VOICE" => Some("AUDIO"),
        "CHAT" => Some("CHAT"),
        _ => None,
    }
}

fn subtype(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Chat => "connect:Chat",
        ContactKind::Task => "connect:Task",
        ContactKind::Email => "connect:Email",
        _ => "connect:Telephony",
    }
}

fn initiation_method(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Inbound
        | ContactKind::AskedForCallback
        | ContactKind::MovedOn
        | ContactKind::TransferredOut
        | ContactKind::Email => "INBOUND",
        ContactKind::Outbound => "OUTBOUND",
        ContactKind::Callback => "CALLBACK",
        ContactKind::QueueTransferIn => "QUEUE_TRANSFER",
        ContactKind::TransferIn => "TRANSFER",
        ContactKind::Chat | ContactKind::Task => "API",
    }
}

fn disconnect_reason(contact: &Contact) -> &'static str {
    match contact.kind {
        ContactKind::Task => "AGENT_COMPLETED",
        ContactKind::AskedForCallback => "CONTACT_FLOW_DISCONNECT",
        ContactKind::MovedOn => "OTHER",
        ContactKind::Callback if !contact.is_answered() => "TELECOM_UNANSWERED",
        ContactKind::TransferredOut if contact.agent_ended_it => "THIRD_PARTY_DISCONNECT",
        // Reading the greeting out and hanging up is a flow's way to end it.
        _ if contact.waited_in.is_none() && contact.agent.is_none() && contact.agent_ended_it => {
            "CONTACT_FLOW_DISCONNECT"
        }
        ContactKind::TransferredOut => "CUSTOMER_DISCONNECT",
        _ if contact.is_answered() && contact.agent_ended_it => "AGENT_DISCONNECT",
        ContactKind::Email => "AGENT_DISCONNECT",
        _ => "CUSTOMER_DISCONNECT",
    }
}

fn endpoint<'a>(address: impl Into<Cow<'a, str>>, kind: &'a str) -> ctr::Endpoint<'a> {
    ctr::Endpoint { address: address.into(), r#type: kind }
}

fn customer_endpoint(contact: &Contact) -> Option<ctr::Endpoint<'_>> {
    match contact.kind {
        ContactKind::Chat | ContactKind::Task => None,
        ContactKind::Email => Some(endpoint("customer@example.org", "EMAIL_ADDRESS")),
        _ => {
            let address = contact.customer.as_ref().map_or("anonymous", PhoneNumber::as_str);
            Some(endpoint(address, "TELEPHONE_NUMBER"))
        }
    }
}

/// Connect fills it neither for callbacks nor where there is no number.
fn system_endpoint(kind: ContactKind) -> Option<ctr::Endpoint<'static>> {
    match kind {
        ContactKind::Chat | ContactKind::Task | ContactKind::Callback => None,
        ContactKind::Email => Some(endpoint(fixtures::SYSTEM_EMAIL, "EMAIL_ADDRESS")),
        _ => Some(endpoint(fixtures::SYSTEM_NUMBER, "TELEPHONE_NUMBER")),
    }
}

fn queue(contact: &Contact) -> Option<ctr::Queue<'_>> {
    let wait = contact.times.queue?;
    let (arn, name) = match contact.waited_in? {
        WaitedIn::Queue(queue) => (fixtures::arn("queue", queue.id), Some(queue.name)),
        WaitedIn::AgentQueue(agent) => (fixtures::arn("queue/agent", agent.id), None),
    };
    Some(ctr::Queue {
        arn,
        dequeue_timestamp: contact.times.at(wait.dequeue),
        duration: wait.dequeue - wait.enqueue,
        enqueue_timestamp: contact.times.at(wait.enqueue),
        name,
    })
}

/// When the agent let go of a contact that went on elsewhere.
fn transfer_completed(contact: &Contact) -> Option<jiff::Timestamp> {
    let goes_on = contact.next.is_some() || contact.kind == ContactKind::TransferredOut;
    contact.times.agent.filter(|_| goes_on).map(|agent| contact.times.at(agent.left))
}

fn transferred_to(contact: &Contact) -> Option<ctr::Endpoint<'_>> {
    if contact.kind == ContactKind::TransferredOut {
        return Some(endpoint(fixtures::PARTNER_NUMBER, "TELEPHONE_NUMBER"));
    }
    // A flow's own transfer has no endpoint.
    contact.next.as_ref().filter(|_| contact.is_answered())?;
    Some(endpoint(format!("{}/{}", fixtures::INSTANCE_ARN, fixtures::TRANSFER_FLOW), "CONTACT_FLOW"))
}

fn third_party(contact: &Contact) -> Option<ctr::ThirdParty> {
    let agent = contact.times.agent.filter(|_| contact.kind == ContactKind::TransferredOut)?;
    let seconds = contact.times.disconnect - agent.left;
    Some(ctr::ThirdParty { external_third_party_interaction_duration: seconds })
}

fn references(kind: ContactKind) -> Vec<ctr::Reference<'static>> {
    let reference = |name, r#type, value| vec![ctr::Reference { name, status: None, r#type, value }];
    match kind {
        ContactKind::Task => reference("Order", "URL", "https://shop.example.com/orders/1001"),
        ContactKind::Email => reference("Email message", "EMAIL_MESSAGE", "email-message.json"),
        _ => Vec::new(),
    }
}

fn instance_id() -> &'static str {
    last_segment(fixtures::INSTANCE_ARN)
}
