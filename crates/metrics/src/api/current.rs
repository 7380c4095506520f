//! How the queues stand: `GetCurrentMetricData`.

use std::collections::BTreeMap;

use aws_sdk_connect::types::{CurrentMetric, CurrentMetricName, CurrentMetricResult, Unit};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    ApiError, ApiSample, CHUNK, Connect, METRICS_PAGE, by_queue_and_channel, channels,
    error::failure,
    finite, note,
    pages::Page,
    queues_and_channels,
    refusals::{Query, Wanted},
    time,
};
use switchboard_core::instant::is_ahead;

use crate::{
    catalogue::{self, CURRENT},
    rows::{CurrentMetrics, Sample, Values},
    tables::Table,
};

impl Connect {
    /// The metrics of the moment of these queues, by id, on every channel that has data.
    ///
    /// The sample's time is that of the oldest snapshot among the responses; a snapshot's time that is ahead of ours is none, as
    /// nothing would be newer until then. A queue that is not in a complete response
    /// has nothing in it. Where one chunk of queues fails, the others are still read.
    pub async fn current_metrics(&self, queues: &[String], deadline: Instant) -> ApiSample<CurrentMetrics> {
        let requested_at = Timestamp::now();
        let mut pages = Vec::new();
        let mut error = None;
        for chunk in queues.chunks(CHUNK) {
            let page = async |wanted: &Wanted, token| self.current_page(chunk, wanted, token).await;
            let names: Vec<_> = CURRENT.iter().map(|metric| metric.name).collect();
            let query =
                Query { table: Table::CurrentMetrics, grouping: "", metrics: &names, names_channels: true };
            let read = self.refusals.read(query, &self.metrics.limiter, deadline, &mut pages, page);
            if !note(&mut error, read.await) {
                break;
            }
        }
        let sampled_at = sampled_at(pages.iter().filter_map(|page| page.0), requested_at);
        let results = pages.into_iter().flat_map(|page| page.1);
        ApiSample { sample: Sample { sampled_at, complete: error.is_none(), rows: rows(results) }, error }
    }

    /// A page as one item, as it has a time of its own.
    async fn current_page(
        &self,
        queues: &[String],
        wanted: &Wanted,
        token: Option<String>,
    ) -> Result<Page<(Option<Timestamp>, Vec<CurrentMetricResult>)>, ApiError> {
        let request = self.metrics.client.get_current_metric_data().instance_id(self.instance.id());
        let request = request
            .filters(queues_and_channels(queues, channels(wanted.email_unsupported)))
            .set_groupings(Some(by_queue_and_channel()))
            .set_current_metrics(Some(metrics(wanted)))
            .max_results(METRICS_PAGE)
            .set_next_token(token);
        let response = request.send().await.map_err(|error| failure(&error))?;
        let snapshot = response.data_snapshot_time.as_ref().and_then(time);
        Ok(Page {
            items: vec![(snapshot, response.metric_results.unwrap_or_default())],
            next: response.next_token,
        })
    }
}

/// The oldest of the snapshots' times, but for those that are no time; or when it was requested.
fn sampled_at(snapshots: impl Iterator<Item = Timestamp>, requested_at: Timestamp) -> Timestamp {
    snapshots.filter(|time| !is_ahead(*time, requested_at)).min().unwrap_or(requested_at)
}

fn metrics(wanted: &Wanted) -> Vec<CurrentMetric> {
    let metrics = CURRENT.iter().filter(|metric| wanted.has(metric.name)).map(|metric| {
        let unit = match metric.unit {
            catalogue::Unit::Count => Unit::Count,
            catalogue::Unit::Seconds => Unit::Seconds,
            catalogue::Unit::Percent => Unit::Percent,
        };
        CurrentMetric::builder().name(CurrentMetricName::from(metric.name)).unit(unit).build()
    });
    metrics.collect()
}

/// A row a queue and channel. Results of neither are none of ours, and metrics without a column are left out.
fn rows(results: impl Iterator<Item = CurrentMetricResult>) -> Vec<CurrentMetrics> {
    let mut rows: BTreeMap<(String, String), Values> = BTreeMap::new();
    for result in results {
        let Some(key) = result.dimensions.as_ref().and_then(super::history::queue_and_channel) else {
            continue;
        };
        let row = rows.entry(key).or_default();
        for one in result.collections.unwrap_or_default() {
            let name = one.metric.and_then(|metric| metric.name);
            if let Some(metric) = name.and_then(|name| catalogue::by_name(CURRENT, name.as_str())) {
                row.insert(metric.column, finite(one.value));
            }
        }
    }
    rows.into_iter()
        .map(|((queue_id, channel), values)| CurrentMetrics { queue_id, channel, values })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::types::{Channel, CurrentMetricData, Dimensions, QueueReference};

    use super::*;

    fn result(queue: Option<&str>, channel: Channel, values: &[(&str, f64)]) -> CurrentMetricResult {
        let queue = queue.map(|id| QueueReference::builder().id(id).build());
        let dimensions = Dimensions::builder().set_queue(queue).channel(channel).build();
        let data = values.iter().map(|(name, value)| {
            let metric = CurrentMetric::builder().name(CurrentMetricName::from(*name)).build();
            CurrentMetricData::builder().metric(metric).value(*value).build()
        });
        CurrentMetricResult::builder().dimensions(dimensions).set_collections(Some(data.collect())).build()
    }

    #[test]
    fn the_sdk_knows_every_metric_of_the_catalogue_and_the_catalogue_every_one_of_the_sdk() {
        let requested: Vec<_> = CURRENT.iter().map(|metric| metric.name).collect();
        let mut known = CurrentMetricName::values().to_vec();
        known.sort_unstable();
        assert_eq!(requested.len(), known.len());
        assert!(known.iter().all(|name| requested.contains(name)), "{known:?}");
    }

    #[test]
    fn a_row_is_a_queue_on_a_channel() {
        let rows = rows(
            [
                result(
                    Some("1"),
                    Channel::Voice,
                    &[("CONTACTS_IN_QUEUE", 3.0), ("OLDEST_CONTACT_AGE", 24.0)],
                ),
                result(Some("1"), Channel::Email, &[("CONTACTS_IN_QUEUE", 0.0), ("SOMETHING_NEW", 1.0)]),
            ]
            .into_iter(),
        );
        let expected = |channel: &str, values: Values| CurrentMetrics {
            queue_id: "1".to_owned(),
            channel: channel.to_owned(),
            values,
        };
        assert_eq!(
            rows,
            [
                expected("EMAIL", [("in_queue", Some(0.0))].into()),
                expected("VOICE", [("in_queue", Some(3.0)), ("oldest_contact", Some(24.0))].into()),
            ]
        );
    }

    #[test]
    fn a_result_repeated_on_another_page_is_one_row_and_the_later_counts() {
        let result = |age| result(Some("1"), Channel::Voice, &[("OLDEST_CONTACT_AGE", age)]);
        let rows = rows([result(10.0), result(12.0)].into_iter());
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].values["oldest_contact"], Some(12.0));
    }

    #[test]
    fn the_sum_over_all_queues_whose_ages_are_in_milliseconds_is_no_row() {
        assert_eq!(rows([result(None, Channel::Voice, &[("OLDEST_CONTACT_AGE", 24113.0)])].into_iter()), []);
    }

    #[test]
    fn a_snapshot_of_the_future_is_no_time() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let after = |minutes: i64| now + jiff::SignedDuration::from_mins(minutes);
        assert_eq!(sampled_at([after(24 * 60)].into_iter(), now), now);
        assert_eq!(sampled_at([after(24 * 60), after(-1)].into_iter(), now), after(-1));
        assert_eq!(sampled_at([after(5), after(6)].into_iter(), now), after(5), "clocks differ");
        assert_eq!(sampled_at([].into_iter(), now), now);
    }

    #[test]
    fn what_is_no_number_is_no_data() {
        let rows =
            rows([result(Some("1"), Channel::Voice, &[("ESTIMATED_WAIT_TIME", f64::NAN)])].into_iter());
        assert_eq!(rows[0].values["estimated_wait_time"], None);
    }
}
