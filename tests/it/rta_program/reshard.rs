//! Shards that are split and merged, over the stand-in that keeps what is unread of a parent.

use switchboard_tests::kinesis::Kinesis;

use super::*;

#[test]
fn the_picture_is_right_through_a_reshard() {
    let kinesis = Kinesis::start(3);
    let site = Site::new(&kinesis.url());
    let (mut events, [second, third, fourth]) = shift(32, 12);
    put(&kinesis, &events);
    let running = site.start("agent-events");
    site.waits_for(&events);

    // The older events of an agent are in a parent, the newer ones in a child, none of them read.
    put(&kinesis, &second);
    kinesis.split(0);
    kinesis.merge(1, 2);
    put(&kinesis, &third);
    // The children again: 3 and 4 of the split, 5 of the merger.
    kinesis.merge(3, 4);
    kinesis.expire_iterators();
    put(&kinesis, &fourth);
    events.extend([second, third, fourth].concat());
    site.waits_for(&events);
    // The last events may show nothing new.
    until("all records to be read", PATIENCE, || (kinesis.asked().records >= events.len()).then_some(()));
    assert!(running.terminate().success());
    let asked = kinesis.asked();
    assert_eq!(asked.too_soon, 0, "{asked:?}");
    assert!(asked.expired > 0 && asked.pages > 2, "{asked:?}");
    assert_eq!(asked.records, events.len(), "each record was read once: {asked:?}");
    site.was_told_once_and_in_order();

    // It goes on where it ended, and parents that are done are not read again.
    let calls = site.service.calls();
    let running = site.start("agent-events");
    until("both open shards to be read", PATIENCE, || {
        (kinesis.asked().reads >= asked.reads + 2).then_some(())
    });
    assert!(running.terminate().success());
    assert_eq!(kinesis.asked().records, asked.records);
    assert_eq!(site.service.calls(), calls, "nothing was to be told");
}

#[test]
fn a_stream_that_is_not_there_is_told() {
    let kinesis = Kinesis::start(1);
    let site = Site::new(&format!("{}/nowhere", kinesis.url()));
    drop(kinesis);
    let mut running = site.start("agent-events");
    let ended = until("the program to end", PATIENCE, || running.0.try_wait().expect("a child"));
    assert_eq!(ended.code(), Some(2));
    let told = site.printed("stderr");
    assert!(told.contains("switchboard: the stream agent-events can't be read"), "{told}");
}

pub(super) fn put(kinesis: &Kinesis, events: &[Item]) {
    for event in events {
        kinesis.put(&event.key, &event.text);
    }
}
