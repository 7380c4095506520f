/** One Lambda function of a Rust binary, with a role and a log group of its own. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import { functionCode } from './binaries.ts';
import { type Config, logLevel } from './config.ts';
import type { Graph } from './dashboard.ts';
import { hasMetricMath } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import { type Binary, MEMORY_MB } from './memory.ts';

/** Fewer are what retries are for. */
const PER_CENT_OF_ERRORS = 10;

export interface ServiceFunctionProps {
  readonly foundation: Foundation;
  readonly binary: Binary;
  /** What it is called, if not as its binary: another function of the same program, with other rights. */
  readonly name?: string;
  readonly description: string;
  readonly timeout: Duration;
  /** The function's settings; docs/functions.md lists them. Secrets go by ARN. */
  readonly environment: Record<string, string>;
  /** It calls servers of the centre's own, so it belongs in the centre's network, if the config names one. */
  readonly callsOut?: boolean;
  /** Where events of asynchronous callers go that failed three times; for functions that have such callers. */
  readonly onFailure?: IQueue;
  /** The name of its role; without it CDK makes one. */
  readonly roleName?: string;
  /** Its caller soon gives up what failed and sets it aside, so that the first error rings, not only a share of errors. */
  readonly firstErrorRings?: boolean;
}

export class ServiceFunction extends Construct implements IGrantable {
  /** The function itself, for what reads or calls it; rights go through {@link may}. */
  readonly function: LambdaFunction;
  readonly grantPrincipal: IPrincipal;
  private readonly foundation: Foundation;
  private readonly called: string;
  private readonly name: string;
  private ringsWhenBehind = false;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { foundation, binary, onFailure } = props;
    this.foundation = foundation;
    this.called = props.name ?? binary;
    const { config } = foundation;
    this.name = `${foundation.prefix}-${this.called}`;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'), ...(props.roleName && { roleName: props.roleName }),
    });
    this.grantPrincipal = role;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${this.name}`,
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logGroup.grantWrite(role);

    this.function = new LambdaFunction(this, 'Function', {
      functionName: this.name,
      description: props.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: config.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'bootstrap',
      code: functionCode(binary, config.architecture),
      memorySize: MEMORY_MB[binary],
      timeout: props.timeout,
      environment: { AWS_LAMBDA_LOG_LEVEL: logLevel(config), ...props.environment },
      role,
      logGroup,
      tracing: Tracing.DISABLED,
      ...(onFailure && { onFailure: { bind: () => ({ destination: onFailure.queueArn }) }, retryAttempts: 2 }),
    });
    if (onFailure) this.may(['sqs:SendMessage'], [onFailure.queueArn]);
    if (props.callsOut && config.vpc) this.join(config.vpc, role);
    acknowledgeRules(this);
    this.addAlarms(props.firstErrorRings ?? false);
  }

  /** Permits exact actions on exact resources. A `*` in a resource needs its reason. */
  may(actions: string[], resources: string[], wildcardReason?: string): void {
    this.function.addToRolePolicy(new PolicyStatement({ actions, resources }));
    if (wildcardReason) acknowledgeWildcards(this, wildcardReason, resources);
  }

  /** Permits to read what is encrypted with the deployment's key. */
  mayDecrypt(): void {
    this.may(['kms:Decrypt'], [this.foundation.key.keyArn]);
  }

  /** Permits to read what is encrypted with the deployment's key, and to write it. */
  mayUseKey(): void {
    this.may(['kms:Decrypt', 'kms:GenerateDataKey'], [this.foundation.key.keyArn]);
  }

  /** Permits to read a secret that the config names, and the key of these secrets, if it names one. */
  mayReadSecret(arn: string): void {
    this.may(['secretsmanager:GetSecretValue'], [arn]);
    const { secretsKeyArn } = this.foundation.config;
    if (secretsKeyArn) this.may(['kms:Decrypt'], [secretsKeyArn]);
  }

  /** Its graph for the capability's dashboard row. */
  graph(): Graph {
    const { function: lambda } = this;
    return {
      title: this.called,
      left: [lambda.metricInvocations(), lambda.metricErrors(), lambda.metricThrottles()],
      right: [lambda.metricDuration({ statistic: 'p99' })],
    };
  }

  /** The sum of a metric that the function writes itself, one record an invocation; crates/runtime/src/metrics.rs has them all. */
  count(metricName: string): Metric {
    return new Metric({ namespace: 'Switchboard', metricName, statistic: Stats.SUM, dimensionsMap: { Function: this.name } });
  }

  /** How old the last record of a batch was when the function got it, in milliseconds, where it reads data streams. */
  metricIteratorAge(): Metric {
    return this.function.metric('IteratorAge', { statistic: Stats.MAXIMUM });
  }

  /** Rings when the records are old that it gets. However many streams it reads: Lambda tells the age by function only. */
  ringWhenBehind(): void {
    if (this.ringsWhenBehind) return;
    this.ringsWhenBehind = true;
    this.foundation.alarms.add(this, `${this.called}-iterator-age`, {
      metric: this.metricIteratorAge(),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 3,
      meaning: `${this.called} reads stream records that are five minutes old and more, and has for 15 minutes.`,
      runbook: 'iterator-age',
    });
  }

  /** The graph of that age. */
  ageGraph(): Graph {
    return { title: `${this.called}: age of the stream's records`, left: [this.metricIteratorAge()] };
  }

  private addAlarms(firstErrorRings: boolean): void {
    const { alarms } = this.foundation;
    alarms.add(this, `${this.called}-errors`, firstErrorRings
      ? { metric: this.function.metricErrors(), threshold: 1, meaning: `An invocation of ${this.called} has failed.`, runbook: 'function-errors' }
      : {
        metric: this.errorRate(),
        threshold: PER_CENT_OF_ERRORS,
        meaning: `Of the invocations of ${this.called} in 15 minutes, ${PER_CENT_OF_ERRORS} % and more have failed.`,
        runbook: 'function-errors',
      });
    alarms.add(this, `${this.called}-throttles`, {
      metric: this.function.metricThrottles(),
      threshold: 1,
      periods: 3,
      meaning: `${this.called} has been held back by the account's or its own limit of concurrency for 15 minutes.`,
      runbook: 'function-throttles',
    });
  }

  /** How many of a hundred invocations failed, in 15 minutes; on the emulator, how many there were that failed. */
  private errorRate(): IMetric {
    const period = Duration.minutes(15);
    const errors = this.function.metricErrors({ period });
    if (!hasMetricMath(this.foundation.config)) return errors;
    const invocations = this.function.metricInvocations({ period });
    return new MathExpression({
      expression: '100 * errors / invocations', label: `${this.called}: errors, %`, usingMetrics: { errors, invocations }, period,
    });
  }

  /** By ids alone: CDK's own way would want to look the network up in the account. */
  private join({ subnetIds, securityGroupId }: NonNullable<Config['vpc']>, role: Role): void {
    (this.function.node.defaultChild as CfnFunction).vpcConfig = { subnetIds, securityGroupIds: [securityGroupId] };
    const rights = [
      'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
    ];
    const reason = 'As AWS\'s own AWSLambdaVPCAccessExecutionRole has it: Lambda checks these rights before the interfaces have names';
    this.may(rights, ['*'], reason);
    // Lambda itself has them by this role, and the function's code has not: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    const itself = Stack.of(this).formatArn({ service: 'lambda', resource: 'function', resourceName: this.name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    this.function.addToRolePolicy(new PolicyStatement({
      effect: Effect.DENY, actions: rights, resources: ['*'], conditions: { ArnEquals: { 'lambda:SourceFunctionArn': itself } },
    }));
    acknowledge(role, reason, 'Serverless-LambdaStarPermissions');
  }
}

function acknowledgeRules(lambda: ServiceFunction): void {
  acknowledge(lambda, 'SQS, Kinesis and Firehose keep what failed in places of their own, and callers that wait are told; a function with '
    + 'asynchronous callers has an on-failure destination', 'Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination');
  acknowledge(lambda, 'Logs and one metrics record per invocation tell what happened; X-Ray would need write access to *',
    'Serverless-LambdaTracing');
}
