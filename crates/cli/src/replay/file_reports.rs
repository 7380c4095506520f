//! What one system made of the files: a line for each, and the sum.

use serde::Serialize;

use crate::table::{Screen, TextTable, shortened};

/// Where the terminal is narrower, the column that says what each file is is left out: the numbers matter more.
const ROOM_FOR_ALL_COLUMNS: usize = 100;

/// The space between a folder's files and the margin.
pub(super) const INDENT: &str = "  ";

/// What a system counts in a file.
pub(super) trait FileCounts {
    /// The columns of its table.
    const COLUMNS: FileColumns;

    /// The numbers of all columns.
    fn numbers(&self) -> Vec<u64>;

    /// Adds the counts of another file.
    fn add(&mut self, other: &Self);
}

/// The columns of a system's table.
pub(super) struct FileColumns {
    /// The headers of the name and of the numbers.
    pub(super) header: &'static [&'static str],
    /// The header of the column that says what each file is.
    pub(super) content: &'static str,
    /// What the columns of numbers take, with the space between them.
    pub(super) width: usize,
    /// The same where there is more room, and what each file is.
    pub(super) wide_width: usize,
    /// The column that is an alert if its number is not zero.
    pub(super) alert: Option<usize>,
}

/// What a system made of the files. `W` are the files that it wrote for each.
#[derive(Debug, Serialize)]
pub(crate) struct FileReports<C, W = ()> {
    /// The files that went through it.
    pub(crate) files: Vec<FileReport<C, W>>,
    /// The sum of all.
    pub(crate) total: C,
}

/// What a system made of one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileReport<C, W = ()> {
    /// The file.
    pub(crate) path: String,
    /// What it is.
    pub(crate) content: &'static str,
    /// What was in it.
    #[serde(flatten)]
    pub(crate) counts: C,
    /// The files that were written.
    #[serde(flatten)]
    pub(crate) written: W,
}

impl<C: Default, W> Default for FileReports<C, W> {
    fn default() -> Self {
        Self { files: Vec::new(), total: C::default() }
    }
}

impl<C: FileCounts, W> FileReports<C, W> {
    /// Adds a file.
    pub(super) fn add(&mut self, file: FileReport<C, W>) {
        self.total.add(&file.counts);
        self.files.push(file);
    }

    /// The table of the files, by folder; [`None`] if there are no files.
    pub(super) fn table(&self, screen: Screen) -> Option<TextTable> {
        if self.files.is_empty() {
            return None;
        }
        let columns = C::COLUMNS;
        let wide = screen.width.is_none_or(|width| width >= ROOM_FOR_ALL_COLUMNS);
        let others = if wide { columns.wide_width } else { columns.width };
        let name_width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(others));
        let mut header = columns.header.to_vec();
        header.extend(wide.then_some(columns.content));
        let mut table = TextTable::new(screen, &header, 1..columns.header.len());
        let row = |table: &mut TextTable, name: String, counts: &C, content: Option<&str>| {
            let numbers = counts.numbers();
            let is_alert = |column: &usize| numbers.get(*column - 1).is_some_and(|number| *number > 0);
            let alert = columns.alert.filter(is_alert);
            let cells = std::iter::once(name).chain(numbers.iter().map(ToString::to_string));
            let cells = cells.chain(content.map(str::to_owned));
            match alert {
                Some(column) => table.row_with_alert(cells, column),
                None => table.row(cells),
            }
        };
        for file in &self.files {
            let (folder, name) = split(&file.path);
            table.group(folder);
            let indent = if folder.is_empty() { "" } else { INDENT };
            let name = format!("{indent}{}", shortened(name, name_width.saturating_sub(indent.len())));
            row(&mut table, name, &file.counts, wide.then_some(file.content));
        }
        row(&mut table, "total".to_owned(), &self.total, None);
        Some(table)
    }
}

/// The folder of a path, with its slash, and the file's name.
pub(super) fn split(path: &str) -> (&str, &str) {
    let name = path.rsplit(std::path::is_separator).next().unwrap_or(path);
    (path.strip_suffix(name).unwrap_or_default(), name)
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
