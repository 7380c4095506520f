//! The names that a deployment gives, and who has them already.

use super::{
    facts::Facts,
    finding::{Finding, Verdict},
    observation::Observation,
};

/// How many of a kind are named.
const SHOWN: usize = 3;

/// Of names that begin as the deployment's would, and of rules that get Connect's events already.
pub(super) fn findings(facts: &Facts, prefix: &str) -> Vec<Finding> {
    let rules = Observation {
        call: facts.rules.call.clone(),
        found: facts.rules.found.clone().map(|rules| rules.into_iter().map(|rule| rule.name).collect()),
    };
    let kinds = [("functions", &facts.functions), ("data streams", &facts.stream_names), ("rules", &rules)];
    let mut findings: Vec<_> = kinds.iter().map(|(kind, names)| taken(kind, names, prefix)).collect();
    let is_deployed =
        facts.functions.known().is_none_or(|names| names.iter().any(|name| name.starts_with(prefix)));
    let kept = [("queues", &facts.queues), ("log groups of functions", &facts.log_groups)];
    findings.extend(
        kept.iter()
            .filter_map(|(kind, names)| left(kind, names, is_deployed, |name| name.starts_with(prefix))),
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
