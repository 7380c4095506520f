use serde_json::json;

use super::*;

#[test]
fn no_rows_are_one_part() {
    assert_eq!(parts(Vec::<Value>::new(), |_| {}, DATA_API_PART_MAX_BYTES), Ok(vec!["[]".to_owned()]));
}

#[test]
fn whole_numbers_are_written_without_a_fraction() {
    let rows = [json!({"a": 5.0, "b": 12.25, "c": null, "d": "5.0", "e": -0.0, "f": 1e300})];
    assert_eq!(
        parts(rows, |_| {}, DATA_API_PART_MAX_BYTES),
        Ok(vec![r#"[{"a":5,"b":12.25,"c":null,"d":"5.0","e":0,"f":1e+300}]"#.to_owned()])
    );
}

#[test]
fn what_is_too_large_for_a_request_comes_in_parts() {
    let row = json!({"text": "\"".repeat(100_000)});
    let parts = parts(vec![row.clone(); 40], |_| {}, DATA_API_PART_MAX_BYTES).unwrap();
    assert!(parts.len() > 1);
    let mut rows = Vec::new();
    for part in &parts {
        assert!(
            Value::from(part.as_str()).to_string().len() <= DATA_API_PART_MAX_BYTES + 10,
            "as a string in a request"
        );
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
    let mut told = row.clone();
    Dialect::Postgres.shorten(&columns, &mut told);
    let expected = json!({letter("start_time"): "2026-03-02T10:00:00Z", letter("metric"): "it is.000000Z"});
    assert_eq!(told, expected);
    let mut kept = row.clone();
    Dialect::Sqlite.shorten(&columns, &mut kept);
    assert_eq!(kept, row);
}
