/** The Amazon Connect instance: the one the config names, or a new one. */
import { CfnInstance, CfnPhoneNumber } from 'aws-cdk-lib/aws-connect';
import { Construct } from 'constructs';
import type { Config } from './config.ts';

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
    if (number) {
      new CfnPhoneNumber(this, 'Number', { targetArn: instance.attrArn, countryCode: number.country, type: number.type });
    }
    return instance.attrArn;
  }
}
