//! The calls of AWS's APIs that gather the facts. All of them read.
//!
//! | module | services |
//! |---|---|
//! | `services` | the signed clients, and retries |
//! | `connect` | Connect and the log group of flows |
//! | `streams` | Kinesis, and functions that poll a stream |
//! | `delivery` | Firehose, and the bucket's notifications and encryption |
//! | `keys` | KMS |
//! | `account` | names and quotas of the account |

mod account;
mod connect;
mod delivery;
mod keys;
mod services;
mod streams;

use std::collections::BTreeMap;

use switchboard_core::instance::Instance;

use self::services::Services;
use super::facts::{Facts, InstanceFacts, StorageTarget};

/// Looks at the instances and their account.
///
/// # Errors
/// When no service can be called at all: without credentials, or with an endpoint that data may not go to.
pub(super) async fn look(instances: &[Instance]) -> anyhow::Result<Facts> {
    let region = instances.first().map(Instance::region).unwrap_or_default();
    let services = Services::new(region).await?;
    let mut looked_at = Vec::new();
    for instance in instances {
        looked_at.push(connect::instance(&services, instance).await);
    }
    let mut streams = BTreeMap::new();
    let mut delivery_streams = BTreeMap::new();
    let mut readers = None;
    for target in looked_at.iter().flat_map(targets) {
        match target {
            StorageTarget::DataStream(arn) if !streams.contains_key(&arn) => {
                let readers = match &readers {
                    Some(readers) => readers,
                    None => readers.insert(delivery::readers(&services).await),
                };
                let stream = streams::stream(&services, &arn, readers).await;
                streams.insert(arn, stream);
            }
            StorageTarget::DeliveryStream(arn) if !delivery_streams.contains_key(&arn) => {
                let stream = delivery::delivery_stream(&services, &arn).await;
                delivery_streams.insert(arn, stream);
            }
            _ => {}
        }
    }
    Ok(Facts {
        instances: looked_at,
        all_instances: connect::all_instances(&services).await,
        streams,
        delivery_streams,
        rules: account::rules(&services).await,
        functions: account::functions(&services).await,
        stream_names: account::streams(&services).await,
        queues: account::queues(&services).await,
        log_groups: account::log_groups(&services).await,
        search_domains: account::search_domains(&services).await,
        quotas: account::quotas(&services).await,
    })
}

/// Everything that an instance's data goes to.
fn targets(one: &InstanceFacts) -> Vec<StorageTarget> {
    let associated =
        [&one.contact_records, &one.agent_events].map(|target| target.known().cloned().flatten());
    let subscribed = one.flow_logs.as_ref().and_then(|logs| logs.known()?.clone()).unwrap_or_default();
    let subscribed = subscribed.into_iter().filter(|arn| arn.split(':').nth(2) == Some("kinesis"));
    associated.into_iter().flatten().chain(subscribed.map(StorageTarget::DataStream)).collect()
}
