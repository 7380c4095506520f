/** The section `sources` of the config: where what Connect emits comes from. Each is made, is there already, or is left off. */
import { z } from 'zod';
import { arn, keyArn } from '../arns.ts';

/** A data stream that is there. Nothing of it is changed. */
const existingStream = z.strictObject({
  /** Kinesis's own form (CreateStream, StreamName). */
  streamArn: arn('kinesis', 'stream/[a-zA-Z0-9_.-]{1,128}', 'arn:aws:kinesis:REGION:ACCOUNT:stream/NAME'),
  /** The key that it is encrypted with, if that is one of your own. */
  keyArn: keyArn.optional(),
  /** Functions read it by enhanced fan-out, apart from its other consumers; or share its reads with them, which costs nothing. */
  reading: z.enum(['enhanced', 'shared']).default('enhanced'),
});

export type ExistingStream = z.infer<typeof existingStream>;

/** A bucket that contact records are written to, by a delivery stream or anything else, as JSON, plain or gzip. It is read; nothing of it is changed. */
const existingBucket = z.strictObject({
  // S3's own form of general purpose buckets, without dots, which certificates do not cover.
  bucket: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'not the name of a bucket: 3 to 63 lower-case letters, digits and hyphens'),
  /** What the keys of contact records begin with. */
  prefix: z.string().max(512)
    .regex(/^(?!\/)[^*?]*$/, 'begins with a /, which no key does, or has a * or ?, which EventBridge takes as it is')
    .regex(/^(?!.*!\{)/, 'ends before the first !{…} of a delivery stream\'s prefix').default(''),
  /** The key that its objects are encrypted with, if that is one of your own. */
  keyArn: keyArn.optional(),
});

export type ExistingBucket = z.infer<typeof existingBucket>;

const RECORDS = { error: 'neither "create" nor "off" nor {"streamArn": "arn:aws:kinesis:…"} nor {"bucket": "…", "prefix": "…"}' };
const STREAM = { error: 'neither "create" nor "off" nor {"streamArn": "arn:aws:kinesis:…"}' };
const stream = () => z.union([z.literal('create'), z.literal('off'), existingStream], STREAM).default('create');

export const sources = z.strictObject({
  /** Contact records: a stream that is made and associated with the instance, or a stream or a bucket that has them. */
  contactRecords: z.union([z.literal('create'), z.literal('off'), existingStream, existingBucket], RECORDS).default('create'),
  /** Agent events, likewise. */
  agentEvents: stream(),
  /** Contact events: rules on the default bus, or on a bus that they are forwarded to. */
  contactEvents: z.union([
    z.literal('create'),
    z.literal('off'),
    // EventBridge's own form (CreateEventBus, Name), without partner buses.
    z.strictObject({ busArn: arn('events', 'event-bus/[\\w.-]{1,256}', 'arn:aws:events:REGION:ACCOUNT:event-bus/NAME') }),
  ], { error: 'neither "create" nor "off" nor {"busArn": "arn:aws:events:…"}' }).default('create'),
  /** Logs of contact flows: a subscription of the instance's log group is made, or a stream is fed by one that is there. */
  flowLogs: stream(),
}).prefault({});

export type Sources = z.infer<typeof sources>;
