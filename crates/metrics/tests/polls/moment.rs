//! How things stand: queues and agents.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_connect::{
    Client,
    types::{CurrentMetric, CurrentMetricName, Filters, Unit, UserDataFilters},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use switchboard_metrics::{
    api::ApiError,
    rows::{ResourceKind, Sample},
    store::SaveReport,
};
use switchboard_simulator::connect_api::{Faults, Operation, Options};

use crate::{Office, centre, config, soon};

#[tokio::test]
async fn every_queue_of_every_page_and_chunk_is_polled_and_no_page_twice() {
    let office = Office::new(250, 300).await;
    let outcome = office.poller.current(soon()).await.unwrap();
    assert!(outcome.is_complete(), "{outcome}");
    // 250 queues in chunks of 100, each of several pages; the first query names EMAIL and is refused.
    let asked =
        office.api.calls().into_iter().filter(|call| call.operation == Operation::GetCurrentMetricData);
    let asked: Vec<_> = asked.collect();
    assert_eq!(asked.iter().filter(|call| call.status != 200).count(), 1, "{asked:?}");
    let chunks = asked.iter().filter(|call| call.status == 200 && call.page == 1);
    assert_eq!(chunks.count(), 3);
    assert!(asked.iter().any(|call| call.page > 1), "more than a page");
    let mut pages: Vec<_> = asked.iter().filter(|call| call.status == 200).map(|call| call.page).collect();
    pages.dedup();
    assert!(pages.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair[1] == 1), "{pages:?}");
    let queues = office.count("SELECT COUNT(DISTINCT queue_id) FROM current_metric_data").await;
    assert!((200..=250).contains(&queues), "{queues}");
    let channels = office.row("SELECT group_concat(DISTINCT channel) FROM current_metric_data").await;
    let channels: String = channels.get(0);
    assert_eq!(channels.split(',').collect::<BTreeSet<_>>(), ["CHAT", "TASK", "VOICE"].into());
}

#[tokio::test]
async fn the_oldest_contact_is_as_old_as_without_groups_where_it_is_told_in_milliseconds() {
    let office = Office::new(60, 60).await;
    office.poller.current(soon()).await.unwrap();
    let metric =
        CurrentMetric::builder().name(CurrentMetricName::OldestContactAge).unit(Unit::Seconds).build();
    let filters = Filters::builder().set_queues(Some(office.queue_ids().await)).build();
    let request = Client::from_conf(config(&office.api)).get_current_metric_data().current_metrics(metric);
    let response = request.instance_id(office.api.instance_id()).filters(filters).send().await.unwrap();
    let milliseconds = response.metric_results()[0].collections()[0].value().unwrap();
    let kept = office.number("SELECT MAX(oldest_contact) FROM current_metric_data").await;
    assert!(kept > 0.0);
    assert!((kept * 1000.0 - milliseconds).abs() < 1.0, "{kept} s, {milliseconds} ms");
}

#[tokio::test]
async fn queues_that_fall_idle_are_zeroed_and_agents_who_sign_out_are_offline() {
    let office = Office::new(60, 200).await;
    office.poller.metadata(soon()).await.unwrap();
    office.poller.current(soon()).await.unwrap();
    office.poller.users(soon()).await.unwrap();
    let by_day = office.row("SELECT SUM(agents_online), COUNT(*) FROM current_metric_data").await;
    let (online, rows): (f64, i64) = (by_day.get(0), by_day.get(1));
    let signed_in = "SELECT COUNT(*) FROM current_user_data WHERE status_name <> 'Signed out'";
    let by_day = office.count(signed_in).await;
    assert!(online > 0.0 && by_day > 20, "{online}, {by_day}");

    office.at(14 * 60);
    let current = office.poller.current(soon()).await.unwrap();
    let users = office.poller.users(soon()).await.unwrap();
    assert!(current.saved.reset > 0 && users.saved.reset > 0, "{current}; {users}");
    let by_night = office.row("SELECT SUM(agents_online), COUNT(*) FROM current_metric_data").await;
    assert!(by_night.get::<f64, _>(0) < online && by_night.get::<i64, _>(1) >= rows, "no row is lost");
    assert!(office.count(signed_in).await < by_day);
    let still = office.count(
        "SELECT COUNT(*) FROM current_user_data WHERE status_name = 'Signed out' AND (contacts > 0 OR contact_state IS NOT NULL)",
    );
    assert_eq!(still.await, 0, "who is offline has no contact");
}

#[tokio::test]
async fn every_agent_is_kept_with_the_status_that_the_api_tells() {
    // More than a page and more than a filter of agents could name.
    let office = Office::new(60, 400).await;
    office.poller.users(soon()).await.unwrap();
    let profiles = office.poller.store().resources(ResourceKind::RoutingProfile, soon()).await.unwrap();
    let profiles: Vec<_> = profiles.into_iter().map(|profile| profile.id).collect();
    let client = Client::from_conf(config(&office.api));
    let mut told = BTreeMap::new();
    for chunk in profiles.chunks(100) {
        let filters = UserDataFilters::builder().set_routing_profiles(Some(chunk.to_vec())).build();
        let request = client.get_current_user_data().instance_id(office.api.instance_id()).filters(filters);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            for user in page.unwrap().user_data_list() {
                let status = user.status().unwrap();
                let start = status.status_start_timestamp().unwrap().secs();
                let name = status.status_name().unwrap().to_owned();
                told.insert(user.user().unwrap().id().unwrap().to_owned(), (name, start));
            }
        }
    }
    assert!(told.len() > 100, "{}", told.len());
    let kept = office.poller.store().live_users(soon()).await.unwrap();
    let kept: BTreeMap<_, _> = kept
        .into_iter()
        .map(|user| (user.user_id, (user.status_name.unwrap(), user.status_start_time.unwrap().as_second())))
        .collect();
    assert_eq!(kept, told);
}

#[tokio::test]
async fn agents_are_kept_before_anybody_listed_users_and_statuses() {
    let office = Office::new(60, 50).await;
    let outcome = office.poller.users(soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.saved.written > 0, "{outcome}");
    assert_eq!(office.calls(Operation::ListUsers), 0);
    let users = office.poller.store().live_users(soon()).await.unwrap();
    assert!(users.iter().all(|user| user.user_name.is_none() && user.status_name.is_some()));
}

#[tokio::test]
async fn lists_are_not_read_with_every_poll() {
    let office = Office::new(60, 50).await;
    for minute in 0..3 {
        office.at(minute);
        office.poller.current(soon()).await.unwrap();
        office.poller.users(soon()).await.unwrap();
    }
    // But for routing profiles: by them agents are asked for, and none may be missing.
    let lists = [Operation::ListQueues, Operation::ListRoutingProfiles, Operation::ListUsers];
    assert_eq!(lists.map(|list| office.calls(list)), [1, 3, 0]);
}

#[tokio::test]
async fn agents_are_not_offline_whose_routing_profile_was_made_since_names_were_listed() {
    let office = Office::new(60, 200).await;
    office.poller.metadata(soon()).await.unwrap();
    office.poller.users(soon()).await.unwrap();
    let online = office.count("SELECT COUNT(*) FROM current_user_data").await;
    // As if the table's list were from before most of the profiles.
    let kind = ResourceKind::RoutingProfile;
    let mut profiles = office.poller.store().resources(kind, soon()).await.unwrap();
    profiles.truncate(2);
    let sample = Sample { sampled_at: Timestamp::now(), complete: false, rows: profiles };
    office.poller.store().save_metadata(&sample, &[kind], soon()).await.unwrap();
    let cold = office.cold_poller();
    let outcome = cold.users(soon()).await.unwrap();
    assert!(outcome.is_complete() && outcome.saved.reset == 0, "{outcome}");
    assert_eq!(outcome.saved.written, u64::try_from(online).unwrap());

    // Without the list of now, that of the table must do; then nobody is taken for offline.
    office
        .poller
        .store()
        .save_metadata(&Sample { sampled_at: Timestamp::now(), ..sample }, &[kind], soon())
        .await
        .unwrap();
    let only = Some(Operation::ListRoutingProfiles);
    office.api.set_faults(Faults { only, fail_page: Some(1), ..Faults::default() });
    let outcome = office.cold_poller().users(soon()).await.unwrap();
    assert!(matches!(outcome.first_error, Some(ApiError::Unavailable(_))), "{outcome}");
    assert!(outcome.saved.written > 0 && outcome.saved.reset == 0, "{outcome}");
}

#[tokio::test]
async fn agents_of_more_routing_profiles_than_a_filter_takes_are_all_polled() {
    let office = Office::new(390, 1560).await;
    let outcome = office.poller.users(soon()).await.unwrap();
    assert!(outcome.is_complete(), "{outcome}");
    let asked = office.api.calls().into_iter().filter(|call| call.operation == Operation::GetCurrentUserData);
    let asked: Vec<_> = asked.map(|call| (call.filter_values, call.page)).collect();
    assert!(asked.iter().all(|(values, _)| *values <= 100), "{asked:?}");
    let further = asked.iter().filter(|(values, _)| *values == 30).count();
    assert_eq!(asked.iter().filter(|(_, page)| *page == 1).count(), 2, "{asked:?}");
    assert!(further >= 2, "more than a page of agents beyond the first hundred profiles: {asked:?}");
    let profiles = "SELECT COUNT(DISTINCT routing_profile_id) FROM current_user_data";
    assert!(office.count(profiles).await > 100);
    let found = "SELECT COUNT(*) FROM current_user_data JOIN connect_metadata AS profile \
                 ON profile.kind = 'ROUTING_PROFILE' AND profile.id = routing_profile_id \
                 WHERE routing_profile_name = profile.name AND routing_profile_arn = profile.arn";
    assert_eq!(office.count(found).await, office.count("SELECT COUNT(*) FROM current_user_data").await);
}

#[tokio::test]
async fn email_is_polled_where_the_api_knows_it() {
    let office = Office::of(Options { email_metrics: true, ..Options::new(centre(60, 200)) }).await;
    for poll in 0..2 {
        office.at(poll);
        office.poller.current(soon()).await.unwrap();
    }
    let history = office.poller.history(office.at(2), soon()).await.unwrap();
    assert!(history.is_complete(), "{history}");
    assert!(office.api.calls().iter().all(|call| call.status == 200), "nothing is refused");
    for table in ["current_metric_data", "historical_metric_data"] {
        let email = format!("SELECT COUNT(*) FROM {table} WHERE channel = 'EMAIL'");
        assert!(office.count(&email).await > 0, "{table}");
    }
}

#[tokio::test]
async fn a_poll_of_agents_or_names_that_was_overtaken_changes_nothing() {
    let office = Office::new(60, 200).await;
    office.poller.metadata(soon()).await.unwrap();
    office.poller.users(soon()).await.unwrap();
    let store = office.poller.store();
    let (users, queues) = (
        "SELECT group_concat(user_id || last_updated_at) FROM current_user_data",
        "SELECT group_concat(name || last_updated_at || COALESCE(deleted_at, '')) FROM connect_metadata",
    );
    let before: [String; 2] = [office.row(users).await.get(0), office.row(queues).await.get(0)];
    let earlier = Timestamp::now() - SignedDuration::from_secs(30);
    let none = Sample { sampled_at: earlier, complete: true, rows: Vec::new() };
    let saved = store.save_current_users(&none, soon()).await.unwrap();
    assert_eq!(saved, SaveReport::default(), "nobody is offline for it");
    let mut listed = store.resources(ResourceKind::Queue, soon()).await.unwrap();
    listed.truncate(1);
    listed[0].name = "Old".to_owned();
    let listed = Sample { sampled_at: earlier, complete: true, rows: listed };
    let saved = store.save_metadata(&listed, &[ResourceKind::Queue], soon()).await.unwrap();
    assert_eq!((saved.written, saved.reset, saved.stale), (0, 0, 1));
    let after: [String; 2] = [office.row(users).await.get(0), office.row(queues).await.get(0)];
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_poll_that_was_overtaken_changes_nothing() {
    let office = Office::new(60, 50).await;
    office.at(10);
    let first = office.poller.current(soon()).await.unwrap();
    assert!(first.saved.written > 0);
    office.at(9);
    let late = office.poller.current(soon()).await.unwrap();
    assert!(late.is_unchanged() && late.is_complete(), "{late}");
    assert!(late.saved.stale > 0, "{late}");
    assert_ne!(late.saved, SaveReport::default());
}
