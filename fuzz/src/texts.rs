//! What members hold: times, ARNs, numbers.

use switchboard_core::{
    arn::{account, instance_arn, last_segment, region},
    instance::Instance,
    instant::instant_of_text,
    phone::PhoneNumber,
    served_instances::ServedInstances,
    text::is_control,
};

/// A text as each of them.
pub fn texts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(number) = PhoneNumber::parse(text) {
        assert_eq!(PhoneNumber::parse(number.as_str()), Some(number.clone()), "a number reads as itself");
        assert!(!number.as_str().contains(is_control), "a number obeys no terminal");
        assert!(!format!("{number:?}").contains(number.as_str()), "a number does not show itself");
    }
    if let Some(at) = instant_of_text(text) {
        assert_eq!(instant_of_text(&at.to_string()), Some(at), "a time reads as itself");
    }
    for part in
        [Some(last_segment(text)), region(text), account(text), instance_arn(text)].into_iter().flatten()
    {
        assert!(text.contains(part), "a part of the ARN");
    }
    if let Ok(instance) = text.parse::<Instance>() {
        assert_eq!((instance.arn(), &*instance.to_string()), (text, text), "an ARN as it was given");
        assert_eq!(instance_arn(text), Some(text), "the instance of its own ARN");
        assert_eq!(instance.id().len(), 36, "a UUID");
        assert_eq!(region(text), Some(instance.region()), "its Region");
    }
    if let Ok(served) = text.parse::<ServedInstances>() {
        assert!(served.named().iter().all(|one| text.contains(one.arn())), "instances that were named");
        let _ = served.takes(text);
    }
}
