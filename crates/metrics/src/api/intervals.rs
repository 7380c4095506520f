//! Intervals of a quarter of an hour: `GetMetricDataV2`.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_connect::types::{
    FilterV2, IntervalDetails, IntervalPeriod, MetricResultV2, MetricV2, ThresholdV2,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    ApiError, CHUNK, Connect, METRICS_PAGE, date_time,
    error::failure,
    finite, last_part,
    pages::{Page, read},
    time,
};
use crate::{
    catalogue::{BY_AGENT, BY_AGENT_AND_CHANNEL, BY_QUEUE, CHANNELS, IntervalMetricName},
    coverage::Interval,
    rows::{IntervalMetric, ResourceKind},
    settings::ServiceLevel,
};

/// As many metrics as one request may ask.
const METRICS: usize = 20;

/// Whose metrics are asked.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Those of these queues, by id, by channel.
    Queues(&'a [String]),
    /// Those of every agent with one of these routing profiles, by id; with and without channels.
    AgentsWith(&'a [String]),
}

/// A question: metrics that are grouped alike.
struct Question<'q> {
    instance_arn: &'q str,
    span: Interval,
    filter: (&'static str, &'q [String]),
    groupings: &'static [&'static str],
    metrics: &'q [IntervalMetricName],
    service_level: ServiceLevel,
}

impl Connect {
    /// All quarters of an hour of a span, a row a metric. It begins and ends on one and is shorter than three days.
    ///
    /// `instance_arn` is what [`Instance::arn`](crate::instance::Instance::arn) knows. A metric that the API could
    /// not compute, such as a share of nothing, has no value; one that it has no data for has no row.
    ///
    /// # Errors
    ///
    /// When not every page could be read by the deadline.
    pub async fn intervals(
        &self,
        instance_arn: &str,
        of: Of<'_>,
        span: Interval,
        service_level: ServiceLevel,
        deadline: Instant,
    ) -> Result<Vec<IntervalMetric>, ApiError> {
        let mut found = BTreeMap::new();
        for (groupings, catalogue) in groups(of) {
            let (kind, key, ids) = match of {
                Of::Queues(ids) => (ResourceKind::Queue, "QUEUE", ids),
                Of::AgentsWith(ids) => (ResourceKind::User, "ROUTING_PROFILE", ids),
            };
            for chunk in ids.chunks(CHUNK) {
                for metrics in catalogue.chunks(METRICS) {
                    let filter = (key, chunk);
                    let question = Question { instance_arn, span, filter, groupings, metrics, service_level };
                    let mut results = Vec::new();
                    let page = async |token| self.intervals_page(&question, token).await;
                    read(&self.others.pace, deadline, &mut results, page).await?;
                    for row in results.into_iter().flat_map(|result| rows(kind, result)) {
                        found.insert(identity(&row), row);
                    }
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn intervals_page(
        &self,
        question: &Question<'_>,
        token: Option<String>,
    ) -> Result<Page<MetricResultV2>, ApiError> {
        let interval =
            IntervalDetails::builder().interval_period(IntervalPeriod::FifteenMin).time_zone("UTC");
        let groupings = question.groupings.iter().map(|grouping| (*grouping).to_owned()).collect();
        let request = self.others.client.get_metric_data_v2().resource_arn(question.instance_arn);
        let request = request
            .start_time(date_time(question.span.start))
            .end_time(date_time(question.span.end))
            .interval(interval.build())
            .set_filters(Some(filters(question)))
            .set_groupings(Some(groupings))
            .set_metrics(Some(metrics(question)))
            .max_results(METRICS_PAGE)
            .set_next_token(token);
        let answer = request.send().await.map_err(|error| failure(&error))?;
        Ok(Page { items: answer.metric_results.unwrap_or_default(), next: answer.next_token })
    }
}

/// What is grouped how.
fn groups(of: Of<'_>) -> Vec<(&'static [&'static str], &'static [IntervalMetricName])> {
    match of {
        Of::Queues(_) => vec![(&["QUEUE", "CHANNEL"], BY_QUEUE)],
        Of::AgentsWith(_) => vec![(&["AGENT", "CHANNEL"], BY_AGENT_AND_CHANNEL), (&["AGENT"], BY_AGENT)],
    }
}

/// The channels are named where they are a grouping; they don't count towards the hundred values.
fn filters(question: &Question<'_>) -> Vec<FilterV2> {
    let (key, ids) = question.filter;
    let mut filters = vec![FilterV2::builder().filter_key(key).set_filter_values(Some(ids.to_vec())).build()];
    if question.groupings.contains(&"CHANNEL") {
        let channels = CHANNELS.map(str::to_owned).to_vec();
        filters.push(FilterV2::builder().filter_key("CHANNEL").set_filter_values(Some(channels)).build());
    }
    filters
}

fn metrics(question: &Question<'_>) -> Vec<MetricV2> {
    let asked = question.metrics.iter().map(|metric| {
        let threshold = metric.threshold.then(|| {
            let seconds = f64::from(question.service_level.seconds());
            vec![ThresholdV2::builder().comparison("LT").threshold_value(seconds).build()]
        });
        MetricV2::builder().name(metric.name).set_threshold(threshold).build()
    });
    asked.collect()
}

fn rows(kind: ResourceKind, result: MetricResultV2) -> Vec<IntervalMetric> {
    let dimensions = result.dimensions.unwrap_or_default();
    let interval = result.metric_interval.as_ref();
    let start = interval.and_then(|interval| time(interval.start_time.as_ref()?));
    let end = interval.and_then(|interval| time(interval.end_time.as_ref()?));
    let (Some(resource_id), Some(start_time), Some(end_time)) = (resource(kind, &dimensions), start, end)
    else {
        return Vec::new();
    };
    let channel = dimensions.get("CHANNEL").cloned().unwrap_or_default();
    let row = |one: aws_sdk_connect::types::MetricDataV2| {
        Some(IntervalMetric {
            resource_kind: kind,
            resource_id: resource_id.clone(),
            channel: channel.clone(),
            start_time,
            end_time,
            metric: key(&one.metric?)?,
            value: finite(one.value),
        })
    };
    result.collections.unwrap_or_default().into_iter().filter_map(row).collect()
}

/// The resource's id; the API writes an id or an ARN.
fn resource(kind: ResourceKind, dimensions: &HashMap<String, String>) -> Option<String> {
    let names = if kind == ResourceKind::Queue { ["QUEUE", "QUEUE_ARN"] } else { ["AGENT", "AGENT_ARN"] };
    names.iter().find_map(|name| last_part(dimensions.get(*name)?))
}

/// What the table calls the metric: by the threshold it was answered with.
fn key(metric: &MetricV2) -> Option<String> {
    let name = metric.name.as_deref()?;
    let threshold = metric.threshold.as_deref().and_then(<[_]>::first);
    let Some(threshold) = threshold else { return Some(name.to_owned()) };
    let comparison = threshold.comparison.as_deref().unwrap_or("LT");
    Some(format!("{name}_{comparison}_{}", threshold.threshold_value?))
}

fn identity(row: &IntervalMetric) -> (String, String, Timestamp, String) {
    (row.resource_id.clone(), row.channel.clone(), row.start_time, row.metric.clone())
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::{
        primitives::DateTime,
        types::{MetricDataV2, MetricInterval},
    };

    use super::*;

    fn result(dimensions: &[(&str, &str)], data: Vec<MetricDataV2>) -> MetricResultV2 {
        let interval = MetricInterval::builder()
            .interval(IntervalPeriod::FifteenMin)
            .start_time(DateTime::from_secs(1_772_445_600))
            .end_time(DateTime::from_secs(1_772_446_500))
            .build();
        let dimensions = dimensions.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        MetricResultV2::builder()
            .set_dimensions(Some(dimensions.collect()))
            .metric_interval(interval)
            .set_collections(Some(data))
            .build()
    }

    fn of(metric: MetricV2, value: Option<f64>) -> MetricDataV2 {
        MetricDataV2::builder().metric(metric).set_value(value).build()
    }

    #[test]
    fn a_share_of_nothing_is_a_row_without_a_value_and_no_data_is_no_row() {
        let handled = MetricV2::builder().name("CONTACTS_HANDLED").build();
        let threshold = ThresholdV2::builder().comparison("LT").threshold_value(20.0).build();
        let level = MetricV2::builder().name("SERVICE_LEVEL").threshold(threshold).build();
        let rows = rows(
            ResourceKind::Queue,
            result(&[("QUEUE", "1"), ("CHANNEL", "CHAT")], vec![of(handled, Some(0.0)), of(level, None)]),
        );
        let told: Vec<_> = rows.iter().map(|row| (row.metric.as_str(), row.value)).collect();
        assert_eq!(told, [("CONTACTS_HANDLED", Some(0.0)), ("SERVICE_LEVEL_LT_20", None)]);
        assert_eq!(rows[0].start_time, "2026-03-02T10:00:00Z".parse().unwrap());
        assert_eq!((rows[0].channel.as_str(), rows[0].resource_id.as_str()), ("CHAT", "1"));
    }

    #[test]
    fn the_key_that_is_asked_is_the_key_that_is_answered() {
        for metric in BY_QUEUE {
            let question = Question {
                instance_arn: "",
                span: Interval { start: Timestamp::UNIX_EPOCH, end: Timestamp::UNIX_EPOCH },
                filter: ("QUEUE", &[]),
                groupings: &["QUEUE"],
                metrics: std::slice::from_ref(metric),
                service_level: ServiceLevel::default(),
            };
            assert_eq!(key(&metrics(&question)[0]), Some(metric.key(20)));
        }
    }

    #[test]
    fn an_agent_is_told_by_id_or_by_arn() {
        let time = || vec![of(MetricV2::builder().name("AGENT_OCCUPANCY").build(), Some(71.5))];
        for dimensions in [
            [("AGENT", "7")],
            [("AGENT", "arn:aws:connect:x:1:instance/1/agent/7")],
            [("AGENT_ARN", "arn:aws:connect:x:1:instance/1/agent/7")],
        ] {
            let rows = rows(ResourceKind::User, result(&dimensions, time()));
            assert_eq!(rows.len(), 1, "{dimensions:?}");
            assert_eq!((rows[0].resource_id.as_str(), rows[0].channel.as_str()), ("7", ""));
        }
        assert_eq!(rows(ResourceKind::User, result(&[("QUEUE", "1")], time())), []);
    }

    #[test]
    fn no_request_asks_more_than_it_may() {
        for (groupings, catalogue) in groups(Of::Queues(&[])).into_iter().chain(groups(Of::AgentsWith(&[]))) {
            assert!(groupings.len() <= 4);
            assert!(catalogue.chunks(METRICS).len() == 1, "one request a chunk of queues is enough");
        }
    }
}
