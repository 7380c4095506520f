use serde_json::json;

use super::*;

#[test]
fn no_rows_are_one_part() {
    assert_eq!(parts(Vec::<Value>::new(), DATA_API_PART_MAX_BYTES), Ok(vec!["[]".to_owned()]));
}

#[test]
fn whole_numbers_are_written_without_a_fraction() {
    let rows = [json!({"a": 5.0, "b": 12.25, "c": null, "d": "5.0", "e": -0.0, "f": 1e300})];
    assert_eq!(
        parts(rows, DATA_API_PART_MAX_BYTES),
        Ok(vec![r#"[{"a":5,"b":12.25,"c":null,"d":"5.0","e":0,"f":1e+300}]"#.to_owned()])
    );
}

#[test]
fn what_is_too_large_for_a_request_comes_in_parts() {
    let row = json!({"text": "\"".repeat(100_000)});
    let parts = parts(vec![row.clone(); 40], DATA_API_PART_MAX_BYTES).unwrap();
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
