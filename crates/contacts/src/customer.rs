//! How a customer is told apart from another.

use switchboard_core::{
    ctr::Endpoint,
    json::{self, Raw},
};

/// What the customer's end of a contact is kept and looked up under: the phone number as Connect writes
/// it, or another address (e-mail, SIP) in lower case.
///
/// [`None`] where there is no address or it hides who it is (`anonymous`): such contacts have no customer in
/// common.
pub fn identifier(endpoint: Raw<'_>) -> Option<String> {
    let endpoint = Endpoint::read(endpoint);
    if let Some(number) = endpoint.phone_number() {
        return Some(number.as_str().to_owned());
    }
    let address = endpoint.address.text()?.trim().to_lowercase();
    let hidden =
        ["", "anonymous", "restricted", "unknown", "unavailable", "private"].contains(&address.as_str());
    (!hidden && address.len() <= ADDRESS_MAX_BYTES).then_some(address)
}

/// The same of a number or an address that somebody has typed, by the rules that contacts are stored with.
pub fn identifier_of(address: &str) -> Option<String> {
    let endpoint = serde_json::json!({ "CustomerEndpoint": { "Address": address } }).to_string();
    let mut found = Raw::ABSENT;
    json::members(&endpoint, |member| found = member.value).ok()?;
    identifier(found)
}

/// The longest address that Connect gives out, in bytes.
const ADDRESS_MAX_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_an_address_but_nobody_anonymous() {
        let identifier = |endpoint: &str| {
            let mut found = None;
            let record = format!(r#"{{"CustomerEndpoint":{endpoint}}}"#);
            switchboard_core::json::members(&record, |member| found = identifier(member.value)).unwrap();
            found
        };
        let number = r#"{"Address":"+61491570006","Type":"TELEPHONE_NUMBER"}"#;
        assert_eq!(identifier(number).as_deref(), Some("+61491570006"));
        let mail = r#"{"Address":"Ann@Example.com","Type":"EMAIL_ADDRESS"}"#;
        assert_eq!(identifier(mail).as_deref(), Some("ann@example.com"));
        for nobody in ["null", "7", "{}", r#"{"Address":"anonymous","Type":"TELEPHONE_NUMBER"}"#] {
            assert_eq!(identifier(nobody), None, "{nobody}");
        }
    }
    #[test]
    fn what_is_typed_is_a_number_or_an_address() {
        assert_eq!(identifier_of("+61491570156").as_deref(), Some("+61491570156"));
        assert_eq!(identifier_of("Ann@Example.com").as_deref(), Some("ann@example.com"));
        assert_eq!(identifier_of("anonymous"), None);
    }
}
