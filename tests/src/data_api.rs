//! A stand-in for the RDS Data API: the REST operations of `rds-data`, with the statements, their parameters and types
//! run on a real PostgreSQL server, transactions included. Written here, as nothing real can be had without AWS.
//!
//! As the service does, it takes one statement at a time, requests up to 4 MiB, named parameters of the types that it
//! documents, and answers 1 MiB and 64 KiB a row at most; a cluster that scaled to zero is resumed by being asked. What
//! it doesn't do: check signatures and secrets, end forgotten transactions, batches, arrays, other hints than JSON.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_config::SdkConfig;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use serde_json::{Value, json};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgRow, PgTypeInfo};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row as _, TypeInfo as _};

use crate::loopback::{Loopback, plain, serve};
use crate::{postgres, sdk};

/// The most of a request.
const REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// The most of an answer.
const ANSWER_BYTES: usize = 1024 * 1024;
/// The most of a row.
const ROW_BYTES: usize = 64 * 1024;

/// The stand-in on a loopback port; stopped on drop.
#[derive(Debug)]
pub struct DataApi {
    server: Loopback,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    port: u16,
    /// How many more statements are answered as by a cluster that wakes up.
    resuming: AtomicU64,
    /// What the next statements are answered with, and how many of them.
    refusing: Mutex<(u64, &'static str)>,
    /// After how many more statements within transactions one fails.
    failing_after: Mutex<Option<u64>>,
    requests: AtomicU64,
    next: AtomicU64,
    transactions: Mutex<HashMap<String, PgConnection>>,
}

/// A refusal: the service's exception, and its message.
struct Rejected(u16, &'static str, String);

impl DataApi {
    /// In front of a PostgreSQL server of the tests.
    pub fn start(server: &postgres::Postgres) -> Self {
        let state = Arc::new(State {
            port: server.port(),
            resuming: AtomicU64::new(0),
            refusing: Mutex::new((0, "")),
            failing_after: Mutex::new(None),
            requests: AtomicU64::new(0),
            next: AtomicU64::new(0),
            transactions: Mutex::default(),
        });
        let answering = Arc::clone(&state);
        let server = serve(move |request| {
            let state = Arc::clone(&answering);
            async move { state.answer(request).await }
        });
        Self { server, state }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The settings with which a test's own SDK client reaches it.
    pub async fn sdk_config(&self) -> SdkConfig {
        sdk::config(&self.endpoint()).await
    }

    /// So many of the next requests find a cluster that scaled to zero.
    pub fn resume_for(&self, requests: u64) {
        self.state.resuming.store(requests, Ordering::SeqCst);
    }

    /// So many of the next requests are refused as a bad request with this message.
    pub fn refuse(&self, requests: u64, message: &'static str) {
        *lock(&self.state.refusing) = (requests, message);
    }

    /// One statement within a transaction fails, after so many more.
    pub fn fail_after(&self, statements: u64) {
        *lock(&self.state.failing_after) = Some(statements);
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Transactions that nobody has ended.
    pub fn open_transactions(&self) -> usize {
        lock(&self.state.transactions).len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic while it is held")
}

impl State {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        let answer = match body {
            Ok(body) => self.operation(&path, &body).await,
            Err(_) => Err(bad("the request ends early")),
        };
        match answer {
            Ok(answer) if answer.to_string().len() > ANSWER_BYTES => {
                refusal(&bad("Database returned more than the allowed response size limit"))
            }
            Ok(answer) => plain(200, "application/json", answer.to_string()),
            Err(refused) => refusal(&refused),
        }
    }

    async fn operation(&self, path: &str, body: &[u8]) -> Result<Value, Rejected> {
        if body.len() > REQUEST_BYTES {
            return Err(Rejected(413, "RequestEntityTooLargeException", "more than 4 MiB".to_owned()));
        }
        let resuming = self.resuming.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if resuming.is_ok() {
            return Err(Rejected(400, "DatabaseResumingException", "the cluster is resuming".to_owned()));
        }
        if let Some(message) = self.refused() {
            return Err(bad(message));
        }
        let input: Value = serde_json::from_slice(body).map_err(|_| bad("not JSON"))?;
        let is_arn =
            |name: &str| input.get(name).and_then(Value::as_str).is_some_and(|arn| arn.starts_with("arn:"));
        if !["resourceArn", "secretArn"].into_iter().all(is_arn) {
            return Err(bad("resourceArn and secretArn are ARNs"));
        }
        match path {
            "/BeginTransaction" => self.begin(&input).await,
            "/CommitTransaction" => self.end(&input, "COMMIT").await,
            "/RollbackTransaction" => self.end(&input, "ROLLBACK").await,
            "/Execute" => self.execute(&input).await,
            _ => Err(Rejected(404, "NotFoundException", "no such operation".to_owned())),
        }
    }

    fn refused(&self) -> Option<&'static str> {
        let mut refusing = lock(&self.refusing);
        let left = refusing.0.checked_sub(1)?;
        refusing.0 = left;
        Some(refusing.1)
    }

    async fn connect(&self, input: &Value) -> Result<PgConnection, Rejected> {
        let database = input["database"].as_str().ok_or_else(|| bad("database is missing"))?;
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(postgres::USER)
            .password(postgres::PASSWORD)
            .database(database);
        PgConnection::connect_with(&options).await.map_err(database_error)
    }

    async fn begin(&self, input: &Value) -> Result<Value, Rejected> {
        let mut connection = self.connect(input).await?;
        sqlx::raw_sql("BEGIN").execute(&mut connection).await.map_err(database_error)?;
        let id = format!("transaction-{}", self.next.fetch_add(1, Ordering::SeqCst));
        lock(&self.transactions).insert(id.clone(), connection);
        Ok(json!({ "transactionId": id }))
    }

    fn take(&self, id: &str) -> Result<PgConnection, Rejected> {
        let held = lock(&self.transactions).remove(id);
        held.ok_or_else(|| {
            Rejected(404, "TransactionNotFoundException", format!("Transaction {id} is not found"))
        })
    }

    async fn end(&self, input: &Value, how: &'static str) -> Result<Value, Rejected> {
        let mut connection = self.take(input["transactionId"].as_str().unwrap_or_default())?;
        sqlx::raw_sql(how).execute(&mut connection).await.map_err(database_error)?;
        Ok(
            json!({ "transactionStatus": if how == "COMMIT" { "Transaction Committed" } else { "Rollback Complete" } }),
        )
    }

    async fn execute(&self, input: &Value) -> Result<Value, Rejected> {
        let Some(id) = input["transactionId"].as_str() else {
            let mut connection = self.connect(input).await?;
            let executed = execute(&mut connection, input).await;
            drop(connection.close().await);
            return executed;
        };
        let mut connection = self.take(id)?;
        let executed =
            if self.fails_now() { Err(failure_on_demand()) } else { execute(&mut connection, input).await };
        lock(&self.transactions).insert(id.to_owned(), connection);
        executed
    }

    fn fails_now(&self) -> bool {
        let mut left = lock(&self.failing_after);
        let fails = *left == Some(0);
        *left = left.and_then(|left| left.checked_sub(1));
        fails
    }
}

/// Runs one statement with its parameters.
async fn execute(connection: &mut PgConnection, input: &Value) -> Result<Value, Rejected> {
    let (sql, names) = numbered(input["sql"].as_str().unwrap_or_default())?;
    let given = input["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut query = sqlx::query(AssertSqlSafe(sql.as_str()));
    for name in &names {
        let given = given.iter().find(|parameter| parameter["name"] == name.as_str());
        query = bind(query, given.ok_or_else(|| bad(&format!("no parameter {name}")))?)?;
    }
    if given.len() != names.len() {
        return Err(bad("a parameter that the statement doesn't have"));
    }
    // What writes says how much it wrote, and what reads answers rows: the statement's kind tells.
    let word = sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    if !["SELECT", "WITH"].contains(&word.as_str()) {
        let written = query.execute(connection).await.map_err(database_error)?.rows_affected();
        return Ok(json!({"numberOfRecordsUpdated": written, "generatedFields": []}));
    }
    let rows = query.fetch_all(connection).await.map_err(database_error)?;
    let records: Vec<Value> = rows.iter().map(record).collect::<Result<_, _>>()?;
    if records.iter().any(|record| record.to_string().len() > ROW_BYTES) {
        return Err(bad("Packet for query is too large: a row is at most 64 KB"));
    }
    Ok(json!({"numberOfRecordsUpdated": 0, "records": records}))
}

/// A parameter of the type `json`.
struct Json(String);

impl sqlx::Type<sqlx::Postgres> for Json {
    fn type_info() -> PgTypeInfo {
        // As the catalogue of every PostgreSQL server has it.
        PgTypeInfo::with_oid(sqlx::postgres::types::Oid(114))
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Json {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

fn bind<'q>(query: Query<'q>, parameter: &Value) -> Result<Query<'q>, Rejected> {
    let value = &parameter["value"];
    match (parameter["typeHint"].as_str(), value["stringValue"].as_str()) {
        (None, Some(text)) => Ok(query.bind(text.to_owned())),
        // With the type, not as text: a statement that takes it for text or jsonb without a cast must fail here.
        (Some("JSON"), Some(text)) => {
            let is_json = serde_json::from_str::<Box<serde_json::value::RawValue>>(text).is_ok();
            if is_json { Ok(query.bind(Json(text.to_owned()))) } else { Err(bad("a parameter is not JSON")) }
        }
        (None, None) if value["isNull"] == true => Ok(query.bind(None::<String>)),
        (None, None) if value["longValue"].is_i64() => Ok(query.bind(value["longValue"].as_i64())),
        (None, None) if value["booleanValue"].is_boolean() => Ok(query.bind(value["booleanValue"].as_bool())),
        _ => Err(bad("a type of parameter that this stand-in doesn't know")),
    }
}

/// `$1`, `$2`… for `:name`, and the names in that order. A second statement is refused.
fn numbered(sql: &str) -> Result<(String, Vec<String>), Rejected> {
    let (mut out, mut names, mut quoted) = (String::new(), Vec::<String>::new(), false);
    let mut rest = sql.chars().peekable();
    while let Some(next) = rest.next() {
        quoted ^= next == '\'';
        match next {
            ';' if !quoted => return Err(bad("Multistatements aren't supported")),
            ':' if !quoted && rest.peek().is_some_and(char::is_ascii_alphabetic) => {
                let mut name = String::new();
                while let Some(letter) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(letter);
                }
                let known = names.iter().position(|known| *known == name).unwrap_or(names.len());
                if known == names.len() {
                    names.push(name);
                }
                out.push('$');
                out.push_str(&(known + 1).to_string());
            }
            _ => out.push(next),
        }
    }
    Ok((out, names))
}

fn record(row: &PgRow) -> Result<Value, Rejected> {
    let field = |(n, column): (usize, &sqlx::postgres::PgColumn)| match column.type_info().name() {
        "TEXT" => string(row, n),
        "INT8" => {
            row.try_get::<Option<i64>, _>(n).map(|value| field(value, "longValue")).map_err(database_error)
        }
        "BOOL" => row
            .try_get::<Option<bool>, _>(n)
            .map(|value| field(value, "booleanValue"))
            .map_err(database_error),
        other => Err(Rejected(
            400,
            "UnsupportedResultException",
            format!("The result contains the unsupported data type {other}"),
        )),
    };
    row.columns().iter().enumerate().map(field).collect()
}

fn string(row: &PgRow, n: usize) -> Result<Value, Rejected> {
    row.try_get::<Option<String>, _>(n).map(|value| field(value, "stringValue")).map_err(database_error)
}

fn field<T: Into<Value>>(value: Option<T>, name: &str) -> Value {
    value.map_or_else(|| json!({"isNull": true}), |value| json!({ name: value.into() }))
}

fn bad(message: &str) -> Rejected {
    Rejected(400, "BadRequestException", message.to_owned())
}

fn failure_on_demand() -> Rejected {
    Rejected(400, "DatabaseErrorException", "ERROR: as told; SQLState: 22012".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "map_err gives it")]
fn database_error(error: sqlx::Error) -> Rejected {
    match error.as_database_error() {
        Some(error) => {
            let state = error.code().unwrap_or_default();
            Rejected(400, "DatabaseErrorException", format!("ERROR: {}; SQLState: {state}", error.message()))
        }
        None => Rejected(504, "DatabaseUnavailableException", error.to_string()),
    }
}

fn refusal(Rejected(status, kind, message): &Rejected) -> Response<Full<Bytes>> {
    let mut response = plain(*status, "application/json", json!({ "message": message }).to_string());
    response.headers_mut().insert("x-amzn-errortype", hyper::header::HeaderValue::from_static(kind));
    response
}
