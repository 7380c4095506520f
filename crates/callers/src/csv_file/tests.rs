use std::fmt::Write as _;

use super::*;

fn read_text(text: impl AsRef<[u8]>) -> Result<Vec<(String, String)>, AtLine> {
    let rows = rows(text.as_ref())?;
    Ok(rows.into_iter().map(|(phone, name)| (phone.as_str().to_owned(), name)).collect())
}

fn row(phone: &str, name: &str) -> (String, String) {
    (phone.to_owned(), name.to_owned())
}

#[test]
fn columns_come_in_any_case_and_order() {
    let expected = vec![row("+61491570006", "Ada Example"), row("+61491570156", "Bo, Example")];
    for text in [
        "Phone,Name\n+61491570006,Ada Example\n+61491570156,\"Bo, Example\"\n",
        "name,PHONE\r\nAda Example,+61491570006\r\n\"Bo, Example\",+61491570156",
        "Id, Name , Phone ,Note\n1, Ada Example , +61491570006 ,x\n2,\"Bo, Example\",+61491570156\n",
        "\u{feff}Phone,Name\n+61491570006,Ada Example\n+61491570156,\"Bo, Example\"\n",
        "\u{feff}\"Phone\",Name\n\n+61491570006,Ada Example\n\n+61491570156,\"Bo, Example\"\n",
    ] {
        assert_eq!(read_text(text), Ok(expected.clone()), "{text:?}");
    }
}

/// The service that this replaces searched its list from the top.
#[test]
fn the_first_of_two_rows_with_one_number_counts() {
    let text = "Phone,Name\n+61491570006,first\n+61491570156,other\n+61491570006,second\n";
    assert_eq!(read_text(text), Ok(vec![row("+61491570006", "first"), row("+61491570156", "other")]));
}

/// The list that this replaces has an entry `anonymous` whose number is empty.
#[test]
fn rows_that_say_nothing_are_skipped() {
    let text = "Phone,Name\n,anonymous\n+61491570006\n+61491570006,\n\n+61491570006,Ada\n";
    assert_eq!(read_text(text), Ok(vec![row("+61491570006", "Ada")]));
    assert_eq!(read_text("Phone,Name\n"), Ok(vec![]));
}

#[test]
fn an_error_names_its_line() {
    for (text, line, problem) in [
        ("", 1, CsvProblem::NoColumn("Phone")),
        ("Number,Name\n", 1, CsvProblem::NoColumn("Phone")),
        ("Phone;Name\n", 1, CsvProblem::NoColumn("Phone")),
        ("Phone,Naam\n", 1, CsvProblem::NoColumn("Name")),
        ("Phone,Name\n+61491570006,Ada\nsecret,Bo\n", 3, CsvProblem::Phone),
        ("Phone,Name\n\n\nsecret,Bo\n", 4, CsvProblem::Phone),
        ("Phone,Name\r\n\r\nsecret,Bo\r\n", 3, CsvProblem::Phone),
        ("Phone,Name\r\n+61491570006,Ada\r\nsecret,Bo\r\n", 3, CsvProblem::Phone),
        ("\u{feff}Phone,Name\n+61491570006,Ada\nsecret,Bo\n", 3, CsvProblem::Phone),
        ("Phone,Name,Note\n+61491570006,Ada,\"two\nlines\"\nsecret,Bo,\n", 4, CsvProblem::Phone),
        ("Phone,Name\n+61 491 570 006,Ada\n", 2, CsvProblem::Phone),
        ("Phone,Name\n+61491570006,\"secret\nBo\"\n", 2, CsvProblem::Name),
    ] {
        assert_eq!(read_text(text), Err(AtLine { line, problem }), "{text:?}");
        assert!(!problem.to_string().contains("secret"));
    }
    let not_utf8 = |line| Err(AtLine { line, problem: CsvProblem::NotUtf8 });
    assert_eq!(read_text(b"Phone,Name\n\n+61491570006,Zo\xeb\n"), not_utf8(3));
    assert_eq!(read_text(b"Phone,N\xe4me\n"), not_utf8(1));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(&folder.path().join("nobody.csv")).unwrap_err();
    assert!(matches!(&error, OpenError::Read { .. }));
    assert!(error.to_string().contains("nobody.csv"), "{error}");
}

#[test]
fn a_hundred_thousand_rows_are_read() {
    let mut text = String::from("Phone,Name\n");
    for line in 0..100_000 {
        writeln!(text, "+{line:011},Caller {line}").unwrap();
    }
    assert_eq!(read_text(text).unwrap().len(), 100_000);
}
