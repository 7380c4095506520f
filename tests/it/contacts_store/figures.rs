//! What contacts cost on DynamoDB.

use switchboard_tests::figures::figure;

use super::events::{call, flow_log};
use super::*;

const CUSTOMER: &str = "+61491570006";

/// The write units of these events one by one, and of batches of five.
async fn units(name: &str, events: &[Observation]) -> (f64, f64) {
    let mut units = Vec::new();
    for batch in [1, 5] {
        let place = Place::dynamodb(&format!("{name}-{batch}")).await;
        let Place::DynamoDb { meter, .. } = &place else { panic!("a table") };
        let store = place.open(DAY).await;
        for events in events.chunks(batch) {
            record(&store, fold(events.to_vec()).into_values(), now()).await;
        }
        units.push(meter.take().units);
    }
    (units[0], units[1])
}

/// The write units of one item that holds the history and is read, modified and put with each event. Computed, by
/// its size in JSON without the status: a little too cheap. Beside it, how many events fit.
fn units_of_one_item(events: &[Observation]) -> (usize, usize) {
    let (mut bytes, mut units, mut fit) = (0, 0, 0);
    for event in events {
        bytes += event.entry().body.len();
        if bytes <= 400 * 1024 {
            units += bytes.div_ceil(1024);
            fit += 1;
        }
    }
    (units, fit)
}

async fn compare(what: &str, name: &str, events: &[Observation]) -> f64 {
    let (one_by_one, in_fives) = units(name, events).await;
    let (growing, fit) = units_of_one_item(events);
    let times = growing as f64 / one_by_one;
    let stops = if fit < events.len() { format!(", and it fails after event {fit}") } else { String::new() };
    figure(
        &format!("contacts: write units of {what}"),
        format!(
            "{one_by_one} event by event, {in_fives} in batches of five; one growing item: {growing} ({times:.1} times){stops}"
        ),
    );
    times
}

#[tokio::test]
async fn the_cost_grows_with_the_events_and_not_with_their_square() {
    let forty = compare("a call of 40 events", "cost-40", &call("call", CUSTOMER, 30)).await;
    let chat: Vec<_> = (0..2000).map(|n| flow_log("chat", n)).collect();
    let chat_times = compare("a chat of 2,000 events", "cost-2000", &chat).await;
    assert!(chat_times > forty);
}
