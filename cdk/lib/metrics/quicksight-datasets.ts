/**
 * The views of the metrics database that BI gets, with their columns as crates/metrics/src/migrations/ makes them; a test compares both.
 * What is not here a data set does not have.
 */

/** A column's type, as QuickSight names it. Counts and seconds are `numeric` in the database, so they are decimals. */
export type ColumnType = 'STRING' | 'DECIMAL' | 'DATETIME' | 'BOOLEAN';

/** One view, under a name that people read. */
export interface DataSet {
  readonly view: string;
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

export const texts = (...names: string[]) => typed('STRING', names);
export const numbers = (...names: string[]) => typed('DECIMAL', names);
export const moments = (...names: string[]) => typed('DATETIME', names);
export const flags = (...names: string[]) => typed('BOOLEAN', names);

/** What an agent's time went into, in seconds, and the share of it with contacts. */
const AGENT_TIMES = numbers('online_time', 'contact_time', 'idle_time', 'non_productive_time', 'error_time', 'occupancy');

export const DATA_SETS: readonly DataSet[] = [
  {
    view: 'current_metrics',
    name: 'Queues now',
    columns: {
      ...texts('instance_arn', 'queue_id', 'queue_arn', 'queue_name', 'channel'),
      ...numbers(
        'agents_acw', 'agents_available', 'agents_error', 'agents_npt', 'agents_on_call', 'agents_on_contact', 'agents_online', 'agents_staffed',
        'in_queue', 'scheduled', 'estimated_wait_time', 'oldest_contact', 'slots_active', 'slots_available',
      ),
      ...moments('created_at', 'last_updated_at'),
    },
  },
  {
    view: 'current_users',
    name: 'Agents now',
    columns: {
      ...texts(
        'instance_arn', 'user_id', 'user_arn', 'user_name', 'routing_profile_id', 'routing_profile_arn', 'routing_profile_name', 'status_id',
        'status_name', 'status_type', 'next_status', 'contact_state', 'contact_channel', 'contact_queue_id', 'contact_queue_name',
      ),
      ...numbers('contacts', 'active_slots', 'available_slots', 'max_slots'),
      ...moments('status_start_time', 'contact_state_start', 'created_at', 'last_updated_at'),
    },
  },
  {
    view: 'queues_by_interval',
    name: 'Queues by interval',
    columns: {
      ...texts('instance_arn', 'queue_id', 'queue_arn', 'queue_name', 'channel'),
      ...moments('day', 'start_time', 'end_time', 'local_time', 'created_at', 'last_updated_at'),
      ...numbers(
        'interval_minutes', 'minutes_unknown',
        'abandonment_rate', 'abandon_time', 'after_contact_work_time', 'api_contacts_handled', 'callback_contacts_handled', 'contacts_abandoned',
        'contacts_agent_hung_up_first', 'contacts_consulted', 'contacts_handled', 'contacts_handled_incoming', 'contacts_handled_outbound',
        'contacts_hold_abandons', 'contacts_missed', 'contacts_queued', 'contacts_transferred_in', 'contacts_transferred_in_from_queue',
        'contacts_transferred_out', 'contacts_transferred_out_from_queue', 'handle_time', 'hold_time', 'interaction_and_hold_time',
        'interaction_time', 'occupancy', 'queued_time', 'queue_answer_time', 'service_level', 'service_level_threshold_seconds',
      ),
    },
  },
  {
    view: 'queues_by_day',
    name: 'Queues by day',
    columns: {
      ...moments('day'),
      ...texts('instance_arn', 'queue_id', 'queue_name', 'channel'),
      ...numbers(
        'contacts_queued', 'contacts_handled', 'contacts_abandoned', 'contacts_missed', 'contacts_handled_incoming', 'contacts_handled_outbound',
        'contacts_transferred_in', 'contacts_transferred_out', 'abandonment_rate', 'service_level', 'service_level_threshold_seconds',
        'handle_time', 'after_contact_work_time', 'interaction_time', 'interaction_and_hold_time', 'hold_time_per_contact', 'hold_time',
        'queue_answer_time', 'abandon_time', 'queued_time', 'minutes_read', 'minutes_unknown',
      ),
    },
  },
  {
    view: 'agents_by_interval',
    name: 'Agents by interval',
    columns: { ...moments('start_time', 'end_time', 'local_time', 'day'), ...texts('instance_arn', 'user_id', 'user_name'), ...AGENT_TIMES },
  },
  {
    view: 'agents_by_day',
    name: 'Agents by day',
    columns: { ...moments('day'), ...texts('instance_arn', 'user_id', 'user_name'), ...numbers('minutes_read', 'minutes_unknown'), ...AGENT_TIMES },
  },
];

function typed(type: ColumnType, names: string[]): Record<string, ColumnType> {
  return Object.fromEntries(names.map((name) => [name, type]));
}
