//! Against a CSV file.

use std::{fmt::Write as _, fs};

use switchboard_callers::{CsvProblem, Directory, Limits, LookupResult, OpenError};

use super::{far, number};

#[tokio::test]
async fn names_come_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callers.csv");
    fs::write(&path, "Phone,Name\n+61491570006,Ada Example\n").unwrap();
    let directory = Directory::file(&path, Limits::default()).unwrap();

    let [ada, nobody] = ["+61491570006", "+61491570156"].map(number);
    let looked_up = directory.look_up([&ada, &nobody, &ada], far()).await;
    assert_eq!(looked_up.get(&ada), &LookupResult::Known("Ada Example".into()));
    assert_eq!(looked_up.get(&nobody), &LookupResult::Unknown);
    assert_eq!((looked_up.requested, looked_up.known, looked_up.unknown), (2, 1, 1));
}

#[test]
fn a_file_that_is_not_understood_is_refused_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callers.csv");
    fs::write(&path, "Phone,Name\n+61491570006,Ada Example\nsecret,Bo Example\n").unwrap();
    let error = Directory::file(&path, Limits::default()).unwrap_err();
    assert!(matches!(error, OpenError::Csv { line: 3, problem: CsvProblem::Phone, .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("line 3") && !message.contains("secret"), "{message}");
}

#[tokio::test]
async fn a_hundred_thousand_numbers_are_looked_up() {
    let asked: Vec<_> = (0..100_000).map(|line| number(&format!("+{line:011}"))).collect();
    let mut text = String::from("Phone,Name\n");
    for number in asked.iter().step_by(2) {
        writeln!(text, "{},Ada Example", number.as_str()).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("callers.csv");
    fs::write(&path, text).unwrap();

    let looked_up = Directory::file(&path, Limits::default()).unwrap().look_up(&asked, far()).await;
    assert_eq!((looked_up.known, looked_up.unknown, looked_up.failed), (50_000, 50_000, 0));
}
