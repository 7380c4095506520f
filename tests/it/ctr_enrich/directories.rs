//! Callers from each kind of directory, and what a bad one costs.

use std::{collections::HashMap, time::Instant};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use switchboard_tests::directory::{Behaviour, Directory, Instead};
use switchboard_tests::emulator::Emulator;

use super::*;

fn names(count: usize) -> HashMap<String, String> {
    (0..count).map(|n| (number(n), format!("Caller {n}"))).collect()
}

#[test]
fn an_http_directory_is_asked_once_for_each_number_and_remembered() {
    let directory = Directory::start(Behaviour { names: names(40), ..Behaviour::default() });
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url()), ("CALLERS_CONCURRENCY", "8")]);
    let batch = event((0..200).map(|n| call(&number(n % 50))));
    for _ in 0..2 {
        for (n, one) in answers(&lambda, &batch, MINUTE).iter().enumerate() {
            assert_eq!((one.id.as_str(), one.result.as_str()), (n.to_string().as_str(), "Ok"));
            let name = (n % 50 < 40).then(|| format!("Caller {}", n % 50));
            assert_eq!(one.endpoint()["Name"].as_str(), name.as_deref());
            assert_eq!(one.endpoint()["NameLookup"], Value::Null);
            assert_eq!(one.document()["@timestamp"], "2026-11-02T07:00:12");
            assert!(one.text.ends_with("}\n"));
        }
    }
    assert_eq!(directory.requests(), 50, "unknown numbers are remembered, too");
    assert!((1..=8).contains(&directory.most_in_flight()), "{}", directory.most_in_flight());
    assert!(directory.paths().iter().all(|path| path.starts_with("/api/user/%2B1202555")));
}

#[test]
fn a_directory_that_fails_at_first_is_asked_again() {
    let directory = Directory::start(Behaviour { names: names(3), fail_first: 2, ..Behaviour::default() });
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url())]);
    let all = answers(&lambda, &event((0..3).map(|n| call(&number(n)))), MINUTE);
    assert!(all.iter().all(|one| one.endpoint()["Name"].is_string()));
}

#[test]
fn a_failing_directory_marks_the_record_and_names_nobody() {
    for instead in [Instead::HtmlPage, Instead::Status(403), Instead::Status(500), Instead::Hang] {
        let directory = Directory::start(Behaviour { instead: Some(instead), ..Behaviour::default() });
        let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url()), ("CALLERS_TIMEOUT_MS", "100")]);
        let all = answers(&lambda, &event([call(&number(1))]), MINUTE);
        assert_eq!(all[0].result, "Ok", "{instead:?}");
        assert_eq!(all[0].endpoint()["NameLookup"], "failed", "{instead:?}");
        assert_eq!(all[0].endpoint()["Name"], Value::Null, "{instead:?}");
        let counted = lambda.logs().iter().any(|line| line.contains(r#""LookupsFailed":1"#));
        assert!(counted, "{instead:?}: {:?}", lambda.logs());
    }
}

#[test]
fn a_hanging_directory_costs_no_more_than_the_time_there_is() {
    let directory = Directory::start(Behaviour { instead: Some(Instead::Hang), ..Behaviour::default() });
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url()), ("CALLERS_TIMEOUT_MS", "60000")]);
    let time_left = Duration::from_secs(3);
    let began = Instant::now();
    let all = answers(&lambda, &event((0..100).map(|n| call(&number(n)))), time_left);
    assert!(all.iter().all(|one| one.result == "Ok" && one.endpoint()["NameLookup"] == "failed"));
    assert!(began.elapsed() >= Duration::from_secs(2), "it waited as long as it could");
}

#[test]
fn the_key_of_a_directory_comes_from_a_secret() {
    let behaviour =
        Behaviour { names: names(1), key: Some(("x-api-key", "open sesame")), ..Behaviour::default() };
    let directory = Directory::start(behaviour);
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("crm.json");
    std::fs::write(&secret, r#"{"header":"x-api-key","value":"open sesame"}"#).expect("a secret");
    let secret = format!("file://{}", secret.display());
    let lambda = Lambda::start(NAME, &[("CALLERS", &directory.url()), ("CALLERS_SECRET", &secret)]);
    let all = answers(&lambda, &event([call(&number(0))]), MINUTE);
    assert_eq!(all[0].endpoint()["Name"], "Caller 0");
    let without = Lambda::start(NAME, &[("CALLERS", &directory.url())]);
    assert_eq!(answers(&without, &event([call(&number(0))]), MINUTE)[0].endpoint()["NameLookup"], "failed");
}

#[tokio::test]
async fn the_key_may_be_kept_in_secrets_manager() {
    let emulator = Emulator::shared();
    let secrets = aws_sdk_secretsmanager::Client::new(&emulator.sdk_config().await);
    let secret =
        secrets.create_secret().name("crm").secret_string(r#"{"header":"x-api-key","value":"open sesame"}"#);
    let arn = secret.send().await.expect("a secret").arn.expect("its ARN");
    let behaviour =
        Behaviour { names: names(1), key: Some(("x-api-key", "open sesame")), ..Behaviour::default() };
    let directory = Directory::start(behaviour);
    let (url, place) = (directory.url(), format!("secretsmanager://{arn}"));
    let mut env = emulator.env();
    env.extend([("CALLERS", url.as_str()), ("CALLERS_SECRET", place.as_str())]);
    let lambda = Lambda::start(NAME, &env);
    assert_eq!(answers(&lambda, &event([call(&number(0))]), MINUTE)[0].endpoint()["Name"], "Caller 0");
    assert!(!lambda.logs().concat().contains("sesame"));
}

#[tokio::test]
async fn a_table_in_dynamodb_is_read_in_batches() {
    let emulator = Emulator::shared();
    let dynamodb = aws_sdk_dynamodb::Client::new(&emulator.sdk_config().await);
    let phone = AttributeDefinition::builder().attribute_name("Phone").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("Phone").key_type(KeyType::Hash);
    let table = dynamodb
        .create_table()
        .table_name("callers")
        .attribute_definitions(phone.build().expect("an attribute"))
        .key_schema(key.build().expect("a key"))
        .billing_mode(BillingMode::PayPerRequest);
    table.send().await.expect("a table");
    for n in 0..230 {
        let put = dynamodb.put_item().table_name("callers").item("Phone", AttributeValue::S(number(n)));
        put.item("Name", AttributeValue::S(format!("Caller {n}"))).send().await.expect("an item");
    }
    let mut env = emulator.env();
    env.push(("CALLERS", "dynamodb://callers"));
    let lambda = Lambda::start(NAME, &env);
    let all = answers(&lambda, &event((0..250).map(|n| call(&number(n)))), MINUTE);
    for (n, one) in all.iter().enumerate() {
        let name = (n < 230).then(|| format!("Caller {n}"));
        assert_eq!(one.endpoint()["Name"].as_str(), name.as_deref(), "{n}");
    }
    let metrics = lambda.logs().concat();
    assert!(metrics.contains(r#""Lookups":250"#) && metrics.contains(r#""CallersUnknown":20"#), "{metrics}");
}
