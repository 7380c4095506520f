//! Tables as text: plain, aligned, and no wider than the terminal.

use std::{borrow::Cow, fmt, ops::Range};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};
use switchboard_core::text::is_control;
use switchboard_runtime::settings::Settings;

/// What a table is printed on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// How many characters fit in a line; [`None`] for a file or a pipe, which take any number.
    pub(crate) width: Option<usize>,
    /// True if colours are wanted.
    pub(crate) colours: bool,
}

impl Screen {
    /// Standard output. Colours are for terminals, and not where `NO_COLOR` is set.
    pub(crate) fn stdout() -> Self {
        let probe = Table::new();
        let width = probe.is_tty().then(|| probe.width().map_or(80, usize::from));
        let no_colour: Option<String> = Settings::from_env().optional("NO_COLOR");
        Self { width, colours: width.is_some() && no_colour.is_none() }
    }
}

/// A narrower terminal gets one space between columns, others two.
const ROOM_FOR_WIDE_GAPS: usize = 100;

/// A table with a header, numbers to the right, and lines of text between rows.
#[derive(Debug)]
pub(crate) struct TextTable {
    screen: Screen,
    table: Table,
    /// Lines of text and how many rows are before each.
    headings: Vec<(usize, String)>,
    /// The group of the last row.
    group: String,
}

impl TextTable {
    /// With the columns' names, of which any may have two lines. `numbers` are the columns with numbers.
    pub(crate) fn new(screen: Screen, header: &[&str], numbers: Range<usize>) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        let bold = |name: &&str| {
            let cell = Cell::new(name);
            if screen.colours { cell.add_attribute(Attribute::Bold) } else { cell }
        };
        table.set_header(header.iter().map(bold));
        let gap = if screen.width.is_some_and(|width| width < ROOM_FOR_WIDE_GAPS) { 1 } else { 2 };
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, gap));
            if numbers.contains(&index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { screen, table, headings: Vec::new(), group: String::new() }
    }

    /// Adds a row. Each cell is one line.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().map(|cell| clean(&cell).into_owned()));
    }

    /// Adds a row with a cell that is to be noticed.
    pub(crate) fn row_with_alert(&mut self, cells: impl IntoIterator<Item = String>, alarming: usize) {
        let cells = cells.into_iter().map(|cell| Cell::new(clean(&cell))).enumerate();
        let alarm = |(index, cell): (usize, Cell)| {
            if self.screen.colours && index == alarming { cell.fg(Color::Red) } else { cell }
        };
        self.table.add_row(cells.map(alarm));
    }

    /// Adds the heading of a group of rows, if the row before is of another group.
    pub(crate) fn group(&mut self, group: &str) {
        if group != self.group {
            group.clone_into(&mut self.group);
            self.heading(&shortened(group, self.screen.width.unwrap_or(usize::MAX)));
        }
    }

    /// Adds a line of text, which may be longer than the first column is wide.
    pub(crate) fn heading(&mut self, text: &str) {
        self.headings.push((self.table.row_count(), clean(text).into_owned()));
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.table.lines().collect();
        let (header, rows) = lines.split_at(lines.len().saturating_sub(self.table.row_count()));
        for line in header {
            writeln!(f, "{}", line.trim_end())?;
        }
        let mut headings = self.headings.iter().peekable();
        for (index, line) in rows.iter().enumerate() {
            while let Some((_, heading)) = headings.next_if(|(before, _)| *before == index) {
                writeln!(f, "{heading}")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A text that a terminal only shows: each control character in it, line ends and what turns the direction of text
/// among them, is written as Rust writes it. Names and paths come from outside, and a terminal obeys what it is sent.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|character| {
        if is_control(character) { character.escape_default().to_string() } else { character.to_string() }
    });
    Cow::Owned(shown.collect())
}

/// A text in at most so many characters, its middle left out if need be: names differ at both ends.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let visible = width.saturating_sub(1);
    let head: String = text.chars().take(visible / 2).collect();
    let tail: String = text.chars().skip(length - (visible - visible / 2)).collect();
    format!("{head}…{tail}")
}

/// A text in lines of at most so many characters, broken between words where there are any. Line breaks and other
/// control characters, which a terminal would obey, are spaces.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut length) = (Vec::new(), String::new(), 0);
    for word in text.split(|character| is_control(character) || character == ' ') {
        let mut rest = word;
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        } else if length > 0 {
            line.push(' ');
            length += 1;
        }
        while let Some((at, _)) = rest.char_indices().nth(width.max(1)) {
            let (head, tail) = rest.split_at(at);
            lines.push(head.to_owned());
            rest = tail;
        }
        line.push_str(rest);
        length += rest.chars().count();
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_table_is_obeyed_by_a_terminal() {
        let name = "a\u{1b}[2J\r\nb\0\u{7f}\u{9b}\u{202e}\u{2028}é";
        assert_eq!(clean(name), r"a\u{1b}[2J\r\nb\u{0}\u{7f}\u{9b}\u{202e}\u{2028}é");
        assert_eq!(clean("Müller, 王"), "Müller, 王");
        let mut sheet = TextTable::new(Screen { width: None, colours: false }, &["name", "count"], 1..2);
        sheet.row([name.to_owned(), "1".to_owned()]);
        sheet.row_with_alert([name.to_owned(), "2".to_owned()], 1);
        sheet.heading(name);
        sheet.row(["c".to_owned(), "3".to_owned()]);
        let printed = sheet.to_string();
        assert_eq!(printed.lines().count(), 5, "{printed}");
        assert!(
            !printed.contains(|character: char| character.is_control() && character != '\n'),
            "{printed:?}"
        );
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(shortened("abcdefghij", 10), "abcdefghij");
        assert_eq!(shortened("abcdefghij", 7), "abc…hij");
        assert_eq!(shortened("äöüäöüäöü", 4), "ä…öü");
        assert_eq!(shortened("abc", 0), "…");
    }

    #[test]
    fn a_text_is_broken_between_words_if_it_can_be() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 100), ["one two three"]);
        assert_eq!(wrapped("a äöüäöü b", 4), ["a", "äöüä", "öü b"]);
        assert_eq!(
            wrapped("a\u{1b}[31m\nb\u{202e}c\u{2028}d", 80),
            ["a [31m b c d"],
            "nothing that a terminal would obey"
        );
        assert_eq!(wrapped("", 7), [""]);
    }

    #[test]
    fn numbers_are_right_aligned_and_lines_have_no_tail() {
        let mut sheet = TextTable::new(Screen { width: None, colours: false }, &["name", "count"], 1..2);
        sheet.row(["a".to_owned(), "7".to_owned()]);
        sheet.heading("a longer line than any");
        sheet.row(["b".to_owned(), "1000000".to_owned()]);
        let lines = "name    count\na           7\na longer line than any\nb     1000000\n";
        assert_eq!(sheet.to_string(), lines);
    }
}
