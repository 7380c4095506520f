//! The colour of a tile: who waits, by the thresholds that are set.

use jiff::Timestamp;
use serde_json::json;
use switchboard_board::access::{AgentNames, AuditLog, Role, Viewer};

use crate::{
    centre::Simulated,
    roles::{AT, get, json, serve_sources},
};

#[tokio::test]
async fn a_tile_is_coloured_from_its_thresholds_on() {
    let mut simulated = Simulated::new().await;
    let at: Timestamp = AT.parse().unwrap();
    simulated.advance(at).await;
    let serve = async |thresholds: &str| {
        let sources = simulated.sources(at).with_thresholds(thresholds.parse().unwrap());
        serve_sources(sources, Viewer::new("ann", Role::Walls), AgentNames::None, AuditLog::none()).await
    };
    let board = json(&serve("{}").await, "/api/v1/board").await;
    let tiles = board["queues"].as_array().unwrap();
    let tile = tiles.iter().find(|tile| tile["longest_live_wait_since"].is_string()).unwrap();
    let id = tile["queue_id"].as_str().unwrap();
    let since: Timestamp = tile["longest_live_wait_since"].as_str().unwrap().parse().unwrap();
    let (waiting, waited) = (tile["waiting"].as_i64().unwrap(), at.duration_since(since).as_secs());
    let from = |warn: i64, alarm: i64| json!({ "warn": warn, "alarm": alarm });
    let never = from(1_000_000, 1_000_000);
    for (count, wait, expected) in [
        (from(waiting + 1, waiting + 1), from(waited + 1, waited + 1), ["calm", "calm", "calm"]),
        (from(waiting, waiting + 1), never.clone(), ["warn", "calm", "warn"]),
        (from(0, waiting), never.clone(), ["alarm", "calm", "alarm"]),
        (never.clone(), from(waited, waited + 1), ["calm", "warn", "warn"]),
        (from(waiting, waiting + 1), from(0, waited), ["warn", "alarm", "alarm"]),
    ] {
        let own = json!({ "waiting": count, "longestWaitSeconds": wait, "pointsBelowTarget": never });
        // What is set for all queues does not count beside it.
        let thresholds = json!({ "waiting": from(0, 0), "queues": { id: own } });
        let page = get(&serve(&thresholds.to_string()).await, "/").await.body;
        let [waiting, wait, tile] = expected;
        let tag =
            format!(r#"<li id="queue-{id}" class="tile {tile}" data-wait="{wait}" data-waiting="{waiting}""#);
        assert!(page.contains(&tag), "{thresholds}: {tag}");
    }
}
