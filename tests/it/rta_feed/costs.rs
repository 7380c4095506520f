//! What agents' events cost on DynamoDB, as the server counts it.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use switchboard_agents::dynamodb::create_table;
use switchboard_agents::fold;
use switchboard_store::call::CallContext;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::figures::figure;
use switchboard_wfm::agent_state::StateMode;
use switchboard_wfm::feed::{Feed, Store};

use super::events::at;
use super::*;

const AGENTS: i32 = 100;
const SHARD: &str = "ap-southeast-2/012345678910/connect-agent-events/shardId-000000000000";

/// Read and write units of a client. Clones count together.
#[derive(Debug, Clone, Default)]
struct Meter(Arc<Mutex<(f64, f64)>>);

impl Meter {
    /// The units since the last call, by agent.
    fn take(&self) -> (f64, f64) {
        let (reads, writes) = std::mem::take(&mut *self.0.lock().expect("no panic while it is held"));
        (reads / f64::from(AGENTS), writes / f64::from(AGENTS))
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        if let Some(get) = input.downcast_mut::<BatchGetItemInput>() {
            get.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        } else if let Some(put) = input.downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut units = self.0.lock().expect("no panic while it is held");
        let Ok(output) = context.output_or_error() else { return Ok(()) };
        if let Some(get) = output.downcast_ref::<BatchGetItemOutput>() {
            units.0 +=
                get.consumed_capacity().iter().filter_map(ConsumedCapacity::capacity_units).sum::<f64>();
        } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            units.1 += put.consumed_capacity().and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        }
        Ok(())
    }
}

/// Every agent's event of that second. Ids, names and ARNs are as long as Connect's.
fn all(kind: &str, status: &str, second: i64) -> Vec<Value> {
    let one = |n| {
        let name = format!("firstname{n:03}.lastname@example.com");
        let mut event = event(&name, kind, status, at(second));
        let instance =
            "arn:aws:connect:ap-southeast-2:012345678910:instance/8c5a4f1e-3b7d-4e29-a6f0-51d2c97be834";
        event["InstanceARN"] = instance.into();
        event["AgentARN"] = format!("{instance}/agent/a5d9038c-6b2e-47f1-9e08-b4173dc6f{n:03}").into();
        event["EventId"] =
            format!("5da09f56-bb01-4e6a-8ca4-{:012}", second * i64::from(AGENTS) + i64::from(n)).into();
        event["CurrentAgentSnapshot"]["AgentStatus"]["ARN"] =
            format!("{instance}/agent-state/dd2a0c60-481a-4f36-8936-f799978ef8e5").into();
        event
    };
    (0..AGENTS).map(one).collect()
}

#[tokio::test]
async fn an_agents_events_of_a_batch_cost_one_read_and_one_write_and_one_more_for_a_change() {
    let config = DynamoDbLocal::shared().sdk_config().await;
    create_table(&DynamoDb::new(&config), "agents-costs").await.expect("a table");
    let meter = Meter::default();
    let config = aws_sdk_dynamodb::config::Builder::from(&config).interceptor(meter.clone()).build();
    let (store, service) =
        (Store::dynamodb(&DynamoDb::from_conf(config), "agents-costs".to_owned()), RtaService::start());
    let feed = Feed::new(store, client(&service), StateMode::Activity);
    let mut costs = Vec::new();
    for (what, kind, status, second) in [
        ("new agents, with the first snapshot", "STATE_CHANGE", "Available", 0),
        ("a change", "STATE_CHANGE", "Lunch", 5),
        ("a heartbeat", "HEART_BEAT", "Lunch", 10),
        ("a change again", "STATE_CHANGE", "Available", 15),
    ] {
        let context = CallContext::new(at(second + 1), Instant::now() + Duration::from_mins(1));
        let observed = feed.observe(fold(all(kind, status, second).iter().map(update)), SHARD, context);
        let observed = observed.await;
        assert!(observed.failed.is_empty(), "{observed:?}");
        let (reads, writes) = meter.take();
        figure(
            &format!("rta-feed, DynamoDB units an agent and batch: {what}"),
            format!("{reads:.2} read, {writes:.2} written"),
        );
        costs.push((reads, writes));
    }
    for ((reads, writes), wanted) in costs.iter().skip(1).zip([2.0, 1.0, 2.0]) {
        // And the feed state's, of all agents together.
        assert!(*reads <= 1.05 && *writes <= wanted + 0.05, "{costs:?}");
    }
    // A snapshot in which nothing changed: the writes of the feed state alone.
    let context = CallContext::new(at(20), Instant::now() + Duration::from_mins(1));
    let sent = feed.snapshot(context).await.expect("a snapshot");
    let (reads, writes) = meter.take();
    figure(
        "rta-feed, DynamoDB units an agent and snapshot in which nothing changed, its scan not counted",
        format!("{reads:.2} read, {writes:.2} written"),
    );
    assert_eq!(sent.agents, usize::try_from(AGENTS).expect("a count"));
    assert!(reads <= 0.05 && writes <= 0.05, "{reads} {writes}");
}
