//! The look-ups of flows: what `contact-flow` answers, held against what the customer really did.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use switchboard_contacts::attribute::SystemAttribute;
use switchboard_contacts::store::Store;
use switchboard_core::arn::last_segment;
use switchboard_simulator::model::{Channel, InitiationMethod};
use switchboard_store::call::CallContext;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::contacts::{AT_MOST, RETENTION_MINUTES};
use super::customers::{Customers, ToldToFlow, call};
use super::delivery::DeliveryCounts;
use super::failures::Failures;
use super::function::{Function, Server};
use super::report::Report;
use crate::clock::Clock;

/// How often a flow asks again at the end of the day.
const TRIES: u32 = 60;
/// Of how many customers it is asked then.
const CUSTOMERS: usize = 500;

/// The function that flows ask.
pub(super) struct LookUps {
    pub(super) function: Function,
    pub(super) counts: DeliveryCounts,
}

impl LookUps {
    pub(super) fn start(tables: &[Server], contacts: &str, clock: &Arc<Clock>, failures: Failures) -> Self {
        let env = vec![
            ("CONTACTS", format!("dynamodb://{contacts}")),
            ("CONTACT_RETENTION_MINUTES", RETENTION_MINUTES.to_string()),
        ];
        let function = Function::new(("contact-flow", ""), env, tables, clock, failures);
        Self { function, counts: DeliveryCounts::default() }
    }

    /// Asks as the flows do that ask by now; compares what they are told where everything is told at once.
    pub(super) fn ask(
        &self,
        (customers, asking): (&mut Customers, Vec<String>),
        (store, clock): (&Store, &Clock),
        is_clean: bool,
        report: &mut Report,
    ) {
        for id in asking {
            self.counts.add_sent(1);
            let began = clock.now();
            let event = customers.call(&id).to_string().into_bytes();
            let answer = self.function.invoke(event);
            let Ok(answer) = answer else { continue };
            let context = CallContext::new(clock.now(), Instant::now() + AT_MOST);
            let status =
                Handle::current().block_on(store.status(&id, context)).expect("a store that can be read");
            if !is_clean {
                // In time, whatever fails.
                let result = answer["Result"].as_str();
                report.compare("look-up", &id, "a result", (matches!(result, Some("Ok" | "Error")), true));
                continue;
            }
            let truth = customers.told(&id, customers.customer_of(&id), began.as_millisecond());
            if let Some(truth) = truth {
                compare(&id, &answer, &truth, report);
            }
            // The answer does not wait for the write for long.
            if status.is_some_and(|status| status.text(SystemAttribute::CustomerIdentifier).is_some()) {
                customers.tell(&id);
            }
        }
    }

    /// Asks, as a new contact of each, of customers whose contacts are all over.
    pub(super) fn ask_all(&self, customers: &Customers, now: Timestamp, report: &mut Report) {
        for (number, customer) in customers.settled().into_iter().take(CUSTOMERS).enumerate() {
            let id = format!("00000000-0000-4000-8000-{number:012}");
            let channel = if customer.starts_with('+') { Channel::Voice } else { Channel::Email };
            let Some(truth) = customers.told(&id, Some(&customer), now.as_millisecond()) else { continue };
            let event = call((&id, &id), (channel, InitiationMethod::Inbound), Some(&customer)).to_string();
            self.counts.add_sent(1);
            let answer = (0..TRIES).find_map(|_| {
                let answer = self.function.invoke(event.clone().into_bytes()).ok();
                answer.filter(|answer| answer["Result"] == "Ok")
            });
            match answer {
                Some(answer) => compare(&id, &answer, &truth, report),
                None => self.counts.add_lost(1),
            }
        }
    }
}

fn compare(id: &str, answer: &Value, truth: &ToldToFlow, report: &mut Report) {
    for (name, truth) in truth {
        let mut told = answer[*name].as_str().unwrap_or_default();
        if *name == "LastContactQueueArn" {
            told = last_segment(told);
        }
        report.compare("look-up", id, name, (told, truth.as_str()));
    }
}
