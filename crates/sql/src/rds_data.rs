//! Aurora PostgreSQL over the RDS Data API.
//!
//! A request is at most 4 MiB, a response 1 MiB and a row 64 KiB; a statement comes alone; parameters have names. A
//! transaction that nobody ends is rolled back after three minutes, so it is ended also when time is up. A cluster that
//! scaled to zero returns `DatabaseResumingException` until it is awake, some fifteen seconds: the statement is retried
//! until the deadline. <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html>

use std::time::Duration;

use aws_sdk_rdsdata::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    types::{Field, SqlParameter, TypeHint},
};
use switchboard_aws::Failure;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    error::SqlError,
    statement::{Parameter, QueryResult, Statement},
    url::RdsData,
};

/// How long one request may take. The Data API's own limit for a statement is 45 s.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a rollback may take when there is no time left.
const ROLLBACK: Duration = Duration::from_millis(200);

/// The cluster, and the client to use it with.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    client: Client,
    place: RdsData,
}

impl Cluster {
    /// A cluster that is used with this client's region and credentials. [`Database`](crate::database::Database) retries, not the client.
    pub(crate) fn new(client: &Client, place: RdsData) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(REQUEST_TIMEOUT)
            .build();
        let retries = RetryConfig::disabled();
        let config = client.config().to_builder().timeout_config(timeouts).retry_config(retries).build();
        Self { client: Client::from_conf(config), place }
    }

    /// Runs statements in one transaction: of one statement, its own.
    pub(crate) async fn run(
        &self,
        statements: &[Statement],
        deadline: Instant,
    ) -> Result<Vec<QueryResult>, SqlError> {
        if let [statement] = statements {
            let executed = timeout_at(deadline, self.execute(statement, None)).await;
            return Ok(vec![executed.unwrap_or(Err(SqlError::Deadline))?]);
        }
        let begin = self
            .client
            .begin_transaction()
            .resource_arn(&self.place.cluster_arn)
            .secret_arn(&self.place.secret_arn)
            .database(&self.place.database);
        let response = timeout_at(deadline, begin.send()).await.map_err(|_| SqlError::Deadline)?;
        let response = response.map_err(|error| failure(&error))?;
        let transaction = response.transaction_id.ok_or(SqlError::NotUnderstood)?;
        let done = timeout_at(deadline, self.within(statements, &transaction)).await;
        match done.unwrap_or(Err(SqlError::Deadline)) {
            Ok(results) => Ok(results),
            Err(error) => {
                self.roll_back(&transaction).await;
                Err(error)
            }
        }
    }

    async fn within(
        &self,
        statements: &[Statement],
        transaction: &str,
    ) -> Result<Vec<QueryResult>, SqlError> {
        let mut results = Vec::with_capacity(statements.len());
        for statement in statements {
            results.push(self.execute(statement, Some(transaction)).await?);
        }
        let commit = self
            .client
            .commit_transaction()
            .resource_arn(&self.place.cluster_arn)
            .secret_arn(&self.place.secret_arn)
            .transaction_id(transaction);
        commit.send().await.map_err(|error| failure(&error))?;
        Ok(results)
    }

    async fn execute(
        &self,
        statement: &Statement,
        transaction: Option<&str>,
    ) -> Result<QueryResult, SqlError> {
        let parameters = statement.parameters.iter().zip(1..).map(|(parameter, n)| named(parameter, n));
        let execute = self
            .client
            .execute_statement()
            .resource_arn(&self.place.cluster_arn)
            .secret_arn(&self.place.secret_arn)
            .database(&self.place.database)
            .sql(statement.sql.replace('$', ":p"))
            .set_parameters(Some(parameters.collect()))
            .set_transaction_id(transaction.map(str::to_owned));
        let response = execute.send().await.map_err(|error| failure(&error))?;
        if !statement.returns_rows {
            return Ok(QueryResult {
                rows: Vec::new(),
                written: u64::try_from(response.number_of_records_updated).unwrap_or_default(),
            });
        }
        let text = |row: Vec<Field>| match row.into_iter().next() {
            Some(Field::StringValue(text)) => Ok(text),
            _ => Err(SqlError::NotUnderstood),
        };
        let rows = response.records.unwrap_or_default().into_iter().map(text).collect::<Result<_, _>>()?;
        Ok(QueryResult { rows, written: 0 })
    }

    /// Ends a transaction that failed, so that its locks go. If this fails too, the service does it later.
    async fn roll_back(&self, transaction: &str) {
        let roll_back = self
            .client
            .rollback_transaction()
            .resource_arn(&self.place.cluster_arn)
            .secret_arn(&self.place.secret_arn)
            .transaction_id(transaction);
        let ended = timeout(ROLLBACK, roll_back.send()).await;
        if !ended.is_ok_and(|response| response.is_ok()) {
            tracing::warn!(
                event = "rollback_failed",
                "transaction not rolled back; it ends by itself in three minutes"
            );
        }
    }
}

fn named(parameter: &Parameter, n: usize) -> SqlParameter {
    let hint = match parameter {
        Parameter::Text(_) | Parameter::Null => None,
        Parameter::Json(_) => Some(TypeHint::Json),
    };
    let value = parameter.as_str().map_or(Field::IsNull(true), |text| Field::StringValue(text.to_owned()));
    SqlParameter::builder().name(format!("p{n}")).value(value).set_type_hint(hint).build()
}

/// The database's own words may hold what was to be stored; its code doesn't.
fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> SqlError {
    if let Some(state) = error.message().and_then(sqlstate) {
        return SqlError::of_sqlstate(state);
    }
    if error.message().is_some_and(is_link_failure) {
        return SqlError::Unavailable("the database is not reached".to_owned());
    }
    match Failure::from(error) {
        Failure::NotUnderstood => SqlError::NotUnderstood,
        failure if failure.is_transient() => SqlError::Unavailable(failure.to_string()),
        failure => SqlError::Rejected(failure.to_string()),
    }
}

/// Whether the service lost the database, as it says with the status and code of a bad request.
fn is_link_failure(message: &str) -> bool {
    message.contains("Communications link failure")
}

/// The database's code in a message that ends with `SQLState: 42P01`.
fn sqlstate(message: &str) -> Option<&str> {
    let state = message.rsplit_once("SQLState: ")?.1.get(..5)?;
    state.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_databases_message_only_the_code_is_told() {
        let message = "ERROR: duplicate key value violates unique constraint \"x\"\n  Detail: Key (name)=(Ada) exists.; SQLState: 23505";
        assert_eq!(sqlstate(message), Some("23505"));
        assert_eq!(sqlstate("SQLState: Ada is here"), None);
        assert_eq!(sqlstate("no state"), None);
    }
}
