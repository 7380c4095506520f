use proptest::prelude::*;

use super::*;

const RECORD: &str = r#"{"ContactId":"c","AWSContactTraceRecordFormatVersion":"2017-03-10"}"#;
const EVENT: &str = r#"{"contactId":"c","eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}"#;

fn kind(document: &str) -> Kind {
    Kind::of(document).unwrap()
}

#[test]
fn documents_are_told_apart() {
    for (document, expected) in [
        (RECORD, Kind::ContactRecord),
        (r#"{"ContactId":"c","InitiationMethod":"API","Agent":null}"#, Kind::ContactRecord),
        (r#"{"ContactId":"c","InitiationTimestamp":"2026-11-02T07:00:00Z"}"#, Kind::ContactRecord),
        (r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#, Kind::ContactEvent),
        (EVENT, Kind::ContactEvent),
        (r#"{"AgentARN":"a","EventType":"HEART_BEAT"}"#, Kind::AgentEvent),
        (r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt"}"#, Kind::FlowLog),
        (r#"{"ContactId":"c","ContactFlowId":"f","InitiationMethod":"API"}"#, Kind::FlowLog),
        (r#"{"awslogs":{"data":""}}"#, Kind::LogBatch),
        (r#"{"detail-type":"Contact Lens Post Call Rules Matched","detail":{}}"#, Kind::OtherEvent),
        (r#"{"detail-type":"EC2 Instance State-change"}"#, Kind::OtherEvent),
        (r#"{"Details":{"ContactData":{},"Parameters":{}},"Name":"ContactFlowEvent"}"#, Kind::FlowCall),
        (r#"{"ContactId":"c"}"#, Kind::Other),
        (r#"{"ContactId":"","InitiationMethod":"API"}"#, Kind::Other),
        ("{}", Kind::Other),
    ] {
        assert_eq!(kind(document), expected, "{document}");
    }
    assert_eq!(Kind::of("[]"), Err(NotAnObject));
}

#[test]
fn a_bare_detail_is_a_contact_event_with_what_every_one_has_and_nothing_else() {
    for spelled in [
        r#"{"ContactId":"c","EventType":"QUEUED","InstanceArn":"i","InitiationMethod":"INBOUND"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","instanceARN":"i","initiationMethod":"API"}"#,
        r#"{"ContactId":"c","EventType":"QUEUED","InstanceARN":"i","Channel":"CHAT"}"#,
        r#"{"detail":{"contactId":"c","eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}}"#,
    ] {
        assert_eq!(kind(spelled), Kind::ContactEvent, "{spelled}");
    }
    for short in [
        r#"{"contactId":"c","eventType":"QUEUED"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","channel":"VOICE"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","instanceArn":"i"}"#,
        r#"{"eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","channel":7,"instanceArn":"i"}"#,
    ] {
        assert_eq!(kind(short), Kind::OtherEvent, "{short}");
    }
    assert_eq!(kind(r#"{"detail":{"contactId":"c","eventType":"QUEUED"}}"#), Kind::Other);
}

#[test]
fn an_analysis_is_no_contact_event() {
    for mark in [
        r#""InstanceId":"i""#,
        r#""AccountId":"111122223333""#,
        r#""LanguageCode":"en-US""#,
        r#""Segments":[]"#,
    ] {
        let segment = format!(
            r#"{{"Version":"1.0.0","Channel":"VOICE","ContactId":"c","EventType":"COMPLETED",{mark}}}"#
        );
        assert_eq!(kind(&segment), Kind::ContactAnalysis, "{segment}");
        let with_arn = segment.replacen('{', r#"{"InstanceArn":"i","#, 1);
        assert_eq!(kind(&with_arn), Kind::ContactAnalysis, "{with_arn}");
    }
    for no_mark in [r#""InstanceId":null"#, r#""Segments":null"#, r#""LanguageCode":7"#] {
        let event = EVENT.replacen('{', &format!("{{{no_mark},"), 1);
        assert_eq!(kind(&event), Kind::ContactEvent, "{event}");
    }
}

#[test]
fn a_batch_is_told_by_its_first_element() {
    for (document, expected) in [
        (r#"{"records":[{"recordId":"1","data":"e30="}]}"#, Kind::FirehoseEvent),
        (r#"{"invocationId":"i","records": [ ]}"#, Kind::FirehoseEvent),
        (r#"{"records": [],"deliveryStreamArn":"d"}"#, Kind::FirehoseEvent),
        (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, Kind::SqsEvent),
        (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, Kind::S3Notification),
        (r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, Kind::S3Notification),
        (r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{}}]}"#, Kind::KinesisEvent),
        (r#"{"records":[{"recordId":"1"}]}"#, Kind::Other),
        (r#"{"records":[]}"#, Kind::Other),
        (r#"{"records":{"recordId":"1","data":""}}"#, Kind::Other),
        (r#"{"invocationId":"i","records":{}}"#, Kind::Other),
        (r#"{"records":[7,{"recordId":"1","data":""}]}"#, Kind::Other),
        (r#"{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{}}]}"#, Kind::Other),
        (r#"{"Records":[{"eventSource":"aws:s3"}]}"#, Kind::Other),
        (r#"{"Records":[]}"#, Kind::Other),
        (r#"{"Details":{"Parameters":{}}}"#, Kind::Other),
        (r#"{"Details":{"ContactData":null}}"#, Kind::Other),
        (r#"{"Event":"s3:ObjectCreated:Put"}"#, Kind::Other),
        (r#"{"ContactId":"c","InitiationMethod":"API","records":[1],"Records":null}"#, Kind::ContactRecord),
    ] {
        assert_eq!(kind(document), expected, "{document}");
    }
}

#[test]
fn a_record_that_says_so_is_one_whatever_is_added_to_it() {
    for added in [
        r#""EventType":"QUEUED""#,
        r#""ContactFlowId":"f""#,
        r#""detail-type":"x","detail":{}"#,
        r#""AgentARN":"a","EventType":"LOGIN""#,
        r#""LanguageCode":"en-AU""#,
        r#""Records":[{"kinesis":{}}]"#,
    ] {
        assert_eq!(kind(&RECORD.replacen('{', &format!("{{{added},"), 1)), Kind::ContactRecord, "{added}");
    }
}

#[test]
fn every_kind_is_told_in_words_of_its_own() {
    let all = [
        Kind::ContactRecord,
        Kind::ContactEvent,
        Kind::AgentEvent,
        Kind::FlowLog,
        Kind::LogBatch,
        Kind::ContactAnalysis,
        Kind::OtherEvent,
        Kind::FirehoseEvent,
        Kind::S3Notification,
        Kind::SqsEvent,
        Kind::KinesisEvent,
        Kind::FlowCall,
        Kind::Other,
    ];
    let words: std::collections::BTreeSet<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), all.len());
    assert_eq!(Kind::ContactAnalysis.to_string(), "a Contact Lens analysis");
}

/// The members that decide, as they are spelled in documents.
const DECIDING: [&str; 18] = [
    "AWSContactTraceRecordFormatVersion",
    "AgentARN",
    "AccountId",
    "ContactFlowId",
    "ContactFlowModuleType",
    "EventType",
    "eventType",
    "InstanceId",
    "LanguageCode",
    "Segments",
    "awslogs",
    "detail",
    "detail-type",
    "records",
    "Records",
    "Details",
    "Event",
    "invocationId",
];

proptest! {
    /// Absent, null and of the wrong type mean the same, for every member and every kind.
    #[test]
    fn what_says_nothing_decides_nothing(
        which in 0..6_usize,
        added in prop::collection::vec((prop::sample::select(&DECIDING[..]), prop::sample::select(&["null", "7", "true", "\"\""][..])), 0..6),
    ) {
        let (document, expected) = [
            (RECORD, Kind::ContactRecord),
            (r#"{"ContactId":"c","InitiationMethod":"API"}"#, Kind::ContactRecord),
            (EVENT, Kind::ContactEvent),
            (r#"{"AgentARN":"a","EventType":"LOGIN"}"#, Kind::AgentEvent),
            (r#"{"ContactId":"c","ContactFlowId":"f"}"#, Kind::FlowLog),
            (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, Kind::SqsEvent),
        ][which];
        // Before the document's own members: of two of one name the last counts.
        let added: Vec<_> = added.iter().map(|(name, value)| format!("\"{name}\":{value},")).collect();
        let grown = document.replacen('{', &format!("{{{}", added.concat()), 1);
        prop_assert_eq!(Kind::of(&grown), Ok(expected), "{}", grown);
    }
}
