/** The views of the record tables that BI gets, with their columns as docs/tables.md has them; a test compares both. Nothing personal is in them. */
import { type DataSet, flags, moments, numbers, texts } from '../metrics/quicksight-datasets.ts';

export const RECORD_DATA_SETS: readonly DataSet[] = [
  {
    view: 'queue_intervals',
    name: 'Contacts by queue and interval',
    columns: {
      ...texts('aws_region', 'instance_id', 'zone', 'queue_id', 'queue_name', 'channel'),
      ...numbers(
        'interval_minutes', 'offered', 'answered', 'abandoned', 'callback_requested', 'transferred_out_from_queue',
        'ended_otherwise', 'waiting', 'provisional', 'abandoned_short', 'transferred_to_endpoint', 'transfer_completed',
        'put_on_hold', 'interaction_seconds', 'interaction_count', 'hold_seconds', 'after_contact_work_seconds',
        'after_contact_work_count', 'handle_seconds', 'answered_queue_seconds', 'answered_queue_count',
        'answered_longest_queue_seconds', 'abandoned_queue_seconds', 'abandoned_queue_count', 'abandoned_longest_queue_seconds',
        'average_interaction_seconds', 'average_hold_seconds', 'average_after_contact_work_seconds', 'average_handle_seconds',
        'average_answered_queue_seconds', 'average_abandoned_queue_seconds',
      ),
      ...moments('interval_start', 'interval_end', 'local_interval_start', 'local_date'),
      ...flags('settled'),
    },
  },
  {
    view: 'agent_queue_intervals',
    name: 'Contacts by agent, queue and interval',
    columns: {
      ...texts('aws_region', 'instance_id', 'zone', 'agent', 'queue_id', 'queue_name', 'channel'),
      ...numbers(
        'interval_minutes', 'answered', 'provisional', 'transfer_completed', 'put_on_hold', 'interaction_seconds',
        'interaction_count', 'hold_seconds', 'after_contact_work_seconds', 'after_contact_work_count', 'handle_seconds',
        'average_interaction_seconds', 'average_hold_seconds', 'average_after_contact_work_seconds', 'average_handle_seconds',
      ),
      ...moments('interval_start', 'interval_end', 'local_interval_start', 'local_date'),
      ...flags('settled'),
    },
  },
  {
    view: 'queue_intervals_by_disconnect',
    name: 'Contacts by queue and interval of disconnect',
    columns: {
      ...texts('aws_region', 'instance_id', 'zone', 'queue_id', 'queue_name', 'channel'),
      ...numbers(
        'interval_minutes', 'contacts_created', 'contacts_queued', 'contacts_handled', 'contacts_abandoned',
        'contacts_transferred_out_from_queue', 'contacts_transferred_out', 'callback_contacts_handled', 'retry_callback_attempts',
        'contacts_put_on_hold', 'provisional', 'max_queued_seconds', 'queue_answer_seconds', 'abandon_seconds',
        'interaction_seconds', 'hold_seconds', 'after_contact_work_seconds', 'handle_seconds',
      ),
      ...moments('interval_start', 'interval_end', 'local_interval_start', 'local_date'),
      ...flags('settled'),
    },
  },
  {
    view: 'queue_service_levels',
    name: 'Service levels by queue and interval',
    columns: {
      ...texts('attribution', 'aws_region', 'instance_id', 'zone', 'queue_id', 'channel'),
      ...numbers(
        'interval_minutes', 'seconds', 'target_percent', 'offered', 'waiting', 'provisional', 'abandoned_short', 'answered_within',
        'abandoned_within', 'service_level_percent', 'service_level_without_short_percent',
      ),
      ...moments('interval_start', 'interval_end', 'local_interval_start', 'local_date'),
      ...flags('settled'),
    },
  },
  {
    view: 'agent_intervals',
    name: 'Agents\' time by interval',
    columns: {
      ...texts('aws_region', 'instance_id', 'zone', 'agent', 'agent_id'),
      ...numbers(
        'interval_minutes', 'logged_on_seconds', 'online_seconds', 'non_productive_seconds', 'available_seconds', 'idle_seconds',
        'contact_seconds', 'after_contact_work_seconds', 'error_seconds', 'gap_seconds', 'answered', 'transfer_completed',
        'put_on_hold', 'interaction_seconds', 'interaction_count', 'hold_seconds', 'handle_seconds', 'occupancy_percent',
      ),
      ...moments('interval_start', 'interval_end', 'local_interval_start', 'local_date'),
    },
  },
];
