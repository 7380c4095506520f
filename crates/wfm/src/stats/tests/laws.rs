//! Laws that hold for any contacts and reports.

use proptest::prelude::*;

use super::*;

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

/// Some half hours of them in one row, in full.
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
        // A contact that goes on as a callback, by either of the two records, asked for it.
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
            let went_on = ["TRANSFER", "CALLBACK", "QUEUE_TRANSFER"];
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
