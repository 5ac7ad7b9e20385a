import { err, ok, type ChatAccount, type Result } from '@countersign/core';
import { entraOf, type Claims } from '../oidc/claims.ts';

/** One chat that people may connect accounts of, and where they prove that they have one. */
export type ChatPlace = {
  /** Id of the channel. */
  readonly id: string;
  readonly kind: ChatAccount['kind'];
  /** Slack: workspace `T…` or organization `E…`. Teams: Entra tenant. Nobody from elsewhere is taken. */
  readonly tenant: string;
};

/** Ids of vendors: nothing that could be read as anything else. */
const ID = /^[A-Za-z0-9._-]{1,128}$/;

const idIn = (claims: Claims, name: string): string | undefined => {
  const value = claims[name];
  return typeof value === 'string' && ID.test(value) ? value : undefined;
};

/**
 * The account that a checked ID token vouches for, by ids its vendor never gives to another. Names and e-mail addresses
 * are not looked at: administrators of a workspace can edit them.
 */
export function chatAccountOf(
  { kind, tenant }: Pick<ChatPlace, 'kind' | 'tenant'>,
  claims: Claims,
): Result<ChatAccount, 'no-account' | 'foreign'> {
  return kind === 'slack' ? slackAccount(tenant, claims) : teamsAccount(tenant, claims);
}

const SLACK = 'https://slack.com/';

function slackAccount(tenant: string, claims: Claims): ReturnType<typeof chatAccountOf> {
  const user = idIn(claims, `${SLACK}user_id`);
  const team = idIn(claims, `${SLACK}team_id`);
  const organization = idIn(claims, `${SLACK}enterprise_id`);
  if (user === undefined || team === undefined) return err('no-account');
  if (tenant !== team && tenant !== organization) return err('foreign');
  return ok({ kind: 'slack', tenant: organization ?? team, user });
}

function teamsAccount(tenant: string, claims: Claims): ReturnType<typeof chatAccountOf> {
  if (idIn(claims, 'oid') === undefined || idIn(claims, 'tid') === undefined)
    return err('no-account');
  const entra = entraOf(claims);
  return entra?.tenant === tenant.toLowerCase()
    ? ok({ kind: 'teams', tenant: entra.tenant, user: entra.object })
    : err('foreign');
}
