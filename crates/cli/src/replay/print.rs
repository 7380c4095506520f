//! A replay's report as text and as JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::report::{Adherence, Counts, Fed, Followed, ListedChange, Report};
use crate::table::{Screen, Sheet, clean, fitted, wrapped};

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
    if !report.files.is_empty() {
        writeln!(out, "callers: {}", clean(&report.callers.to_string()))?;
    }
    if report.files.iter().any(|file| file.enriched.is_some()) {
        writeln!(out, "results: {}/enriched", report.out)?;
    }
    if report.workforce_feed.total.delivered > 0 {
        writeln!(out, "feed:    {}", report.workforce_feed.to)?;
    }
    let mut kept = report.files.iter().map(|file| &file.rejected_records);
    let mut kept_by_feed = report.workforce_feed.files.iter().map(|file| &file.rejected_records);
    let mut kept_of_contacts = report.contacts.files.iter().map(|file| &file.rejected_records);
    let is_kept = kept.any(Option::is_some) || kept_by_feed.any(Option::is_some);
    if is_kept || kept_of_contacts.any(Option::is_some) {
        writeln!(out, "rejects: {}/rejected", report.out)?;
    }
    if report.workforce_feed.total.rejected > 0 {
        writeln!(out, "rejects: {}/wfm-rejected", report.out)?;
    }
    example(report, &mut out)?;
    hint(report, &mut out)
}

/// Where contacts are, and how to see one.
fn hint(report: &Report, out: &mut impl Write) -> io::Result<()> {
    match &report.contacts.hint {
        Some(hint) => {
            writeln!(out, "\ncontacts: {}; see one with: {}", report.contacts.kept, clean(&hint.command))
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
    let mut sheet = Sheet::new(screen, &header, 1..CONTACTS_REJECTED_COLUMN + 1);
    let mut last = "";
    for file in &report.contacts.files {
        let name = under_folder(&mut sheet, screen, &file.path, &mut last, name_width);
        contacts_row(&mut sheet, name, &file.followed, wide.then_some(file.what));
    }
    contacts_row(&mut sheet, "total".to_owned(), &report.contacts.total, None);
    let is_first = report.files.is_empty() && report.workforce_feed.files.is_empty();
    write!(out, "{}{sheet}", if is_first { "" } else { "\n" })
}

fn contacts_row(sheet: &mut Sheet, name: String, followed: &Followed, what: Option<&str>) {
    let Followed { events, contacts, rejected } = followed;
    let cells = std::iter::once(name).chain([events, contacts, rejected].map(ToString::to_string));
    let cells = cells.chain(what.map(str::to_owned));
    if *rejected > 0 { sheet.row_with_alarm(cells, CONTACTS_REJECTED_COLUMN) } else { sheet.row(cells) }
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
    let mut sheet = Sheet::new(screen, &header, 1..4);
    let row = |sheet: &mut Sheet, name: String, adherence: &Adherence, what: &str| {
        let Adherence { events, agents, changes } = adherence;
        let cells = std::iter::once(name).chain([events, agents, changes].map(ToString::to_string));
        sheet.row(cells.chain(wide.then(|| what.to_owned())));
    };
    let mut last = "";
    for file in &told.files {
        let name = under_folder(&mut sheet, screen, &file.path, &mut last, name_width);
        row(&mut sheet, name, &file.adherence, file.what);
    }
    row(&mut sheet, "total".to_owned(), &told.total, "");
    write!(out, "\n{sheet}")?;
    changes(report, screen, out)
}

fn changes(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let told = &report.agents;
    if told.changes.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(screen, &["changes", "agent", "logged", "state", "since"], 0..0);
    let mut last = "";
    for ListedChange { path, change } in &told.changes {
        if path != last {
            sheet.heading(&fitted(path, screen.width.unwrap_or(usize::MAX)));
            last = path;
        }
        // Names are somebody's text: nothing in them may drive the terminal.
        let text = |text: &str| wrapped(text, usize::MAX).concat();
        let logged = if change.is_logged_on { "on" } else { "off" };
        let since = change.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        sheet.row([String::new(), text(&change.agent), logged.to_owned(), text(&change.state), since]);
    }
    write!(out, "\n{sheet}")?;
    if told.changes_not_listed > 0 {
        writeln!(out, "… and {} more, all in {}/agent-states", told.changes_not_listed, report.out)?;
    }
    Ok(())
}

fn files(report: &Report, screen: Screen) -> Sheet {
    let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
    let others = if wide { WIDE_COLUMNS_WIDTH } else { NUMBERS_WIDTH };
    let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
    let mut header =
        vec!["\nfile", "\nrecords", "\nknown", "\nunknown", "look-up\nfailed", "no\nnumber", "\nrejected"];
    header.extend(wide.then_some("\nwhat it is"));
    let mut sheet = Sheet::new(screen, &header, 1..REJECTED_COLUMN + 1);
    let mut last = "";
    for file in &report.files {
        let name = under_folder(&mut sheet, screen, &file.path, &mut last, name_width);
        row(&mut sheet, name, &file.counts, wide.then_some(file.what));
    }
    row(&mut sheet, "total".to_owned(), &report.total, None);
    sheet
}

fn row(sheet: &mut Sheet, name: String, counts: &Counts, what: Option<&str>) {
    let Counts { records, known, unknown, look_up_failed, not_looked_up, rejected } = counts;
    let numbers = [records, known, unknown, look_up_failed, not_looked_up, rejected];
    let cells = std::iter::once(name).chain(numbers.map(ToString::to_string));
    let cells = cells.chain(what.map(str::to_owned));
    if *rejected > 0 { sheet.row_with_alarm(cells, REJECTED_COLUMN) } else { sheet.row(cells) }
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
    let mut sheet = Sheet::new(screen, &header, 1..6);
    let row = |sheet: &mut Sheet, name: String, fed: &Fed, what: &str| {
        let Fed { delivered, rows, duplicates, rejected, failed } = fed;
        let numbers = [delivered, rows, duplicates, rejected, failed].map(ToString::to_string);
        let cells = std::iter::once(name).chain(numbers).chain(wide.then(|| what.to_owned()));
        if *failed > 0 { sheet.row_with_alarm(cells, FAILED_COLUMN) } else { sheet.row(cells) }
    };
    let mut last = "";
    for file in &feed.files {
        let name = under_folder(&mut sheet, screen, &file.path, &mut last, name_width);
        row(&mut sheet, name, &file.fed, file.what);
    }
    row(&mut sheet, "total".to_owned(), &feed.total, "");
    write!(out, "{}{sheet}", if report.files.is_empty() { "" } else { "\n" })
}

/// A file's name as it stands below its folder's line, which is added where the folder is another one.
fn under_folder<'p>(
    sheet: &mut Sheet,
    screen: Screen,
    path: &'p str,
    last: &mut &'p str,
    name_width: usize,
) -> String {
    let (folder, name) = split(path);
    if folder != *last {
        sheet.heading(&fitted(folder, screen.width.unwrap_or(usize::MAX)));
        *last = folder;
    }
    let indent = if folder.is_empty() { "" } else { INDENT };
    format!("{indent}{}", fitted(name, name_width.saturating_sub(indent.len())))
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
        writeln!(out, "skipped {}: {}", clean(&fitted(&files, width)), clean(reason))?;
    }
    Ok(())
}

fn rejected(report: &Report, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    if report.rejected.is_empty() {
        return Ok(());
    }
    let mut sheet = Sheet::new(screen, &["rejected", "because"], 0..0);
    let longest = report.rejected.iter().map(|record| record.reason.chars().count()).max().unwrap_or(0);
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(longest + 4).max(24));
    let mut last = "";
    for record in &report.rejected {
        if record.path != last {
            sheet.heading(&fitted(&record.path, screen.width.unwrap_or(usize::MAX)));
            last = &record.path;
        }
        let place = fitted(&record.place.to_string(), width.saturating_sub(INDENT.len()));
        sheet.row([format!("{INDENT}{place}"), record.reason.clone()]);
    }
    write!(out, "\n{sheet}")?;
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
