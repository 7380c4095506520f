//! Bad records, and a database that refuses.

use std::time::Duration;

use super::{super::*, bench::*};

/// Has the database refuse a contact's row for what it says: a blob can't have so many bytes.
async fn refuse(bench: &Bench, contact_id: &str) {
    let sql = format!(
        "CREATE TRIGGER refused BEFORE INSERT ON contact_record WHEN NEW.contact_id = '{contact_id}' \
         BEGIN SELECT length(hex(zeroblob(2147483647))); END"
    );
    bench.execute(&sql).await;
}

#[tokio::test]
async fn a_bad_record_costs_itself_alone() {
    let bench = Bench::new().await;
    let bad = format!("{}{{\"ContactId\":7}}{}", ours("c2"), ours("c3"));
    let records = [ours("c1"), "hello".to_owned(), bad, String::new(), ours("c4")];
    let metrics = bench.done(&shard(&records)).await;
    assert_eq!(bench.contacts().await, ["c1", "c2", "c3", "c4"]);
    assert_eq!((metrics.get(Metric::RecordsRejected), metrics.get(Metric::RejectedNotJson)), (3, 2));
    let mut event: serde_json::Value = serde_json::from_str(&shard(&[ours("c5"), ours("c6")])).unwrap();
    event["Records"][0]["kinesis"]["data"] = "!".into();
    let metrics = bench.done(&event.to_string()).await;
    assert_eq!((metrics.get(Metric::RejectedNotBase64), metrics.get(Metric::RowsSaved)), (1, 1));
}

#[tokio::test]
async fn a_row_that_the_database_refuses_is_found_and_the_others_are_saved() {
    let bench = Bench::new().await;
    refuse(&bench, "c05").await;
    let records: Vec<_> = (0..20).map(|n| ours(&format!("c{n:02}"))).collect();
    let metrics = bench.done(&shard(&records)).await;
    let contacts = bench.contacts().await;
    assert_eq!(contacts.len(), 19);
    assert!(!contacts.contains(&"c05".to_owned()));
    assert_eq!((metrics.get(Metric::RecordsRejected), metrics.get(Metric::RowsSaved)), (1, 19));
    // In a queue it goes to the dead letters.
    let (failed, _) = bench.failures(&queue(&[ours("c20"), ours("c05")])).await;
    assert_eq!(failed, ["m1"]);
}

#[tokio::test]
async fn what_the_database_can_not_take_now_comes_again() {
    let bench = Bench::new().await;
    bench.put("ctr/object", ours("c3"));
    let mut other = bench.connection().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let deadline = || Instant::now() + Duration::from_millis(200);
    let event = shard(&["hello".to_owned(), ours("c1"), ours("c2")]);
    let handled = bench.handler.handle(&event, now(), deadline()).await.unwrap();
    let again = |id: &str| Reply::Batch(BatchResponse::failed([id.to_owned()]));
    // The record before can't be read the next time either.
    assert_eq!(handled.reply, again("101"));
    let handled = bench.handler.handle(&queue(&[created("ctr/object")]), now(), deadline()).await.unwrap();
    assert_eq!(handled.reply, again("m0"));
    let handled = bench.handler.handle(&ours("c4"), now(), deadline()).await.unwrap();
    assert_eq!(handled.reply, Reply::Retry);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    drop(other);
    bench.done(&shard(&[ours("c1"), ours("c2")])).await;
    assert_eq!(bench.contacts().await, ["c1", "c2"]);
}

#[tokio::test]
async fn without_tables_everything_comes_again() {
    let bench = Bench::with(&[]).await;
    let (failed, _) = bench.failures(&shard(&[ours("c1")])).await;
    assert_eq!(failed, ["100"]);
}

#[tokio::test]
async fn an_event_of_something_else_is_refused() {
    let bench = Bench::new().await;
    for event in ["{\"x\":1}", "[]", "hello"] {
        assert!(bench.handler.handle(event, now(), soon()).await.is_err(), "{event}");
    }
}
