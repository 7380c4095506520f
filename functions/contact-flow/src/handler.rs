//! The answer to a flow, whatever happens.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    pin::pin,
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{self, Either},
};
use jiff::{SignedDuration, Timestamp};
use switchboard_contacts::{
    attribute::SystemAttribute,
    customer,
    fold::{ContactChange, fold},
    observation::Observation,
    status::Status,
    store::Store,
    version::digest,
};
use switchboard_core::{
    flow_call::FlowCall,
    json::{self, Raw},
};
use switchboard_runtime::metrics::{Metric, Metrics};
use switchboard_store::{call::CallContext, error::StoreError};
use tokio::time::{Instant, timeout};

use crate::{
    call::{Action, Data, Reason},
    customer_history::CustomerHistory,
    limits,
    response::FlowResponse,
};

/// How long a flow is kept waiting at most. The block that calls a function waits 3 s unless it is set otherwise, and 8 s at
/// most; some of that is the way here and back.
pub const LIMIT: Duration = Duration::from_millis(2_500);

/// How long the answer to a look-up waits for the look-up's own write.
const WRITE_GRACE: Duration = Duration::from_millis(250);

/// The customer's latest contacts that a look-up looks at.
const CONTACTS_MAX: usize = 100;
/// Their transfer chains that it looks at: the latest.
const CHAINS_MAX: usize = 25;

/// Answers contact flows from a store of contacts.
#[derive(Debug)]
pub struct Handler {
    store: Store,
}

/// An answer and what there is to count in it.
#[derive(Debug)]
pub struct Answered {
    /// The answer, `Result` in it.
    pub answer: FlowResponse,
    /// The counts.
    pub metrics: Metrics,
}

impl Handler {
    /// From this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Answers a call, JSON text, by the deadline or within [`LIMIT`], whichever comes first.
    pub async fn handle(&self, call: &str, context: CallContext) -> Answered {
        let context = CallContext { deadline: context.deadline.min(Instant::now() + LIMIT), ..context };
        let mut metrics = Metrics::default();
        // An alarm watches it, so it is there when nothing happened, too.
        metrics.add(Metric::FlowErrors, 0);
        // Boxed: a future of all that the stores do has more layers than the compiler counts.
        let tried =
            AssertUnwindSafe(self.try_answer(call, context, &mut metrics).boxed()).catch_unwind().await;
        let answer = match tried.unwrap_or(Err(Reason::Internal)) {
            Ok(mut answer) => {
                answer.insert("Result".into(), "Ok".to_owned());
                answer
            }
            Err(reason) => {
                let word = reason.word();
                tracing::error!(
                    event = "flow_answered_with_error",
                    error = word,
                    "a flow was answered with an error"
                );
                metrics.add(Metric::FlowErrors, 1);
                FlowResponse::from([
                    ("Result".into(), "Error".to_owned()),
                    ("Reason".into(), word.to_owned()),
                ])
            }
        };
        Answered { answer, metrics }
    }

    async fn try_answer(
        &self,
        call: &str,
        context: CallContext,
        metrics: &mut Metrics,
    ) -> Result<FlowResponse, Reason> {
        let id = format!("{:08x}", digest(call.as_bytes()));
        let call = FlowCall::parse(call).map_err(|_| Reason::NotAFlowCall)?;
        match Action::of(&call)? {
            Action::Record(data) => {
                let recorded = data.len().to_string();
                self.record(&call, &id, data, context).await?;
                metrics.add(Metric::FlowDataRecorded, 1);
                Ok(FlowResponse::from([("Recorded".into(), recorded)]))
            }
            Action::LookUp { window_minutes } => {
                let mut changes = fold([observation(&call, &id, Data::new(), context.now)?]);
                // That a flow asked is nothing that happened to the contact.
                for change in changes.values_mut() {
                    change.history.clear();
                }
                let told = self.look_up(&call, window_minutes, context);
                let (told, is_known) = beside(told, self.store(changes, context)).await;
                if !is_known {
                    // What was asked can be answered all the same.
                    metrics.add(Metric::ContactsFailed, 1);
                }
                let told = told?;
                metrics.add(Metric::FlowLookups, 1);
                Ok(told)
            }
        }
    }

    /// Keeps data on a contact, if there is room for it.
    async fn record(
        &self,
        call: &FlowCall<'_>,
        id: &str,
        data: Data,
        context: CallContext,
    ) -> Result<(), Reason> {
        let contact_id = call.contact_id.text().unwrap_or_default();
        let held = self.store.status(&contact_id, context).boxed().await.map_err(|error| {
            let reason = error.to_string();
            tracing::error!(
                event = "contact_read_failed",
                contact_id = &*contact_id,
                error = reason,
                "a contact was not read"
            );
            Reason::from(&error)
        })?;
        let held = held.unwrap_or_else(|| Status::new(&*contact_id));
        limits::check(&held, &data)?;
        // The time of the first call, so that a retry writes the same under the same key.
        let at = if limits::holds(&held, &data) { held.time(SystemAttribute::LatestFlowCall) } else { None };
        self.store(fold([observation(call, id, data, at.unwrap_or(context.now))?]), context).await
    }

    async fn store(
        &self,
        changes: BTreeMap<String, ContactChange>,
        context: CallContext,
    ) -> Result<(), Reason> {
        let recorded = self.store.write(changes.into_values(), context).boxed().await;
        match recorded.failed.first() {
            None => Ok(()),
            Some((contact_id, error)) => {
                let reason = error.to_string();
                tracing::error!(
                    event = "contact_write_failed",
                    contact_id,
                    error = reason,
                    "a contact was not stored"
                );
                Err(Reason::from(error))
            }
        }
    }

    async fn look_up(
        &self,
        call: &FlowCall<'_>,
        window_minutes: Option<u32>,
        context: CallContext,
    ) -> Result<FlowResponse, Reason> {
        let contact_id = call.contact_id.text().unwrap_or_default();
        let chain = call.initial_contact_id.text().filter(|id| !id.is_empty());
        let chain = chain.unwrap_or_else(|| contact_id.clone());
        let contacts = self.contacts(call, &chain, context).boxed().await.map_err(|error| {
            let reason = error.to_string();
            tracing::error!(
                event = "customer_read_failed",
                contact_id = &*contact_id,
                error = reason,
                "a customer's contacts were not read"
            );
            Reason::from(&error)
        })?;
        let since = window_minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
        let since = since.and_then(|window| context.now.checked_sub(window).ok()).unwrap_or(Timestamp::MIN);
        let history = CustomerHistory {
            contact_id: &contact_id,
            chain: &chain,
            contacts: &contacts,
            now: context.now,
            since,
        };
        Ok(history.response())
    }

    /// The contacts of the customer, of this chain, and of the chains that the customer's belong to; each is read once.
    async fn contacts(
        &self,
        call: &FlowCall<'_>,
        chain: &str,
        context: CallContext,
    ) -> Result<BTreeMap<String, Status>, StoreError> {
        let of_customer = match customer::identifier(call.customer_endpoint) {
            Some(customer) => {
                let instance = call.instance_arn.text();
                self.store.by_customer(&customer, instance.as_deref(), CONTACTS_MAX, context).await?
            }
            None => Vec::new(),
        };
        let mut chains = BTreeSet::from([chain.to_owned()]);
        // The latest first.
        for status in &of_customer {
            if chains.len() <= CHAINS_MAX {
                chains.insert(status.initial_contact_id().to_owned());
            }
        }
        let known = of_customer.iter().map(|status| status.contact_id().to_owned()).collect();
        let of_chains = self.store.chains(&chains, &known, context).await?;
        let found = of_customer.into_iter().chain(of_chains);
        Ok(found.map(|status| (status.contact_id().to_owned(), status)).collect())
    }
}

/// What is told, as soon as it is, and whether what is to be known beside it was stored: it gets a moment more, and no longer.
async fn beside(
    told: impl Future<Output = Result<FlowResponse, Reason>>,
    known: impl Future<Output = Result<(), Reason>>,
) -> (Result<FlowResponse, Reason>, bool) {
    match future::select(pin!(told), pin!(known)).await {
        Either::Right((known, told)) => (told.await, known.is_ok()),
        Either::Left((Err(reason), _)) => (Err(reason), false),
        Either::Left((told, known)) => {
            let known = timeout(WRITE_GRACE, known).await;
            if known.is_err() {
                tracing::error!(
                    event = "contact_write_cancelled",
                    "a look-up was answered before its contact was stored"
                );
            }
            (told, known.is_ok_and(|known| known.is_ok()))
        }
    }
}

/// What a call says about its contact.
fn observation(call: &FlowCall<'_>, id: &str, data: Data, at: Timestamp) -> Result<Observation, Reason> {
    let data = serde_json::Value::from(data).to_string();
    let mut pairs: Vec<(String, Raw<'_>)> = Vec::new();
    json::members(&data, |member| pairs.push((member.name.into_owned(), member.value)))
        .map_err(|_| Reason::Internal)?;
    let pairs = pairs.iter().map(|(name, value)| (name.as_str(), *value));
    Observation::of_flow_call(call, at, id, pairs).ok_or(Reason::NoContactId)
}

#[cfg(test)]
mod tests;
