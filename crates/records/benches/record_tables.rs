//! How fast the record tables take contacts, and how fast a view answers.
//!
//! | arguments | what is measured |
//! |---|---|
//! | none, or `save` | contact records into a new SQLite file, in batches as `tables load` makes them, with the sums |
//! | `save URL` | the same into an empty PostgreSQL database, in batches of 500 as a function gets them |
//! | `view URL` | a day of each view over a year of 250 queues and 1,200 agents, in an empty PostgreSQL database |
//! | `write PATH N` | nothing: writes contact records of N contacts into a file, for `switchboard tables load` |
//!
//! `cargo bench -p switchboard-records -- save postgres://user:password@127.0.0.1/empty`

#![expect(clippy::expect_used, clippy::panic, reason = "a bench says what went wrong by ending")]

use std::{
    env,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_core::interval::IntervalLength;
use switchboard_records::{
    BATCH_MAX_BYTES, RecordTables,
    contact::{AttributeSelection, ContactRow},
    intervals::{Grain, IntervalQuery},
};
use switchboard_simulator::model::{
    Centre, Config,
    emit::{Emission, Emitted, EmittedKind},
};
use switchboard_sql::{database::Database, statement::Statement, url::SqlUrl};

/// How many records are made for a run: enough for the time of a batch to be steady.
const CONTACTS: u32 = 50_000;
/// A batch of a stream.
const STREAM_BATCH: usize = 500;
/// The most contacts of a day.
const CONTACTS_PER_DAY: u32 = 77_000;
/// The days of the year that is looked into.
const DAYS: u32 = 365;

#[tokio::main]
async fn main() {
    // Cargo adds one of its own.
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["save"] => {
            let folder = tempfile::tempdir().expect("a folder");
            let database = Database::sqlite(&folder.path().join("records.db")).await.expect("a file");
            save(database, None).await;
        }
        ["save", url] => save(postgres(url), Some(STREAM_BATCH)).await,
        ["view", url] => view(postgres(url)).await,
        ["write", path, contacts] => {
            let mut file = BufWriter::new(File::create(Path::new(path)).expect("a file"));
            emit(contacts.parse().expect("a number"), |record| {
                file.write_all(record)?;
                file.write_all(b"\n")
            });
            file.flush().expect("the rest");
        }
        _ => panic!("the first lines of this file tell the arguments"),
    }
}

/// The contact records of some invented days.
fn emit(contacts: u32, mut put: impl FnMut(&[u8]) -> io::Result<()>) {
    let per_day = contacts.min(CONTACTS_PER_DAY);
    let days = i64::from(contacts.div_ceil(per_day));
    let config = Config {
        agents: (per_day / 70).max(10),
        queues: (per_day / 300).clamp(2, 250),
        contacts_per_day: per_day,
        duration: SignedDuration::from_hours(24 * days),
        has_changes: false,
        ..Config::default()
    };
    let (begin, end) = (config.begin(), config.end());
    let output = |emitted: &Emitted<'_>| match emitted.kind {
        EmittedKind::ContactRecord => put(emitted.bytes),
        _ => Ok(()),
    };
    let (_, emission, directory) =
        Centre::new(config, Emission::new(output, begin)).expect("a centre").finish();
    let _output = emission.finish(end, &directory).expect("records");
}

async fn save(database: Database, batch_rows: Option<usize>) {
    let mut records = Vec::new();
    emit(CONTACTS, |record| {
        records.push(String::from_utf8(record.to_owned()).map_err(io::Error::other)?);
        Ok(())
    });
    let bytes: usize = records.iter().map(String::len).sum();
    let rows_of_batch = batch_rows.unwrap_or(BATCH_MAX_BYTES * records.len() / bytes);
    let now = Timestamp::now();
    let tables = RecordTables::new(database);
    tables.migrate(later()).await.expect("tables");
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    for batch in records.chunks(rows_of_batch) {
        let of_batch = Instant::now();
        let read = |record: &String| {
            ContactRow::read(record, &AttributeSelection::default(), now).expect("a record")
        };
        tables.save_contacts(batch.iter().map(read).collect(), now, later()).await.expect("saved");
        longest = longest.max(of_batch.elapsed());
    }
    let saved = began.elapsed();
    let began = Instant::now();
    tables.recompute(later()).await.expect("sums");
    let computed = began.elapsed();
    let each_second =
        |took: Duration| f64::from(u32::try_from(records.len()).unwrap_or(u32::MAX)) / took.as_secs_f64();
    print(&format!(
        "{} records of {} bytes, {rows_of_batch} a batch: saved in {saved:.2?} ({:.0} a second, a batch at most {longest:.2?}), \
         sums in {computed:.2?}; together {:.0} a second; {} MB of memory at most",
        records.len(),
        bytes / records.len(),
        each_second(saved),
        each_second(saved + computed),
        peak_megabytes().unwrap_or(0),
    ));
}

/// Fills the kept sums of a year as PostgreSQL itself makes them up, and reads the last day but one.
async fn view(database: Database) {
    let tables = RecordTables::new(database);
    tables.migrate(later()).await.expect("tables");
    let to: Timestamp = "2026-11-03T00:00:00Z".parse().expect("a time");
    let from = to.checked_sub(SignedDuration::from_hours(24 * i64::from(DAYS))).expect("a time");
    if tables.first_and_last(later()).await.expect("an answer").is_none() {
        let began = Instant::now();
        tables.add_to_calendar("UTC", &TimeZone::UTC, from, to, later()).await.expect("a calendar");
        for sql in sums_of_a_year() {
            tables.database().run(&[Statement::write(sql, Vec::new())], later()).await.expect("rows");
        }
        print(&format!("made in {:.0?}", began.elapsed()));
    }
    let day = to.checked_sub(SignedDuration::from_hours(48)).expect("a time");
    for grain in [Grain::Minutes(IntervalLength::Fifteen), Grain::Day] {
        let query = IntervalQuery {
            zone: "UTC",
            grain,
            from: day,
            to: day.checked_add(SignedDuration::from_hours(24)).expect("a time"),
        };
        for round in 0..3 {
            let began = Instant::now();
            let queues = tables.queue_intervals(&query, later()).await.expect("rows").len();
            let by_queue = began.elapsed();
            let began = Instant::now();
            let agents = tables.agent_queue_intervals(&query, later()).await.expect("rows").len();
            let by_agent = began.elapsed();
            let began = Instant::now();
            let ended = tables.queue_intervals_by_disconnect(&query, later()).await.expect("rows").len();
            let by_disconnect = began.elapsed();
            print(&format!(
                "{grain:?}, round {round}: queue_intervals {queues} rows in {by_queue:.2?}, agent_queue_intervals {agents} in \
                 {by_agent:.2?}, queue_intervals_by_disconnect {ended} in {by_disconnect:.2?}"
            ));
        }
    }
}

/// A row for each queue and five minutes of a working day, by disconnection for each quarter of an hour, and one for each fifteenth
/// part of an agent's day.
fn sums_of_a_year() -> Vec<String> {
    let row = |attribution: &str, agent: &str, every: &str, rows: &str| {
        format!(
            "INSERT INTO interval_sums SELECT '{attribution}', time, 'eu-central-1', 'centre', {agent}, 'VOICE', 3, 0, 0, 2, 1, \
             0, 0, 0, 0, 0, 0, 0, 0, 1, 300, 2, 20, 40, 2, 360, 30, 40, 2, 30, 20, 1, 20 \
             FROM generate_series(timestamptz '2025-11-03 07:00Z', timestamptz '2026-11-02 18:55Z', interval '{every}') AS time \
             CROSS JOIN generate_series(1, {rows}) AS number WHERE extract(hour FROM time AT TIME ZONE 'UTC') BETWEEN 7 AND 18"
        )
    };
    let queue = "'00000000-0000-4000-8000-' || lpad(number::text, 12, '0'), ''";
    let agent = "'00000000-0000-4000-8000-' || lpad((number % 250)::text, 12, '0'), 'agent' || number";
    vec![
        row("enqueue", queue, "5 minutes", "250"),
        row("disconnect", queue, "15 minutes", "250"),
        row("connected", agent, "50 minutes", "1200"),
        "INSERT INTO queue_names SELECT 'eu-central-1', 'centre', '00000000-0000-4000-8000-' || lpad(number::text, 12, '0'), \
         'queue ' || number, '' FROM generate_series(1, 250) AS number"
            .to_owned(),
        "ANALYZE".to_owned(),
    ]
}

fn postgres(url: &str) -> Database {
    match url.parse() {
        Ok(SqlUrl::Postgres(server)) => Database::postgres(&server, None).expect("a server"),
        _ => panic!("no URL of a PostgreSQL server"),
    }
}

fn later() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_hours(2)
}

/// The most memory that the process had, where Linux tells it.
fn peak_megabytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1000)
}

#[expect(clippy::print_stdout, reason = "a bench's answer")]
fn print(line: &str) {
    println!("{line}");
}
