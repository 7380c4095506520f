//! The readers of a data stream: those that are there, and those that a deployment adds.

use switchboard_core::arn::{account, last_segment, region};

use super::{
    facts::{Facts, StreamFacts},
    finding::{Finding, Verdict},
};

/// The most consumers of a stream by enhanced fan-out (Kinesis, quotas).
const MOST_CONSUMERS: u64 = 20;
/// The most reads a second of a shard by all that share them, and each polling function and delivery stream reads once.
const MOST_SHARED_READS: u64 = 5;
/// The shortest retention within which a reader can begin a day back.
const DAY_HOURS: u64 = 24;

/// Why a deployment can't read a stream; [`None`] if it can. Its functions read what is in their own account and Region.
pub(super) fn misplacement(arn: &str, facts: &Facts) -> Option<&'static str> {
    let instance = facts.instances.first()?.instance.arn();
    if region(arn) != region(instance) {
        return Some("is in another Region, where functions do not read");
    }
    (account(arn) != account(instance))
        .then_some("is another account's: forward it to a data stream of this account")
}

/// True if so many more consumers are allowed. Where they could not be counted, there is.
pub(super) fn has_room_for_consumers(stream: &StreamFacts, more: u64) -> bool {
    stream.consumers.known().is_none_or(|consumers| consumers.len() as u64 + more <= MOST_CONSUMERS)
}

/// The findings of a stream to which a deployment adds consumers and delivery streams.
pub(super) fn findings(arn: &str, stream: &StreamFacts, consumers: u64, deliveries: u64) -> Vec<Finding> {
    let name = last_segment(arn);
    let mut findings = Vec::new();
    findings.extend(Finding::unknown(&format!("the data stream {name}"), &stream.summary));
    if let Some(summary) = stream.summary.known() {
        let mode = if summary.is_on_demand { "on demand" } else { "provisioned" };
        let text = format!(
            "The data stream {name} has {} open shards ({mode}) and keeps records for {} hours.",
            summary.open_shards, summary.retention_hours
        );
        findings.push(Finding::new(Verdict::There, text, &stream.summary.call));
        if summary.retention_hours <= DAY_HOURS {
            let text = format!(
                "{name} keeps records for a day: a reader that stops on a Friday evening has lost some on Monday. A week or more is better; its owner sets it."
            );
            findings.push(Finding::new(Verdict::Note, text, &stream.summary.call));
        }
    }
    findings.extend(Finding::unknown(&format!("the key of {name}"), &stream.key));
    if let Some(Some(key)) = stream.key.known() {
        let text = format!(
            "{name} is encrypted with {key}. Its policy must allow the deployment's roles; the synthesis prints the statement."
        );
        findings.push(Finding::new(Verdict::Note, text, &stream.key.call));
    }
    findings.extend(own_consumers(name, stream, consumers));
    findings.extend(shared_reads(name, stream, consumers, deliveries));
    findings
}

fn own_consumers(name: &str, stream: &StreamFacts, more: u64) -> Vec<Finding> {
    let Some(there) = stream.consumers.known() else {
        return Finding::unknown(&format!("consumers of {name}"), &stream.consumers).into_iter().collect();
    };
    let count = there.len() as u64;
    let finding = if has_room_for_consumers(stream, more) {
        let text = format!("{name} has {count} of {MOST_CONSUMERS} consumers; the deployment adds {more}.");
        Finding::new(Verdict::There, text, &stream.consumers.call)
    } else {
        let text = format!(
            "{name} has {count} of {MOST_CONSUMERS} consumers, so that {more} more do not fit: functions share reads (\"reading\": \"shared\")."
        );
        Finding::new(Verdict::Note, text, &stream.consumers.call)
    };
    vec![finding]
}

/// Five reads and 2 MB a second of each shard are shared by all that poll it.
fn shared_reads(name: &str, stream: &StreamFacts, consumers: u64, deliveries: u64) -> Vec<Finding> {
    let polling = [("functions", &stream.polling_functions), ("delivery streams", &stream.delivery_streams)];
    let mut findings: Vec<Finding> = polling
        .iter()
        .filter_map(|(what, observed)| Finding::unknown(&format!("{what} that read {name}"), observed))
        .collect();
    let known: Vec<(&str, u64, &str)> = polling
        .iter()
        .filter_map(|(what, observed)| Some((*what, observed.known()?.len() as u64, observed.call.as_str())))
        .collect();
    if known.is_empty() {
        return findings;
    }
    let there: u64 = known.iter().map(|(_, count, _)| count).sum();
    let counts = known.iter().map(|(what, count, _)| format!("{count} {what}")).collect::<Vec<_>>();
    let calls = known.iter().map(|(_, _, call)| *call).collect::<Vec<_>>();
    let own = deliveries + if has_room_for_consumers(stream, consumers) { 0 } else { consumers };
    let text = format!(
        "{} poll {name}, each once a second; the deployment adds {own} such readers. A shard allows {MOST_SHARED_READS} reads and 2 MB a second to all of them; programs that read it are in no list, and count as well.",
        counts.join(" and ")
    );
    let verdict = if there + own > MOST_SHARED_READS { Verdict::Collides } else { Verdict::There };
    findings.push(Finding::new(verdict, text, calls.join("; ")));
    findings
}
