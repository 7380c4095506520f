//! A delivery stream, and the bucket that it fills; those that read data streams.

use std::collections::BTreeMap;

use aws_sdk_s3::error::ProvideErrorMetadata;
use serde_json::{Value, json};
use switchboard_aws::Failure;
use switchboard_core::arn::last_segment;

use super::{
    keys,
    services::{Services, lacking, observed, text},
};
use crate::doctor::{
    facts::{DeliveryStream, bucket_name},
    observation::Observation,
};

/// The type of a delivery stream that reads a data stream.
const OF_DATA_STREAMS: &str = "KinesisStreamAsSource";
/// The most of them that are described, each by a call.
const MOST_DESCRIBED: usize = 200;

/// Names of delivery streams, by the ARN of the data stream that each reads.
pub(super) type Readers = BTreeMap<String, Vec<String>>;

/// The delivery streams of the account that read data streams.
pub(super) async fn readers(services: &Services) -> Observation<Readers> {
    let of = format!("{OF_DATA_STREAMS}, DescribeDeliveryStream of each");
    observed(services.firehose.call("ListDeliveryStreams", &of), described_readers(services).await)
}

async fn described_readers(services: &Services) -> Result<Readers, String> {
    let mut readers = Readers::new();
    for name in reader_names(services).await? {
        let request = json!({ "DeliveryStreamName": name });
        let answer = match services.firehose.post("DescribeDeliveryStream", &request).await {
            Ok(answer) => answer,
            // It was there when they were listed.
            Err(error) if error.ends_with("ResourceNotFoundException") => continue,
            Err(error) => return Err(error),
        };
        let source = "/DeliveryStreamDescription/Source/KinesisStreamSourceDescription";
        let source = answer.pointer(source).and_then(|source| text(source, "KinesisStreamARN"));
        readers.entry(source.ok_or_else(|| lacking("KinesisStreamARN"))?).or_default().push(name);
    }
    Ok(readers)
}

/// A page goes on after its last name.
async fn reader_names(services: &Services) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let mut request = json!({ "DeliveryStreamType": OF_DATA_STREAMS, "Limit": 100 });
        if let (Some(last), Some(request)) = (names.last(), request.as_object_mut()) {
            request.insert("ExclusiveStartDeliveryStreamName".to_owned(), last.as_str().into());
        }
        let answer = services.firehose.post("ListDeliveryStreams", &request).await?;
        let page = answer.get("DeliveryStreamNames").and_then(Value::as_array);
        let page = page.ok_or_else(|| lacking("DeliveryStreamNames"))?;
        names.extend(page.iter().filter_map(Value::as_str).map(str::to_owned));
        let has_more = answer.get("HasMoreDeliveryStreams").and_then(Value::as_bool) == Some(true);
        if names.len() > MOST_DESCRIBED {
            return Err(format!("more than {MOST_DESCRIBED} read data streams"));
        }
        if !has_more || page.is_empty() {
            return Ok(names);
        }
    }
}

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
    let own_key =
        s3.pointer("/EncryptionConfiguration/KMSEncryptionConfig/AWSKMSKeyARN").and_then(Value::as_str);
    let key = match own_key {
        Some(key) => keys::own(services, key).await,
        None => bucket_key(services, &bucket).await,
    };
    let stream = DeliveryStream {
        bucket,
        prefix: text(s3, "Prefix").unwrap_or_default(),
        is_columnar: converts == Some(true),
        compression: text(s3, "CompressionFormat").unwrap_or_else(|| "UNCOMPRESSED".to_owned()),
        key,
        notifies,
    };
    observed(call, Ok(stream))
}

/// The key of the centre's own that a bucket encrypts with what comes without one.
async fn bucket_key(services: &Services, bucket: &str) -> Observation<Option<String>> {
    let name = bucket_name(bucket);
    let call = format!("s3 GetBucketEncryption {name}");
    let answer = match services.s3.get_bucket_encryption().bucket(name).send().await {
        Ok(answer) => answer,
        Err(error) => {
            // A bucket without any says so by an error.
            let is_none = error.code() == Some("ServerSideEncryptionConfigurationNotFoundError");
            let reason = Failure::from(&error).to_string();
            return observed(call, if is_none { Ok(None) } else { Err(reason) });
        }
    };
    let rules = answer.server_side_encryption_configuration.map(|all| all.rules).unwrap_or_default();
    let mut defaults = rules.into_iter().filter_map(|rule| rule.apply_server_side_encryption_by_default);
    match defaults.find_map(|default| default.kms_master_key_id) {
        Some(key) => keys::own(services, &key).await,
        None => observed(call, Ok(None)),
    }
}

/// Whether a bucket notifies EventBridge.
async fn notifies(services: &Services, bucket: &str) -> Observation<bool> {
    let name = bucket_name(bucket);
    let found = services.s3.get_bucket_notification_configuration().bucket(name).send().await;
    let found = found.map(|answer| answer.event_bridge_configuration.is_some());
    observed(
        format!("s3 GetBucketNotificationConfiguration {name}"),
        found.map_err(|error| Failure::from(&error).to_string()),
    )
}
