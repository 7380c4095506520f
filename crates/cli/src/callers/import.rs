//! `switchboard callers import`: a CSV file into the table of callers.

use std::{
    collections::HashMap,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, ensure};
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::{StreamExt, TryStreamExt, stream};
use switchboard_callers::csv_file;
use switchboard_core::phone::PhoneNumber;
use tokio::time::sleep;

use crate::{aws, outcome::CommandOutcome};

/// Items in one `BatchWriteItem`: the service takes no more.
const MAX_ITEMS: usize = 25;

/// Requests under way at once.
const AT_ONCE: usize = 8;

const AFTER_HELP: &str = "\
If two rows have the same number, the first counts. Writing the same file again changes nothing.

Example:
  switchboard callers import callers.csv --table Callers";

/// Write a CSV file into the DynamoDB table that CALLERS=dynamodb://TABLE reads.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The file: columns Phone and Name.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// The table: partition key Phone, a string.
    #[arg(long, value_name = "NAME")]
    table: String,
}

/// Imports the file.
///
/// # Errors
/// When the file can't be read, or not all of it could be written.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let rows = csv_file::read(&args.file)?;
    write_all(&Client::new(&aws::config().await?), &args.table, &rows).await?;
    writeln!(io::stdout(), "{} callers written to {}", rows.len(), args.table)?;
    Ok(CommandOutcome::Success)
}

async fn write_all(client: &Client, table: &str, rows: &[(PhoneNumber, String)]) -> anyhow::Result<()> {
    let batches = rows.chunks(MAX_ITEMS).map(|rows| write(client, table, rows));
    stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await
}

/// Writes a batch, and again what the table was too busy for.
async fn write(client: &Client, table: &str, rows: &[(PhoneNumber, String)]) -> anyhow::Result<()> {
    let mut left = rows.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    let mut waits = back_off().build();
    loop {
        let response = client.batch_write_item().request_items(table, left).send().await;
        let response = response.map_err(|error| {
            let code = aws_sdk_dynamodb::error::ProvideErrorMetadata::code(&error).map(str::to_owned);
            // The whole of it may quote an item.
            anyhow::anyhow!("{}", code.unwrap_or_else(|| error.to_string()))
        });
        let response = response.with_context(|| format!("the table {table} can't be written"))?;
        left = response.unprocessed_items.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
        let wait = waits.next();
        ensure!(wait.is_some(), "the table {table} is too busy: not all callers were written");
        sleep(wait.unwrap_or_default()).await;
    }
}

fn request((number, name): &(PhoneNumber, String)) -> anyhow::Result<WriteRequest> {
    let item = HashMap::from([
        ("Phone".to_owned(), AttributeValue::S(number.as_str().to_owned())),
        ("Name".to_owned(), AttributeValue::S(name.clone())),
    ]);
    let put = PutRequest::builder().set_item(Some(item)).build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn back_off() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(10)
        .with_jitter()
}

#[cfg(test)]
mod tests {
    //! Against a stub of `BatchWriteItem` at the SDK's HTTP client: no table is behind it.

    use std::sync::{Arc, Mutex};

    use hyper::{Request, Response};
    use serde_json::{Value, json};
    use switchboard_simulator::aws;

    use super::*;

    /// A client whose requests are answered with a status and a document, and the requests' items.
    fn client(
        react: impl Fn(usize, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> (Client, Arc<Mutex<Vec<Value>>>) {
        let requests = Arc::<Mutex<Vec<Value>>>::default();
        let seen = requests.clone();
        let config = aws::config(move |request: Request<_>| {
            let request: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            let items = request["RequestItems"]["Callers"].clone();
            let mut seen = seen.lock().unwrap();
            let (status, response) = react(seen.len(), &items);
            seen.push(items);
            Response::builder().status(status).body(response.to_string()).unwrap()
        });
        (Client::new(&config), requests)
    }

    fn rows(count: usize) -> Vec<(PhoneNumber, String)> {
        let number = |index| PhoneNumber::parse(&format!("+1202555{:04}", 100 + index)).unwrap();
        (0..count).map(|index| (number(index), format!("Caller {index}"))).collect()
    }

    #[tokio::test]
    async fn no_request_has_more_items_than_the_service_takes() {
        let (client, requests) = client(|_, _| (200, json!({})));
        write_all(&client, "Callers", &rows(60)).await.unwrap();
        let requests = requests.lock().unwrap();
        let mut sizes: Vec<_> = requests.iter().map(|items| items.as_array().unwrap().len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [10, 25, 25]);
        let first = &requests.iter().find(|items| items[0].to_string().contains("+12025550100")).unwrap()[0];
        let item = json!({ "Phone": { "S": "+12025550100" }, "Name": { "S": "Caller 0" } });
        assert_eq!(first["PutRequest"]["Item"], item);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_table_was_too_busy_for_is_written_again() {
        let (client, requests) = client(|before, items| match before {
            0 => (200, json!({ "UnprocessedItems": { "Callers": [items[2]] } })),
            _ => (200, json!({})),
        });
        write_all(&client, "Callers", &rows(3)).await.unwrap();
        let requests = requests.lock().unwrap();
        assert_eq!((requests.len(), &requests[1]), (2, &json!([requests[0][2]])));
    }

    #[tokio::test(start_paused = true)]
    async fn a_table_that_stays_busy_or_refuses_is_an_error_without_numbers() {
        let (busy, _) = client(|_, items| (200, json!({ "UnprocessedItems": { "Callers": items } })));
        let refusal = json!({ "__type": "com.amazonaws#ResourceNotFoundException", "message": "+1202" });
        let (missing, _) = client(move |_, _| (400, refusal.clone()));
        for (client, told) in [(busy, "too busy"), (missing, "ResourceNotFoundException")] {
            let error = format!("{:#}", write_all(&client, "Callers", &rows(2)).await.unwrap_err());
            assert!(error.contains(told) && !error.contains("+1202"), "{error}");
        }
    }
}
