//! Everything that is emitted, onto the streams, the bus and the log group of a deployment.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::mpsc::{Receiver, channel},
};

use switchboard_simulator::{Item, model::emit::EmittedKind};

use super::{destination::Destination, event_bus::EventBus, log_group::LogGroup};
use crate::{aws, outcome::CommandOutcome, simulate::stream::Target};

/// The options that say where something goes.
pub(super) const TARGETS: [&str; 4] =
    ["contact_records_to", "agent_events_to", "contact_events_to", "flow_logs_to"];

/// Where it goes; what has no target is not sent.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Onto a deployment")]
pub(super) struct LiveOptions {
    /// Put contact records into this Kinesis data stream.
    #[arg(long, value_name = "NAME|ARN")]
    contact_records_to: Option<String>,
    /// Put agent events into this Kinesis data stream.
    #[arg(long, value_name = "NAME|ARN")]
    agent_events_to: Option<String>,
    /// Put contact events onto this EventBridge bus, such as default.
    #[arg(long, value_name = "BUS")]
    contact_events_to: Option<String>,
    /// Put flow logs into this CloudWatch log group, such as /aws/connect/ALIAS.
    #[arg(long, value_name = "GROUP")]
    flow_logs_to: Option<String>,
    /// The source of contact events: nobody may send as aws.connect by hand. The deployment's setting `simulatedSource`.
    #[arg(long, value_name = "SOURCE", default_value = "switchboard.simulated")]
    event_source: String,
}

/// Sends what waits.
pub(super) struct Live {
    items: Receiver<(EmittedKind, Item)>,
    contact_records: Option<Target>,
    agent_events: Option<Target>,
    contact_events: Option<EventBus>,
    flow_logs: Option<LogGroup>,
}

impl Live {
    /// Opens the targets. Connects when first used.
    ///
    /// # Errors
    /// When there is no region, or a service can't be called.
    pub(super) async fn open(options: &LiveOptions, destination: &mut Destination) -> anyhow::Result<Self> {
        let (sender, items) = channel();
        let mut live =
            Self { items, contact_records: None, agent_events: None, contact_events: None, flow_logs: None };
        let LiveOptions { contact_records_to, agent_events_to, contact_events_to, flow_logs_to, .. } =
            options;
        if [contact_records_to, agent_events_to, contact_events_to, flow_logs_to]
            .iter()
            .all(|to| to.is_none())
        {
            return Ok(live);
        }
        destination.live = Some(sender);
        let config = aws::config().await?;
        if let Some(stream) = contact_records_to {
            live.contact_records = Some(Target::data(stream).await?);
        }
        if let Some(stream) = agent_events_to {
            live.agent_events = Some(Target::data(stream).await?);
        }
        if let Some(bus) = contact_events_to {
            live.contact_events = Some(EventBus::new(&config, bus, &options.event_source)?);
        }
        if let Some(group) = flow_logs_to {
            live.flow_logs = Some(LogGroup::new(&config, group)?);
        }
        Ok(live)
    }

    /// Sends what was emitted since. Of one kind all is sent in the order of delivery.
    pub(super) async fn send(&mut self) {
        let mut waiting: BTreeMap<EmittedKind, Vec<Item>> = BTreeMap::new();
        for (kind, item) in self.items.try_iter() {
            waiting.entry(kind).or_default().push(item);
        }
        for (kind, items) in waiting {
            match kind {
                EmittedKind::ContactRecord => {
                    if let Some(stream) = &mut self.contact_records {
                        stream.put(&items).await;
                    }
                }
                EmittedKind::AgentEvent => {
                    if let Some(stream) = &mut self.agent_events {
                        stream.put(&items).await;
                    }
                }
                EmittedKind::ContactEvent => {
                    if let Some(bus) = &mut self.contact_events {
                        bus.put(&items).await;
                    }
                }
                EmittedKind::FlowLogs => {
                    if let Some(group) = &mut self.flow_logs {
                        group.put(&items).await;
                    }
                }
                EmittedKind::Report => {}
            }
        }
    }

    /// Tells how many were put.
    ///
    /// # Errors
    /// When it can't be told.
    pub(super) fn finish(self) -> anyhow::Result<CommandOutcome> {
        let stream = |stream: Target| (stream.put, stream.not_put);
        let counts = [
            ("contact records", self.contact_records.map(stream)),
            ("agent events", self.agent_events.map(stream)),
            ("contact events", self.contact_events.map(|bus| (bus.put, bus.not_put))),
            ("flow log lines", self.flow_logs.map(|group| (group.put, group.not_put))),
        ];
        let mut rejected = 0;
        for (name, counts) in counts {
            if let Some((put, not_put)) = counts {
                writeln!(io::stdout(), "{name:<16} {put:>10} put, {not_put} not put")?;
                rejected += not_put as u64;
            }
        }
        Ok(CommandOutcome::of(rejected))
    }
}

#[cfg(test)]
mod tests;
