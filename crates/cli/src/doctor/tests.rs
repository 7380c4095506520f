//! From facts to findings and a config, without any service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    deployment::Deployment,
    facts::{DeliveryStream, Facts, InstanceFacts, Quota, Rule, StorageTarget, StreamFacts, StreamSummary},
    finding::Verdict,
    observation::Observation,
    report::{Report, SetUp},
};

const CONTACTS: &str = "arn:aws:kinesis:ap-southeast-2:111122223333:stream/contact-records";
const AGENTS: &str = "arn:aws:kinesis:ap-southeast-2:111122223333:stream/agent-events";
const KEY: &str = "arn:aws:kms:ap-southeast-2:111122223333:key/22222222-2222-3333-4444-555555555555";

fn seen<T>(value: T) -> Observation<T> {
    Observation { call: "a call".to_owned(), found: Ok(value) }
}

fn denied<T>() -> Observation<T> {
    Observation { call: "a call".to_owned(), found: Err("403 AccessDeniedException".to_owned()) }
}

fn instance(first: char, alias: &str) -> InstanceFacts {
    let id = "11111111-2222-3333-4444-555555555555".replacen('1', &first.to_string(), 8);
    InstanceFacts {
        instance: format!("arn:aws:connect:ap-southeast-2:111122223333:instance/{id}").parse().unwrap(),
        alias: seen(alias.to_owned()),
        replica_regions: Vec::new(),
        contact_records: seen(None),
        agent_events: seen(None),
        flow_logs: Some(seen(Some(Vec::new()))),
        queues: seen(40),
        users: seen(300),
    }
}

fn stream(consumers: usize, polling: usize) -> StreamFacts {
    StreamFacts {
        summary: seen(StreamSummary { open_shards: 2, retention_hours: 168, is_on_demand: false }),
        key: seen(None),
        consumers: seen((0..consumers).map(|n| format!("consumer-{n}")).collect()),
        polling_functions: seen((0..polling).map(|n| format!("function-{n}")).collect()),
        delivery_streams: seen(Vec::new()),
    }
}

fn quota(operation: &str, code: &str, value: f64) -> Quota {
    Quota { name: format!("Rate of {operation} API requests"), code: code.to_owned(), value }
}

fn nothing_there() -> Facts {
    Facts {
        instances: vec![instance('1', "example")],
        all_instances: seen(vec![instance('1', "").instance.arn().to_owned()]),
        streams: BTreeMap::new(),
        delivery_streams: BTreeMap::new(),
        rules: seen(vec![Rule { name: "theirs".to_owned(), is_of_connect: true }]),
        functions: seen(vec!["theirs".to_owned()]),
        stream_names: seen(Vec::new()),
        queues: seen(Vec::new()),
        log_groups: seen(Vec::new()),
        search_domains: seen(vec!["theirs".to_owned()]),
        quotas: seen(vec![
            quota("GetCurrentMetricData", "L-1", 5.0),
            quota("GetCurrentUserData", "L-2", 2.0),
            quota("GetMetricDataV2", "L-3", 2.0),
        ]),
    }
}

fn streams_there() -> Facts {
    let mut facts = nothing_there();
    facts.instances[0].contact_records = seen(Some(StorageTarget::DataStream(CONTACTS.to_owned())));
    facts.instances[0].agent_events = seen(Some(StorageTarget::DataStream(AGENTS.to_owned())));
    facts.instances[0].flow_logs = Some(seen(Some(vec![
        "arn:aws:lambda:r:1:function:f".to_owned(),
        "arn:aws:firehose:r:1:deliverystream/d".to_owned(),
    ])));
    facts
        .streams
        .insert(CONTACTS.to_owned(), StreamFacts { key: seen(Some(KEY.to_owned())), ..stream(3, 1) });
    facts.streams.insert(AGENTS.to_owned(), stream(19, 0));
    facts
}

fn bucket_there() -> Facts {
    let mut facts = nothing_there();
    let arn = "arn:aws:firehose:ap-southeast-2:111122223333:deliverystream/records";
    facts.instances[0].contact_records = seen(Some(StorageTarget::DeliveryStream(arn.to_owned())));
    let stream = DeliveryStream {
        bucket: "arn:aws:s3:::their-records".to_owned(),
        prefix: "ctr/!{timestamp:yyyy}/".to_owned(),
        is_columnar: false,
        compression: "UNCOMPRESSED".to_owned(),
        key: seen(None),
        notifies: seen(false),
    };
    facts.delivery_streams.insert(arn.to_owned(), seen(stream));
    facts
}

fn two_instances() -> Facts {
    let mut facts = nothing_there();
    facts.instances.push(instance('2', "2-North-Centre"));
    facts
}

fn report(facts: &Facts) -> Report {
    Report::new(&Deployment { environment: "Prod".to_owned(), name: None }, facts)
}

fn texts(report: &Report, verdict: Verdict) -> Vec<&str> {
    report.findings.iter().filter(|one| one.verdict == verdict).map(|one| one.text.as_str()).collect()
}

/// True if something collides, in words that have this part.
fn collides(report: &Report, part: &str) -> bool {
    texts(report, Verdict::Collides).iter().any(|text| text.contains(part))
}

/// The files that the CDK app's tests deploy.
#[test]
fn the_config_of_each_set_up_is_the_one_that_is_deployed() {
    let cases = [
        (nothing_there(), include_str!("../../../../cdk/test/doctor/nothing-there.json")),
        (streams_there(), include_str!("../../../../cdk/test/doctor/streams-there.json")),
        (bucket_there(), include_str!("../../../../cdk/test/doctor/bucket-there.json")),
        (two_instances(), include_str!("../../../../cdk/test/doctor/two-instances.json")),
    ];
    for (facts, deployed) in cases {
        let config = report(&facts).config.unwrap();
        assert_eq!(config, serde_json::from_str::<Value>(deployed).unwrap(), "{config:#}");
    }
}

#[test]
fn a_centre_without_anything_is_clear() {
    let report = report(&nothing_there());
    assert_eq!(report.set_up, SetUp::NothingThere);
    assert!(report.is_clear(), "{:?}", report.findings);
    assert!(report.findings.iter().all(|finding| !finding.source.is_empty()));
    let there = texts(&report, Verdict::There).join("\n");
    for part in [
        "contact records of example go nowhere",
        "0 of 2 subscriptions",
        "1 rules of the default bus",
        "40 queues and 300 users",
    ] {
        assert!(there.contains(part), "{part}: {there}");
    }
}

#[test]
fn a_replica_is_to_be_named_in_the_config() {
    let mut facts = nothing_there();
    facts.instances[0].replica_regions = vec!["us-west-2".to_owned()];
    let report = report(&facts);
    let notes = texts(&report, Verdict::Note);
    assert!(
        matches!(notes.as_slice(), [one] if one.contains("is replicated with us-west-2") && one.contains("`connect.replicas`")),
        "{notes:?}"
    );
    assert!(report.is_clear());
}

#[test]
fn streams_that_are_there_are_read_where_they_are() {
    let report = report(&streams_there());
    assert_eq!(report.set_up, SetUp::StreamsThere);
    // No subscription is free, and none goes to a stream.
    let collisions = texts(&report, Verdict::Collides);
    assert!(
        matches!(collisions.as_slice(), [one] if one.contains("/aws/connect/example has its 2 subscriptions")),
        "{collisions:?}"
    );
    let notes = texts(&report, Verdict::Note).join("\n");
    assert!(notes.contains(KEY), "{notes}");
    assert!(notes.contains("agent-events has 19 of 20 consumers, so that 2 more do not fit"), "{notes}");
}

#[test]
fn a_shard_that_is_read_too_often_collides() {
    let mut facts = streams_there();
    facts.streams.insert(CONTACTS.to_owned(), stream(19, 2));
    let busy = report(&facts);
    // Two functions and two of ours that find no room as consumers, and the raw copy.
    assert!(!collides(&busy, "poll contact-records"));
    facts.streams.insert(CONTACTS.to_owned(), stream(19, 3));
    let too_busy = report(&facts);
    assert!(collides(&too_busy, "3 functions and 0 delivery streams poll contact-records"));
    let delivered = StreamFacts { delivery_streams: seen(vec!["theirs".to_owned()]), ..stream(19, 2) };
    facts.streams.insert(CONTACTS.to_owned(), delivered);
    let delivered = report(&facts);
    assert!(collides(&delivered, "2 functions and 1 delivery streams poll contact-records"));
    // What is not known is not counted, and is said.
    let refused = StreamFacts { delivery_streams: denied(), ..stream(19, 3) };
    facts.streams.insert(CONTACTS.to_owned(), refused);
    let refused = report(&facts);
    assert!(collides(&refused, "3 functions poll contact-records"));
    assert!(
        texts(&refused, Verdict::Unknown)[0]
            .starts_with("delivery streams that read contact-records: could not")
    );
}

#[test]
fn what_could_not_be_looked_at_is_never_nothing() {
    let mut facts = nothing_there();
    facts.instances[0].contact_records = denied();
    let refused = report(&facts);
    assert_eq!(refused.set_up, SetUp::Unknown);
    assert_eq!(refused.config, Err(vec!["where contact records go".to_owned()]));
    assert!(!refused.is_clear());
    let unknown = texts(&refused, Verdict::Unknown);
    assert_eq!(unknown, ["where contact records of example go: could not look: 403 AccessDeniedException"]);

    let mut facts = streams_there();
    facts.instances[0].alias = denied();
    facts.instances[0].flow_logs = None;
    facts.instances[0].queues = denied();
    facts.instances[0].users = denied();
    facts.streams.insert(
        CONTACTS.to_owned(),
        StreamFacts {
            summary: denied(),
            key: denied(),
            consumers: denied(),
            polling_functions: denied(),
            delivery_streams: denied(),
        },
    );
    (facts.rules, facts.functions, facts.stream_names) = (denied(), denied(), denied());
    (facts.quotas, facts.all_instances) = (denied(), denied());
    (facts.queues, facts.log_groups, facts.search_domains) = (denied(), denied(), denied());
    let refused = report(&facts);
    // Each refusal once: the alias also stands for the log group.
    assert_eq!(texts(&refused, Verdict::Unknown).len(), 2 + 2 + 5 + 3 + 2 + 3, "{:#?}", refused.findings);
    let missing = refused.config.unwrap_err();
    assert_eq!(missing.len(), 2, "{missing:?}");
}

#[test]
fn a_stream_elsewhere_can_not_be_deployed() {
    for (from, to, reason) in [
        ("111122223333", "444455556666", "another account's"),
        ("ap-southeast-2", "eu-west-2", "another Region"),
    ] {
        let mut facts = streams_there();
        let arn = CONTACTS.replace(from, to);
        facts.instances[0].contact_records = seen(Some(StorageTarget::DataStream(arn)));
        let report = report(&facts);
        assert!(collides(&report, reason), "{reason}");
        assert!(report.config.unwrap_err()[0].contains(reason));
    }
}

#[test]
fn objects_of_a_delivery_stream_are_read_if_they_can_be() {
    let plain = report(&bucket_there());
    assert_eq!(plain.set_up, SetUp::BucketThere);
    let there = texts(&plain, Verdict::There).join("\n");
    assert!(there.contains("read where they are: in their-records"), "{there}");
    let collisions = texts(&plain, Verdict::Collides).join("\n");
    assert!(collisions.contains("does not notify EventBridge"), "{collisions}");
    for (is_columnar, compression, reason) in
        [(true, "UNCOMPRESSED", "Parquet or ORC"), (false, "ZIP", "neither plain nor compressed with gzip")]
    {
        let mut facts = bucket_there();
        for stream in facts.delivery_streams.values_mut() {
            let Some(mut known) = stream.known().cloned() else { continue };
            (known.is_columnar, known.compression) = (is_columnar, compression.to_owned());
            *stream = seen(known);
        }
        let report = report(&facts);
        assert!(collides(&report, reason), "{reason}");
        assert_eq!(report.config.unwrap()["sources"], json!({ "contactRecords": "off" }));
    }
}

/// The bucket's delivery stream with this change.
fn bucket_there_but(change: impl Fn(&mut DeliveryStream)) -> Facts {
    let mut facts = bucket_there();
    for stream in facts.delivery_streams.values_mut() {
        let Some(mut known) = stream.known().cloned() else { continue };
        change(&mut known);
        *stream = seen(known);
    }
    facts
}

#[test]
fn the_key_of_a_bucket_s_objects_is_in_the_config() {
    let encrypted = report(&bucket_there_but(|stream| stream.key = seen(Some(KEY.to_owned()))));
    let records = json!({ "bucket": "their-records", "prefix": "ctr/", "keyArn": KEY });
    assert_eq!(encrypted.config.as_ref().unwrap()["sources"]["contactRecords"], records);
    let notes = texts(&encrypted, Verdict::Note).join("\n");
    assert!(notes.contains(&format!("their-records are encrypted with {KEY}")), "{notes}");

    let refused = report(&bucket_there_but(|stream| stream.key = denied()));
    let unknown = texts(&refused, Verdict::Unknown).join("\n");
    assert!(
        unknown.contains("the key of the objects in arn:aws:s3:::their-records: could not look"),
        "{unknown}"
    );
}

#[test]
fn a_bucket_with_a_dot_in_its_name_can_not_be_read() {
    let dotted =
        report(&bucket_there_but(|stream| "arn:aws:s3:::their.records".clone_into(&mut stream.bucket)));
    assert!(collides(&dotted, "name has a dot"));
    assert_eq!(dotted.config.unwrap()["sources"], json!({ "contactRecords": "off" }));
}

#[test]
fn more_instances_than_were_deployed_together_are_told() {
    let told = report(&two_instances());
    assert!(
        texts(&told, Verdict::There)
            .iter()
            .any(|text| text.starts_with("2 instances fit into one deployment: 10 with everything on do"))
    );
    let mut facts = nothing_there();
    facts.instances.extend((0..10).map(|_| instance('2', "north")));
    let told = report(&facts);
    let notes = texts(&told, Verdict::Note);
    assert!(notes.iter().any(|text| text.starts_with("11 instances may not fit")), "{notes:?}");
    assert!(
        !texts(&report(&nothing_there()), Verdict::There).iter().any(|text| text.contains("fit into one"))
    );
}

#[test]
fn what_a_destroyed_deployment_left_collides() {
    let mut facts = nothing_there();
    facts.queues =
        seen(vec!["switchboard-prod-contact-events".to_owned(), "switchboard-dev-record-tables".to_owned()]);
    facts.log_groups =
        seen(vec!["switchboard-prod-reconcile".to_owned(), "switchboard-prod-north-reconcile".to_owned()]);
    facts.search_domains = seen(vec!["switchboard-prod".to_owned(), "switchboard-prod-north".to_owned()]);
    let left = report(&facts);
    for part in [
        "queues have names of this deployment's (switchboard-prod-contact-events)",
        "log groups of functions have",
        "search domains have names of this deployment's (switchboard-prod)",
    ] {
        assert!(collides(&left, part), "{part}: {:?}", texts(&left, Verdict::Collides));
    }
    // What one with a name left, or has, is not the one's without.
    let mut named = nothing_there();
    named.queues = seen(vec!["switchboard-prod-north-contact-events".to_owned()]);
    assert!(!collides(&report(&named), "queues have names"));
    facts.functions = seen(vec!["switchboard-prod-north-reconcile".to_owned()]);
    assert!(collides(&report(&facts), "queues have names"));
    // They are its own where it stands.
    facts.functions = seen(vec!["switchboard-prod-reconcile".to_owned()]);
    assert_eq!(texts(&report(&facts), Verdict::Collides).len(), 1);
}

#[test]
fn instances_whose_records_go_to_different_streams_collide() {
    let mut facts = two_instances();
    facts.instances[1].contact_records = seen(Some(StorageTarget::DataStream(CONTACTS.to_owned())));
    facts.instances[1].flow_logs = Some(seen(None));
    facts.streams.insert(CONTACTS.to_owned(), stream(0, 0));
    let report = report(&facts);
    assert!(collides(&report, "do not go to one place"));
    let config = report.config.unwrap();
    assert_eq!(config["sources"], json!({ "contactRecords": "off", "flowLogs": "off" }));
}

#[test]
fn names_that_are_taken_are_named() {
    let mut facts = nothing_there();
    facts.functions =
        seen(vec!["switchboard-prod-contact-status".to_owned(), "switchboard-dev-rta-feed".to_owned()]);
    let taken = report(&facts);
    assert!(
        matches!(texts(&taken, Verdict::Collides).as_slice(), [one] if one.starts_with("1 functions have names that begin with switchboard-prod-"))
    );
    let named = Deployment { environment: "Prod".to_owned(), name: Some("north".to_owned()) };
    let free = Report::new(&named, &facts);
    assert!(free.is_clear());
    assert_eq!(free.config.unwrap()["name"], "north");
}

#[test]
fn polls_that_outgrow_the_account_s_quotas_collide() {
    let mut facts = nothing_there();
    facts.instances[0].users = seen(1701);
    let large = report(&facts);
    let collisions = texts(&large, Verdict::Collides);
    assert!(
        matches!(collisions.as_slice(), [one] if one.contains("19 requests of GetCurrentUserData")),
        "{collisions:?}"
    );
    // Each of two instances has half.
    let mut facts = two_instances();
    facts.instances[1].users = seen(801);
    assert!(texts(&report(&facts), Verdict::Collides)[0].contains("2-North-Centre"));
    let there = report(&two_instances());
    let outlook = "The polls' periods are enough for 550 queues and 800 agents signed in for each of 2 instances, or for 4 instances, if all are as large as these.";
    assert!(texts(&there, Verdict::There).contains(&outlook), "{:?}", texts(&there, Verdict::There));
}

#[test]
fn a_quota_below_the_default_lowers_the_rate() {
    let mut facts = nothing_there();
    facts.quotas = seen(vec![quota("GetCurrentUserData", "L-2", 1.0)]);
    let report = report(&facts);
    assert_eq!(report.config.as_ref().unwrap()["metrics"], json!({ "requestsPerSecond": 0.9 }));
    let notes = texts(&report, Verdict::Note);
    assert_eq!(notes.len(), 3, "the two that are not listed are taken for the default: {notes:?}");
    let sources: Vec<&str> = report
        .findings
        .iter()
        .filter(|one| one.verdict == Verdict::Note)
        .map(|one| one.source.as_str())
        .collect();
    assert_eq!(
        sources,
        [
            "a call: none of its 1 names has the word GetCurrentMetricData",
            "a call: L-2 \"Rate of GetCurrentUserData API requests\"",
            "a call: none of its 1 names has the word GetMetricDataV2",
        ]
    );
}
