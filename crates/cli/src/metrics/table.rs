//! Queues and agents as tables.

use jiff::Timestamp;
use switchboard_core::instance::Instance;
use switchboard_metrics::store::{LiveQueue, LiveUser};

use crate::{
    contacts::format_time,
    table::{Screen, TextTable, shortened},
};

/// What the columns with numbers take beside the queue's name, with the space between them.
const QUEUE_COLUMNS_WIDTH: usize = 68;
/// What the columns of agents take beside their names.
const USER_COLUMNS_WIDTH: usize = 46;

/// A queue or an agent.
pub(crate) struct Row<'r, T> {
    /// The instance that it is of, if that is shown.
    pub(crate) instance: Option<&'r Instance>,
    /// The queue or the agent.
    pub(crate) of: &'r T,
}

/// The metrics that are shown of a queue, by column, with what they are called.
const SHOWN: [(&str, &str); 7] = [
    ("in_queue", "waiting"),
    ("oldest_contact", "oldest"),
    ("estimated_wait_time", "expected"),
    ("agents_online", "online"),
    ("agents_available", "free"),
    ("agents_on_contact", "on contact"),
    ("agents_acw", "wrap-up"),
];

/// Whether anything is going on in a queue.
pub(crate) fn is_busy(queue: &LiveQueue) -> bool {
    queue.values.values().flatten().any(|value| *value > 0.0)
}

/// A row a queue and channel.
pub(crate) fn queues(queues: &[Row<'_, LiveQueue>], screen: Screen) -> TextTable {
    let names = screen.width.map_or(usize::MAX, |width| width.saturating_sub(QUEUE_COLUMNS_WIDTH).max(8));
    let numbers = SHOWN.map(|(_, name)| name);
    let header: Vec<_> =
        instance_header(queues).into_iter().chain(["queue", "channel"]).chain(numbers).collect();
    let mut sheet = TextTable::new(screen, &header, header.len() - SHOWN.len()..header.len());
    for Row { instance, of: queue } in queues {
        let name = queue.queue_name.as_deref().unwrap_or(&queue.queue_id);
        let values = SHOWN.iter().map(|(column, _)| value(queue, column));
        let name = [shortened(name, names), queue.channel.to_lowercase()];
        sheet.row(instance_cell(*instance).into_iter().chain(name).chain(values));
    }
    sheet
}

/// A row an agent.
pub(crate) fn users(users: &[Row<'_, LiveUser>], now: Timestamp, screen: Screen) -> TextTable {
    let names =
        screen.width.map_or(usize::MAX, |width| (width.saturating_sub(USER_COLUMNS_WIDTH) / 2).max(8));
    let columns = ["agent", "status", "since", "contact", "channel", "queue", "since"];
    let header: Vec<_> = instance_header(users).into_iter().chain(columns).collect();
    let mut sheet = TextTable::new(screen, &header, 0..0);
    for Row { instance, of: user } in users {
        let contact = user.contact_state.as_ref().map(|state| state.to_lowercase().replace('_', " "));
        let cells = [
            shortened(user.user_name.as_deref().unwrap_or(&user.user_id), names),
            dash(user.status_name.clone()),
            since(user.status_start_time, now),
            dash(contact),
            dash(user.contact_channel.as_ref().map(|channel| channel.to_lowercase())),
            shortened(&dash(user.contact_queue_name.clone()), names),
            since(user.contact_state_start, now),
        ];
        sheet.row(instance_cell(*instance).into_iter().chain(cells));
    }
    sheet
}

/// The header of the column with the instance, if that is shown.
fn instance_header<T>(rows: &[Row<'_, T>]) -> Option<&'static str> {
    rows.iter().any(|row| row.instance.is_some()).then_some("instance")
}

/// The instance as a person tells it from others: the Region, and the beginning of the id.
fn instance_cell(instance: Option<&Instance>) -> Option<String> {
    let instance = instance?;
    Some(format!("{} {}", instance.region(), instance.id().chars().take(8).collect::<String>()))
}

/// A metric as text: a number, a duration (`3:20`) where the unit is seconds, or a dash without a value.
fn value(queue: &LiveQueue, column: &str) -> String {
    let Some(Some(value)) = queue.values.get(column) else { return "-".to_owned() };
    if matches!(column, "oldest_contact" | "estimated_wait_time") {
        return if *value > 0.0 { lasted(*value) } else { "-".to_owned() };
    }
    value.to_string()
}

/// Seconds as a person writes a duration: `3:20`.
fn lasted(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and nobody waits longer than that")]
    let ms = (seconds * 1000.0) as i64;
    format_time::lasted(ms)
}

/// How long something has been so: `3:20`.
fn since(start: Option<Timestamp>, now: Timestamp) -> String {
    let ms = start.map(|start| now.as_millisecond().saturating_sub(start.as_millisecond()).max(0));
    // Nobody looks for less than a second.
    dash(ms.map(|ms| format_time::lasted(ms.max(1000))))
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Screen = Screen { width: None, colours: false };

    fn queue(values: &[(&str, Option<f64>)]) -> LiveQueue {
        LiveQueue {
            queue_id: "1".to_owned(),
            queue_name: Some("Support".to_owned()),
            channel: "VOICE".to_owned(),
            sampled_at: Timestamp::UNIX_EPOCH,
            values: values.iter().map(|(column, value)| ((*column).to_owned(), *value)).collect(),
        }
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let queue = queue(&[
            ("in_queue", Some(3.0)),
            ("oldest_contact", Some(200.0)),
            ("estimated_wait_time", None),
            ("agents_online", Some(0.0)),
        ]);
        let text = queues(&[Row { instance: None, of: &queue }], SCREEN).to_string();
        let row: Vec<_> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row, ["Support", "voice", "3", "3:20", "-", "0", "-", "-", "-"]);
    }

    #[test]
    fn several_instances_have_a_column() {
        let queue = queue(&[("in_queue", Some(3.0))]);
        let id = "00000000-0000-4000-8000-000000000001";
        let of = |region| format!("arn:aws:connect:{region}:111122223333:instance/{id}").parse().unwrap();
        let [source, replica]: [Instance; 2] = ["ap-southeast-2", "us-east-1"].map(of);
        let rows = [&source, &replica].map(|instance| Row { instance: Some(instance), of: &queue });
        let text = queues(&rows, SCREEN).to_string();
        let lines: Vec<Vec<_>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0][..2], ["instance", "queue"]);
        assert_eq!(lines[1][..4], ["ap-southeast-2", "00000000", "Support", "voice"]);
        assert_eq!(lines[2][..2], ["us-east-1", "00000000"]);
    }

    #[test]
    fn an_idle_queue_is_not_busy() {
        assert!(!is_busy(&queue(&[("in_queue", Some(0.0)), ("estimated_wait_time", None)])));
        assert!(is_busy(&queue(&[("agents_online", Some(1.0))])));
    }

    #[test]
    fn an_agent_is_shown_with_the_contact_and_since_when() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let user = LiveUser {
            user_id: "1".to_owned(),
            user_name: Some("emily".to_owned()),
            routing_profile_name: None,
            status_id: Some("11".to_owned()),
            status_type: Some("ROUTABLE".to_owned()),
            status_name: Some("Available".to_owned()),
            status_start_time: Some(at(0)),
            next_status: None,
            contacts: Some(1.0),
            contact_state: Some("CONNECTED_ONHOLD".to_owned()),
            contact_channel: Some("VOICE".to_owned()),
            contact_queue_name: None,
            contact_state_start: Some(at(3590)),
            active_slots: Some(1.0),
            available_slots: Some(0.0),
            sampled_at: at(3600),
        };
        assert!(user.is_online());
        let text = users(&[Row { instance: None, of: &user }], at(3600), SCREEN).to_string();
        let row: Vec<_> =
            text.lines().nth(1).unwrap().split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
        assert_eq!(row, ["emily", "Available", "1:00:00", "connected onhold", "voice", "-", "10 s"]);
    }
}
