//! That DynamoDB Local is there, and stops.

use std::net::{Ipv4Addr, TcpStream};

use switchboard_tests::dynamodb_local::DynamoDbLocal;

#[tokio::test]
async fn it_answers_and_ends_with_its_value() {
    let server = DynamoDbLocal::start();
    let client = aws_sdk_dynamodb::Client::new(&server.sdk_config().await);
    let tables = client.list_tables().send().await.expect("an answer");
    assert_eq!(tables.table_names(), Vec::<String>::new(), "{}", server.log());
    let port = server.port();
    drop(server);
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err(), "something still listens on {port}");
}
