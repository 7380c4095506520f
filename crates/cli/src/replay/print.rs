//! A replay's report as text and as JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::report::{AgentCounts, ContactCounts, Counts, ListedChange, Report, WorkforceCounts};
use crate::table::{Screen, TextTable, clean, shortened, wrapped};

/// Where the terminal is narrower, what each file is is left out: the numbers tell more.
const ROOM_FOR_ALL_COLUMNS: usize = 100;

/// What the columns of numbers take, with the space between them.
const NUMBERS_WIDTH: usize = 46;

/// The same where there is more room, and what each file is.
const WIDE_COLUMNS_WIDTH: usize = 76;

/// Which column counts what was rejected.
const REJECTED_COLUMN: usize = 6;

/// What the workforce feed's columns of numbers take.
const FEED_WIDTH: usize = 44;

/// The same where there is more room, and what each file is.
const WIDE_FEED_WIDTH: usize = 70;

/// Which of its columns counts what failed.
const FAILED_COLUMN: usize = 5;

/// What the columns of numbers about contacts take.
const CONTACTS_WIDTH: usize = 30;

/// The same where there is more room, and what each file is.
const WIDE_CONTACTS_WIDTH: usize = 58;

/// Which of its columns counts what was rejected.
const CONTACTS_REJECTED_COLUMN: usize = 3;

/// What stands between a folder's files and the margin.
const INDENT: &str = "  ";

/// Prints the report as one JSON document.
///
/// # Errors
/// When standard output fails.
pub(crate) fn json(report: &Report) -> io::Result<()> {
    let json = serde_json::to_vec_pretty(report)?;
    let mut out = io::stdout().lock();
    out.write_all(&json)?;
    writeln!(out)
}

/// Prints the report for people.
///
/// # Errors
/// When standard output fails.
pub(crate) fn tables(report: &Report) -> io::Result<()> {
    let screen = Screen::stdout();
    let mut out = io::stdout().lock();
    if !report.files.is_empty() {
        write!(out, "{}", files(report, screen))?;
    } else if report.workforce_feed.files.is_empty() && report.contacts.files.is_empty() {
        writeln!(out, "nothing to replay")?;
    }
    fed(report, screen, &mut out)?;
    contacts(report, screen, &mut out)?;
    agents(report, screen, &mut out)?;
    skipped(report, screen, &mut out)?;
    rejected(report, screen, &mut out)?;
    writeln!(out)?;
    places(report, &mut out)?;
    example(report, &mut out)?;
    hint(report, &mut out)?;
    conclusion(report, &mut out)
}

/// Where callers were looked up, and where the results are.
fn places(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let (feed, files) = (&report.workforce_feed, &report.files);
    let mut line = |is_shown: bool, label: &str, place: &str| {
        if is_shown { writeln!(out, "{label:<12} {}", clean(place)) } else { Ok(()) }
    };
    line(!files.is_empty(), "callers:", &report.callers.to_string())?;
    let is_enriched = files.iter().any(|file| file.enriched.is_some());
    line(is_enriched, "enriched:", &format!("{}/enriched", report.out))?;
    line(feed.total.delivered > 0, "wfm files:", &feed.to)?;
    let rejects = files.iter().map(|file| &file.rejected_records);
    let rejects = rejects.chain(feed.files.iter().map(|file| &file.rejected_records));
    let mut rejects = rejects.chain(report.contacts.files.iter().map(|file| &file.rejected_records));
    line(rejects.any(Option::is_some), "rejects:", &format!("{}/rejected", report.out))?;
    line(feed.total.rejected > 0, "wfm rejects:", &format!("{}/wfm-rejected", report.out))
}

/// Why the exit status is 1, if it is: the last line, since a reader begins there.
fn conclusion(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let count = |count: u64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        count => Some(format!("{count} {what}s")),
    };
    let rejected = count(report.rejected() - report.unused_files(), "rejected item");
    let parts: Vec<_> = rejected.into_iter().chain(count(report.unused_files(), "skipped file")).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let parts = parts.join(" and ");
    if report.are_samples {
        writeln!(
            out,
            "\nReplay complete. These samples are damaged on purpose, everything else went through:"
        )?;
        return writeln!(out, "{parts} (listed above), so the exit status is 1.");
    }
    writeln!(out, "\nReplay complete with {parts} (listed above): exit status 1")
}

/// Where contacts are, and the command that shows one.
fn hint(report: &Report, out: &mut impl Write) -> io::Result<()> {
    match &report.contacts.hint {
        Some(hint) => {
            writeln!(out, "\ncontacts: {}; see one with: {}", report.contacts.location, clean(&hint.command))
        }
        None => Ok(()),
    }
}

/// The table of contacts, if anything was told of one.
fn contacts(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.contacts.files.is_empty() {
        return Ok(());
    }
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let others = if wide { WIDE_CONTACTS_WIDTH } else { CONTACTS_WIDTH };
    let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let mut header = vec!["contacts", "events", "contacts", "rejected"];
    header.extend(wide.then_some("what it is"));
    let mut table = TextTable::new(screen, &header, 1..CONTACTS_REJECTED_COLUMN + 1);
    let mut last = "";
    for file in &report.contacts.files {
        let name = under_folder(&mut table, screen, &file.path, &mut last, name_width);
        contacts_row(&mut table, name, &file.counts, wide.then_some(file.content));
    }
    contacts_row(&mut table, "total".to_owned(), &report.contacts.total, None);
    let is_first = report.files.is_empty() && report.workforce_feed.files.is_empty();
    write!(out, "{}{table}", if is_first { "" } else { "\n" })
}

fn contacts_row(table: &mut TextTable, name: String, followed: &ContactCounts, what: Option<&str>) {
    let ContactCounts { events, contacts, rejected } = followed;
    let cells = std::iter::once(name).chain([events, contacts, rejected].map(ToString::to_string));
    let cells = cells.chain(what.map(str::to_owned));
    if *rejected > 0 { table.row_with_alert(cells, CONTACTS_REJECTED_COLUMN) } else { table.row(cells) }
}

/// The table of agents, if anything was told of one, and what changed.
fn agents(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let told = &report.agents;
    if told.files.is_empty() {
        return Ok(());
    }
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let others = if wide { WIDE_CONTACTS_WIDTH } else { CONTACTS_WIDTH };
    let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let mut header = vec!["agents", "events", "agents", "changes"];
    header.extend(wide.then_some("what it is"));
    let mut table = TextTable::new(screen, &header, 1..4);
    let row = |table: &mut TextTable, name: String, adherence: &AgentCounts, what: &str| {
        let AgentCounts { events, agents, changes } = adherence;
        let cells = std::iter::once(name).chain([events, agents, changes].map(ToString::to_string));
        table.row(cells.chain(wide.then(|| what.to_owned())));
    };
    let mut last = "";
    for file in &told.files {
        let name = under_folder(&mut table, screen, &file.path, &mut last, name_width);
        row(&mut table, name, &file.counts, file.content);
    }
    row(&mut table, "total".to_owned(), &told.total, "");
    write!(out, "\n{table}")?;
    changes(report, screen, out)
}

fn changes(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let told = &report.agents;
    if told.changes.is_empty() {
        return Ok(());
    }
    let mut table = TextTable::new(screen, &["changes", "agent", "logged", "state", "since"], 0..0);
    let mut last = "";
    for ListedChange { path, change } in &told.changes {
        if path != last {
            table.heading(&shortened(path, screen.width.unwrap_or(usize::MAX)));
            last = path;
        }
        // Names are somebody's text: nothing in them may drive the terminal.
        let text = |text: &str| wrapped(text, usize::MAX).concat();
        let logged = if change.is_logged_on { "on" } else { "off" };
        let since = change.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        table.row([String::new(), text(&change.agent), logged.to_owned(), text(&change.state), since]);
    }
    write!(out, "\n{table}")?;
    if told.changes_not_listed > 0 {
        writeln!(out, "… and {} more, all in {}/agent-states", told.changes_not_listed, report.out)?;
    }
    Ok(())
}

fn files(report: &Report, screen: Screen) -> TextTable {
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let others = if wide { WIDE_COLUMNS_WIDTH } else { NUMBERS_WIDTH };
    let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let mut header =
        vec!["\nfile", "\nrecords", "\nknown", "\nunknown", "look-up\nfailed", "no\nnumber", "\nrejected"];
    header.extend(wide.then_some("\nwhat it is"));
    let mut table = TextTable::new(screen, &header, 1..REJECTED_COLUMN + 1);
    let mut last = "";
    for file in &report.files {
        let name = under_folder(&mut table, screen, &file.path, &mut last, name_width);
        row(&mut table, name, &file.counts, wide.then_some(file.content));
    }
    row(&mut table, "total".to_owned(), &report.total, None);
    table
}

fn row(table: &mut TextTable, name: String, counts: &Counts, what: Option<&str>) {
    let Counts { records, known, unknown, lookups_failed, not_looked_up, rejected } = counts;
    let numbers = [records, known, unknown, lookups_failed, not_looked_up, rejected];
    let cells = std::iter::once(name).chain(numbers.map(ToString::to_string));
    let cells = cells.chain(what.map(str::to_owned));
    if *rejected > 0 { table.row_with_alert(cells, REJECTED_COLUMN) } else { table.row(cells) }
}

/// The workforce feed's table, if anything went through it.
fn fed(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let feed = &report.workforce_feed;
    if feed.files.is_empty() {
        return Ok(());
    }
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let others = if wide { WIDE_FEED_WIDTH } else { FEED_WIDTH };
    let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let mut header = vec!["workforce feed", "delivered", "rows", "duplicates", "rejected", "failed"];
    header.extend(wide.then_some("what it is"));
    let mut table = TextTable::new(screen, &header, 1..6);
    let row = |table: &mut TextTable, name: String, fed: &WorkforceCounts, what: &str| {
        let WorkforceCounts { delivered, rows, duplicates, rejected, failed } = fed;
        let numbers = [delivered, rows, duplicates, rejected, failed].map(ToString::to_string);
        let cells = std::iter::once(name).chain(numbers).chain(wide.then(|| what.to_owned()));
        if *failed > 0 { table.row_with_alert(cells, FAILED_COLUMN) } else { table.row(cells) }
    };
    let mut last = "";
    for file in &feed.files {
        let name = under_folder(&mut table, screen, &file.path, &mut last, name_width);
        row(&mut table, name, &file.counts, file.content);
    }
    row(&mut table, "total".to_owned(), &feed.total, "");
    write!(out, "{}{table}", if report.files.is_empty() { "" } else { "\n" })
}

/// A file's name as it stands below its folder's line, which is added where the folder is another one.
fn under_folder<'p>(
    table: &mut TextTable,
    screen: Screen,
    path: &'p str,
    last: &mut &'p str,
    name_width: usize,
) -> String {
    let (folder, name) = split(path);
    if folder != *last {
        table.heading(&shortened(folder, screen.width.unwrap_or(usize::MAX)));
        *last = folder;
    }
    let indent = if folder.is_empty() { "" } else { INDENT };
    format!("{indent}{}", shortened(name, name_width.saturating_sub(indent.len())))
}

/// The folder of a path, with its slash, and the file's name.
fn split(path: &str) -> (&str, &str) {
    let name = path.rsplit(std::path::is_separator).next().unwrap_or(path);
    (path.strip_suffix(name).unwrap_or_default(), name)
}

/// One line for the files of a folder that are skipped for one reason.
fn skipped(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for file in &report.skipped {
        let (folder, name) = split(&file.path);
        groups.entry((folder, &file.reason)).or_default().push(name);
    }
    if !groups.is_empty() {
        writeln!(out)?;
    }
    for ((folder, reason), names) in groups {
        let files = match names.as_slice() {
            [name] => format!("{folder}{name}"),
            names => format!("{} files in {folder}", names.len()),
        };
        let rest = reason.len() + "skipped , ".len();
        let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(rest).max(20));
        writeln!(out, "skipped {}: {}", clean(&shortened(&files, width)), clean(reason))?;
    }
    Ok(())
}

fn rejected(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let mut table = TextTable::new(screen, &["rejected", "because"], 0..0);
    let longest = report.rejected.iter().map(|record| record.reason.chars().count()).max().unwrap_or(0);
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(longest + 4).max(24));
    let mut last = "";
    for record in &report.rejected {
        if record.path != last {
            table.heading(&shortened(&record.path, screen.width.unwrap_or(usize::MAX)));
            last = &record.path;
        }
        let place = shortened(&record.place.to_string(), width.saturating_sub(INDENT.len()));
        table.row([format!("{INDENT}{place}"), record.reason.clone()]);
    }
    write!(out, "\n{table}")?;
    if report.rejected_not_listed > 0 {
        writeln!(out, "… and {} more, all in {}/rejected", report.rejected_not_listed, report.out)?;
    }
    Ok(())
}

fn example(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let Some(example) = &report.example else {
        return Ok(());
    };
    writeln!(out, "\nfor example, {} is now", clean(&example.source))?;
    writeln!(out, "  \"ContactId\": \"{}\"", clean(&example.contact_id))?;
    writeln!(out, "  \"CustomerEndpoint\": {}", clean(example.customer_endpoint.get()))?;
    writeln!(out, "  \"@timestamp\": {}", clean(example.timestamp.get()))?;
    writeln!(out, "in {}", clean(&example.file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_name() {
        assert_eq!(split("a/b/c.json"), ("a/b/", "c.json"));
        assert_eq!(split("c.json"), ("", "c.json"));
    }
}
