//! What customers did before, as a flow is to be told: by the model's own bookkeeping.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use switchboard_core::arn::last_segment;
use switchboard_simulator::INSTANCE_ARN;
use switchboard_simulator::model::{
    Channel, Contact, ContactStep, Directory, FlowBlock, InitiationMethod, LegRole, MINUTE, Millis,
};

/// For how long after its end a contact is certainly kept.
const CERTAIN_FOR: Millis = 4 * 60 * MINUTE;
/// For how long it is not forgotten here: it may be kept.
const PERHAPS_FOR: Millis = 13 * 60 * MINUTE;

/// A contact, as far as flows are told of it.
#[derive(Debug, Clone)]
struct CustomerContact {
    customer: Option<String>,
    /// The first of its chain.
    chain: String,
    channel: Channel,
    method: InitiationMethod,
    role: LegRole,
    /// The id of the queue that it came into.
    queue: Option<String>,
    /// The user name.
    agent: Option<String>,
    is_answered: bool,
    initiated: Millis,
    ended: Option<Millis>,
    /// Its record was written.
    is_recorded: bool,
    /// A flow has said whose it is.
    is_told: bool,
}

/// The contacts of customers, and what flows ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Customers {
    contacts: BTreeMap<String, CustomerContact>,
    by_address: BTreeMap<String, BTreeSet<String>>,
    by_chain: BTreeMap<String, BTreeSet<String>>,
    /// The contacts whose flows ask, in that order.
    asking: Vec<String>,
    /// Customers' numbers that were not there before.
    new_numbers: Vec<String>,
}

/// What a flow is to be told, as far as it is certain.
pub(super) type ToldToFlow = BTreeMap<&'static str, String>;

impl Customers {
    /// Takes a step of a contact.
    pub(super) fn take(
        &mut self,
        (at, what): (Millis, ContactStep),
        contact: &Contact,
        directory: &Directory,
    ) {
        let id = contact.id.to_string();
        let customer = contact.customer_address().filter(|address| address != "anonymous");
        let chain = contact.initial.map_or_else(|| id.clone(), |initial| initial.to_string());
        let before = self.contacts.get(&id);
        let queue = contact.queue.filter(|_| contact.enqueued.is_some());
        let agent = contact.agent.and_then(|agent| directory.people.get(agent));
        let now = CustomerContact {
            customer: customer.clone(),
            chain: chain.clone(),
            channel: contact.channel,
            method: contact.method,
            role: contact.role,
            queue: queue.map(|queue| last_segment(directory.queue_arn(queue)).to_owned()),
            agent: agent.map(|person| person.username.clone()),
            is_answered: contact.connected.is_some(),
            initiated: contact.initiated,
            ended: contact.disconnected,
            is_recorded: what == ContactStep::Recorded || before.is_some_and(|before| before.is_recorded),
            is_told: before.is_some_and(|before| before.is_told),
        };
        if let Some(customer) = customer {
            if !self.by_address.contains_key(&customer) && customer.starts_with('+') {
                self.new_numbers.push(customer.clone());
            }
            self.by_address.entry(customer).or_default().insert(id.clone());
        }
        self.by_chain.entry(chain).or_default().insert(id.clone());
        self.contacts.insert(id.clone(), now);
        if matches!(what, ContactStep::Flow(_, FlowBlock::Lookup)) {
            self.asking.push(id);
        }
        if what == ContactStep::Recorded && at.rem_euclid(10 * MINUTE) < 1000 {
            self.forget(at);
        }
    }

    /// The contacts whose flows have asked since this was called last.
    pub(super) fn take_asking(&mut self) -> Vec<String> {
        std::mem::take(&mut self.asking)
    }

    /// The customers' numbers that are new since then.
    pub(super) fn take_new_numbers(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new_numbers)
    }

    /// The customers of whom all contacts are over and recorded.
    pub(super) fn settled(&self) -> Vec<String> {
        let is_settled = |id: &String| self.contacts.get(id).is_some_and(|one| one.is_recorded);
        let of_settled = self.by_address.iter().filter(|(_, ids)| ids.iter().all(is_settled));
        of_settled.map(|(customer, _)| customer.clone()).collect()
    }

    /// The queue and the channel of each contact of which no record was written, and when it began.
    pub(super) fn unfinished(&self) -> Vec<(String, &'static str, Millis)> {
        let unfinished = self.contacts.values().filter(|one| !one.is_recorded);
        let of = |one: &CustomerContact| Some((one.queue.clone()?, one.channel.name(), one.initiated));
        unfinished.filter_map(of).collect()
    }

    /// A flow has said whose contact it is.
    pub(super) fn tell(&mut self, id: &str) {
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.is_told = true;
        }
    }

    /// Whose contact it is.
    pub(super) fn customer_of(&self, id: &str) -> Option<&str> {
        self.contacts.get(id)?.customer.as_deref()
    }

    /// What the flow of a contact sends when it asks.
    pub(super) fn call(&self, id: &str) -> Value {
        let contact = self.contacts.get(id);
        let (channel, method, chain) = contact
            .map_or((Channel::Voice, InitiationMethod::Inbound, id), |contact| {
                (contact.channel, contact.method, &*contact.chain)
            });
        call((id, chain), (channel, method), self.customer_of(id))
    }

    /// What the flow of a contact of this customer is to be told; [`None`] if it can't be said for certain.
    pub(super) fn told(&self, id: &str, customer: Option<&str>, now: Millis) -> Option<ToldToFlow> {
        let own = self.contacts.get(id).map_or(id, |contact| &*contact.chain);
        let ids_of = |customer: &str| self.by_address.get(customer).into_iter().flatten();
        let mut chains = BTreeSet::from([own]);
        for id in customer.into_iter().flat_map(ids_of) {
            let contact = self.contacts.get(id)?;
            if contact.is_recorded || contact.is_told {
                chains.insert(&contact.chain);
            }
        }
        let ids = chains.iter().filter_map(|chain| self.by_chain.get(*chain)).flatten();
        let mut others = Vec::new();
        for other in ids.filter(|other| *other != id) {
            let contact = self.contacts.get(other)?;
            let is_old = contact.ended.is_some_and(|ended| now - ended > CERTAIN_FOR);
            // Only the record of a colleague who was asked says so.
            let is_open = contact.role == LegRole::Consulted && !contact.is_recorded;
            if is_old || is_open {
                return None;
            }
            if contact.role == LegRole::Customer {
                others.push((other.as_str(), contact));
            }
        }
        Some(told(own, &others))
    }

    /// Forgets contacts that are certainly kept no longer.
    fn forget(&mut self, now: Millis) {
        let is_gone = |contact: &CustomerContact| {
            contact.is_recorded && contact.ended.is_some_and(|ended| now - ended > PERHAPS_FOR)
        };
        for (id, contact) in self.contacts.extract_if(.., |_, contact| is_gone(contact)) {
            for (held, key) in
                [(&mut self.by_address, contact.customer), (&mut self.by_chain, Some(contact.chain))]
            {
                let Some(key) = key else { continue };
                let ids = held.entry(key.clone()).or_default();
                ids.remove(&id);
                if ids.is_empty() {
                    held.remove(&key);
                }
            }
        }
    }
}

impl CustomerContact {
    /// A callback that nobody is on yet.
    fn waits_to_be_called(&self) -> bool {
        self.method == InitiationMethod::Callback && self.ended.is_none() && !self.is_answered
    }
}

/// What a flow sends when it asks for a contact of a chain.
pub(super) fn call(
    (id, chain): (&str, &str),
    (channel, method): (Channel, InitiationMethod),
    customer: Option<&str>,
) -> Value {
    let kind = if channel == Channel::Voice { "TELEPHONE_NUMBER" } else { "EMAIL_ADDRESS" };
    let endpoint = customer.map(|address| json!({"Address": address, "Type": kind}));
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": {},
                "Channel": channel.name(),
                "ContactId": id,
                "CustomerEndpoint": endpoint,
                "InitialContactId": chain,
                "InitiationMethod": method.name(),
                "InstanceARN": INSTANCE_ARN,
                "PreviousContactId": id,
                "Queue": null,
            },
            "Parameters": {"Action": "Lookup"},
        },
    })
}

/// What is to be told of other contacts in a chain's flow.
fn told(own: &str, others: &[(&str, &CustomerContact)]) -> ToldToFlow {
    let mut told = ToldToFlow::from([("Result", "Ok".to_owned())]);
    let is_before = |contact: &CustomerContact| contact.chain != own;
    let open = |of: &dyn Fn(&CustomerContact) -> bool| -> Vec<&str> {
        let open = others.iter().filter(|(_, one)| one.ended.is_none() && of(one));
        open.map(|(id, _)| *id).collect()
    };
    let talks = |channel: Channel| {
        move |one: &CustomerContact| is_before(one) && one.channel == channel && !one.waits_to_be_called()
    };
    for (name, name_of_id, ids) in [
        (
            "CallbackPending",
            "CallbackContactId",
            open(&|one: &CustomerContact| one.method == InitiationMethod::Callback),
        ),
        ("ActiveVoice", "ActiveVoiceContactId", open(&talks(Channel::Voice))),
        ("ActiveChat", "ActiveChatContactId", open(&talks(Channel::Chat))),
    ] {
        told.insert(name, (!ids.is_empty()).to_string());
        // Of several the latest is told.
        if let Some(id) = ids.first().filter(|_| ids.len() == 1) {
            told.insert(name_of_id, (*id).to_owned());
        }
    }
    let chain = others.iter().filter(|(_, one)| !is_before(one));
    told.insert("ChainDisconnected", chain.clone().all(|(_, one)| one.ended.is_some()).to_string());
    let before: Vec<_> = others.iter().filter(|(_, one)| is_before(one)).collect();
    let chains: BTreeSet<&str> = before.iter().map(|(_, one)| &*one.chain).collect();
    told.insert("ConversationsInWindow", chains.len().to_string());
    let mut legs: Vec<_> = before.into_iter().filter(|(_, one)| !one.waits_to_be_called()).collect();
    legs.sort_by_key(|(_, one)| one.ended);
    tell_last(&mut told, &legs);
    told
}

/// Tells of the last of these, which are in the order of their ends, and of its chain. Of what goes on it is not certain here
/// when something happened last.
fn tell_last(told: &mut ToldToFlow, legs: &[&(&str, &CustomerContact)]) {
    let Some((id, last)) = legs.last() else {
        told.insert("LastContactId", String::new());
        told.insert("LastContactAgent", String::new());
        return;
    };
    let is_alone = legs.iter().filter(|(_, one)| one.ended == last.ended).count() == 1;
    if legs.iter().any(|(_, one)| one.ended.is_none()) || !is_alone {
        return;
    }
    told.insert("LastContactId", (*id).to_owned());
    told.insert("LastContactChannel", last.channel.name().to_owned());
    let chain = || legs.iter().rev().filter(|(_, one)| one.chain == last.chain);
    let agent = chain().find_map(|(_, one)| one.agent.clone());
    told.insert("LastContactAgent", agent.unwrap_or_default());
    // A call that an agent makes names a queue in which nobody waits.
    if chain().all(|(_, one)| one.method != InitiationMethod::Outbound)
        && let Some(queue) = chain().find_map(|(_, one)| one.queue.clone())
    {
        told.insert("LastContactQueueArn", queue);
    }
}
