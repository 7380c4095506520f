//! A delivery stream, and the bucket that it fills.

use serde_json::{Value, json};
use switchboard_aws::Failure;
use switchboard_core::arn::last_segment;

use super::services::{Services, observed, text};
use crate::doctor::{facts::DeliveryStream, observation::Observation};

/// The facts of a delivery stream.
pub(super) async fn delivery_stream(services: &Services, arn: &str) -> Observation<DeliveryStream> {
    let request = json!({ "DeliveryStreamName": last_segment(arn) });
    let described = services.firehose.post("DescribeDeliveryStream", &request).await;
    let call = services.firehose.call("DescribeDeliveryStream", arn);
    let answer = match described {
        Ok(answer) => answer,
        Err(error) => return observed(call, Err(error)),
    };
    let destination = answer.pointer("/DeliveryStreamDescription/Destinations/0").unwrap_or(&Value::Null);
    let s3 = ["ExtendedS3DestinationDescription", "S3DestinationDescription"];
    let s3 = s3.iter().find_map(|member| destination.get(member)).unwrap_or(&Value::Null);
    let converts = s3.pointer("/DataFormatConversionConfiguration/Enabled").and_then(Value::as_bool);
    let bucket = text(s3, "BucketARN").unwrap_or_default();
    let notifies = notifies(services, &bucket).await;
    let stream = DeliveryStream {
        bucket,
        prefix: text(s3, "Prefix").unwrap_or_default(),
        is_columnar: converts == Some(true),
        compression: text(s3, "CompressionFormat").unwrap_or_else(|| "UNCOMPRESSED".to_owned()),
        notifies,
    };
    observed(call, Ok(stream))
}

/// Whether a bucket notifies EventBridge.
async fn notifies(services: &Services, bucket: &str) -> Observation<bool> {
    let name = bucket.rsplit(':').next().unwrap_or_default();
    let found = services.s3.get_bucket_notification_configuration().bucket(name).send().await;
    let found = found.map(|answer| answer.event_bridge_configuration.is_some());
    observed(
        format!("s3 GetBucketNotificationConfiguration {name}"),
        found.map_err(|error| Failure::from(&error).to_string()),
    )
}
