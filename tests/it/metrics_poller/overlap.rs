//! Runs beside each other.

use std::thread;

use switchboard_tests::wait::until;

use super::{World, poll};

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_runs_do_not_undo_each_other() {
    let world = World::new(100, 300).await;
    let functions = [world.start(&[]), world.start(&[])];
    assert_eq!(poll(&functions[0], "metadata")["result"], "complete");
    thread::scope(|scope| {
        for lambda in &functions {
            scope.spawn(|| {
                for one in ["current", "users", "history", "users", "current", "history"] {
                    let report = poll(lambda, one);
                    // One poll of a kind at a time: the other run's is left out.
                    assert!(report["result"] == "complete" || report["result"] == "dropped", "{report}");
                }
            });
        }
    });
    // Whoever wrote last, each row is the latest sample of it that was ever saved.
    for (table, samples, key) in [
        ("current_metric_data", "current_metric_samples", "queue_id, channel"),
        ("current_user_data", "current_user_samples", "user_id"),
    ] {
        let undone = format!(
            "SELECT count(*) FROM {table} t JOIN (SELECT {key}, max(sampled_at) AS latest FROM {samples} GROUP BY {key}) s \
             USING ({key}) WHERE t.last_updated_at < s.latest"
        );
        assert_eq!(world.count(&undone), 0, "{table}");
        // All may have fallen into one moment of the invented API: it goes on until there is another.
        until("samples of two moments", super::MINUTE, || {
            poll(&functions[0], "current");
            poll(&functions[0], "users");
            (world.count(&format!("SELECT count(DISTINCT sampled_at) FROM {samples}")) > 1).then_some(())
        });
    }
}
