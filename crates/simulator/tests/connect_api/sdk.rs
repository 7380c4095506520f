//! The real client of the AWS SDK.

use aws_sdk_connect::{
    Client,
    config::{BehaviorVersion, Config as SdkConfig, Credentials, Region, retry::RetryConfig},
    error::ProvideErrorMetadata,
    operation::{
        get_current_metric_data::GetCurrentMetricDataOutput, get_current_user_data::GetCurrentUserDataOutput,
        search_contacts::SearchContactsOutput,
    },
    primitives::DateTime,
    types::{
        Channel, CurrentMetric, CurrentMetricName, FilterV2, Filters, Grouping, InstanceStorageResourceType,
        IntervalDetails, IntervalPeriod, MetricV2, QueueType, SearchContactsTimeRange,
        SearchContactsTimeRangeType, SearchCriteria, StorageType, Unit, UserDataFilters,
    },
};
use switchboard_simulator::{
    connect_api::{Associations, ConnectApi, Faults, Options, SecondInstance},
    model::Config,
};

use crate::{api, config, minutes, noon, of};

fn client(api: &ConnectApi, attempts: u32) -> Client {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("ap-southeast-2"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(api.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(attempts)
                .with_initial_backoff(std::time::Duration::from_millis(1)),
        )
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn an_instance_says_where_its_data_goes() {
    let records = "arn:aws:firehose:ap-southeast-2:012345678910:deliverystream/records";
    let associations = Associations { contact_records: Some(records.to_owned()), agent_events: None };
    let api = ConnectApi::start(Options { associations, ..Options::new(config(1, 1)) }).await.unwrap();
    let client = client(&api, 1);
    let storage = async |kind| {
        let request =
            client.list_instance_storage_configs().instance_id(api.instance_id()).resource_type(kind);
        request.send().await.unwrap().storage_configs.unwrap()
    };
    let [to_delivery_stream] =
        storage(InstanceStorageResourceType::ContactTraceRecords).await.try_into().unwrap();
    assert_eq!(to_delivery_stream.storage_type, StorageType::KinesisFirehose);
    assert_eq!(to_delivery_stream.kinesis_firehose_config.unwrap().firehose_arn, records);
    assert_eq!(storage(InstanceStorageResourceType::AgentEvents).await, []);
    let instance = client.describe_instance().instance_id(api.instance_id()).send().await.unwrap();
    assert_eq!(instance.instance.unwrap().instance_alias.as_deref(), Some("example"));
    let all = client.list_instances().send().await.unwrap().instance_summary_list.unwrap();
    assert_eq!(all.iter().map(|one| one.arn.as_deref()).collect::<Vec<_>>(), [Some(api.instance_arn())]);
}

#[tokio::test]
async fn a_second_instance_has_an_alias_and_the_same_associations() {
    let events = "arn:aws:kinesis:ap-southeast-2:012345678910:stream/agent-events";
    let associations = Associations { contact_records: None, agent_events: Some(events.to_owned()) };
    let id = "00000000-0000-4000-8000-000000000002";
    let second = Some(SecondInstance { id: id.to_owned(), alias: "north".to_owned() });
    let api =
        ConnectApi::start(Options { associations, second, ..Options::new(config(1, 1)) }).await.unwrap();
    let client = client(&api, 1);
    for (id, alias) in [(api.instance_id(), "example"), (id, "north")] {
        let instance = client.describe_instance().instance_id(id).send().await.unwrap().instance.unwrap();
        assert_eq!((instance.id.as_deref(), instance.instance_alias.as_deref()), (Some(id), Some(alias)));
        let kind = InstanceStorageResourceType::AgentEvents;
        let storage = client.list_instance_storage_configs().instance_id(id).resource_type(kind);
        let storage = storage.send().await.unwrap().storage_configs.unwrap();
        assert_eq!(storage[0].kinesis_stream_config.as_ref().unwrap().stream_arn, events);
    }
    let all = client.list_instances().send().await.unwrap().instance_summary_list.unwrap();
    assert_eq!(
        all.iter().map(|one| one.id.as_deref()).collect::<Vec<_>>(),
        [Some(api.instance_id()), Some(id)]
    );
    let unknown = client.describe_instance().instance_id("00000000-0000-4000-8000-000000000003");
    assert_eq!(unknown.send().await.unwrap_err().code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn lists_are_read_to_the_end() {
    let quiet = Config { contacts_per_day: 100, ..config(250, 1200) };
    let (api, _) = of(quiet, noon()).await;
    let client = client(&api, 1);
    let queues = client.list_queues().instance_id(api.instance_id()).into_paginator().items().send();
    assert_eq!(queues.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 1450);
    let standard = client.list_queues().instance_id(api.instance_id()).queue_types(QueueType::Standard);
    let standard = standard.max_results(1000).send().await.unwrap();
    assert_eq!((standard.queue_summary_list().len(), standard.next_token()), (250, None));
    assert!(standard.queue_summary_list()[0].last_modified_time().is_some());
    let users =
        client.list_users().instance_id(api.instance_id()).max_results(1000).into_paginator().items().send();
    assert_eq!(users.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 1200);
    let profiles =
        client.list_routing_profiles().instance_id(api.instance_id()).into_paginator().items().send();
    assert_eq!(profiles.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 84);
    let statuses = client.list_agent_statuses().instance_id(api.instance_id()).send().await.unwrap();
    assert_eq!(statuses.agent_status_summary_list().len(), 5);
}

#[tokio::test]
async fn current_metrics_and_users_are_read() {
    let (api, _) = api(100, 300).await;
    let client = client(&api, 1);
    let queues =
        client.list_queues().instance_id(api.instance_id()).queue_types(QueueType::Standard).send().await;
    let ids: Vec<_> =
        queues.unwrap().queue_summary_list().iter().map(|queue| queue.id().unwrap().to_owned()).collect();
    let filters =
        Filters::builder().set_queues(Some(ids.clone())).channels(Channel::Voice).channels(Channel::Chat);
    let metric = CurrentMetric::builder().name(CurrentMetricName::ContactsInQueue).unit(Unit::Count).build();
    let pages = client
        .get_current_metric_data()
        .instance_id(api.instance_id())
        .filters(filters.build())
        .groupings(Grouping::Queue)
        .groupings(Grouping::Channel)
        .current_metrics(metric)
        .into_paginator()
        .send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0].data_snapshot_time(), Some(&DateTime::from_secs(minutes(0))));
    let rows: Vec<_> = pages.iter().flat_map(GetCurrentMetricDataOutput::metric_results).collect();
    // Every queue by both channels: all are served by day.
    assert_eq!(rows.len(), 200);
    assert_eq!(pages[0].approximate_total_count(), Some(200));
    assert!(rows.iter().all(|row| row.dimensions().unwrap().queue().unwrap().id().is_some()));
    assert!(rows.iter().all(|row| row.collections()[0].value().is_some()));

    let filters = UserDataFilters::builder().set_queues(Some(ids)).build();
    let users = client.get_current_user_data().instance_id(api.instance_id()).filters(filters);
    let users = users.into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let users: Vec<_> = users.iter().flat_map(GetCurrentUserDataOutput::user_data_list).collect();
    assert!((50..300).contains(&users.len()), "{}", users.len());
    assert!(users.iter().all(|user| user.status().unwrap().status_start_timestamp().is_some()));
    let contacts: Vec<_> = users.iter().flat_map(|user| user.contacts()).collect();
    assert!(contacts.iter().any(|contact| contact.agent_contact_state().unwrap().as_str() == "CONNECTED"));
}

#[tokio::test]
async fn intervals_are_read() {
    let (api, _) = api(5, 30).await;
    let client = client(&api, 1);
    let users = client.list_users().instance_id(api.instance_id()).send().await.unwrap();
    let ids: Vec<_> = users.user_summary_list().iter().map(|user| user.id().unwrap().to_owned()).collect();
    let answer = client
        .get_metric_data_v2()
        .resource_arn(api.instance_arn())
        .start_time(DateTime::from_secs(minutes(-60)))
        .end_time(DateTime::from_secs(minutes(0)))
        .interval(IntervalDetails::builder().interval_period(IntervalPeriod::FifteenMin).build())
        .filters(FilterV2::builder().filter_key("AGENT").set_filter_values(Some(ids)).build())
        .groupings("AGENT")
        .metrics(MetricV2::builder().name("AGENT_OCCUPANCY").build())
        .send()
        .await
        .unwrap();
    let row = &answer.metric_results()[0];
    assert_eq!(row.metric_interval().unwrap().interval(), Some(&IntervalPeriod::FifteenMin));
    assert!(row.dimensions().unwrap().contains_key("AGENT"));
}

#[tokio::test]
async fn errors_are_the_clients_own() {
    let (api, _) = api(3, 5).await;
    let once = client(&api, 1);
    let error =
        once.list_users().instance_id("00000000-0000-4000-8000-000000000000").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_resource_not_found_exception());
    let error = once.list_users().instance_id(api.instance_id()).max_results(0).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_invalid_parameter_exception());
    let filters = UserDataFilters::builder().build();
    let error = once.get_current_user_data().instance_id(api.instance_id()).filters(filters).send().await;
    assert!(error.unwrap_err().as_service_error().unwrap().is_invalid_request_exception());
    api.set_faults(Faults { throttle_every: Some(1), ..Faults::default() });
    let error = once.list_users().instance_id(api.instance_id()).send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_throttling_exception());
    assert_eq!(error.message(), Some("Too Many Requests"));
    api.set_faults(Faults { unreadable: true, ..Faults::default() });
    once.list_users().instance_id(api.instance_id()).send().await.unwrap_err();
}

#[tokio::test]
async fn a_client_that_tries_again_gets_through() {
    let (api, _) = api(3, 5).await;
    api.set_faults(Faults { throttle_every: Some(2), ..Faults::default() });
    let client = client(&api, 3);
    for _ in 0..4 {
        client.list_users().instance_id(api.instance_id()).send().await.unwrap();
    }
    let statuses: Vec<u16> = api.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 429, 200, 429, 200, 429, 200]);
}

#[tokio::test]
async fn contacts_are_searched_for_and_described() {
    let (api, _) = api(3, 10).await;
    let client = client(&api, 1);
    let time = SearchContactsTimeRange::builder()
        .r#type(SearchContactsTimeRangeType::DisconnectTimestamp)
        .start_time(DateTime::from_secs(minutes(-120)))
        .end_time(DateTime::from_secs(minutes(0)))
        .build()
        .unwrap();
    let criteria = SearchCriteria::builder().channels(Channel::Voice).build();
    let search = client.search_contacts().instance_id(api.instance_id()).time_range(time);
    let found = search.search_criteria(criteria).max_results(10).into_paginator().send();
    let pages = found.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert!(pages.len() > 1);
    let contacts: Vec<_> = pages.iter().flat_map(SearchContactsOutput::contacts).collect();
    assert_eq!(pages[0].total_count(), i64::try_from(contacts.len()).ok());
    let answered = contacts.iter().find(|contact| contact.agent_info().is_some()).unwrap();
    let id = answered.id().unwrap();
    let described =
        client.describe_contact().instance_id(api.instance_id()).contact_id(id).send().await.unwrap();
    let contact = described.contact().unwrap();
    assert_eq!(contact.id(), Some(id));
    assert_eq!(contact.channel(), Some(&Channel::Voice));
    assert_eq!(contact.initiation_timestamp(), answered.initiation_timestamp());
    assert_eq!(contact.disconnect_timestamp(), answered.disconnect_timestamp());
    let agent = contact.agent_info().unwrap();
    assert_eq!(
        agent.connected_to_agent_timestamp(),
        answered.agent_info().unwrap().connected_to_agent_timestamp()
    );
    assert!(agent.after_contact_work_duration().is_some() && contact.customer_endpoint().is_some());
    let unknown = client.describe_contact().instance_id(api.instance_id()).contact_id("unknown").send().await;
    assert!(unknown.unwrap_err().as_service_error().unwrap().is_resource_not_found_exception());
}
