use super::*;
use switchboard_core::{ctr::Ctr, ctr_version::CtrVersion};

mod laws;

const ZONES: [&str; 4] = ["Europe/Stockholm", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];

fn settings(minutes: u64, zone: &str) -> Settings {
    Settings {
        interval: IntervalLength::from_minutes(minutes).unwrap(),
        time_zone: TimeZone::get(zone).unwrap(),
        service_level_secs: 20,
        short_call_secs: DEFAULT_SHORT_CALL_SECS,
        channels: Vec::new(),
        from: None,
        to: None,
    }
}

fn facts(document: &str) -> ContactFacts {
    let ctr = Ctr::parse(document).unwrap();
    ContactFacts::read(&ctr, CtrVersion::of(&ctr, document, jiff::Timestamp::now())).unwrap()
}

fn tables(settings: Settings, documents: &[&str]) -> Tables {
    let mut statistics = Statistics::new(settings);
    for document in documents {
        statistics.add_contact(facts(document));
    }
    statistics.finish()
}

fn period(start: &str, end: &str) -> Period {
    Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

const ANSWERED: &str = r#"{"ContactId":"c1","InitiationMethod":"INBOUND","Agent":{"Username":"anna",
"ConnectedToAgentTimestamp":"2024-05-01T10:15:02Z","AgentInteractionDuration":239,"AfterContactWorkDuration":5,"CustomerHoldDuration":40},"Channel":"VOICE",
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":10,"EnqueueTimestamp":"2024-05-01T10:14:52Z"},
"TransferCompletedTimestamp":"2024-05-01T10:19:00Z","TransferredToEndpoint":{"Type":"TELEPHONE_NUMBER"}}"#;
const ANSWERED_LATE: &str = r#"{"ContactId":"c2","InitiationMethod":"INBOUND","Channel":"VOICE","Agent":{"Username":"anna",
"ConnectedToAgentTimestamp":"2024-05-01T10:15:30Z","AgentInteractionDuration":61},
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":30,"EnqueueTimestamp":"2024-05-01T10:15:00Z"}}"#;
const ABANDONED: &str = r#"{"ContactId":"c3","InitiationMethod":"INBOUND","Channel":"VOICE","Agent":null,
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":4,"EnqueueTimestamp":"2024-05-01T10:00:00Z"}}"#;
const ABANDONED_LATE: &str = r#"{"ContactId":"c4","InitiationMethod":"INBOUND","Channel":"VOICE",
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":20,"EnqueueTimestamp":"2024-05-01T10:14:59.999Z"}}"#;
const NEVER_QUEUED: &str = r#"{"ContactId":"c5","InitiationMethod":"INBOUND","Queue":null}"#;
const OUTBOUND: &str = r#"{"ContactId":"c6","InitiationMethod":"OUTBOUND","Agent":{"Username":"bo",
"ConnectedToAgentTimestamp":"2024-05-01T10:01:00Z","AgentInteractionDuration":7}}"#;
const ALL: [&str; 6] = [ANSWERED, ANSWERED_LATE, ABANDONED, ABANDONED_LATE, NEVER_QUEUED, OUTBOUND];

fn csv(table: &Table) -> String {
    let mut out = Vec::new();
    table.write_csv(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_queues_row_describes_the_contacts_that_came_in() {
    assert_eq!(
        csv(&tables(settings(15, "UTC"), &ALL).queue_table()),
        "interval_start,interval_end,queue_id,queue_name,channel,offd_call_cnt,talking_call_dur,wrap_up_dur,\
         overflow_in_call_cnt,overflow_out_call_cnt,aband_call_cnt,answ_call_cnt,queued_and_answ_call_dur,\
         queued_and_aband_call_dur,queued_answ_longest_que_dur,queued_aband_longest_que_dur,\
         avg_avail_member_cnt,ans_servicelevel_cnt,wait_dur,aband_short_call_cnt,aband_within_sl_cnt,\
         callback_requested_call_cnt,transferred_out_from_queue_call_cnt,ended_otherwise_call_cnt,hold_call_dur\n\
         2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,q1,Sales,VOICE,3,239,5,1,1,2,1,10,24,10,20,,1,,1,1,\
         0,0,0,40\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,q1,Sales,VOICE,1,61,0,0,0,0,1,30,0,30,,,0,,0,0,\
         0,0,0,0\n"
    );
}

#[test]
fn an_agents_row_describes_the_contacts_handled() {
    assert_eq!(
        csv(&tables(settings(15, "Asia/Kathmandu"), &ALL).agent_queue_table()),
        "interval_start,interval_end,agent,queue_id,queue_name,channel,talking_call_dur,wrap_up_dur,answ_call_cnt,\
         transfer_out_call_cnt,hold_call_dur\n\
         2024-05-01T15:45:00+05:45,2024-05-01T16:00:00+05:45,bo,,,,7,0,1,0,0\n\
         2024-05-01T16:00:00+05:45,2024-05-01T16:15:00+05:45,anna,q1,Sales,VOICE,300,5,2,1,40\n"
    );
}

#[test]
fn a_redelivered_contact_counts_once_and_as_it_is_now() {
    let update = r#"{"ContactId":"c3","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2024-05-07T00:00:00Z",
        "Queue":{"ARN":"x/queue/q2","Name":"New","Duration":6,"EnqueueTimestamp":"2024-05-01T10:00:00Z"}}"#;
    for documents in [[ABANDONED, update, update], [update, ABANDONED, ABANDONED]] {
        let rows = tables(settings(15, "UTC"), &documents).queues;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].queue_id.as_str(), rows[0].statistics.offd_call_cnt()), ("q2", 1));
        assert_eq!(rows[0].statistics.aband_short_call_cnt, 0);
    }
    let unqueued =
        r#"{"ContactId":"c3","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2024-05-07T00:00:00Z"}"#;
    assert_eq!(tables(settings(15, "UTC"), &[ABANDONED, unqueued]).queues, []);
}

#[test]
fn a_contact_that_only_names_an_abandoned_one_does_not_take_it_on() {
    let outcome = |method: &str| {
        let next = format!(
            r#"{{"ContactId":"next","PreviousContactId":"c3","InitiationMethod":"{method}",
            "InitiationTimestamp":"2024-05-01T10:30:00Z","LastUpdateTimestamp":"2024-05-01T11:00:00Z"}}"#
        );
        let [row] = <[_; 1]>::try_from(tables(settings(15, "UTC"), &[ABANDONED, &next]).queues).unwrap();
        (row.statistics.aband_call_cnt, row.statistics.transferred_out_from_queue_call_cnt)
    };
    for method in ["API", "OUTBOUND", "DISCONNECT", "MONITOR"] {
        assert_eq!(outcome(method), (1, 0), "{method}");
    }
    assert_eq!(outcome("QUEUE_TRANSFER"), (0, 1));
}

#[test]
fn wrong_types_count_as_absent() {
    let odd = r#"{"ContactId":"c","InitiationMethod":"INBOUND","Agent":"Rachel","TransferredToEndpoint":null,
        "TransferCompletedTimestamp":"","Queue":{"ARN":7,"Name":null,"Duration":-3,
        "EnqueueTimestamp":"2024-05-01T10:00:00Z"}}"#;
    let tables = tables(settings(15, "UTC"), &[odd]);
    assert_eq!(tables.agent_queues, []);
    let expected = QueueStatistics { aband_call_cnt: 1, ..QueueStatistics::default() };
    assert_eq!((tables.queues[0].statistics, tables.queues[0].queue_id.as_str()), (expected, ""));
    let text = csv(&tables.queue_table());
    assert!(!text.contains("null") && !text.contains("None"), "{text}");
}

#[test]
fn the_newest_name_of_a_queue_is_its_name() {
    let renamed = |id: u8, day: u8, name: &str| {
        format!(
            r#"{{"ContactId":"n{id}","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2024-05-0{day}T00:00:00Z",
            "Queue":{{"ARN":"q","Name":{name},"EnqueueTimestamp":"2024-05-01T10:00:00Z"}}}}"#
        )
    };
    let documents = [renamed(1, 3, "\"=New\""), renamed(2, 2, "\"Old\""), renamed(3, 4, "null")];
    let tables = tables(settings(15, "UTC"), &documents.each_ref().map(String::as_str));
    assert_eq!(tables.queues[0].queue_name.as_deref(), Some("=New"));
    assert_eq!(tables.queue_table().rows[0][3], "=New");
    assert!(csv(&tables.queue_table()).contains(",'=New,"));
}

#[test]
fn contacts_of_the_hour_that_comes_twice_are_in_two_intervals() {
    let at = |id: u8, hour: u8| {
        format!(
            r#"{{"ContactId":"d{id}","InitiationMethod":"INBOUND",
            "Queue":{{"ARN":"q","EnqueueTimestamp":"2024-10-27T0{hour}:40:00Z"}}}}"#
        )
    };
    let tables = tables(settings(30, "Europe/Stockholm"), &[&at(1, 0), &at(2, 1)]);
    let starts: Vec<_> = tables.queue_table().rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(starts, ["2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"]);
}

fn agent_row(agent: &str, during: Period, [online, non_productive, idle]: [Option<u64>; 3]) -> AgentRow {
    let times = AgentTimes { online_secs: online, non_productive_secs: non_productive, idle_secs: idle };
    AgentRow { agent: agent.to_owned(), during, times }
}

fn agent_csv(settings: Settings, rows: &[AgentRow]) -> String {
    let mut statistics = Statistics::new(settings);
    for row in rows {
        statistics.add_agent_row(row.clone());
    }
    let text = csv(&statistics.finish().agent_table());
    text.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn half_hours_are_shared_out_and_added_up() {
    let first = period("2024-05-01T10:00:00Z", "2024-05-01T10:30:00Z");
    let second = period("2024-05-01T10:30:00Z", "2024-05-01T11:00:00Z");
    let rows = [
        agent_row("anna", first, [Some(1799), Some(600), Some(0)]),
        agent_row("anna", second, [Some(10), None, None]),
    ];
    assert_eq!(
        agent_csv(settings(15, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,anna,900,300,600,0,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,anna,899,300,599,0,,,,,\n\
         2024-05-01T10:30:00+00:00,2024-05-01T10:45:00+00:00,anna,5,,,,,,,,\n\
         2024-05-01T10:45:00+00:00,2024-05-01T11:00:00+00:00,anna,5,,,,,,,,\n"
    );
    assert_eq!(
        agent_csv(settings(60, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T11:00:00+00:00,anna,1809,600,1199,0,,,,,\n"
    );
    // In Kathmandu the hour begins at a quarter past, in the middle of the first row.
    assert_eq!(
        agent_csv(settings(60, "Asia/Kathmandu"), &rows),
        "2024-05-01T15:00:00+05:45,2024-05-01T16:00:00+05:45,anna,900,300,600,0,,,,,\n\
         2024-05-01T16:00:00+05:45,2024-05-01T17:00:00+05:45,anna,909,300,599,0,,,,,\n"
    );
}

#[test]
fn whole_seconds_go_to_the_largest_remainders() {
    // 5, 15 and 10 minutes of three intervals. Of 3 seconds online the shares are 0.5, 1.5 and 1, of 1 second of
    // pause 0.17, 0.5 and 0.33, of 4 idle 0.67, 2 and 1.33. What is available is the difference of the first two.
    let during = period("2024-05-01T10:10:00Z", "2024-05-01T10:40:00Z");
    let row = agent_row("anna", during, [Some(3), Some(1), Some(4)]);
    assert_eq!(
        agent_csv(settings(15, "UTC"), &[row]),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,anna,1,0,1,1,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,anna,1,1,0,2,,,,,\n\
         2024-05-01T10:30:00+00:00,2024-05-01T10:45:00+00:00,anna,1,0,1,1,,,,,\n"
    );
}

#[test]
fn of_a_row_reported_several_times_the_fullest_counts() {
    let during = period("2024-05-01T10:00:00Z", "2024-05-01T10:30:00Z");
    let early = agent_row("anna", during, [Some(60), Some(60), Some(60)]);
    let late = agent_row("anna", during, [Some(1800), Some(5), None]);
    let expected = "2024-05-01T10:00:00+00:00,2024-05-01T10:30:00+00:00,anna,1800,5,1795,,,,,,\n";
    assert_eq!(agent_csv(settings(30, "UTC"), &[early.clone(), late.clone(), early.clone()]), expected);
    assert_eq!(agent_csv(settings(30, "UTC"), &[late, early]), expected);
}

#[test]
fn a_longer_report_keeps_what_shorter_ones_lack() {
    let hour = period("2024-05-01T10:00:00Z", "2024-05-01T11:00:00Z");
    let half = period("2024-05-01T10:00:00Z", "2024-05-01T10:30:00Z");
    let quarter = period("2024-05-01T10:15:00Z", "2024-05-01T10:30:00Z");
    let rows = [
        agent_row("anna", hour, [Some(3000), Some(300), Some(90)]),
        agent_row("anna", half, [Some(1500), Some(100), Some(40)]),
        agent_row("anna", quarter, [Some(700), Some(0), None]),
    ];
    // The quarter as it says; of the half hour 800 are left for the first quarter, of the hour 1500 for the second half.
    // The quarter says nothing of idle time, which is the half hour's.
    assert_eq!(
        agent_csv(settings(15, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,anna,800,100,700,20,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,anna,700,0,700,20,,,,,\n\
         2024-05-01T10:30:00+00:00,2024-05-01T10:45:00+00:00,anna,750,100,650,25,,,,,\n\
         2024-05-01T10:45:00+00:00,2024-05-01T11:00:00+00:00,anna,750,100,650,25,,,,,\n"
    );
    // Half of the longer one lies in the first, of which it says otherwise; the first counts, and no second twice.
    let later = period("2024-05-01T10:15:00Z", "2024-05-01T10:45:00Z");
    let rows = [
        agent_row("bo", half, [Some(1800), Some(0), Some(0)]),
        agent_row("bo", later, [Some(1200), Some(600), Some(600)]),
    ];
    assert_eq!(
        agent_csv(settings(15, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,bo,900,0,900,0,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,bo,900,0,900,0,,,,,\n\
         2024-05-01T10:30:00+00:00,2024-05-01T10:45:00+00:00,bo,300,300,0,600,,,,,\n"
    );
}

#[test]
fn a_pause_is_rounded_up_where_there_is_work_for_it() {
    // The shares of 5 and 4 seconds in six parts: 0.83 and 0.67 each. Whole seconds go to the earlier.
    let during = period("2024-05-01T10:00:00Z", "2024-05-01T11:30:00Z");
    let row = agent_row("anna", during, [Some(5), Some(4), None]);
    let cells: Vec<_> = agent_csv(settings(15, "UTC"), &[row])
        .lines()
        .map(|line| line.get(57..).expect("a row").to_owned())
        .collect();
    assert_eq!(cells[..4], ["1,1,0,,,,,,"; 4]);
    assert_eq!(cells[4..], ["1,0,1,,,,,,", "0,0,0,,,,,,"]);
}

#[test]
fn intervals_of_late_copies_alone_have_no_row() {
    let copy = |id: u8, hour: u8, updated: &str| {
        format!(
            r#"{{"ContactId":"l{id}","InitiationMethod":"INBOUND","DisconnectTimestamp":"2024-05-01T{hour}:00:00Z",
            "Agent":{{"Username":"anna","ConnectedToAgentTimestamp":"2024-05-01T{hour}:00:00Z",
            "AfterContactWorkEndTimestamp":"2024-05-01T{hour}:30:00Z"}},"LastUpdateTimestamp":"{updated}",
            "Queue":{{"ARN":"q","EnqueueTimestamp":"2024-05-01T{hour}:00:00Z"}}}}"#
        )
    };
    // An hour after the work that came after it is not late, a millisecond more is.
    let (first, late) = (copy(1, 10, "2024-05-01T11:30:00Z"), copy(2, 12, "2024-05-01T13:30:00.001Z"));
    let made = tables(settings(60, "UTC"), &[&first, &late]);
    let noon = period("2024-05-01T12:00:00Z", "2024-05-01T13:00:00Z");
    assert_eq!(made.left_out, [noon]);
    assert_eq!((made.queues.len(), made.agent_queues.len()), (1, 1));
    // Where its first copy is there, too, or another contact of that hour, it counts.
    let other = copy(3, 12, "2024-05-01T12:31:00Z");
    for more in [copy(2, 12, "2024-05-01T12:31:00Z"), other] {
        for documents in [[&*late, &*more], [&*more, &*late]] {
            assert_eq!(tables(settings(60, "UTC"), &documents).left_out, []);
        }
    }
    let limits = Settings { to: Some(noon.end()), ..settings(60, "UTC") };
    let made = tables(limits, &[&first, &late]);
    assert_eq!((made.left_out.len(), made.queues.len(), made.agent_queues.len()), (0, 2, 2));
    // An interval that begins at `from` is in, one that begins at `to` is not.
    let limits = Settings { from: Some(noon.start()), to: Some(noon.start()), ..settings(60, "UTC") };
    assert_eq!(tables(limits, &[&first, &late]).queues.len(), 0);
    let limits = Settings { from: Some(noon.start()), ..settings(60, "UTC") };
    assert_eq!(tables(limits, &[&first, &late]).queues.len(), 1);
}

#[test]
fn more_pause_than_work_is_no_available_time() {
    let during = period("2024-05-01T10:00:00Z", "2024-05-01T10:30:00Z");
    let row = agent_row("anna", during, [Some(1), Some(2), None]);
    assert_eq!(
        agent_csv(settings(30, "UTC"), &[row]),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:30:00+00:00,anna,1,2,,,,,,,\n"
    );
}

const METHODS: [&str; 8] = [
    "INBOUND",
    "INBOUND",
    "TRANSFER",
    "CALLBACK",
    "QUEUE_TRANSFER",
    "OUTBOUND",
    "MONITOR",
    "EXTERNAL_OUTBOUND",
];
