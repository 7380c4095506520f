//! The contact trace record as Connect writes it: every member of today's format, those that are
//! never filled here as `null`. Members are in the alphabetical order of real records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{IsoMillis, emit::ChatMetrics};

/// A member that is always `null` here.
pub(crate) type Null = Option<()>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Record<'a> {
    #[serde(rename = "AWSAccountId")]
    pub(crate) account_id: &'a str,
    #[serde(rename = "AWSContactTraceRecordFormatVersion")]
    pub(crate) format_version: &'a str,
    pub(crate) agent: Option<Agent<'a>>,
    pub(crate) agent_connection_attempts: u32,
    pub(crate) answering_machine_detection_status: Option<&'a str>,
    pub(crate) attributes: &'a BTreeMap<&'static str, &'static str>,
    pub(crate) campaign: Campaign<'a>,
    pub(crate) channel: &'a str,
    pub(crate) chat_metrics: Option<ChatMetrics>,
    pub(crate) connected_to_system_timestamp: Option<Timestamp>,
    pub(crate) contact_association_id: Option<&'a str>,
    pub(crate) contact_details: BTreeMap<&'a str, &'a str>,
    pub(crate) contact_evaluations: BTreeMap<&'a str, Evaluation>,
    pub(crate) contact_id: &'a str,
    pub(crate) contact_lens: Option<ContactLens>,
    pub(crate) customer: Null,
    pub(crate) customer_endpoint: Option<Endpoint<'a>>,
    pub(crate) customer_id: Null,
    pub(crate) customer_voice_activity: Option<VoiceActivity>,
    pub(crate) disconnect_details: Null,
    pub(crate) disconnect_reason: &'a str,
    pub(crate) disconnect_timestamp: Timestamp,
    pub(crate) external_third_party: Option<ThirdParty>,
    pub(crate) global_resiliency_metadata: Null,
    pub(crate) initial_contact_id: Option<&'a str>,
    pub(crate) initiation_method: &'a str,
    pub(crate) initiation_timestamp: Timestamp,
    #[serde(rename = "InstanceARN")]
    pub(crate) instance_arn: &'a str,
    pub(crate) last_paused_timestamp: Option<Timestamp>,
    pub(crate) last_resumed_timestamp: Option<Timestamp>,
    pub(crate) last_update_timestamp: Timestamp,
    pub(crate) media_streams: Option<[MediaStream<'a>; 1]>,
    pub(crate) next_contact_id: Option<&'a str>,
    pub(crate) outbound_strategy: Null,
    pub(crate) previous_contact_id: Option<&'a str>,
    pub(crate) quality_metrics: Option<QualityMetrics>,
    pub(crate) queue: Option<Queue<'a>>,
    pub(crate) recording: Option<Recording<'a>>,
    pub(crate) recordings: Option<[RecordingEntry<'a>; 1]>,
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) related_contact_id: Null,
    pub(crate) routing_criteria: Null,
    pub(crate) scheduled_timestamp: Null,
    pub(crate) segment_attributes: BTreeMap<&'a str, SegmentAttribute<'a>>,
    pub(crate) system_endpoint: Option<Endpoint<'a>>,
    pub(crate) tags: BTreeMap<&'a str, &'a str>,
    pub(crate) task_template_info: Null,
    pub(crate) total_pause_count: Option<u32>,
    pub(crate) total_pause_duration_in_seconds: Option<i64>,
    pub(crate) transfer_completed_timestamp: Option<Timestamp>,
    pub(crate) transferred_to_endpoint: Option<Endpoint<'a>>,
    pub(crate) voice_id_result: Null,
    pub(crate) wisdom_info: Null,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are Connect's")]
pub(crate) struct Agent<'a> {
    #[serde(rename = "ARN")]
    pub(crate) arn: String,
    pub(crate) accepted_by_agent_timestamp: Timestamp,
    pub(crate) active_region: Null,
    pub(crate) after_contact_work_duration: i64,
    pub(crate) after_contact_work_end_timestamp: Timestamp,
    pub(crate) after_contact_work_start_timestamp: Timestamp,
    pub(crate) agent_initiated_hold_duration: i64,
    pub(crate) agent_interaction_duration: i64,
    pub(crate) agent_pause_duration: i64,
    pub(crate) capabilities: Null,
    pub(crate) connected_to_agent_timestamp: Timestamp,
    pub(crate) customer_hold_duration: i64,
    pub(crate) device_info: DeviceInfo<'a>,
    pub(crate) hierarchy_groups: Hierarchy<'a>,
    pub(crate) longest_hold_duration: i64,
    pub(crate) number_of_holds: u32,
    pub(crate) preview_end_timestamp: Null,
    pub(crate) routing_profile: Named<'a>,
    pub(crate) state_transitions: Option<[StateTransition<'a>; 1]>,
    pub(crate) username: &'a str,
    pub(crate) voice_enhancement_mode: Option<&'a str>,
}

/// What a supervisor did; its members are in another case than all others.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StateTransition<'a> {
    pub(crate) state: &'a str,
    pub(crate) state_end_timestamp: Timestamp,
    pub(crate) state_start_timestamp: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeviceInfo<'a> {
    pub(crate) operating_system: &'a str,
    pub(crate) platform_name: &'a str,
    pub(crate) platform_version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Hierarchy<'a> {
    pub(crate) level1: Group<'a>,
    pub(crate) level2: Group<'a>,
    pub(crate) level3: Null,
    pub(crate) level4: Null,
    pub(crate) level5: Null,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Group<'a> {
    #[serde(rename = "ARN")]
    pub(crate) arn: String,
    pub(crate) group_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Named<'a> {
    #[serde(rename = "ARN")]
    pub(crate) arn: String,
    pub(crate) name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Campaign<'a> {
    pub(crate) campaign_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Evaluation {
    pub(crate) delete_timestamp: Null,
    pub(crate) end_timestamp: Timestamp,
    #[serde(rename = "EvaluationArn")]
    pub(crate) arn: String,
    pub(crate) export_location: String,
    pub(crate) start_timestamp: Timestamp,
    pub(crate) status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ContactLens {
    pub(crate) conversational_analytics: ConversationalAnalytics,
}

impl ContactLens {
    /// What it is set to for calls.
    pub(crate) fn of_calls() -> Self {
        let configuration = AnalyticsConfiguration {
            channel_configuration: AnalyticsChannel { analytics_modes: ["PostContact"] },
            enabled: true,
            language_locale: "en-AU",
            redaction_configuration: Redaction {
                behavior: "Enable",
                entities: ["EMAIL"],
                mask_mode: "EntityType",
                policy: "RedactedAndOriginal",
            },
            sentiment_configuration: None,
            summary_configuration: None,
        };
        Self { conversational_analytics: ConversationalAnalytics { configuration } }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConversationalAnalytics {
    pub(crate) configuration: AnalyticsConfiguration,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AnalyticsConfiguration {
    pub(crate) channel_configuration: AnalyticsChannel,
    pub(crate) enabled: bool,
    pub(crate) language_locale: &'static str,
    pub(crate) redaction_configuration: Redaction,
    pub(crate) sentiment_configuration: Null,
    pub(crate) summary_configuration: Null,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Redaction {
    pub(crate) behavior: &'static str,
    pub(crate) entities: [&'static str; 1],
    pub(crate) mask_mode: &'static str,
    pub(crate) policy: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AnalyticsChannel {
    pub(crate) analytics_modes: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Endpoint<'a> {
    pub(crate) address: std::borrow::Cow<'a, str>,
    pub(crate) r#type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VoiceActivity {
    pub(crate) greeting_end_timestamp: IsoMillis,
    pub(crate) greeting_start_timestamp: IsoMillis,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ThirdParty {
    pub(crate) external_third_party_interaction_duration: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct MediaStream<'a> {
    pub(crate) r#type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QualityMetrics {
    pub(crate) agent: Side,
    pub(crate) customer: Side,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Side {
    pub(crate) audio: Audio,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Audio {
    pub(crate) potential_quality_issues: Vec<&'static str>,
    pub(crate) quality_score: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Queue<'a> {
    #[serde(rename = "ARN")]
    pub(crate) arn: String,
    pub(crate) dequeue_timestamp: Timestamp,
    pub(crate) duration: i64,
    pub(crate) enqueue_timestamp: Timestamp,
    pub(crate) name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Recording<'a> {
    pub(crate) deletion_reason: Null,
    pub(crate) location: String,
    pub(crate) status: &'a str,
    pub(crate) r#type: &'a str,
}

/// An entry of `Recordings`, which has other members than `Recording`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RecordingEntry<'a> {
    pub(crate) deletion_reason: Null,
    pub(crate) fragment_start_number: Null,
    pub(crate) fragment_stop_number: Null,
    pub(crate) location: String,
    pub(crate) media_stream_type: &'a str,
    pub(crate) participant_type: Null,
    pub(crate) start_timestamp: Null,
    pub(crate) status: &'a str,
    pub(crate) stop_timestamp: Null,
    pub(crate) storage_type: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Reference<'a> {
    pub(crate) name: &'a str,
    pub(crate) status: Null,
    pub(crate) r#type: &'a str,
    pub(crate) value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SegmentAttribute<'a> {
    pub(crate) value_string: &'a str,
}
