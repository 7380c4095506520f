//! How long a contact may last at most.

use jiff::SignedDuration;

/// The longest that Connect lets a contact of a channel live, as it is set at most.
///
/// Source: Amazon Connect administrator guide: tasks (`tasks`: 90 days), e-mail (as tasks), chats (`chat`: 7 days). A caller
/// holds the line for less than a day; a channel to come is taken for the longest.
const LONGEST_LIFE_DAYS: [(&str, i64); 4] = [("VOICE", 1), ("CHAT", 7), ("TASK", 90), ("EMAIL", 90)];

/// Nobody holds the line for a callback: it stays in its queue for 7 days.
const CALLBACK_DAYS: i64 = 7;

/// What a channel that is not in the table is taken for, in days.
const UNKNOWN_CHANNEL_DAYS: i64 = 90;

/// The longest life of a contact of this channel that began like this.
pub fn longest_life(channel: Option<&str>, initiation_method: Option<&str>) -> SignedDuration {
    let known = LONGEST_LIFE_DAYS.iter().find(|(name, _)| channel == Some(name));
    let days = known.map_or(UNKNOWN_CHANNEL_DAYS, |(_, days)| *days);
    let is_callback = initiation_method == Some("CALLBACK");
    SignedDuration::from_hours(if is_callback { days.max(CALLBACK_DAYS) } else { days } * 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_outlives_the_call_it_came_from() {
        for (channel, method, days) in [
            (Some("VOICE"), Some("INBOUND"), 1),
            (Some("VOICE"), Some("CALLBACK"), 7),
            (Some("TASK"), Some("CALLBACK"), 90),
            (Some("one to come"), None, 90),
            (None, None, 90),
        ] {
            let life = longest_life(channel, method);
            assert_eq!(life, SignedDuration::from_hours(days * 24), "{channel:?} {method:?}");
        }
    }
}
