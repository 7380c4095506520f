/** Who may look into the search domain: people of a Cognito user pool, whom an administrator adds. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnIdentityPool, CfnIdentityPoolRoleAttachment, Mfa, UserPool } from 'aws-cdk-lib/aws-cognito';
import { CompositePrincipal, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { suppressNag } from '../platform/suppress-nag.ts';
import type { Foundation } from '../platform/foundation.ts';
import { ofThisAccount } from '../platform/service-role.ts';

export class SearchUsers extends Construct {
  /** What a person who has signed in acts as. */
  readonly role: Role;
  readonly options: CfnDomain.CognitoOptionsProperty;

  constructor(scope: Construct, id: string, { prefix }: Foundation) {
    super(scope, id);
    const pool = this.pool(prefix);
    const identities = new CfnIdentityPool(this, 'Identities', { allowUnauthenticatedIdentities: false });
    this.role = new Role(this, 'Role', {
      assumedBy: new WebIdentityPrincipal('cognito-identity.amazonaws.com', {
        'StringEquals': { 'cognito-identity.amazonaws.com:aud': identities.ref },
        'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
      }),
    });
    new CfnIdentityPoolRoleAttachment(this, 'Attachment', { identityPoolId: identities.ref, roles: { authenticated: this.role.roleArn } });
    const service = this.serviceRole(pool, identities);
    this.options = { enabled: true, userPoolId: pool.userPoolId, identityPoolId: identities.ref, roleArn: service.roleArn };
  }

  private pool(prefix: string): UserPool {
    const pool = new UserPool(this, 'Pool', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: { minLength: 12, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    pool.addDomain('Domain', { cognitoDomain: { domainPrefix: `${prefix}-${Stack.of(this).account}` } });
    suppressNag(pool, 'A few colleagues sign in with a second factor; the plus tier costs more than it would find', 'AwsSolutions-COG8');
    return pool;
  }

  /** OpenSearch registers itself with the pools. The rights are those that AWS documents for it, on these two pools alone. */
  private serviceRole(pool: UserPool, identities: CfnIdentityPool): Role {
    // The service goes by its old name and its new one.
    const role = new Role(this, 'ServiceRole', {
      assumedBy: new CompositePrincipal(ofThisAccount(this, 'es.amazonaws.com'), ofThisAccount(this, 'opensearchservice.amazonaws.com')),
    });
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      role.addToPolicy(new PolicyStatement({ actions, resources, conditions }));
    allow([
      'cognito-idp:DescribeUserPool', 'cognito-idp:CreateUserPoolClient', 'cognito-idp:DeleteUserPoolClient', 'cognito-idp:UpdateUserPoolClient',
      'cognito-idp:DescribeUserPoolClient', 'cognito-idp:AdminInitiateAuth', 'cognito-idp:AdminUserGlobalSignOut', 'cognito-idp:ListUserPoolClients',
    ], [pool.userPoolArn]);
    allow([
      'cognito-identity:DescribeIdentityPool', 'cognito-identity:UpdateIdentityPool', 'cognito-identity:GetIdentityPoolRoles',
      'cognito-identity:SetIdentityPoolRoles',
    ], [Stack.of(this).formatArn({ service: 'cognito-identity', resource: 'identitypool', resourceName: identities.ref })]);
    allow(['iam:PassRole'], [this.role.roleArn], { StringEquals: { 'iam:PassedToService': 'cognito-identity.amazonaws.com' } });
    return role;
  }
}
