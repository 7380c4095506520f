//! Data that flows record, and calls that are answered with an error.

use super::*;

#[tokio::test]
async fn data_is_kept_under_its_own_prefix_and_over_nothing_reserved() {
    let centre = Centre::open().await;
    assert_says(&centre.answer(&sample("record")).await, &[("Result", "Ok"), ("Recorded", "4")]);
    let view = Value::from(centre.status("a2c1acc6-a29d-4148-87c2-4dcf26205271").await.view());
    for (name, expected) in [
        ("Data_reason", "delivery"),
        ("Data_parcel", "2 of 3"),
        ("Data_Connect_Channel", "FAX"),
        ("Data_Status", "COMPLETED"),
        ("Connect_Channel", "VOICE"),
        ("Customer_Identifier", "+61491572549"),
    ] {
        assert_eq!(view[name], expected, "{name}");
    }
    assert_eq!(view["Status"], Value::Null, "a flow says nothing of where the contact stands");
    let history = centre.flows.store.history("a2c1acc6-a29d-4148-87c2-4dcf26205271", now()).await.unwrap();
    assert_eq!(history.len(), 1);
}

#[tokio::test]
async fn what_is_no_text_is_kept_as_json() {
    let centre = Centre::open().await;
    assert_says(&centre.answer(&sample("record-nested")).await, &[("Result", "Ok"), ("Recorded", "2")]);
    let status = centre.status("a2c1acc6-a29d-4148-87c2-4dcf26205271").await;
    let data: BTreeMap<_, _> = status.data().collect();
    assert_eq!(
        serde_json::from_str::<Value>(data["order"]).unwrap(),
        json!({"id": 4711, "lines": ["a", "b"]})
    );
    assert_eq!(data["total"], "12.5");
    assert_eq!(data.len(), 2);
}

#[tokio::test]
async fn the_latest_data_counts() {
    let centre = Centre::open().await;
    for (second, colour) in [(10, "red"), (30, "blue"), (20, "green")] {
        let context = CallContext { now: now().now + Duration::from_secs(second), ..now() };
        let asked = call("c", &json!({"Action": "Record", "colour": colour}));
        assert_says(&centre.flows.answer(&asked, context).await.answer, &[("Recorded", "1")]);
    }
    assert_eq!(centre.status("c").await.data().collect::<Vec<_>>(), [("colour", "blue")]);
}

#[tokio::test]
async fn a_retry_has_the_effect_of_one_call() {
    let centre = Centre::open().await;
    let asked = call("c", &json!({"Action": "Record", "colour": "red", "n": 1}));
    for millis in [0, 50, 3_000] {
        let context = CallContext { now: now().now + Duration::from_millis(millis), ..now() };
        assert_says(
            &centre.flows.answer(&asked, context).await.answer,
            &[("Result", "Ok"), ("Recorded", "2")],
        );
    }
    let history = async || centre.flows.store.history("c", now()).await.unwrap();
    assert_eq!(history().await.len(), 1);
    assert_eq!(centre.status("c").await.time(SystemAttribute::LatestFlowCall), Some(now().now));
    // The same words after others are said anew.
    for (millis, colour) in [(4_000, "blue"), (5_000, "red"), (5_050, "red")] {
        let context = CallContext { now: now().now + Duration::from_millis(millis), ..now() };
        let asked = call("c", &json!({"Action": "Record", "colour": colour, "n": 1}));
        assert_says(&centre.flows.answer(&asked, context).await.answer, &[("Result", "Ok")]);
    }
    assert_eq!(history().await.len(), 3);
    assert_eq!(centre.status("c").await.data().collect::<Vec<_>>(), [("colour", "red"), ("n", "1")]);
}

#[tokio::test]
async fn a_contact_holds_so_many_names_and_no_more() {
    let centre = Centre::open().await;
    let record = async |from: usize, to: usize| {
        let mut parameters = json!({"Action": "Record"});
        let pairs = (from..to).map(|n| (format!("n{n}"), json!("1")));
        parameters.as_object_mut().unwrap().extend(pairs);
        centre.answer(&call("c", &parameters)).await
    };
    assert_says(&record(0, 30).await, &[("Recorded", "30")]);
    assert_fails(&record(30, 51).await, "TooMuchData");
    assert_says(&record(30, 50).await, &[("Recorded", "20")]);
    assert_fails(&record(50, 51).await, "TooMuchData");
    // A name that is there takes no more room.
    assert_says(&record(40, 50).await, &[("Recorded", "10")]);
    assert_eq!(centre.status("c").await.data().count(), 50);
}

#[tokio::test]
async fn a_contact_holds_so_many_bytes_and_no_more() {
    let centre = Centre::open().await;
    let record = async |second: u64, name: &str, bytes: usize| {
        let context = CallContext { now: now().now + Duration::from_secs(second), ..now() };
        let asked = call("c", &json!({"Action": "Record", name: "x".repeat(bytes)}));
        centre.flows.answer(&asked, context).await.answer
    };
    assert_fails(&record(1, "a", 8 * 1024).await, "TooMuchData");
    assert_says(&record(2, "a", 8 * 1024 - 1).await, &[("Result", "Ok")]);
    assert_fails(&record(3, "b", 0).await, "TooMuchData");
    assert_says(&record(4, "a", 1_000).await, &[("Result", "Ok")]);
    assert_says(&record(5, "b", 0).await, &[("Result", "Ok")]);
}

#[tokio::test]
async fn what_can_not_be_done_is_an_answer() {
    let centre = Centre::open().await;
    assert_fails(&centre.answer(&sample("unknown-action")).await, "UnknownAction");
    assert_fails(&centre.answer(&sample("no-contact-id")).await, "NoContactId");
    assert_fails(&centre.answer(&sample("record-nothing")).await, "NothingToRecord");
    for event in ["{}", "[]", "null", r#"{"Details":7}"#] {
        assert_fails(&centre.answer(event).await, "NotAFlowCall");
    }
    for contact in [String::new(), "x".repeat(257)] {
        let asked = call(&contact, &json!({"Action": "Record", "a": "1"}));
        assert_fails(&centre.answer(&asked).await, "NoContactId");
    }
    let window = call("c", &json!({"Action": "Lookup", "WindowMinutes": "soon"}));
    assert_fails(&centre.answer(&window).await, "BadWindowMinutes");
    let name = call("c", &json!({"Action": "Record", "a": "1", "": "2"}));
    assert_fails(&centre.answer(&name).await, "BadParameterName");
    assert_eq!(centre.flows.store.status("c", now()).await, Ok(None));
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_an_answer_in_time() {
    let centre = Centre::open().await;
    let options = SqliteConnectOptions::new().filename(&centre.file);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let context = CallContext { deadline: Instant::now() + Duration::from_millis(200), ..now() };
    let asked = call("c", &json!({"Action": "Record", "a": "1"}));
    assert_fails(&centre.flows.answer(&asked, context).await.answer, "Deadline");
}

#[tokio::test]
async fn a_store_that_refuses_is_an_answer() {
    let centre = Centre::open().await;
    let options = SqliteConnectOptions::new().filename(&centre.file);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("DROP TABLE registers").execute(&mut other).await.unwrap();
    let asked = call("c", &json!({"Action": "Record", "a": "1"}));
    let answered = centre.flows.answer(&asked, now()).await;
    assert_fails(&answered.answer, "StoreUnavailable");
    assert_eq!(answered.metrics.get(Metric::FlowErrors), 1);
    assert_fails(&centre.ask("c").await, "StoreUnavailable");
}
