/** Who may look at the board: a user pool, or one there is, with a client for people and one for walls. */
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnUserPoolGroup, type IUserPool, Mfa, OAuthScope, ProviderAttribute, StringAttribute, UserPool, UserPoolClient, UserPoolClientIdentityProvider,
  UserPoolIdentityProviderSaml, UserPoolIdentityProviderSamlMetadata,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Foundation } from '../platform/foundation.ts';
import { suppressNag } from '../platform/suppress-nag.ts';

/** The groups whose roles are their names. */
const ROLES = ['walls', 'supervisors', 'investigators'];
/** The attribute with the groups that another provider tells. It is in ID tokens, and nobody changes an own one: no client lets users write. */
const MAPPED = 'groups';
/** A user who is taken out of a group, and a wall that is revoked, look on for so long. */
const TOKEN_VALIDITY = Duration.minutes(15);

type Settings = NonNullable<Config['board']>;

export interface BoardUsersProps {
  readonly foundation: Foundation;
  readonly settings: Settings;
  /** The board's address, without a path. */
  readonly board: string;
}

export class BoardUsers extends Construct {
  readonly poolId: string;
  /** The function's settings of the sign-in. */
  readonly environment: Record<string, string>;
  private readonly pool: IUserPool;
  private readonly providers: UserPoolClientIdentityProvider[] = [];
  private readonly props: BoardUsersProps;

  constructor(scope: Construct, id: string, props: BoardUsersProps) {
    super(scope, id);
    this.props = props;
    const { signIn, groups } = props.settings;
    const given = 'userPoolId' in signIn ? signIn.userPoolId : undefined;
    this.pool = given ? UserPool.fromUserPoolId(this, 'Pool', given) : this.create();
    this.poolId = this.pool.userPoolId;
    const people = this.client('People', Duration.hours(12));
    const walls = this.client('Walls', Duration.days(90));
    const { region, urlSuffix } = Stack.of(this);
    this.environment = {
      SIGN_IN_URL: `https://${signIn.domainPrefix}.auth.${region}.amazoncognito.com`,
      SIGN_IN_ISSUER: `https://cognito-idp.${region}.${urlSuffix}/${this.poolId}`,
      SIGN_IN_CLIENT: people,
      SIGN_IN_WALLS_CLIENT: walls,
      ...(this.provider() && { GROUPS_CLAIM: `custom:${MAPPED}` }),
      ...(Object.keys(groups).length > 0 && { GROUPS: JSON.stringify(groups) }),
    };
    new CfnOutput(this, 'PoolId', { value: this.poolId, description: 'The users of the board' });
  }

  private create(): UserPool {
    const { foundation, settings: { signIn, groups } } = this.props;
    const pool = new UserPool(this, 'Pool', {
      userPoolName: `${foundation.prefix}-board`,
      selfSignUpEnabled: false,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: { minLength: 14, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true },
      signInAliases: { username: true, email: true },
      customAttributes: { [MAPPED]: new StringAttribute({ mutable: true }) },
      deletionProtection: true,
      // Its users exist nowhere else.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    suppressNag(pool, 'What Cognito\'s dearer plan tells of risks needs somebody who reads it; MFA is asked of all local users', 'AwsSolutions-COG3', 'AwsSolutions-COG8');
    pool.addDomain('Domain', { cognitoDomain: { domainPrefix: signIn.domainPrefix } });
    for (const groupName of new Set([...ROLES, ...Object.keys(groups)])) {
      new CfnUserPoolGroup(this, `Group-${groupName}`, { userPoolId: pool.userPoolId, groupName });
    }
    this.addProvider(pool);
    return pool;
  }

  /** Another provider, whose users sign in there. Without one, users are the pool's own. */
  private addProvider(userPool: UserPool): void {
    const provider = this.provider();
    if (!provider) {
      this.providers.push(UserPoolClientIdentityProvider.COGNITO);
      return;
    }
    const attributeMapping = { custom: { [`custom:${MAPPED}`]: ProviderAttribute.other(provider.groupsAttribute) } };
    const metadata = UserPoolIdentityProviderSamlMetadata.url(provider.metadataUrl);
    const { providerName } = new UserPoolIdentityProviderSaml(this, 'Provider', { userPool, metadata, idpSignout: true, attributeMapping });
    this.providers.push(UserPoolClientIdentityProvider.custom(providerName));
  }

  private provider() {
    const { signIn } = this.props.settings;
    return 'provider' in signIn ? signIn.provider : undefined;
  }

  /** A client without a secret: a code is redeemed by who asked for it (PKCE), which the function does. Returns its id. */
  private client(name: string, refreshTokenValidity: Duration): string {
    const { board, foundation } = this.props;
    const client = new UserPoolClient(this, name, {
      userPool: this.pool,
      userPoolClientName: `${foundation.prefix}-board-${name.toLowerCase()}`,
      generateSecret: false,
      // Passwords go to Cognito's own pages alone, and no token changes a user.
      authFlows: { userSrp: false },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID],
        callbackUrls: [`${board}/signed-in`],
        logoutUrls: [`${board}/signed-out`],
      },
      ...(this.providers.length > 0 && { supportedIdentityProviders: this.providers }),
      idTokenValidity: TOKEN_VALIDITY,
      accessTokenValidity: TOKEN_VALIDITY,
      refreshTokenValidity,
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
    return client.userPoolClientId;
  }
}
