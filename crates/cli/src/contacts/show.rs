//! `switchboard contacts show`: one contact, or its whole chain.

use std::io::{self, Write};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;
use switchboard_contacts::{
    attribute::SystemAttribute,
    journey::{Journey, answering_machine},
    resource_names::ResourceNames,
    standing,
    status::Status,
};
use switchboard_core::outcome::QueueOutcome;

use super::{
    format_time,
    location::{self, Options},
    table::{self, Listed},
    timeline,
};
use crate::{
    outcome::CommandOutcome,
    table::{Screen, clean, wrapped},
};

/// The width of a fact's name, with the space behind it.
const NAME_WIDTH: usize = 10;

const AFTER_HELP: &str = "\
The timeline says when each thing happened, how long after the beginning, and how long it lasted. The line \
above it says since when the contact has been in its state or, for a scheduled contact that has not ended, \
when it is due.

Exit status: 1 if the contact is not found.

Examples:
  switchboard contacts show 4fab6e40-99d5-43ce-8a75-e058ee62b1b4
  switchboard contacts show 4fab6e40-99d5-43ce-8a75-e058ee62b1b4 --technical
  switchboard contacts show 4fab6e40-99d5-43ce-8a75-e058ee62b1b4 --chain";

/// Show a contact: where it stands, and everything that happened to it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The contact's id.
    #[arg(value_name = "ID")]
    id: String,
    /// What the system did, event by event, in place of what the customer went through.
    #[arg(long)]
    technical: bool,
    /// All contacts of its transfer chain, on one timeline.
    #[arg(long)]
    chain: bool,
    #[command(flatten)]
    options: Options,
}

/// Shows the contact.
///
/// # Errors
/// When contacts can't be read.
pub(crate) async fn run(args: Args) -> anyhow::Result<CommandOutcome> {
    let store = args.options.open().await?;
    let Some(chain) = store.chain_of(&args.id, location::now()).await.context("contacts can't be read")?
    else {
        writeln!(
            io::stderr(),
            "switchboard: nothing is known, or not any more, of contact {}",
            clean(&args.id)
        )?;
        return Ok(CommandOutcome::Rejected);
    };
    let shown: Vec<Status> =
        chain.iter().filter(|contact| args.chain || contact.contact_id() == args.id).cloned().collect();
    let mut history = Vec::new();
    for contact in &shown {
        let entries = store.history(contact.contact_id(), location::now()).await;
        history.extend(entries.context("contacts can't be read")?);
    }
    let journey = Journey::new(history, &chain);
    let names = store.names(&journey.without_name(), location::now()).await.context("names can't be read")?;
    let journey = journey.with_names(names);
    let names = store.resource_names(&shown, location::now()).await.context("names can't be read")?;
    let lines = if args.technical { journey.technical() } else { journey.friendly() };
    let mut out = io::stdout().lock();
    if args.options.json {
        let contacts: Vec<_> = shown.iter().map(Status::view).collect();
        serde_json::to_writer_pretty(&mut out, &json!({ "contacts": contacts, "journey": lines }))?;
        writeln!(out)?;
        return Ok(CommandOutcome::Success);
    }
    let (screen, tz) = (Screen::stdout(), &args.options.tz);
    if args.chain {
        write!(out, "{}", table::contact_table(&shown, Listed::Chain, tz, screen, &names, Timestamp::now()))?;
    } else {
        for contact in &shown {
            let place = chain.iter().position(|one| one.contact_id() == contact.contact_id());
            let place = (place.unwrap_or_default() + 1, chain.len());
            head(contact, place, tz, screen, &names, &mut out)?;
        }
    }
    let ids: Vec<&str> = shown.iter().map(Status::contact_id).collect();
    timeline::Timeline { lines: &lines, chain: &ids, tz, exact: args.technical }.print(screen, &mut out)?;
    Ok(CommandOutcome::Success)
}

/// The state of a contact, a line for each fact.
fn head(
    contact: &Status,
    (place, of): (usize, usize),
    tz: &TimeZone,
    screen: Screen,
    names: &ResourceNames,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let text = |attribute| contact.text(attribute);
    let with = |first: Option<&str>, second: Option<&str>| match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}, {second}")),
        (one, other) => one.or(other).map(str::to_owned),
    };
    let ended = match contact.queue_outcome() {
        Some(QueueOutcome::Abandoned) => Some("abandoned in the queue"),
        Some(QueueOutcome::CallbackRequested) => Some("asked to be called back"),
        Some(QueueOutcome::TransferredOut) => Some("moved to another queue"),
        _ => text(SystemAttribute::DisconnectReason),
    };
    let wraps_up = contact.is_in_after_contact_work().then_some("an agent wraps it up");
    let began = contact.time(SystemAttribute::InitiatedAt).map(|at| {
        let lasted = standing::lasted_ms(contact).map(|ms| format!(", lasted {}", format_time::lasted(ms)));
        let at = format!("{} {}", format_time::day(at, tz), format_time::time(at, tz, false));
        format!("{at} {}{}", format_time::zone(tz), lasted.unwrap_or_default())
    });
    let so_far = contact.is_worked_on().then(|| standing::since(contact)).flatten().map(|since| {
        let ms = (Timestamp::now().as_millisecond() - since.as_millisecond()).max(0);
        format!(
            "{} {}, for {}",
            format_time::day(since, tz),
            format_time::time(since, tz, false),
            format_time::lasted(ms)
        )
    });
    let due = standing::due(contact)
        .map(|at| format!("{} {}", format_time::day(at, tz), format_time::time(at, tz, false)));
    // By the clock, as the timeline below has it.
    let worked = contact
        .after_contact_work_ms()
        .filter(|ms| *ms > 0)
        .zip(contact.time(SystemAttribute::AfterContactWorkStartedAt))
        .map(|(ms, started)| format_time::lasted_since(started, ms));
    let flow = contact
        .is_active()
        .then(|| with(text(SystemAttribute::LatestFlowName), text(SystemAttribute::LatestBlockType)));
    let facts = [
        ("contact", Some(contact.contact_id().to_owned())),
        ("status", with(with(text(SystemAttribute::Status), ended).as_deref(), wraps_up)),
        ("since", so_far.filter(|_| due.is_none())),
        ("due", due),
        ("channel", with(text(SystemAttribute::Channel), text(SystemAttribute::InitiationMethod))),
        ("customer", text(SystemAttribute::CustomerIdentifier).map(str::to_owned)),
        ("queue", names.queue(contact)),
        ("agent", names.agent(contact)),
        ("began", began),
        ("answered", text(SystemAttribute::AnsweringMachine).and_then(answering_machine)),
        ("wrap-up", worked),
        ("flow", flow.flatten()),
        ("chain", (of > 1).then(|| format!("contact {place} of {of}; --chain shows all"))),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            fact(name, &value, screen, out)?;
        }
    }
    for (name, value) in contact.data() {
        // Whatever a flow's author passed: JSON over many lines, say.
        let value: Vec<_> = value.split_whitespace().collect();
        fact("data", &format!("{name} = {}", value.join(" ")), screen, out)?;
    }
    Ok(())
}

/// A line, or several where it is long.
fn fact(mut name: &str, value: &str, screen: Screen, out: &mut impl Write) -> io::Result<()> {
    let width = screen.width.map_or(usize::MAX, |width| width.saturating_sub(NAME_WIDTH).max(NAME_WIDTH));
    for part in wrapped(value, width) {
        writeln!(out, "{name:<NAME_WIDTH$}{part}")?;
        name = "";
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use switchboard_contacts::{
        status::{Register, Value},
        version::{EventStamp, Finality, Source, Stage},
    };

    use super::*;

    #[test]
    fn the_head_says_who_answered_in_words_and_leaves_out_wrap_up_of_no_time() {
        let at: Timestamp = "2026-11-02T08:00:00.700Z".parse().unwrap();
        let source = Source::ContactRecord;
        let stamp = EventStamp { at, stage: Stage::Completed, source, order: 0, tie_breaker: 0 };
        let head = |wrapped_up: Timestamp| {
            let mut status = Status::new("c");
            for (attribute, value) in [
                (SystemAttribute::AnsweringMachine, Value::Text("VOICEMAIL_BEEP".to_owned())),
                (SystemAttribute::AfterContactWorkStartedAt, Value::Time(at)),
                (SystemAttribute::AfterContactWorkEndedAt, Value::Time(wrapped_up)),
            ] {
                let version = stamp.version(Finality::Provisional);
                status.set_if_newer(attribute.into(), Register { version, value });
            }
            let (mut out, screen) = (Vec::new(), Screen { width: None, colours: false });
            super::head(&status, (1, 1), &TimeZone::UTC, screen, &ResourceNames::default(), &mut out)
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = head(at);
        assert!(text.contains("answered  A voicemail answered, with a beep\n"), "{text}");
        assert!(!text.contains("wrap-up"), "{text}");
        let text = head(at + SignedDuration::from_secs(4));
        assert!(text.contains("wrap-up   4 s\n"), "{text}");
        // From 8:00:00 to 8:00:09, as the timeline has it.
        let text = head(at + SignedDuration::from_millis(8300));
        assert!(text.contains("wrap-up   9 s\n"), "{text}");
    }
}
