/** The prefixes of the bucket of contact records. */

/** The prefixes by content. What a delivery stream could not deliver is below `failed/NAME/KIND/`. */
export const PREFIX = {
  /** Contact records as Connect sent them, a line each, in a folder for each day they came, in UTC. */
  records: 'ctr/',
  /** Agent events as Connect sent them, likewise. */
  agentEvents: 'agent-events/',
  /** Contact records with their caller's name, if there is no search index. */
  enriched: 'enriched/',
  /** Connect's scheduled reports. */
  reports: 'reports/',
  /** Records that `ctr-sftp` rejected, with reason and position. */
  rejected: 'rejected/',
  /** Athena's query results. */
  queryResults: 'athena/',
} as const;

/** A prefix for each day of arrival, which is a partition in Athena. */
export function dailyPrefix(prefix: string): string {
  return `${prefix}date=!{timestamp:yyyy-MM-dd}/`;
}
