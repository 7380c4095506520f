//! That OpenSearch is there, and stops.

use super::*;

#[tokio::test]
async fn it_answers_and_ends_with_its_value() {
    let server = OpenSearch::start();
    let answer = server.call("GET", "/", "").await;
    assert_eq!(answer.body["version"]["distribution"], "opensearch", "{}", server.log());
    let address = server.endpoint().trim_start_matches("http://").to_owned();
    drop(server);
    assert!(std::net::TcpStream::connect(&address).is_err(), "something still listens on {address}");
}
