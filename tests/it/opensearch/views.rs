//! What each view asks, as Dashboards would ask it, and what comes back.

use std::collections::BTreeSet;

use super::*;
use saved::{Object, objects};

/// A view's rows: the keys of its buckets, from the outer one in, and the value of each metric by its number.
type Rows = BTreeMap<Vec<String>, BTreeMap<String, f64>>;

/// The request that Dashboards makes of a view's aggregations, the filters on time and text left out.
fn request(view: &Object) -> Value {
    let state = view.inner("/visState");
    let all = state["aggs"].as_array().expect("aggregations");
    let (metrics, buckets): (Vec<_>, Vec<_>) = all.iter().partition(|one| one["schema"] == "metric");
    let metrics: serde_json::Map<_, _> = metrics
        .into_iter()
        .map(|one| (id(one), json!({(kind(one)): {"field": one["params"]["field"]}})))
        .collect();
    let innermost = metrics.clone();
    let aggregations = buckets.into_iter().rev().fold(innermost, |inner, bucket| {
        let mut inside = metrics.clone();
        inside.extend(inner);
        serde_json::Map::from_iter([(id(bucket), json!({(kind(bucket)): split(bucket), "aggs": inside}))])
    });
    json!({"size": 0, "aggs": aggregations})
}

fn split(bucket: &Value) -> Value {
    let params = &bucket["params"];
    match kind(bucket).as_str() {
        "date_histogram" => json!({
            "field": params["field"], "calendar_interval": format!("1{}", params["interval"].as_str().expect("an interval")),
            "time_zone": "UTC", "min_doc_count": params["min_doc_count"],
        }),
        "terms" => {
            let mut terms = json!({
                "field": params["field"], "size": params["size"],
                "order": {(params["orderBy"].as_str().expect("an order")): params["order"]},
            });
            if params["missingBucket"] == true {
                terms["missing"] = params["missingBucketLabel"].clone();
            }
            terms
        }
        other => panic!("say how Dashboards asks for {other}"),
    }
}

fn id(aggregation: &Value) -> String {
    text(aggregation, "/id").expect("a number")
}

fn kind(aggregation: &Value) -> String {
    text(aggregation, "/type").expect("a type")
}

/// The rows of an answer.
fn rows(aggregations: &Value, before: &[String], rows: &mut Rows) {
    let all = aggregations.as_object().expect("aggregations");
    let Some(buckets) = all.values().find_map(|one| one["buckets"].as_array()) else {
        let metrics = all.iter().filter_map(|(id, one)| Some((id.clone(), one.get("value")?.as_f64()?)));
        rows.insert(before.to_vec(), metrics.collect());
        return;
    };
    for bucket in buckets {
        let key = text(bucket, "/key_as_string").or_else(|| text(bucket, "/key")).expect("a key");
        let inside = bucket.as_object().expect("a bucket").iter().filter(|(_, one)| one.is_object());
        let inside = Value::Object(inside.map(|(id, one)| (id.clone(), one.clone())).collect());
        self::rows(&inside, &[before, &[key]].concat(), rows);
    }
}

/// What a view shows of an index.
async fn shown(server: &OpenSearch, index: &str, view: &str) -> Rows {
    let objects = objects();
    let view = objects.iter().find(|one| one.id == view).expect("a view");
    assert_eq!(view.pattern(&objects), "connect");
    let answer = server.call("POST", &format!("/{index}/_search"), request(view).to_string()).await;
    assert_eq!(answer.status, 200, "{}: {}", view.id, answer.body);
    let mut all = Rows::new();
    rows(&answer.body["aggregations"], &[], &mut all);
    all
}

/// What is expected of a view: the newest copies by these keys, contacts that lack one left out.
fn expected<const N: usize>(
    documents: &[Value],
    keys: impl Fn(&Value) -> Option<[String; N]>,
) -> BTreeMap<Vec<String>, Vec<&Value>> {
    let mut groups = BTreeMap::<Vec<String>, Vec<&Value>>::new();
    for document in newest(documents).into_values() {
        if let Some(keys) = keys(document) {
            groups.entry(keys.to_vec()).or_default().push(document);
        }
    }
    groups
}

fn assert_calls(shown: &Rows, expected: &BTreeMap<Vec<String>, Vec<&Value>>) {
    assert_eq!(shown.keys().collect::<BTreeSet<_>>(), expected.keys().collect());
    for (keys, documents) in expected {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let calls = documents.len() as f64;
        assert!((shown[keys]["1"] - calls).abs() < 0.5, "{keys:?}: {} for {calls}", shown[keys]["1"]);
    }
}

fn assert_mean(shown: &Rows, metric: &str, expected: &BTreeMap<Vec<String>, Vec<&Value>>, pointer: &str) {
    for (keys, documents) in expected {
        let values: Vec<_> =
            documents.iter().filter_map(|one| one.pointer(pointer).and_then(Value::as_f64)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let shown = shown[keys].get(metric).copied();
        assert!(
            (shown.unwrap_or(-1.0) - mean.unwrap_or(-1.0)).abs() < 1e-6,
            "{keys:?}: {shown:?} for {mean:?}"
        );
    }
}

/// `2026-11-02T07` of `2026-11-02T07:00:12`.
fn hour(document: &Value) -> Option<String> {
    Some(text(document, "/@timestamp")?.split(':').next()?.to_owned())
}

#[tokio::test]
async fn calls_are_counted_by_the_hour_and_by_the_day() {
    let (server, documents) = (prepared().await, simulated(700).await);
    index_all(server, "connect-hours", &documents).await;
    let hours = expected(&documents, |one| Some([format!("{}:00:00.000Z", hour(one)?)]));
    assert!(hours.len() > 24, "{} hours", hours.len());
    assert_calls(&shown(server, "connect-hours", "calls-per-hour").await, &hours);
    let day = |one: &Value| Some([format!("{}T00:00:00.000Z", hour(one)?.split('T').next()?)]);
    assert_calls(&shown(server, "connect-hours", "calls-per-day").await, &expected(&documents, day));
}

#[tokio::test]
async fn calls_are_counted_by_queue_with_the_wait_and_the_talk() {
    let (server, documents) = (prepared().await, simulated(500).await);
    index_all(server, "connect-queues", &documents).await;
    let queues =
        expected(&documents, |one| Some([text(one, "/Queue/Name").unwrap_or_else(|| "None".into())]));
    assert!(queues.len() > 2 && queues.contains_key(&vec!["None".to_owned()]), "{:?}", queues.keys());
    let shown = shown(server, "connect-queues", "calls-per-queue").await;
    assert_calls(&shown, &queues);
    assert_mean(&shown, "3", &queues, "/Queue/Duration");
    assert_mean(&shown, "4", &queues, "/Agent/AgentInteractionDuration");
}

#[tokio::test]
async fn calls_are_counted_by_caller_and_by_agent() {
    let (server, documents) = (prepared().await, simulated(500).await);
    index_all(server, "connect-people", &documents).await;
    let caller =
        |one: &Value| Some([text(one, "/CustomerEndpoint/Name")?, text(one, "/CustomerEndpoint/Address")?]);
    let callers = expected(&documents, caller);
    assert!(callers.len() > 10, "{} callers", callers.len());
    assert_calls(&shown(server, "connect-people", "calls-per-caller").await, &callers);
    let agents = expected(&documents, |one| Some([text(one, "/Agent/Username")?]));
    let shown = shown(server, "connect-people", "calls-per-agent").await;
    assert_calls(&shown, &agents);
    assert_mean(&shown, "3", &agents, "/Agent/AfterContactWorkDuration");
}

#[tokio::test]
async fn a_users_calls_and_clicks_are_found_together() {
    // A server of its own: the view searches every index there is.
    let server = OpenSearch::start();
    load(&server).await;
    let call = |id: &str, name: &str| json!({"ContactId": id, "@timestamp": "2026-11-02T07:00:12", "CustomerEndpoint": {"Name": name, "Address": "+61491570156"}});
    index_all(&server, "connect", &[call("a", "Maren Holloway"), call("b", "Avery Quill")]).await;
    // As the workshop's clickstream index is: made by its first document, with a user's name.
    let click = |user: &str, at: &str| json!({"@timestamp": at, "user": user, "request": "GET /checkout HTTP/1.1", "response": 200});
    let clicks = [click("maren holloway", "2026-11-02T06:58:00"), click("quill", "2026-11-02T06:59:00")];
    index_all(&server, "clickstream", &clicks).await;

    let objects = objects();
    let view = objects.iter().find(|one| one.id == "combined-profile").expect("the view");
    let order = view.attributes["sort"].as_array().expect("an order").iter().map(
        |one| json!({(one[0].as_str().expect("a field")): {"order": one[1], "unmapped_type": "boolean"}}),
    );
    let order: Vec<_> = order.collect();
    let found = async |words: &str| {
        // What Dashboards makes of words typed into its search bar.
        let query = json!({"multi_match": {"type": "best_fields", "query": words, "lenient": true, "operator": "and"}});
        let request = json!({"sort": order, "query": query}).to_string();
        let answer = server.call("POST", &format!("/{}/_search", view.pattern(&objects)), request).await.body;
        let hits = answer["hits"]["hits"].as_array().expect("hits").iter();
        hits.map(|hit| text(hit, "/_index").expect("an index")).collect::<Vec<_>>()
    };
    assert_eq!(found("holloway").await, ["connect", "clickstream"], "the newest first");
    assert_eq!(found("Maren Holloway").await, ["connect", "clickstream"]);
    assert_eq!(found("quill").await, ["connect", "clickstream"]);
    assert_eq!(found("+61491570156").await, ["connect", "connect"]);
    assert_eq!(found("nobody").await, Vec::<String>::new());
}
