//! The settings.

use std::num::NonZeroU32;

use switchboard_contacts::expiry::RETENTION_DEFAULT_MINUTES;
use switchboard_core::served_instances::ServedInstances;
use switchboard_runtime::settings::Settings;
use switchboard_store::store_url::StoreUrl;

/// What the function is for.
#[derive(Debug, Clone)]
pub enum Config {
    /// To follow contacts.
    Follow(FollowConfig),
    /// To check a bucket, `RECORD_BUCKET`, and nothing else.
    CheckBucket(String),
}

/// The settings of a function that follows contacts.
#[derive(Debug, Clone)]
pub struct FollowConfig {
    /// `CONTACTS`: where contacts are kept.
    pub contacts: StoreUrl,
    /// `CONTACT_RETENTION_MINUTES`: how long after a contact's last event, in minutes.
    pub retention_minutes: u32,
    /// `CONNECT_INSTANCES`: whose contacts are followed.
    pub instances: ServedInstances,
}

impl Config {
    /// Reads them. Where a bucket is to be checked, no other setting counts.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        if let Some(bucket) = settings.optional("RECORD_BUCKET") {
            return Some(Self::CheckBucket(bucket));
        }
        let contacts = settings.required("CONTACTS");
        let retention: Option<NonZeroU32> = settings.optional("CONTACT_RETENTION_MINUTES");
        let instances = settings.optional_or("CONNECT_INSTANCES", ServedInstances::default());
        let retention_minutes = retention.map_or(RETENTION_DEFAULT_MINUTES, NonZeroU32::get);
        Some(Self::Follow(FollowConfig { contacts: contacts?, retention_minutes, instances }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_needed_unless_a_bucket_is_checked() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            Settings::from_pairs(pairs.iter().copied()).complete(Config::read).ok()
        };
        assert!(read(&[]).is_none());
        let Some(Config::Follow(follow)) = read(&[("CONTACTS", "dynamodb://contacts")]) else {
            panic!("follows")
        };
        assert_eq!(
            (follow.retention_minutes, follow.instances.named()),
            (RETENTION_DEFAULT_MINUTES, &[][..])
        );
        assert!(
            matches!(read(&[("RECORD_BUCKET", "theirs")]), Some(Config::CheckBucket(name)) if name == "theirs")
        );
    }
}
