//! Records that the response had no room for, back onto their stream.

#[cfg(feature = "aws")]
use switchboard_runtime::streams::{Stream, StreamRecord, Streams};
use tokio::time::Instant;

use crate::event::FirehoseEvent;

/// Where records go that the response had no room for.
#[derive(Debug)]
pub enum Requeue {
    /// Nowhere: such records are refused. For runs without AWS.
    Nowhere,
    /// The stream they came from.
    #[cfg(feature = "aws")]
    Streams(Streams),
}

impl Requeue {
    /// Puts the event's records of these indexes back, as they came. Returns which of the given could
    /// not be put, in order.
    #[cfg_attr(
        not(feature = "aws"),
        expect(unused_variables, clippy::unused_async, reason = "without AWS there is nothing to wait for")
    )]
    pub async fn put(
        &self,
        event: &FirehoseEvent<'_>,
        over_budget: &[usize],
        deadline: Instant,
    ) -> Vec<usize> {
        match self {
            Self::Nowhere => over_budget.to_vec(),
            #[cfg(feature = "aws")]
            Self::Streams(streams) => {
                let Some(stream) = source_stream(event) else {
                    tracing::warn!(
                        event = "requeue_impossible",
                        records = over_budget.len(),
                        "the event names no stream to put records back on"
                    );
                    return over_budget.to_vec();
                };
                let records = over_budget.iter().filter_map(|index| event.records.get(*index));
                let entries: Vec<_> = records.map(entry).collect();
                let not_put = streams.put_all(&stream, &entries, deadline).await;
                not_put.into_iter().filter_map(|at| over_budget.get(at).copied()).collect()
            }
        }
    }
}

/// The stream that the event's records come from. One that reads from a data stream takes no direct
/// puts (Firehose responds with `InvalidSourceException`), so what goes back goes to its source; other
/// readers of that stream then see these records twice, which all of Switchboard's take as once.
#[cfg(feature = "aws")]
fn source_stream(event: &FirehoseEvent<'_>) -> Option<Stream> {
    if let Some(source) = &event.source_kinesis_stream_arn {
        return Some(Stream::Data(source.clone()));
    }
    let (_, name) = event.delivery_stream_arn.split_once(":deliverystream/")?;
    Some(Stream::Delivery(name.to_owned()))
}

#[cfg(feature = "aws")]
fn entry(record: &crate::event::FirehoseRecord<'_>) -> StreamRecord {
    use base64::Engine;

    let key = record.partition_key.as_ref().unwrap_or(&record.record_id);
    StreamRecord {
        // Only records that were decoded before come here.
        data: base64::engine::general_purpose::STANDARD.decode(record.data()).unwrap_or_default(),
        partition_key: key.to_string(),
    }
}

#[cfg(test)]
#[cfg(feature = "aws")]
mod tests {
    use super::*;

    fn stream(event: &str) -> Option<Stream> {
        source_stream(&FirehoseEvent::read(event).unwrap())
    }

    #[test]
    fn records_go_back_where_they_can_be_put() {
        let direct = r#"{"deliveryStreamArn":"arn:aws:firehose:ap-southeast-2:111122223333:deliverystream/ctrs","records":[]}"#;
        assert_eq!(stream(direct), Some(Stream::Delivery("ctrs".into())));
        let source = "arn:aws:kinesis:ap-southeast-2:111122223333:stream/ctrs";
        let from_source = direct.replacen('{', &format!(r#"{{"sourceKinesisStreamArn":"{source}","#), 1);
        assert_eq!(stream(&from_source), Some(Stream::Data(source.into())));
        assert_eq!(stream(r#"{"deliveryStreamArn":"arn:aws:kinesis:EXAMPLE","records":[]}"#), None);
    }
}
