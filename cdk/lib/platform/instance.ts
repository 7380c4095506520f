/** The Amazon Connect instances: the one the config names, or a new one, the others of the account and Region, and replicas elsewhere. */
import { NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnInstance, CfnPhoneNumber } from 'aws-cdk-lib/aws-connect';
import { Construct } from 'constructs';
import { idOf } from '../arns.ts';
import type { Config } from '../config.ts';

export class Instance extends Construct {
  readonly arn: string;
  readonly alias: string;
  /** Ends the names of what only this instance has: `-NAME`; empty for the first instance. */
  readonly suffix: string;
  private readonly name: string | undefined;
  private own: NestedStack | undefined;

  constructor(scope: Construct, id: string, { instance, alias, number, name }: Config['connect'] & { name?: string }) {
    super(scope, id);
    this.alias = alias;
    this.name = name;
    this.suffix = name ? `-${name}` : '';
    this.arn = instance === 'create' ? this.create(alias, number) : instance;
  }

  /**
   * Where what only this instance has is made: in the scope itself for the first instance, and for another in its nested stack, since a stack may
   * have 500 resources at most.
   */
  within(scope: Construct): Construct {
    if (!this.name) return scope;
    const own = this.own ??= this.createStack(this.name);
    if (scope === own.nestedStackParent) return own;
    const { id } = scope.node;
    return own.node.tryFindChild(id) ?? new Construct(own, id);
  }

  /** The nested stack of what only this instance has; nothing for the first instance, and for one that has nothing of its own: no stack is empty. */
  get nestedStack(): NestedStack | undefined {
    return this.own;
  }

  private createStack(name: string): NestedStack {
    const own = new NestedStack(Stack.of(this), `Instance-${name}`, { description: `Switchboard: what only the instance ${name} has` });
    // Its things' names begin with its own, and some are settings of functions, which have 4 KB together.
    own.nestedStackResource!.overrideLogicalId(`Instance${name}`);
    return own;
  }

  private create(alias: string, number: Config['connect']['number']): string {
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

/** All instances of a config, the first one first. */
export function instances(scope: Construct, { connect }: Config): [Instance, ...Instance[]] {
  const others = connect.instances.map((other) => new Instance(scope, `Other-${other.name}`, { ...other, instances: [], replicas: [] }));
  return [new Instance(scope, 'Instance', connect), ...others];
}

/** An instance as records name it. */
export type NamedInstance = Pick<Instance, 'arn' | 'alias'>;

/** Those whose records are taken: these and their replicas, each source before its own. */
export function withReplicas(instances: readonly NamedInstance[], { connect }: Config): NamedInstance[] {
  return instances.flatMap((source) => [
    source, ...connect.replicas.filter(({ instance }) => idOf(instance) === idOf(source.arn)).map(({ instance, alias }) => ({ arn: instance, alias })),
  ]);
}
