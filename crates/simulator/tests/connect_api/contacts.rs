//! Contacts: searched for, and described.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use switchboard_simulator::{
    connect_api::ConnectApi,
    model::{
        Centre, Config, ContactStep, Event, InitiationMethod, Step,
        emit::{Emission, Emitted, EmittedKind},
    },
};

use crate::{
    config, noon, of,
    raw::{Answer, queue_ids, send},
};

fn busy() -> Config {
    Config { contacts_per_day: 1_500, ..config(3, 20) }
}

async fn search(api: &ConnectApi, body: &Value) -> Answer {
    send(api, "POST", "/search-contacts", &body.to_string()).await
}

/// A search of the whole history by one of the moments.
fn whole(api: &ConnectApi, moment: &str) -> Value {
    let from = busy().from.as_second();
    json!({
        "InstanceId": api.instance_id(),
        "TimeRange": { "Type": moment, "StartTime": from, "EndTime": noon().as_second() + 3600 },
        "MaxResults": 100,
    })
}

/// All pages.
async fn all(api: &ConnectApi, mut body: Value) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    loop {
        let answer = search(api, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        found.extend(answer["Contacts"].as_array().unwrap().iter().cloned());
        let Some(token) = answer.get("NextToken") else {
            assert_eq!(answer["TotalCount"], found.len());
            return found;
        };
        body["NextToken"] = token.clone();
    }
}

/// Lets the same centre live beside the API's, until noon.
fn live(mut take: impl FnMut(&Step<'_>)) {
    Centre::new(busy(), |step: &Step<'_>| take(step)).unwrap().advance(noon().as_millisecond());
}

/// What became of each contact until noon: whether it is over, and whether it is a call that nobody has answered yet.
fn contacts() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut over, mut waiting_calls) = (BTreeSet::new(), BTreeSet::new());
    live(|step| {
        let Event::Contact { step: what, contact } = step.event else { return };
        let id = contact.id.to_string();
        match what {
            ContactStep::Initiated if contact.channel.name() == "VOICE" => drop(waiting_calls.insert(id)),
            ContactStep::Connected | ContactStep::Disconnected => drop(waiting_calls.remove(&id)),
            ContactStep::Completed => drop(over.insert(id)),
            _ => {}
        }
        // A supervisor is connected when the leg begins.
        if contact.connected.is_some() {
            waiting_calls.remove(&contact.id.to_string());
        }
    });
    (over, waiting_calls)
}

fn id(row: &Value) -> String {
    row["Id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_contact_that_is_over_is_found_once_over_all_pages() {
    let (api, _) = of(busy(), noon()).await;
    let (over, waiting_calls) = contacts();
    let ended = all(&api, whole(&api, "DISCONNECT_TIMESTAMP")).await;
    assert!(ended.len() > 500, "{}", ended.len());
    assert_eq!(ended.len(), over.len());
    assert_eq!(ended.iter().map(id).collect::<BTreeSet<_>>(), over);
    assert!(ended.iter().all(|row| row["DisconnectTimestamp"].is_f64()));

    // Those in progress are found too, but for calls and callbacks in a queue; they have no end before after-contact work.
    let begun = all(&api, whole(&api, "INITIATION_TIMESTAMP")).await;
    let in_progress: BTreeSet<_> = begun.iter().map(id).filter(|id| !over.contains(id)).collect();
    assert!(!in_progress.is_empty() && !waiting_calls.is_empty());
    assert!(in_progress.is_disjoint(&waiting_calls), "{waiting_calls:?}");
    for row in begun.iter().filter(|row| in_progress.contains(&id(row))) {
        assert!(row.get("DisconnectTimestamp").is_none(), "{row}");
    }
    let mut moments: Vec<_> = begun.iter().map(|row| row["InitiationTimestamp"].as_f64().unwrap()).collect();
    assert!(moments.is_sorted_by(|one, other| one >= other), "the latest first");
    moments.dedup();
    assert!(moments.len() > 100);
}

#[tokio::test]
async fn filters_and_sorting_tell_the_same_contacts_apart() {
    let (api, _) = of(busy(), noon()).await;
    let everything = all(&api, whole(&api, "INITIATION_TIMESTAMP")).await;
    let count = |is_it: &dyn Fn(&Value) -> bool| everything.iter().filter(|row| is_it(row)).count();
    let queue = queue_ids(&api).await.remove(0);
    let agent = everything.iter().find_map(|row| row["AgentInfo"]["Id"].as_str()).unwrap().to_owned();
    let mut checked = 0;
    for (criteria, expected) in [
        (
            json!({ "Channels": ["CHAT", "TASK"] }),
            count(&|row| row["Channel"] == "CHAT" || row["Channel"] == "TASK"),
        ),
        (json!({ "InitiationMethods": ["CALLBACK"] }), count(&|row| row["InitiationMethod"] == "CALLBACK")),
        (json!({ "QueueIds": [queue] }), count(&|row| row["QueueInfo"]["Id"] == *queue)),
        (json!({ "AgentIds": [agent] }), count(&|row| row["AgentInfo"]["Id"] == *agent)),
        (
            json!({ "AgentIds": [agent], "Channels": ["VOICE"], "QueueIds": [queue] }),
            count(&|row| {
                row["AgentInfo"]["Id"] == *agent
                    && row["Channel"] == "VOICE"
                    && row["QueueInfo"]["Id"] == *queue
            }),
        ),
    ] {
        let mut body = whole(&api, "INITIATION_TIMESTAMP");
        body["SearchCriteria"] = criteria;
        assert_eq!(all(&api, body).await.len(), expected);
        checked += usize::from(expected > 0);
    }
    assert_eq!(checked, 5, "each filter lets something through");

    for (moment, member) in [
        ("CONNECTED_TO_AGENT_TIMESTAMP", "/AgentInfo/ConnectedToAgentTimestamp"),
        ("ENQUEUE_TIMESTAMP", "/QueueInfo/EnqueueTimestamp"),
        ("INITIATION_TIMESTAMP", "/InitiationTimestamp"),
        ("DISCONNECT_TIMESTAMP", "/DisconnectTimestamp"),
    ] {
        let hour = (noon().as_second() - 7200) as f64..(noon().as_second() - 3600) as f64;
        let expected =
            count(&|row| row.pointer(member).and_then(Value::as_f64).is_some_and(|at| hour.contains(&at)));
        let mut body = whole(&api, moment);
        (body["TimeRange"]["StartTime"], body["TimeRange"]["EndTime"]) = (json!(hour.start), json!(hour.end));
        assert!(expected > 0);
        assert_eq!(all(&api, body).await.len(), expected, "{moment}");
    }
    let mut body = whole(&api, "SCHEDULED_TIMESTAMP");
    assert_eq!(all(&api, body.clone()).await.len(), 0);
    body["TimeRange"]["Type"] = "INITIATION_TIMESTAMP".into();
    body["Sort"] = json!({ "FieldName": "CONNECTED_TO_AGENT_TIMESTAMP", "Order": "ASCENDING" });
    let sorted = all(&api, body).await;
    let connected = |row: &Value| row["AgentInfo"]["ConnectedToAgentTimestamp"].as_f64().unwrap_or(f64::MAX);
    assert!(sorted.is_sorted_by(|one, other| connected(one) <= connected(other)));
}

#[tokio::test]
async fn a_search_out_of_its_bounds_is_refused() {
    let (api, _) = of(busy(), noon()).await;
    let base = whole(&api, "INITIATION_TIMESTAMP");
    let refused = async |path: &str, value: Value| {
        let mut body = base.clone();
        body["SearchCriteria"] =
            json!({ "QueueIds": [], "AgentIds": [], "Channels": [], "InitiationMethods": [] });
        *body.pointer_mut(path).unwrap() = value;
        let answer = search(&api, &body).await;
        (answer.status, answer.error)
    };
    let parameter = (400, "InvalidParameterException".to_owned());
    let request = (400, "InvalidRequestException".to_owned());
    let not_found = (404, "ResourceNotFoundException".to_owned());
    assert_eq!(refused("/InstanceId", json!("00000000-0000-4000-8000-000000000000")).await, not_found);
    assert_eq!(refused("/MaxResults", json!(101)).await, parameter);
    assert_eq!(refused("/TimeRange/Type", json!("EXPIRY_TIMESTAMP")).await, request);
    assert_eq!(refused("/TimeRange/Type", json!("SOME_TIMESTAMP")).await, request);
    assert_eq!(refused("/TimeRange/EndTime", json!(0)).await, parameter);
    assert_eq!(refused("/TimeRange/StartTime", json!(minutes_back(57 * 24 * 60))).await, parameter);
    assert_eq!(refused("/SearchCriteria/QueueIds", json!(["x"])).await, not_found);
    assert_eq!(refused("/SearchCriteria/AgentIds", json!(["x"])).await, not_found);
    assert_eq!(refused("/SearchCriteria/Channels", json!(["FAX"])).await, parameter);
    assert_eq!(refused("/SearchCriteria/InitiationMethods", json!(["FAX"])).await, parameter);
    let unknown =
        refused("/SearchCriteria", json!({ "Name": { "SearchText": ["x"], "MatchType": "MATCH_ALL" } }))
            .await;
    assert_eq!(unknown, parameter);
}

fn minutes_back(minutes: i64) -> i64 {
    (noon() - SignedDuration::from_mins(minutes)).as_second()
}

async fn describe(api: &ConnectApi, id: &str) -> Answer {
    send(api, "GET", &format!("/contacts/{}/{id}", api.instance_id()), "").await
}

#[tokio::test]
async fn a_contact_is_described_as_its_record_tells_it() {
    let (api, _) = of(busy(), noon()).await;
    // The last version of each record.
    let records: RefCell<BTreeMap<String, Value>> = RefCell::default();
    let output = |emitted: &Emitted<'_>| {
        if emitted.kind == EmittedKind::ContactRecord {
            let record: Value = serde_json::from_slice(emitted.bytes)?;
            records.borrow_mut().insert(record["ContactId"].as_str().unwrap().to_owned(), record);
        }
        Ok(())
    };
    let emission = Emission::new(output, busy().begin());
    Centre::new(busy(), emission).unwrap().advance(noon().as_millisecond());
    let records = records.into_inner();
    assert!(records.len() > 500, "{}", records.len());
    let mut seen = BTreeSet::new();
    for (id, record) in &records {
        // One of each kind, and some more.
        let kind = (
            record["Channel"].to_string(),
            record["InitiationMethod"].to_string(),
            record["Agent"].is_null(),
        );
        if !seen.insert(kind) && !id.ends_with('7') {
            continue;
        }
        let answer = describe(&api, id).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let contact = &answer.json()["Contact"];
        for (ours, theirs) in [
            ("/Id", "/ContactId"),
            ("/InitialContactId", "/InitialContactId"),
            ("/PreviousContactId", "/PreviousContactId"),
            ("/ContactAssociationId", "/ContactAssociationId"),
            ("/Channel", "/Channel"),
            ("/InitiationMethod", "/InitiationMethod"),
            ("/InitiationTimestamp", "/InitiationTimestamp"),
            ("/ConnectedToSystemTimestamp", "/ConnectedToSystemTimestamp"),
            ("/DisconnectTimestamp", "/DisconnectTimestamp"),
            ("/LastUpdateTimestamp", "/LastUpdateTimestamp"),
            ("/LastPausedTimestamp", "/LastPausedTimestamp"),
            ("/LastResumedTimestamp", "/LastResumedTimestamp"),
            ("/TotalPauseCount", "/TotalPauseCount"),
            ("/TotalPauseDurationInSeconds", "/TotalPauseDurationInSeconds"),
            ("/DisconnectReason", "/DisconnectReason"),
            ("/QueueInfo/EnqueueTimestamp", "/Queue/EnqueueTimestamp"),
            ("/AgentInfo/ConnectedToAgentTimestamp", "/Agent/ConnectedToAgentTimestamp"),
            ("/AgentInfo/AcceptedByAgentTimestamp", "/Agent/AcceptedByAgentTimestamp"),
            ("/AgentInfo/AfterContactWorkStartTimestamp", "/Agent/AfterContactWorkStartTimestamp"),
            ("/AgentInfo/AfterContactWorkEndTimestamp", "/Agent/AfterContactWorkEndTimestamp"),
            ("/AgentInfo/AfterContactWorkDuration", "/Agent/AfterContactWorkDuration"),
            ("/AgentInfo/AgentInitiatedHoldDuration", "/Agent/AgentInitiatedHoldDuration"),
            ("/AgentInfo/AgentPauseDurationInSeconds", "/Agent/AgentPauseDuration"),
            ("/Campaign/CampaignId", "/Campaign/CampaignId"),
            ("/AnsweringMachineDetectionStatus", "/AnsweringMachineDetectionStatus"),
            ("/CustomerEndpoint", "/CustomerEndpoint"),
            ("/SystemEndpoint", "/SystemEndpoint"),
            (
                "/CustomerVoiceActivity/GreetingStartTimestamp",
                "/CustomerVoiceActivity/GreetingStartTimestamp",
            ),
            ("/SegmentAttributes", "/SegmentAttributes"),
            ("/QualityMetrics", "/QualityMetrics"),
            ("/Attributes", "/Attributes"),
            ("/Tags", "/Tags"),
        ] {
            let member = contact.pointer(ours).cloned().unwrap_or(Value::Null);
            let mut of_record = record.pointer(theirs).cloned().unwrap_or(Value::Null);
            let mut member = member;
            if ours.ends_with("Timestamp") && member.is_f64() {
                // Records have whole seconds.
                member = json!(member.as_f64().unwrap().floor());
                let at: Timestamp = of_record.as_str().unwrap().parse().unwrap();
                of_record = json!(at.as_second() as f64);
            }
            assert_eq!(member, of_record, "{ours} of {id}");
        }
        let last = |arn: &Value| arn.as_str().and_then(|arn| arn.rsplit('/').next()).map(str::to_owned);
        assert_eq!(contact["QueueInfo"]["Id"].as_str(), last(&record["Queue"]["ARN"]).as_deref());
        assert_eq!(contact["AgentInfo"]["Id"].as_str(), last(&record["Agent"]["ARN"]).as_deref());
    }
    assert!(seen.len() > 12, "{seen:?}");
}

#[tokio::test]
async fn contacts_in_progress_are_described_as_far_as_they_have_come() {
    // Who waited for more than five seconds, and was not called back.
    let mut waited = None;
    live(|step| {
        let Event::Contact { step: ContactStep::Connected, contact } = step.event else { return };
        let enqueued = contact.enqueued.filter(|enqueued| step.at - enqueued > 5_000);
        if let (Some(enqueued), InitiationMethod::Inbound) = (enqueued, contact.method) {
            waited = Some((contact.id.to_string(), enqueued));
        }
    });
    let (id, enqueued) = waited.unwrap();
    let (api, _) = of(busy(), Timestamp::from_millisecond(enqueued + 2_000).unwrap()).await;
    let answer = describe(&api, &id).await;
    let contact = &answer.json()["Contact"];
    assert_eq!(contact["QueueInfo"]["EnqueueTimestamp"].as_f64(), Some(enqueued as f64 / 1000.0));
    assert!(contact.get("DisconnectTimestamp").is_none() && contact.get("AgentInfo").is_none(), "{contact}");
    for unknown in ["00000000-0000-4000-8000-00000000dead", "x"] {
        let answer = describe(&api, unknown).await;
        assert_eq!((answer.status, answer.error.as_str()), (404, "ResourceNotFoundException"));
    }
}

#[tokio::test]
async fn contacts_that_are_open_are_those_that_have_no_end() {
    let (api, _) = of(busy(), noon()).await;
    let mut body = whole(&api, "INITIATION_TIMESTAMP");
    let begun = all(&api, body.clone()).await;
    let is_open = |contact: &&Value| contact.get("DisconnectTimestamp").is_none();
    let ids = |contacts: &mut dyn Iterator<Item = &Value>| -> BTreeSet<String> {
        contacts.map(|contact| contact["Id"].as_str().unwrap().to_owned()).collect()
    };
    let open = ids(&mut begun.iter().filter(is_open));
    assert!(!open.is_empty() && open.len() < begun.len());
    let has_not_ended = json!({ "Type": "DISCONNECT_TIMESTAMP", "ConditionType": "NOT_EXISTS" });
    let criteria = |criteria: Value, matches: &str| json!({ "AdditionalTimeRange": { "Criteria": criteria, "MatchType": matches } });
    body["SearchCriteria"] = criteria(json!([{ "TimestampCondition": has_not_ended }]), "MATCH_ALL");
    assert_eq!(ids(&mut all(&api, body.clone()).await.iter()), open);
    let ended = json!({
        "Type": "DISCONNECT_TIMESTAMP",
        "StartTime": busy().from.as_second(),
        "EndTime": noon().as_second() + 3600,
    });
    let both = json!([{ "TimestampCondition": has_not_ended }, { "TimeRange": ended }]);
    body["SearchCriteria"] = criteria(both.clone(), "MATCH_ALL");
    assert_eq!(all(&api, body.clone()).await.len(), 0);
    body["SearchCriteria"] = criteria(both, "MATCH_ANY");
    assert_eq!(all(&api, body).await.len(), begun.len());
}
