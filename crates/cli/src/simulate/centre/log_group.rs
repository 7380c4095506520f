//! Flow logs into a CloudWatch log group.

use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::{Value, json};
use switchboard_core::log_batch::LogBatch;
use switchboard_simulator::Item;

use super::retry::until_taken;
use crate::aws::signed_api::{Service, SignedApi};

const CLOUDWATCH_LOGS: Service =
    Service { name: "logs", target: "Logs_20140328", endpoint: "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" };
/// The log stream that lines are put into.
const STREAM: &str = "switchboard-simulated";
/// The most bytes of a batch of lines, unpacked.
const MAX_BATCH_BYTES: u64 = 8 * 1024 * 1024;

/// A log group and how many lines went into it.
#[derive(Debug)]
pub(super) struct LogGroup {
    service: SignedApi,
    group: String,
    has_stream: bool,
    pub(super) put: usize,
    pub(super) not_put: usize,
}

impl LogGroup {
    /// The log group of that name, which must be there.
    ///
    /// # Errors
    /// When the service can't be called.
    pub(super) fn new(config: &SdkConfig, group: &str) -> anyhow::Result<Self> {
        let service = SignedApi::new(config, CLOUDWATCH_LOGS)?;
        Ok(Self { service, group: group.to_owned(), has_stream: false, put: 0, not_put: 0 })
    }

    /// Puts the lines of batches, each as of now: CloudWatch takes none that is older than two weeks or ahead of its clock.
    pub(super) async fn put(&mut self, batches: &[Item]) {
        for batch in batches {
            let lines = lines_of(&batch.text);
            if lines.is_empty() {
                self.not_put += 1;
                continue;
            }
            let count = lines.len();
            let left = until_taken("log_lines_not_put", lines, async |lines| {
                if !self.has_stream {
                    self.create_stream().await?;
                    self.has_stream = true;
                }
                let request =
                    json!({"logGroupName": self.group, "logStreamName": STREAM, "logEvents": lines});
                self.service.call("PutLogEvents", &request).await?;
                Ok(Vec::new())
            });
            let left = left.await;
            self.not_put += left;
            self.put += count - left;
        }
    }

    async fn create_stream(&self) -> Result<(), String> {
        let stream = json!({"logGroupName": self.group, "logStreamName": STREAM});
        match self.service.call("CreateLogStream", &stream).await {
            Err(reason) if !reason.ends_with("ResourceAlreadyExistsException") => Err(reason),
            _ => Ok(()),
        }
    }
}

/// The lines of a batch; none of one that is cut short.
fn lines_of(batch: &str) -> Vec<Value> {
    let Ok(batch) = LogBatch::unpack(batch, MAX_BATCH_BYTES) else { return Vec::new() };
    let now = Timestamp::now().as_millisecond();
    let events = batch.events();
    let line = |message: &str| json!({"timestamp": now, "message": message});
    events.iter().filter_map(|event| Some(line(&event.message.text()?))).collect()
}
