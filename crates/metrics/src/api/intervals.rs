//! Intervals of a quarter of an hour: `GetMetricDataV2`.

use std::collections::{BTreeMap, HashMap, btree_map::Entry};

use aws_sdk_connect::types::{
    FilterV2, IntervalDetails, IntervalPeriod, MetricResultV2, MetricV2, ThresholdV2,
};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    ApiError, CHUNK, Connect, METRICS_PAGE, date_time,
    error::failure,
    finite, last_part,
    pages::Page,
    refusals::{self, Wanted},
    time,
};
use crate::{
    catalogue::{BY_AGENT, BY_AGENT_AND_CHANNEL, BY_QUEUE, IntervalMetricName},
    coverage::Interval,
    rows::{IntervalMetric, ResourceKind},
    settings::ServiceLevel,
    tables::Table,
};

/// The most metrics that one request may have.
const METRICS: usize = 20;

/// Whose metrics are requested.
#[derive(Debug, Clone, Copy)]
pub enum QueryScope<'a> {
    /// Those of these queues, by id, by channel.
    Queues(&'a [String]),
    /// Those of every agent with one of these routing profiles, by id; with and without channels.
    AgentsWith(&'a [String]),
}

/// What a query is grouped by.
type Groupings = &'static [&'static str];

/// A query: metrics that are grouped alike.
struct IntervalQuery<'q> {
    span: Interval,
    filter: (&'static str, &'q [String]),
    groupings: Groupings,
    metrics: &'q [IntervalMetricName],
    service_level: ServiceLevel,
}

impl Connect {
    /// All quarters of an hour of a span, a row a metric. It begins and ends on one and is shorter than three days.
    ///
    /// A metric that the API could not compute, such as a share of nothing, has no value; one that it has no data for has no
    /// row. The API takes a hundred routing profiles a query: the values of an agent who is in the results of two are joined
    /// metric by metric.
    ///
    /// # Errors
    ///
    /// When not every page could be read by the deadline.
    pub async fn intervals(
        &self,
        of: QueryScope<'_>,
        span: Interval,
        service_level: ServiceLevel,
        deadline: Instant,
    ) -> Result<Vec<IntervalMetric>, ApiError> {
        let mut found = BTreeMap::new();
        for (groupings, catalogue) in groups(of) {
            let (kind, key, ids) = match of {
                QueryScope::Queues(ids) => (ResourceKind::Queue, "QUEUE", ids),
                QueryScope::AgentsWith(ids) => (ResourceKind::User, "ROUTING_PROFILE", ids),
            };
            for chunk in ids.chunks(CHUNK) {
                for metrics in catalogue.chunks(METRICS) {
                    let filter = (key, chunk);
                    let query = IntervalQuery { span, filter, groupings, metrics, service_level };
                    let results = self.interval_results(&query, deadline).await?;
                    let rows = results.into_iter().flat_map(|result| rows(kind, result));
                    // What comes twice in one response is the same, repeated.
                    let of_chunk: BTreeMap<_, _> = rows.map(|row| (identity(&row), row)).collect();
                    for row in of_chunk.into_values() {
                        join(&mut found, metrics, row);
                    }
                }
            }
        }
        Ok(found.into_values().collect())
    }

    async fn interval_results(
        &self,
        query: &IntervalQuery<'_>,
        deadline: Instant,
    ) -> Result<Vec<MetricResultV2>, ApiError> {
        let mut results = Vec::new();
        let names: Vec<_> = query.metrics.iter().map(|metric| metric.name).collect();
        let grouping = if query.groupings.contains(&"CHANNEL") { "CHANNEL" } else { "" };
        // Without a filter by channel the grouping gives all that there are.
        let request = refusals::Query {
            table: Table::Intervals,
            grouping: if query.filter.0 == "QUEUE" { "QUEUE" } else { grouping },
            metrics: &names,
            names_channels: false,
        };
        let page = async |wanted: &Wanted, token| self.intervals_page(query, wanted, token).await;
        self.refusals.read(request, &self.others.limiter, deadline, &mut results, page).await?;
        Ok(results)
    }

    async fn intervals_page(
        &self,
        query: &IntervalQuery<'_>,
        wanted: &Wanted,
        token: Option<String>,
    ) -> Result<Page<MetricResultV2>, ApiError> {
        let interval =
            IntervalDetails::builder().interval_period(IntervalPeriod::FifteenMin).time_zone("UTC");
        let groupings = query.groupings.iter().map(|grouping| (*grouping).to_owned()).collect();
        let request = self.others.client.get_metric_data_v2().resource_arn(self.instance.arn());
        let request = request
            .start_time(date_time(query.span.start))
            .end_time(date_time(query.span.end))
            .interval(interval.build())
            .set_filters(Some(filters(query)))
            .set_groupings(Some(groupings))
            .set_metrics(Some(metrics(query, wanted)))
            .max_results(METRICS_PAGE)
            .set_next_token(token);
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(Page { items: response.metric_results.unwrap_or_default(), next: response.next_token })
    }
}

/// What is grouped how.
fn groups(of: QueryScope<'_>) -> Vec<(Groupings, &'static [IntervalMetricName])> {
    match of {
        QueryScope::Queues(_) => vec![(&["QUEUE", "CHANNEL"], BY_QUEUE)],
        QueryScope::AgentsWith(_) => {
            vec![(&["AGENT", "CHANNEL"], BY_AGENT_AND_CHANNEL), (&["AGENT"], BY_AGENT)]
        }
    }
}

/// Merges a row into those of other responses.
fn join(
    found: &mut BTreeMap<(String, String, Timestamp, String), IntervalMetric>,
    metrics: &[IntervalMetricName],
    row: IntervalMetric,
) {
    let metric = metrics.iter().find(|metric| metric.is_key(&row.metric));
    match found.entry(identity(&row)) {
        Entry::Vacant(place) => drop(place.insert(row)),
        Entry::Occupied(mut place) => {
            let joined = metric.and_then(|metric| metric.joins.of(place.get().value, row.value));
            place.get_mut().value = joined;
        }
    }
}

fn filters(query: &IntervalQuery<'_>) -> Vec<FilterV2> {
    let (key, ids) = query.filter;
    vec![FilterV2::builder().filter_key(key).set_filter_values(Some(ids.to_vec())).build()]
}

fn metrics(query: &IntervalQuery<'_>, wanted: &Wanted) -> Vec<MetricV2> {
    let metrics = query.metrics.iter().filter(|metric| wanted.has(metric.name)).map(|metric| {
        let threshold = metric.threshold.then(|| {
            let seconds = f64::from(query.service_level.seconds());
            vec![ThresholdV2::builder().comparison("LT").threshold_value(seconds).build()]
        });
        MetricV2::builder().name(metric.name).set_threshold(threshold).build()
    });
    metrics.collect()
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

/// The metric's name in the table, with the threshold of the response.
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
        let reported: Vec<_> = rows.iter().map(|row| (row.metric.as_str(), row.value)).collect();
        assert_eq!(reported, [("CONTACTS_HANDLED", Some(0.0)), ("SERVICE_LEVEL_LT_20", None)]);
        assert_eq!(rows[0].start_time, "2026-03-02T10:00:00Z".parse().unwrap());
        assert_eq!((rows[0].channel.as_str(), rows[0].resource_id.as_str()), ("CHAT", "1"));
    }

    #[test]
    fn the_key_of_the_request_is_the_key_of_the_response() {
        for metric in BY_QUEUE {
            let query = IntervalQuery {
                span: Interval { start: Timestamp::UNIX_EPOCH, end: Timestamp::UNIX_EPOCH },
                filter: ("QUEUE", &[]),
                groupings: &["QUEUE"],
                metrics: std::slice::from_ref(metric),
                service_level: ServiceLevel::default(),
            };
            let wanted = Wanted { metrics: vec![metric.name], email_unsupported: false };
            assert_eq!(key(&metrics(&query, &wanted)[0]), Some(metric.key(20)));
            assert!(metric.is_key(&metric.key(20)));
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
    fn results_of_two_filters_are_merged_metric_by_metric() {
        let row = |metric: &str, value| IntervalMetric {
            resource_kind: ResourceKind::User,
            resource_id: "7".to_owned(),
            channel: String::new(),
            start_time: Timestamp::UNIX_EPOCH,
            end_time: Timestamp::UNIX_EPOCH,
            metric: metric.to_owned(),
            value,
        };
        let joined = |catalogue: &[IntervalMetricName], metric: &str, values: [Option<f64>; 2]| {
            let mut found = BTreeMap::new();
            for value in values {
                join(&mut found, catalogue, row(metric, value));
            }
            assert_eq!(found.len(), 1);
            found.into_values().next().unwrap().value
        };
        let times = |metric, values| joined(BY_AGENT, metric, values);
        assert_eq!(times("SUM_ONLINE_TIME_AGENT", [Some(300.0), Some(600.0)]), Some(900.0));
        assert_eq!(times("SUM_ONLINE_TIME_AGENT", [None, Some(600.0)]), Some(600.0));
        assert_eq!(
            times("AGENT_OCCUPANCY", [Some(50.0), Some(70.0)]),
            None,
            "shares without what they are of"
        );
        assert_eq!(times("AGENT_OCCUPANCY", [Some(50.0), None]), Some(50.0), "of nothing there is no share");
        assert_eq!(times("SOMETHING_NEW", [Some(1.0), Some(2.0)]), None);
        let counts = |metric, values| joined(BY_AGENT_AND_CHANNEL, metric, values);
        assert_eq!(counts("CONTACTS_HANDLED", [Some(2.0), Some(3.0)]), Some(5.0));
        let queues = |metric, values| joined(BY_QUEUE, metric, values);
        assert_eq!(queues("MAX_QUEUED_TIME", [Some(2.0), Some(3.0)]), Some(3.0));
        assert_eq!(queues("AVG_ABANDON_TIME", [Some(2.0), Some(3.0)]), None);
        assert_eq!(queues("SUM_CONTACTS_ANSWERED_IN_X_LT_20", [Some(2.0), Some(3.0)]), Some(5.0));
        assert_eq!(queues("SERVICE_LEVEL_LT_20", [Some(2.0), Some(3.0)]), None);
    }

    #[test]
    fn no_request_asks_more_than_it_may() {
        for (groupings, catalogue) in
            groups(QueryScope::Queues(&[])).into_iter().chain(groups(QueryScope::AgentsWith(&[])))
        {
            assert!(groupings.len() <= 4);
            assert!(catalogue.chunks(METRICS).len() == 1, "one request a chunk of queues is enough");
        }
    }
}
