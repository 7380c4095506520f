//! That the emulator is there, and answers the two services that the functions lean on most.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, KeysAndAttributes,
    ScalarAttributeType,
};
use switchboard_tests::emulator::Emulator;
use switchboard_tests::wait::until;

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let s3 = aws_sdk_s3::Client::new(&Emulator::shared().sdk_config().await);
    s3.create_bucket().bucket("self-test").send().await.expect("a bucket");
    let body = b"{\"ContactId\":\"1\"}{\"ContactId\":\"2\"}";
    let put = s3.put_object().bucket("self-test").key("a b/c=1+2").body(body.to_vec().into());
    put.send().await.expect("an object");
    let got = s3.get_object().bucket("self-test").key("a b/c=1+2").send().await.expect("the object");
    let got = got.body.collect().await.expect("the object's body").into_bytes();
    assert_eq!(got.as_ref(), body);
}

#[tokio::test]
async fn items_come_back_in_one_batch() {
    let dynamodb = aws_sdk_dynamodb::Client::new(&Emulator::shared().sdk_config().await);
    let attribute =
        AttributeDefinition::builder().attribute_name("Phone").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("Phone").key_type(KeyType::Hash);
    dynamodb
        .create_table()
        .table_name("self-test")
        .attribute_definitions(attribute.build().expect("a whole attribute"))
        .key_schema(key.build().expect("a whole key"))
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .expect("a table");
    let phone = |number: &str| ("Phone".to_owned(), AttributeValue::S(number.to_owned()));
    for (number, name) in [("+61491570006", "Ada"), ("+61491570156", "Grace")] {
        let put = dynamodb.put_item().table_name("self-test").set_item(Some([phone(number)].into()));
        put.item("Name", AttributeValue::S(name.to_owned())).send().await.expect("an item");
    }
    let keys = KeysAndAttributes::builder()
        .keys([phone("+61491570006")].into())
        .keys([phone("+61491570156")].into())
        .keys([phone("+61491570157")].into());
    let found = dynamodb
        .batch_get_item()
        .request_items("self-test", keys.build().expect("whole keys"))
        .send()
        .await
        .expect("a batch");
    let found = found.responses.expect("responses").remove("self-test").expect("the table's items");
    let mut names: Vec<_> = found.iter().map(|item| item["Name"].as_s().expect("a name").as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ada", "Grace"]);
}

#[test]
fn an_emulator_ends_with_its_value() {
    let emulator = Emulator::start();
    let address = emulator.endpoint().replace("http://", "");
    assert!(TcpStream::connect(&address).is_ok());
    drop(emulator);
    assert!(TcpStream::connect(&address).is_err(), "something still listens on {address}");
}

#[test]
fn an_emulator_ends_with_a_killed_test() {
    let mut child = Command::new(std::env::current_exe().expect("this test's own path"))
        .args(["--exact", "emulator::an_emulator_to_be_abandoned", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test once more");
    let printed = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut lines = printed.lines().map_while(Result::ok);
    let port = lines.find_map(|line| line.split("http://127.0.0.1:").nth(1)?.parse::<u16>().ok());
    let port = port.expect("the other test prints its emulator's address");
    let answers = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    assert!(answers());
    child.kill().expect("a child that runs");
    child.wait().expect("a child that has ended");
    until("the abandoned emulator to end", Duration::from_secs(10), || (!answers()).then_some(()));
}

#[test]
#[ignore = "only runs inside an_emulator_ends_with_a_killed_test"]
fn an_emulator_to_be_abandoned() {
    println!("{}", Emulator::shared().endpoint());
    // Until the other test kills this process.
    std::io::stdin().read_line(&mut String::new()).expect("standard input");
}
