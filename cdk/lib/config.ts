/**
 * The one typed configuration of a deployment: a JSON file, named by the CDK context key `config`.
 *
 * A capability is on when its section is there. To add one: a schema beside those below, one optional key in `config`, and one line
 * in switchboard-stack.ts.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { arn, keyArn, secretArn } from './arns.ts';
import { consistency } from './consistency.ts';
import { sources } from './sources/settings.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** The days of a week as CloudWatch numbers them, from 1. */
export const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;

const instanceArn = arn('connect', `instance/${UUID}`, 'arn:aws:connect:REGION:ACCOUNT:instance/UUID');

/**
 * An instance's alias: its address is ALIAS.my.connect.aws, its flow logs are in /aws/connect/ALIAS. The form is that of DirectoryAlias in
 * Connect's API; one that CloudFormation makes (AWS::Connect::Instance) has 45 characters at most.
 */
const alias = z.string().regex(/^(?!d-)[\da-zA-Z]+([-]*[\da-zA-Z])*$/, 'letters, digits and hyphens only, no hyphen at either end, and not d-…').max(62);

const connect = z.strictObject({
  /** The instance to listen to, or `create` for a new one, whose users Connect itself keeps. */
  instance: z.union([z.literal('create'), instanceArn], {
    error: 'neither "create" nor an ARN like arn:aws:connect:REGION:ACCOUNT:instance/UUID',
  }),
  alias,
  /** The number to claim for a new instance. */
  number: z.strictObject({
    country: z.string().regex(/^[A-Z]{2}$/, 'two capital letters, as in AU'),
    type: z.enum(['DID', 'TOLL_FREE', 'UIFN']),
  }).optional(),
  /** Further instances of the account and Region. They share streams, tables and the quotas of the account's API. */
  instances: z.array(z.strictObject({
    /** Ends the names of what only this instance has. */
    name: z.string().regex(/^[a-z][a-z0-9]{0,7}$/, 'one to eight lower-case letters and digits, the first a letter'),
    instance: instanceArn,
    alias,
    /** The secret by which its agents are told to the WFM, with a source id of its own; without it, `rta.secretArn`. */
    rtaSecretArn: secretArn.optional(),
  })).default([]),
  /**
   * Replicas of these instances (Amazon Connect Global Resiliency), which have their source's id in another Region. What comes from them is
   * taken, and each one's agents are those of its source. Nothing is made in the other Region.
   */
  replicas: z.array(z.strictObject({ instance: instanceArn, alias })).default([]),
});

/** The target that alarms notify. */
const alarms = z.union([
  // SNS's own form (CreateTopic, Name), without `.fifo`: CloudWatch notifies no FIFO topic.
  z.strictObject({ topicArn: arn('sns', '[\\w-]{1,256}', 'arn:aws:sns:REGION:ACCOUNT:TOPIC') }),
  z.strictObject({ email: z.email() }),
], { error: 'either {"topicArn": "arn:aws:sns:…"} or {"email": "…"}' });

/** A network of the centre's own, for the functions that call its servers. It must let them reach AWS, too. */
const vpc = z.strictObject({
  subnetIds: z.array(z.string().regex(/^subnet-[0-9a-f]+$/, 'not the id of a subnet, as subnet-0123456789abcdef0')).min(1),
  securityGroupId: z.string().regex(/^sg-[0-9a-f]+$/, 'not the id of a security group, as sg-0123456789abcdef0'),
});

const enrichment = z.strictObject({
  /** Who is calling: `table`, the deployment's own table of callers, or the centre's CRM by HTTPS. Without it, nobody is looked up. */
  callers: z.union([
    z.literal('table'),
    z.strictObject({
      url: z.url({ protocol: /^https?$/, error: 'not a URL; the number is appended to it' }).endsWith('/', 'does not end with /')
        .refine(isPlain, 'the number is appended to the path, so it can have no query, fragment, user name or password; a key belongs in the secret'),
      secretArn: secretArn.optional(),
    }),
  ], { error: 'neither "table" nor {"url": "https://…/", "secretArn": "arn:…"}' }).optional(),
  /** The OpenSearch domain: `create`, or one there is. Without it, enriched records go to the bucket. */
  search: z.union([
    z.literal('create'),
    z.strictObject({
      // OpenSearch Service's own form (CreateDomain, DomainName).
      domainArn: arn('es', 'domain/[a-z][a-z0-9-]{2,27}', 'arn:aws:es:REGION:ACCOUNT:domain/NAME'),
      /** A domain in a VPC has an address that begins with `vpc-`, and Firehose would need a network for it. */
      endpoint: z.string().regex(/^https:\/\/[\w.-]+$/, 'not an address like https://search-NAME-….REGION.es.amazonaws.com')
        .regex(/^(?!https:\/\/vpc-)/, 'is in a VPC, which Firehose and search-setup do not reach'),
    }),
  ], { error: 'neither "create" nor {"domainArn": "arn:…", "endpoint": "https://…"}' }).optional(),
  /** How long after its contact a record is deleted from the search index. */
  searchExpireDays: z.int().min(1).max(65_535).default(400),
});

const rta = z.strictObject({
  /** Where the WFM's real-time adherence service is and who we are there; docs/functions.md has the JSON in it. */
  secretArn,
  /** What a state is: the agent's status, or what the agent does (a contact, after-contact work) within it. */
  states: z.enum(['status', 'activity']).default('status'),
  format: z.enum(['soap', 'json']).default('soap'),
});

/** A WFM that reads the agent events itself. */
const streamReader = z.strictObject({
  /** The WFM's account, which may assume the role. */
  account: z.string().regex(/^\d{12}$/, 'not an account id of 12 digits'),
  /** A text agreed with the WFM, which it must give: nobody else's request to the WFM can then use the role. */
  externalId: z.string().regex(/^[\w+=,.@:/-]{8,1224}$/, 'at least 8 letters, digits or any of _+=,.@:/-'),
  /** Also makes an IAM user with an access key, for a WFM that cannot assume a role. The key goes to Secrets Manager alone. */
  user: z.boolean().default(false),
});

const workforce = z.strictObject({
  /** Where the WFM's SFTP server is and who we are there; docs/functions.md has the JSON in it. */
  sftpSecretArn: secretArn,
  csvLayout: z.enum(['teleopti', 'extended']).default('teleopti'),
  /** Makes the records bucket the place of the instance's scheduled reports. An instance has one such place. */
  scheduledReports: z.boolean().default(false),
});

/** The live status and the journey of every contact. */
const contacts = z.strictObject({
  /** How long a contact stays in the table after its last event. */
  retentionMinutes: z.int().min(60).max(10_540_800).default(1440),
  /** How long expired contacts stay in S3. */
  archiveExpireDays: z.int().min(1).max(36_500).default(365),
  /** Also lets contact events of this source in, as a simulator sends them: nobody may send as `aws.connect` by hand. */
  simulatedSource: z.string().regex(/^(?!aws\.)[\w.-]{1,64}$/, 'letters, digits, dots, hyphens and underscores, and not aws.…').optional(),
});

/** A row for each contact, and interval statistics, in the database of the metrics. */
const records = z.strictObject({
  /** The contact attributes that are kept; `*` for all. They may hold anything about a customer. */
  attributes: z.union([z.literal('*'), z.array(z.string().regex(/^[^,*][^,]*$/, 'a name without a comma'))], {
    error: 'neither "*" nor a list of names',
  }).default([]),
  /** Also keeps what agents did when. */
  agentTime: z.boolean().default(true),
  /** How long contacts and the sums of intervals stay. */
  retentionDays: z.int().min(1).max(65_535).default(400),
  /** How long endpoints, attributes and unknown members stay. */
  personalRetentionDays: z.int().min(1).max(65_535).default(90),
  /** How long agents' time stays. */
  agentTimeRetentionDays: z.int().min(1).max(65_535).default(400),
  /** Searches of Connect a second, at most; an account has 0.5, which others share. */
  searchesPerSecond: z.number().positive().max(100).default(0.25),
  /** Fetches contacts that are missing. */
  heal: z.boolean().default(true),
  /** The time zones whose intervals the views have: names of the IANA's, as Australia/Sydney. */
  timeZones: z.array(z.string().refine(isTimeZone, 'not a time zone, as Australia/Sydney')).min(1).default(['UTC']),
});

/** A target of service levels: so many per cent of the contacts are to be answered in less than so many seconds. */
const serviceLevel = z.strictObject({
  seconds: z.int().min(1).max(604_800),
  percent: z.number().min(0).max(100),
  /** Of one queue, by its id. */
  queueId: z.string().regex(new RegExp(`^${UUID}$`), 'not the id of a queue').optional(),
  channel: z.enum(['VOICE', 'CHAT', 'TASK', 'EMAIL']).optional(),
});

/** A database of a cluster that is there. Tables and logins are made in it, and nothing else of the cluster is changed. */
const existingDatabase = z.strictObject({
  clusterArn: arn('rds', 'cluster:[a-z][a-z0-9-]{0,62}', 'arn:aws:rds:REGION:ACCOUNT:cluster:NAME'),
  /** The secret of a login that may make tables and logins in the database. */
  ownerSecretArn: secretArn,
  /** The database within the cluster; it must be there. */
  name: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores, the first no digit').default('switchboard'),
});

const domainPrefix = z.string().regex(/^(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'small letters, digits and hyphens, without aws, amazon and cognito');

/** Where users of another provider sign in by SAML, and where it tells their groups. */
const provider = z.strictObject({ metadataUrl: z.url({ protocol: /^https$/ }), groupsAttribute: z.string().min(1).max(131_072) });

/** A figure is worse than it should be from the first on, and much worse from the second. */
const threshold = z.strictObject({ warn: z.int().min(0).max(1_000_000), alarm: z.int().min(0).max(1_000_000) })
  .refine(({ warn, alarm }) => warn <= alarm, 'has an alarm below its warning');

const queueThresholds = z.strictObject({
  /** Contacts that wait. Without it, their number colours nothing. */
  waiting: threshold.optional(),
  /** How long the call or chat waits that has waited for the longest: 60 and 180 without it. */
  longestWaitSeconds: threshold.optional(),
  /** How many points the service level is below its target, which is one of `serviceLevels`: 0 and 20 without it. */
  pointsBelowTarget: threshold.optional(),
});

/** What colours the board's tiles. It is a setting of the function, all of whose settings have 4 KB. */
const thresholds = queueThresholds.extend({
  /** What is not so for single queues, by their ids. */
  queues: z.record(z.string().regex(new RegExp(`^${UUID}$`), 'not the id of a queue'), queueThresholds).default({}),
}).refine((all) => JSON.stringify(all).length <= 1500, 'is longer than 1,500 characters, more than a function\'s settings have room for');

/** The live board, in a browser. */
const board = z.strictObject({
  /** Where users sign in: at a new user pool, whose users are its own or another provider's, or at one that is there with its domain. */
  signIn: z.union([
    z.strictObject({ domainPrefix, provider: provider.optional() }),
    z.strictObject({ domainPrefix, userPoolId: z.string().regex(/^[\w-]+_[0-9a-zA-Z]+$/, 'not the id of a user pool, as ap-southeast-2_AbCdEf123') }),
  ], { error: 'neither {"domainPrefix": …, "provider": …} nor {"domainPrefix": …, "userPoolId": …}' }),
  /**
   * What groups may see, besides the groups that are called as roles are; and what they are limited to: queues by their ids, and groups of the
   * agents' hierarchy, of any level, by their names.
   */
  groups: z.record(z.string().regex(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u, 'not the name of a group, which has no space'), z.strictObject({
    role: z.enum(['walls', 'supervisors', 'investigators']),
    queues: z.array(z.string().regex(new RegExp(`^${UUID}$`), 'not the id of a queue')).min(1).optional(),
    hierarchyGroups: z.array(z.string().min(1).max(100)).min(1).optional(),
  })).default({}),
  /** From where on figures colour their tile. */
  thresholds: thresholds.optional(),
  /** How agents are called. */
  agentNames: z.enum(['full', 'initials', 'none']).default('full'),
  /** Whose days and clock times: a name of the IANA's, as Australia/Sydney. */
  timeZone: z.string().refine(isTimeZone, 'not a time zone, as Australia/Sydney').default('UTC'),
  /** How many screens on walls there are: requests are throttled above what they and people send. */
  walls: z.int().min(0).max(2000).default(5),
  /** How long it is kept who looked at which contact. */
  auditExpireDays: z.int().min(1).max(36_500).default(400),
});

/** Queue and agent metrics in PostgreSQL. */
const metrics = z.strictObject({
  /** Whose days the daily views have: a name of the IANA's, as Australia/Sydney. */
  timeZone: z.string().refine(isTimeZone, 'not a time zone, as Australia/Sydney').default('UTC'),
  /** How long intervals of history stay. */
  historyRetentionDays: z.int().min(1).max(65_535).default(400),
  /** How long the samples of every ten seconds stay. */
  sampleRetentionDays: z.int().min(1).max(365).default(7),
  /** Calls of Connect's API a second, at most; below the account's quota, which others share. */
  requestsPerSecond: z.number().positive().max(100).default(1.8),
  /** The most that the database may grow to, in Aurora capacity units of 2 GB. */
  maxCapacity: z.number().min(1).max(256).multipleOf(0.5, 'not a multiple of 0.5').default(2),
  /** Where the tables are: in a database that is made, or in an Aurora PostgreSQL cluster that is there, with the RDS Data API on. */
  database: z.union([z.literal('create'), existingDatabase], { error: 'neither "create" nor {"clusterArn": "arn:…", "ownerSecretArn": "arn:…"}' }).default('create'),
});

/** The metric views in QuickSight, whose account must be there. */
const quickSight = z.strictObject({
  /** The user or group that gets data source and data sets. */
  principalArn: arn('quicksight', '(user|group)/[\\w.-]+/.+', 'arn:aws:quicksight:REGION:ACCOUNT:group/default/NAME'),
  /** A login that may read the views; README.md has the statements that make it. */
  secretArn,
});

/** Where the emulator's functions find the services that it lacks. */
const emulator = z.strictObject({
  endpoints: z.strictObject({ connect: z.url(), rdsData: z.url(), signIn: z.url() }).partial().default({}),
});

/** All settings, as a config file has them. */
export const CONFIG = z.strictObject({
  /** Where the JSON schema of the config is, so that editors complete it and show what is wrong. */
  $schema: z.string().optional(),
  environment: z.enum(['Dev', 'Sit', 'PreProd', 'Prod']),
  /** Tells deployments of one environment apart that are in one account and region. Names have it, and OpenSearch's have 28 characters. */
  name: z.string().regex(/^[a-z][a-z0-9]{0,7}$/, 'one to eight lower-case letters and digits, the first a letter')
    .regex(/^(?!agents?$)/, 'a name that resources of a deployment without one have').optional(),
  account: z.string().regex(/^\d{12}$/, 'not an account id of 12 digits'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region, as ap-southeast-2'),
  connect,
  sources,
  /** The KMS key that encrypts customer data, if it is one that is there. */
  dataKeyArn: keyArn.optional(),
  /** The days on which agents work. On other days silence of Connect is no alarm. */
  workdays: z.array(z.enum(WEEKDAYS)).min(1).transform((days) => WEEKDAYS.filter((day) => days.includes(day))).default([...WEEKDAYS]),
  /**
   * The streams' retention. A reader that stops on a Friday evening is noticed on Monday, so less than a week could be too little;
   * Kinesis's maximum is a year.
   */
  streamRetentionHours: z.int().min(168).max(8760).default(168),
  /** How long contact records stay in S3: raw, enriched, rejected and failed ones. */
  recordsExpireDays: z.int().min(1).max(3650).default(30),
  /** Of our own code; libraries stay at WARN, as they would log requests with customers' data. */
  logLevel: z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR']).optional(),
  /** One of the periods that CloudWatch Logs knows. */
  logRetentionDays: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653])
    .default(30),
  architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
  alarms: alarms.optional(),
  vpc: vpc.optional(),
  /** The KMS key of the secrets named here, if it is one of your own. */
  secretsKeyArn: keyArn.optional(),
  /**
   * The targets of service levels, for all that tells one. Connect's own service level has the threshold of the first target of all queues and
   * channels, so there is one.
   */
  serviceLevels: z.array(serviceLevel).refine((targets) => targets.some(isOfAll), 'has no target of all queues and channels')
    .default([{ seconds: 20, percent: 80 }]),
  /** For the tests' AWS emulator alone; see emulator.ts. */
  emulator: z.union([z.boolean(), emulator], { error: 'neither true nor {"endpoints": {…}}' }).default(false),
  enrichment: enrichment.optional(),
  workforce: workforce.optional(),
  rta: rta.optional(),
  streamReader: streamReader.optional(),
  contacts: contacts.optional(),
  board: board.optional(),
  metrics: metrics.optional(),
  records: records.optional(),
  quickSight: quickSight.optional(),
  /** The directory of callers over HTTP, for a centre whose callers are in the deployment's own table. */
  callerApi: z.boolean().default(false),
}).check(...consistency());

/** A deployment's settings, checked, its defaults filled in. */
export type Config = z.infer<typeof CONFIG>;

/** A wrong configuration; the message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the file at a path. Throws {@link ConfigError} if it can't be used. */
export function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the config file ${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${(error as Error).message}`);
  }
  return parseConfig(json, path);
}

/** Checks settings; `source` is what the message calls them. Throws {@link ConfigError} with every problem. */
export function parseConfig(json: unknown, source: string): Config {
  const result = CONFIG.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(the whole)'}: ${issue.message}`);
  throw new ConfigError(`${source} has ${problems.length} problem${problems.length > 1 ? 's' : ''}:\n${problems.join('\n')}`);
}

/** The level that functions log at, by environment unless the config says so. */
export function logLevel(config: Config): string {
  return config.logLevel ?? (config.environment === 'Dev' || config.environment === 'Sit' ? 'DEBUG' : 'INFO');
}

/** The threshold of Connect's own service level, in seconds. */
export function serviceLevelSeconds({ serviceLevels }: Config): number {
  return serviceLevels.find(isOfAll)!.seconds;
}

function isOfAll({ queueId, channel }: { queueId?: string | undefined; channel?: string | undefined }): boolean {
  return queueId === undefined && channel === undefined;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

/** True for a URL of a scheme, a host and a path alone. What is none is told by another rule. */
function isPlain(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password, search, hash } = new URL(url);
  return [username, password, search, hash].every((part) => part === '');
}
