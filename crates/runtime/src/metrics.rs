//! One CloudWatch metrics record an invocation, in the embedded metric format (EMF): a line of JSON on
//! standard output that CloudWatch turns into metrics, with no API call and no agent.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use jiff::Timestamp;
use serde_json::json;

/// Every metric there is. Dimensions are the function alone, never a contact, a caller or an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Records an invocation was given.
    Records,
    /// Contact records whose caller's name was found.
    CallersKnown,
    /// Contact records whose caller the directory does not know.
    CallersUnknown,
    /// Contact records whose caller could not be looked up in time.
    LookupsFailed,
    /// Contact records with no number to look up.
    NoNumber,
    /// Numbers that were found in the cache.
    CacheHits,
    /// Distinct numbers that were requested of the directory.
    Lookups,
    /// Records requeued on their stream, because the response was full.
    RecordsRequeued,
    /// Records that could not be requeued.
    RequeuesFailed,
    /// Records that are not base64.
    RejectedNotBase64,
    /// Records whose gzip is damaged or holds too much.
    RejectedGzip,
    /// Records that are not JSON.
    RejectedNotJson,
    /// Records that are no contact records.
    RejectedNotACtr,
    /// Records too large for a response of their own.
    RejectedTooLarge,
    /// Records that made the handler panic.
    RejectedPanic,
    /// Objects that an invocation was notified of.
    Objects,
    /// Files delivered to the WFM.
    FilesDelivered,
    /// Rows in them, one per contact.
    RowsDelivered,
    /// Their size.
    BytesDelivered,
    /// Copies of contact records that a newer one in the same object beat.
    DuplicatesSuperseded,
    /// Records put aside, or skipped, with a reason, for a person to look at.
    RecordsRejected,
    /// Messages of a queue that are to come again.
    MessagesFailed,
    /// Contact events read.
    ContactEvents,
    /// Lines of flow logs read.
    FlowLogLines,
    /// Agent events read.
    AgentEvents,
    /// Contact records read.
    ContactRecords,
    /// Contacts whose change was stored.
    ContactsWritten,
    /// Contacts whose change, or part of it, could not be stored.
    ContactsFailed,
    /// Records, or lines of a log, that are nothing of a contact's.
    RejectedNotAnEvent,
    /// Calls of contact flows whose data was recorded.
    FlowDataRecorded,
    /// Calls of contact flows that succeeded.
    FlowLookups,
    /// Calls of contact flows that got an error.
    FlowErrors,
    /// Agent events of the future, by more than clocks differ, which are passed over.
    AgentEventsAhead,
    /// Agent events of more than a day ago, which are passed over.
    AgentEventsTooOld,
    /// Agents whose state may not have been acknowledged by the RTA service.
    AgentsFailed,
    /// Agents who were logged off for their silence.
    AgentsTimedOut,
    /// Batches of a shard that is behind, kept until it has caught up.
    BatchesDeferred,
    /// How old a batch's newest agent event was when its states had been acknowledged.
    EventAgeMillis,
    /// Snapshots of which a part was not acknowledged.
    SnapshotsFailed,
    /// Snapshots that were acknowledged.
    SnapshotsSent,
    /// Agents' states that were given up, as the RTA service refuses them and takes others.
    StatesRejected,
    /// Agents' states that were acknowledged.
    StatesSent,
    /// Batches and snapshots with agents that the RTA service does not know.
    UnknownAgents,
    /// Polls that read all there was to read, and saved it.
    PollsComplete,
    /// Polls that could not read everything: what they saved is right, and something is missing.
    PollsPartial,
    /// Polls that came too late, or beside another one of their kind.
    PollsDropped,
    /// Polls whose tables, or whose queue, could not be written.
    PollsFailed,
    /// Polls that a tick could not put on its queue.
    TickMessagesFailed,
    /// Polls that brought `current_metric_data` wholly up to date.
    CurrentMetricsComplete,
    /// Polls that brought `current_user_data` wholly up to date.
    CurrentUsersComplete,
    /// Polls that brought `historical_metric_data` wholly up to date.
    HistoryComplete,
    /// Polls that brought `interval_metric_data` wholly up to date.
    IntervalsComplete,
    /// Polls that brought `connect_metadata` wholly up to date.
    MetadataComplete,
    /// Requests to Amazon Connect as they went over the network.
    ConnectRequests,
    /// Those of them that repeated one that was throttled or failed.
    ConnectRetries,
    /// Requests to the database of the metric tables or record tables.
    DatabaseRoundTrips,
    /// Rows of the metric tables or record tables that were added or replaced.
    RowsSaved,
    /// Rows of the record tables that were there already, or as a newer version.
    RowsUnchanged,
    /// Records of an instance that is not served, which are passed over.
    RecordsOfOtherInstances,
    /// Records of a kind that the function does not read, which are passed over: a source may carry several.
    RecordsOfOtherKinds,
    /// Invocations that saved rows and could not bring the sums of intervals up to date; a later one does.
    RecomputesFailed,
    /// Rows of the metric tables that were reset: queues to zero, agents to offline.
    RowsReset,
    /// Intervals of history that are still to be read.
    IntervalsPending,
    /// Samples of queues and agents that were deleted, as they were too old.
    SamplesPruned,
    /// Contacts that Connect lists in the hours that were compared with the record tables.
    ContactsListed,
    /// Contacts of those hours that are not in the record tables.
    ContactsMissing,
    /// Missing contacts that were fetched.
    ContactsHealed,
    /// Hours that were compared with what Connect lists.
    HoursReconciled,
    /// Rows of the record tables that were deleted, as they are kept no longer.
    RowsExpired,
    /// Queues of the board whose waiting contacts have differed from Amazon Connect's own count for two minutes, as of the answer.
    QueuesDiffering,
    /// How long the handler took.
    HandlerMillis,
}

impl Metric {
    fn unit(self) -> &'static str {
        match self {
            Self::EventAgeMillis | Self::HandlerMillis => "Milliseconds",
            Self::BytesDelivered => "Bytes",
            _ => "Count",
        }
    }
}

/// What one invocation counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    counts: BTreeMap<Metric, u64>,
}

impl Metrics {
    /// Adds to a metric. Adding 0 makes it appear, which an alarm on "no data" needs.
    pub fn add(&mut self, metric: Metric, amount: u64) {
        *self.counts.entry(metric).or_default() += amount;
    }

    /// Adds what others counted.
    pub fn merge(&mut self, others: &Self) {
        for (metric, amount) in &others.counts {
            self.add(*metric, *amount);
        }
    }

    /// What was counted.
    pub fn get(&self, metric: Metric) -> u64 {
        self.counts.get(&metric).copied().unwrap_or_default()
    }

    /// Writes the record for the function of this name to standard output.
    ///
    /// # Errors
    /// When standard output is closed.
    pub fn emit(&self, function: &str) -> io::Result<()> {
        let mut line = self.line(function, Timestamp::now());
        line.push('\n');
        io::stdout().lock().write_all(line.as_bytes())
    }

    fn line(&self, function: &str, now: Timestamp) -> String {
        let metrics: Vec<_> = self
            .counts
            .keys()
            .map(|metric| json!({"Name": format!("{metric:?}"), "Unit": metric.unit()}))
            .collect();
        let mut record = json!({
            "_aws": {
                "Timestamp": now.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": "Switchboard",
                    "Dimensions": [["Function"]],
                    "Metrics": metrics,
                }],
            },
            "Function": function,
        });
        if let Some(record) = record.as_object_mut() {
            for (metric, count) in &self.counts {
                record.insert(format!("{metric:?}"), (*count).into());
            }
        }
        record.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_what_cloudwatch_reads() {
        let mut metrics = Metrics::default();
        metrics.add(Metric::Records, 2);
        metrics.add(Metric::Records, 3);
        metrics.add(Metric::LookupsFailed, 0);
        metrics.add(Metric::HandlerMillis, 12);
        let line = metrics.line("ctr-enrich", Timestamp::from_millisecond(1_541_142_012_000).unwrap());
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            value,
            json!({
                "_aws": {
                    "Timestamp": 1_541_142_012_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Switchboard",
                        "Dimensions": [["Function"]],
                        "Metrics": [
                            {"Name": "Records", "Unit": "Count"},
                            {"Name": "LookupsFailed", "Unit": "Count"},
                            {"Name": "HandlerMillis", "Unit": "Milliseconds"},
                        ],
                    }],
                },
                "Function": "ctr-enrich",
                "Records": 5,
                "LookupsFailed": 0,
                "HandlerMillis": 12,
            })
        );
    }
}
