/** What the settings of a config must say together, and of the region that they name. */
import { z } from 'zod';
import { idOf } from './arns.ts';

/** Settings as they are before they are known to be sound. */
interface Loose {
  account?: string;
  region?: string;
  connect?: { instance?: string; alias?: string; number?: unknown; instances?: { name?: string; instance?: string; alias?: string; rtaSecretArn?: string }[]; replicas?: { instance?: string; alias?: string }[] };
  alarms?: { topicArn?: string };
  secretsKeyArn?: string;
  enrichment?: { callers?: { url?: string; secretArn?: string }; search?: { domainArn?: string; endpoint?: string } };
  workforce?: { sftpSecretArn?: string };
  rta?: { secretArn?: string };
  streamReader?: unknown;
  contacts?: unknown;
  dataKeyArn?: string;
  sources?: { contactRecords?: ExistingStream | ExistingBucket | string; agentEvents?: ExistingStream | string; contactEvents?: { busArn?: string }; flowLogs?: ExistingStream | string };
  metrics?: { database?: { clusterArn?: string; ownerSecretArn?: string } };
  records?: { agentTime?: boolean; timeZones?: string[] };
  board?: { signIn?: { userPoolId?: string }; timeZone?: string };
  quickSight?: { secretArn?: string };
  emulator?: unknown;
}

/** A stream that is there, as it may be named. */
interface ExistingStream { streamArn?: string; keyArn?: string }

/** A bucket that is there, likewise. */
interface ExistingBucket { bucket?: string; keyArn?: string; streamArn?: undefined }

type Rule = [path: string[], message: string, holds: (config: Loose) => boolean];

/** What does something; the other sections are settings of these, or of all. */
export const CAPABILITIES = ['enrichment', 'workforce', 'rta', 'streamReader', 'contacts', 'board', 'metrics', 'records', 'callerApi'] as const;

/** Where Amazon Connect is (its endpoints in AWS's own SDKs, November 2026). An instance that is there proves that its region has it. */
const CONNECT_REGIONS = [
  'af-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2', 'ca-central-1', 'eu-central-1', 'eu-west-2', 'us-east-1',
  'us-gov-west-1', 'us-west-2',
];
/** Partitions of AWS without Amazon Connect, by how their regions begin. */
const WITHOUT_CONNECT = /^(cn|us-iso[a-z]*|eu-iso[a-z]*|eusc)-/;
/** What a region that has Connect lacks, as CDK's own list of resources has it (`cdk synth --strict`). */
const LACKS: Record<string, { setting: keyof Loose; service: string }[]> = {
  'us-gov-west-1': [{ setting: 'contacts', service: 'EventBridge Pipes, which archives expired contacts' }],
};

/** Checked whatever else is wrong, so that one message holds all. */
export function consistency() {
  return [...ofOneRegion(), ...ofTheRegion(), ...together()].map(([path, message, holds]) =>
    z.refine<unknown>((value) => holds(value ?? {}), { path, message, when: () => true }));
}

/** Functions and services ask their own region: what is elsewhere would be found missing when they run, after a deployment that succeeded. */
const REGIONAL: Record<string, (config: Loose) => string | undefined> = {
  'alarms.topicArn': ({ alarms }) => alarms?.topicArn,
  'secretsKeyArn': ({ secretsKeyArn }) => secretsKeyArn,
  'dataKeyArn': ({ dataKeyArn }) => dataKeyArn,
  ...Object.fromEntries((['contactRecords', 'agentEvents', 'flowLogs'] as const).flatMap((source) => (['streamArn', 'keyArn'] as const).map((member) => [
    `sources.${source}.${member}`, (config: Loose) => existing(config, source)?.[member],
  ]))),
  'sources.contactEvents.busArn': ({ sources }) => sources?.contactEvents?.busArn,
  'metrics.database.clusterArn': ({ metrics }) => metrics?.database?.clusterArn,
  'metrics.database.ownerSecretArn': ({ metrics }) => metrics?.database?.ownerSecretArn,
  'enrichment.callers.secretArn': ({ enrichment }) => enrichment?.callers?.secretArn,
  'enrichment.search.domainArn': ({ enrichment }) => enrichment?.search?.domainArn,
  'workforce.sftpSecretArn': ({ workforce }) => workforce?.sftpSecretArn,
  'rta.secretArn': ({ rta }) => rta?.secretArn,
  'quickSight.secretArn': ({ quickSight }) => quickSight?.secretArn,
};

/** What functions of the deployment use by their own rights alone, so that another account's would need a policy for each. */
const OF_THE_ACCOUNT = [
  'sources.contactRecords.streamArn', 'sources.agentEvents.streamArn', 'sources.flowLogs.streamArn', 'sources.contactEvents.busArn',
  'metrics.database.clusterArn',
];

function existing({ sources }: Loose, source: 'contactRecords' | 'agentEvents' | 'flowLogs'): ExistingStream | ExistingBucket | undefined {
  const named = sources?.[source];
  return isObject(named) ? named : undefined;
}

function ofOneRegion(): Rule[] {
  const regional = Object.entries(REGIONAL).map(([path, get]): Rule => [
    path.split('.'), 'is in another region than the deployment', (config) => isIn(config.region, get(config)),
  ]);
  return [
    ...regional,
    ...OF_THE_ACCOUNT.map((path): Rule => [path.split('.'), 'is in another account than the deployment', (config) => {
      const named = REGIONAL[path]?.(config);
      return !isArn(named) || named.split(':')[4] === config.account;
    }]),
    [['connect', 'instance'], 'is in another account or region than the deployment', ({ connect, account, region }) =>
      !isArn(connect?.instance) || (isIn(region, connect?.instance) && connect?.instance?.split(':')[4] === account)],
    [['connect', 'instances'], 'has an instance, or a secret of one, of another account or region than the deployment', ({ connect, account, region }) =>
      furtherOf(connect).every(({ instance, rtaSecretArn }) => isIn(region, rtaSecretArn) && isIn(region, instance) && (!isArn(instance) || instance.split(':')[4] === account))],
    [['connect', 'replicas'], 'has an instance of another account or partition than the deployment', ({ connect, account, region }) =>
      replicasOf(connect).every(({ instance }) => !isArn(instance) || typeof region !== 'string'
        || (instance.split(':')[1] === partitionOf(region) && instance.split(':')[4] === account))],
    [['connect', 'replicas'], 'has an instance of the deployment\'s region, where a source is and no replica of it', ({ connect, region }) =>
      replicasOf(connect).every(({ instance }) => !isArn(instance) || instance.split(':')[3] !== region)],
    [['connect', 'replicas'], 'has an instance whose id none of the deployment\'s instances has: a replica has its source\'s', ({ connect }) => {
      const ids = [connect?.instance, ...furtherOf(connect).map(({ instance }) => instance)].filter(isArn).map(idOf);
      return replicasOf(connect).every(({ instance }) => !isArn(instance) || ids.includes(idOf(instance)));
    }],
    [['enrichment', 'search', 'endpoint'], 'is not the address of the domain that `domainArn` names', ({ enrichment }) =>
      isEndpointOf(enrichment?.search?.domainArn, enrichment?.search?.endpoint)],
  ];
}

/** The instances beside the first; what is no list is told by another rule. */
function furtherOf(connect: Loose['connect']) {
  return Array.isArray(connect?.instances) ? connect.instances.filter(isObject) : [];
}

/** Replicas in other regions, likewise. */
function replicasOf(connect: Loose['connect']) {
  return Array.isArray(connect?.replicas) ? connect.replicas.filter(isObject) : [];
}

/** Not null, which is told by another rule. */
function isObject<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}

function isArn(text: unknown): text is string {
  return typeof text === 'string' && text.startsWith('arn:');
}

/** Whether an ARN, if it is one, is in a region and in the partition of AWS that the region belongs to. */
function isIn(region: unknown, arn: unknown): boolean {
  if (!isArn(arn) || typeof region !== 'string') return true;
  const [, partition, , place] = arn.split(':');
  return place === region && partition === partitionOf(region);
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html */
function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** A domain may also have an address of the centre's own, of which nothing can be told. */
function isEndpointOf(domainArn: unknown, endpoint: unknown): boolean {
  const [, name, older, newer] = /^https:\/\/search-(.+)-[a-z0-9]{26}\.(?:([a-z0-9-]+)\.es\.amazonaws\.com|aos\.([a-z0-9-]+)\.on\.aws)/.exec(String(endpoint)) ?? [];
  if (!isArn(domainArn) || name === undefined) return true;
  return domainArn.endsWith(`:domain/${name}`) && domainArn.split(':')[3] === (older ?? newer);
}

/** What a region does not have is refused here, in words, rather than by CloudFormation half-way. */
function ofTheRegion(): Rule[] {
  const lacking = Object.entries(LACKS).flatMap(([region, services]) => services.map(({ setting, service }): Rule => [
    [setting], `cannot be in ${region}, which lacks ${service}`, (config) => config.region !== region || !config[setting],
  ]));
  return [
    ...lacking,
    [['region'], 'has no Amazon Connect', ({ region, connect }) => typeof region !== 'string' || CONNECT_REGIONS.includes(region)
      || (!WITHOUT_CONNECT.test(region) && isArn(connect?.instance))],
  ];
}

function together(): Rule[] {
  return [
    [[], `asks for nothing: at least one of ${CAPABILITIES.join(', ')} has to be there`, (config) =>
      CAPABILITIES.some((capability) => Boolean((config as Record<string, unknown>)[capability]))],
    ...(['instance', 'alias', 'name'] as const).map((member): Rule => [
      ['connect', 'instances'], `has an instance whose ${member} is another's`, ({ connect }) => {
        const all = [...(member === 'name' ? [] : [connect?.[member]]), ...furtherOf(connect).map((one) => one[member])];
        return new Set(all).size === all.length;
      },
    ]),
    ...(['instance', 'alias'] as const).map((member): Rule => [
      ['connect', 'replicas'], `has an instance whose ${member} is another's`, ({ connect }) => {
        const sources = new Set([connect?.[member], ...furtherOf(connect).map((one) => one[member])]);
        const own = replicasOf(connect).map((one) => one[member]);
        return new Set([...sources, ...own]).size === sources.size + own.length;
      },
    ]),
    [['connect', 'instances'], 'has an instance named "dlq", as the dead-letter queues of the first are', ({ connect }) =>
      furtherOf(connect).every(({ name }) => name !== 'dlq')],
    [['connect', 'instances'], 'has an instance without an `rtaSecretArn` of its own: a feed\'s snapshot logs off whoever it does not name, and each names one instance\'s agents', ({ connect, rta }) => {
      const secrets = [rta?.secretArn, ...furtherOf(connect).map(({ rtaSecretArn }) => rtaSecretArn ?? rta?.secretArn)];
      return !rta || new Set(secrets).size === secrets.length;
    }],
    [['connect', 'number'], 'can be claimed for a new instance only ("instance": "create")', ({ connect }) =>
      connect?.number === undefined || connect.instance === 'create'],
    [['connect', 'alias'], 'has more than the 45 characters that a new instance can have', ({ connect }) =>
      connect?.instance !== 'create' || String(connect.alias).length <= 45],
    [['enrichment', 'callers', 'url'], 'is not https; only on the emulator it need not be', ({ enrichment, emulator }) =>
      Boolean(emulator) || !enrichment?.callers?.url?.startsWith?.('http:')],
    [['connect', 'instance'], 'cannot be created on the emulator, which knows no Amazon Connect', ({ connect, emulator }) =>
      !emulator || connect?.instance !== 'create'],
    [['board'], 'shows what `contacts` keeps, which is off', ({ board, contacts }) => !board || Boolean(contacts)],
    [['board', 'timeZone'], 'is none of `records.timeZones`: the board would have no figures of the day', ({ board, records }) =>
      !board || !records || (records.timeZones !== undefined && !Array.isArray(records.timeZones))
        || (records.timeZones ?? ['UTC']).includes(board.timeZone ?? 'UTC')],
    [['board', 'signIn', 'userPoolId'], 'is in another region than the deployment', ({ board, region }) =>
      typeof board?.signIn?.userPoolId !== 'string' || board.signIn.userPoolId.startsWith(`${region}_`)],
    [['records'], 'is in the database of `metrics`, which is off', ({ records, metrics }) => !records || Boolean(metrics)],
    [['quickSight'], 'shows what `metrics` keeps, which is off', ({ quickSight, metrics }) => !quickSight || Boolean(metrics)],
    [['quickSight'], 'connects by the network, which a cluster that was there has of its own: `metrics.database` must be "create"', ({ quickSight, metrics }) =>
      !quickSight || typeof metrics?.database !== 'object'],
    ...(['enrichment', 'workforce', 'records'] as const).map((capability): Rule => [
      [capability], 'is made of contact records, which `sources.contactRecords` leaves off', (config) => !config[capability] || config.sources?.contactRecords !== 'off',
    ]),
    [['enrichment'], 'is made of a data stream, and contact records are in a bucket', ({ enrichment, sources }) =>
      !enrichment || !isObject(sources?.contactRecords) || !('bucket' in sources.contactRecords)],
    ...(['rta', 'streamReader'] as const).map((capability): Rule => [
      [capability], 'is made of agent events, which `sources.agentEvents` leaves off', (config) => !config[capability] || config.sources?.agentEvents !== 'off',
    ]),
    [['records', 'agentTime'], 'is made of agent events, which `sources.agentEvents` leaves off', ({ records, sources }) =>
      !records || records.agentTime === false || sources?.agentEvents !== 'off'],
    [['contacts'], 'is made of what `sources` leaves off: at least one of contactEvents, contactRecords and agentEvents has to be there', ({ contacts, sources }) =>
      !contacts || [sources?.contactEvents, sources?.contactRecords, sources?.agentEvents].some((source) => source !== 'off')],
    [['connect', 'instance'], 'is new, so that nothing can carry its records yet: `sources` must not name streams or buses that are there', ({ connect, sources }) =>
      connect?.instance !== 'create' || !Object.values(sources ?? {}).some((source) => typeof source === 'object')],
    [['quickSight'], 'cannot be on the emulator, which knows no QuickSight', ({ quickSight, emulator }) => !quickSight || !emulator],
  ];
}
