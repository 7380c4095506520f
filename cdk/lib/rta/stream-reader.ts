/** Access for a WFM that reads the agent events itself: that one stream and its key, to read. */
import { CfnOutput } from 'aws-cdk-lib';
import { AccountPrincipal, CfnAccessKey, Policy, PolicyStatement, Role, User } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { suppressNag } from '../platform/suppress-nag.ts';
import type { Config } from '../config.ts';
import type { Foundation } from '../platform/foundation.ts';
import type { RecordStream } from '../platform/record-stream.ts';

export interface StreamReaderProps {
  readonly foundation: Foundation;
  readonly agentEvents: RecordStream;
  readonly settings: NonNullable<Config['streamReader']>;
}

export class StreamReader extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { foundation, agentEvents, settings }: StreamReaderProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      description: 'Workforce management reads the agent events',
      assumedBy: new AccountPrincipal(settings.account).withConditions({ StringEquals: { 'sts:ExternalId': settings.externalId } }),
    });
    permit(this.role, agentEvents, foundation);
    new CfnOutput(this, 'RoleArn', { value: this.role.roleArn, description: 'The role that workforce management assumes to read agent events' });
    if (settings.user) this.addUser(agentEvents, foundation);
  }

  /** The key's secret half goes from IAM to Secrets Manager while deploying; it is in no template and no output. */
  private addUser(agentEvents: RecordStream, foundation: Foundation): void {
    const user = new User(this, 'User');
    permit(user, agentEvents, foundation);
    const accessKey = new CfnAccessKey(this, 'AccessKey', { userName: user.userName });
    const secret = new CfnSecret(this, 'Key', {
      description: 'The access key by which workforce management reads agent events',
      kmsKeyId: foundation.key.keyArn,
      secretString: JSON.stringify({ accessKeyId: accessKey.ref, secretAccessKey: accessKey.attrSecretAccessKey }),
    });
    suppressNag(secret, 'An access key of IAM is rotated with its user\'s owner, by replacing it', 'AwsSolutions-SMG4');
    new CfnOutput(this, 'KeySecret', { value: secret.ref, description: 'The secret that holds the access key' });
  }
}

function permit(reader: Role | User, { stream, reading, keyArn }: RecordStream, { key }: Foundation): void {
  const readingKey = [keyArn ?? (reading === 'whole' ? key.keyArn : undefined)].filter((arn) => arn !== undefined);
  reader.attachInlinePolicy(new Policy(reader, 'Read', {
    statements: [
      new PolicyStatement({
        actions: ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'],
        resources: [stream.streamArn],
      }),
      ...readingKey.map((arn) => new PolicyStatement({ actions: ['kms:Decrypt'], resources: [arn] })),
    ],
  }));
}
