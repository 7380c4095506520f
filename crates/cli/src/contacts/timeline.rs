//! A journey as lines of text.

use std::io::{self, Write};

use jiff::{Timestamp, tz::TimeZone};
use switchboard_contacts::journey::Line;

use super::format_time;
use crate::table::{Screen, wrapped};

/// Text gets no less than this, however narrow the terminal is.
const MIN_TEXT_WIDTH: usize = 24;

/// The space between columns.
const GAP: &str = "  ";

/// A journey to print.
pub(crate) struct Timeline<'a> {
    /// Its lines, by time.
    pub(crate) lines: &'a [Line],
    /// The contacts, by id. If they are several, each line says whose it is.
    pub(crate) chain: &'a [&'a str],
    /// Whose clock.
    pub(crate) tz: &'a TimeZone,
    /// With milliseconds.
    pub(crate) exact: bool,
}

/// The widths of the columns before the text.
struct Margin {
    offset: usize,
    time: usize,
    lasted: usize,
    number: usize,
}

impl Timeline<'_> {
    /// Prints it, a heading before each day.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn print(&self, screen: Screen, out: &mut impl Write) -> io::Result<()> {
        let margin = self.margin();
        let indent = margin.width();
        let text_width =
            screen.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(MIN_TEXT_WIDTH));
        let mut last_day = String::new();
        for line in self.lines {
            let at = time(line);
            if let Some(day) = at.map(|at| format_time::day(at, self.tz)).filter(|day| *day != last_day) {
                writeln!(out, "\n{day}, {}", format_time::zone(self.tz))?;
                last_day = day;
            }
            let mut before = self.before(line, at, &margin);
            for part in wrapped(&line.text, text_width) {
                writeln!(out, "{before}{part}")?;
                before = " ".repeat(indent);
            }
            details(line, indent, screen, out)?;
        }
        Ok(())
    }

    fn before(&self, line: &Line, at: Option<Timestamp>, margin: &Margin) -> String {
        let time = at.map(|at| format_time::time(at, self.tz, self.exact)).unwrap_or_default();
        let lasted = self.lasted(line);
        let number = if margin.number == 0 {
            String::new()
        } else {
            let place = self.chain.iter().position(|id| *id == line.contact_id);
            let place = place.map(|place| format!("#{}", place + 1)).unwrap_or_default();
            format!("{GAP}{place:<width$}", width = margin.number)
        };
        let offset = offset(line);
        let (offset_width, time_width, lasted_width) = (margin.offset, margin.time, margin.lasted);
        format!("{offset:>offset_width$}{GAP}{time:<time_width$}{GAP}{lasted:>lasted_width$}{number}{GAP}")
    }

    /// How long it lasted, by the times that are shown.
    fn lasted(&self, line: &Line) -> String {
        let Some(ms) = line.duration_ms else { return String::new() };
        match time(line) {
            Some(at) if !self.exact => format_time::lasted_since(at, ms),
            _ => format_time::lasted(ms),
        }
    }

    fn margin(&self) -> Margin {
        let longest = |text: &dyn Fn(&Line) -> String| {
            self.lines.iter().map(|line| text(line).chars().count()).max().unwrap_or(0)
        };
        Margin {
            offset: longest(&|line| offset(line)),
            time: if self.exact { "00:00:00.000".len() } else { "00:00:00".len() },
            lasted: longest(&|line| self.lasted(line)),
            number: if self.chain.len() > 1 { format!("#{}", self.chain.len()).len() } else { 0 },
        }
    }
}

impl Margin {
    fn width(&self) -> usize {
        let number = if self.number == 0 { 0 } else { self.number + GAP.len() };
        self.offset + self.time + self.lasted + number + 3 * GAP.len()
    }
}

fn time(line: &Line) -> Option<Timestamp> {
    line.at.as_ref()?.parse().ok()
}

/// How far a line is from the beginning, by the clock that is shown, which has whole seconds: the beginning's and the offset add
/// up to it. Empty for a line without a time.
fn offset(line: &Line) -> String {
    let offset_ms = time(line).zip(line.offset_ms).map(|(at, offset_ms)| {
        let began = at.as_millisecond() - offset_ms;
        (at.as_millisecond().div_euclid(1000) - began.div_euclid(1000)) * 1000
    });
    offset_ms.map(format_time::offset).unwrap_or_default()
}

/// More about a line below it; and the event as it came, which is long and so gets nearly all of the width.
fn details(line: &Line, indent: usize, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let width = |indent: usize| {
        screen.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(MIN_TEXT_WIDTH))
    };
    for detail in &line.details {
        let mut before = indent;
        for part in wrapped(&format!("{}: {}", detail.name, detail.value), width(indent + GAP.len())) {
            writeln!(out, "{:before$}{part}", "")?;
            before = indent + GAP.len();
        }
    }
    if let Some(raw) = &line.raw {
        let indent = GAP.len() * 2;
        for part in wrapped(raw, width(indent)) {
            writeln!(out, "{:indent$}{part}", "")?;
        }
    }
    Ok(())
}
