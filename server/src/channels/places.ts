import type { ChatSource, NoticedTenant } from '@countersign/identity';
import type { Config } from '../config/config.ts';

/** Where people may prove that an account of a chat is theirs, as configured. */
export function chatSourcesOf({
  channels,
  signIn,
}: Pick<Config, 'channels' | 'signIn'>): readonly ChatSource[] {
  const slack = channels.slack.flatMap(({ id, team, issuer, clientId, clientSecret }) =>
    clientId === undefined
      ? []
      : [
          {
            id,
            kind: 'slack' as const,
            tenant: team,
            issuer,
            clientId,
            ...(clientSecret && { clientSecret: clientSecret.reveal() }),
            algorithms: ['RS256'],
          },
        ],
  );
  const teams = channels.teams.flatMap(({ id, tenant, provider }) => {
    const found = signIn.providers.find((one) => one.id === provider);
    if (!found) return [];
    const { issuer, clientId, clientSecret, algorithms } = found;
    return [
      {
        id,
        kind: 'teams' as const,
        tenant,
        issuer,
        clientId,
        ...(clientSecret && { clientSecret: clientSecret.reveal() }),
        algorithms,
      },
    ];
  });
  return [...slack, ...teams];
}

/** Tenants whose people sign in here: what signs them in says their account in Teams. */
export const noticedTenantsOf = ({
  channels,
}: Pick<Config, 'channels'>): readonly NoticedTenant[] =>
  channels.teams.flatMap(({ tenant, provider }) =>
    provider === undefined ? [] : [{ provider, tenant }],
  );
