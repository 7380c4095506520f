//! Settings from the environment, all problems in one message.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

/// Reads settings and gathers what is wrong with them.
///
/// ```
/// use switchboard_runtime::settings::Settings;
/// let mut settings = Settings::from_pairs([("CALLERS_CONCURRENCY", "many")]);
/// let concurrency = settings.optional_or("CALLERS_CONCURRENCY", 64_usize);
/// let table: Option<String> = settings.required("CONTACTS");
/// let problems = settings.check().unwrap_err().to_string();
/// assert!(problems.contains("CALLERS_CONCURRENCY is invalid: invalid digit"));
/// assert!(problems.contains("CONTACTS is not set"));
/// # let _ = (concurrency, table);
/// ```
#[derive(Debug)]
pub struct Settings {
    values: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// What is wrong with the settings: a line for each, naming the variable and never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct SettingsError(Vec<String>);

/// A setting that is `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `on`.
    On,
    /// `off`.
    Off,
}

/// A text that is neither `on` nor `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither on nor off")]
pub struct NotASwitch;

impl Switch {
    /// True if it is on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl FromStr for Switch {
    type Err = NotASwitch;

    fn from_str(text: &str) -> Result<Self, NotASwitch> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(NotASwitch),
        }
    }
}

impl Settings {
    /// From the process's environment.
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    pub fn from_env() -> Self {
        Self::from_pairs(std::env::vars_os().filter_map(|(name, value)| {
            // What is not Unicode is none of ours.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// From names and values given.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { values, problems: Vec::new() }
    }

    /// Sets a value, whatever the environment says: a command line counts more.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Sets a value where the environment has none.
    pub fn set_default(&mut self, name: &str, value: impl Into<String>) {
        let held = self.values.entry(name.to_owned()).or_default();
        if held.is_empty() {
            *held = value.into();
        }
    }

    /// A setting that may be left out. An empty value is no value: templates write one for "none".
    pub fn optional<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let value = self.values.get(name).filter(|value| !value.is_empty())?;
        match value.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(format!("{name} is invalid: {problem}"));
                None
            }
        }
    }

    /// A setting that must be there. [`None`] only together with a problem, which [`check`](Self::check) returns.
    pub fn required<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        if self.values.get(name).is_none_or(String::is_empty) {
            self.problems.push(format!("{name} is not set"));
        }
        self.optional(name)
    }

    /// A setting with a default.
    pub fn optional_or<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// Adds a problem that only several settings together have.
    pub fn add_problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Reads all settings of a program into its configuration. `read` returns [`None`] only together with a problem.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn complete<C>(mut self, read: impl FnOnce(&mut Self) -> Option<C>) -> Result<C, SettingsError> {
        let config = read(&mut self);
        self.check()?;
        config.ok_or_else(|| SettingsError(vec!["the settings are incomplete".to_owned()]))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Every problem that was found.
    pub fn check(self) -> Result<(), SettingsError> {
        if self.problems.is_empty() { Ok(()) } else { Err(SettingsError(self.problems)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_empty_and_invalid_are_told_apart() {
        let mut settings = Settings::from_pairs([("EMPTY", ""), ("BAD", "x"), ("GOOD", "5")]);
        assert_eq!(settings.optional::<u32>("UNSET"), None);
        assert_eq!(settings.optional_or("EMPTY", 3), 3);
        assert_eq!(settings.optional_or("GOOD", 3), 5);
        assert_eq!(settings.required::<u32>("EMPTY"), None);
        assert_eq!(settings.required::<u32>("BAD"), None);
        settings.add_problem("GOOD and BAD differ");
        let problems = settings.check().unwrap_err();
        assert_eq!(
            problems.0,
            ["EMPTY is not set", "BAD is invalid: invalid digit found in string", "GOOD and BAD differ"]
        );
    }

    #[test]
    fn a_command_line_counts_more_than_the_environment_and_a_default_less() {
        let mut settings = Settings::from_pairs([("A", "1"), ("B", ""), ("C", "3")]);
        settings.set("A", "2");
        settings.set_default("B", "4");
        settings.set_default("C", "5");
        assert_eq!(["A", "B", "C"].map(|name| settings.required::<u32>(name)), [Some(2), Some(4), Some(3)]);
    }

    #[test]
    fn a_configuration_is_complete_or_every_problem_is_named() {
        let settings = |pairs: &[(&'static str, &'static str)]| Settings::from_pairs(pairs.to_vec());
        let read = |settings: &mut Settings| {
            let (a, b): (Option<u32>, Option<u32>) = (settings.required("A"), settings.required("B"));
            Some((a?, b?))
        };
        assert_eq!(settings(&[("A", "1"), ("B", "2")]).complete(read), Ok((1, 2)));
        let problems = settings(&[("A", "x")]).complete(read).unwrap_err().to_string();
        assert_eq!(problems, "A is invalid: invalid digit found in string; B is not set");
        let problems = settings(&[]).complete(|_| None::<()>).unwrap_err().to_string();
        assert_eq!(problems, "the settings are incomplete");
    }

    #[test]
    fn good_settings_check() {
        let mut settings = Settings::from_pairs([("A", "1")]);
        assert_eq!(settings.required::<u32>("A"), Some(1));
        assert_eq!(settings.check(), Ok(()));
    }
}
