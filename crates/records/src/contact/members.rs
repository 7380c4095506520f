//! The members of a record by their paths, and those that no column is known for.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde_json::{Map, Value, value::RawValue};
use switchboard_core::{
    arn::last_segment,
    ctr::whole_seconds,
    instant::instant,
    json::{self, Raw},
};

use super::columns::{COLUMNS, Column, ColumnType};
use crate::time::time_text;

/// Members that are known and have no column of their own: columns are derived from some, others stay in S3 alone.
const WITHOUT_COLUMN: [&str; 50] = [
    "AWSContactTraceRecordFormatVersion",
    "Agent.ActiveRegion",
    "Agent.AgentInitiatedHoldDuration",
    "Agent.Capabilities",
    "Agent.DeviceInfo",
    "Agent.PreviewEndTimestamp",
    "Agent.StateTransitions",
    "Agent.Username",
    "Agent.VoiceEnhancementMode",
    "Attributes",
    "Campaign",
    "Channel",
    "ChatMetrics",
    "ContactDetails",
    "ContactEvaluations",
    "ContactId",
    "ContactLens",
    "Customer",
    "CustomerVoiceActivity",
    "DisconnectDetails",
    "GlobalResiliencyMetadata",
    "MediaStreams",
    "NextContactId",
    "OutboundStrategy",
    "PreviousContactId",
    "QualityMetrics",
    "Recording",
    "Recordings",
    "References",
    "RoutingCriteria",
    "SegmentAttributes",
    "Tags",
    "TaskTemplateInfo",
    "VoiceIdResult",
    "WisdomInfo",
    "Agent",
    "Queue",
    "Agent.RoutingProfile",
    "Agent.HierarchyGroups",
    "Agent.HierarchyGroups.Level1",
    "Agent.HierarchyGroups.Level2",
    "Agent.HierarchyGroups.Level3",
    "Agent.HierarchyGroups.Level4",
    "Agent.HierarchyGroups.Level5",
    "CustomerEndpoint",
    "SystemEndpoint",
    "TransferredToEndpoint",
    "ExternalThirdParty",
    "AgentConnectionAttempts",
    "InstanceARN",
];

/// The longest duration that is one, in seconds: ten years. A sum of longer ones would not fit.
const LONGEST_SECS: u64 = 10 * 366 * 86_400;

/// What a path is to a row.
#[derive(Default)]
struct Paths {
    /// The paths of members that have a column, or are known without one.
    known: HashSet<&'static str>,
    /// The paths of objects whose members have columns.
    objects: HashSet<&'static str>,
}

static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    let mut paths = Paths { known: WITHOUT_COLUMN.into(), objects: HashSet::new() };
    for column in COLUMNS.iter().filter(|column| !column.member.is_empty()) {
        paths.known.insert(column.member);
        let ends = column.member.match_indices('.').map(|(at, _)| at);
        paths.objects.extend(ends.filter_map(|end| column.member.get(..end)));
    }
    paths
});

/// The members of a record.
pub(super) struct Members<'a> {
    by_path: HashMap<String, Raw<'a>>,
    unknown: Map<String, Value>,
}

impl<'a> Members<'a> {
    /// Reads a document, which is one JSON object. Where a name comes twice, the last counts.
    pub(super) fn read(document: &'a str) -> Self {
        let mut read = Self { by_path: HashMap::with_capacity(64), unknown: Map::new() };
        let walked = json::members(document, |member| read.visit(&member.name, member.value));
        debug_assert!(walked.is_ok(), "the document was read before");
        read
    }

    fn visit(&mut self, path: &str, value: Raw<'a>) {
        let paths = &*PATHS;
        if value.is_object() && paths.objects.contains(path) {
            value.members(|member| self.visit(&format!("{path}.{}", member.name), member.value));
        } else if paths.known.contains(path) {
            self.by_path.insert(path.to_owned(), value);
        } else if !matches!(value.json(), "null" | "[]" | "{}") {
            // Text that is in the document can be read, so it has a value.
            let kept = serde_json::from_str::<&RawValue>(value.json()).ok().map(|raw| raw.get().to_owned());
            self.unknown.insert(path.replace('\0', "\u{fffd}"), kept.into());
        }
    }

    /// The member at a path.
    pub(super) fn raw(&self, path: &str) -> Raw<'a> {
        self.by_path.get(path).copied().unwrap_or_default()
    }

    /// The members that no column is known for, by their paths, as the text of a JSON object of JSON texts; [`None`] if
    /// there are none.
    pub(super) fn unknown(&self) -> Option<String> {
        (!self.unknown.is_empty()).then(|| Value::Object(self.unknown.clone()).to_string())
    }

    /// A column's value; null if there is none, or one of a wrong type.
    pub(super) fn value(&self, column: &Column) -> Value {
        let raw = self.raw(column.member);
        match column.kind {
            ColumnType::Text => text(raw),
            ColumnType::IdOfArn => {
                raw.text().map_or(Value::Null, |arn| last_segment(&arn).replace('\0', "\u{fffd}").into())
            }
            ColumnType::Integer => raw.integer().into(),
            ColumnType::Seconds => seconds(raw).into(),
            ColumnType::Milliseconds => seconds(raw).map(|seconds| seconds * 1000).into(),
            ColumnType::Timestamp => instant(raw).map(time_text).into(),
        }
    }
}

/// A text, without what PostgreSQL can't store.
pub(super) fn text(raw: Raw<'_>) -> Value {
    raw.text().map_or(Value::Null, |text| text.replace('\0', "\u{fffd}").into())
}

fn seconds(raw: Raw<'_>) -> Option<u64> {
    whole_seconds(raw).filter(|seconds| *seconds <= LONGEST_SECS)
}
