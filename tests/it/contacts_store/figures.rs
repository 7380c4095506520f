//! What contacts cost on DynamoDB, beside one item that grows.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ReturnConsumedCapacity,
    ScalarAttributeType,
};
use switchboard_tests::figures::figure;

use super::events::{call, flow_log};
use super::meter::Counts;
use super::places::client;
use super::*;

const CUSTOMER: &str = "+61491570006";
const CONTACT: &str = "7a9f2c1e-4b6d-4e8a-9c3f-5d1b0e2a7c64";

/// What a status costs that is refused, as one does that was written already when its answer came too late. The server says
/// nothing of it.
const REFUSED_UNITS: f64 = 1.0;

/// What these events cost, so many in a batch.
async fn cost(name: &str, events: &[Observation], batch: usize) -> Counts {
    let place = Place::dynamodb(&format!("{name}-{batch}")).await;
    let Place::DynamoDb { meter, .. } = &place else { panic!("a table") };
    let store = place.open(DAY).await;
    for events in events.chunks(batch) {
        record(&store, fold(events.to_vec()).into_values(), now()).await;
    }
    let mut counts = meter.take();
    let refused = u32::try_from(counts.puts - counts.put).expect("some writes");
    *counts.units.entry("status".to_owned()).or_default() += REFUSED_UNITS * f64::from(refused);
    counts
}

/// The write units of one item that holds the status and the history, and is put anew with each event. It has no
/// index and no versions. Beside them, how many events it took until it was refused.
async fn units_of_one_item(table: &str, events: &[Observation]) -> (f64, usize) {
    let client = client().await;
    let id = AttributeDefinition::builder().attribute_name("Id").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("Id").key_type(KeyType::Hash);
    let made = client
        .create_table()
        .table_name(table)
        .attribute_definitions(id.build().expect("an attribute"))
        .key_schema(key.build().expect("a key"))
        .billing_mode(BillingMode::PayPerRequest);
    made.send().await.expect("a table");
    let (mut history, mut status, mut units) = (Vec::new(), Status::new("grows"), 0.0);
    for (n, event) in events.iter().enumerate() {
        history.push(AttributeValue::S(event.entry().body.clone()));
        for (attribute, register) in event.status().registers() {
            status.set_if_newer(attribute.clone(), register.clone());
        }
        let mut put = client
            .put_item()
            .table_name(table)
            .item("Id", AttributeValue::S("grows".to_owned()))
            .item("History", AttributeValue::L(history.clone()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (attribute, register) in status.registers() {
            let text = register.value.to_json().to_string();
            put = put.item(attribute.name(), AttributeValue::S(text));
        }
        match put.send().await {
            Ok(output) => {
                units += output.consumed_capacity.expect("the cost").capacity_units.expect("units");
            }
            Err(_) => return (units, n),
        }
    }
    (units, events.len())
}

/// Prints the costs of these events; gives what one of them costs alone, and how many times dearer one item is than batches of
/// five.
async fn compare(what: &str, name: &str, mut events: Vec<Observation>) -> (f64, f64) {
    events.sort_by_key(Observation::at);
    let alone = cost(name, &events, 1).await;
    let in_fives = cost(name, &events, 5).await;
    let (growing, taken) = units_of_one_item(&format!("one-item-{name}"), &events).await;
    let end = if taken < events.len() { format!(" until it fails at {taken} events") } else { String::new() };
    let (once, five) = (growing / alone.write_units(), growing / in_fives.write_units());
    // A process writes a name once, whatever the number of its events.
    let names = alone.units.get("names").copied().unwrap_or_default();
    let of_event = (alone.write_units() - names) / count(events.len());
    figure(
        &format!("contacts: write units of {what}"),
        format!(
            "{:.0} in batches of five, {:.0} one by one, {of_event:.2} an event without names (goal 2.2) and {:.1} read units; one growing \
             item: {growing:.0}{end}, {five:.1} and {once:.1} times as much (goal at 40 events: 5)",
            in_fives.write_units(),
            alone.write_units(),
            alone.read_units / count(events.len()),
        ),
    );
    let parts: Vec<_> = alone.units.iter().map(|(part, units)| format!("{part} {units:.0}")).collect();
    figure(&format!("contacts: of the write units of {what} one by one"), parts.join(", "));
    (of_event, five)
}

fn count(events: usize) -> f64 {
    f64::from(u32::try_from(events).expect("some events"))
}

#[tokio::test]
async fn the_cost_grows_with_the_events_and_not_with_their_square() {
    let (of_event, call) = compare("a call of 40 events", "cost-40", call(CONTACT, CUSTOMER, 30)).await;
    assert!(of_event <= 2.2 && call > 5.0, "{of_event} {call}");
    let chat = (0..1200).map(|n| flow_log(CONTACT, n)).collect();
    let (_, chat) = compare("a chat of 1,200 events", "cost-1200", chat).await;
    assert!(chat > call);
}

#[tokio::test]
async fn a_batch_of_twenty_contacts_takes_a_few_round_trips() {
    const CONTACTS: usize = 20;
    // As many contacts are written at once.
    const AT_ONCE: usize = 16;
    let place = Place::dynamodb("round-trips").await;
    let Place::DynamoDb { meter, .. } = &place else { panic!("a table") };
    let store = place.open(DAY).await;
    let contacts = (0..CONTACTS).map(|n| format!("contact-{n}"));
    let events = contacts.flat_map(|id| (0..5).map(move |n| flow_log(&id, n)));
    record(&store, fold(events).into_values(), now()).await;
    let counts = meter.take();
    let of_each = (counts.puts + counts.batches + counts.reads).div_ceil(CONTACTS);
    let in_a_row = of_each * CONTACTS.div_ceil(AT_ONCE);
    figure(
        "contacts: 100 events of 20 contacts on DynamoDB",
        format!("{of_each} requests for each, {in_a_row} round trips in a row (goal 10)"),
    );
    assert!(in_a_row < 10, "{in_a_row}");
}
