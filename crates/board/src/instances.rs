//! The Connect instances of a board: one store may hold several, and each page is of one.

use switchboard_agents::Instance;
use switchboard_contacts::{attribute::SystemAttribute, status::Status};
use switchboard_records::intervals::QueueKey;

/// An instance that a board shows: its name in addresses is the one that is set, or else its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BoardInstance {
    key: Instance,
    arn: Option<String>,
    name: Option<String>,
}

/// The part of a board that one viewer's request is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct InstanceScope {
    /// [`None`] while no instance is known: then there is nothing of any.
    instance: Option<BoardInstance>,
    /// True if the board has no other: what names no instance is of this one.
    is_only: bool,
}

impl BoardInstance {
    /// The instance with this ARN; [`None`] if it is the ARN of something else. Without a name its id stands in addresses.
    pub fn of(arn: &str, name: Option<&str>) -> Option<Self> {
        Some(Self { key: Instance::of(arn)?, arn: Some(arn.to_owned()), name: name.map(str::to_owned) })
    }

    pub(crate) fn seen(key: &Instance) -> Self {
        Self { key: key.clone(), arn: None, name: None }
    }

    /// The ARN of one that is set.
    pub(crate) fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// The Region: a replica has its source's id.
    pub(crate) fn region(&self) -> &str {
        self.parts().0
    }

    /// The id.
    pub(crate) fn id(&self) -> &str {
        self.parts().1
    }

    /// The name, or the id.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.id())
    }

    /// What stands for it in an address among the others: its name, its id, or `REGION.ID` where two have one id.
    pub(crate) fn in_address(&self, all: &[Self]) -> String {
        let is_shared = all.iter().any(|other| other != self && other.label() == self.label());
        if is_shared { format!("{}.{}", self.region(), self.id()) } else { self.label().to_owned() }
    }

    fn parts(&self) -> (&str, &str) {
        self.key.as_str().split_once('/').unwrap_or_default()
    }
}

impl InstanceScope {
    /// The instance that an address names, among those of the board: by name, id or `REGION.ID`.
    pub(crate) fn named(asked: &str, all: &[BoardInstance]) -> Option<Self> {
        let of = |instance: &BoardInstance| format!("{}.{}", instance.region(), instance.id());
        let instance = all
            .iter()
            .find(|instance| instance.in_address(all) == asked)
            .or_else(|| all.iter().find(|instance| of(instance) == asked))
            .or_else(|| {
                let mut same = all.iter().filter(|instance| instance.id() == asked);
                same.next().filter(|_| same.next().is_none())
            })?;
        Some(Self { instance: Some(instance.clone()), is_only: all.len() == 1 })
    }

    /// The default: the only instance, or nothing while none is known; [`None`] where there are several.
    pub(crate) fn default_of(all: &[BoardInstance]) -> Option<Self> {
        match all {
            [] => Some(Self::default()),
            [one] => Some(Self { instance: Some(one.clone()), is_only: true }),
            _ => None,
        }
    }

    /// What the instance is called, where there are others.
    pub(crate) fn label(&self) -> Option<&str> {
        self.instance.as_ref().filter(|_| !self.is_only).map(BoardInstance::label)
    }

    /// What a part of a picture is kept by; [`None`] where the part is the whole: the board has no other, and sees all that there are.
    pub(crate) fn part_name(&self, sees_all: bool) -> Option<String> {
        let instance = self.instance.as_ref().filter(|_| !(self.is_only && sees_all))?;
        Some(instance.key.as_str().to_owned())
    }

    /// True if what has this instance's id, without its Region, is of the instance.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.instance.as_ref().is_none_or(|instance| instance.id() == id)
    }

    /// True if what names that instance, or none, is of the instance.
    pub(crate) fn has(&self, other: Option<&Instance>) -> bool {
        match (&self.instance, other) {
            (None, _) => true,
            (Some(_), None) => self.is_only,
            (Some(instance), Some(other)) => instance.key == *other,
        }
    }
}

/// The instance that a contact names, by itself or by its queue or agent.
pub(crate) fn instance_of(contact: &Status) -> Option<Instance> {
    [SystemAttribute::InstanceArn, SystemAttribute::QueueArn, SystemAttribute::AgentArn]
        .into_iter()
        .find_map(|attribute| contact.text(attribute).and_then(Instance::of))
}

/// The instance that a queue's figures name.
pub(crate) fn instance_of_figures(key: &QueueKey) -> Option<Instance> {
    // An account and a partition, which a key does not have, say nothing more of it.
    Instance::of(&format!("arn:aws:connect:{}:0:instance/{}", key.aws_region, key.instance_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(region: &str, id: &str, name: Option<&str>) -> BoardInstance {
        BoardInstance::of(&format!("arn:aws:connect:{region}:1:instance/{id}"), name).unwrap()
    }

    #[test]
    fn an_instance_stands_in_addresses_by_name_or_id_and_a_replica_with_its_region() {
        let all = [
            instance("eu-west-2", "i-1", Some("main")),
            instance("eu-west-2", "i-2", None),
            instance("us-east-1", "i-2", None),
        ];
        let addresses: Vec<_> = all.iter().map(|one| one.in_address(&all)).collect();
        assert_eq!(addresses, ["main", "eu-west-2.i-2", "us-east-1.i-2"]);
        let named = |asked: &str| InstanceScope::named(asked, &all).and_then(|scope| scope.instance);
        for (asked, at) in
            [("main", 0), ("i-1", 0), ("eu-west-2.i-1", 0), ("eu-west-2.i-2", 1), ("us-east-1.i-2", 2)]
        {
            assert_eq!(named(asked).as_ref(), all.get(at), "{asked}");
        }
        assert!(named("i-2").is_none() && named("").is_none() && named("i-3").is_none());
    }

    #[test]
    fn the_only_instance_is_the_default_and_has_what_names_none() {
        let all = [instance("eu-west-2", "i-1", None), instance("eu-west-2", "i-2", None)];
        assert!(InstanceScope::default_of(&all).is_none());
        let only = InstanceScope::default_of(&all[..1]).unwrap();
        assert!(only.has(None) && only.has(Some(&all[0].key)) && !only.has(Some(&all[1].key)));
        let one = InstanceScope::named("i-1", &all).unwrap();
        assert!(!one.has(None) && one.has(Some(&all[0].key)) && !one.has(Some(&all[1].key)));
        assert!(InstanceScope::default_of(&[]).unwrap().has(Some(&all[1].key)));
    }
}
