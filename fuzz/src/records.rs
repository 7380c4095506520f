//! The views of records.

use jiff::Timestamp;
use serde::de::IgnoredAny;
use switchboard_core::{
    activity::Activity,
    agent_event::{AgentEvent, Snapshot},
    contact_event::{ContactEvent, DETAIL_TYPE},
    ctr::{Ctr, Endpoint, whole_seconds},
    ctr_version::CtrVersion,
    enrich::{Enrichable, LookUp},
    flow_log::FlowLog,
    instant::instant,
    json,
    kind::RecordKind,
};

/// What a document is, by its one classifier and by the view that reads it.
pub fn kind(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let kind = RecordKind::of(text);
    assert_eq!(kind.is_ok(), json::members(text, |_| {}).is_ok(), "one object");
    assert_eq!(Ctr::parse(text).is_ok(), kind == Ok(RecordKind::ContactRecord), "a contact record");
    if kind == Ok(RecordKind::ContactEvent) {
        // An envelope names what is in it, which is rejected as a contact event if it lacks its type or its contact.
        assert!(ContactEvent::parse(text).is_ok() || is_enveloped(text), "a contact event can be read");
    }
    if kind == Ok(RecordKind::AgentEvent) {
        assert!(AgentEvent::parse(text).is_ok(), "an agent event can be read");
    }
    if kind == Ok(RecordKind::FlowLog) {
        assert!(FlowLog::parse(text).is_ok(), "a flow log's line can be read");
    }
}

/// Whether the envelope says that a contact event is in it.
fn is_enveloped(text: &str) -> bool {
    let mut enveloped = false;
    let read = json::members(text, |member| {
        enveloped |=
            member.name == "detail-type" && member.value.text().is_some_and(|kind| kind == DETAIL_TYPE);
    });
    read.is_ok() && enveloped
}

/// A contact record, and the order of two versions of it: one a line.
pub fn contact_record(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 56);
    let versions: Vec<CtrVersion> = text
        .split('\n')
        .filter_map(|line| {
            let ctr = Ctr::parse(line).ok()?;
            let (agent, queue) = (ctr.agent(), ctr.queue());
            let _ = (agent.name(), queue.id(), queue.is_of_an_agent(), ctr.customer_number());
            let _ = (whole_seconds(queue.duration), instant(ctr.last_update_timestamp));
            let _ = (
                Endpoint::read(ctr.system_endpoint),
                Endpoint::read(ctr.transferred_to_endpoint).kind.text(),
            );
            Some(CtrVersion::of(&ctr, line, now))
        })
        .collect();
    for (one, other) in versions.iter().zip(versions.iter().skip(1)) {
        assert_eq!(one.cmp(other), one.to_string().cmp(&other.to_string()), "the text sorts as versions do");
    }
}

/// A contact record with its caller's name.
pub fn enrichment(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let Ok(enrichable) = Enrichable::read(text) else { return };
    for look_up in [LookUp::NotMade, LookUp::Known("Ann \"\\\n\u{e9}"), LookUp::Unknown, LookUp::Failed] {
        let mut out = Vec::new();
        enrichable.write(look_up, &mut out);
        let line = out.strip_suffix(b"\n").expect("a line ends with one newline");
        assert!(!line.contains(&b'\n') && !line.contains(&b'\r'), "one line");
        assert!(serde_json::from_slice::<IgnoredAny>(line).is_ok(), "one document");
        let written = std::str::from_utf8(line).expect("text");
        assert!(Ctr::parse(written).is_ok(), "a contact record as before");
        assert_eq!(others(written), others(text), "every other member as it was");
        let again = Enrichable::read(written).expect("a contact record as before");
        assert_eq!(again.number(), enrichable.number(), "the number as it was");
        let mut twice = Vec::new();
        again.write(look_up, &mut twice);
        assert_eq!(twice, out, "a second pass changes nothing");
    }
}

/// The members that enrichment leaves alone, in their order, without what stands between tokens.
fn others(document: &str) -> Vec<(String, String)> {
    let mut others = Vec::new();
    let read = json::members(document, |member| {
        if !matches!(&*member.name, "CustomerEndpoint" | "@timestamp") {
            others.push((member.name.into_owned(), member.value.json().replace(['\n', '\r'], "")));
        }
    });
    assert!(read.is_ok(), "an object");
    others
}

/// A contact event.
pub fn contact_event(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(event) = ContactEvent::parse(text) else { return };
    assert!(event.contact_id.text().is_some_and(|id| !id.is_empty()), "a contact");
    let _ = (event.own_time(), event.channel(), event.queue(), event.agent());
}

/// An agent event.
pub fn agent_event(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(event) = AgentEvent::parse(text) else { return };
    let at = event.at();
    for snapshot in [event.current(), event.previous()] {
        stands(&snapshot, at.unwrap_or(Timestamp::UNIX_EPOCH));
    }
}

fn stands(snapshot: &Snapshot<'_>, at: Timestamp) {
    let _ = (
        Activity::of_status(snapshot),
        Activity::of(snapshot, &snapshot.contacts(), at, at),
        snapshot.routing_profile(),
    );
    assert!(snapshot.hierarchy_groups().len() <= 5, "five levels");
    for contact in snapshot.contacts() {
        assert!(contact.contact_id.text().is_some_and(|id| !id.is_empty()), "a contact");
        let _ = (contact.channel(), Activity::of_contact(&contact));
        assert!(serde_json::from_str::<IgnoredAny>(contact.document.json()).is_ok(), "its own document");
    }
}

/// A line of a flow log.
pub fn flow_log(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(log) = FlowLog::parse(text) else { return };
    let _ = (log.at(), log.results.text(), log.parameters.is_object());
    log.external_results.members(|member| assert!(!member.value.json().is_empty(), "a value"));
}
