//! The statements of the comparison.

use jiff::Timestamp;
use switchboard_sql::{
    dialect::Dialect,
    statement::{Parameter, Statement},
};

use super::{ListedContact, Search, hour::Hour};
use crate::time::{five_minutes_of, time_text};

/// How many rows are read at once: an answer of the Data API has at most 1 MiB.
pub(super) const PAGE_ROWS: usize = 1000;

/// An instance as the tables have it.
pub(super) struct InstanceKey<'a> {
    pub(super) region: &'a str,
    pub(super) id: &'a str,
}

impl InstanceKey<'_> {
    pub(super) fn parameters(&self, more: impl IntoIterator<Item = String>) -> Vec<Parameter> {
        let instance = [self.region, self.id].map(str::to_owned);
        instance.into_iter().chain(more).map(Parameter::Text).collect()
    }
}

pub(super) const OF_INSTANCE: &str = "aws_region = CAST($1 AS text) AND instance_id = CAST($2 AS text)";

/// Counts the contacts of a search that are here: records, and rows made of `DescribeContact`.
pub(super) fn count_here(dialect: Dialect, instance: &InstanceKey<'_>, search: &Search) -> Statement {
    let sql = format!(
        "SELECT CAST(COUNT(*) AS text) FROM contact_record WHERE {OF_INSTANCE} AND source <> 'event' \
         AND disconnected_interval >= CAST($3 AS TIMESTAMP_UTC) AND disconnected_interval < CAST($5 AS TIMESTAMP_UTC) \
         AND disconnect_timestamp >= CAST($4 AS TIMESTAMP_UTC) AND disconnect_timestamp < CAST($5 AS TIMESTAMP_UTC) \
         AND (CAST($6 AS text) = '' OR channel = CAST($6 AS text)) \
         AND (CAST($7 AS text) = '' OR initiation_method = CAST($7 AS text))"
    );
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let parameters = instance.parameters([
        time_text(five_minutes_of(search.from)),
        time_text(search.from),
        time_text(search.to),
        text(&search.channel),
        text(&search.initiation_method),
    ]);
    Statement::read(dialect.expand(&sql), parameters)
}

/// Counts the contacts of an hour that waited in a standard queue, by disconnect.
pub(super) fn count_queued(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour) -> Statement {
    let sql = format!(
        "SELECT queue_id || '|' || CAST(COUNT(*) AS text) FROM contact_outcome WHERE {OF_INSTANCE} AND source <> 'event' \
         AND disconnected_interval >= CAST($3 AS TIMESTAMP_UTC) AND disconnected_interval < CAST($4 AS TIMESTAMP_UTC) \
         AND queue_outcome IS NOT NULL AND queue_type = 'STANDARD' GROUP BY queue_id"
    );
    let parameters = instance.parameters([hour.start(), hour.end()].map(time_text));
    Statement::read(dialect.expand(&sql), parameters)
}

/// Counts the contacts of an hour that had an agent, and those of them that agent events tell of, with a `|` between them; the
/// second is empty if there are no agent events of the instance.
pub(super) fn count_agent_events(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour) -> Statement {
    let sql = "SELECT CAST(COUNT(*) AS text) || '|' || CASE WHEN EXISTS (SELECT 1 FROM agent_time AS any_time \
         WHERE any_time.aws_region = CAST($1 AS text) AND any_time.instance_id = CAST($2 AS text)) \
         THEN CAST(COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM agent_time AS state \
         WHERE state.aws_region = contact.aws_region AND state.instance_id = contact.instance_id \
         AND state.agent_id = contact.agent_id AND state.contact_id = contact.contact_id) THEN 1 ELSE 0 END), 0) AS text) \
         ELSE '' END FROM contact_record AS contact \
         WHERE contact.aws_region = CAST($1 AS text) AND contact.instance_id = CAST($2 AS text) \
         AND contact.disconnected_interval >= CAST($3 AS TIMESTAMP_UTC) \
         AND contact.disconnected_interval < CAST($4 AS TIMESTAMP_UTC) AND contact.source <> 'event' \
         AND contact.agent_id IS NOT NULL AND contact.agent_connected_to_agent_timestamp IS NOT NULL";
    let parameters = instance.parameters([hour.start(), hour.end()].map(time_text));
    Statement::read(dialect.expand(sql), parameters)
}

/// Begins the comparisons with an hour, if there are none yet.
pub(super) fn begin(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour) -> Statement {
    let sql = format!(
        "INSERT INTO reconciled_hours (aws_region, instance_id, hour_start, checks) \
         SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS TIMESTAMP_UTC), 0 \
         WHERE NOT EXISTS (SELECT 1 FROM reconciled_hours WHERE {OF_INSTANCE}) ON CONFLICT DO NOTHING"
    );
    Statement::write(dialect.expand(&sql), instance.parameters([time_text(hour.start())]))
}

/// Takes a Region's lease for `$3` seconds if it is free, over or the holder's own: then it writes one row.
pub(super) fn take_lease(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    holder: &str,
    seconds: u64,
) -> Statement {
    let sql = format!(
        "INSERT INTO reconciliation_leases AS lease (aws_region, holder, leased_until) \
         VALUES (CAST($1 AS text), CAST($2 AS text), {}) ON CONFLICT (aws_region) DO UPDATE \
         SET holder = excluded.holder, leased_until = excluded.leased_until \
         WHERE lease.leased_until <= {} OR lease.holder = excluded.holder",
        dialect.seconds_from_now("$3"),
        dialect.now()
    );
    let parameters = [instance.region, holder].map(Parameter::text).into_iter();
    Statement::write(sql, parameters.chain([Parameter::Text(seconds.to_string())]).collect())
}

/// Gives a Region's lease back.
pub(super) fn give_lease_back(instance: &InstanceKey<'_>, holder: &str) -> Statement {
    let sql =
        "DELETE FROM reconciliation_leases WHERE aws_region = CAST($1 AS text) AND holder = CAST($2 AS text)";
    Statement::write(sql, [instance.region, holder].map(Parameter::text).into())
}

/// Keeps how far an hour's comparison has come, with those of the listed contacts that are not here.
pub(super) fn keep(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    hour: Hour,
    progress: &str,
    listed: &[ListedContact],
    now: Timestamp,
) -> Vec<Statement> {
    let sql = "INSERT INTO reconciled_hours AS target (aws_region, instance_id, hour_start, checks, progress) \
         VALUES (CAST($1 AS text), CAST($2 AS text), CAST($3 AS TIMESTAMP_UTC), 0, CAST($4 AS text)) \
         ON CONFLICT (aws_region, instance_id, hour_start) DO UPDATE SET progress = excluded.progress";
    let parameters = instance.parameters([time_text(hour.start()), progress.to_owned()]);
    let kept = Statement::write(dialect.expand(sql), parameters);
    if listed.is_empty() {
        return vec![kept];
    }
    vec![kept, add_missing(dialect, instance, hour, listed, now)]
}

fn add_missing(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    hour: Hour,
    listed: &[ListedContact],
    now: Timestamp,
) -> Statement {
    let rows = match dialect {
        Dialect::Postgres => "jsonb_array_elements(CAST($5 AS jsonb)) AS listed (value)",
        Dialect::Sqlite => "json_each($5) AS listed",
    };
    let same = |table: &str| {
        format!(
            "{table}.aws_region = CAST($1 AS text) AND {table}.instance_id = CAST($2 AS text) \
             AND {table}.contact_id = listed.value ->> 0"
        )
    };
    let sql = format!(
        "INSERT INTO missing_contacts (aws_region, instance_id, contact_id, hour_start, channel, initiation_method, \
         initiation_timestamp, disconnect_timestamp, queue_id, agent_id, found_at) \
         SELECT CAST($1 AS text), CAST($2 AS text), listed.value ->> 0, CAST($3 AS TIMESTAMP_UTC), listed.value ->> 1, \
         listed.value ->> 2, CAST(listed.value ->> 3 AS TIMESTAMP_UTC), CAST(listed.value ->> 4 AS TIMESTAMP_UTC), \
         listed.value ->> 5, listed.value ->> 6, CAST($4 AS TIMESTAMP_UTC) FROM {rows} WHERE \
         NOT EXISTS (SELECT 1 FROM contact_record AS contact WHERE {} AND contact.source <> 'event') \
         AND NOT EXISTS (SELECT 1 FROM forgotten_contacts AS forgotten WHERE forgotten.contact_id = listed.value ->> 0) \
         ORDER BY 3 ON CONFLICT DO NOTHING",
        same("contact")
    );
    let time = |at: Option<Timestamp>| at.map(time_text);
    let row = |contact: &ListedContact| {
        serde_json::json!([
            contact.contact_id,
            contact.channel,
            contact.initiation_method,
            time(contact.initiated_at),
            time(contact.disconnected_at),
            contact.queue_id,
            contact.agent_id,
        ])
    };
    let rows: serde_json::Value = listed.iter().map(row).collect();
    let mut parameters = instance.parameters([time_text(hour.start()), time_text(now)]);
    parameters.push(Parameter::Json(rows.to_string()));
    Statement::write(dialect.expand(&sql), parameters)
}

/// What an hour's comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) checks: u64,
    pub(super) listed: u64,
    /// Whether every contact was compared.
    pub(super) is_complete: bool,
    /// How many contacts that were disconnected in the hour are here.
    pub(super) here: u64,
    pub(super) open: u64,
    pub(super) queued_listed: u64,
    pub(super) queued_here: u64,
    /// Contacts here that had an agent.
    pub(super) with_agent: u64,
    /// Those of them that agent events tell of; [`None`] if there are none.
    pub(super) with_agent_events: Option<u64>,
    pub(super) requests: u64,
}

/// Ends an hour's comparison. Of what was only counted as many are missing, without a name, as the counts differ by, less those
/// that are named.
pub(super) fn finish(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    hour: Hour,
    finding: &Finding,
    now: Timestamp,
) -> Statement {
    let unnamed = if finding.is_complete { 0 } else { finding.listed.saturating_sub(finding.here) };
    let sql = format!(
        "UPDATE reconciled_hours SET checks = CAST($4 AS bigint), listed = CAST($5 AS bigint), open = CAST($7 AS bigint), \
         queued_listed = CAST($8 AS bigint), queued_here = CAST($9 AS bigint), requests = CAST($10 AS bigint), \
         with_agent = CAST($11 AS bigint), with_agent_events = CAST(NULLIF(CAST($12 AS text), '') AS bigint), \
         progress = NULL, checked_at = CAST($13 AS TIMESTAMP_UTC), \
         unnamed = CASE WHEN CAST($6 AS bigint) > (SELECT COUNT(*) FROM missing_contact AS missing \
         WHERE missing.aws_region = CAST($1 AS text) AND missing.instance_id = CAST($2 AS text) \
         AND missing.hour_start = CAST($3 AS TIMESTAMP_UTC) AND missing.source IS NULL) \
         THEN CAST($6 AS bigint) - (SELECT COUNT(*) FROM missing_contact AS missing \
         WHERE missing.aws_region = CAST($1 AS text) AND missing.instance_id = CAST($2 AS text) \
         AND missing.hour_start = CAST($3 AS TIMESTAMP_UTC) AND missing.source IS NULL) ELSE 0 END \
         WHERE {OF_INSTANCE} AND hour_start = CAST($3 AS TIMESTAMP_UTC)"
    );
    let Finding { checks, listed, open, queued_listed, queued_here, requests, with_agent, .. } = *finding;
    let numbers = [checks, listed, unnamed, open, queued_listed, queued_here, requests, with_agent];
    let numbers = numbers.map(|number| number.to_string());
    let with_agent_events = finding.with_agent_events.map(|number| number.to_string()).unwrap_or_default();
    let more = std::iter::once(time_text(hour.start())).chain(numbers);
    let more = more.chain([with_agent_events, time_text(now)]);
    Statement::write(dialect.expand(&sql), instance.parameters(more))
}

/// Takes those out of the missing contacts whose records have come.
pub(super) fn settle(instance: &InstanceKey<'_>) -> Statement {
    let sql = format!(
        "DELETE FROM missing_contacts WHERE {OF_INSTANCE} AND contact_id IN (SELECT contact_id FROM missing_contact \
         WHERE {OF_INSTANCE} AND source = 'contact_record')"
    );
    Statement::write(sql, instance.parameters([]))
}

/// How far an hour's comparison has come.
pub(super) fn progress(dialect: Dialect, instance: &InstanceKey<'_>, hour: Hour) -> Statement {
    let sql = format!(
        "SELECT progress FROM reconciled_hours WHERE {OF_INSTANCE} AND hour_start = CAST($3 AS TIMESTAMP_UTC) \
         AND progress IS NOT NULL"
    );
    Statement::read(dialect.expand(&sql), instance.parameters([time_text(hour.start())]))
}

/// The hours of a time.
pub(super) fn hours(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    (from, to): (Timestamp, Timestamp),
    offset: usize,
) -> Statement {
    let sql = format!(
        "SELECT CAST(OBJECT('hour_start', CAST(hour_start AS text), 'checks', checks, 'listed', listed, 'here', here, \
         'missing', missing, 'healed', healed, 'unnamed', unnamed, 'open', open, 'queued_listed', queued_listed, \
         'queued_here', queued_here, 'with_agent', with_agent, 'with_agent_events', with_agent_events, \
         'in_flow', in_flow, 'in_flow_known', in_flow_known, 'with_flow_logs', with_flow_logs, \
         'requests', requests) AS text) FROM reconciliation WHERE {OF_INSTANCE} \
         AND hour_start >= IN_UTC(CAST($3 AS TIMESTAMP_UTC)) AND hour_start < IN_UTC(CAST($4 AS TIMESTAMP_UTC)) \
         ORDER BY hour_start LIMIT {PAGE_ROWS} OFFSET {offset}"
    );
    Statement::read(dialect.expand(&sql), instance.parameters([from, to].map(time_text)))
}

/// The contacts of a time's hours that are missing now.
pub(super) fn missing(
    dialect: Dialect,
    instance: &InstanceKey<'_>,
    (from, to): (Timestamp, Timestamp),
    offset: usize,
) -> Statement {
    let sql = format!(
        "SELECT CAST(OBJECT('contact_id', contact_id, 'channel', channel, 'initiation_method', initiation_method, \
         'initiated_at', CAST(IN_UTC(initiation_timestamp) AS text), \
         'disconnected_at', CAST(IN_UTC(disconnect_timestamp) AS text), \
         'queue_id', queue_id, 'agent_id', agent_id) AS text) FROM missing_contact \
         WHERE {OF_INSTANCE} AND source IS NULL AND hour_start >= CAST($3 AS TIMESTAMP_UTC) \
         AND hour_start < CAST($4 AS TIMESTAMP_UTC) ORDER BY disconnect_timestamp, contact_id \
         LIMIT {PAGE_ROWS} OFFSET {offset}"
    );
    Statement::read(dialect.expand(&sql), instance.parameters([from, to].map(time_text)))
}
