//! Ends of all kinds, and faults of the service, over the emulator's stream.

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use switchboard_tests::emulator::Emulator;
use switchboard_tests::rta_service::Habit;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_is_right_through_ends_kills_and_faults() {
    let emulator = Emulator::shared();
    let kinesis = aws_sdk_kinesis::Client::new(&emulator.sdk_config().await);
    let stream = "rta-restart";
    kinesis.create_stream().stream_name(stream).shard_count(2).send().await.expect("a stream");
    let site = Site::new(emulator.endpoint());
    let (mut events, [second, third, fourth]) = shift(31, 12);

    put(&kinesis, stream, &events).await;
    let running = site.start(stream);
    site.waits_for(&events);
    // The picture is whole a moment before the snapshot is closed.
    until("the end of the first run's snapshot", PATIENCE, || {
        (site.service.calls().closed_snapshots == 1).then_some(())
    });
    assert!(running.terminate().success());

    // Killed while the service says nothing: it goes on from the end of the first run.
    put(&kinesis, stream, &second).await;
    events.extend(second);
    site.service.behave(Habit::Hang);
    let running = site.start(stream);
    until("a call", PATIENCE, || (site.service.calls().failed > 0).then_some(()));
    running.kill();
    site.service.behave(Habit::Good);

    // Faults of all kinds, and an answer that is lost.
    put(&kinesis, stream, &third).await;
    events.extend(third);
    let faults =
        [Habit::Status(503), Habit::Fault, Habit::HtmlPage, Habit::TakeAndClose, Habit::Result(-200)];
    site.service.next(&faults);
    let running = site.start(stream);
    site.waits_for(&events);
    put(&kinesis, stream, &fourth).await;
    events.extend(fourth);
    site.waits_for(&events);
    assert!(running.terminate().success());
    // Whoever was on the way when the process was killed is told again, since nobody knows whether that was taken: as what
    // they are by now, which may be what was acknowledged before. No change comes twice for that.
    let mut repeats = site.service.repeats();
    repeats.retain(|(before, again)| before.timestamp == again.timestamp);
    assert_eq!(repeats, []);
    site.was_told_in_order();

    let lines = site.printed("stdout");
    assert!(
        lines.lines().count() >= 12 && lines.lines().all(|line| line.split('\t').count() == 4),
        "{lines}"
    );
    let log = site.printed("stderr");
    assert!(!log.contains("agent00"), "no name is logged: {log}");
}

async fn put(kinesis: &aws_sdk_kinesis::Client, stream: &str, events: &[Item]) {
    for events in events.chunks(200) {
        let entry = |event: &Item| {
            let entry = PutRecordsRequestEntry::builder().data(Blob::new(event.text.as_bytes()));
            entry.partition_key(&event.key).build().expect("an entry")
        };
        let records = events.iter().map(entry).collect();
        let request = kinesis.put_records().stream_name(stream).set_records(Some(records));
        assert_eq!(request.send().await.expect("an answer").failed_record_count, Some(0));
    }
}
