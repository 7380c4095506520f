//! A finding, and how it is known.

use super::observation::Observation;

/// What a finding means for a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is there, and nothing is wrong with it.
    There,
    /// To be known or done; nothing stops a deployment.
    Note,
    /// A deployment would fail, or something would work badly.
    Collides,
    /// A call failed, so that nothing is known.
    Unknown,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) text: String,
    /// The calls that it is known from.
    pub(super) source: String,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, text: impl Into<String>, source: impl Into<String>) -> Self {
        Self { verdict, text: text.into(), source: source.into() }
    }

    /// What could not be looked at; [`None`] if it was.
    pub(super) fn unknown<T>(what: &str, observation: &Observation<T>) -> Option<Self> {
        let error = observation.found.as_ref().err()?;
        Some(Self::new(Verdict::Unknown, format!("{what}: could not look: {error}"), &observation.call))
    }
}

impl Verdict {
    /// The word that a line begins with.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::There => "there",
            Self::Note => "note",
            Self::Collides => "collides",
            Self::Unknown => "unknown",
        }
    }
}
