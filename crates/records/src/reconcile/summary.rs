//! The comparison of a time in one line.

use std::fmt;

use super::store::ReconciledHour;

/// What Connect lists of a time, and what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many hours were compared.
    pub hours: u64,
    /// How many contacts Connect lists: all that were disconnected in the time and completed.
    pub listed: u64,
    /// How many of them are here, those that were healed included.
    pub here: u64,
    /// How many are missing and named.
    pub missing: u64,
    /// How many are missing without a name, as their hours were only counted.
    pub unnamed: u64,
    /// How many are here as `DescribeContact` told them.
    pub healed: u64,
    /// How many of the contacts that began in the time are open, or in after-contact work.
    pub open: u64,
    /// How many contacts waited in a standard queue, as Connect's metrics count them.
    pub queued_listed: u64,
    /// How many of them were here when the hours were compared.
    pub queued_here: u64,
    /// How many contacts that are here had an agent, in hours of which there are agent events.
    pub with_agent: u64,
    /// How many of them agent events tell of.
    pub with_agent_events: u64,
    /// How many contacts that are here began in a flow, in hours in which flow logs were looked for.
    pub in_flow: u64,
    /// How many of them the contacts store was asked for and knew.
    pub in_flow_known: u64,
    /// How many of these flow logs tell of.
    pub with_flow_logs: u64,
}

impl Summary {
    /// Of hours, those that were not compared yet left out.
    pub fn of<'h>(hours: impl IntoIterator<Item = &'h ReconciledHour>) -> Self {
        let mut sum = Self::default();
        for hour in hours {
            let Some(listed) = hour.listed else { continue };
            sum.hours += 1;
            sum.listed += listed;
            sum.here += hour.here.and_then(|here| u64::try_from(here).ok()).unwrap_or_default();
            sum.missing += hour.missing;
            sum.unnamed += hour.unnamed.unwrap_or_default();
            sum.healed += hour.healed;
            sum.open += hour.open.unwrap_or_default();
            sum.queued_listed += hour.queued_listed.unwrap_or_default();
            sum.queued_here += hour.queued_here.unwrap_or_default();
            if let (Some(with_agent), Some(told)) = (hour.with_agent, hour.with_agent_events) {
                sum.with_agent += with_agent;
                sum.with_agent_events += told;
            }
            if let (Some(in_flow), Some(known), Some(told)) =
                (hour.in_flow, hour.in_flow_known, hour.with_flow_logs)
            {
                sum.in_flow += in_flow;
                sum.in_flow_known += known;
                sum.with_flow_logs += told;
            }
        }
        sum
    }

    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.missing == 0 && self.unnamed == 0
    }

    /// The sentence: `Connect lists 41,233 contacts of 26 November 2026; 41,233 are here`.
    pub fn sentence(&self, time: &str) -> String {
        let mut sentence = format!(
            "Connect lists {} of {time}; {} {} here",
            contacts(self.listed),
            grouped(self.here),
            are(self.here)
        );
        let mut add = |count, text: String| {
            if count > 0 {
                sentence.push_str(&text);
            }
        };
        add(self.healed, format!(" ({} of them fetched)", grouped(self.healed)));
        add(self.missing, format!("; {} {} missing", grouped(self.missing), are(self.missing)));
        let unnamed = self.unnamed;
        add(unnamed, format!("; {} more {} missing and were only counted", grouped(unnamed), are(unnamed)));
        add(self.open, format!("; {} {} still open", grouped(self.open), are(self.open)));
        sentence
    }

    /// The sentence about contacts that waited in a standard queue, the second check.
    pub fn queued_sentence(&self) -> String {
        format!(
            "Connect's metrics count {} in standard queues (CONTACTS_QUEUED); {} {} here when the hours were compared",
            contacts(self.queued_listed),
            grouped(self.queued_here),
            if self.queued_here == 1 { "was" } else { "were" }
        )
    }

    /// The sentence about the agent events that contacts left; [`None`] if there are none.
    pub fn agent_event_sentence(&self) -> Option<String> {
        let percent = percent(self.with_agent_events, self.with_agent)?;
        Some(format!(
            "Agent events tell of {} of the {} that had an agent: {percent}",
            grouped(self.with_agent_events),
            contacts(self.with_agent)
        ))
    }

    /// The sentence about the flow logs that contacts left; [`None`] if none were looked for. Where not all contacts were looked
    /// up, or not all are known any more, it says of how many it speaks.
    pub fn flow_log_sentence(&self) -> Option<String> {
        let percent = percent(self.with_flow_logs, self.in_flow_known)?;
        let (told, known) = (grouped(self.with_flow_logs), self.in_flow_known);
        let of = if known < self.in_flow {
            format!("{} looked up, of the {} that began in a flow", contacts(known), grouped(self.in_flow))
        } else {
            format!("the {} that began in a flow", contacts(known))
        };
        Some(format!("Flow logs tell of {told} of {of}: {percent} (a flow that does not log leaves none)"))
    }
}

fn contacts(count: u64) -> String {
    format!("{} contact{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A share with one decimal place, cut; [`None`] of nothing.
fn percent(part: u64, whole: u64) -> Option<String> {
    let permille = (1000 * part).checked_div(whole)?;
    Some(format!("{}.{} %", permille / 10, permille % 10))
}

fn are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// A number with commas between thousands.
fn grouped(number: u64) -> Grouped {
    Grouped(number)
}

struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (thousands, rest) = (self.0 / 1000, self.0 % 1000);
        if thousands == 0 { write!(f, "{rest}") } else { write!(f, "{},{rest:03}", Self(thousands)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_that_a_person_can_forward() {
        let whole = Summary { hours: 24, listed: 41_233, here: 41_233, ..Summary::default() };
        assert_eq!(
            whole.sentence("26 November 2026"),
            "Connect lists 41,233 contacts of 26 November 2026; 41,233 are here"
        );
        let lacking = Summary {
            hours: 24,
            listed: 1_000_003,
            here: 1_000_000,
            missing: 1,
            unnamed: 2,
            healed: 5,
            open: 7,
            ..Summary::default()
        };
        assert_eq!(
            lacking.sentence("an hour"),
            "Connect lists 1,000,003 contacts of an hour; 1,000,000 are here (5 of them fetched); 1 is missing; \
             2 more are missing and were only counted; 7 are still open"
        );
        assert_eq!(
            Summary { listed: 1, here: 1, ..Summary::default() }.sentence("now"),
            "Connect lists 1 contact of now; 1 is here"
        );
        let told = Summary { with_agent: 1_203, with_agent_events: 1_200, ..Summary::default() };
        assert_eq!(
            told.agent_event_sentence().as_deref(),
            Some("Agent events tell of 1,200 of the 1,203 contacts that had an agent: 99.7 %")
        );
        assert_eq!(whole.agent_event_sentence(), None);
        let logged = Summary { in_flow: 1_290, in_flow_known: 1_290, with_flow_logs: 1_200, ..whole };
        assert_eq!(
            logged.flow_log_sentence().as_deref(),
            Some(
                "Flow logs tell of 1,200 of the 1,290 contacts that began in a flow: 93.0 % (a flow that does not log \
                 leaves none)"
            )
        );
        let sample = Summary { in_flow: 12_345, in_flow_known: 500, with_flow_logs: 465, ..whole };
        assert_eq!(
            sample.flow_log_sentence().as_deref(),
            Some(
                "Flow logs tell of 465 of 500 contacts looked up, of the 12,345 that began in a flow: 93.0 % (a flow that \
                 does not log leaves none)"
            )
        );
        assert_eq!(whole.flow_log_sentence(), None);
        assert!(whole.is_whole() && !lacking.is_whole());
    }
}
