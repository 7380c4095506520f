//! A phone number that does not show itself in a log.

use std::fmt;

/// A caller's number as Connect writes it: E.164 (`+61491570006`), or bare digits for an extension.
///
/// [`Debug`](fmt::Debug) hides it and there is no `Display`, so that it reaches no log line or error
/// message by accident; [`as_str`](Self::as_str) is the one way out.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Box<str>);

impl PhoneNumber {
    /// Reads a number: an optional `+`, then 3 to 15 digits (ITU-T E.164 allows 15).
    /// [`None`] for anything else, such as `anonymous`, a SIP or an e-mail address.
    ///
    /// ```
    /// use switchboard_core::phone::PhoneNumber;
    /// assert!(PhoneNumber::parse("+61491570006").is_some());
    /// assert!(PhoneNumber::parse("anonymous").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+').unwrap_or(text).as_bytes();
        let is_number = (3..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        is_number.then(|| Self(text.into()))
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_numbers() {
        for text in ["+61491570006", "1234", "+123456789012345"] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), text);
        }
        for text in
            ["", "+", "12", "+1234567890123456", "anonymous", "sip:1@x", "+61 491", "a@b.c", "++61491"]
        {
            assert_eq!(PhoneNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn debug_hides_the_number() {
        assert!(!format!("{:?}", PhoneNumber::parse("+61491570006")).contains("6149"));
    }
}
