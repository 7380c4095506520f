//! The board behind its HTTP API: nothing without a session, and to who signs in with Cognito what the user's group may see.

use aws_sdk_kinesis::primitives::Blob;
use serde_json::{Value, json};
use switchboard_tests::wait::{until, until_async};

use super::calls::{said, send_contact_events};
use super::world::{Bucket, PATIENCE, World, instance_arn, stream};

const BOARD: &str = "switchboard-dev-board";
const CONTACT: &str = "5d1c53d2-2b4c-4d8f-9a5b-0b0a5d3c9f11";
/// A task that nobody has taken.
const OPEN: &str = "5d1c53d2-2b4c-4d8f-9a5b-0b0a5d3c9f12";
const NUMBER: &str = "+61491570158";
const PASSWORD: &str = "One-long-Passw0rd-of-a-test";

/// Makes a user of a group, who needs no new password.
fn add_user(world: &World, name: &str, group: Option<&str>) {
    let call = |operation: &str, more: Value| {
        let mut parameters = json!({"UserPoolId": world.board_users(), "Username": name});
        parameters.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        world.emulator.call("cognito-idp", operation, &parameters);
    };
    call("admin_create_user", json!({"MessageAction": "SUPPRESS", "TemporaryPassword": PASSWORD}));
    call("admin_set_user_password", json!({"Password": PASSWORD, "Permanent": true}));
    if let Some(group) = group {
        call("admin_add_user_to_group", json!({ "GroupName": group }));
    }
}

/// The answers to who has signed in.
fn looked(world: &World, name: &str, paths: &[&str]) -> Vec<(u16, String)> {
    let mut answers = world.emulator.browse(world.board(), Some((name, PASSWORD)), paths);
    let (status, body) = answers.remove(0);
    assert_eq!(status, 303, "{name} signs in: {body}");
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_sees_what_the_group_may_see() {
    let world = World::shared();
    let record = json!({
        "ContactId": CONTACT, "InitialContactId": CONTACT, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InstanceARN": instance_arn(&world.connect), "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "InitiationTimestamp": "2026-11-02T01:00:00Z", "DisconnectTimestamp": "2026-11-02T01:05:00Z",
        "LastUpdateTimestamp": "2026-11-02T01:06:00Z", "DisconnectReason": "CUSTOMER_DISCONNECT",
        "CustomerEndpoint": {"Address": NUMBER, "Type": "TELEPHONE_NUMBER"},
    });
    let kinesis = aws_sdk_kinesis::Client::new(&world.aws().await);
    let put = kinesis.put_record().stream_name(stream(&kinesis, "contactrecords").await);
    put.partition_key(CONTACT).data(Blob::new(record.to_string())).send().await.expect("a record put");
    // Another contact goes on: the board knows the instances of which there is anything now.
    let task = json!({"detail-type": "Amazon Connect Contact Event", "time": "2026-11-02T01:00:00Z", "detail": {
        "eventType": "INITIATED", "contactId": OPEN, "channel": "TASK", "initiationMethod": "API",
        "instanceArn": instance_arn(&world.connect), "initiationTimestamp": "2026-11-02T01:00:00Z",
    }});
    let event = task.to_string();
    tokio::task::spawn_blocking(move || {
        send_contact_events(&world.emulator, [event.as_str()]);
        looks(world);
    })
    .await
    .expect("looks");
    // Each look is in the audit log, and nothing of what was seen.
    let audit = Bucket::find(&world.aws().await, "boardaudit").await;
    let told = until_async("both looks in the audit log", PATIENCE, async || {
        let told = audit.read("looks/").await;
        (told.matches(CONTACT).count() >= 4).then_some(told)
    });
    let told = told.await;
    assert!(!told.contains(NUMBER), "{told}");
}

fn looks(world: &World) {
    // Other tests' contacts are of other instances, one of them of this id in another Region.
    let arn = instance_arn(&world.connect);
    let [.., region, _, id] = &*arn.split(':').collect::<Vec<_>>() else { panic!("no ARN: {arn}") };
    let instance = format!("/i/{region}.{}", id.trim_start_matches("instance/"));
    let (board, page) = (format!("{instance}/api/v1/board"), format!("{instance}/"));
    let contact = format!("{instance}/api/v1/contacts/{CONTACT}");
    let technical = format!("{contact}/journey?technical=true");
    let paths = [&*board, &*contact, &*technical, &*page];
    let nobody = world.emulator.browse(world.board(), None, &paths);
    assert_eq!(
        nobody.iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [401, 401, 401, 303],
        "{}",
        said(&world.emulator, BOARD)
    );
    assert!(nobody.iter().all(|(_, body)| !body.contains(NUMBER)));

    for (name, group) in
        [("sue", Some("supervisors")), ("ian", Some("investigators")), ("wall", Some("walls")), ("new", None)]
    {
        add_user(world, name, group);
    }
    let whole = until("the contact on the board", PATIENCE, || {
        let answers = looked(world, "ian", &paths);
        let status = answers[1].0;
        assert!([200, 404].contains(&status), "{status}: {}", said(&world.emulator, BOARD));
        (status == 200).then_some(answers)
    });
    assert!(whole[2].1.contains(NUMBER), "{}", whole[2].1);
    assert!(whole.iter().all(|(status, _)| *status == 200), "{whole:?}");
    // The tables of the day are there and can be read: the deployment gave the function a login.
    let board: Value = serde_json::from_str(&whole[0].1).expect("JSON");
    assert_eq!(board["lacks_intervals"], false, "{board}");

    let masked = looked(world, "sue", &paths);
    assert_eq!(masked.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 403, 200]);
    assert!(masked.iter().all(|(_, body)| !body.contains(NUMBER)));
    assert!(masked[1].1.contains(CONTACT), "{}", masked[1].1);

    let wall = looked(world, "wall", &paths);
    assert_eq!(wall.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 403, 403, 200]);

    let new = world.emulator.browse(world.board(), Some(("new", PASSWORD)), &paths);
    assert_eq!(new.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [403], "a user without a role");
}
