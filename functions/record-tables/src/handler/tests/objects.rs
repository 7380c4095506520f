//! Objects by way of a queue.

use std::fs;

use super::{super::*, bench::*};

#[tokio::test]
async fn objects_are_read_whatever_their_form() {
    let bench = Bench::new().await;
    bench.put("ctr/day/lines", format!("{}\n{}\n", ours("c1"), ours("c2")));
    bench.put("ctr/day/glued.gz", gzip(&format!("{}{}", ours("c3"), ours("c4"))));
    bench.put("ctr/day/empty", "");
    let bodies =
        [created("ctr/day/lines"), created("ctr/day/glued.gz"), created("ctr/day/empty"), ours("c5")];
    let metrics = bench.done(&queue(&bodies)).await;
    assert_eq!(bench.contacts().await, ["c1", "c2", "c3", "c4", "c5"]);
    assert_eq!((metrics.get(Metric::Objects), metrics.get(Metric::RowsSaved)), (3, 5));
    assert_eq!(metrics.get(Metric::MessagesFailed), 0);
    assert_eq!(
        bench.query("SELECT SUM(contacts) AS shown FROM interval_sums WHERE attribution = 'enqueue'").await,
        ["5"]
    );
}

#[tokio::test]
async fn objects_of_which_event_bridge_tells_are_read() {
    let bench = Bench::new().await;
    bench.put("ctr/2026/11/02/10/records-1-2026-11-02-10-05.gz", gzip(&(ours("c1") + &ours("c2"))));
    bench.put("ctr/year=2026/a+b c%3A1", ours("c3"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/s3/event-bridge/messages.json");
    let metrics = bench.done(&fs::read_to_string(path).unwrap()).await;
    assert_eq!(bench.contacts().await, ["c1", "c2", "c3"]);
    let counts = [Metric::Objects, Metric::RowsSaved, Metric::MessagesFailed];
    assert_eq!(counts.map(|metric| metrics.get(metric)), [2, 3, 0]);
}

#[tokio::test]
async fn damage_in_an_object_costs_itself_alone() {
    let bench = Bench::new().await;
    let whole = gzip(&format!("{}\n{}", ours("c3"), ours("c4")));
    bench.put("ctr/damaged", format!("{}\n}}{{\"x\":\n{}\n{{\"y\":1}}\n", ours("c1"), ours("c2")));
    bench.put("ctr/cut.gz", &whole[..whole.len() - 12]);
    let metrics = bench.done(&queue(&[created("ctr/damaged"), created("ctr/cut.gz")])).await;
    let contacts = bench.contacts().await;
    assert_eq!(contacts[..2], ["c1", "c2"], "{contacts:?}");
    assert_eq!(metrics.get(Metric::RejectedNotAnEvent), 1);
    assert!(
        metrics.get(Metric::RejectedNotJson) >= 1 && metrics.get(Metric::RejectedGzip) >= 1,
        "{metrics:?}"
    );
}

#[tokio::test]
async fn a_message_fails_alone() {
    let bench = Bench::new().await;
    bench.put("ctr/there", ours("c1"));
    let bodies = [
        created("ctr/there"),
        created("ctr/gone"),
        "hello".to_owned(),
        ours("c2"),
        r#"{"y":1}"#.to_owned(),
        String::new(),
    ];
    let (failed, metrics) = bench.failures(&queue(&bodies)).await;
    assert_eq!(failed, ["m1", "m2", "m4"]);
    assert_eq!(metrics.get(Metric::MessagesFailed), 3);
    assert_eq!(bench.contacts().await, ["c1", "c2"]);
}

#[tokio::test]
async fn a_large_object_is_saved_in_batches() {
    let bench = Bench::new().await;
    // More than two batches of text, from few rows.
    let filler = " ".repeat(70_000);
    let records: Vec<_> =
        (0..90).map(|n| ours(&format!("c{n:02}")).replacen('{', &format!("{{{filler}"), 1)).collect();
    bench.put("ctr/large", records.concat());
    let metrics = bench.done(&queue(&[created("ctr/large")])).await;
    assert_eq!(bench.contacts().await.len(), 90);
    assert_eq!(metrics.get(Metric::RowsSaved), 90);
}
