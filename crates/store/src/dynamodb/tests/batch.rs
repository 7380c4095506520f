//! Batches that DynamoDB deals with in part.

use std::sync::Mutex;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::*;
use crate::dynamodb::batch::{self, Item};

/// The items that the stub deals with in one request. The service's own limits are 100 and 25.
const AT_ONCE: usize = 7;

/// A stub in place of the SDK's HTTP client: a table that holds what was put, and leaves out all but a few items of a request.
#[derive(Debug, Clone, Default)]
struct BusyTable {
    items: Arc<Mutex<Vec<Value>>>,
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl HttpConnector for BusyTable {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let wanted = &request["RequestItems"]["t"];
        let mut items = self.items.lock().unwrap();
        let answer = if let Some(puts) = wanted.as_array() {
            self.sizes.lock().unwrap().push(puts.len());
            let (taken, left) = puts.split_at(puts.len().min(AT_ONCE));
            items.extend(taken.iter().map(|put| put["PutRequest"]["Item"].clone()));
            json!({ "UnprocessedItems": if left.is_empty() { json!({}) } else { json!({ "t": left }) } })
        } else {
            assert_eq!(wanted["ConsistentRead"], true);
            let keys = wanted["Keys"].as_array().unwrap();
            self.sizes.lock().unwrap().push(keys.len());
            let (taken, left) = keys.split_at(keys.len().min(AT_ONCE));
            let found: Vec<_> = taken.iter().filter(|key| items.contains(key)).collect();
            let left = if left.is_empty() { json!({}) } else { json!({ "t": { "Keys": left } }) };
            json!({ "Responses": { "t": found }, "UnprocessedKeys": left })
        };
        let body = SdkBody::from(answer.to_string());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), body)))
    }
}

impl HttpClient for BusyTable {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn items(numbers: std::ops::Range<u32>) -> Vec<Item> {
    numbers.map(|number| Item::from([("k".to_owned(), AttributeValue::N(number.to_string()))])).collect()
}

#[tokio::test(start_paused = true)]
async fn items_that_were_left_out_are_put_and_got_all_the_same() {
    let table = BusyTable::default();
    let client = over(table.clone());
    batch::put(&client, "t", items(0..130)).await.unwrap();
    assert_eq!(table.items.lock().unwrap().len(), 130, "each is put once");
    assert_eq!(table.sizes.lock().unwrap().iter().max(), Some(&25), "the service takes no more");

    table.sizes.lock().unwrap().clear();
    let found = batch::get(&client, "t", &items(0..260)).await.unwrap();
    assert_eq!(found, items(0..130), "each is got once, and those that are not there are not");
    assert_eq!(table.sizes.lock().unwrap().iter().max(), Some(&100), "the service takes no more");
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_nothing_asks_nothing() {
    let (client, requests) = refused("AccessDeniedException", 3600);
    batch::put(&client, "t", Vec::new()).await.unwrap();
    assert_eq!(batch::get(&client, "t", &[]).await, Ok(Vec::new()));
    assert_eq!(requests.load(SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_batch_is_told_at_once() {
    let (client, requests) = refused("AccessDeniedException", 3600);
    let refusal = StoreError::Rejected("AccessDeniedException".to_owned());
    assert_eq!(batch::put(&client, "t", items(0..30)).await, Err(refusal.clone()));
    assert_eq!(batch::get(&client, "t", &items(0..1)).await, Err(refusal));
    assert_eq!(requests.load(SeqCst), 2);
}
