use super::*;

/// Every member that a row is made of, and the customer's number, which must reach no row.
const FULL: &str = r#"{"AWSContactTraceRecordFormatVersion":"2017-03-10","ContactId":"c1","Channel":"VOICE",
"InitiationMethod":"INBOUND","InitiationTimestamp":"2024-05-01T10:00:00Z",
"CustomerEndpoint":{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"},
"Agent":{"ARN":"arn:aws:connect:eu-west-2:111122223333:instance/i/agent/a1","Username":"anna.berg",
"AfterContactWorkDuration":5,"AgentInteractionDuration":239,"ConnectedToAgentTimestamp":"2024-05-01T10:01:00Z",
"CustomerHoldDuration":7,"NumberOfHolds":2,"LongestHoldDuration":4},
"Queue":{"ARN":"arn:aws:connect:eu-west-2:111122223333:instance/i/queue/q1","Name":"Sales",
"Duration":31,"EnqueueTimestamp":"2024-05-01T10:00:29Z","DequeueTimestamp":"2024-05-01T10:01:00Z"},
"SystemEndpoint":{"Address":"+12025550100","Type":"TELEPHONE_NUMBER"},
"TransferCompletedTimestamp":"2024-05-01T10:05:00Z",
"TransferredToEndpoint":{"Address":"+61491570156","Type":"TELEPHONE_NUMBER"},
"DisconnectTimestamp":"2024-05-01T10:06:00Z","LastUpdateTimestamp":"2024-05-01T10:07:00Z",
"NextContactId":"n","PreviousContactId":"p","InitialContactId":"i","DisconnectReason":"AGENT_DISCONNECT"}"#;

fn csv(layout: Layout, documents: &[&str]) -> String {
    let mut rows = RowWriter::new(Vec::new(), layout).unwrap();
    for document in documents {
        rows.write(&Ctr::parse(document).unwrap()).unwrap();
    }
    String::from_utf8(rows.finish().unwrap()).unwrap()
}

/// The one row as a CSV reader has it.
fn cells(document: &str) -> Vec<String> {
    let text = csv(Layout::Extended, &[document]);
    let mut rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    let row = rows.next().unwrap().unwrap();
    assert!(rows.next().is_none(), "one record is one row: {text}");
    row.iter().map(str::to_owned).collect()
}

fn cell(document: &str, column: &str) -> String {
    let at = TELEOPTI.iter().chain(&EXTENSION).position(|name| *name == column).unwrap();
    cells(document)[at].clone()
}

fn record(members: &str) -> String {
    format!(r#"{{"ContactId":"c1","InitiationMethod":"INBOUND",{members}}}"#)
}

#[test]
fn the_teleopti_layout_is_the_feeds() {
    assert_eq!(
        csv(Layout::default(), &[FULL]),
        "Agent_ARN,Agent_AfterContactWorkDuration,Agent_AgentInteractionDuration,Agent_Username,Channel,\
         ContactID,InitiationMethod,Queue_ARN,Queue_Duration,Queue_EnqueueTimestamp,Queue_Name,\
         SystemEndpoint_Address,TransferCompletedTimestamp,TransferredToEndpoint,LastUpdateTimestamp\n\
         a1,5,239,anna.berg,VOICE,c1,INBOUND,q1,31,2024-05-01T10:00:29Z,Sales,+12025550100,\
         2024-05-01T10:05:00Z,TELEPHONE_NUMBER,2024-05-01T10:07:00Z\n"
    );
}

#[test]
fn the_extended_layout_adds_to_it() {
    let (plain, extended) = (csv(Layout::Teleopti, &[FULL]), csv(Layout::Extended, &[FULL]));
    let added: Vec<_> =
        plain.lines().zip(extended.lines()).map(|(a, b)| b.strip_prefix(a).unwrap()).collect();
    assert_eq!(
        added,
        [
            ",Agent_ConnectedToAgentTimestamp,InitiationTimestamp,Queue_DequeueTimestamp,DisconnectTimestamp,\
             Agent_CustomerHoldDuration,Agent_NumberOfHolds,Agent_LongestHoldDuration,\
             NextContactId,PreviousContactId,InitialContactId,DisconnectReason",
            ",2024-05-01T10:01:00Z,2024-05-01T10:00:00Z,2024-05-01T10:01:00Z,2024-05-01T10:06:00Z,\
             7,2,4,n,p,i,AGENT_DISCONNECT",
        ]
    );
}

#[test]
fn nobody_who_called_or_was_called_is_in_a_row() {
    assert!(!csv(Layout::Extended, &[FULL]).contains("+6149157"));
    let text = record(r#""TransferredToEndpoint":"+61491570156""#);
    assert_eq!(cell(&text, "TransferredToEndpoint"), "");
}

#[test]
fn absent_null_and_of_the_wrong_type_are_an_empty_cell() {
    let names =
        ["Agent", "Channel", "Queue", "SystemEndpoint", "TransferCompletedTimestamp", "NextContactId"];
    for value in ["null", "[]", "{}", "true", r#"{"ARN":null,"Name":7,"Duration":null,"Address":null}"#] {
        let members: Vec<_> = names.iter().map(|name| format!(r#""{name}":{value}"#)).collect();
        let row = cells(&record(&members.join(",")));
        let filled: Vec<_> = row.iter().filter(|cell| !cell.is_empty()).collect();
        assert_eq!(filled, ["c1", "INBOUND"], "{value}");
    }
    assert_eq!(
        csv(Layout::Teleopti, &[&record(r#""Tags":{}"#)]).lines().nth(1),
        Some(",,,,,c1,INBOUND,,,,,,,,")
    );
}

#[test]
fn a_duration_is_an_integer_or_nothing() {
    for (value, expected) in
        [("0", "0"), ("31", "31"), ("1.5", ""), ("\"31\"", ""), ("1e3", ""), ("99999999999999999999", "")]
    {
        assert_eq!(cell(&record(&format!(r#""Queue":{{"Duration":{value}}}"#)), "Queue_Duration"), expected);
    }
}

#[test]
fn text_comes_through_a_csv_reader_unchanged() {
    for name in ["A, B", "say \"hi\"", "two\nlines", "a\r\nb", "Försäljning 東京", "}{", "'", "a=b", ""] {
        let json = serde_json::to_string(name).unwrap();
        assert_eq!(cell(&record(&format!(r#""Queue":{{"Name":{json}}}"#)), "Queue_Name"), name);
    }
}

#[test]
fn what_a_spreadsheet_would_run_is_guarded() {
    for name in [
        "=1+1",
        "=A1",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "+a b",
        "\ta",
        "\rb",
        "\0=1",
        "\n=1",
        " =1",
        "\u{1b}\0 @SUM(A1)",
        "\u{a0}=1",
        "\u{feff}+a b",
        "\u{200b}-2+3",
        "\u{2066}=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        " ＝1",
    ] {
        let json = serde_json::to_string(name).unwrap();
        for (member, column) in [("Queue", "Queue_Name"), ("Agent", "Agent_Username")] {
            let document = record(&format!(r#""{member}":{{"Name":{json},"Username":{json}}}"#));
            assert_eq!(cell(&document, column), format!("'{name}"));
        }
    }
}

#[test]
fn numbers_and_user_names_stay_exact() {
    for name in ["+12025550100", "-anna", "@anna", "-", "anna@example.com", "_x", "a-b.c", " a=b", "", " "] {
        let document =
            record(&format!(r#""Agent":{{"Username":"{name}"}},"SystemEndpoint":{{"Address":"{name}"}}"#));
        assert_eq!(cell(&document, "Agent_Username"), name);
        assert_eq!(cell(&document, "SystemEndpoint_Address"), name);
    }
}

#[test]
fn an_arn_is_its_last_segment() {
    for (arn, id) in [("arn:x:instance/i/queue/agent/u1", "u1"), ("bare", "bare"), ("a/", "")] {
        assert_eq!(cell(&record(&format!(r#""Queue":{{"ARN":"{arn}"}}"#)), "Queue_ARN"), id);
    }
}

#[test]
fn the_simulators_agent_is_a_name() {
    assert_eq!(cell(&record(r#""Agent":"Rachel""#), "Agent_Username"), "Rachel");
}

#[test]
fn layouts_have_names() {
    assert_eq!("teleopti".parse(), Ok(Layout::Teleopti));
    assert_eq!("extended".parse(), Ok(Layout::Extended));
    assert_eq!("Extended".parse::<Layout>(), Err(UnknownLayout));
}

#[test]
fn debug_shows_no_row() {
    let mut rows = RowWriter::new(Vec::new(), Layout::Teleopti).unwrap();
    rows.write(&Ctr::parse(FULL).unwrap()).unwrap();
    assert_eq!(format!("{rows:?}"), "RowWriter { layout: Teleopti, .. }");
}
