use super::*;

const HEADER: &str = "Agent,StartInterval,EndInterval,Agent idle time,Non-Productive Time,Online time\n";

fn read(report: &[u8]) -> Vec<Result<AgentRow, (u64, RowFault)>> {
    let row = |row| match row {
        Ok(row) => Ok(row),
        Err(AgentReportError::Row { line, fault }) => Err((line, fault)),
        Err(error) => panic!("{error}"),
    };
    AgentReport::new(report).unwrap().map(row).collect()
}

fn row(agent: &str, [online_secs, non_productive_secs, idle_secs]: [Option<u64>; 3]) -> AgentRow {
    let at = |text: &str| text.parse().unwrap();
    AgentRow {
        agent: agent.to_owned(),
        during: Period::new(at("2024-05-01T10:00:00Z"), at("2024-05-01T10:30:00Z")).unwrap(),
        times: AgentTimes { online_secs, non_productive_secs, idle_secs },
    }
}

#[test]
fn columns_are_found_by_name() {
    let named = [
        HEADER,
        "\u{feff}AGENT,startinterval,endinterval,AGENT IDLE TIME,non-productive time,ONLINE TIME\r\n",
        "Username,Start Interval,End Interval,Agent idle time,Agent Non-Productive time,Online Time\n",
        "Agent Name,Interval start,Interval end,\"Agent\nidle time\",Agent non-productive time,Agent online time\n",
    ];
    for header in named {
        let report = format!("{header}anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,30,00:01:00,1800\n");
        assert_eq!(read(report.as_bytes()), [Ok(row("anna", [Some(1800), Some(60), Some(30)]))], "{header}");
    }
    let report = "Online time,EndInterval,Team,StartInterval,Agent,Username\n\
                  9,2024-05-01T12:30:00+02:00,T,2024-05-01T10:00:00Z,Anna Berg,anna\n";
    assert_eq!(read(report.as_bytes()), [Ok(row("anna", [Some(9), None, None]))]);
}

#[test]
fn an_empty_figure_is_not_available_and_a_zero_is() {
    let report = format!("{HEADER}anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,,0, 00:29:59 \n");
    assert_eq!(read(report.as_bytes()), [Ok(row("anna", [Some(1799), Some(0), None]))]);
}

#[test]
fn quoted_cells_hold_commas_quotes_and_newlines() {
    let report = format!(
        "{HEADER}\"Åsa, \"\"the\nfirst\"\"\",2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1,2,3\n,x,x,1,2,3\n"
    );
    assert_eq!(
        read(report.as_bytes()),
        [Ok(row("Åsa, \"the\nfirst\"", [Some(3), Some(2), Some(1)])), Err((4, RowFault::NoAgent))]
    );
}

#[test]
fn a_bad_row_costs_itself() {
    let good = "anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1,2,3\n";
    let times = "2024-05-01T10:00:00Z,2024-05-01T10:30:00Z";
    let bad = [
        (",,,,,\n".to_owned(), RowFault::NoAgent),
        ("anna,,,1,2,3\n".to_owned(), RowFault::NoInterval),
        ("anna,2024-05-01 10:00,2024-05-01 10:30,1,2,3\n".to_owned(), RowFault::Timestamp),
        ("anna,2024-05-01T10:30:00Z,2024-05-01T10:00:00Z,1,2,3\n".to_owned(), RowFault::Interval),
        ("anna,2024-05-01T10:30:00Z,9999-05-01T10:00:00Z,1,2,3\n".to_owned(), RowFault::Interval),
        (format!("anna,{times},1,2\n"), RowFault::Width),
        (format!("anna,{times},-1,2,3\n"), RowFault::Duration),
        (format!("anna,{times},00:60:00,2,3\n"), RowFault::Duration),
        (format!("anna,{times},1:00,2,3\n"), RowFault::Duration),
        (format!("anna,{times},1.x,2,3\n"), RowFault::Duration),
        (format!("anna,{times},99999999999999999999,2,3\n"), RowFault::Duration),
        (format!("anna,{times},99999999999999999999:00:00,2,3\n"), RowFault::Duration),
        (format!("anna,{times},1,2,1801\n"), RowFault::TooLong),
        (format!("anna,{times},1,00:30:01,\n"), RowFault::TooLong),
        (format!("anna,{times},1801,2,3\n"), RowFault::TooLong),
        ("anna,1970-01-01T00:00:00Z,1970-01-01T00:30:00Z,1,2,3\n".to_owned(), RowFault::Timestamp),
    ];
    for (row_text, fault) in bad {
        let read = read(format!("{HEADER}{good}{row_text}{good}").as_bytes());
        let expected = Ok(row("anna", [Some(3), Some(2), Some(1)]));
        assert_eq!(read, [expected.clone(), Err((3, fault)), expected], "{row_text}");
    }
    let mut report = format!("{HEADER}{good}").into_bytes();
    report.extend_from_slice(b"\xff,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1,2,3\n");
    report.extend_from_slice(good.as_bytes());
    let read = read(&report);
    assert_eq!((read.len(), &read[1]), (3, &Err((3, RowFault::NotUtf8))));
}

#[test]
fn fractions_of_a_second_are_dropped() {
    let report = format!("{HEADER}anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1.0,2.99,3\n");
    assert_eq!(read(report.as_bytes()), [Ok(row("anna", [Some(3), Some(2), Some(1)]))]);
}

#[test]
fn what_is_no_agent_report_is_rejected() {
    let missing = |report: &[u8]| match AgentReport::new(report).unwrap_err() {
        AgentReportError::NoColumn(name) => name,
        error => panic!("{error}"),
    };
    assert_eq!(missing(b""), "Agent");
    assert_eq!(missing(b"Queue,StartInterval,EndInterval,Online time\n"), "Agent");
    assert_eq!(missing(b"Agent,EndInterval,Online time\n"), "StartInterval");
    assert_eq!(missing(b"Agent;EndInterval;Online time, all\n"), "StartInterval");
    assert_eq!(missing(b"Agent,StartInterval,Online time\n"), "EndInterval");
    assert_eq!(missing(b"Agent,StartInterval,EndInterval,Contacts handled\n"), "Online time");
    assert!(matches!(AgentReport::new(&b"Agent,\xff\n"[..]), Err(AgentReportError::Header)));
}

#[test]
fn a_duration_may_be_as_long_as_its_interval() {
    let day = "anna,2024-05-01T00:00:00Z,2024-05-02T00:00:00Z,24:00:00,86400,24:00:00\n";
    let rows = read(format!("{HEADER}{day}").as_bytes());
    assert_eq!(rows[0].as_ref().unwrap().times.online_secs, Some(86_400));
}

#[test]
fn what_a_spreadsheet_saved_is_read() {
    let text = format!("{HEADER}anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1,2,3\nbo,,,,,\n");
    let read_as = |text: &str| {
        assert!(is_agent_report(text.as_bytes()), "{text}");
        read(text.as_bytes())
    };
    let anna = Ok(row("anna", [Some(3), Some(2), Some(1)]));
    for delimiter in [";", "\t", ","] {
        let text = text.replace(',', delimiter);
        assert_eq!(read_as(&text), [anna.clone(), Err((3, RowFault::NoInterval))], "{delimiter}");
    }
    let title = "\u{feff}\"Agents\",\"daily; all\"\r\n\r\n";
    assert_eq!(read_as(&format!("{title}{text}")), [anna.clone(), Err((5, RowFault::NoInterval))]);
    assert_eq!(read_as(&format!("{}{text}", "x\n".repeat(10)))[1], Err((13, RowFault::NoInterval)));
    assert!(!is_agent_report(format!("{}{text}", "x\n".repeat(11)).as_bytes()));
}

#[test]
fn utf16_is_refused_as_such() {
    let text = format!("\u{feff}{HEADER}");
    for skipped in [0, 2] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).skip(skipped).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).skip(skipped).collect();
        for bytes in [little, big] {
            let error = AgentReport::new(&bytes[..]).unwrap_err();
            assert_eq!(error.to_string(), "it is UTF-16; save it as UTF-8");
            assert!(is_agent_report(&bytes));
        }
    }
    let other: Vec<u8> = "\u{feff}Name,Phone\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!is_agent_report(&other) && !is_agent_report(b"\0\x01\x02\x03") && !is_agent_report(b""));
}

#[test]
fn a_long_report_is_read_to_its_end() {
    let row = "anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,1,2,3\n";
    let report = format!("{HEADER}{}", row.repeat(3000));
    assert!(report.len() > 128 * 1024);
    assert_eq!(read(report.as_bytes()).iter().filter(|row| row.is_ok()).count(), 3000);
}

#[test]
fn an_input_that_fails_ends_the_rows() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("lost"))
        }
    }
    let mut report = AgentReport::new(io::Read::chain(HEADER.as_bytes(), Failing)).unwrap();
    assert!(matches!(report.next(), Some(Err(AgentReportError::Read(_)))));
    assert!(report.next().is_none());
    assert!(matches!(AgentReport::new(Failing), Err(AgentReportError::Read(_))));
}

#[test]
fn an_error_names_the_line_and_no_cell() {
    let report = format!("{HEADER}anna,2024-05-01T10:00:00Z,2024-05-01T10:30:00Z,secret,2,3\n");
    let error = AgentReport::new(report.as_bytes()).unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "line 2: a duration that can't be read");
}
