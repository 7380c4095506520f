//! Intervals of five minutes: `GetMetricData`.

use std::collections::BTreeMap;

use aws_sdk_connect::types::{
    Comparison, Dimensions, HistoricalMetric, HistoricalMetricName, HistoricalMetricResult, Statistic,
    Threshold, Unit,
};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{
    ApiError, CHUNK, Connect, METRICS_PAGE, by_queue_and_channel, channels, date_time,
    error::failure,
    finite,
    pages::Page,
    queues_and_channels,
    refusals::{Query, Wanted},
};
use crate::{
    catalogue::{self, HISTORY, SERVICE_LEVEL_THRESHOLD},
    rows::{HistoricalMetrics, Values},
    settings::ServiceLevel,
    tables::Table,
};

/// The shortest interval `GetMetricData` knows; it starts at a multiple of itself.
pub(crate) const FIVE_MINUTES: SignedDuration = SignedDuration::from_mins(5);

impl Connect {
    /// One interval of five minutes, of these queues, by id, on every channel that has data.
    ///
    /// `GetMetricData` sums up the whole time of the request, so each interval is a query of its own.
    ///
    /// # Errors
    ///
    /// When not every page could be read by the deadline: half an interval is of no use, as it looks like a quiet one.
    pub async fn history(
        &self,
        queues: &[String],
        start: Timestamp,
        service_level: ServiceLevel,
        deadline: Instant,
    ) -> Result<Vec<HistoricalMetrics>, ApiError> {
        let mut results = Vec::new();
        for chunk in queues.chunks(CHUNK) {
            let page = async |wanted: &Wanted, token| {
                self.history_page(chunk, start, service_level, wanted, token).await
            };
            let names: Vec<_> = HISTORY.iter().map(|metric| metric.name).collect();
            let query = Query { table: Table::History, grouping: "", metrics: &names, names_channels: true };
            self.refusals.read(query, &self.metrics.limiter, deadline, &mut results, page).await?;
        }
        Ok(rows(results, start, service_level))
    }

    async fn history_page(
        &self,
        queues: &[String],
        start: Timestamp,
        service_level: ServiceLevel,
        wanted: &Wanted,
        token: Option<String>,
    ) -> Result<Page<HistoricalMetricResult>, ApiError> {
        let request = self.metrics.client.get_metric_data().instance_id(self.instance.id());
        let request = request
            .start_time(date_time(start))
            .end_time(date_time(start + FIVE_MINUTES))
            .filters(queues_and_channels(queues, channels(wanted.email_unsupported)))
            .set_groupings(Some(by_queue_and_channel()))
            .set_historical_metrics(Some(metrics(service_level, wanted)))
            .max_results(METRICS_PAGE)
            .set_next_token(token);
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(Page { items: response.metric_results.unwrap_or_default(), next: response.next_token })
    }
}

fn metrics(service_level: ServiceLevel, wanted: &Wanted) -> Vec<HistoricalMetric> {
    let metrics = HISTORY.iter().filter(|metric| wanted.has(metric.name)).map(|metric| {
        let unit = match metric.unit {
            catalogue::Unit::Count => Unit::Count,
            catalogue::Unit::Seconds => Unit::Seconds,
            catalogue::Unit::Percent => Unit::Percent,
        };
        let statistic = match metric.statistic {
            catalogue::Statistic::Sum | catalogue::Statistic::Now => Statistic::Sum,
            catalogue::Statistic::Avg => Statistic::Avg,
            catalogue::Statistic::Max => Statistic::Max,
        };
        let name = HistoricalMetricName::from(metric.name);
        let threshold = (name == HistoricalMetricName::ServiceLevel).then(|| {
            let seconds = f64::from(service_level.seconds());
            Threshold::builder().comparison(Comparison::Lt).threshold_value(seconds).build()
        });
        HistoricalMetric::builder()
            .name(name)
            .unit(unit)
            .statistic(statistic)
            .set_threshold(threshold)
            .build()
    });
    metrics.collect()
}

fn rows(
    results: Vec<HistoricalMetricResult>,
    start: Timestamp,
    service_level: ServiceLevel,
) -> Vec<HistoricalMetrics> {
    let mut rows: BTreeMap<(String, String), Values> = BTreeMap::new();
    for result in results {
        let Some(key) = result.dimensions.as_ref().and_then(queue_and_channel) else { continue };
        let row = rows.entry(key).or_default();
        row.insert(SERVICE_LEVEL_THRESHOLD, Some(f64::from(service_level.seconds())));
        for one in result.collections.unwrap_or_default() {
            let name = one.metric.and_then(|metric| metric.name);
            if let Some(metric) = name.and_then(|name| catalogue::by_name(HISTORY, name.as_str())) {
                row.insert(metric.column, finite(one.value));
            }
        }
    }
    let row = |((queue_id, channel), values)| HistoricalMetrics {
        queue_id,
        channel,
        start_time: start,
        end_time: start + FIVE_MINUTES,
        values,
    };
    rows.into_iter().map(row).collect()
}

/// The queue's id and the channel, if the result has both.
pub(super) fn queue_and_channel(of: &Dimensions) -> Option<(String, String)> {
    let queue = of.queue.as_ref().and_then(|queue| queue.id.clone())?;
    Some((queue, of.channel.as_ref()?.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::types::{Channel, HistoricalMetricData, QueueReference};

    use super::*;

    fn twenty() -> ServiceLevel {
        ServiceLevel::new(20).unwrap()
    }

    #[test]
    fn the_sdk_knows_every_metric_of_the_catalogue_and_the_catalogue_every_one_of_the_sdk() {
        let requested: Vec<_> = HISTORY.iter().map(|metric| metric.name).collect();
        let known = HistoricalMetricName::values();
        assert_eq!(requested.len(), known.len());
        assert!(known.iter().all(|name| requested.contains(name)), "{known:?}");
    }

    #[test]
    fn only_the_service_level_is_asked_with_a_threshold() {
        let wanted =
            Wanted { metrics: HISTORY.iter().map(|metric| metric.name).collect(), email_unsupported: false };
        let with: Vec<_> =
            metrics(twenty(), &wanted).into_iter().filter(|metric| metric.threshold.is_some()).collect();
        assert_eq!(with.len(), 1);
        assert_eq!(with[0].name, Some(HistoricalMetricName::ServiceLevel));
        assert_eq!(with[0].threshold.as_ref().unwrap().threshold_value, Some(20.0));
    }

    #[test]
    fn averages_stay_as_exact_as_they_came_and_missing_ones_stay_missing() {
        let of = |name, value| {
            let metric = HistoricalMetric::builder().name(name).build();
            HistoricalMetricData::builder().metric(metric).set_value(value).build()
        };
        let queue = QueueReference::builder().id("1").build();
        let result = HistoricalMetricResult::builder()
            .dimensions(Dimensions::builder().queue(queue).channel(Channel::Task).build())
            .collections(of(HistoricalMetricName::HandleTime, Some(183.3125)))
            .collections(of(HistoricalMetricName::AbandonTime, None))
            .build();
        let start: Timestamp = "2026-03-02T10:05:00Z".parse().unwrap();
        let rows = rows(vec![result], start, twenty());
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].end_time, "2026-03-02T10:10:00Z".parse().unwrap());
        let expected: Values = [
            ("abandon_time", None),
            ("handle_time", Some(183.3125)),
            ("service_level_threshold_seconds", Some(20.0)),
        ]
        .into();
        assert_eq!(rows[0].values, expected);
    }
}
