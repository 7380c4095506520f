/** What things that were there before must allow a deployment: told before it is made, as it would fail, or stay silent, without. */

/** A thing, and what its owner must see to. */
export interface Requirement {
  /** The thing, by its ARN or name. */
  readonly of: string;
  /** What it must have, in words. */
  readonly needs: string;
  /** A statement that its policy must hold, if that is what it needs. */
  readonly statement?: unknown;
}

export class Requirements {
  private readonly all: Requirement[] = [];

  add(requirement: Requirement): void {
    const text = JSON.stringify(requirement);
    if (!this.all.some((other) => JSON.stringify(other) === text)) this.all.push(requirement);
  }

  /** Reading with a key that is not the deployment's own. Roles of the account may, as far as their own policies say so. */
  addDecryption({ keyArn, service, account, partition, region }: { keyArn: string; service: string; account: string; partition: string; region: string }): void {
    this.add({
      of: keyArn,
      needs: `its policy must let roles of the account ${account} read by way of ${service}`,
      statement: {
        Sid: `SwitchboardReadsBy${service}`,
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: ['kms:Decrypt', 'kms:DescribeKey'],
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
      },
    });
  }

  /** For a person; empty if there are none. */
  text(): string {
    if (this.all.length === 0) return '';
    const items = this.all.map(({ of, needs, statement }) =>
      `- ${of}: ${needs}${statement ? `:\n${JSON.stringify(statement, undefined, 2).replaceAll(/^/gm, '    ')}` : ''}`);
    return `Before you deploy, see that what was there allows what is to be made:\n${items.join('\n')}`;
  }
}
