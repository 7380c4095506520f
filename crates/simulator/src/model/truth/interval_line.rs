//! The lines of `intervals.ndjson`.

use std::io;

use serde::Serialize;
use switchboard_core::arn::last_segment;

use super::{
    figures::{AgentFigures, AgentQueueFigures, QueueFigures},
    write_line,
};
use crate::model::{
    directory::Directory,
    iso::IsoMillis,
    terms::{Channel, QueueRef},
    time::{MINUTE, Millis},
};

/// How long an interval is. Every zone is a multiple of it ahead of UTC.
pub(super) const LENGTH: Millis = 15 * MINUTE;

/// What the figures of a queue are by: when the interval began, the queue, the channel.
pub(super) type QueueKey = (Millis, QueueRef, Channel);
/// The same of an agent's contacts; calls that the agent dialled have no queue.
pub(super) type AgentQueueKey = (Millis, usize, Option<QueueRef>, Channel);

/// What the figures are of; null is what does not apply.
#[derive(Debug, Serialize)]
struct Line<'a, F> {
    from: IsoMillis,
    to: IsoMillis,
    agent: Option<&'a str>,
    queue: Option<&'a str>,
    channel: Option<&'static str>,
    #[serde(flatten)]
    figures: &'a F,
}

fn username(agent: usize, directory: &Directory) -> Option<&str> {
    directory.people.get(agent).map(|person| &*person.username)
}

fn queue_id(queue: QueueRef, directory: &Directory) -> &str {
    last_segment(directory.queue_arn(queue))
}

pub(super) fn write_queue(
    out: &mut impl io::Write,
    (from, queue, channel): QueueKey,
    figures: &QueueFigures,
    directory: &Directory,
) -> io::Result<()> {
    write_line(out, &line(from, None, Some(queue_id(queue, directory)), Some(channel.name()), figures))
}

pub(super) fn write_agent_queue(
    out: &mut impl io::Write,
    (from, agent, queue, channel): AgentQueueKey,
    figures: &AgentQueueFigures,
    directory: &Directory,
) -> io::Result<()> {
    let queue = queue.map(|queue| queue_id(queue, directory));
    write_line(out, &line(from, username(agent, directory), queue, Some(channel.name()), figures))
}

pub(super) fn write_agent(
    out: &mut impl io::Write,
    (from, agent): (Millis, usize),
    figures: &AgentFigures,
    directory: &Directory,
) -> io::Result<()> {
    write_line(out, &line(from, username(agent, directory), None, None, figures))
}

fn line<'a, F>(
    from: Millis,
    agent: Option<&'a str>,
    queue: Option<&'a str>,
    channel: Option<&'static str>,
    figures: &'a F,
) -> Line<'a, F> {
    Line { from: IsoMillis(from), to: IsoMillis(from + LENGTH), agent, queue, channel, figures }
}
