//! Contact records. Connect writes whole seconds here, and each duration is the difference of two of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use switchboard_core::arn::last_segment;

use super::chat_metrics;
use crate::{
    ctr, fixtures,
    model::{
        contact::Contact,
        directory::{Directory, Person},
        endpoint::Reach,
        iso::{IsoMillis, civil},
        random::derived,
        terms::{Channel, ContactId, DialOutcome, InitiationMethod, LegRole, QueueRef, TransferTarget},
        time::{DAY, HOUR, MINUTE, Millis, SECOND},
    },
    times::stamp,
};

/// Sets the ids of evaluations apart from others.
const EVALUATION: u64 = 0xe7;

/// Writes the record of a contact into the buffer; false if it has not ended.
pub(super) fn write(buffer: &mut Vec<u8>, contact: &Contact, directory: &Directory) -> bool {
    let (Some(disconnected), Some(updated)) = (contact.disconnected, contact.last_update) else {
        return false;
    };
    let id = contact.id.to_string();
    let [initial, previous, next] =
        [contact.initial, contact.previous, contact.next].map(|id| id.map(|id| id.to_string()));
    let attributes: BTreeMap<_, _> = contact.attributes.iter().copied().collect();
    let agent = contact.agent.and_then(|agent| directory.people.get(agent));
    let is_task = contact.channel == Channel::Task;
    let has_sound = contact.channel == Channel::Voice && contact.connected.is_some() && is_talk(contact);
    let details: &[_] = if is_task {
        &[("Description", "Call the customer back about the order"), ("Name", "Call back")]
    } else {
        &[]
    };
    let record = ctr::Record {
        account_id: fixtures::ACCOUNT,
        format_version: "2017-03-10",
        agent: agent.and_then(|person| agent_part(contact, person, directory)),
        agent_connection_attempts: contact.attempts.max(u32::from(contact.connected.is_some())),
        answering_machine_detection_status: contact.dial_outcome.map(DialOutcome::name),
        attributes: &attributes,
        campaign: ctr::Campaign { campaign_id: contact.is_campaign.then_some(fixtures::CAMPAIGN) },
        channel: contact.channel.name(),
        chat_metrics: chat_metrics::of(contact, agent),
        connected_to_system_timestamp: contact.connected_to_system.map(at),
        contact_association_id: initial.as_deref().or(Some(&id)),
        contact_details: details.iter().copied().collect(),
        contact_evaluations: evaluations(contact),
        contact_id: &id,
        contact_lens: has_sound.then(ctr::ContactLens::of_calls),
        customer: None,
        customer_endpoint: customer_endpoint(contact),
        customer_id: None,
        customer_voice_activity: voice_activity(contact),
        disconnect_details: None,
        disconnect_reason: contact.reason.unwrap_or("OTHER"),
        disconnect_timestamp: at(disconnected),
        external_third_party: contact
            .third_party_seconds
            .map(|seconds| ctr::ThirdParty { external_third_party_interaction_duration: seconds }),
        global_resiliency_metadata: None,
        initial_contact_id: initial.as_deref(),
        initiation_method: contact.method.name(),
        initiation_timestamp: at(contact.initiated),
        instance_arn: fixtures::INSTANCE_ARN,
        last_paused_timestamp: contact.pauses.paused.map(at),
        last_resumed_timestamp: contact.pauses.resumed.map(at),
        last_update_timestamp: at(updated),
        media_streams: media(contact.channel).map(|media| [ctr::MediaStream { r#type: media }]),
        next_contact_id: next.as_deref(),
        outbound_strategy: None,
        previous_contact_id: previous.as_deref(),
        quality_metrics: has_sound.then(|| quality(contact)),
        queue: queue(contact, directory),
        recording: location(contact).filter(|_| has_sound).map(|location| ctr::Recording {
            deletion_reason: None,
            location,
            status: "AVAILABLE",
            r#type: "AUDIO",
        }),
        recordings: recordings(contact),
        references: references(contact.channel),
        related_contact_id: None,
        routing_criteria: None,
        scheduled_timestamp: None,
        segment_attributes: BTreeMap::from([(
            "connect:Subtype",
            ctr::SegmentAttribute { value_string: subtype(contact.channel) },
        )]),
        system_endpoint: system_endpoint(contact),
        tags: tags(contact),
        task_template_info: None,
        total_pause_count: is_task.then_some(contact.pauses.count),
        total_pause_duration_in_seconds: is_task.then_some(contact.pauses.seconds),
        transfer_completed_timestamp: contact.transfer.map(|transfer| at(transfer.at)),
        transferred_to_endpoint: contact.transfer.map(|transfer| match transfer.to {
            TransferTarget::Internal => {
                endpoint(format!("{}/{}", fixtures::INSTANCE_ARN, fixtures::TRANSFER_FLOW), "CONTACT_FLOW")
            }
            TransferTarget::External => endpoint(fixtures::PARTNER_NUMBER.to_owned(), "TELEPHONE_NUMBER"),
        }),
        voice_id_result: None,
        wisdom_info: None,
    };
    buffer.clear();
    serde_json::to_writer(buffer, &record).is_ok()
}

/// A moment in whole seconds.
fn at(at: Millis) -> Timestamp {
    stamp(at.div_euclid(SECOND))
}

/// True for legs on which somebody talks with the customer.
fn is_talk(contact: &Contact) -> bool {
    matches!(contact.role, LegRole::Customer | LegRole::ThirdParty)
}

fn agent_part<'a>(contact: &Contact, person: &'a Person, directory: &'a Directory) -> Option<ctr::Agent<'a>> {
    let (connected, left, work_ended) = (contact.connected?, contact.left?, contact.work_ended?);
    let profile = directory.profiles.get(person.profile)?;
    let team = directory.teams.get(person.team)?;
    let is_monitor = contact.method == InitiationMethod::Monitor;
    Some(ctr::Agent {
        arn: person.arn.clone(),
        accepted_by_agent_timestamp: at(contact.accepted.unwrap_or(connected)),
        active_region: None,
        after_contact_work_duration: contact.work_seconds().unwrap_or(0),
        after_contact_work_end_timestamp: at(work_ended),
        after_contact_work_start_timestamp: at(left),
        agent_initiated_hold_duration: contact.holds.seconds,
        agent_interaction_duration: contact.interaction_seconds().unwrap_or(0),
        agent_pause_duration: contact.pauses.seconds,
        capabilities: None,
        connected_to_agent_timestamp: at(connected),
        customer_hold_duration: contact.holds.seconds,
        device_info: ctr::DeviceInfo {
            operating_system: "Windows",
            platform_name: "Chrome",
            platform_version: "141.0.0.0",
        },
        hierarchy_groups: ctr::Hierarchy {
            level1: ctr::Group {
                arn: fixtures::arn("agent-group", fixtures::REGION.id),
                group_name: fixtures::REGION.name,
            },
            level2: ctr::Group { arn: team.arn.clone(), group_name: &team.name },
            level3: None,
            level4: None,
            level5: None,
        },
        longest_hold_duration: contact.holds.longest,
        number_of_holds: contact.holds.count,
        preview_end_timestamp: None,
        routing_profile: ctr::Named { arn: profile.arn.clone(), name: &profile.name },
        state_transitions: is_monitor.then(|| {
            [ctr::StateTransition {
                state: "SILENT_MONITOR",
                state_end_timestamp: at(left),
                state_start_timestamp: at(connected),
            }]
        }),
        username: &person.username,
        voice_enhancement_mode: (contact.channel == Channel::Voice).then_some("NOISE_SUPPRESSION"),
    })
}

fn queue<'a>(contact: &Contact, directory: &'a Directory) -> Option<ctr::Queue<'a>> {
    let (queue, enqueued, dequeued) = (contact.queue?, contact.enqueued?, contact.dequeued?);
    Some(ctr::Queue {
        arn: directory.queue_arn(queue).to_owned(),
        dequeue_timestamp: at(dequeued),
        duration: contact.queued_seconds().unwrap_or(0),
        enqueue_timestamp: at(enqueued),
        name: match queue {
            QueueRef::Standard(_) => directory.queue(queue).map(|queue| &*queue.name),
            QueueRef::OfAgent(_) => None,
        },
    })
}

fn endpoint(address: String, kind: &str) -> ctr::Endpoint<'_> {
    ctr::Endpoint { address: address.into(), r#type: kind }
}

fn customer_endpoint(contact: &Contact) -> Option<ctr::Endpoint<'static>> {
    let (address, reach) = contact.customer_endpoint()?;
    let kind = if reach == Reach::Email { "EMAIL_ADDRESS" } else { "TELEPHONE_NUMBER" };
    Some(endpoint(address, kind))
}

fn tags(contact: &Contact) -> BTreeMap<&'static str, &'static str> {
    let mut tags = BTreeMap::from([("aws:connect:instanceId", last_segment(fixtures::INSTANCE_ARN))]);
    tags.extend(system_address(contact).map(|address| ("aws:connect:systemEndpoint", address)));
    tags
}

/// Connect fills it neither for some ways to begin nor where there is no number.
fn system_endpoint(contact: &Contact) -> Option<ctr::Endpoint<'static>> {
    let kind = if contact.channel == Channel::Email { "EMAIL_ADDRESS" } else { "TELEPHONE_NUMBER" };
    system_address(contact).map(|address| endpoint(address.to_owned(), kind))
}

/// What the customer called or wrote to, or was called from.
pub(super) fn system_address(contact: &Contact) -> Option<&'static str> {
    use InitiationMethod::{Callback, ExternalOutbound, Monitor, QueueTransfer};
    match (contact.channel, contact.method) {
        (Channel::Chat | Channel::Task, _) | (_, Callback | Monitor | QueueTransfer | ExternalOutbound) => {
            None
        }
        (Channel::Email, _) => Some(fixtures::SYSTEM_EMAIL),
        (Channel::Voice, _) => Some(fixtures::SYSTEM_NUMBER),
    }
}

/// When the called side spoke its greeting; only where the centre called.
pub(super) struct Greeting {
    pub(super) start: Millis,
    pub(super) end: Millis,
}

impl Greeting {
    pub(super) fn of(contact: &Contact) -> Option<Self> {
        let is_called = contact.is_campaign || contact.method == InitiationMethod::Outbound;
        let connected = contact.connected_to_system.filter(|_| is_called)?;
        Some(Self { start: connected + 420, end: connected + 1_350 })
    }
}

fn voice_activity(contact: &Contact) -> Option<ctr::VoiceActivity> {
    let Greeting { start, end } = Greeting::of(contact)?;
    Some(ctr::VoiceActivity {
        greeting_end_timestamp: IsoMillis(end),
        greeting_start_timestamp: IsoMillis(start),
    })
}

/// Mostly good, and the same in every version of the record.
fn quality(contact: &Contact) -> ctr::QualityMetrics {
    let side = |shift: u32| {
        let lot = (contact.id.0 >> shift) & 0xff;
        let hundredths = 500 - u16::try_from(if lot < 20 { 150 + lot * 9 } else { lot / 2 }).unwrap_or(0);
        ctr::Side {
            audio: ctr::Audio {
                potential_quality_issues: if hundredths < 300 { vec!["HighPacketLoss"] } else { Vec::new() },
                quality_score: f64::from(hundredths) / 100.0,
            },
        }
    };
    ctr::QualityMetrics { agent: side(0), customer: side(8) }
}

fn media(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Voice => Some("AUDIO"),
        Channel::Chat => Some("CHAT"),
        Channel::Task | Channel::Email => None,
    }
}

pub(super) fn subtype(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => "connect:Telephony",
        Channel::Chat => "connect:Chat",
        Channel::Task => "connect:Task",
        Channel::Email => "connect:Email",
    }
}

/// Where the recording or transcript lies; [`None`] where there is none, or not before the record is written again.
fn location(contact: &Contact) -> Option<String> {
    let connected = contact.connected.filter(|_| contact.is_recorded())?;
    if contact.is_recorded_late() && !contact.additions.has_late_recording {
        return None;
    }
    let (folder, ending) = match contact.channel {
        Channel::Voice => ("CallRecordings", "wav"),
        _ => ("ChatTranscripts", "json"),
    };
    let (year, month, day) = civil(connected.div_euclid(DAY));
    let (hour, minute) = (connected.rem_euclid(DAY) / HOUR, connected.rem_euclid(HOUR) / MINUTE);
    Some(format!(
        "{}/{folder}/{year:04}/{month:02}/{day:02}/{}_{year:04}{month:02}{day:02}T{hour:02}:{minute:02}_UTC.{ending}",
        fixtures::RECORDINGS,
        contact.id
    ))
}

/// By the id of the form. An evaluation takes five minutes.
fn evaluations(contact: &Contact) -> BTreeMap<&'static str, ctr::Evaluation> {
    let evaluated = contact.additions.evaluated.into_iter();
    let evaluation = |end: Millis| {
        let id = ContactId((u128::from(derived(EVALUATION, 0)) << 64) ^ contact.id.0);
        let (year, month, day) = civil(end.div_euclid(DAY));
        ctr::Evaluation {
            delete_timestamp: None,
            end_timestamp: at(end),
            arn: fixtures::arn("contact-evaluation", &id.to_string()),
            export_location: format!(
                "{}/ContactEvaluations/{year:04}/{month:02}/{day:02}/{id}.json",
                fixtures::RECORDINGS
            ),
            start_timestamp: at(end - 5 * MINUTE),
            status: "COMPLETE",
        }
    };
    evaluated.map(|end| (fixtures::EVALUATION_FORM, evaluation(end))).collect()
}

fn recordings(contact: &Contact) -> Option<[ctr::RecordingEntry<'static>; 1]> {
    Some([ctr::RecordingEntry {
        deletion_reason: None,
        fragment_start_number: None,
        fragment_stop_number: None,
        location: location(contact)?,
        media_stream_type: media(contact.channel)?,
        participant_type: None,
        start_timestamp: None,
        status: "AVAILABLE",
        stop_timestamp: None,
        storage_type: "S3",
    }])
}

fn references(channel: Channel) -> Vec<ctr::Reference<'static>> {
    let reference = |name, r#type, value| vec![ctr::Reference { name, status: None, r#type, value }];
    match channel {
        Channel::Task => reference("Order", "URL", "https://shop.example.com/orders/1001"),
        Channel::Email => reference("Email message", "EMAIL_MESSAGE", "email-message.json"),
        Channel::Voice | Channel::Chat => Vec::new(),
    }
}

/// The members of the record that `DescribeContact` has in the same form, but for times, which are seconds since 1970 there.
#[cfg(feature = "connect-api")]
pub(crate) fn members_of_both(contact: &Contact) -> serde_json::Map<String, serde_json::Value> {
    let has_sound = contact.channel == Channel::Voice && contact.connected.is_some() && is_talk(contact);
    let milliseconds = |at: IsoMillis| serde_json::json!(at.0).as_f64().map(|at| at / 1000.0);
    let activity = voice_activity(contact).map(|activity| {
        serde_json::json!({
            "GreetingEndTimestamp": milliseconds(activity.greeting_end_timestamp),
            "GreetingStartTimestamp": milliseconds(activity.greeting_start_timestamp),
        })
    });
    let members = serde_json::json!({
        "AnsweringMachineDetectionStatus": contact.dial_outcome.map(DialOutcome::name),
        "CustomerEndpoint": customer_endpoint(contact),
        "CustomerVoiceActivity": activity,
        "QualityMetrics": has_sound.then(|| quality(contact)),
        "Recordings": recordings(contact),
        "SegmentAttributes": { "connect:Subtype": { "ValueString": subtype(contact.channel) } },
        "SystemEndpoint": system_endpoint(contact),
        "Tags": tags(contact),
    });
    match members {
        serde_json::Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
}
