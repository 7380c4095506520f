/** One Lambda function of a Rust binary, with a role and a log group of its own. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Effect, type IGrantable, type IPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { settingsProblems } from './settings-size.ts';
import { suppressNag, suppressNagWildcards } from './suppress-nag.ts';
import { functionCode } from './binaries.ts';
import { type Config, logLevel } from '../config.ts';
import type { Graph } from './dashboard.ts';
import { hasMetricMath } from './emulator.ts';
import type { Foundation } from './foundation.ts';
import { type Binary, MEMORY_MB } from './functions.ts';

/** The share of failed invocations at which the alarm state begins; retries cover fewer. */
const MAX_ERROR_PERCENT = 10;

export interface ServiceFunctionProps {
  readonly foundation: Foundation;
  readonly binary: Binary;
  /** The function's name if it differs from the binary's: a second function of one binary, with other permissions. */
  readonly name?: string;
  readonly description: string;
  readonly timeout: Duration;
  /** The function's settings; docs/functions.md lists them. Secrets go by ARN. */
  readonly environment: Record<string, string>;
  /** Places the function in the VPC that the config names, because it calls the centre's own servers. */
  readonly inVpc?: boolean;
  /** The destination of asynchronous events that failed three times; for functions with asynchronous callers. */
  readonly onFailure?: IQueue;
  /** The name of its role; without it CDK makes one. */
  readonly roleName?: string;
  /** Never runs beside itself. */
  readonly oneAtATime?: boolean;
  /** Sets the alarm off at the first error, not at a share of errors: for a caller that soon gives up what failed. */
  readonly alarmOnFirstError?: boolean;
}

export class ServiceFunction extends Construct implements IGrantable {
  /** The function itself, for event sources and callers; permissions go through {@link allow}. */
  readonly function: LambdaFunction;
  readonly grantPrincipal: IPrincipal;
  private readonly foundation: Foundation;
  private readonly shortName: string;
  private readonly name: string;
  private hasIteratorAgeAlarm = false;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { foundation, binary, onFailure } = props;
    this.foundation = foundation;
    this.shortName = props.name ?? binary;
    const { config } = foundation;
    this.name = `${foundation.prefix}-${this.shortName}`;
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
      ...(props.oneAtATime && { reservedConcurrentExecutions: 1 }),
      ...(onFailure && { onFailure: { bind: () => ({ destination: onFailure.queueArn }) }, retryAttempts: 2 }),
    });
    if (onFailure) this.allow(['sqs:SendMessage'], [onFailure.queueArn]);
    if (props.inVpc && config.vpc) this.placeInVpc(config.vpc, role);
    suppressNagRules(this);
    this.node.addValidation({ validate: () => settingsProblems(this.function, this.name) });
    this.addAlarms(props.alarmOnFirstError ?? false);
  }

  /** Allows exact actions on exact resources. A `*` in a resource needs a reason. */
  allow(actions: string[], resources: string[], wildcardReason?: string): void {
    this.function.addToRolePolicy(new PolicyStatement({ actions, resources }));
    if (wildcardReason) suppressNagWildcards(this, wildcardReason, resources);
  }

  /** Allows decryption with the deployment's key. */
  grantDecrypt(): void {
    this.allow(['kms:Decrypt'], [this.foundation.key.keyArn]);
  }

  /** Allows encryption and decryption with the deployment's key. */
  grantKeyUse(): void {
    this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.foundation.key.keyArn]);
  }

  /** Allows the function to read a secret that the config names, and to use the key of these secrets if there is one. */
  grantSecretRead(arn: string): void {
    this.allow(['secretsmanager:GetSecretValue'], [arn]);
    const { secretsKeyArn } = this.foundation.config;
    if (secretsKeyArn) this.allow(['kms:Decrypt'], [secretsKeyArn]);
  }

  /** Its graph for the capability's dashboard row. */
  graph(): Graph {
    const { function: lambda } = this;
    return {
      title: this.shortName,
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

  /** Adds one alarm on the age of stream records, however many streams the function reads: Lambda reports the age by function only. */
  addIteratorAgeAlarm(): void {
    if (this.hasIteratorAgeAlarm) return;
    this.hasIteratorAgeAlarm = true;
    this.foundation.alarms.add(this, `${this.shortName}-iterator-age`, {
      metric: this.metricIteratorAge(),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 3,
      meaning: `${this.shortName} has been reading stream records that are five minutes old or more for 15 minutes.`,
      runbook: 'iterator-age',
    });
  }

  /** The graph of that age. */
  ageGraph(): Graph {
    return { title: `${this.shortName}: age of the stream's records`, left: [this.metricIteratorAge()] };
  }

  private addAlarms(alarmOnFirstError: boolean): void {
    const { alarms } = this.foundation;
    alarms.add(this, `${this.shortName}-errors`, alarmOnFirstError
      ? { metric: this.function.metricErrors(), threshold: 1, meaning: `An invocation of ${this.shortName} failed.`, runbook: 'function-errors' }
      : {
        metric: this.errorRate(),
        threshold: MAX_ERROR_PERCENT,
        meaning: `${MAX_ERROR_PERCENT} % or more of the invocations of ${this.shortName} failed within 15 minutes.`,
        runbook: 'function-errors',
      });
    alarms.add(this, `${this.shortName}-throttles`, {
      metric: this.function.metricThrottles(),
      threshold: 1,
      periods: 3,
      meaning: `${this.shortName} has been throttled by its own or the account's concurrency limit for 15 minutes.`,
      runbook: 'function-throttles',
    });
  }

  /** The percentage of invocations that failed within 15 minutes; on the emulator, the number of them. */
  private errorRate(): IMetric {
    const period = Duration.minutes(15);
    const errors = this.function.metricErrors({ period });
    if (!hasMetricMath(this.foundation.config)) return errors;
    const invocations = this.function.metricInvocations({ period });
    return new MathExpression({
      expression: '100 * errors / invocations', label: `${this.shortName}: errors, %`, usingMetrics: { errors, invocations }, period,
    });
  }

  /** By ids alone: CDK's own way would want to look the network up in the account. */
  private placeInVpc({ subnetIds, securityGroupId }: NonNullable<Config['vpc']>, role: Role): void {
    (this.function.node.defaultChild as CfnFunction).vpcConfig = { subnetIds, securityGroupIds: [securityGroupId] };
    const rights = [
      'ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses',
    ];
    const reason = 'As AWS\'s own AWSLambdaVPCAccessExecutionRole has it: Lambda checks these rights before the interfaces have names';
    this.allow(rights, ['*'], reason);
    // Lambda itself has them by this role, and the function's code has not: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    const itself = Stack.of(this).formatArn({ service: 'lambda', resource: 'function', resourceName: this.name, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    this.function.addToRolePolicy(new PolicyStatement({
      effect: Effect.DENY, actions: rights, resources: ['*'], conditions: { ArnEquals: { 'lambda:SourceFunctionArn': itself } },
    }));
    suppressNag(role, reason, 'Serverless-LambdaStarPermissions');
  }
}

function suppressNagRules(lambda: ServiceFunction): void {
  suppressNag(lambda, 'SQS, Kinesis and Firehose store what failed in places of their own, and synchronous callers get the error; a function with '
    + 'asynchronous callers has an on-failure destination', 'Serverless-LambdaDLQ', 'Serverless-LambdaAsyncFailureDestination');
  suppressNag(lambda, 'Logs and one metrics record per invocation show what happened; X-Ray would need write access to *',
    'Serverless-LambdaTracing');
}
