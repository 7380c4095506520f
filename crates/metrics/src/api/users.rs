//! How the agents stand: `GetCurrentUserData`.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_connect::types::{AgentContactReference, Channel, UserData, UserDataFilters};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    ApiError, ApiSample, CHUNK, Connect, METRICS_PAGE,
    error::failure,
    last_part, note,
    pages::{Page, read},
    time,
};
use crate::rows::{CurrentUser, Sample};

impl Connect {
    /// Every agent who is signed in and has one of these routing profiles, by id.
    ///
    /// Requested by routing profile and not by agent: an instance has some hundred of the first and a thousand of the
    /// second. Who is not in a complete response is signed out. The API reports no time of its own, so the sample's
    /// time is when it was requested.
    pub async fn current_users(
        &self,
        routing_profiles: &[String],
        deadline: Instant,
    ) -> ApiSample<CurrentUser> {
        let sampled_at = Timestamp::now();
        let mut users = Vec::new();
        let mut error = None;
        for chunk in routing_profiles.chunks(CHUNK) {
            let page = async |token| self.users_page(chunk, token).await;
            if !note(&mut error, read(&self.others.limiter, deadline, &mut users, page).await) {
                break;
            }
        }
        ApiSample { sample: Sample { sampled_at, complete: error.is_none(), rows: rows(users) }, error }
    }

    async fn users_page(
        &self,
        routing_profiles: &[String],
        token: Option<String>,
    ) -> Result<Page<UserData>, ApiError> {
        let filters =
            UserDataFilters::builder().set_routing_profiles(Some(routing_profiles.to_vec())).build();
        let request =
            self.others.client.get_current_user_data().instance_id(self.instance.id()).filters(filters);
        let response = request.max_results(METRICS_PAGE).set_next_token(token).send().await;
        let response = response.map_err(|error| failure(&error))?;
        Ok(Page { items: response.user_data_list.unwrap_or_default(), next: response.next_token })
    }
}

/// A row a user; of one who comes twice, because he moved between pages, the later.
fn rows(users: Vec<UserData>) -> Vec<CurrentUser> {
    let rows = users.into_iter().filter_map(row).map(|row| (row.user_id.clone(), row));
    rows.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn row(user: UserData) -> Option<CurrentUser> {
    let user_id = user.user.and_then(|user| user.id)?;
    let status = user.status;
    let contacts = user.contacts.unwrap_or_default();
    let foremost = contacts.iter().max_by_key(|contact| began(contact));
    Some(CurrentUser {
        user_id,
        routing_profile_id: user.routing_profile.and_then(|profile| profile.id),
        status_id: status.as_ref().and_then(|status| last_part(status.status_arn.as_deref()?)),
        status_name: status.as_ref().and_then(|status| status.status_name.clone()),
        status_start_time: status.as_ref().and_then(|status| time(status.status_start_timestamp.as_ref()?)),
        next_status: user.next_status,
        contacts: i64::try_from(contacts.len()).unwrap_or(i64::MAX),
        contact_state: foremost.and_then(|one| Some(one.agent_contact_state.as_ref()?.as_str().to_owned())),
        contact_channel: foremost.and_then(|one| Some(one.channel.as_ref()?.as_str().to_owned())),
        contact_queue_id: foremost.and_then(|one| one.queue.as_ref()?.id.clone()),
        contact_state_start: foremost.and_then(began),
        active_slots: slots(user.active_slots_by_channel.as_ref()),
        available_slots: slots(user.available_slots_by_channel.as_ref()),
        max_slots: slots(user.max_slots_by_channel.as_ref()),
    })
}

fn began(contact: &AgentContactReference) -> Option<Timestamp> {
    contact.state_start_timestamp.as_ref().and_then(time)
}

fn slots(by_channel: Option<&HashMap<Channel, i32>>) -> i64 {
    by_channel.map_or(0, |slots| slots.values().map(|count| i64::from(*count)).sum())
}

#[cfg(test)]
mod tests {
    use aws_sdk_connect::{
        primitives::DateTime,
        types::{AgentStatusReference, ContactState, QueueReference, UserReference},
    };

    use super::*;

    fn contact(state: ContactState, channel: Channel, began: Option<i64>) -> AgentContactReference {
        AgentContactReference::builder()
            .agent_contact_state(state)
            .channel(channel)
            .set_state_start_timestamp(began.map(DateTime::from_secs))
            .queue(QueueReference::builder().id("queue-1").build())
            .build()
    }

    fn user(id: &str) -> aws_sdk_connect::types::builders::UserDataBuilder {
        UserData::builder().user(UserReference::builder().id(id).build())
    }

    #[test]
    fn an_agent_s_status_is_named_by_the_end_of_its_arn() {
        let status = AgentStatusReference::builder()
            .status_arn("arn:aws:connect:ap-southeast-2:111122223333:instance/1/agent-state/22")
            .status_name("Break")
            .status_start_timestamp(DateTime::from_secs_and_nanos(1_772_445_600, 250_000_000))
            .build();
        let rows = rows(vec![user("1").status(status).next_status("Lunch").build()]);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.status_id.as_deref(), row.status_name.as_deref()), (Some("22"), Some("Break")));
        assert_eq!(row.status_start_time, Some("2026-03-02T10:00:00.25Z".parse().unwrap()));
        assert_eq!((row.contacts, row.contact_state.as_deref(), row.max_slots), (0, None, 0));
    }

    #[test]
    fn of_several_contacts_the_one_begun_last_is_shown() {
        let rows = rows(vec![
            user("1")
                .contacts(contact(ContactState::Connected, Channel::Chat, Some(1_772_445_600)))
                .contacts(contact(ContactState::Connecting, Channel::Voice, Some(1_772_445_660)))
                .contacts(contact(ContactState::Ended, Channel::Task, None))
                .active_slots_by_channel(Channel::Chat, 2)
                .active_slots_by_channel(Channel::Voice, 1)
                .build(),
        ]);
        let row = &rows[0];
        assert_eq!(row.contacts, 3);
        assert_eq!(row.contact_state.as_deref(), Some("CONNECTING"));
        assert_eq!(row.contact_channel.as_deref(), Some("VOICE"));
        assert_eq!(row.contact_queue_id.as_deref(), Some("queue-1"));
        assert_eq!(row.active_slots, 3);
    }

    #[test]
    fn who_comes_twice_is_one_row_and_who_has_no_id_is_none() {
        let rows = rows(vec![
            user("1").build(),
            user("1").next_status("Lunch").build(),
            UserData::builder().next_status("Break").build(),
        ]);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].next_status.as_deref(), Some("Lunch"));
    }
}
