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
use switchboard_runtime::aws;
use tokio::time::sleep;

use crate::outcome::Outcome;

/// Items in one `BatchWriteItem`: the service takes no more.
const MAX_ITEMS: usize = 25;

/// Requests under way at once.
const AT_ONCE: usize = 8;

const AFTER_HELP: &str = "\
Of two rows with one number the first counts. Writing the same file again changes nothing.

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
pub(crate) async fn run(args: Args) -> anyhow::Result<Outcome> {
    let rows = csv_file::read(&args.file)?;
    let client = Client::new(&aws::config().await);
    let batches = rows.chunks(MAX_ITEMS).map(|rows| write(&client, &args.table, rows));
    stream::iter(batches).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    writeln!(io::stdout(), "{} callers written to {}", rows.len(), args.table)?;
    Ok(Outcome::Fine)
}

/// Writes a batch, and again what the table was too busy for.
async fn write(client: &Client, table: &str, rows: &[(PhoneNumber, String)]) -> anyhow::Result<()> {
    let mut left = rows.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    let mut waits = back_off().build();
    loop {
        let answer = client.batch_write_item().request_items(table, left).send().await;
        let answer = answer.map_err(|error| {
            let code = aws_sdk_dynamodb::error::ProvideErrorMetadata::code(&error).map(str::to_owned);
            // The whole of it may quote an item.
            anyhow::anyhow!("{}", code.unwrap_or_else(|| error.to_string()))
        });
        let answer = answer.with_context(|| format!("the table {table} can't be written"))?;
        left = answer.unprocessed_items.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
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
