//! Places to keep contacts in.

use aws_sdk_dynamodb::Client;
use switchboard_contacts::dynamodb::create_table;
use switchboard_contacts::store::Store;
use switchboard_tests::dynamodb_local::DynamoDbLocal;
use switchboard_tests::slow::Slow;
use tempfile::TempDir;

use super::Meter;

/// One place, empty at first.
pub(super) enum Place {
    DynamoDb { table: String, meter: Meter },
    Sqlite(TempDir),
}

/// One of each kind; `name` is the test's own.
pub(super) async fn places(name: &str) -> [Place; 2] {
    [Place::dynamodb(name).await, Place::Sqlite(tempfile::tempdir().expect("a folder"))]
}

impl Place {
    pub(super) async fn dynamodb(name: &str) -> Self {
        let table = format!("contacts-{name}");
        create_table(&client().await, &table).await.expect("a table");
        Self::DynamoDb { table, meter: Meter::default() }
    }

    /// A store of its own, as another process would have one.
    pub(super) async fn open(&self, retention_minutes: u32) -> Store {
        match self {
            Self::DynamoDb { table, meter } => {
                Store::dynamodb(&metered(meter).await, table.clone(), retention_minutes)
            }
            Self::Sqlite(folder) => {
                let path = folder.path().join("contacts.db");
                Store::sqlite(&path, retention_minutes).await.expect("a file")
            }
        }
    }

    /// A store as far away as this proxy makes it.
    pub(super) async fn open_through(&self, proxy: &Slow) -> Store {
        let Self::DynamoDb { table, meter } = self else { panic!("a table") };
        let endpoint = format!("http://127.0.0.1:{}", proxy.port());
        let config = metered(meter).await.config().to_builder().endpoint_url(endpoint).build();
        Store::dynamodb(&Client::from_conf(config), table.clone(), super::DAY)
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::DynamoDb { .. } => "DynamoDB",
            Self::Sqlite(_) => "SQLite",
        }
    }
}

/// A client of the tests themselves.
pub(super) async fn client() -> Client {
    Client::new(&DynamoDbLocal::shared().sdk_config().await)
}

/// A client whose requests are counted.
async fn metered(meter: &Meter) -> Client {
    let config = aws_sdk_dynamodb::config::Builder::from(&DynamoDbLocal::shared().sdk_config().await);
    Client::from_conf(config.interceptor(meter.clone()).build())
}
