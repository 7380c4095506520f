/** The Amazon Connect instance: the one the config names, or a new one. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnInstance, CfnPhoneNumber } from 'aws-cdk-lib/aws-connect';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';

export class Instance extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { connect }: Config) {
    super(scope, id);
    this.arn = connect.instance === 'create' ? this.create(connect) : connect.instance;
  }

  private create({ alias, number }: Config['connect']): string {
    const instance = new CfnInstance(this, 'Resource', {
      instanceAlias: alias,
      identityManagementType: 'CONNECT_MANAGED',
      attributes: { inboundCalls: true, outboundCalls: true, contactflowLogs: true, autoResolveBestVoices: true },
    });
    // It holds users, flows, recordings and numbers, and nobody can restore it: no edit of the config may delete it.
    instance.applyRemovalPolicy(RemovalPolicy.RETAIN);
    if (number) {
      const claimed = new CfnPhoneNumber(this, 'Number', { targetArn: instance.attrArn, countryCode: number.country, type: number.type });
      // A number that was given back may be anybody's next.
      claimed.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    return instance.attrArn;
  }
}
