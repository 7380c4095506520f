/** The folders of the bucket of contact records. */

/** What lies where in the bucket. What a delivery stream could not deliver is in `failed/NAME/KIND/`. */
export const PREFIX = {
  /** Contact records as Connect sent them, a line each, in a folder for each day they came, in UTC. */
  records: 'ctr/',
  /** Contact records with their caller's name, if there is no search index to take them. */
  enriched: 'enriched/',
  /** Connect's scheduled reports. */
  reports: 'reports/',
  /** What `ctr-sftp` could not use, with reason and place. */
  rejected: 'rejected/',
  /** Athena's answers. */
  answers: 'athena/',
} as const;

/** A folder for each day that records come, which Athena takes for a partition. */
export function dailyPrefix(prefix: string): string {
  return `${prefix}date=!{timestamp:yyyy-MM-dd}/`;
}
