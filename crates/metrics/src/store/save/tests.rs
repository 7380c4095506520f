use serde_json::json;

use super::*;

/// The most of a part.
const MAX_BYTES: usize = 4_000_000;

#[test]
fn no_rows_are_one_part() {
    assert_eq!(parts(Vec::<Value>::new(), |_| {}, MAX_BYTES), Ok(vec!["[]".to_owned()]));
}

#[test]
fn whole_numbers_are_written_without_a_fraction() {
    let rows = [json!({"a": 5.0, "b": 12.25, "c": null, "d": "5.0", "e": -0.0, "f": 1e300})];
    assert_eq!(
        parts(rows, |_| {}, MAX_BYTES),
        Ok(vec![r#"[{"a":5,"b":12.25,"c":null,"d":"5.0","e":0,"f":1e+300}]"#.to_owned()])
    );
}

#[test]
fn what_is_too_large_for_a_request_comes_in_parts() {
    let row = json!({"text": "\"".repeat(100_000)});
    let parts = parts(vec![row.clone(); 40], |_| {}, MAX_BYTES).unwrap();
    assert!(parts.len() > 1);
    let mut rows = Vec::new();
    for part in &parts {
        assert!(Value::from(part.as_str()).to_string().len() <= MAX_BYTES + 10, "as a string in a request");
        rows.extend(serde_json::from_str::<Vec<Value>>(part).unwrap());
    }
    assert_eq!(rows, vec![row; 40]);
}

#[test]
fn a_row_for_postgresql_is_told_by_the_places_of_its_columns_and_without_what_it_lacks() {
    let columns = [Table::Intervals.keys(), Table::Intervals.values()].concat();
    let named = |name: &str| columns.iter().position(|column| column.name == name).unwrap();
    let letter = |name| char::from(b'a' + u8::try_from(named(name)).unwrap()).to_string();
    let row = json!({"start_time": "2026-03-02T10:00:00.000000Z", "metric": "it is.000000Z", "value": null});
    let mut positional = row.clone();
    statement::to_positional_row(Dialect::Postgres, &columns, &mut positional);
    let expected = json!({letter("start_time"): "2026-03-02T10:00:00Z", letter("metric"): "it is.000000Z"});
    assert_eq!(positional, expected);
    let mut kept = row.clone();
    statement::to_positional_row(Dialect::Sqlite, &columns, &mut kept);
    assert_eq!(kept, row);
}

#[test]
fn a_part_takes_as_much_as_it_may_and_one_row_at_least() {
    // Ten bytes, two quotes escaped, and a comma.
    let row = json!({"a": 12345});
    let size = row.to_string().len() + 2 + 1;
    let lengths = |rows: usize, at_most| {
        let parts = parts(vec![row.clone(); rows], |_| {}, at_most).unwrap();
        parts.iter().map(|part| serde_json::from_str::<Vec<Value>>(part).unwrap().len()).collect::<Vec<_>>()
    };
    assert_eq!(lengths(4, 2 * size), [2, 2]);
    assert_eq!(lengths(4, 2 * size - 1), [1, 1, 1, 1]);
    assert_eq!(lengths(4, 4 * size), [4]);
    assert_eq!(lengths(2, 1), [1, 1], "one that is too large comes alone");
}

#[test]
fn a_nul_is_replaced_in_texts_alone() {
    let rows = [json!({"a": "x\0y", "b": 1, "c": null, "d": "plain"})];
    let expected = format!("[{}]", json!({"a": "x\u{FFFD}y", "b": 1, "c": null, "d": "plain"}));
    assert_eq!(parts(rows, |_| {}, MAX_BYTES), Ok(vec![expected]));
    assert_eq!((stored("a\0"), stored("a")), ("a\u{FFFD}".to_owned(), "a".to_owned()));
}

#[test]
fn an_interval_belongs_to_a_day_of_the_centres_also_where_its_clocks_change() {
    let recorded = |start: &str, zone: &str| {
        let start: Timestamp = start.parse().unwrap();
        let end = start + jiff::SignedDuration::from_mins(5);
        let record = read_record(Interval { start, end }, &TimeZone::get(zone).unwrap());
        ["day", "local_time", "quarter"].map(|name| record[name].as_str().unwrap().to_owned())
    };
    let expected = |day: &str, local: &str, quarter: &str| [day, local, quarter].map(str::to_owned);
    assert_eq!(
        recorded("2026-11-20T13:40:00Z", "Australia/Sydney"),
        expected("2026-11-21", "2026-11-21T00:40:00", "2026-11-20T13:30:00.000000Z")
    );
    // Two o'clock comes twice.
    for utc in ["2026-10-25T00:10:00Z", "2026-10-25T01:10:00Z"] {
        assert_eq!(recorded(utc, "Europe/Berlin")[..2], ["2026-10-25", "2026-10-25T02:10:00"]);
    }
    assert_eq!(recorded("2026-03-29T01:00:00Z", "Europe/Berlin")[1], "2026-03-29T03:00:00");
}

#[test]
fn the_counts_of_postgresql_are_added_and_a_lock_that_was_not_acquired_is_retried() {
    let result = |text: &str| QueryResult { rows: vec![text.to_owned()], written: 0 };
    let statements = |n| vec![Statement::read("SELECT", Vec::new()); n];
    let count =
        |results: &[QueryResult], n| count(Dialect::Postgres, Table::Metadata, &statements(n), results);
    let saved = result(r#"{"lock_acquired":1,"written":3,"reset":2,"ahead":false}"#);
    assert_eq!(count(std::slice::from_ref(&saved), 1), Ok((3, 2)));
    assert_eq!(count(&[result("{}"), saved.clone(), saved], 3), Ok((6, 4)), "the first locks the table");
    let missed = count(&[result(r#"{"lock_acquired":0,"written":0,"reset":0,"ahead":false}"#)], 1);
    assert_eq!(missed, Err(SqlError::Unavailable("another save".to_owned())));
    let ahead = count(&[result(r#"{"lock_acquired":0,"written":0,"reset":0,"ahead":true}"#)], 1);
    assert_eq!(ahead, Err(SqlError::Rejected(AHEAD.to_owned())));
    assert_eq!(count(&[result("no")], 1), Err(SqlError::NotUnderstood));
}

#[test]
fn what_sqlite_wrote_is_counted_statement_by_statement() {
    let wrote = |counts: &[u64]| -> Vec<_> {
        counts.iter().map(|written| QueryResult { rows: Vec::new(), written: *written }).collect()
    };
    let count = |table, counts: &[u64]| count(Dialect::Sqlite, table, &[], &wrote(counts));
    assert_eq!(count(Table::CurrentUsers, &[3, 2, 5, 1, 4, 1, 5, 1]), Ok((7, 3)));
    assert_eq!(count(Table::Metadata, &[3, 2, 1, 4, 1, 1]), Ok((7, 3)));
    assert_eq!(count(Table::History, &[3, 9, 5, 1]), Ok((3, 0)), "nothing of intervals is reset");
}
