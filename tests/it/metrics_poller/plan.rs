//! The plan of polls against the requests that the instance may send: told with the lists, and polling goes on.

use serde_json::Value;
use switchboard_tests::lambda::Lambda;

use super::{World, metrics, poll};

/// The lines that tell of polls over their budget.
fn over_budget(lambda: &Lambda) -> Vec<Value> {
    let lines = lambda.logs();
    let parsed = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|line| line["event"] == "poll_over_budget").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_needs_more_than_the_instance_s_share_is_told_and_made() {
    let world = World::new(12, 1000).await;
    // A share of one request a second: eleven for the agents are due within ten.
    for (rate, polls) in [("1", 1), ("1.1", 0)] {
        let lambda = world.start(&[("CONNECT_REQUESTS_PER_SECOND", rate)]);
        for one in ["metadata", "current"] {
            assert_eq!(poll(&lambda, one)["result"], "complete", "{one}");
        }
        // Whatever was logged before is there with the last of them.
        metrics(&lambda, 3);
        let told = over_budget(&lambda);
        assert_eq!(told.len(), polls, "{rate}: {told:?}");
        for line in told {
            assert_eq!(line["operation"], "GetCurrentUserData", "{line}");
            assert_eq!(
                (&line["requests_needed"], &line["requests_allowed"]),
                (&11.into(), &10.into()),
                "{line}"
            );
            let message = line["message"].as_str().expect("a message");
            assert!(message.contains("CONNECT_REQUESTS_PER_SECOND"), "{message}");
        }
    }
}
