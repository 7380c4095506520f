//! The account's quotas, and how large a centre the polls of metrics can follow with them.

use switchboard_metrics::{
    load::{CentreSize, PollLoad, largest, loads},
    settings::RequestRate,
};

use super::{
    facts::{Facts, InstanceFacts, Quota},
    finding::{Finding, Verdict},
    sources::name,
};

/// Requests a second that AWS allows an account by default (the API's reference), of the operations that polls call most.
const DEFAULT_QUOTAS: [(&str, f64); 3] =
    [("GetCurrentMetricData", 5.0), ("GetCurrentUserData", 2.0), ("GetMetricDataV2", 2.0)];
/// The share of a quota that is left to others: 1.8 of 2 requests are used.
const USABLE: f64 = 0.9;

/// Of the quotas, of each instance's size, and of the number of instances.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(Finding::unknown("quotas of Connect's API, taken for AWS's defaults", &facts.quotas));
    findings.extend(quotas(facts));
    findings.extend(Finding::unknown("instances of the account", &facts.all_instances));
    if let Some(all) = facts.all_instances.known() {
        let others = all.iter().filter(|arn| facts.instances.iter().all(|one| one.instance.arn() != *arn));
        let text = format!(
            "The account has {} instances in this Region, {} of them not named here. AWS counts requests of all of them, and of every other program, together.",
            all.len(),
            others.count()
        );
        findings.push(Finding::new(Verdict::There, text, &facts.all_instances.call));
    }
    for one in &facts.instances {
        findings.extend(size(one, share(facts)));
    }
    findings.push(outlook(facts));
    findings
}

/// Requests a second of each instance, as the deployment shares them: the lower of its default and what the quotas allow.
fn share(facts: &Facts) -> RequestRate {
    let instances = u32::try_from(facts.instances.len().max(1)).unwrap_or(u32::MAX);
    RequestRate::new(rate(facts).per_second() / f64::from(instances)).unwrap_or_default()
}

/// `metrics.requestsPerSecond` that the quotas allow, if they are below AWS's defaults.
pub(super) fn lower_rate(facts: &Facts) -> Option<f64> {
    let rate = rate(facts).per_second();
    (rate < RequestRate::default().per_second()).then_some(rate)
}

fn rate(facts: &Facts) -> RequestRate {
    let allowed = DEFAULT_QUOTAS.iter().filter_map(|(operation, usual)| {
        // The rate is that of most operations, in proportion.
        Some(quota(facts, operation)?.value / usual * 2.0 * USABLE)
    });
    let usual = RequestRate::default();
    RequestRate::new(allowed.fold(usual.per_second(), f64::min)).unwrap_or(usual)
}

/// The account's quota of an operation, where Service Quotas lists it: the one whose name has the operation's as a word.
fn quota<'a>(facts: &'a Facts, operation: &str) -> Option<&'a Quota> {
    let quotas = facts.quotas.known()?;
    quotas.iter().find(|quota| quota.name.split_whitespace().any(|word| word == operation))
}

fn quotas(facts: &Facts) -> Vec<Finding> {
    let Some(listed) = facts.quotas.known() else { return Vec::new() };
    let call = &facts.quotas.call;
    let of_each = DEFAULT_QUOTAS.iter().map(|(operation, usual)| {
        let Some(Quota { name, code, value }) = quota(facts, operation) else {
            let text = format!(
                "{operation}: the list of quotas has none for it; taken for AWS's default of {usual} a second."
            );
            let source = format!("{call}: none of its {} names has the word {operation}", listed.len());
            return Finding::new(Verdict::Note, text, source);
        };
        let source = format!("{call}: {code} \"{name}\"");
        if value < usual {
            let text = format!(
                "{operation} is allowed {value} times a second, less than AWS's default of {usual}: `metrics.requestsPerSecond` must be lower."
            );
            return Finding::new(Verdict::Note, text, source);
        }
        Finding::new(Verdict::There, format!("{operation} is allowed {value} times a second."), source)
    });
    of_each.collect()
}

fn size(one: &InstanceFacts, share: RequestRate) -> Vec<Finding> {
    let name = name(one);
    let unknown = [
        Finding::unknown(&format!("queues of {name}"), &one.queues),
        Finding::unknown(&format!("users of {name}"), &one.users),
    ];
    let (Some(&queues), Some(&agents)) = (one.queues.known(), one.users.known()) else {
        return unknown.into_iter().flatten().collect();
    };
    let source = format!("{}; {}", one.queues.call, one.users.call);
    let loads = loads(CentreSize { queues, agents }, share);
    let too_large = loads.iter().filter(|load| !load.fits()).map(|load| outgrown(load, name, &source));
    let mut findings = vec![Finding::new(
        Verdict::There,
        format!("{name} has {queues} queues and {agents} users."),
        &source,
    )];
    findings.extend(too_large);
    findings
}

fn outgrown(load: &PollLoad, name: &str, source: &str) -> Finding {
    let text = format!(
        "For {name} {load}: polls between are dropped. Have the quota raised, and `metrics.requestsPerSecond` with it."
    );
    Finding::new(Verdict::Collides, text, source)
}

/// From how many queues, agents and instances on the periods of the polls no longer hold.
fn outlook(facts: &Facts) -> Finding {
    let CentreSize { queues, agents } = largest(share(facts));
    let rate = rate(facts).per_second();
    let most = (1..=50_u32)
        .take_while(|count| {
            let share = RequestRate::new(rate / f64::from(*count));
            share.is_ok_and(|share| facts.instances.iter().all(|one| fits(one, share)))
        })
        .last();
    let instances = match most {
        Some(count) => format!("{count} instances, if all are as large as these"),
        None => "fewer instances than these".to_owned(),
    };
    let text = format!(
        "The polls' periods are enough for {queues} queues and {agents} agents signed in for each of {} instances, or for {instances}.",
        facts.instances.len()
    );
    Finding::new(Verdict::There, text, format!("computed for {rate} requests a second, shared equally"))
}

fn fits(one: &InstanceFacts, share: RequestRate) -> bool {
    let size = CentreSize {
        queues: one.queues.known().copied().unwrap_or_default(),
        agents: one.users.known().copied().unwrap_or_default(),
    };
    loads(size, share).iter().all(PollLoad::fits)
}
