//! What there is to hear, or to read again: recordings, transcripts and how good the line was.

use crate::{
    contact::{Contact, ContactKind},
    ctr, fixtures,
    model::IsoMillis,
    record::{channel, media},
};

/// True for a call that an agent took: there is media to measure and to record.
pub(super) fn has_sound(contact: &Contact) -> bool {
    channel(contact.kind) == "VOICE" && contact.is_answered()
}

/// When the called side spoke its greeting; only where we called.
pub(super) fn voice_activity(contact: &Contact) -> Option<ctr::VoiceActivity> {
    let connected = contact.times.connected_to_system.filter(|_| contact.kind == ContactKind::Outbound)?;
    let connected = contact.times.at(connected).as_millisecond();
    Some(ctr::VoiceActivity {
        greeting_end_timestamp: IsoMillis(connected + 1_350),
        greeting_start_timestamp: IsoMillis(connected + 420),
    })
}

pub(super) fn quality(contact: &Contact) -> ctr::QualityMetrics {
    let side = |hundredths: u16| ctr::Side {
        audio: ctr::Audio {
            potential_quality_issues: if hundredths < 300 { vec!["HighPacketLoss"] } else { Vec::new() },
            quality_score: f64::from(hundredths) / 100.0,
        },
    };
    ctr::QualityMetrics { agent: side(contact.quality.0), customer: side(contact.quality.1) }
}

/// Where the recording or transcript lies; [`None`] where there is none, or not yet.
fn location(contact: &Contact) -> Option<String> {
    let agent = contact.times.agent.filter(|_| contact.recording_is_there)?;
    let (folder, ending) = match channel(contact.kind) {
        "VOICE" => ("CallRecordings", "wav"),
        "CHAT" => ("ChatTranscripts", "json"),
        _ => return None,
    };
    let begin = contact.times.at(agent.connected);
    let (day, minute) = (begin.strftime("%Y/%m/%d"), begin.strftime("%Y%m%dT%H:%M"));
    Some(format!("{}/{folder}/{day}/{}_{minute}_UTC.{ending}", fixtures::RECORDINGS, contact.id))
}

pub(super) fn recording(contact: &Contact) -> Option<ctr::Recording<'static>> {
    let location = location(contact).filter(|_| has_sound(contact))?;
    Some(ctr::Recording { deletion_reason: None, location, status: "AVAILABLE", r#type: "AUDIO" })
}

pub(super) fn recordings(contact: &Contact) -> Option<[ctr::RecordingEntry<'static>; 1]> {
    Some([ctr::RecordingEntry {
        deletion_reason: None,
        fragment_start_number: None,
        fragment_stop_number: None,
        location: location(contact)?,
        media_stream_type: media(contact.kind)?,
        participant_type: None,
        start_timestamp: None,
        status: "AVAILABLE",
        stop_timestamp: None,
        storage_type: "S3",
    }])
}
