//! The names that a deployment gives, and who has them already.

use super::{
    facts::Facts,
    finding::{Finding, Verdict},
    observation::Observation,
};

/// How many of a kind are named.
const SHOWN: usize = 3;

/// The functions of a deployment, each of which has a log group. Another deployment's names may begin with all that this one's
/// begin with, so names are compared whole.
const FUNCTIONS: [&str; 14] = [
    "board",
    "caller-api",
    "contact-flow",
    "contact-status",
    "ctr-enrich",
    "ctr-sftp",
    "data-check",
    "metrics-migrate",
    "metrics-poller",
    "reconcile",
    "record-tables",
    "record-tables-migrate",
    "rta-feed",
    "search-setup",
];

/// The queues that stay when a deployment is destroyed, as nobody else has what is in them.
const KEPT_QUEUES: [&str; 4] = ["contact-events", "contact-events-dlq", "record-tables", "record-tables-dlq"];

/// Of names that begin as the deployment's would, and of rules that get Connect's events already.
pub(super) fn findings(facts: &Facts, prefix: &str) -> Vec<Finding> {
    let rules = Observation {
        call: facts.rules.call.clone(),
        found: facts.rules.found.clone().map(|rules| rules.into_iter().map(|rule| rule.name).collect()),
    };
    let kinds = [("functions", &facts.functions), ("data streams", &facts.stream_names), ("rules", &rules)];
    let mut findings: Vec<_> = kinds.iter().map(|(kind, names)| taken(kind, names, prefix)).collect();
    let is_one_of =
        |name: &str, of: &[&str]| name.strip_prefix(prefix).is_some_and(|ending| of.contains(&ending));
    let is_deployed =
        facts.functions.known().is_none_or(|names| names.iter().any(|name| is_one_of(name, &FUNCTIONS)));
    let kept: [(_, _, &[&str]); 2] =
        [("queues", &facts.queues, &KEPT_QUEUES), ("log groups of functions", &facts.log_groups, &FUNCTIONS)];
    findings.extend(
        kept.iter()
            .filter_map(|(kind, names, of)| left(kind, names, is_deployed, |name| is_one_of(name, of))),
    );
    // The domain's name is what all others begin with.
    let domain = prefix.trim_end_matches('-');
    findings.extend(left("search domains", &facts.search_domains, is_deployed, |name| name == domain));
    if let Some(rules) = facts.rules.known() {
        let of_connect = rules.iter().filter(|rule| rule.is_of_connect).count();
        let text = format!(
            "{of_connect} rules of the default bus get Connect's events. They stay: the deployment adds its own."
        );
        findings.push(Finding::new(Verdict::There, text, &facts.rules.call));
    }
    findings
}

/// What a destroyed deployment left, so that another can't be made: nothing is made of a name that is there. Beside the functions of
/// a deployment it is that one's.
fn left(
    kind: &str,
    names: &Observation<Vec<String>>,
    is_deployed: bool,
    is_own: impl Fn(&str) -> bool,
) -> Option<Finding> {
    let Some(known) = names.known() else { return Finding::unknown(kind, names) };
    let own: Vec<_> = known.iter().map(String::as_str).filter(|name| is_own(name)).collect();
    if own.is_empty() || is_deployed {
        return None;
    }
    let text = format!(
        "{kind} have names of this deployment's ({}{}), and no function has: a deployment that was destroyed left them, and a new one can't be made. Delete them once nobody needs what is in them, or name the new one (--name).",
        own.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", "),
        if own.len() > SHOWN { ", …" } else { "" }
    );
    Some(Finding::new(Verdict::Collides, text, &names.call))
}

fn taken(kind: &str, names: &Observation<Vec<String>>, prefix: &str) -> Finding {
    let Some(names_known) = names.known() else {
        return Finding::unknown(kind, names)
            .unwrap_or_else(|| Finding::new(Verdict::Unknown, kind, &names.call));
    };
    let taken: Vec<_> =
        names_known.iter().filter(|name| name.starts_with(prefix)).map(String::as_str).collect();
    if taken.is_empty() {
        let text = format!("No {kind} have names that begin with {prefix}");
        return Finding::new(Verdict::There, text, &names.call);
    }
    let shown = taken.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let text = format!(
        "{} {kind} have names that begin with {prefix} ({shown}{}): a deployment of this environment is there. Another one needs a `name` (--name).",
        taken.len(),
        if taken.len() > SHOWN { ", …" } else { "" }
    );
    Finding::new(Verdict::Collides, text, &names.call)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{FUNCTIONS, KEPT_QUEUES};

    /// What the app makes of a config with everything on.
    const TEMPLATE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../cdk/test/golden/full.json"));

    #[test]
    fn the_names_are_those_that_the_app_gives() {
        let template: Value = serde_json::from_str(TEMPLATE).unwrap();
        let resources = template["Resources"].as_object().unwrap().values();
        let named = |kind: &str, name: &str, is_kept: bool| -> Vec<String> {
            let of_kind = resources.clone().filter(|one| one["Type"] == kind);
            let kept = of_kind.filter(|one| !is_kept || one["DeletionPolicy"] == "Retain");
            let names = kept.filter_map(|one| one["Properties"][name].as_str());
            let mut names: Vec<_> =
                names.map(|name| name.trim_start_matches("switchboard-dev-").to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(named("AWS::Lambda::Function", "FunctionName", false), FUNCTIONS);
        assert_eq!(named("AWS::SQS::Queue", "QueueName", true), KEPT_QUEUES);
    }
}
