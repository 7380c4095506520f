//! The figures of an interval. The README of `truth/` says at which moment each counts.

use serde::Serialize;

use crate::model::{
    contact::Contact,
    terms::{InitiationMethod, WaitEnd},
};

/// Answered or abandoned after less than this is within the service level, in seconds.
pub(super) const SERVICE_LEVEL: i64 = 20;
/// Abandoned after less than this is a short call, in seconds.
const SHORT_CALL: i64 = 5;

/// The figures of a queue and a channel.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct QueueFigures {
    pub(super) offered: u64,
    pub(super) answered: u64,
    pub(super) abandoned: u64,
    wfm_offd_call_cnt: u64,
    wfm_talking_call_dur: i64,
    wfm_wrap_up_dur: i64,
    wfm_overflow_in_call_cnt: u64,
    wfm_overflow_out_call_cnt: u64,
    wfm_aband_call_cnt: u64,
    wfm_answ_call_cnt: u64,
    wfm_queued_and_answ_call_dur: i64,
    wfm_queued_and_aband_call_dur: i64,
    wfm_queued_answ_longest_que_dur: Option<i64>,
    wfm_queued_aband_longest_que_dur: Option<i64>,
    wfm_ans_servicelevel_cnt: u64,
    wfm_aband_short_call_cnt: u64,
    wfm_aband_within_sl_cnt: u64,
    wfm_callback_requested_call_cnt: u64,
    wfm_transferred_out_from_queue_call_cnt: u64,
    wfm_ended_otherwise_call_cnt: u64,
    wfm_hold_call_dur: i64,
    pub(super) connect_contacts_created: u64,
    connect_contacts_queued: u64,
    connect_contacts_handled: u64,
    connect_contacts_abandoned: u64,
    connect_contacts_put_on_hold: u64,
    connect_contacts_hold_abandons: u64,
    connect_contacts_transferred_out: u64,
    connect_contacts_transferred_out_from_queue: u64,
    connect_callback_contacts_handled: u64,
    connect_max_queued_time: i64,
    connect_sum_queue_answer_time: i64,
    connect_sum_abandon_time: i64,
    connect_sum_after_contact_work_time: i64,
    connect_sum_handle_time: i64,
    connect_sum_hold_time: i64,
    connect_sum_interaction_time: i64,
    connect_sum_contacts_answered_in_20: u64,
    connect_sum_contacts_abandoned_in_20: u64,
    connect_sum_retry_callback_attempts: u64,
}

impl QueueFigures {
    /// What the WFM counts of a contact of the customer's that is over, in the interval in which it came into the queue.
    pub(super) fn count_for_wfm(&mut self, contact: &Contact) {
        let Some(end) = contact.wait_end else { return };
        let waited = contact.queued_seconds().unwrap_or(0);
        self.wfm_offd_call_cnt += 1;
        self.wfm_talking_call_dur += contact.interaction_seconds().unwrap_or(0);
        self.wfm_wrap_up_dur += contact.work_seconds().unwrap_or(0);
        self.wfm_hold_call_dur += contact.holds.seconds;
        // The mapping asks for a member of the record that says where to, and for one that says when.
        self.wfm_overflow_in_call_cnt += u64::from(contact.transfer.is_some());
        self.wfm_overflow_out_call_cnt += u64::from(contact.transfer.is_some());
        match end {
            WaitEnd::Answered => {
                self.wfm_answ_call_cnt += 1;
                self.wfm_queued_and_answ_call_dur += waited;
                self.wfm_queued_answ_longest_que_dur = self.wfm_queued_answ_longest_que_dur.max(Some(waited));
                self.wfm_ans_servicelevel_cnt += u64::from(waited < SERVICE_LEVEL);
            }
            WaitEnd::Abandoned => {
                self.wfm_aband_call_cnt += 1;
                self.wfm_queued_and_aband_call_dur += waited;
                self.wfm_queued_aband_longest_que_dur =
                    self.wfm_queued_aband_longest_que_dur.max(Some(waited));
                self.wfm_aband_within_sl_cnt += u64::from(waited < SERVICE_LEVEL);
                self.wfm_aband_short_call_cnt += u64::from(waited < SHORT_CALL);
            }
            WaitEnd::CallbackRequested => self.wfm_callback_requested_call_cnt += 1,
            WaitEnd::TransferredOut => self.wfm_transferred_out_from_queue_call_cnt += 1,
            WaitEnd::EndedOtherwise => self.wfm_ended_otherwise_call_cnt += 1,
        }
    }

    /// What Connect counts of a contact that was queued, in the interval in which it was disconnected.
    pub(super) fn count_for_connect(&mut self, contact: &Contact) {
        let Some(end) = contact.wait_end else { return };
        let waited = contact.queued_seconds().unwrap_or(0);
        self.connect_contacts_queued += 1;
        self.connect_max_queued_time = self.connect_max_queued_time.max(waited);
        self.connect_contacts_transferred_out += u64::from(contact.transfer.is_some());
        self.connect_sum_retry_callback_attempts += u64::from(contact.is_retry);
        match end {
            WaitEnd::Answered => {
                let talked = contact.interaction_seconds().unwrap_or(0);
                let worked = contact.work_seconds().unwrap_or(0);
                self.connect_contacts_handled += 1;
                self.connect_callback_contacts_handled +=
                    u64::from(contact.method == InitiationMethod::Callback);
                self.connect_contacts_put_on_hold += u64::from(contact.holds.count > 0);
                self.connect_contacts_hold_abandons += u64::from(contact.is_hold_abandoned);
                self.connect_sum_queue_answer_time += waited;
                self.connect_sum_contacts_answered_in_20 += u64::from(waited < SERVICE_LEVEL);
                self.connect_sum_interaction_time += talked;
                self.connect_sum_hold_time += contact.holds.seconds;
                self.connect_sum_after_contact_work_time += worked;
                self.connect_sum_handle_time += talked + contact.holds.seconds + worked;
            }
            WaitEnd::Abandoned => {
                self.connect_contacts_abandoned += 1;
                self.connect_sum_abandon_time += waited;
                self.connect_sum_contacts_abandoned_in_20 += u64::from(waited < SERVICE_LEVEL);
            }
            WaitEnd::CallbackRequested | WaitEnd::TransferredOut => {
                self.connect_contacts_transferred_out_from_queue += 1;
            }
            WaitEnd::EndedOtherwise => {}
        }
    }
}

/// The figures of an agent's contacts of a queue and a channel.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(super) struct AgentQueueFigures {
    pub(super) answered: u64,
    pub(super) not_taken: u64,
    wfm_talking_call_dur: i64,
    wfm_wrap_up_dur: i64,
    wfm_answ_call_cnt: u64,
    wfm_transfer_out_call_cnt: u64,
    wfm_hold_call_dur: i64,
    connect_contacts_handled: u64,
    connect_contacts_put_on_hold: u64,
    connect_contacts_transferred_out_by_agent: u64,
    connect_sum_after_contact_work_time: i64,
    connect_sum_handle_time: i64,
    connect_sum_hold_time: i64,
    connect_sum_interaction_time: i64,
}

impl AgentQueueFigures {
    /// What the WFM counts of a contact of the customer's that is over, in the interval in which the agent was connected.
    pub(super) fn count_for_wfm(&mut self, contact: &Contact) {
        self.wfm_answ_call_cnt += 1;
        self.wfm_talking_call_dur += contact.interaction_seconds().unwrap_or(0);
        self.wfm_wrap_up_dur += contact.work_seconds().unwrap_or(0);
        self.wfm_hold_call_dur += contact.holds.seconds;
        self.wfm_transfer_out_call_cnt += u64::from(contact.transfer.is_some());
    }

    /// What Connect counts, in the interval in which it was disconnected.
    pub(super) fn count_for_connect(&mut self, contact: &Contact) {
        let (talked, worked) =
            (contact.interaction_seconds().unwrap_or(0), contact.work_seconds().unwrap_or(0));
        self.connect_contacts_handled += 1;
        self.connect_contacts_put_on_hold += u64::from(contact.holds.count > 0);
        self.connect_contacts_transferred_out_by_agent += u64::from(contact.transfer.is_some());
        self.connect_sum_interaction_time += talked;
        self.connect_sum_hold_time += contact.holds.seconds;
        self.connect_sum_after_contact_work_time += worked;
        self.connect_sum_handle_time += talked + contact.holds.seconds + worked;
    }
}

/// The time of an agent, in seconds of the interval.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the lines' members")]
pub(super) struct AgentFigures {
    pub(super) online_seconds: i64,
    pub(super) non_productive_seconds: i64,
    pub(super) idle_seconds: i64,
    pub(super) contact_seconds: i64,
    pub(super) after_contact_work_seconds: i64,
    pub(super) error_seconds: i64,
}
