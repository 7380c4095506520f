//! A data stream: its size, its key, its readers.

use serde_json::{Value, json};

use super::{
    delivery::Readers,
    keys,
    services::{Paged, Services, lacking, observed, text, texts},
};
use crate::doctor::{
    facts::{StreamFacts, StreamSummary},
    observation::Observation,
};

/// The facts of a data stream, with those of the account's delivery streams that read it.
pub(super) async fn stream(services: &Services, arn: &str, readers: &Observation<Readers>) -> StreamFacts {
    let of_it = |readers: &Readers| readers.get(arn).cloned().unwrap_or_default();
    let delivery_streams =
        observed(readers.call.clone(), readers.found.as_ref().map(of_it).map_err(Clone::clone));
    let kinesis = &services.kinesis;
    let described = kinesis.post("DescribeStreamSummary", &json!({ "StreamARN": arn })).await;
    let described =
        described.map(|answer| answer.get("StreamDescriptionSummary").cloned().unwrap_or_default());
    let call = kinesis.call("DescribeStreamSummary", arn);
    let summary = described.as_ref().map_err(Clone::clone).and_then(|stream| {
        Ok(StreamSummary {
            open_shards: number(stream, "OpenShardCount")?,
            retention_hours: number(stream, "RetentionPeriodHours")?,
            is_on_demand: stream.pointer("/StreamModeDetails/StreamMode").and_then(Value::as_str)
                == Some("ON_DEMAND"),
        })
    });
    StreamFacts {
        summary: observed(call.clone(), summary),
        key: key(services, call, described.as_ref()).await,
        consumers: consumers(services, arn).await,
        polling_functions: polling_functions(services, arn).await,
        delivery_streams,
    }
}

/// A stream's key may be named by id, ARN or alias; only a key of the centre's own has a policy to be changed.
async fn key(
    services: &Services,
    call: String,
    described: Result<&Value, &String>,
) -> Observation<Option<String>> {
    let stream = match described {
        Ok(stream) => stream,
        Err(error) => return observed(call, Err(error.clone())),
    };
    let is_encrypted = text(stream, "EncryptionType").as_deref() == Some("KMS");
    let Some(key) = text(stream, "KeyId").filter(|key| is_encrypted && key != "alias/aws/kinesis") else {
        return observed(call, Ok(None));
    };
    keys::own(services, &key).await
}

async fn consumers(services: &Services, arn: &str) -> Observation<Vec<String>> {
    let paged = Paged { rows: "Consumers", next: "NextToken", token: "NextToken" };
    let rows = services.kinesis.post_all("ListStreamConsumers", json!({ "StreamARN": arn }), paged).await;
    let call = services.kinesis.call("ListStreamConsumers", arn);
    observed(call, rows.map(|rows| texts(&rows, "ConsumerName")))
}

async fn polling_functions(services: &Services, arn: &str) -> Observation<Vec<String>> {
    let paged = Paged { rows: "EventSourceMappings", next: "NextMarker", token: "Marker" };
    let path = "/2015-03-31/event-source-mappings/";
    let rows = services.lambda.get_all(path, &[("EventSourceArn", arn), ("MaxItems", "100")], paged).await;
    let call = services.lambda.call("ListEventSourceMappings", arn);
    observed(call, rows.map(|rows| texts(&rows, "FunctionArn")))
}

fn number(stream: &Value, member: &str) -> Result<u64, String> {
    stream.get(member).and_then(Value::as_u64).ok_or_else(|| lacking(member))
}
