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
"ConnectedToAgentTimestamp":"2024-05-01T10:15:02Z","AgentInteractionDuration":239,"AfterContactWorkDuration":5},
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":10,"EnqueueTimestamp":"2024-05-01T10:14:52Z"},
"TransferCompletedTimestamp":"2024-05-01T10:19:00Z","TransferredToEndpoint":{"Type":"TELEPHONE_NUMBER"}}"#;
const ANSWERED_LATE: &str = r#"{"ContactId":"c2","InitiationMethod":"INBOUND","Agent":{"Username":"anna",
"ConnectedToAgentTimestamp":"2024-05-01T10:15:30Z","AgentInteractionDuration":61},
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":30,"EnqueueTimestamp":"2024-05-01T10:15:00Z"}}"#;
const ABANDONED: &str = r#"{"ContactId":"c3","InitiationMethod":"INBOUND","Agent":null,
"Queue":{"ARN":"x/queue/q1","Name":"Sales","Duration":4,"EnqueueTimestamp":"2024-05-01T10:00:00Z"}}"#;
const ABANDONED_LATE: &str = r#"{"ContactId":"c4","InitiationMethod":"INBOUND",
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
        "interval_start,interval_end,queue_id,queue_name,offd_call_cnt,talking_call_dur,wrap_up_dur,\
         overflow_in_call_cnt,overflow_out_call_cnt,aband_call_cnt,answ_call_cnt,queued_and_answ_call_dur,\
         queued_and_aband_call_dur,queued_answ_longest_que_dur,queued_aband_longest_que_dur,\
         avg_avail_member_cnt,ans_servicelevel_cnt,wait_dur,aband_short_call_cnt,aband_within_sl_cnt\n\
         2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,q1,Sales,3,239,5,1,1,2,1,10,24,10,20,,1,,1,1\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,q1,Sales,1,61,0,0,0,0,1,30,0,30,,,0,,0,0\n"
    );
}

#[test]
fn an_agents_row_describes_the_contacts_taken() {
    assert_eq!(
        csv(&tables(settings(15, "Asia/Kathmandu"), &ALL).agent_queue_table()),
        "interval_start,interval_end,agent,queue_id,queue_name,talking_call_dur,wrap_up_dur,answ_call_cnt,\
         transfer_out_call_cnt\n\
         2024-05-01T15:45:00+05:45,2024-05-01T16:00:00+05:45,bo,,,7,0,1,0\n\
         2024-05-01T16:00:00+05:45,2024-05-01T16:15:00+05:45,anna,q1,Sales,300,5,2,1\n"
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
        agent_row("anna", first, [Some(1801), Some(600), Some(0)]),
        agent_row("anna", second, [Some(10), None, None]),
    ];
    assert_eq!(
        agent_csv(settings(15, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,anna,901,300,601,0,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,anna,900,300,600,0,,,,,\n\
         2024-05-01T10:30:00+00:00,2024-05-01T10:45:00+00:00,anna,5,,,,,,,,\n\
         2024-05-01T10:45:00+00:00,2024-05-01T11:00:00+00:00,anna,5,,,,,,,,\n"
    );
    assert_eq!(
        agent_csv(settings(60, "UTC"), &rows),
        "2024-05-01T10:00:00+00:00,2024-05-01T11:00:00+00:00,anna,1811,600,1201,0,,,,,\n"
    );
    // In Kathmandu the hour begins at a quarter past, in the middle of the first row.
    assert_eq!(
        agent_csv(settings(60, "Asia/Kathmandu"), &rows),
        "2024-05-01T15:00:00+05:45,2024-05-01T16:00:00+05:45,anna,901,300,601,0,,,,,\n\
         2024-05-01T16:00:00+05:45,2024-05-01T17:00:00+05:45,anna,910,300,600,0,,,,,\n"
    );
}

#[test]
fn whole_seconds_go_to_the_largest_remainders() {
    // 5, 15 and 10 minutes of three intervals. Of 1 second of pause the shares are 0.17, 0.5 and 0.33,
    // of 2 available 0.33, 1 and 0.67; online is their sum, though 3 by itself would be 1, 1 and 1.
    let during = period("2024-05-01T10:10:00Z", "2024-05-01T10:40:00Z");
    let row = agent_row("anna", during, [Some(3), Some(1), Some(4)]);
    assert_eq!(
        agent_csv(settings(15, "UTC"), &[row]),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:15:00+00:00,anna,0,0,0,1,,,,,\n\
         2024-05-01T10:15:00+00:00,2024-05-01T10:30:00+00:00,anna,2,1,1,2,,,,,\n\
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
fn more_pause_than_work_is_no_available_time() {
    let during = period("2024-05-01T10:00:00Z", "2024-05-01T10:30:00Z");
    let row = agent_row("anna", during, [Some(1), Some(2), None]);
    assert_eq!(
        agent_csv(settings(30, "UTC"), &[row]),
        "2024-05-01T10:00:00+00:00,2024-05-01T10:30:00+00:00,anna,1,2,,,,,,,\n"
    );
}

/// A contact within two days around a change of clocks, at a whole second.
fn contact() -> impl Strategy<Value = String> {
    let queue = prop::option::of((0..3_u8, 0..172_800_i64, prop::option::of(0..60_u64)));
    let agent = prop::option::of((0..3_u8, 0..172_800_i64, 0..900_u64, 0..90_u64));
    (0..12_u8, 0..3_u8, queue, agent, any::<bool>()).prop_map(|(id, version, queue, agent, transferred)| {
        let second = |after| jiff::Timestamp::from_second(1_729_900_800 + after).unwrap();
        let head = format!(
            r#"{{"ContactId":"c{id}","InitiationMethod":"INBOUND","LastUpdateTimestamp":"2024-10-2{version}T00:00:00Z""#
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
    let times = prop::array::uniform3(prop::option::weighted(0.8, 0..2000_u64));
    (0..3_u8, 0..96_i64, times).prop_map(|(agent, half_hour, times)| {
        let at = |half_hours| jiff::Timestamp::from_second(1_729_900_800 + 1800 * half_hours).unwrap();
        agent_row(&format!("a{agent}"), Period::new(at(half_hour), at(half_hour + 1)).unwrap(), times)
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
        let queued: Vec<_> = newest.values().filter(|facts| facts.queue.is_some()).collect();
        let answered: Vec<_> = newest.values().filter(|facts| facts.agent.is_some()).collect();
        let waited = |facts: &&&ContactFacts| facts.queue.as_ref().and_then(|queue| queue.waited_secs);
        let total = |of: fn(&QueueStatistics) -> u64| tables.queues.iter().map(|row| of(&row.statistics)).sum::<u64>();
        let count = |facts: &[&ContactFacts], has: fn(&ContactFacts) -> bool| {
            u64::try_from(facts.iter().filter(|facts| has(facts)).count()).unwrap()
        };
        for row in &tables.queues {
            let figures = row.statistics;
            prop_assert_eq!(figures.offd_call_cnt(), figures.answ_call_cnt + figures.aband_call_cnt);
            prop_assert!(figures.offd_call_cnt() > 0);
            prop_assert!(figures.aband_short_call_cnt <= figures.aband_within_sl_cnt);
            prop_assert!(figures.aband_within_sl_cnt <= figures.aband_call_cnt);
            prop_assert!(figures.ans_servicelevel_cnt <= figures.answ_call_cnt);
        }
        prop_assert_eq!(total(QueueStatistics::offd_call_cnt), queued.len() as u64);
        prop_assert_eq!(total(|row| row.answ_call_cnt), count(&queued, |facts| facts.agent.is_some()));
        prop_assert_eq!(total(|row| row.overflow_in_call_cnt), count(&queued, |facts| facts.transferred_to_endpoint));
        prop_assert_eq!(total(|row| row.overflow_out_call_cnt), count(&queued, |facts| facts.transfer_completed));
        prop_assert_eq!(
            total(|row| row.queued_and_answ_call_dur + row.queued_and_aband_call_dur),
            queued.iter().filter_map(|facts| waited(&facts)).sum::<u64>()
        );
        prop_assert_eq!(
            total(|row| row.talking_call_dur + row.wrap_up_dur),
            queued.iter().map(|facts| facts.talk_secs.unwrap_or(0) + facts.wrap_up_secs.unwrap_or(0)).sum::<u64>()
        );
        let by_agent = |of: fn(&AgentQueueStatistics) -> u64| {
            tables.agent_queues.iter().map(|row| of(&row.statistics)).sum::<u64>()
        };
        prop_assert_eq!(by_agent(|row| row.answ_call_cnt), answered.len() as u64);
        prop_assert_eq!(
            by_agent(|row| row.talking_call_dur),
            answered.iter().filter_map(|facts| facts.talk_secs).sum::<u64>()
        );
        prop_assert_eq!(
            by_agent(|row| row.transfer_out_call_cnt),
            count(&answered, |facts| facts.transfer_completed)
        );
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
