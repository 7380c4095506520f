//! A batch against a real OpenSSH server: what only a server can show.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../../../crates/wfm/tests/support/mod.rs"]
#[expect(dead_code, reason = "these tests need only a part of what SFTP's own need")]
mod support;

use std::{fs, path::Path, time::Duration};

use ctr_sftp::{
    destination::Destination,
    handler::{Handled, Handler},
    outcome::{Delivery, ObjectError, ObjectOutcome},
};
use serde_json::{Value, json};
use support::sshd::Sshd;
use switchboard_objects::store::Store;
use switchboard_runtime::{batch::SqsEvent, renewable::READ_AGAIN_EVERY};
use switchboard_wfm::history::{
    rows::Layout,
    sftp::{SftpError, SftpTargetUrl},
};
use tempfile::TempDir;
use tokio::time::Instant;

/// As many objects as it takes to have some that have to wait.
const OBJECTS: usize = 12;

/// Objects in a folder, and the secret of the server in another.
struct Bench {
    home: TempDir,
    handler: Handler,
}

impl Bench {
    async fn new(secret: &Value) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("store/landing")).unwrap();
        for at in 0..OBJECTS {
            let ctr = format!(r#"{{"ContactId":"c{at}","InitiationMethod":"INBOUND","Channel":"VOICE"}}"#);
            fs::write(home.path().join(format!("store/landing/o{at}")), ctr).unwrap();
        }
        let path = home.path().join("secret.json");
        fs::write(&path, secret.to_string()).unwrap();
        let destination = Destination::open(&SftpTargetUrl::SecretFile(path)).await.unwrap();
        let handler = Handler::new(Store::folder(home.path().join("store")), destination, Layout::Teleopti);
        Self { home, handler }
    }

    fn rotate(&self, secret: &Value) {
        fs::write(self.home.path().join("secret.json"), secret.to_string()).unwrap();
    }

    /// One message for each object.
    async fn handle(&self) -> Handled {
        let message = |at| {
            let body = json!({"Records": [{"eventName": "ObjectCreated:Put", "s3":
                {"bucket": {"name": "landing"}, "object": {"key": format!("o{at}")}}}]});
            json!({"messageId": format!("m{at}"), "body": body.to_string()})
        };
        let event = json!({"Records": (0..OBJECTS).map(message).collect::<Vec<_>>()});
        let event: SqsEvent = serde_json::from_value(event).unwrap();
        self.handler.handle(event, Instant::now() + Duration::from_mins(1)).await
    }
}

fn assert_all_delivered(handled: &Handled, folder: &Path) {
    assert!(handled.response.batch_item_failures.is_empty(), "{:?}", handled.outcomes);
    for (at, outcome) in handled.outcomes.iter().enumerate() {
        let Ok(Delivery::Delivered { name, bytes }) = &outcome.result else { panic!("{outcome:?}") };
        let file = fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(file.len() as u64, *bytes);
        assert_eq!(file.lines().nth(1).unwrap(), format!(",,,,VOICE,c{at},INBOUND,,,,,,,,"));
    }
}

/// The secret with another key than the server lets in.
fn wrong(sshd: &Sshd) -> Value {
    let mut secret = sshd.secret();
    secret["privateKey"] = json!(Sshd::start().client_key());
    secret
}

#[tokio::test]
async fn a_batch_is_delivered() {
    let sshd = Sshd::start();
    let bench = Bench::new(&sshd.secret()).await;
    assert_all_delivered(&bench.handle().await, &sshd.folder());
}

#[tokio::test]
async fn a_rotated_secret_heals_within_the_batch() {
    let sshd = Sshd::start();
    let bench = Bench::new(&wrong(&sshd)).await;
    bench.rotate(&sshd.secret());
    assert_all_delivered(&bench.handle().await, &sshd.folder());
}

#[tokio::test]
async fn a_rejected_login_is_not_tried_for_the_whole_batch() {
    let sshd = Sshd::start();
    let bench = Bench::new(&wrong(&sshd)).await;
    let handled = bench.handle().await;
    assert_eq!(handled.response.batch_item_failures.len(), OBJECTS);
    let (mut rejected, mut not_tried) = (0, 0);
    for outcome in &handled.outcomes {
        match &outcome.result {
            Err(ObjectError::Delivery(SftpError::Auth { .. })) => rejected += 1,
            Err(ObjectError::Delivery(SftpError::NotTried { .. })) => not_tried += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((rejected, not_tried), (1, OBJECTS - 1));

    // The next batch tries once more.
    let handled = bench.handle().await;
    let rejected = |outcome: &&ObjectOutcome| {
        matches!(outcome.result, Err(ObjectError::Delivery(SftpError::Auth { .. })))
    };
    assert_eq!(handled.outcomes.iter().filter(rejected).count(), 1);
    assert!(sshd.log.wait_for("Connection from", 2));
    assert_eq!(sshd.log.count("Connection from"), 2);

    tokio::time::pause();
    tokio::time::advance(READ_AGAIN_EVERY).await;
    tokio::time::resume();
    bench.rotate(&sshd.secret());
    assert_all_delivered(&bench.handle().await, &sshd.folder());
}
