//! How fast the record tables take contacts, and how fast a view answers.
//!
//! | arguments | what is measured |
//! |---|---|
//! | none, or `save` | contact records into a new SQLite file, in batches as `tables load` makes them, with the sums |
//! | `save URL` | the same into an empty PostgreSQL database, in batches of 500 as a function gets them |
//! | `load PATH DB` | the records of a file that `write` made, into a new SQLite file, as `tables load` does it |
//! | `view URL [DAYS]` | a day of each view over a year of 250 queues and 1,200 agents, in an empty PostgreSQL database |
//! | `write PATH N` | nothing: writes contact records of N contacts into a file, for `switchboard tables load` |
//!
//! `cargo bench -p switchboard-records -- save postgres://user:password@127.0.0.1/empty`

#![expect(clippy::expect_used, clippy::panic, reason = "a bench says what went wrong by ending")]

use std::{
    collections::VecDeque,
    env,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use switchboard_records::{
    BATCH_MAX_BYTES, RecordTables,
    contact::{AttributeSelection, ContactRow},
};
use switchboard_simulator::model::{
    Centre, Config,
    emit::{Emission, Emitted, EmittedKind},
};
use switchboard_sql::{database::Database, statement::Statement, url::SqlUrl};

/// How many records are made for a run: enough for the time of a batch to be steady.
const CONTACTS: u32 = 50_000;
/// A batch of `tables load`.
const LOAD_BATCH_BYTES: usize = 4 * BATCH_MAX_BYTES;
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
        ["load", path, file] => {
            let database = Database::sqlite(Path::new(file)).await.expect("a file");
            load(Path::new(path), database).await;
        }
        ["view", url] => view(postgres(url), DAYS).await,
        ["view", url, days] => view(postgres(url), days.parse().expect("a number")).await,
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

/// Loads records line by line: two batches are saved while the next is read.
async fn load(path: &Path, database: Database) {
    let now = Timestamp::now();
    let tables = RecordTables::new(database);
    tables.migrate(later()).await.expect("tables");
    let (began, mut reading) = (Instant::now(), Duration::ZERO);
    let (mut lines, mut rows, mut bytes, mut records) =
        (BufReader::new(File::open(path).expect("a file")), Vec::new(), 0, 0);
    let mut saving: VecDeque<tokio::task::JoinHandle<_>> = VecDeque::new();
    let mut line = String::new();
    loop {
        let since = Instant::now();
        line.clear();
        let is_over = lines.read_line(&mut line).expect("a line") == 0;
        if !is_over {
            rows.push(
                ContactRow::read(line.trim_end(), &AttributeSelection::default(), now).expect("a record"),
            );
            bytes += line.len();
            records += 1;
        }
        reading += since.elapsed();
        if is_over || bytes > LOAD_BATCH_BYTES {
            if saving.len() == 2 {
                saving.pop_front().expect("a batch").await.expect("a task");
            }
            let (tables, rows) = (tables.clone(), std::mem::take(&mut rows));
            bytes = 0;
            saving.push_back(tokio::spawn(async move {
                tables.save_contacts(rows, now, later()).await.expect("saved");
            }));
        }
        if is_over {
            break;
        }
    }
    for saving in saving {
        saving.await.expect("a task");
    }
    let (saved, processor) = (began.elapsed(), processor_seconds());
    let began = Instant::now();
    tables.recompute(later()).await.expect("sums");
    print(&format!(
        "{records} records: read in {reading:.1?}, meanwhile saved in {saved:.1?} ({processor:.1} s of processor time), sums in \
         {:.1?} ({:.1} s); together {:.0} a second; {} MB of memory at most",
        began.elapsed(),
        processor_seconds() - processor,
        f64::from(records) / (saved + began.elapsed()).as_secs_f64(),
        peak_megabytes().unwrap_or(0),
    ));
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
async fn view(database: Database, days: u32) {
    let tables = RecordTables::new(database);
    tables.migrate(later()).await.expect("tables");
    let to: Timestamp = "2026-11-03T00:00:00Z".parse().expect("a time");
    let from = to.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).expect("a time");
    if tables.first_and_last(later()).await.expect("an answer").is_none() {
        let began = Instant::now();
        for sql in sums_of_a_year(from, to) {
            tables.database().run(&[Statement::write(sql, Vec::new())], later()).await.expect("rows");
        }
        tables.add_data_to_calendar("UTC", &TimeZone::UTC, later()).await.expect("a calendar");
        print(&format!("made in {:.0?}", began.elapsed()));
    }
    let day = to.checked_sub(SignedDuration::from_hours(24 * 4)).expect("a time");
    for minutes in [15, 1440] {
        for view in VIEWS {
            let until = day.checked_add(SignedDuration::from_hours(24)).expect("a time");
            // Every column is computed.
            let sql = format!(
                "SELECT CAST(COUNT(*) AS text) || ' rows, ' || CAST(SUM(LENGTH(CAST(read AS text))) AS text) || ' bytes' \
                 FROM {view} AS read WHERE zone = 'UTC' AND interval_minutes = {minutes} \
                 AND interval_start >= timezone('UTC', timestamptz '{day}') \
                 AND interval_start < timezone('UTC', timestamptz '{until}')"
            );
            for round in 0..3 {
                let began = Instant::now();
                let read = tables.database().run(&[Statement::read(sql.as_str(), Vec::new())], later()).await;
                let rows = read.expect("an answer").into_iter().flat_map(|result| result.rows);
                let (rows, took) = (rows.collect::<String>(), began.elapsed());
                print(&format!("{view}, {minutes} minutes, round {round}: {rows} in {took:.2?}"));
            }
        }
    }
}

/// The views of intervals.
const VIEWS: [&str; 6] = [
    "queue_intervals",
    "agent_queue_intervals",
    "queue_intervals_by_disconnect",
    "queue_service_levels",
    "agent_intervals",
    "agent_status_intervals",
];

/// A row for each queue and five minutes of a working day, by disconnection for each quarter of an hour, and one for each fifteenth
/// part of an agent's day; of an agent's time one for each five minutes of eight hours, and one more in each hour.
fn sums_of_a_year(from: Timestamp, to: Timestamp) -> Vec<String> {
    // A statement may take thirty seconds.
    let pieces = |sql: &dyn Fn(Timestamp, Timestamp) -> String| {
        let mut pieces = Vec::new();
        let mut at = from;
        while at < to {
            let end = at.checked_add(SignedDuration::from_hours(24)).expect("a time").min(to);
            pieces.push(sql(at, end));
            at = end;
        }
        pieces
    };
    let times = |every: &str, (from, to): (Timestamp, Timestamp), hours: &str| {
        format!(
            "generate_series(timestamptz '{from}', timestamptz '{to}' - interval '1 second', interval '{every}') AS time \
             CROSS JOIN LATERAL (SELECT extract(hour FROM time AT TIME ZONE 'UTC') AS hour) AS local \
             CROSS JOIN generate_series(1, ROWS) AS number WHERE hour BETWEEN {hours}"
        )
    };
    let sums = |attribution: &str, agent: &str, every: &str, rows: &str| {
        pieces(&|from, to| {
            format!(
                "INSERT INTO interval_sums SELECT '{attribution}', time, 'eu-central-1', 'centre', {agent}, 'VOICE', 3, 0, 0, 2, 1, \
                 0, 0, 0, 0, 0, 0, 0, 0, 1, 300, 2, 20, 40, 2, 360, 30, 40, 2, 30, 20, 1, 20 FROM {}",
                times(every, (from, to), "7 AND 18").replace("ROWS", rows)
            )
        })
    };
    let queue_id = "'00000000-0000-4000-8000-' || lpad(number::text, 12, '0')";
    let queue = &format!("{queue_id}, ''");
    let agent = "'00000000-0000-4000-8000-' || lpad((number % 250)::text, 12, '0'), 'agent' || number";
    let levels = pieces(&|from, to| {
        format!(
            "INSERT INTO interval_service_levels SELECT 'enqueue', time, 'eu-central-1', 'centre', {queue_id}, 'VOICE', 20, 1, 1 FROM {}",
            times("5 minutes", (from, to), "7 AND 18").replace("ROWS", "250")
        )
    });
    let agent_id = "'10000000-0000-4000-8000-' || lpad(number::text, 12, '0')";
    let status = |every: &str, name: &str| {
        pieces(&|from, to| {
            format!(
                "INSERT INTO agent_interval_sums SELECT time, 'eu-central-1', 'centre', {agent_id}, '{name}', 'ROUTABLE', \
                 300, 300, 0, 60, 240, 20, 0, 0 FROM {}",
                times(every, (from, to), "9 AND 16").replace("ROWS", "1200")
            )
        })
    };
    let names = [
        format!(
            "INSERT INTO queue_names SELECT 'eu-central-1', 'centre', {queue_id}, 'queue ' || number, '' \
             FROM generate_series(1, 250) AS number"
        ),
        format!(
            "INSERT INTO agent_names SELECT 'eu-central-1', 'centre', {agent_id}, 'agent' || number, '' \
             FROM generate_series(1, 1200) AS number"
        ),
        "ANALYZE".to_owned(),
    ];
    [
        sums("enqueue", queue, "5 minutes", "250"),
        sums("disconnect", queue, "15 minutes", "250"),
        sums("connected", agent, "50 minutes", "1200"),
        levels,
        status("5 minutes", "Available"),
        status("1 hour", "Lunch"),
        names.into(),
    ]
    .concat()
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

/// The processor time of the process and the kernel for it, where Linux tells it.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    f64::from(ticks) / 100.0
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
