use proptest::prelude::*;

use super::*;

const RECORD: &str = r#"{"ContactId":"c","AWSContactTraceRecordFormatVersion":"2017-03-10"}"#;
const EVENT: &str = r#"{"contactId":"c","eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}"#;

fn kind(document: &str) -> RecordKind {
    RecordKind::of(document).unwrap()
}

#[test]
fn documents_are_told_apart() {
    for (document, expected) in [
        (RECORD, RecordKind::ContactRecord),
        (r#"{"ContactId":"c","InitiationMethod":"API","Agent":null}"#, RecordKind::ContactRecord),
        (r#"{"ContactId":"c","InitiationTimestamp":"2026-11-02T07:00:00Z"}"#, RecordKind::ContactRecord),
        (r#"{"detail-type":"Amazon Connect Contact Event","detail":{}}"#, RecordKind::ContactEvent),
        (EVENT, RecordKind::ContactEvent),
        (r#"{"AgentARN":"a","EventType":"HEART_BEAT"}"#, RecordKind::AgentEvent),
        (r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt"}"#, RecordKind::FlowLog),
        (r#"{"ContactId":"c","ContactFlowId":"f","InitiationMethod":"API"}"#, RecordKind::FlowLog),
        (r#"{"awslogs":{"data":""}}"#, RecordKind::LogBatch),
        (r#"{"detail-type":"Contact Lens Post Call Rules Matched","detail":{}}"#, RecordKind::OtherEvent),
        (r#"{"detail-type":"EC2 Instance State-change"}"#, RecordKind::OtherEvent),
        (r#"{"Details":{"ContactData":{},"Parameters":{}},"Name":"ContactFlowEvent"}"#, RecordKind::FlowCall),
        (r#"{"ContactId":"c"}"#, RecordKind::Other),
        (r#"{"ContactId":"","InitiationMethod":"API"}"#, RecordKind::Other),
        ("{}", RecordKind::Other),
    ] {
        assert_eq!(kind(document), expected, "{document}");
    }
    assert_eq!(RecordKind::of("[]"), Err(NotAnObject));
}

#[test]
fn a_bare_detail_is_a_contact_event_with_what_every_one_has_and_nothing_else() {
    for spelled in [
        r#"{"ContactId":"c","EventType":"QUEUED","InstanceArn":"i","InitiationMethod":"INBOUND"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","instanceARN":"i","initiationMethod":"API"}"#,
        r#"{"ContactId":"c","EventType":"QUEUED","InstanceARN":"i","Channel":"CHAT"}"#,
        r#"{"detail":{"contactId":"c","eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}}"#,
    ] {
        assert_eq!(kind(spelled), RecordKind::ContactEvent, "{spelled}");
    }
    for short in [
        r#"{"contactId":"c","eventType":"QUEUED"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","channel":"VOICE"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","instanceArn":"i"}"#,
        r#"{"eventType":"QUEUED","channel":"VOICE","instanceArn":"i"}"#,
        r#"{"contactId":"c","eventType":"QUEUED","channel":7,"instanceArn":"i"}"#,
    ] {
        assert_eq!(kind(short), RecordKind::OtherEvent, "{short}");
    }
    assert_eq!(kind(r#"{"detail":{"contactId":"c","eventType":"QUEUED"}}"#), RecordKind::Other);
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
        assert_eq!(kind(&segment), RecordKind::ContactAnalysis, "{segment}");
        let with_arn = segment.replacen('{', r#"{"InstanceArn":"i","#, 1);
        assert_eq!(kind(&with_arn), RecordKind::ContactAnalysis, "{with_arn}");
    }
    for no_mark in [r#""InstanceId":null"#, r#""Segments":null"#, r#""LanguageCode":7"#] {
        let event = EVENT.replacen('{', &format!("{{{no_mark},"), 1);
        assert_eq!(kind(&event), RecordKind::ContactEvent, "{event}");
    }
}

#[test]
fn a_batch_is_told_by_its_first_element() {
    for (document, expected) in [
        (r#"{"records":[{"recordId":"1","data":"e30="}]}"#, RecordKind::FirehoseEvent),
        (r#"{"invocationId":"i","records": [ ]}"#, RecordKind::FirehoseEvent),
        (r#"{"records": [],"deliveryStreamArn":"d"}"#, RecordKind::FirehoseEvent),
        (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, RecordKind::SqsEvent),
        (r#"{"Records":[{"eventSource":"aws:s3","s3":{}}]}"#, RecordKind::S3Notification),
        (r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, RecordKind::S3Notification),
        (r#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{}}]}"#, RecordKind::KinesisEvent),
        (r#"{"records":[{"recordId":"1"}]}"#, RecordKind::Other),
        (r#"{"records":[]}"#, RecordKind::Other),
        (r#"{"records":{"recordId":"1","data":""}}"#, RecordKind::Other),
        (r#"{"invocationId":"i","records":{}}"#, RecordKind::Other),
        (r#"{"records":[7,{"recordId":"1","data":""}]}"#, RecordKind::Other),
        (r#"{"Records":[{"eventSource":"aws:dynamodb","dynamodb":{}}]}"#, RecordKind::Other),
        (r#"{"Records":[{"eventSource":"aws:s3"}]}"#, RecordKind::Other),
        (r#"{"Records":[]}"#, RecordKind::Other),
        (r#"{"Details":{"Parameters":{}}}"#, RecordKind::Other),
        (r#"{"Details":{"ContactData":null}}"#, RecordKind::Other),
        (r#"{"Event":"s3:ObjectCreated:Put"}"#, RecordKind::Other),
        (
            r#"{"ContactId":"c","InitiationMethod":"API","records":[1],"Records":null}"#,
            RecordKind::ContactRecord,
        ),
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
        assert_eq!(
            kind(&RECORD.replacen('{', &format!("{{{added},"), 1)),
            RecordKind::ContactRecord,
            "{added}"
        );
    }
}

#[test]
fn every_kind_is_told_in_words_of_its_own() {
    let all = [
        RecordKind::ContactRecord,
        RecordKind::ContactEvent,
        RecordKind::AgentEvent,
        RecordKind::FlowLog,
        RecordKind::LogBatch,
        RecordKind::ContactAnalysis,
        RecordKind::OtherEvent,
        RecordKind::FirehoseEvent,
        RecordKind::S3Notification,
        RecordKind::SqsEvent,
        RecordKind::KinesisEvent,
        RecordKind::FlowCall,
        RecordKind::Other,
    ];
    let words: std::collections::BTreeSet<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), all.len());
    assert_eq!(RecordKind::ContactAnalysis.to_string(), "a Contact Lens analysis");
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
            (RECORD, RecordKind::ContactRecord),
            (r#"{"ContactId":"c","InitiationMethod":"API"}"#, RecordKind::ContactRecord),
            (EVENT, RecordKind::ContactEvent),
            (r#"{"AgentARN":"a","EventType":"LOGIN"}"#, RecordKind::AgentEvent),
            (r#"{"ContactId":"c","ContactFlowId":"f"}"#, RecordKind::FlowLog),
            (r#"{"Records":[{"messageId":"m","body":"{}"}]}"#, RecordKind::SqsEvent),
        ][which];
        // Before the document's own members: of two of one name the last counts.
        let added: Vec<_> = added.iter().map(|(name, value)| format!("\"{name}\":{value},")).collect();
        let grown = document.replacen('{', &format!("{{{}", added.concat()), 1);
        prop_assert_eq!(RecordKind::of(&grown), Ok(expected), "{}", grown);
    }
}
