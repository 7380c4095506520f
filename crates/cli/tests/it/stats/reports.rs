//! Agent reports of several lengths, impossible ones, and those of another form.

use super::{rows, sum};
use crate::program::Folder;

const HEADER: &str = "Agent,StartInterval,EndInterval,Agent idle time,Non-Productive Time,Online time\n";

#[test]
fn a_second_of_an_agent_counts_once() {
    let folder = Folder::new();
    folder.write(
        "in/day.csv",
        format!("{HEADER}mira,2026-11-09T00:00:00Z,2026-11-10T00:00:00Z,1200,600,3600\n"),
    );
    let half_hours = format!(
        "{HEADER}mira,2026-11-09T10:00:00Z,2026-11-09T10:30:00Z,600,300,1800\n\
         mira,2026-11-09T10:30:00Z,2026-11-09T11:00:00Z,600,300,1800\n"
    );
    folder.write("in/half-hours.csv", half_hours);
    assert_eq!(folder.run(&["wfm", "stats", "in", "--csv", "stats"]).status, 0);
    let agents = folder.read("stats/agents.csv");
    let agents = rows(&agents);
    let online: Vec<_> = agents.iter().map(|row| (row["interval_start"], row["tot_work_dur"])).collect();
    let expected = ["10:00", "10:15", "10:30", "10:45"].map(|at| format!("2026-11-09T{at}:00+00:00"));
    assert_eq!(online, expected.each_ref().map(|at| (at.as_str(), "900")));
    assert_eq!(sum(&agents, "agent", "mira", "pause_dur"), 600);
    assert_eq!(sum(&agents, "agent", "mira", "wait_dur"), 1200);
}

#[test]
fn more_time_than_there_is_is_excluded_with_its_place() {
    let folder = Folder::new();
    let report = format!(
        "{HEADER}ann,2026-11-02T10:00:00Z,2026-11-02T10:30:00Z,100,200,9000\n\
         ann,2026-11-02T10:30:00Z,2026-11-02T11:00:00Z,5000,200,1800\n\
         ann,2026-11-02T11:00:00Z,2026-11-02T11:30:00Z,100,200,1800\n"
    );
    folder.write("report.csv", report);
    let ended = folder.run(&["wfm", "stats", "report.csv", "--interval", "30m", "--csv", "stats"]);
    assert_eq!(ended.status, 1);
    for place in ["line 2", "line 3"] {
        let line = ended.stdout.lines().find(|line| line.contains(place)).unwrap_or_default();
        assert!(line.contains("more seconds than its interval has"), "{}", ended.stdout);
    }
    assert_eq!(sum(&rows(&folder.read("stats/agents.csv")), "agent", "ann", "tot_work_dur"), 1800);
}

#[test]
fn reports_of_another_form_are_read_or_named() {
    let row = |agent: &str| format!("{agent},2026-11-02T10:00:00Z,2026-11-02T10:30:00Z,100,200,1800\n");
    let folder = Folder::new();
    folder.write("in/good.csv", format!("{HEADER}{}", row("ann")));
    folder.write("in/semicolons.csv", format!("{HEADER}{}", row("bo")).replace(',', ";"));
    folder.write("in/tabs.csv", format!("{HEADER}{}", row("cleo")).replace(',', "\t"));
    let title = "\"Report name\",\"Agents, daily\"\n\n";
    folder.write("in/title.csv", format!("{title}{HEADER}{}bad,row\n", row("dan")));
    let text = format!("\u{feff}{HEADER}{}", row("eve"));
    folder.write("in/unicode.csv", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let ended = folder.run(&["wfm", "stats", "in", "--csv", "stats"]);
    let agents = folder.read("stats/agents.csv");
    let mut named: Vec<_> = rows(&agents).iter().map(|row| row["agent"].to_owned()).collect();
    named.dedup();
    assert_eq!(named[..4], ["ann", "bo", "cleo", "dan"], "{}", ended.stdout);
    assert_eq!(ended.status, 1);
    let shown = |file: &str, reason: &str| {
        let line = ended.stdout.lines().find(|line| line.contains(file) && line.contains(reason));
        assert!(line.is_some(), "{file} {reason}: {}", ended.stdout);
    };
    shown("unicode.csv", "UTF-16");
    shown("title.csv", "line 5");
}
