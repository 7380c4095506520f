use proptest::prelude::*;

use super::*;
use crate::latest::Version;
use switchboard_core::ctr::Ctr;

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
    ContactFacts::read(&ctr, Version::of(&ctr, document)).unwrap()
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
fn an_agents_row_describes_the_contacts_taken() {
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
fn contacts_of_the_hour_that_comes_twice_are_told_apart() {
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

/// A contact within two days around a change of clocks, at a whole second.
fn contact() -> impl Strategy<Value = String> {
    let queue = prop::option::of((0..3_u8, 0..172_800_i64, prop::option::of(0..60_u64)));
    let agent = prop::option::of((0..3_u8, 0..172_800_i64, 0..900_u64, 0..90_u64));
    let method = prop::sample::select(METHODS.to_vec());
    let reason = prop::sample::select(vec!["", "CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "EXPIRED"]);
    let neighbours = prop::array::uniform2(prop::option::weighted(0.3, 0..12_u8));
    let channel = prop::sample::select(vec!["VOICE", "CHAT", "EMAIL"]);
    let kind = (method, reason, neighbours, channel);
    (0..12_u8, 0..3_u8, queue, agent, any::<bool>(), kind).prop_map(|(id, version, queue, agent, transferred, kind)| {
        let second = |after| jiff::Timestamp::from_second(1_729_900_800 + after).unwrap();
        let (method, reason, [next, previous], channel) = kind;
        let id_or_null = |id: Option<u8>| id.map_or("null".to_owned(), |id| format!(r#""c{id}""#));
        let (next, previous) = (id_or_null(next), id_or_null(previous));
        let head = format!(
            r#"{{"ContactId":"c{id}","InitiationMethod":"{method}","LastUpdateTimestamp":"2024-10-2{version}T00:00:00Z",
            "DisconnectReason":"{reason}","NextContactId":{next},"PreviousContactId":{previous},"Channel":"{channel}""#
        );
        let queue = queue.map(|(queue, at, waited)| {
            let waited = waited.map_or("null".to_owned(), |secs| secs.to_string());
            let at = second(at);
            format!(r#","Queue":{{"ARN":"q{queue}","EnqueueTimestamp":"{at}","Duration":{waited}}}"#)
        });
        let agent = agent.map(|(agent, at, talk, wrap_up)| {
            let at = second(at);
            format!(
                r#","Agent":{{"Username":"a{agent}","ConnectedToAgentTimestamp":"{at}","AgentInteractionDuration":{talk},"AfterContactWorkDuration":{wrap_up}}}"#
            )
        });
        let transfer = r#","TransferCompletedTimestamp":"2024-10-27T00:00:00Z","TransferredToEndpoint":{}"#;
        let transfer = if transferred { transfer } else { "" };
        [head, queue.unwrap_or_default(), agent.unwrap_or_default(), transfer.to_owned(), "}".to_owned()].concat()
    })
}

/// A half hour of the same two days, as the report has them.
fn reported() -> impl Strategy<Value = AgentRow> {
    let times = prop::array::uniform3(prop::option::weighted(0.8, 0..=1800_u64));
    (0..3_u8, 0..96_i64, times).prop_map(|(agent, half_hour, times)| {
        let at = |half_hours| jiff::Timestamp::from_second(1_729_900_800 + 1800 * half_hours).unwrap();
        agent_row(&format!("a{agent}"), Period::new(at(half_hour), at(half_hour + 1)).unwrap(), times)
    })
}

/// Some half hours of them in one row, told in full.
fn reported_over(half_hours: std::ops::Range<i64>) -> impl Strategy<Value = AgentRow> {
    (0..2_u8, 0..46_i64, half_hours, prop::array::uniform3(prop::option::weighted(0.8, 0..=100_u64)))
        .prop_map(|(agent, first, length, percent)| {
            let at = |half_hours| jiff::Timestamp::from_second(1_729_900_800 + 1800 * half_hours).unwrap();
            let during = Period::new(at(first), at(first + length)).unwrap();
            let times = percent.map(|percent| percent.map(|percent| percent * during.secs() / 100));
            agent_row(&format!("a{agent}"), during, times)
        })
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let minutes = prop::sample::select(vec![5, 10, 15, 30, 60]);
    (minutes, prop::sample::select(ZONES.to_vec())).prop_map(|(minutes, zone)| settings(minutes, zone))
}

proptest! {
    #[test]
    fn the_order_of_files_and_records_does_not_matter(
        settings in any_settings(),
        (contacts, shuffled) in prop::collection::vec(contact(), 0..40)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        (rows, shuffled_rows) in prop::collection::vec(reported(), 0..20)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let tables = |contacts: &[String], rows: &[AgentRow]| {
            let mut statistics = Statistics::new(settings.clone());
            for document in contacts {
                statistics.add_contact(facts(document));
            }
            for row in rows {
                statistics.add_agent_row(row.clone());
            }
            statistics.finish()
        };
        let once = tables(&contacts, &rows);
        prop_assert_eq!(&once, &tables(&shuffled, &shuffled_rows));
        // Delivered twice, the second time in another order.
        let twice = tables(&[contacts, shuffled].concat(), &[rows, shuffled_rows].concat());
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn sums_over_queues_and_intervals_are_the_contacts_totals(
        settings in any_settings(),
        contacts in prop::collection::vec(contact(), 0..40),
    ) {
        let documents: Vec<&str> = contacts.iter().map(String::as_str).collect();
        let tables = tables(settings, &documents);
        let mut newest = BTreeMap::new();
        for document in &contacts {
            let facts = facts(document);
            let held = newest.entry(facts.contact_id.clone()).or_insert_with(|| facts.clone());
            if facts.version > held.version {
                *held = facts;
            }
        }
        let is = |contact: &Contact, method: &str| contact.initiation_method.as_deref() == Some(method);
        let is_customers = |contact: &Contact| {
            let is_consult = is(contact, "TRANSFER") && contact.talk_secs == Some(0);
            !is(contact, "MONITOR") && !is(contact, "EXTERNAL_OUTBOUND") && !is_consult
        };
        let counted: Vec<_> = newest.values().filter(|facts| is_customers(&facts.contact)).collect();
        let queued: Vec<_> = counted.iter().map(|facts| &facts.contact).filter(|contact| contact.queue.is_some()).collect();
        let answered: Vec<_> = counted.iter().map(|facts| &facts.contact).filter(|contact| contact.agent.is_some()).collect();
        let waited = |contact: &&&Contact| contact.queue.as_ref().and_then(|queue| queue.waited_secs);
        let total = |of: fn(&QueueStatistics) -> u64| tables.queues.iter().map(|row| of(&row.statistics)).sum::<u64>();
        let count = |contacts: &[&Contact], has: fn(&Contact) -> bool| {
            u64::try_from(contacts.iter().filter(|contact| has(contact)).count()).unwrap()
        };
        for row in &tables.queues {
            let figures = row.statistics;
            prop_assert!(figures.offd_call_cnt() > 0);
            prop_assert!(figures.aband_short_call_cnt <= figures.aband_within_sl_cnt);
            prop_assert!(figures.aband_within_sl_cnt <= figures.aband_call_cnt);
            prop_assert!(figures.ans_servicelevel_cnt <= figures.answ_call_cnt);
        }
        // Offered is how many came, and the cells of the five outcomes add up to it in every row.
        prop_assert_eq!(total(QueueStatistics::offd_call_cnt), queued.len() as u64);
        let table = tables.queue_table();
        let cell = |row: &[String], name: &str| {
            row[table.header.iter().position(|column| *column == name).unwrap()].parse::<u64>().unwrap()
        };
        for row in &table.rows {
            let outcomes = ["answ", "aband", "callback_requested", "transferred_out_from_queue", "ended_otherwise"];
            let sum: u64 = outcomes.iter().map(|outcome| cell(row, &format!("{outcome}_call_cnt"))).sum();
            prop_assert_eq!(sum, cell(row, "offd_call_cnt"));
        }
        prop_assert_eq!(total(|row| row.answ_call_cnt), count(&queued, |contact| contact.agent.is_some()));
        // Who goes on as a callback, told by either of the two, asked for it.
        let goes_on = |facts: &ContactFacts, method: &str| {
            let next = facts.contact.next_contact_id.as_deref().and_then(|next| newest.get(next));
            let naming = newest.values().filter(|other| {
                other.contact.previous_contact_id.as_deref() == Some(&*facts.contact_id)
            });
            next.into_iter().chain(naming).any(|other| is(&other.contact, method))
        };
        let waiting = counted.iter().filter(|facts| facts.contact.queue.is_some() && facts.contact.agent.is_none());
        let asked = waiting.clone().filter(|facts| goes_on(facts, "CALLBACK")).count() as u64;
        prop_assert!(total(|row| row.callback_requested_call_cnt) >= asked);
        let moved = waiting.clone().filter(|facts| goes_on(facts, "QUEUE_TRANSFER") && !goes_on(facts, "CALLBACK"));
        prop_assert!(total(|row| row.transferred_out_from_queue_call_cnt) >= moved.count() as u64);
        let gave_up = waiting.filter(|facts| {
            let went_on = ["INBOUND", "TRANSFER", "CALLBACK", "QUEUE_TRANSFER", "OUTBOUND"];
            let contact = &facts.contact;
            let is_known = contact.next_contact_id.as_deref().is_none_or(|next| newest.contains_key(next));
            let by_customer = ["", "CUSTOMER_DISCONNECT"].contains(&contact.disconnect_reason.as_deref().unwrap_or_default());
            let is_theirs = !is(contact, "CALLBACK") && !is(contact, "OUTBOUND");
            is_theirs && by_customer && is_known && !went_on.iter().any(|method| goes_on(facts, method))
        });
        prop_assert_eq!(total(|row| row.aband_call_cnt), gave_up.count() as u64);
        prop_assert_eq!(total(|row| row.overflow_in_call_cnt), count(&queued, |contact| contact.transferred_to_endpoint));
        prop_assert_eq!(total(|row| row.overflow_out_call_cnt), count(&queued, |contact| contact.transfer_completed));
        prop_assert_eq!(
            total(|row| row.queued_and_answ_call_dur),
            queued.iter().filter(|contact| contact.agent.is_some()).filter_map(|contact| waited(&contact)).sum::<u64>()
        );
        prop_assert_eq!(
            total(|row| row.talking_call_dur + row.wrap_up_dur + row.hold_call_dur),
            queued.iter().map(|contact| [contact.talk_secs, contact.wrap_up_secs, contact.hold_secs].iter().flatten().sum::<u64>()).sum::<u64>()
        );
        let by_agent = |of: fn(&AgentQueueStatistics) -> u64| {
            tables.agent_queues.iter().map(|row| of(&row.statistics)).sum::<u64>()
        };
        prop_assert_eq!(by_agent(|row| row.answ_call_cnt), answered.len() as u64);
        prop_assert_eq!(
            by_agent(|row| row.talking_call_dur),
            answered.iter().filter_map(|contact| contact.talk_secs).sum::<u64>()
        );
        prop_assert_eq!(
            by_agent(|row| row.hold_call_dur),
            answered.iter().filter_map(|contact| contact.hold_secs).sum::<u64>()
        );
        prop_assert_eq!(
            by_agent(|row| row.transfer_out_call_cnt),
            count(&answered, |contact| contact.transfer_completed)
        );
    }

    #[test]
    fn channels_are_a_partition(
        settings in any_settings(),
        contacts in prop::collection::vec(contact(), 0..40),
    ) {
        let documents: Vec<&str> = contacts.iter().map(String::as_str).collect();
        let all = tables(settings.clone(), &documents);
        let mut by_channel: Vec<_> = ["voice", "Chat", "EMAIL"].iter().flat_map(|channel| {
            tables(Settings { channels: vec![(*channel).to_owned()], ..settings.clone() }, &documents).queues
        }).collect();
        by_channel.sort_by(|a, b| {
            (a.interval, &a.queue_id, &a.channel).cmp(&(b.interval, &b.queue_id, &b.channel))
        });
        prop_assert_eq!(all.queues, by_channel);
    }

    #[test]
    fn limits_cut_the_tables_and_change_no_row(
        settings in any_settings(),
        contacts in prop::collection::vec(contact(), 0..40),
        rows in prop::collection::vec(reported(), 0..20),
        cut in 0..172_800_i64,
    ) {
        let cut = jiff::Timestamp::from_second(1_729_900_800 + cut).unwrap();
        let tables = |from, to| {
            let mut statistics = Statistics::new(Settings { from, to, ..settings.clone() });
            for document in &contacts {
                statistics.add_contact(facts(document));
            }
            for row in &rows {
                statistics.add_agent_row(row.clone());
            }
            let Tables { queues, agent_queues, agents, left_out, .. } = statistics.finish();
            assert_eq!(left_out, []);
            (queues, agent_queues, agents)
        };
        let all = tables(Some(jiff::Timestamp::MIN), None);
        let (mut before, after) = (tables(None, Some(cut)), tables(Some(cut), None));
        prop_assert!(before.0.iter().all(|row| row.interval.start() < cut));
        before.0.extend(after.0);
        before.1.extend(after.1);
        before.2.extend(after.2);
        prop_assert_eq!(all, before);
    }

    #[test]
    fn an_agent_has_no_more_seconds_than_an_interval(
        settings in any_settings(),
        (rows, shuffled) in prop::collection::vec(reported_over(1..50), 1..12)
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        let made = |rows: &[AgentRow]| {
            let mut statistics = Statistics::new(settings.clone());
            for row in rows {
                statistics.add_agent_row(row.clone());
            }
            statistics.finish().agents
        };
        let agents = made(&rows);
        for row in &agents {
            let AgentPerformance { tot_work_dur, pause_dur, avail_dur, wait_dur } = row.performance;
            for figure in [tot_work_dur, pause_dur, avail_dur, wait_dur] {
                prop_assert!(figure <= Some(row.interval.secs()), "{:?}", row);
            }
        }
        prop_assert_eq!(agents, made(&shuffled));
    }

    #[test]
    fn a_longer_report_of_the_same_adds_nothing(
        settings in any_settings(),
        halves in prop::array::uniform4((0..=1800_u64, 0..=1800_u64)),
        first in 0..90_i64,
    ) {
        let at = |half_hours: i64| jiff::Timestamp::from_second(1_729_900_800 + 1800 * half_hours).unwrap();
        let made = |rows: &[AgentRow]| {
            let mut statistics = Statistics::new(settings.clone());
            for row in rows {
                statistics.add_agent_row(row.clone());
            }
            statistics.finish().agents
        };
        let mut rows: Vec<_> = (first..).zip(halves).map(|(half_hour, (online, paused))| {
            let during = Period::new(at(half_hour), at(half_hour + 1)).unwrap();
            agent_row("anna", during, [Some(online), Some(online.min(paused)), Some(1)])
        }).collect();
        let short = made(&rows);
        let sum = |of: fn(&AgentTimes) -> Option<u64>| rows.iter().filter_map(|row| of(&row.times)).sum();
        let times = [
            Some(sum(|times| times.online_secs)),
            Some(sum(|times| times.non_productive_secs)),
            Some(sum(|times| times.idle_secs)),
        ];
        rows.push(agent_row("anna", Period::new(at(first - 2), at(first + 6)).unwrap(), times));
        prop_assert_eq!(short, made(&rows));
    }

    #[test]
    fn sharing_out_keeps_sums_exactly(
        settings in any_settings(),
        rows in prop::collection::vec(reported(), 1..20),
    ) {
        let mut statistics = Statistics::new(settings);
        for row in rows {
            statistics.add_agent_row(row);
        }
        let reported: Vec<AgentTimes> = statistics.agents.values().copied().collect();
        let made = statistics.finish().agents;
        let was = |of: fn(&AgentTimes) -> Option<u64>| reported.iter().filter_map(of).sum::<u64>();
        let is = |of: fn(&AgentPerformance) -> Option<u64>| {
            made.iter().filter_map(|row| of(&row.performance)).sum::<u64>()
        };
        prop_assert_eq!(was(|times| times.online_secs), is(|row| row.tot_work_dur));
        prop_assert_eq!(was(|times| times.non_productive_secs), is(|row| row.pause_dur));
        prop_assert_eq!(was(|times| times.idle_secs), is(|row| row.wait_dur));
        let available = |times: &AgentTimes| times.online_secs?.checked_sub(times.non_productive_secs?);
        prop_assert_eq!(was(available), is(|row| row.avail_dur));
        prop_assert!(made.is_sorted_by(|a, b| (a.interval, &a.agent) < (b.interval, &b.agent)));
    }
}
