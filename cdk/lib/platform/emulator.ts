/**
 * All that is different on the tests' AWS emulator (`"emulator": true`), in one place, each with its reason. Nothing here is for AWS.
 * One difference is in config.ts: the directory of callers may be plain HTTP, as the tests' own is.
 */
import { CliCredentialsStackSynthesizer, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import type { Config } from '../config.ts';

/**
 * On the emulator the deploying credentials do everything: with its IAM enforcement on, the roles of `cdk bootstrap` may not publish
 * the functions' archives.
 */
export function synthesizer(config: Config): IStackSynthesizer {
  return config.emulator ? new CliCredentialsStackSynthesizer() : new DefaultStackSynthesizer();
}

/** The emulator speaks plain HTTP; on AWS buckets, queues and topics refuse it. */
export function enforceSsl(config: Config): boolean {
  return !config.emulator;
}

/** The emulator knows no type `AWS::Connect::*` and refuses a template that holds one. */
export function hasConnect(config: Config): boolean {
  return !config.emulator;
}

/** The emulator knows no saved queries of Athena's. */
export function hasSavedQueries(config: Config): boolean {
  return !config.emulator;
}

/** The emulator knows no alarms on an expression over several metrics. */
export function hasMetricMath(config: Config): boolean {
  return !config.emulator;
}

/** The emulator's streams of the other kind have four shards, and their tests count on one. */
export function hasOnDemandStreams(config: Config): boolean {
  return !config.emulator;
}

/** The emulator's pipes know neither filters nor delivery streams: expired contacts are not archived there. */
export function hasPipes(config: Config): boolean {
  return !config.emulator;
}

/** An instance that is there has its log group of flows; a new one, and the emulator, which has no instance, get theirs from us. */
export function hasFlowLogGroup({ connect, emulator }: Config): boolean {
  return connect.instance !== 'create' && !emulator;
}

/** The emulator's Aurora answers no SQL: the functions use a stand-in for the Data API, with a real PostgreSQL behind it. */
export function hasAurora(config: Config): boolean {
  return !config.emulator;
}

/** CDK's function that calls ours while deploying needs an SDK for Node that the emulator lacks: the tests call it themselves. */
export function hasTriggers(config: Config): boolean {
  return !config.emulator;
}

/** What sending a batch of messages to a queue needs. On AWS it is the right to send; the emulator asks for an action that AWS has not. */
export function sendMessages(config: Config): string[] {
  return [config.emulator ? 'sqs:SendMessage*' : 'sqs:SendMessage'];
}

/** The emulator's sign-in has the emulator's own address, as its keys have; tokens name AWS's. */
export function replacedSignIn({ emulator }: Config, poolId: string): Record<string, string> {
  const signIn = typeof emulator === 'object' ? emulator.endpoints.signIn : undefined;
  return signIn === undefined ? {} : { SIGN_IN_URL: signIn, SIGN_IN_KEYS_URL: `${signIn}/${poolId}/.well-known/jwks.json` };
}

/** Where functions find services that the emulator lacks: settings of the AWS SDK, for their environment. */
export function replacedEndpoints({ emulator }: Config): Record<string, string> {
  if (typeof emulator !== 'object') return {};
  const { connect, rdsData } = emulator.endpoints;
  return { ...(connect && { AWS_ENDPOINT_URL_CONNECT: connect }), ...(rdsData && { AWS_ENDPOINT_URL_RDS_DATA: rdsData }) };
}
